/** What a server tells its partner of leases. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBackend } from '../../src/backend/open.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { ensureAuthority, issueLeaf } from '../../src/workload/certificates.ts';
import { openRelay, type TestRelay } from '../support/dhcp.ts';
import { openNetwork, type TestNetwork } from '../support/network.ts';
import { startPostgres } from '../support/postgres.ts';
import { become, subnet } from '../support/rows.ts';
import { until } from '../support/run.ts';
import { type RunningPair, startPair } from '../support/runningPair.ts';
import { startPodLab } from '../support/workloadLab.ts';

const MAC = '02cc00000001';
const SERVERS = ['a', 'b'];
const stop: (() => Promise<void>)[] = [];
let network: TestNetwork;
let relay: TestRelay;
let pair: RunningPair;

beforeAll(async () => {
  network = await openNetwork();
  stop.push(() => network.close());
  const authority = await ensureAuthority('database', undefined, Date.now());
  const spec = { commonName: 'postgresql', addresses: [network.address], use: 'server' } as const;
  const postgres = await startPostgres({
    addresses: [network.address],
    tls: await issueLeaf(authority, spec, Date.now()),
  });
  stop.push(() => postgres.stop());
  const lab = await startPodLab();
  stop.push(() => lab.stop());
  const database = await postgres.database();
  const { user, password, port, name } = database.target;
  const ca = authority.current.cert;
  const target = { host: network.address, port, name, user, password, sslMode: 'verify-full', ca } as const;
  const backend = openBackend(database.target, DHCPV4);
  stop.push(() => backend.close());
  const { prefix } = network;
  const subnets = [subnet(7, `${prefix}.0/24`, { pools: [{ pool: `${prefix}.100-${prefix}.150` }] })];
  await become(backend, { subnets }, { serverTag: 'net.office', prefixes: [] });
  pair = await startPair({ network, lab, target, stop }, { mode: 'HotStandby' }, SERVERS);
  await until('the pair', 20, async () => (await pair.states()).every((state) => state === 'hot-standby'), 100);
  relay = await openRelay(network.address);
  stop.push(() => relay.close());
});
afterAll(async () => {
  for (const end of stop.reverse()) await end();
});

/** When the standby last heard of the lease, in seconds; undefined where it has none. */
const heardOf = async (address: string): Promise<number | undefined> =>
  (await pair.client('b').call('lease4-get', { 'ip-address': address }))?.cltt;

it('tells its partner of a lease at each request, as it may have missed the first', async () => {
  const [primary] = pair.topology.servers;
  if (primary === undefined) throw new Error('no server');
  const offer = await relay.discover(primary.address, { mac: MAC });
  const address = offer?.address ?? '';
  const send = new Map([
    [50, Buffer.from(address.split('.').map(Number))],
    [54, offer?.options.get(54) ?? Buffer.of()],
  ]);
  await expect(relay.request(primary.address, { mac: MAC, send })).resolves.toMatchObject({ address });
  const first = (await heardOf(address)) ?? Infinity;

  await sleep((first + 1) * 1000 + 100 - Date.now());
  await expect(relay.request(primary.address, { mac: MAC, send })).resolves.toMatchObject({ address });
  expect(await heardOf(address)).toBeGreaterThan(first);
});

/** What clients get while the database cannot be read: by servers that run, that start, and that take a configuration. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigBackend } from '../../src/backend/backend.ts';
import { openBackend } from '../../src/backend/open.ts';
import type { DatabaseTarget } from '../../src/database/target.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { emptyState } from '../../src/kea/kinds.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type Ground, pushBootstrap, runningBootstrap } from '../../src/workload/bootstrap/push.ts';
import { carriedRows, packRows, type ProvenRows } from '../../src/workload/carriedRows.ts';
import { type Authority, ensureAuthority, issueLeaf } from '../../src/workload/certificates.ts';
import { openRelay, type TestRelay } from '../support/dhcp.ts';
import { openNetwork, type TestNetwork } from '../support/network.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { become, clientClass, host, state, subnet } from '../support/rows.ts';
import { run, tryRun, until } from '../support/run.ts';
import { type RunningPair, type RunningServer, startPair } from '../support/runningPair.ts';
import { type PodLab, startPodLab } from '../support/workloadLab.ts';

let network: TestNetwork;
let lab: PodLab;
let postgres: TestPostgres;
let authority: Authority;
let relay: TestRelay;
let database: TestDatabase;
let backend: ConfigBackend;
let target: DatabaseTarget;
let rows: ProvenRows;
let stop: (() => Promise<void>)[] = [];

beforeAll(async () => {
  network = await openNetwork();
  lab = await startPodLab();
  authority = await ensureAuthority('database', undefined, Date.now());
  const spec = { commonName: 'postgresql', addresses: [network.address], use: 'server' } as const;
  postgres = await startPostgres({ addresses: [network.address], tls: await issueLeaf(authority, spec, Date.now()) });
  relay = await openRelay(network.address);
});
afterAll(async () => {
  await relay.close();
  await lab.stop();
  await postgres.stop();
  await network.close();
});

/** Of a client of nobody's acquaintance, and of one that has a reservation. */
const STRANGER = '02bb00000001';
const RESERVED = '02aa00000001';

beforeEach(async () => {
  database = await postgres.database();
  const { user, password, port, name } = database.target;
  target = { host: network.address, port, name, user, password, sslMode: 'verify-full', ca: authority.current.cert };
  backend = openBackend(database.target, DHCPV4);
  const { prefix } = network;
  const desired = {
    // Who is of no class gets no address.
    classes: [clientClass('everybody', 1024, { test: 'option[53].exists' })],
    subnets: [
      subnet(7, `${prefix}.0/24`, {
        pools: [{ pool: `${prefix}.100-${prefix}.150`, 'client-classes': ['everybody'] }],
      }),
    ],
    hosts: [host(7, RESERVED, { 'ip-address': `${prefix}.77` })],
  };
  const revision = await become(backend, desired, { serverTag: 'net.office', prefixes: [] });
  rows = { owned: state(desired), foreign: emptyState(), revision: Number.parseInt(revision, 10) };
});
afterEach(async () => {
  await openWire();
  await postgres.resume();
  for (const end of stop.reverse()) await end();
  stop = [];
  await backend.close();
  await database.drop();
});

/** One server that was seen to serve its rows, so that it has all that it needs for a start without the database. */
const begin = async (overrides: Readonly<Record<string, unknown>> = {}): Promise<RunningPair> => {
  const pair = await startPair({ network, lab, target, stop }, { mode: 'Standalone', ...overrides }, ['a']);
  await pair.desired({});
  const one = pair.server('a');
  await keepRows(one);
  await answers(one);
  return pair;
};

const keepRows = async ({ pod }: RunningServer, revision = rows.revision): Promise<void> => {
  const packed = await packRows(DHCPV4, rows, systemClock);
  if (packed === undefined) throw new Error('the rows do not fit');
  await pod.mountRows({ 'rows.json.gz': packed.rows, revision: Buffer.from(String(revision)) });
};

const addressOf = (pair: RunningPair): string => pair.topology.servers[0]?.address ?? '';

/** The addresses that the stranger and the reserved client are offered, as their last octets. */
const offers = async (pair: RunningPair): Promise<readonly (number | undefined)[]> => {
  const found: (number | undefined)[] = [];
  for (const mac of [STRANGER, RESERVED]) {
    const offer = await relay.discover(addressOf(pair), { mac, waitMs: 3000 });
    found.push(offer && Number(offer.address.split('.').at(-1)));
  }
  return found;
};

const SERVED = [expect.toSatisfy((octet: number) => octet >= 100 && octet <= 150), 77];

const startsAgain = async (one: RunningServer, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
  await one.pod.end(signal);
  await one.pod.start();
};

/** Asks as the kubelet does when a container has started: kea-start takes it for a start that came to something. */
const answers = (one: RunningServer): Promise<unknown> =>
  until('kea-dhcp4', 20, async () => (await one.pod.exec('/usr/local/bin/kea-probe', 'live')).code === 0, 50).catch(
    async (error: unknown) => {
      throw new Error(await one.pod.log(), { cause: error });
    },
  );

const runs = async ({ client }: RunningServer) =>
  runningBootstrap(client, await client.call('status-get', undefined), undefined, Date.now());

const ground = (): Ground => ({ subnets: new Set(rows.owned.subnets.keys()), given: carriedRows(DHCPV4, rows) });

/** Makes the pool's row one that Kea cannot read, as somebody's hand would. */
const spoilRow = (): Promise<unknown> =>
  database.query("UPDATE dhcp4_pool SET start_address = '192.0.2.10', end_address = '192.0.2.20'");

describe('a server that starts', () => {
  it('after it was killed does so, whatever PID files it and its lease file cleanup left', async () => {
    const pair = await begin();
    const one = pair.server('a');
    // The cleanup of leases that the server starts now and then, killed with it; process 1 is there for ever.
    await one.pod.exec('sh', '-c', 'echo 1 >/var/lib/kea/kea-leases4.csv.pid');
    await startsAgain(one, 'SIGKILL');
    await answers(one);
    expect(await offers(pair)).toEqual(SERVED);
    expect((await one.pod.exec('sh', '-c', 'ls /var/lib/kea')).stdout).not.toContain('.pid');
    expect(await runs(one)).toMatchObject({ carried: false });
  });

  it.each<readonly [string, (one: RunningServer) => Promise<unknown>]>([
    ['is away', () => postgres.pause()],
    ['has lost everything', () => database.query('DROP TABLE dhcp4_subnet CASCADE')],
    ['is one of earlier days', (one) => keepRows(one, rows.revision + 1)],
  ])(
    'while its database %s serves what it served last, and reads the database when it is told to',
    async (_, fault) => {
      const pair = await begin();
      const one = pair.server('a');
      await fault(one);
      await startsAgain(one);
      await answers(one);
      expect(await offers(pair)).toEqual(SERVED);
      expect(await runs(one)).toMatchObject({ carried: true, digest: one.made.wanted.digest });
    },
  );

  it('takes its rows from the database again by config-set, without a gap', async () => {
    const pair = await begin();
    const one = pair.server('a');
    await postgres.pause();
    await startsAgain(one);
    await answers(one);
    await postgres.resume();
    const { wanted, stored } = one.made;
    expect(await pushBootstrap(one.client, wanted.config, stored?.config, ground())).toEqual({ kind: 'configured' });
    expect(await runs(one)).toMatchObject({ carried: false, digest: wanted.digest });
    expect(await offers(pair)).toEqual(SERVED);
  });

  it('ends at a row that it cannot read, and serves without it the next time', async () => {
    const pair = await begin();
    const one = pair.server('a');
    await spoilRow();
    await startsAgain(one);
    await until('the server to end', 20, () => Promise.resolve(one.pod.exitCode !== null), 50);
    await one.pod.start();
    await answers(one);
    expect(await offers(pair)).toEqual(SERVED);
    expect(await one.pod.log()).toContain('the last start with the database came to nothing');
  });

  it('serves with leases in the database as soon as that is back, by itself', async () => {
    const pair = await begin({ leaseStorage: 'PostgreSQL' });
    const one = pair.server('a');
    await postgres.pause();
    await startsAgain(one);
    await answers(one);
    await postgres.resume();
    await until('an offer', 30, async () => (await offers(pair))[0] !== undefined, 500);
    expect(await offers(pair)).toEqual(SERVED);
  });

  it('waits for room for leases, says so, and starts when there is some', async () => {
    const pair = await begin();
    const one = pair.server('a');
    await one.pod.end();
    await one.pod.fill(256);
    await one.pod.start();
    await until(
      'the probe to say why',
      20,
      async () => {
        const { stdout } = await one.pod.exec('/usr/local/bin/kea-probe', 'ready');
        return stdout.includes('not ready: no room for leases in /var/lib/kea: No space left on device');
      },
      200,
    );
    expect((await one.pod.exec('/usr/local/bin/kea-probe', 'live')).code).toBe(0);
    await one.pod.empty();
    await until('the server to start', 20, () => one.client.call('status-get', undefined), 50);
    expect(await offers(pair)).toEqual(SERVED);
  });

  it('without rows that were kept reads those of the database', async () => {
    const pair = await startPair({ network, lab, target, stop }, { mode: 'Standalone' }, ['a']);
    expect(await offers(pair)).toEqual(SERVED);
    const one = pair.server('a');
    await startsAgain(one);
    await answers(one);
    expect(await runs(one)).toMatchObject({ carried: false });
  });
});

/** No packet of the database comes through any more, as where its machine or its network is gone. */
const cutWire = (): Promise<string> =>
  run('sh', [
    '-ec',
    `nft add table inet ${TABLE}
    nft 'add chain inet ${TABLE} out { type filter hook output priority 0; }'
    nft add rule inet ${TABLE} out tcp sport ${postgres.port} ip saddr ${network.address} drop`,
  ]);
const openWire = () => tryRun('nft', ['delete', 'table', 'inet', TABLE]);
const TABLE = `kea_database_${process.pid}`;

describe('a server that runs', () => {
  it('waits for seconds for a database that is gone without a word, however many packets missed it', async () => {
    const pair = await begin();
    expect(await offers(pair)).toEqual(SERVED);
    await cutWire();
    // Each of these finds the database gone, and has the server look for it again.
    const packets = Array.from({ length: 40 }, (_, n) =>
      relay.discover(addressOf(pair), { mac: `02bb0000${(0x1000 + n).toString(16)}`, waitMs: 3000 }),
    );
    await Promise.all(packets);
    await until('an offer', 15, async () => (await offers(pair))[0] !== undefined, 200);
    await openWire();
    await until('the reservation', 30, async () => (await offers(pair))[1] === 77, 500);
  });
});

describe('a server that takes a configuration', () => {
  it.each<readonly [string, () => Promise<unknown>]>([
    ['its database is away', () => postgres.pause()],
    ['its rows are gone', () => database.query('DELETE FROM dhcp4_subnet_server')],
  ])('goes on with its subnets where %s', async (_, fault) => {
    const pair = await begin();
    const one = pair.server('a');
    await fault();
    await pair.desired({ dhcp4: { validLifetime: 1234 } });
    const { wanted, stored } = one.made;
    const outcome = await pushBootstrap(one.client, wanted.config, stored?.config, ground());
    expect(outcome).toMatchObject({ kind: 'carried', message: 'it did not find 1 of 1 subnets in its database' });
    expect(await runs(one)).toMatchObject({ carried: true, digest: wanted.digest });
    expect(await offers(pair)).toEqual(SERVED);
  });

  it('gets its subnets with it where the database is known to be away', async () => {
    const pair = await begin();
    const one = pair.server('a');
    await postgres.pause();
    const { wanted, stored } = one.made;
    const blind: Ground = { subnets: undefined, given: carriedRows(DHCPV4, rows) };
    expect(await pushBootstrap(one.client, wanted.config, stored?.config, blind)).toMatchObject({ kind: 'carried' });
    expect(await offers(pair)).toEqual(SERVED);
  });

  it.each<readonly [string, (config: string) => string, () => Promise<unknown>]>([
    [
      'a hook refuses its parameters',
      (config) =>
        config.replace(
          '"libdhcp_host_cache.so","parameters":{',
          '"libdhcp_ha.so","parameters":{"high-availability":[{}],',
        ),
      () => Promise.resolve(),
    ],
    ['a row cannot be read', (config) => config, spoilRow],
  ])('goes on with the former one and its subnets where %s', async (_, change, fault) => {
    const pair = await begin();
    const one = pair.server('a');
    await fault();
    const { wanted } = one.made;
    const other = JSON.parse(change(JSON.stringify(wanted.config))) as typeof wanted.config;
    expect(await pushBootstrap(one.client, other, wanted.config, ground())).toMatchObject({
      kind: 'failed',
      restored: true,
    });
    expect(await offers(pair)).toEqual(SERVED);
  });
});

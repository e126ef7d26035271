/** A released lease is gone from both servers of a pair, and stays gone; where it could not be, nothing is done. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import type { Family } from '../../src/kea/family.ts';
import { haStateOf } from '../../src/kea/ha.ts';
import { carryOut } from '../../src/release/carryOut.ts';
import type { ReleaseAnswer, ReleaseRequest } from '../../src/release/request.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openRelay } from '../support/dhcp.ts';
import { type KeaLab, type KeaServer, startKeaLab } from '../support/kea.ts';
import { type LeaseToAdd, leaseWriter } from '../support/leases.ts';
import { startPostgres } from '../support/postgres.ts';
import { until } from '../support/run.ts';

type Pair = readonly [KeaServer, KeaServer, ...KeaServer[]];

const MAC = '02:00:00:00:00:01';
type Mode = Parameters<KeaLab['pair']>[0];
const DUID = '00:03:00:01:02:00:5e:10:00:01';
const HOUR = 3_600;

/** Waits for the servers to work together; a backup does so by itself. */
const both = async (pair: Pair, mode: Mode = 'hot-standby'): Promise<void> => {
  const are = async (): Promise<boolean> => {
    const states = await Promise.all(pair.map(({ client }) => client.call('status-get', undefined)));
    return states.every((status, index) => haStateOf(status) === (index < 2 ? mode : 'backup'));
  };
  await until('the pair', 40, are, 200);
};
/** The same lease at each of the servers, as one tells the other of what a client does. */
const add = async (servers: readonly KeaServer[], lease: LeaseToAdd): Promise<void> => {
  const expire = Math.floor(Date.now() / 1000) + HOUR;
  for (const server of servers) {
    const writer = leaseWriter(server);
    await writer.add({ validLifetime: HOUR, expire, ...lease });
    await writer.close();
  }
};
const has = async ({ client }: KeaServer, address: string, type?: 'IA_PD'): Promise<boolean> => {
  const args = { 'ip-address': address, ...(type === undefined ? {} : { type }) };
  return (await client.call(client.family.commands.leaseGet, args)) !== undefined;
};
const release = async (
  servers: readonly KeaServer[],
  address: string,
  more: Partial<ReleaseRequest> = {},
  shared = false,
): Promise<ReleaseAnswer> => {
  const of = { namespace: 'dhcp', pair: 'office', ipFamily: address.includes(':') ? 'IPv6' : 'IPv4' } as const;
  const request = { ...of, address, holder: {}, user: 'alice', ...more };
  const pair = { servers: servers.map(({ client }) => client), missing: [], shared };
  const deps = { clock: systemClock, mustLead: () => undefined, limitMs: 3_000 };
  return (await carryOut(pair, request, deps, AbortSignal.timeout(20_000))).answer;
};

let lab: KeaLab;
let listener: Socket;
/** What D2 would have been told: of each request its kind and name. */
const told: string[] = [];

beforeAll(async () => {
  lab = await startKeaLab();
  listener = createSocket('udp4');
  listener.on('message', (message) => {
    // Two bytes of length, then JSON.
    const { 'change-type': change, fqdn } = JSON.parse(message.subarray(2).toString()) as Record<string, unknown>;
    told.push(`${String(change)} ${String(fqdn)}`);
  });
  listener.bind(0, lab.network.address);
  await once(listener, 'listening');
});
afterAll(async () => {
  listener.close();
  await lab.stop();
});

type Options = NonNullable<Parameters<KeaLab['pair']>[1]>;
const optionsOf = (family: Family, more: Options = {}): Options => {
  const ddns = {
    'dhcp-ddns': { 'enable-updates': true, 'server-ip': lab.network.address, 'server-port': listener.address().port },
  };
  return {
    family,
    dhcp4: { subnet4: [{ id: 7, subnet: '10.7.0.0/16' }], ...ddns },
    dhcp6: { subnet6: [{ id: 7, subnet: '2001:db8:7::/64' }] },
    ...more,
  };
};
const startPair = async (family: Family, more: Options = {}, mode: Mode = 'hot-standby'): Promise<Pair> => {
  const pair = await lab.pair(mode, optionsOf(family, more));
  await both(pair, mode);
  return pair;
};
/** One of them may have been stopped by a test. */
const endPair = async (pair: Pair): Promise<void> => {
  await Promise.allSettled(pair.map((server) => server.stop()));
};

describe('leases in memory', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair(DHCPV4);
  });
  afterAll(() => endPair(pair));

  it('is gone from both, and from DNS, and no synchronization brings it back', async () => {
    await add(pair, {
      address: '10.7.0.1',
      subnetId: 7,
      hwAddress: MAC,
      hostname: 'desk.example.org.',
      fqdnForward: true,
      fqdnReverse: true,
    });
    expect(await release(pair, '10.7.0.1', { holder: { hwAddress: MAC } })).toEqual({
      outcome: 'Released',
      message: `the lease of 10.7.0.1, which ${MAC} had, was released`,
    });
    await until('the name change request', 5, () => Promise.resolve(told.length > 0), 50);
    for (const server of pair) {
      await server.restart();
      await both(pair);
    }
    expect(await Promise.all(pair.map((server) => has(server, '10.7.0.1')))).toEqual([false, false]);
    expect(told).toEqual(['1 desk.example.org.']);
    expect(await release(pair, '10.7.0.1')).toMatchObject({ outcome: 'NotFound' });
  });

  it('one that was deleted from one server only is brought to its end', async () => {
    const [primary, standby] = pair;
    await add(pair, { address: '10.7.0.2', subnetId: 7 });
    await primary.client.call('lease4-del', { 'ip-address': '10.7.0.2', 'update-ddns': false });
    expect(await release(pair, '10.7.0.2')).toMatchObject({ outcome: 'Released' });
    expect(await has(standby, '10.7.0.2')).toBe(false);
  });

  it('of another client it stays', async () => {
    await add(pair, { address: '10.7.0.3', subnetId: 7, hwAddress: MAC });
    const answer = await release(pair, '10.7.0.3', { holder: { hwAddress: '02:00:00:00:00:ff' } });
    expect(answer).toMatchObject({ outcome: 'Conflict' });
    expect(await Promise.all(pair.map((server) => has(server, '10.7.0.3')))).toEqual([true, true]);
  });

  it('a declined address is free again', async () => {
    await add(pair, { address: '10.7.0.4', subnetId: 7, hwAddress: '', state: 1 });
    expect(await release(pair, '10.7.0.4')).toMatchObject({ outcome: 'Released' });
    const statistics = await pair[0].client.call('stat-lease4-get', { 'subnet-id': 7 });
    const { columns, rows } = statistics?.['result-set'] ?? { columns: [], rows: [] };
    expect(rows[0]?.[columns.indexOf('declined-addresses')]).toBe(0);
  });

  it('while a server is away nothing is done', async () => {
    const [primary, standby] = pair;
    await add(pair, { address: '10.7.0.5', subnetId: 7 });
    await standby.stop();
    const answer = await release(pair, '10.7.0.5');
    expect(answer).toMatchObject({ outcome: 'Conflict' });
    expect(answer.message).toMatch(
      /^the lease of 10.7.0.5 was not released: of HAPair dhcp\/office server server2 does not answer/,
    );
    expect(await has(primary, '10.7.0.5')).toBe(true);
  });
});

/** Each of the servers has all leases. They find those of the tests before in their directories. */
describe.each<readonly [string, Mode, readonly [string, string], () => Promise<Pair>]>([
  [
    'of servers that share the load',
    'load-balancing',
    ['10.7.1.1', '10.7.1.2'],
    () => startPair(DHCPV4, {}, 'load-balancing'),
  ],
  [
    'of servers with a backup',
    'hot-standby',
    ['10.7.2.1', '10.7.2.2'],
    async () => {
      const servers = await lab.withBackup(optionsOf(DHCPV4));
      await both(servers);
      return servers;
    },
  ],
])('leases in memory %s', (_which, mode, [one, two], open) => {
  let servers: Pair;
  beforeAll(async () => {
    servers = await open();
  });
  afterAll(() => endPair(servers));
  const having = (address: string) => Promise.all(servers.map((server) => has(server, address)));

  it('are gone from all of them, and no synchronization brings one back', async () => {
    await add(servers, { address: one, subnetId: 7, hwAddress: MAC });
    await add(servers, { address: two, subnetId: 7 });
    expect(await release(servers, one, { holder: { hwAddress: MAC } })).toMatchObject({ outcome: 'Released' });
    expect(new Set(await having(one))).toEqual(new Set([false]));
    await servers[1].restart();
    await both(servers, mode);
    expect(new Set(await having(one))).toEqual(new Set([false]));
    expect(new Set(await having(two))).toEqual(new Set([true]));
  });

  it('stay on all of them while one is away, a backup too', async () => {
    const [last, ...others] = servers.toReversed();
    await last?.stop();
    const refused = await release(servers, two);
    expect(refused).toMatchObject({ outcome: 'Conflict' });
    expect(refused.message).toContain(`server ${last?.name ?? ''} does not answer`);
    for (const server of others) expect(await has(server, two)).toBe(true);
  });
});

describe('prefixes in memory', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair(DHCPV6);
  });
  afterAll(() => endPair(pair));

  it('a prefix is released as such', async () => {
    const prefix = { address: '2001:db8:8000::', prefixLength: 56, subnetId: 7, duid: DUID, iaid: 1 };
    await add(pair, prefix);
    await add(pair, { address: '2001:db8:7::1', subnetId: 7, duid: DUID, iaid: 1 });
    expect(await release(pair, prefix.address, { prefixLength: 48 })).toMatchObject({ outcome: 'NotFound' });
    expect(await release(pair, prefix.address, { prefixLength: 56, holder: { duid: DUID } })).toMatchObject({
      outcome: 'Released',
    });
    expect(await Promise.all(pair.map((server) => has(server, prefix.address, 'IA_PD')))).toEqual([false, false]);
    expect(await Promise.all(pair.map((server) => has(server, '2001:db8:7::1')))).toEqual([true, true]);
    expect(await release(pair, '2001:db8:7::1')).toMatchObject({ outcome: 'Released' });
  });
});

it('a client that renews in the middle of it has its lease on both servers afterwards, or on none', async () => {
  const { address: link, prefix } = lab.network;
  const pools = [{ pool: `${prefix}.200-${prefix}.230` }];
  const pair = await startPair(DHCPV4, { dhcp4: { subnet4: [{ id: 7, subnet: `${prefix}.0/24`, pools }] } });
  const [primary] = pair;
  const relay = await openRelay(link);
  try {
    for (let client = 0; client < 30; client++) {
      const mac = `02dd000000${client.toString(16).padStart(2, '0')}`;
      const offer = await relay.discover(primary.address, { mac });
      const address = offer?.address ?? '';
      const send = new Map([
        [50, Buffer.from(address.split('.').map(Number))],
        [54, offer?.options.get(54) ?? Buffer.of()],
      ]);
      await expect(relay.request(primary.address, { mac, send })).resolves.toMatchObject({ address });
      const [{ outcome }] = await Promise.all([
        release(pair, address),
        sleep(client % 5).then(() => relay.request(primary.address, { mac, send })),
      ]);
      const have = await Promise.all(pair.map((server) => has(server, address)));
      expect([outcome, ...have], address).toSatisfy(([, a, b]: readonly unknown[]) => a === b);
    }
  } finally {
    await relay.close();
    await endPair(pair);
  }
});

describe('leases in PostgreSQL', () => {
  it('either server will do', async () => {
    const postgres = await startPostgres();
    const database = await postgres.database();
    const pair = await startPair(DHCPV4, {
      database: { server: postgres, database },
      leases: 'postgresql',
    });
    const [primary, standby] = pair;
    await add([primary], {
      ...{ address: '10.7.0.1', subnetId: 7, hwAddress: MAC, hostname: 'shelf.example.org.' },
      ...{ fqdnForward: true, fqdnReverse: true },
    });
    await add([primary], { address: '10.7.0.2', subnetId: 7 });
    expect(await release(pair, '10.7.0.1', {}, true)).toMatchObject({ outcome: 'Released' });
    // Kea deletes of the one table, and so tells DNS once.
    await until('the name change request', 5, () => Promise.resolve(told.includes('1 shelf.example.org.')), 50);
    expect(told.filter((request) => request.includes('shelf'))).toHaveLength(1);
    expect(await Promise.all(pair.map((server) => has(server, '10.7.0.1')))).toEqual([false, false]);
    await primary.stop();
    expect(await release(pair, '10.7.0.2', {}, true)).toMatchObject({ outcome: 'Released' });
    await standby.stop();
    expect(await release(pair, '10.7.0.2', {}, true)).toMatchObject({ outcome: 'ServiceUnavailable' });
    await database.drop();
    await postgres.stop();
  });
});

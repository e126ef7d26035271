/** One suite for every way to read leases: the leases are put there by a real Kea, which keeps them in its memory or in PostgreSQL. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseRange, type Range } from '../../src/kea/address.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { IPV4 } from '../../src/kea/ipv4.ts';
import type { LeaseSourceDescriptor } from '../../src/leases/descriptor.ts';
import { openLeaseSource } from '../../src/leases/open.ts';
import {
  firstLeaseIn,
  INFINITE_LIFETIME,
  type Lease,
  type LeaseSource,
  LeasesUnavailable,
} from '../../src/leases/source.ts';
import { type KeaLab, type KeaServer, startKeaLab } from '../support/kea.ts';
import { type LeaseToAdd, type LeaseWriter, leaseWriter } from '../support/leases.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { until } from '../support/run.ts';

const range = (first: string, last: string): Range => {
  const found = parseRange(IPV4, `${first}-${last}`);
  if (found === undefined) throw new Error(`${first} to ${last} is no range`);
  return found;
};

const SUBNETS = {
  subnet4: [
    { id: 7, subnet: '10.7.0.0/16', pools: [{ pool: '10.7.0.0-10.7.3.255' }] },
    { id: 8, subnet: '10.8.0.0/16', pools: [{ pool: '10.8.0.1-10.8.0.100' }] },
    { id: 9, subnet: '10.9.0.0/16', pools: [{ pool: '10.9.0.1-10.9.0.10' }] },
  ],
};

/** As Kea stores what a relay agent said. */
const RELAYED = {
  ISC: { 'relay-agent-info': { 'relay-id': '0A0B', 'remote-id': '0102', 'sub-options': '0x02020102' } },
};

let lab: KeaLab;
let postgres: TestPostgres;
let database: TestDatabase;
let memfile: KeaServer;
let inDatabase: KeaServer;
const ignore = (): void => undefined;

beforeAll(async () => {
  [lab, postgres] = await Promise.all([startKeaLab(), startPostgres()]);
  database = await postgres.database();
  memfile = await lab.server('memfile', { dhcp4: SUBNETS });
  inDatabase = await lab.server('indatabase', {
    dhcp4: SUBNETS,
    leases: 'postgresql',
    database: { server: postgres, database },
  });
});
afterAll(async () => {
  await lab.stop();
  await database.drop();
  await postgres.stop();
});

const PAIR = { namespace: 'dhcp', pair: 'office' };

interface Adapter {
  readonly name: string;
  readonly server: () => KeaServer;
  readonly descriptor: () => LeaseSourceDescriptor;
  /** Takes the store away until `seen` is through. */
  readonly outage: (seen: () => Promise<void>) => Promise<void>;
}

const adapters: readonly Adapter[] = [
  {
    name: 'PostgreSQL',
    server: () => inDatabase,
    descriptor: () => ({ ...PAIR, ipFamily: 'IPv4', storage: 'PostgreSQL', database: database.target }),
    outage: async (seen) => {
      await postgres.pause();
      await seen();
      await postgres.resume();
    },
  },
  {
    name: 'control channel',
    server: () => memfile,
    descriptor: () => ({ ...PAIR, ipFamily: 'IPv4', storage: 'Memfile', servers: [memfile.endpoint] }),
    outage: async (seen) => {
      await Promise.all([memfile.restart(), seen()]);
    },
  },
];

describe.each(adapters)('leases by $name', ({ server, descriptor, outage }) => {
  let source: LeaseSource;
  let kea: LeaseWriter;

  beforeAll(() => {
    source = openLeaseSource(descriptor(), DHCPV4, ignore);
    kea = leaseWriter(server());
  });
  afterAll(async () => {
    await source.close();
    await kea.close();
  });

  beforeEach(() => kea.wipe(7, 8, 9));

  it('those of addresses come alone, whatever lies between them', async () => {
    const leases = Array.from({ length: 200 }, (_, n) => ({
      address: `10.7.0.${n + 1}`,
      subnetId: 7,
      validLifetime: 600,
    }));
    await kea.add(...leases, { address: '10.9.0.1', subnetId: 9, validLifetime: 600 });
    const asked = ['10.9.0.1', '10.7.0.150', '10.8.0.1', '10.7.0.2', 'printer', '10.7.0.3'];
    const found = await source.ofAddresses(asked);
    expect(found.map(({ address }) => address).sort()).toEqual(['10.7.0.150', '10.7.0.2', '10.7.0.3', '10.9.0.1']);
    expect(await source.ofAddresses([])).toEqual([]);
  });

  const now = (): number => Math.floor(Date.now() / 1000);
  const addressesFrom = async (limit: number): Promise<string[][]> => {
    const pages: string[][] = [];
    let after: string | undefined;
    do {
      const page = await source.page(limit, after);
      pages.push(page.leases.map(({ address }) => address));
      after = page.next;
    } while (after !== undefined);
    return pages;
  };

  it('every field comes as Kea was told', async () => {
    const expire = now() + 1_000;
    const given: LeaseToAdd = {
      address: '10.7.0.10',
      subnetId: 7,
      hwAddress: '02:00:00:0a:0b:0c',
      clientId: '01:02:00:00:0A:0B:0C',
      hostname: 'printer.example.org',
      fqdnForward: true,
      fqdnReverse: false,
      userContext: RELAYED,
      validLifetime: 3_600,
      expire,
    };
    await kea.add(given);
    const lease: Lease = {
      address: '10.7.0.10',
      subnetId: 7,
      hwAddress: '02:00:00:0a:0b:0c',
      clientId: '01:02:00:00:0a:0b:0c',
      hostname: 'printer.example.org',
      fqdnForward: true,
      fqdnReverse: false,
      userContext: RELAYED,
      relayId: '0a:0b',
      remoteId: '01:02',
      state: 'Active',
      cltt: expire - 3_600,
      validLifetime: 3_600,
    };
    expect(await source.get('10.7.0.10')).toEqual(lease);
    expect(await source.page(10)).toEqual({ leases: [lease] });
  });

  it('what a client did not send is not known', async () => {
    await kea.add({ address: '10.7.0.10', subnetId: 7, validLifetime: 60 });
    const lease = await source.get('10.7.0.10');
    expect(lease).toHaveProperty('address', '10.7.0.10');
    expect([lease?.clientId, lease?.hostname]).toEqual([undefined, undefined]);
  });

  it.each([
    [0, 'Active'],
    [1, 'Declined'],
    [2, 'Reclaimed'],
    [3, 'Released'],
  ])("Kea's state %i is %s", async (state, name) => {
    await kea.add({ address: '10.7.0.10', subnetId: 7, state, validLifetime: 60 });
    expect(await source.get('10.7.0.10')).toMatchObject({ state: name });
  });

  it('a lease for ever keeps its last transaction', async () => {
    // Kea's time() is by the coarse clock, which may not have come to the new second yet.
    const before = now() - 1;
    await kea.add({ address: '10.7.0.10', subnetId: 7, validLifetime: INFINITE_LIFETIME });
    const lease = await source.get('10.7.0.10');
    expect(lease?.validLifetime).toBe(INFINITE_LIFETIME);
    expect(lease?.cltt).toBeGreaterThanOrEqual(before);
    expect(lease?.cltt).toBeLessThanOrEqual(now());
  });

  it('an address without a lease has none', async () => {
    expect(await source.get('10.7.0.10')).toBeUndefined();
    expect(await source.get('203.0.113.1')).toBeUndefined();
  });

  it('pages are in the order of addresses, not of their text, and the last one says that it is', async () => {
    for (const address of ['10.7.1.0', '10.7.0.9', '10.7.0.255', '10.7.0.100', '10.7.0.10']) {
      await kea.add({ address, subnetId: 7, validLifetime: 60 });
    }
    await kea.add({ address: '10.8.0.1', subnetId: 8, validLifetime: 60 });
    const sorted = ['10.7.0.9', '10.7.0.10', '10.7.0.100', '10.7.0.255', '10.7.1.0', '10.8.0.1'];
    expect(await addressesFrom(100)).toEqual([sorted]);
    expect(await addressesFrom(4)).toEqual([sorted.slice(0, 4), sorted.slice(4)]);
    expect(await addressesFrom(3)).toEqual([sorted.slice(0, 3), sorted.slice(3)]);
    expect(await addressesFrom(1)).toEqual(sorted.map((address) => [address]));
  });

  it('a page goes on after an address whose lease is gone', async () => {
    await kea.add({ address: '10.7.0.5', subnetId: 7, validLifetime: 60 });
    expect((await source.page(1, '10.7.0.4')).leases).toHaveLength(1);
    expect(await source.page(1, '10.7.0.5')).toEqual({ leases: [] });
    expect(await source.page(1, '255.255.255.255')).toEqual({ leases: [] });
  });

  it('an empty store has an empty page', async () => {
    expect(await source.page(10)).toEqual({ leases: [] });
    expect((await source.usage(() => undefined)).filter(({ assigned }) => assigned > 0)).toEqual([]);
  });

  it('hundreds of leases come once each', async () => {
    const leases = Array.from({ length: 600 }, (_, index) => `10.7.${Math.floor(index / 256)}.${index % 256}`);
    for (const address of leases) await kea.add({ address, subnetId: 7, validLifetime: 60 });
    expect((await addressesFrom(250)).flat()).toEqual(leases);
    expect(await source.countActive([7])).toEqual(new Map([[7, 600]]));
  });

  it('the figures count what is leased and, among it, what is declined', async () => {
    await kea.add(
      { address: '10.7.0.1', subnetId: 7, validLifetime: 60 },
      { address: '10.7.0.2', subnetId: 7, validLifetime: 60, state: 1 },
      { address: '10.7.0.3', subnetId: 7, validLifetime: 60, state: 2 },
      { address: '10.8.0.1', subnetId: 8, validLifetime: 60 },
    );
    expect((await source.usage(() => undefined)).filter(({ assigned }) => assigned > 0)).toEqual([
      { subnetId: 7, assigned: 2, declined: 1, outside: 0, pools: [] },
      { subnetId: 8, assigned: 1, declined: 0, outside: 0, pools: [] },
    ]);
  });

  it('active are leases and declined addresses whose time is not over', async () => {
    expect(await source.countActive([7])).toEqual(new Map([[7, 0]]));
    expect(await source.countActive([])).toEqual(new Map());
    await kea.add(
      { address: '10.7.0.1', subnetId: 7, validLifetime: 600 },
      { address: '10.7.0.2', subnetId: 7, validLifetime: 600, state: 1 },
      { address: '10.7.0.3', subnetId: 7, validLifetime: INFINITE_LIFETIME },
      { address: '10.7.0.4', subnetId: 7, validLifetime: 60, expire: now() - 10 },
      { address: '10.7.0.5', subnetId: 7, validLifetime: 60, expire: now() - 10, state: 1 },
      { address: '10.7.0.6', subnetId: 7, validLifetime: 600, state: 2 },
      { address: '10.7.0.7', subnetId: 7, validLifetime: 600, state: 3 },
      { address: '10.8.0.1', subnetId: 8, validLifetime: 600 },
    );
    const counts = [[7, 3] as const, [8, 1] as const, [9, 0] as const, [4_000_000_000, 0] as const];
    expect(await source.countActive(counts.map(([id]) => id))).toEqual(new Map(counts));
    for (const [id, count] of counts) expect(await source.countActive([id])).toEqual(new Map([[id, count]]));
  });

  it('remaining are leases whose end can be waited for, with the time of the last; those without an end are told apart', async () => {
    const [soon, later] = [now() + 600, now() + 1200];
    await kea.add(
      { address: '10.7.0.1', subnetId: 7, validLifetime: 600, expire: soon },
      { address: '10.7.0.2', subnetId: 7, validLifetime: 600, expire: later },
      { address: '10.7.0.3', subnetId: 7, validLifetime: 6000, expire: later + 9, state: 1 },
      { address: '10.7.0.4', subnetId: 7, validLifetime: INFINITE_LIFETIME },
      { address: '10.7.0.5', subnetId: 7, validLifetime: 60, expire: now() - 10 },
      { address: '10.7.0.6', subnetId: 7, validLifetime: 600, expire: later + 9, state: 2 },
      { address: '10.8.0.1', subnetId: 8, validLifetime: INFINITE_LIFETIME },
    );
    expect(await source.remaining([])).toEqual(new Map());
    expect(await source.remaining([7, 8, 9])).toEqual(
      new Map([
        [7, { leases: 2, endless: 1, last: later }],
        [8, { leases: 0, endless: 1 }],
        [9, { leases: 0, endless: 0 }],
      ]),
    );
  });

  it('the first lease of a prefix tells its subnet id, even when it is over', async () => {
    await kea.add({ address: '10.8.0.9', subnetId: 8, validLifetime: 60, expire: now() - 10, state: 2 });
    expect(await firstLeaseIn(source, IPV4, range('10.8.0.0', '10.8.255.255'))).toMatchObject({
      address: '10.8.0.9',
      subnetId: 8,
    });
    expect(await firstLeaseIn(source, IPV4, range('10.8.0.9', '10.8.0.9'))).toMatchObject({ subnetId: 8 });
    expect(await firstLeaseIn(source, IPV4, range('10.8.0.10', '10.8.255.255'))).toBeUndefined();
    expect(await firstLeaseIn(source, IPV4, range('10.7.0.0', '10.7.255.255'))).toBeUndefined();
    expect(await firstLeaseIn(source, IPV4, range('0.0.0.0', '255.255.255.255'))).toMatchObject({ subnetId: 8 });
  });

  it('an aborted reader gets the reason, and the next one the leases', async () => {
    await kea.add({ address: '10.7.0.1', subnetId: 7, validLifetime: 60 });
    await expect(source.page(10, undefined, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    const abort = new AbortController();
    const page = source.page(10, undefined, abort.signal);
    abort.abort(new Error('gone while waiting'));
    await expect(page).rejects.toThrow('gone while waiting');
    expect((await source.page(10)).leases).toHaveLength(1);
  });

  // The last one: Kea itself needs a moment to find its database again.
  it('a store that is away is unavailable, in words, and comes back by itself', async () => {
    const failure = (read: Promise<unknown>): Promise<unknown> =>
      read.then(
        () => undefined,
        (error: unknown) => error,
      );
    await kea.add({ address: '10.7.0.1', subnetId: 7, validLifetime: 600 });
    await outage(async () => {
      const seen = await until('the outage', 10, () => failure(source.page(1)), 1);
      expect(seen).toBeInstanceOf(LeasesUnavailable);
      expect((seen as Error).message).toMatch(/\w+: .+/);
    });
    expect(await until('the store', 10, () => source.page(1), 100)).toMatchObject({
      leases: [{ address: '10.7.0.1' }],
    });
  });
});

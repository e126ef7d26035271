/** How full pools are, counted in either lease storage, for both families: the leases are put there by a real Kea. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseRange, prefixIn, type Range } from '../../src/kea/address.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import type { Family } from '../../src/kea/family.ts';
import { openLeaseSource } from '../../src/leases/open.ts';
import type { LeaseSource } from '../../src/leases/source.ts';
import type { SubnetPools } from '../../src/leases/usage.ts';
import { type KeaLab, type KeaServer, startKeaLab } from '../support/kea.ts';
import { type LeaseToAdd, type LeaseWriter, leaseWriter } from '../support/leases.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';

const found = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`${what} is none`);
  return value;
};
const rangesIn = ({ addressing }: Family, texts: readonly string[]): readonly Range[] =>
  texts.map((text) => found(parseRange(addressing, text), text));

/** Subnet 7 of each family, whose largest pool is the second: as in mode LoadBalancing Kea has each in two halves. */
const SUBNETS = {
  4: { id: 7, subnet: '10.7.0.0/16', pools: ['10.7.0.10-10.7.0.14', '10.7.0.15-10.7.0.19', '10.7.4.0-10.7.7.255'] },
  6: { id: 7, subnet: '2001:db8:7::/48', pools: ['2001:db8:7::10-2001:db8:7::19', '2001:db8:7:1::/64'] },
} as const;

const POOLS: Readonly<Record<4 | 6, SubnetPools>> = {
  4: {
    pools: rangesIn(DHCPV4, ['10.7.0.10-10.7.0.19', '10.7.4.0-10.7.7.255']),
    gaps: rangesIn(DHCPV4, ['10.7.0.0-10.7.0.9', '10.7.0.20-10.7.3.255', '10.7.8.0-10.7.255.255']),
    pdPools: [],
  },
  6: {
    pools: rangesIn(DHCPV6, ['2001:db8:7::10-2001:db8:7::19', '2001:db8:7:1::/64']),
    gaps: rangesIn(DHCPV6, [
      '2001:db8:7::-2001:db8:7::f',
      '2001:db8:7::1a-2001:db8:7:0:ffff:ffff:ffff:ffff',
      '2001:db8:7:2::-2001:db8:7:ffff:ffff:ffff:ffff:ffff',
    ]),
    // The first lies in a gap, as pdPools may.
    pdPools: ['2001:db8:7:8000::/52', '2001:db8:8000::/40'].map((text) => found(prefixIn(text), text)),
  },
};

const client = (address: string, more: Partial<LeaseToAdd> = {}): LeaseToAdd => ({
  address,
  subnetId: 7,
  validLifetime: 600,
  ...more,
});
/** Leases of DHCPv6 need a client each. */
const client6 = (address: string, iaid: number, more: Partial<LeaseToAdd> = {}): LeaseToAdd =>
  client(address, { duid: '00:03:00:01:02:00:00:00:00:01', iaid, ...more });

const LEASES: Readonly<Record<4 | 6, readonly LeaseToAdd[]>> = {
  4: [
    ...Array.from({ length: 600 }, (_, index) => client(`10.7.${4 + (index >> 8)}.${index & 255}`)),
    ...['10.7.0.10', '10.7.0.14', '10.7.0.15', '10.7.0.20', '10.7.3.255', '10.7.8.0'].map((address) => client(address)),
    client('10.7.0.19', { state: 1 }),
    client('10.7.0.9', { state: 1 }),
    client('10.7.7.255', { state: 1 }),
    client('10.7.0.16', { state: 2 }),
  ],
  6: [
    client6('2001:db8:7::10', 1),
    client6('2001:db8:7::19', 2, { state: 1 }),
    client6('2001:db8:7::1a', 3),
    client6('2001:db8:7:1::', 4),
    client6('2001:db8:7:1:ffff:ffff:ffff:ffff', 5),
    client6('2001:db8:7:8000::', 6, { prefixLength: 56 }),
    client6('2001:db8:7:8f00::', 7, { prefixLength: 56 }),
    client6('2001:db8:7:9000::', 8, { prefixLength: 56 }),
    client6('2001:db8:80ff:ff00::', 9, { prefixLength: 56 }),
    client6('2001:db8:7:8000::1', 10),
  ],
};

const USAGE = {
  4: {
    subnetId: 7,
    assigned: 605,
    declined: 2,
    outside: 4,
    pools: [
      { assigned: 4, declined: 1 },
      { assigned: 601, declined: 1 },
    ],
  },
  6: {
    subnetId: 7,
    assigned: 4,
    declined: 1,
    outside: 2,
    pools: [
      { assigned: 2, declined: 1 },
      { assigned: 2, declined: 0 },
    ],
    delegated: 4,
    delegatedOutside: 1,
    pdPools: [2, 1],
  },
} as const;

let lab: KeaLab;
let postgres: TestPostgres;
beforeAll(async () => {
  [lab, postgres] = await Promise.all([startKeaLab(), startPostgres()]);
});
afterAll(async () => {
  await lab.stop();
  await postgres.stop();
});

const configOf = ({ version }: Family): Readonly<Record<string, unknown>> => {
  const { pools, ...subnet } = SUBNETS[version];
  return { [`subnet${version}`]: [{ ...subnet, pools: pools.map((pool) => ({ pool })) }] };
};

describe.each([DHCPV4, DHCPV6])('of DHCPv$version', (family) => {
  describe.each(['memfile', 'postgresql'] as const)('in %s', (leases) => {
    let database: TestDatabase | undefined;
    let server: KeaServer;
    let source: LeaseSource;
    let kea: LeaseWriter;
    const of = { namespace: 'dhcp', pair: 'office', ipFamily: family.version === 4 ? 'IPv4' : 'IPv6' } as const;

    beforeAll(async () => {
      const dhcp = family.version === 4 ? { dhcp4: configOf(family) } : { dhcp6: configOf(family) };
      if (leases === 'postgresql') {
        database = await postgres.database();
        server = await lab.server(`pg${family.version}`, {
          ...dhcp,
          family,
          leases,
          database: { server: postgres, database },
        });
        source = openLeaseSource({ ...of, storage: 'PostgreSQL', database: database.target }, family, () => undefined);
      } else {
        server = await lab.server(`mem${family.version}`, { ...dhcp, family });
        source = openLeaseSource({ ...of, storage: 'Memfile', servers: [server.endpoint] }, family, () => undefined);
      }
      kea = leaseWriter(server);
    });
    afterAll(async () => {
      await source.close();
      await kea.close();
      await database?.drop();
    });
    beforeEach(() => kea.wipe(7));

    const usage = async () =>
      (await source.usage((id) => (id === 7 ? POOLS[family.version] : undefined))).find(
        ({ subnetId }) => subnetId === 7,
      );

    it('each lease counts where its address is, up to the last of a pool', async () => {
      await kea.add(...LEASES[family.version]);
      expect(await usage()).toEqual(USAGE[family.version]);
    });

    it('figures follow what comes and goes', async () => {
      const [lease] = LEASES[family.version];
      if (lease === undefined) throw new Error('there is no lease');
      await kea.add(lease);
      expect((await usage())?.assigned).toBe(1);
      await kea.wipe(7);
      expect((await usage())?.assigned ?? 0).toBe(0);
    });
  });
});

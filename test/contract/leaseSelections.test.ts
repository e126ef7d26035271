/** Selections of leases, as every store finds them: whatever is asked for, it is what the predicate says over all leases. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Addressing, parsePrefix } from '../../src/kea/address.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import { ipFamilyOf } from '../../src/kea/families.ts';
import type { Family } from '../../src/kea/family.ts';
import { openLeaseSource } from '../../src/leases/open.ts';
import { type LeaseSelection, selects } from '../../src/leases/selection.ts';
import { SHOWN_STATES } from '../../src/leases/shownState.ts';
import { INFINITE_LIFETIME, type Lease, type LeaseSource } from '../../src/leases/source.ts';
import { type KeaLab, type KeaServer, startKeaLab } from '../support/kea.ts';
import { type LeaseToAdd, leaseWriter } from '../support/leases.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';

const NOW = Math.floor(Date.now() / 1000);
const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03'] as const;
const NAMES = ['printer', 'printer-2', 'phone', undefined] as const;

/** Leases of every kind: three subnets, four states of which some are over, three clients, names that begin alike. */
const stored = (addressAt: (n: number) => string, ids: (n: number) => Partial<LeaseToAdd>): readonly LeaseToAdd[] =>
  Array.from({ length: 48 }, (_, n): LeaseToAdd => {
    const hostname = NAMES[n % NAMES.length];
    return {
      address: addressAt(n),
      subnetId: 7 + (n % 3),
      hwAddress: MACS[n % 5 === 0 ? 0 : n % 2 === 0 ? 1 : 2],
      ...(hostname === undefined ? {} : { hostname }),
      state: [0, 0, 1, 2, 3, 0, 1][n % 7] ?? 0,
      ...(n % 11 === 0 ? { validLifetime: INFINITE_LIFETIME } : { validLifetime: 3_600 }),
      ...(n % 11 === 0 ? {} : { expire: n % 4 === 0 ? NOW - 1_000 : NOW + 3_000 }),
      ...ids(n),
    };
  });
const hex = (n: number): string => n.toString(16).padStart(2, '0');

interface OfFamily {
  readonly family: Family;
  readonly leases: readonly LeaseToAdd[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly clients: fc.Arbitrary<Partial<LeaseSelection>>;
  readonly prefixes: readonly string[];
}

/** Nobody reclaims what is over while the test looks at it. */
const QUIET = { 'expired-leases-processing': { 'reclaim-timer-wait-time': 0 } };
const BYTES = [0, 1, 2, 9];
const FAMILIES: readonly OfFamily[] = [
  {
    family: DHCPV4,
    leases: stored(
      (n) => `10.${7 + (n % 3)}.${n % 2}.${n + 1}`,
      (n) => ({ clientId: `01:02:${hex(n % 3)}` }),
    ),
    config: { subnet4: [7, 8, 9].map((id) => ({ id, subnet: `10.${id}.0.0/16` })), ...QUIET },
    clients: fc.constantFrom(...BYTES).map((n) => ({ clientId: `01:02:${hex(n)}` })),
    prefixes: ['10.7.0.0/16', '10.8.1.0/24', '10.7.0.1/32', '10.0.0.0/8', '0.0.0.0/0', '192.0.2.0/24'],
  },
  {
    family: DHCPV6,
    leases: stored(
      (n) => (n % 4 === 1 ? `2001:db8:80${hex(n)}::` : `2001:db8:${7 + (n % 3)}::${hex(n)}`),
      (n) => ({
        duid: `00:03:${hex(n % 3)}`,
        iaid: n,
        ...(n % 4 === 1 ? { prefixLength: 56, state: [0, 2, 3][n % 3] ?? 0 } : {}),
      }),
    ),
    config: { subnet6: [7, 8, 9].map((id) => ({ id, subnet: `2001:db8:${id}::/64` })), ...QUIET },
    clients: fc.constantFrom(...BYTES).map((n) => ({ duid: `00:03:${hex(n)}` })),
    prefixes: ['2001:db8:7::/64', '2001:db8:8000::/33', '2001:db8:7::3/128', '::/0', '2001:db9::/32'],
  },
];

const rangeOf = (of: Addressing, text: string): Partial<LeaseSelection> => {
  const prefix = parsePrefix(of, text);
  if (prefix === undefined) throw new Error(`${text} is no prefix`);
  return { range: { first: prefix.first, last: prefix.last } };
};

/** Up to three conditions at a time. */
const selectionOf = ({ family, clients, prefixes }: OfFamily): fc.Arbitrary<LeaseSelection> =>
  fc
    .array(
      fc.oneof(
        clients,
        fc.constantFrom(...prefixes).map((text) => rangeOf(family.addressing, text)),
        fc.constantFrom(...MACS, '02:00:00:00:00:ff').map((hwAddress) => ({ hwAddress })),
        fc.constantFrom('printer', 'phone', 'nobody').map((hostname) => ({ hostname })),
        fc.constantFrom('p', 'printer', 'printer-', 'x_%').map((hostnamePrefix) => ({ hostnamePrefix })),
        fc.subarray([7, 8, 9, 4_000_000_000], { minLength: 1 }).map((subnetIds) => ({ subnetIds })),
        fc.subarray([7, 8, 4_000_000_000], { minLength: 1 }).map((notSubnetIds) => ({ notSubnetIds })),
        fc.subarray([...SHOWN_STATES], { minLength: 1 }).map((states) => ({ states })),
        fc.constantFrom('Address' as const, 'Prefix' as const).map((type) => ({ type })),
        fc.constant({ prefixLength: 56 }),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((parts): LeaseSelection => Object.assign({ now: NOW }, ...parts) as LeaseSelection);

let lab: KeaLab;
let postgres: TestPostgres;
const databases: TestDatabase[] = [];
beforeAll(async () => {
  [lab, postgres] = await Promise.all([startKeaLab(), startPostgres()]);
});
afterAll(async () => {
  await lab.stop();
  for (const database of databases) await database.drop();
  await postgres.stop();
});

const STORES = ['PostgreSQL', 'Memfile'] as const;
const CASES = FAMILIES.flatMap((of) => STORES.map((storage) => ({ of, storage, name: ipFamilyOf(of.family) })));

describe.each(CASES)('leases of $name in $storage', ({ of, storage, name: ipFamily }) => {
  let source: LeaseSource;
  let all: readonly Lease[];

  beforeAll(async () => {
    const { family, config } = of;
    const configs = family.version === 4 ? { dhcp4: config } : { dhcp6: config };
    const pair = { namespace: 'dhcp', pair: 'office', ipFamily } as const;
    const start = async (): Promise<KeaServer> => {
      const name = `${storage.toLowerCase()}${family.version}`;
      if (storage === 'Memfile') {
        const server = await lab.server(name, { family, ...configs });
        source = openLeaseSource({ ...pair, storage, servers: [server.endpoint] }, family, () => undefined);
        return server;
      }
      const database = await postgres.database();
      databases.push(database);
      source = openLeaseSource({ ...pair, storage, database: database.target }, family, () => undefined);
      return lab.server(name, { family, ...configs, leases: 'postgresql', database: { server: postgres, database } });
    };
    const kea = leaseWriter(await start());
    await kea.add(...of.leases);
    await kea.close();
    all = (await source.page(1_000)).leases;
  });
  afterAll(() => source.close());

  const found = async (selection: LeaseSelection, limit: number): Promise<readonly Lease[]> => {
    const leases: Lease[] = [];
    let after: string | undefined;
    do {
      const page = await source.select(selection, limit, after);
      expect(page.leases.length).toBeLessThanOrEqual(limit);
      leases.push(...page.leases);
      after = page.next;
    } while (after !== undefined);
    return leases;
  };

  it('are all there', () => {
    expect(all).toHaveLength(of.leases.length);
  });

  it('come as the predicate says, once each and in order, by pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(selectionOf(of), fc.constantFrom(1, 5, 1_000), async (selection, limit) => {
        expect(await found(selection, limit)).toEqual(all.filter(selects(selection)));
      }),
      { numRuns: 150 },
    );
  });

  it('of a state are there for each state', async () => {
    for (const state of SHOWN_STATES) {
      const selection: LeaseSelection = { states: [state], now: NOW };
      const expected = all.filter(selects(selection));
      expect(await found(selection, 1_000), state).toEqual(expected);
      if (state !== 'Registered') expect(expected.length, state).toBeGreaterThan(0);
    }
  });
});

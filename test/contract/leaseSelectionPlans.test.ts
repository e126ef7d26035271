/** How PostgreSQL finds selections among many leases: by Kea's indexes, never by all rows of the table. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePrefix } from '../../src/kea/address.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import { ipFamilyOf } from '../../src/kea/families.ts';
import type { Family } from '../../src/kea/family.ts';
import { openLeaseSource } from '../../src/leases/open.ts';
import { leaseColumns } from '../../src/leases/postgres/rows.ts';
import { firstStatement, partStatement, selectStatement } from '../../src/leases/postgres/select.ts';
import { LEASE_SESSIONS } from '../../src/leases/postgres/source.ts';
import { boundsOf, type LeaseSelection } from '../../src/leases/selection.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';

const LEASES = 120_000;
const NOW = Math.floor(Date.now() / 1000);

/** A subnet of 250 leases each, a hundredth declined, a hundredth over; the last subnet at the very end of the addresses. */
const FILL = {
  4: `INSERT INTO lease4 (address, hwaddr, client_id, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, pool_id)
    SELECT 167772160 + n, decode('0200' || lpad(to_hex(n), 8, '0'), 'hex'), decode('010200' || lpad(to_hex(n), 8, '0'), 'hex'),
      3600, now() + CASE WHEN n % 100 = 0 THEN interval '-1 hour' ELSE interval '1 hour' END, n / 250, false, false,
      'host-' || n, CASE WHEN n % 100 = 1 THEN 1 ELSE 0 END, 0
    FROM generate_series(0, ${LEASES - 1}) n`,
  6: `INSERT INTO lease6 (address, duid, valid_lifetime, expire, subnet_id, pref_lifetime, lease_type, iaid, prefix_len,
      fqdn_fwd, fqdn_rev, hostname, hwaddr, hwtype, state, pool_id)
    SELECT '2001:db8::'::inet + n, decode('000300010200' || lpad(to_hex(n), 8, '0'), 'hex'),
      3600, now() + CASE WHEN n % 100 = 0 THEN interval '-1 hour' ELSE interval '1 hour' END, n / 250, 1800, 0, 1, 128,
      false, false, 'host-' || n, NULL, NULL, CASE WHEN n % 100 = 1 THEN 1 ELSE 0 END, 0
    FROM generate_series(0, ${LEASES - 1}) n`,
} as const;

let postgres: TestPostgres;
let database: TestDatabase;
beforeAll(async () => {
  postgres = await startPostgres();
  database = await postgres.database();
  for (const version of [4, 6] as const) await database.query(FILL[version]);
  await database.query('ANALYZE lease4; ANALYZE lease6');
  for (const [name, value] of Object.entries(LEASE_SESSIONS.parameters)) {
    if (name !== 'default_transaction_read_only') await database.query(`SET ${name} = ${value}`);
  }
});
afterAll(async () => {
  await database.drop();
  await postgres.stop();
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}
const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

const CASES: readonly (readonly [Family, string, Omit<LeaseSelection, 'now'>, string])[] = [
  [DHCPV4, 'a hardware address', { hwAddress: '02:00:00:00:75:30' }, 'lease4_by_hwaddr_subnet_id'],
  [DHCPV4, 'a client identifier', { clientId: '01:02:00:00:00:75:30' }, 'lease4_by_client_id_subnet_id'],
  [DHCPV4, 'a host name', { hostname: 'host-30000' }, 'lease4_by_hostname'],
  [DHCPV4, 'a subnet', { subnetIds: [300] }, 'lease4_by_subnet_id'],
  [DHCPV4, 'two subnets', { subnetIds: [1, 479] }, 'lease4_by_subnet_id'],
  [DHCPV4, 'a state', { states: ['Declined'] }, 'lease4_by_state_expire'],
  [DHCPV4, 'what is over', { states: ['Expired'] }, 'lease4_by_state_expire'],
  [DHCPV4, 'a state that none has', { states: ['Released'] }, 'lease4_by_state_expire'],
  [DHCPV4, 'addresses', {}, 'lease4_pkey'],
  [DHCPV4, 'what a name begins with', { hostnamePrefix: 'host-30' }, 'lease4_pkey'],
  [DHCPV4, 'what is leased', { states: ['Active'] }, 'lease4_pkey'],
  [DHCPV4, 'other subnets', { notSubnetIds: [1, 2, 3] }, 'lease4_pkey'],
  [DHCPV6, 'a DUID', { duid: '00:03:00:01:02:00:00:00:75:30' }, 'lease6_by_duid_iaid_subnet_id'],
  [DHCPV6, 'a host name', { hostname: 'host-30000' }, 'lease6_by_hostname'],
  [DHCPV6, 'a subnet', { subnetIds: [300] }, 'lease6_by_subnet_id_(lease_type|address)'],
  [DHCPV6, 'a state', { states: ['Declined'] }, 'lease6_by_state_expire'],
  [DHCPV6, 'a hardware address, which has no index', { hwAddress: '02:00:00:00:75:30' }, 'lease6_pkey'],
  [DHCPV6, 'prefixes', { type: 'Prefix' }, 'lease6_(pkey|by_subnet_id_lease_type)'],
];

describe.each(['the first page', 'a page in the middle'] as const)('%s', (where) => {
  it.each(CASES.map(([family, what, ...rest]) => [`${what} of ${ipFamilyOf(family)}`, family, ...rest] as const))(
    'of %s: by an index',
    async (_, family, part, index) => {
      const selection: LeaseSelection = { ...part, now: NOW };
      const after = where === 'the first page' ? undefined : family.version === 4 ? '10.0.100.0' : '2001:db8::6400';
      const bounds = boundsOf(selection, after, family.addressing.bits);
      if (bounds === undefined) throw new Error('nothing is left');
      const { text, values } = selectStatement(family, leaseColumns(family), selection, bounds, 501);
      const [row] = await database.query<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(
        `EXPLAIN (FORMAT JSON) ${text}`,
        values,
      );
      const nodes = nodesOf(row?.['QUERY PLAN'][0]?.Plan ?? { 'Node Type': 'none' });
      expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
      expect(nodes.flatMap((node) => node['Index Name'] ?? [])).toEqual([expect.stringMatching(index)]);
    },
  );
});

it.each([DHCPV4, DHCPV6])('what most leases are is found among the first ones, in their order: %#', async (family) => {
  const bounds = { first: 0n, last: (1n << BigInt(family.addressing.bits)) - 1n };
  const selection: LeaseSelection = { states: ['Active'], now: NOW };
  const { text, values } = firstStatement(family, leaseColumns(family), selection, bounds, 501, 2_004);
  const [row] = await database.query<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(
    `EXPLAIN (FORMAT JSON) ${text}`,
    values,
  );
  const nodes = nodesOf(row?.['QUERY PLAN'][0]?.Plan ?? { 'Node Type': 'none' });
  expect(nodes.map((node) => node['Node Type'])).toEqual(['Limit', 'Subquery Scan', 'Limit', 'Index Scan']);
});

it.each([DHCPV4, DHCPV6])('the end of a part is found by the addresses: %#', async (family) => {
  const { text, values } = partStatement(
    family,
    { first: 0n, last: (1n << BigInt(family.addressing.bits)) - 1n },
    50_000,
  );
  const [row] = await database.query<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(
    `EXPLAIN (FORMAT JSON) ${text}`,
    values,
  );
  const nodes = nodesOf(row?.['QUERY PLAN'][0]?.Plan ?? { 'Node Type': 'none' });
  expect(nodes.map((node) => node['Index Name'])).toContain(`${family.tables.leases}_pkey`);
});

const open = (family: Family) => {
  const of = { namespace: 'dhcp', pair: 'office', ipFamily: ipFamilyOf(family) } as const;
  return openLeaseSource({ ...of, storage: 'PostgreSQL', database: database.target }, family, () => undefined);
};

it('what no index serves is looked for part by part: a part without any says where the next one begins', async () => {
  const source = open(DHCPV4);
  const selection: LeaseSelection = { hostnamePrefix: 'host-119999', now: NOW };
  const pages: [number, string | undefined][] = [];
  let after: string | undefined;
  do {
    const page = await source.select(selection, 500, after);
    pages.push([page.leases.length, page.next]);
    after = page.next;
  } while (after !== undefined);
  // The last part has as many leases as any, so that nobody knows yet that it is the last.
  expect(pages).toHaveLength(13);
  expect(pages[0]).toEqual([0, '10.0.39.15']);
  expect(pages.slice(0, 11).every(([leases, next]) => leases === 0 && next !== undefined)).toBe(true);
  expect(pages.slice(11)).toEqual([
    [1, '10.1.212.191'],
    [0, undefined],
  ]);
  await source.close();
});

it('a prefix of addresses is read by pages, and ends where it ends', async () => {
  const source = open(DHCPV4);
  const prefix = parsePrefix(DHCPV4.addressing, '10.0.100.0/23');
  if (prefix === undefined) throw new Error('no prefix');
  const selection: LeaseSelection = { range: { first: prefix.first, last: prefix.last }, now: NOW };
  const first = await source.select(selection, 500);
  expect([first.leases.length, first.leases[0]?.address, first.next]).toEqual([500, '10.0.100.0', '10.0.101.243']);
  const second = await source.select(selection, 500, first.next);
  expect([second.leases.length, second.leases.at(-1)?.address, second.next]).toEqual([12, '10.0.101.255', undefined]);
  await source.close();
});

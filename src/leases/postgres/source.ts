/**
 * Leases from Kea's lease tables in PostgreSQL (schema 29): that of the leases, whose primary key is the address as a number, and
 * that of their figures, which Kea's own row triggers keep. Everything here only reads.
 */
import { FEW_ROWS, takeRows } from '../../database/client.ts';
import { wordsOf } from '../../database/errors.ts';
import { type DatabasePool, openPool, type PooledSession } from '../../database/pool.ts';
import type { DatabaseTarget } from '../../database/target.ts';
import { type Family, perFamily } from '../../kea/family.ts';
import type { Remaining } from '../remaining.ts';
import { boundsOf, isImpossible, isOfRangeAlone, type LeaseSelection, selectedOf } from '../selection.ts';
import {
  INFINITE_LIFETIME,
  type Lease,
  type LeasePage,
  type LeaseSource,
  LeasesUnavailable,
  numberOf,
  pageOf,
} from '../source.ts';
import { type Count, divide, type Found, type Stretch } from '../usage.ts';
import { AS_TEXT, leaseColumns, leaseOf, type LeaseRow } from './rows.ts';
import { firstStatement, partStatement, selectStatement, type SqlValue, type Statement, wayOf } from './select.ts';

export const LEASE_SESSIONS = {
  application: 'kea-operator leases',
  /** A page takes some milliseconds, so a few serve many readers. */
  sessions: 4,
  connectMs: 5_000,
  statementMs: 15_000,
  parameters: {
    default_transaction_read_only: 'on',
    // To compile the count of a thousand stretches took 170 ms, and to do it 7.
    jit: 'off',
    // All that is asked here has an index. Where PostgreSQL misjudges how much of it there is, it would read all leases for a page of them.
    enable_seqscan: 'off',
  },
} as const;

/**
 * A pool of read-only sessions for {@link createPostgresLeases}.
 * @param onError Told of connections that broke while nobody used them; they are replaced.
 */
export const openLeasePool = (target: DatabaseTarget, onError: (error: Error) => void): DatabasePool =>
  openPool(target, { ...LEASE_SESSIONS, onIdleError: onError });

/** The leases of a database; `onError` as above. */
export const openPostgresLeases = (
  target: DatabaseTarget,
  family: Family,
  onError: (error: Error) => void,
): LeaseSource => createPostgresLeases(openLeasePool(target, onError), family);

/** Named statements, which are parsed and planned once per connection. */
const statementsOf = perFamily((family) => {
  const { leaseAddress, leaseFigures, tables } = family;
  const { leases, leaseStatistics } = tables;
  const { type, fromText } = leaseAddress;
  const columns = leaseColumns(family);

  const number = fromText('$1');
  const [isAddress, delegated] =
    leaseFigures.delegated === undefined
      ? ['true', '']
      : [
          'lease_type = 0',
          `, coalesce(sum(leases) FILTER (WHERE lease_type = 2 AND state = 0), 0)::float8 AS delegated`,
        ];

  const get = { name: 'lease-get', text: `SELECT ${columns} FROM ${leases} WHERE address = ${number}` };
  const page = {
    name: 'lease-page',
    text: `SELECT ${columns} FROM ${leases} WHERE address > ${number} ORDER BY ${leases}.address LIMIT $2`,
  };
  const firstPage = {
    name: 'lease-first-page',
    text: `SELECT ${columns} FROM ${leases} ORDER BY ${leases}.address LIMIT $1`,
  };
  const ofAddresses = {
    name: 'lease-of-addresses',
    text: `SELECT ${columns} FROM ${leases} WHERE ${leases}.address = ANY($1::${type}[])`,
  };
  /** States 0 (default) and 1 (declined). A subnet without leases keeps its rows of figures, with zeros. */
  const usage = {
    name: 'lease-usage',
    text: `SELECT subnet_id::float8 AS subnet_id,
      coalesce(sum(leases) FILTER (WHERE ${isAddress}), 0)::float8 AS assigned,
      coalesce(sum(leases) FILTER (WHERE ${isAddress} AND state = 1), 0)::float8 AS declined${delegated}
    FROM ${leaseStatistics} WHERE state IN (0, 1) GROUP BY subnet_id HAVING sum(leases) > 0 ORDER BY subnet_id`,
  };
  /**
   * Of each stretch the rows between its ends are read by the primary key, and no others. By the index of subnets, which `+ 0` keeps out of it, all of
   * them would be read.
   */
  const countIn = (name: string, which: string) => ({
    name,
    text: `SELECT stretch.place::float8 AS place, found.assigned::float8 AS assigned, found.declined::float8 AS declined
    FROM unnest($1::bigint[], $2::${type}[], $3::${type}[]) WITH ORDINALITY AS stretch (subnet_id, first, last, place)
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE state IN (0, 1)) AS assigned, count(*) FILTER (WHERE state = 1) AS declined
      FROM ${leases}
      WHERE ${leases}.address BETWEEN stretch.first AND stretch.last AND ${leases}.subnet_id + 0 = stretch.subnet_id
        AND ${which}
    ) AS found
    WHERE found.assigned > 0`,
  });
  const addressesIn = countIn('lease-addresses-in', isAddress);
  const prefixesIn = countIn('lease-prefixes-in', 'lease_type = 2');
  /** The same condition as {@link isActive}. */
  const countActive = {
    name: 'lease-count-active',
    text: `SELECT subnet_id::float8 AS subnet_id, count(*)::float8 AS leases FROM ${leases}
    WHERE subnet_id = ANY($1) AND state IN (0, 1) AND (valid_lifetime = ${INFINITE_LIFETIME} OR expire > now())
    GROUP BY subnet_id`,
  };
  /** The same conditions as those of {@link remainingOf}. */
  const isEndless = `valid_lifetime = ${INFINITE_LIFETIME}`;
  const remaining = {
    name: 'lease-remaining',
    text: `SELECT subnet_id::float8 AS subnet_id, count(*) FILTER (WHERE NOT ${isEndless})::float8 AS leases,
      count(*) FILTER (WHERE ${isEndless})::float8 AS endless,
      extract(epoch FROM max(expire) FILTER (WHERE NOT ${isEndless}))::float8 AS last
    FROM ${leases} WHERE subnet_id = ANY($1) AND state = 0 AND (${isEndless} OR expire > now()) GROUP BY subnet_id`,
  };
  return { get, page, firstPage, ofAddresses, usage, addressesIn, prefixesIn, countActive, remaining };
});

/**
 * What a row may take in memory, in bytes, on average of a page: a lease with a host name and a client identifier of 255 bytes each and a user context,
 * or the figures of a subnet.
 */
const LEASE_BYTES = 4096;
const STATISTICS_BYTES = 256;
/** Leases that a part of a scan looks at: so many take PostgreSQL some 30 ms. */
const PART = 10_000;
/** Of what most leases are a page is among so many times as many. */
const DENSE = 4;
/** Subnets of which there may be figures. */
const MOST_SUBNETS = 200_000;
/** Stretches of a statement, and addresses: a great many are counted or looked up in several, none of which keeps a session for long. */
const STRETCHES = 2000;

interface UsageRow {
  readonly subnet_id: number;
  readonly assigned: number;
  readonly declined: number;
  readonly delegated?: number;
}

interface RemainingRow {
  readonly subnet_id: number;
  readonly leases: number;
  readonly endless: number;
  readonly last: number | null;
}

interface StretchRow extends Found {
  /** Which of those asked for, from 1 on. */
  readonly place: number;
}

/** A statement; one with a name is parsed and planned once per connection. */
interface Asked {
  readonly name?: string;
  readonly text: string;
}

/** A LeaseSource over the pool; `close` ends the pool. Raises LeasesUnavailable for whatever keeps the tables from being read. */
export const createPostgresLeases = (pool: DatabasePool, family: Family): LeaseSource => {
  const statements = statementsOf(family);
  /** Whatever the work throws, the tables cannot be read. */
  const use = async <Row>(
    work: (session: PooledSession) => Promise<{ readonly rows: Row[] }>,
    signal: AbortSignal | undefined,
    allowance: number,
  ): Promise<Row[]> => {
    try {
      return takeRows(await pool.use(work, signal, allowance));
    } catch (error) {
      signal?.throwIfAborted();
      throw new LeasesUnavailable(`PostgreSQL: ${wordsOf(error)}`, { cause: error });
    }
  };

  const query = <Row extends object>(
    statement: Asked,
    values: (SqlValue | string[])[],
    signal?: AbortSignal,
    allowance = FEW_ROWS,
  ): Promise<Row[]> => use((session) => session.query<Row>({ ...statement, values }), signal, allowance);

  /** Leases by a statement of {@link leaseColumns}. */
  const read = async (
    statement: Asked,
    values: (SqlValue | string[])[],
    signal?: AbortSignal,
    allowance = FEW_ROWS,
  ): Promise<readonly Lease[]> => {
    const config = { ...statement, ...AS_TEXT, values };
    const rows = await use((session) => session.query<LeaseRow>(config), signal, allowance);
    return rows.map((row) => leaseOf(family.addressing, row));
  };

  /** Planned for its own values: how many leases a subnet has, PostgreSQL knows of each. */
  const selected = async (
    selection: LeaseSelection,
    limit: number,
    after: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<LeasePage> => {
    const bounds = boundsOf(selection, after, family.addressing.bits);
    if (bounds === undefined || isImpossible(family, selection)) return { leases: [] };
    const readPage = async ({ text, values }: Statement): Promise<LeasePage> => {
      const leases = await read({ text }, values, signal, FEW_ROWS + limit * LEASE_BYTES);
      return selectedOf(selection, pageOf(leases, limit, after));
    };
    const columns = leaseColumns(family);
    const among = limit + 1;
    if (wayOf(family, selection) !== 'Scan' || isOfRangeAlone(selection)) {
      return readPage(selectStatement(family, columns, selection, bounds, among));
    }
    const first = await readPage(firstStatement(family, columns, selection, bounds, among, DENSE * among));
    if (first.next !== undefined) return first;
    // Where the part ends is asked before what is in it: leases that come or go meanwhile cannot put others beyond its end.
    const part = partStatement(family, bounds, PART);
    const [end] = await query<{ readonly address: string }>(part, part.values, signal);
    const inPart = end === undefined ? bounds : { first: bounds.first, last: numberOf(end.address) };
    const page = await readPage(selectStatement(family, columns, selection, inPart, among));
    return page.next === undefined && end !== undefined ? { ...page, next: end.address } : page;
  };

  const { write } = family.leaseAddress;
  const countIn = async (
    statement: Parameters<typeof query>[0],
    all: readonly Stretch[],
    signal: AbortSignal | undefined,
  ): Promise<readonly (readonly [Stretch, Found])[]> => {
    const found: (readonly [Stretch, Found])[] = [];
    for (let start = 0; start < all.length; start += STRETCHES) {
      const part = all.slice(start, start + STRETCHES);
      const values = [
        part.map(({ subnetId }) => subnetId),
        part.map(({ first }) => write(first)),
        part.map(({ last }) => write(last)),
      ];
      const rows = await query<StretchRow>(statement, values, signal, FEW_ROWS + STRETCHES * STATISTICS_BYTES);
      for (const { place, assigned, declined } of rows) {
        const stretch = part[place - 1];
        if (stretch) found.push([stretch, { assigned, declined }]);
      }
    }
    return found;
  };

  return {
    select: selected,
    get: async (address, signal) => {
      const [lease] = await read(statements.get, [address], signal);
      return lease;
    },
    page: async (limit, after, signal) => {
      const allowance = FEW_ROWS + limit * LEASE_BYTES;
      const leases =
        after === undefined
          ? await read(statements.firstPage, [limit + 1], signal, allowance)
          : await read(statements.page, [after, limit + 1], signal, allowance);
      return pageOf(leases, limit, after);
    },
    ofAddresses: async (addresses, signal) => {
      const numbers = addresses.map(family.addressing.parse).filter((address) => address !== undefined);
      const found: Lease[] = [];
      for (let start = 0; start < numbers.length; start += STRETCHES) {
        const part = numbers.slice(start, start + STRETCHES).map(write);
        found.push(...(await read(statements.ofAddresses, [part], signal, FEW_ROWS + part.length * LEASE_BYTES)));
      }
      return found;
    },
    usage: async (pools, signal) => {
      const allowance = MOST_SUBNETS * STATISTICS_BYTES;
      const { addresses, prefixes, usages } = divide(
        countsOf(await query<UsageRow>(statements.usage, [], signal, allowance)),
        pools,
      );
      const counted = [
        ...(await countIn(statements.addressesIn, addresses, signal)),
        ...(await countIn(statements.prefixesIn, prefixes, signal)),
      ];
      return usages(new Map(counted));
    },
    countActive: async (subnetIds, signal) => {
      if (subnetIds.length === 0) return new Map();
      const allowance = FEW_ROWS + subnetIds.length * STATISTICS_BYTES;
      const rows = await query<{ subnet_id: number; leases: number }>(
        statements.countActive,
        [[...subnetIds]],
        signal,
        allowance,
      );
      const counts = new Map(rows.map(({ subnet_id: id, leases }) => [id, leases]));
      return new Map(subnetIds.map((id) => [id, counts.get(id) ?? 0]));
    },
    remaining: async (subnetIds, signal) => {
      if (subnetIds.length === 0) return new Map();
      const allowance = FEW_ROWS + subnetIds.length * STATISTICS_BYTES;
      const rows = await query<RemainingRow>(statements.remaining, [[...subnetIds]], signal, allowance);
      const none: Remaining = { leases: 0, endless: 0 };
      const found = rows.map(({ subnet_id: id, leases, endless, last }): readonly [number, Remaining] => [
        id,
        { leases, endless, ...(last === null ? {} : { last }) },
      ]);
      return new Map([...subnetIds.map((id) => [id, none] as const), ...found]);
    },
    close: () => pool.close(),
  };
};

const countsOf = (rows: readonly UsageRow[]): readonly Count[] =>
  rows.map(({ subnet_id: subnetId, assigned, declined, delegated }) => ({
    subnetId,
    assigned,
    declined,
    ...(delegated === undefined ? {} : { delegated }),
  }));

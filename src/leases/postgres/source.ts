/**
 * Leases from Kea's lease tables in PostgreSQL (schema 29): that of the leases, whose primary key is the address as a number, and
 * that of their figures, which Kea's own row triggers keep. Everything here only reads.
 */
import { FEW_ROWS } from '../../database/client.ts';
import { wordsOf } from '../../database/errors.ts';
import { type DatabasePool, openPool } from '../../database/pool.ts';
import type { DatabaseTarget } from '../../database/target.ts';
import type { Addressing } from '../../kea/address.ts';
import { type Family, perFamily, type Version } from '../../kea/family.ts';
import { legible } from '../../runtime/legible.ts';
import {
  checkedLease,
  INFINITE_LIFETIME,
  type Lease,
  LEASE_STATES,
  type LeaseSource,
  LeasesUnavailable,
  pageOf,
} from '../source.ts';
import { type Count, divide, type Found, type Stretch } from '../usage.ts';

const SETTINGS = {
  application: 'kea-operator leases',
  /** A page takes some milliseconds, so a few serve many readers. */
  sessions: 4,
  connectMs: 5_000,
  statementMs: 15_000,
  // To compile the count of a thousand stretches took 170 ms, and to do it 7.
  parameters: { default_transaction_read_only: 'on', jit: 'off' },
} as const;

/**
 * A pool of read-only sessions for {@link createPostgresLeases}.
 * @param onError Told of connections that broke while nobody used them; they are replaced.
 */
export const openLeasePool = (target: DatabaseTarget, onError: (error: Error) => void): DatabasePool =>
  openPool(target, { ...SETTINGS, onIdleError: onError });

/** The leases of a database; `onError` as above. */
export const openPostgresLeases = (
  target: DatabaseTarget,
  family: Family,
  onError: (error: Error) => void,
): LeaseSource => createPostgresLeases(openLeasePool(target, onError), family);

/** Named statements, which are parsed and planned once per connection. */
const statementsOf = perFamily(({ version, leaseAddress, leaseFigures, tables: { leases, leaseStatistics } }) => {
  const { type, toText, fromText } = leaseAddress;
  /** Address and time are turned in SQL, so that no row needs parsing here. */
  const columns = `${toText('address')} AS address, subnet_id::float8 AS subnet_id, hwaddr, ${OWN_COLUMNS[version]},
  hostname, state::int AS state, extract(epoch FROM expire)::float8 AS expire, valid_lifetime::float8 AS valid_lifetime`;

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
  return { get, page, firstPage, usage, addressesIn, prefixesIn, countActive };
});

/** What a row may take in memory, in bytes: a lease with a host name and a client identifier of 255 bytes each, or the figures of a subnet. */
const LEASE_BYTES = 2048;
const STATISTICS_BYTES = 256;
/** Subnets of which there may be figures. */
const MOST_SUBNETS = 200_000;
/** Stretches of a statement: a great many are counted in several, none of which keeps a session for long. */
const STRETCHES = 2000;

/** Columns that the table of one family has alone. */
const OWN_COLUMNS = {
  4: 'client_id',
  6: `duid, iaid::float8 AS iaid, pref_lifetime::float8 AS preferred_lifetime,
    CASE WHEN lease_type = 2 THEN prefix_len::int END AS prefix_length`,
} as const satisfies Readonly<Record<Version, string>>;

interface LeaseRow {
  readonly address: string;
  readonly subnet_id: number;
  readonly hwaddr: Buffer | null;
  readonly client_id?: Buffer | null;
  readonly duid?: Buffer | null;
  readonly iaid?: number | null;
  readonly preferred_lifetime?: number | null;
  readonly prefix_length?: number | null;
  readonly hostname: string | null;
  readonly state: number | null;
  readonly expire: number;
  readonly valid_lifetime: number;
}

interface UsageRow {
  readonly subnet_id: number;
  readonly assigned: number;
  readonly declined: number;
  readonly delegated?: number;
}

interface StretchRow extends Found {
  /** Which of those asked for, from 1 on. */
  readonly place: number;
}

/** A LeaseSource over the pool; `close` ends the pool. Raises LeasesUnavailable for whatever keeps the tables from being read. */
export const createPostgresLeases = (pool: DatabasePool, family: Family): LeaseSource => {
  const statements = statementsOf(family);
  const query = async <Row extends object>(
    statement: { readonly name: string; readonly text: string },
    values: (string | number | number[] | string[])[],
    signal?: AbortSignal,
    allowance = FEW_ROWS,
  ): Promise<Row[]> => {
    try {
      const { rows } = await pool.use((client) => client.query<Row>({ ...statement, values }), signal, allowance);
      return rows;
    } catch (error) {
      signal?.throwIfAborted();
      throw new LeasesUnavailable(`PostgreSQL: ${wordsOf(error)}`, { cause: error });
    }
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
    get: async (address, signal) => {
      const [row] = await query<LeaseRow>(statements.get, [address], signal);
      return row && leaseOf(family.addressing, row);
    },
    page: async (limit, after, signal) => {
      const allowance = FEW_ROWS + limit * LEASE_BYTES;
      const rows =
        after === undefined
          ? await query<LeaseRow>(statements.firstPage, [limit + 1], signal, allowance)
          : await query<LeaseRow>(statements.page, [after, limit + 1], signal, allowance);
      const leases = rows.map((row) => leaseOf(family.addressing, row));
      return pageOf(leases, limit, after);
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

const leaseOf = (of: Addressing, row: LeaseRow): Lease => {
  const hwAddress = hexOf(row.hwaddr);
  const [clientId, duid] = [hexOf(row.client_id), hexOf(row.duid)];
  const { iaid, preferred_lifetime: preferredLifetime, prefix_length: prefixLength } = row;
  // Kea writes an infinite lease's last transaction where other leases have their end (lease_mgr: no sum past 32 bits).
  const cltt = row.valid_lifetime === INFINITE_LIFETIME ? row.expire : row.expire - row.valid_lifetime;
  return checkedLease(of, {
    address: row.address,
    subnetId: row.subnet_id,
    ...(hwAddress === undefined ? {} : { hwAddress }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(duid === undefined ? {} : { duid }),
    // The column is signed; an IAID is not.
    ...(typeof iaid === 'number' ? { iaid: iaid >>> 0 } : {}),
    ...(typeof preferredLifetime === 'number' ? { preferredLifetime } : {}),
    ...(typeof prefixLength === 'number' ? { prefixLength } : {}),
    ...(row.hostname ? { hostname: legible(row.hostname, 255) } : {}),
    state: LEASE_STATES[row.state ?? 0] ?? 'Active',
    cltt,
    validLifetime: row.valid_lifetime,
  });
};

const hexOf = (bytes: Buffer | null | undefined): string | undefined =>
  !bytes || bytes.length === 0 ? undefined : (bytes.toString('hex').match(/../g) ?? []).join(':');

import { parsePrefix } from '../kea/address.ts';
import {
  type BodyOf,
  emptyState,
  fillingOf,
  type ForeignRow,
  keyOfRow,
  KINDS,
  ROW_KINDS,
  type RowKind,
} from '../kea/kinds.ts';
import type { Item, ObjectRef, OptionData } from '../kea/state.ts';
import type { DeletionPolicy } from '../plan/plan.ts';
import { legible } from '../runtime/legible.ts';
import type { LedgerEntry, Observed, Scope } from './backend.ts';
import type { Session } from './connection.ts';
import {
  HOST_SELECTED,
  NETWORK_COLUMNS,
  OPTION_COLUMNS,
  OTHER_NETWORK_COLUMNS,
  OTHER_POOL_COLUMNS,
  OTHER_SUBNET_COLUMNS,
  POOL_COLUMNS,
  SUBNET_COLUMNS,
  hostItem,
  networkItem,
  optionOf,
  othersOf,
  poolOf,
  subnetItem,
} from './rows.ts';
import type { ConfigRow, PoolRow } from './rows.ts';
import { FAMILY, readRevision } from './schema.ts';

/** Reservations read at once: what is held twice, as rows and as items, is bounded by it. */
const HOST_PAGE = 2_000;

/** A row with the server tags that it has. */
interface Found<K extends RowKind> {
  readonly item: Item<BodyOf<K>>;
  readonly tags: readonly string[];
}
type Options = ReadonlyMap<Owner, readonly OptionData[]>;

/** Everything, in one snapshot: the session is in a transaction that repeats its reads. */
export async function observe(session: Session, scope: Scope): Promise<Observed> {
  const revision = await readRevision(session);
  const owned = emptyState();
  const foreign: ForeignRow[] = [];
  const options = await readOptions(session);
  for (const kind of ROW_KINDS) {
    const rows = fillingOf(owned, kind);
    const isTagged = (tags: readonly string[]): boolean =>
      !KINDS[kind].inMemory || (tags.length === 1 && tags[0] === scope.serverTag);
    for await (const page of READERS[kind](session, options)) {
      for (const { item, tags } of page) {
        const row = { kind, item, serverTags: tags } as ForeignRow;
        if (item.marker && isTagged(tags)) rows.set(keyOfRow(row), item);
        else foreign.push(row);
      }
    }
  }
  return {
    owned,
    foreign,
    ledger: await readLedger(session),
    definitions: await readDefinitions(session),
    greatestSubnetId: await readGreatestSubnetId(session),
    leaseSubnetIds: await readLeaseSubnetIds(session, scope.prefixes),
    revision,
  };
}

const selected = (table: string, columns: readonly (readonly [name: string, type: string])[]): string =>
  columns.map(([name]) => `${table}.${name}`).join(', ');
const tags = (link: string, key: string, value: string): string =>
  `ARRAY(SELECT s.tag::text FROM ${link} l JOIN dhcp4_server s ON s.id = l.server_id WHERE l.${key} = ${value} ORDER BY 1) AS tags`;

async function* readNetworks(session: Session, options: Options): AsyncGenerator<readonly Found<'network'>[]> {
  const rows = await session.query<ConfigRow>(`
    SELECT ${selected('n', NETWORK_COLUMNS)}, ${othersOf('n', OTHER_NETWORK_COLUMNS)} AS others,
      ${tags('dhcp4_shared_network_server', 'shared_network_id', 'n.id')}
    FROM dhcp4_shared_network n`);
  yield rows.map((row) => {
    const own = options.get(`network ${String(row.name)}`) ?? [];
    return { item: networkItem(row, { options: own, pools: [] }), tags: row.tags };
  });
}

async function* readSubnets(session: Session, options: Options): AsyncGenerator<readonly Found<'subnet'>[]> {
  const pools = await readPools(session, options);
  const rows = await session.query<ConfigRow>(`
    SELECT ${selected('n', SUBNET_COLUMNS)},
      ${othersOf('n', OTHER_SUBNET_COLUMNS)} AS others, ${tags('dhcp4_subnet_server', 'subnet_id', 'n.subnet_id')}
    FROM dhcp4_subnet n`);
  yield rows.map((row) => {
    const id = Number(row.subnet_id);
    const own = options.get(`subnet ${id}`) ?? [];
    return { item: subnetItem(row, { options: own, pools: pools.get(id) ?? [] }), tags: row.tags };
  });
}

type Owner = `network ${string}` | `subnet ${number}` | `pool ${number}`;

/** Options of networks, subnets and pools by their owner, in Kea's order. */
async function readOptions(session: Session): Promise<Options> {
  const rows = await session.rows(`
    SELECT o.scope_id, o.shared_network_name, o.dhcp4_subnet_id, o.pool_id, ${OPTION_COLUMNS}
    FROM dhcp4_options o WHERE o.scope_id IN (1, 4, 5) ORDER BY o.option_id`);
  const options = new Map<Owner, OptionData[]>();
  for (const [scope, network, subnet, pool, ...columns] of rows) {
    const owner: Owner =
      scope === 4 ? `network ${String(network)}` : scope === 1 ? `subnet ${Number(subnet)}` : `pool ${Number(pool)}`;
    append(options, owner, optionOf(columns));
  }
  return options;
}

async function readPools(session: Session, options: Options): Promise<ReadonlyMap<number, readonly PoolRow[]>> {
  const rows = await session.rows(`
    SELECT p.subnet_id, p.id, host(p.start_address), host(p.end_address), ${othersOf('p', OTHER_POOL_COLUMNS)},
      ${selected('p', POOL_COLUMNS)}
    FROM dhcp4_pool p ORDER BY p.id`);
  const pools = new Map<number, PoolRow[]>();
  for (const [subnet, id, first, last, others, ...columns] of rows) {
    const pool = poolOf(first, last, options.get(`pool ${Number(id)}`) ?? [], columns);
    append(pools, Number(subnet), { pool, others: others as object | null });
  }
  return pools;
}

/** Page by page in the order of ids, all in the transaction's one snapshot. */
async function* readHosts(session: Session): AsyncGenerator<readonly Found<'host'>[]> {
  let last = 0;
  for (;;) {
    const rows = await session.rows(
      `SELECT h.host_id, ${HOST_SELECTED} FROM hosts h
       WHERE h.host_id > $1 AND h.dhcp4_subnet_id IS NOT NULL AND h.dhcp_identifier_type <= 4
       ORDER BY h.host_id LIMIT ${HOST_PAGE}`,
      [last],
    );
    const end = Number(rows.at(-1)?.[0] ?? last);
    const options = new Map<number, OptionData[]>();
    const found = await session.rows(
      `SELECT o.host_id, ${OPTION_COLUMNS} FROM dhcp4_options o
       WHERE o.scope_id = 3 AND o.host_id > $1 AND o.host_id <= $2 ORDER BY o.option_id`,
      [last, end],
    );
    for (const [host, ...columns] of found) append(options, Number(host), optionOf(columns));
    yield rows.map(([host, ...columns]) => ({ item: hostItem(columns, options.get(Number(host)) ?? []), tags: [] }));
    if (rows.length < HOST_PAGE) return;
    last = end;
  }
}

/** The rows of each kind, page by page. */
const READERS: {
  readonly [K in RowKind]: (session: Session, options: Options) => AsyncIterable<readonly Found<K>[]>;
} = { network: readNetworks, subnet: readSubnets, host: readHosts };

const append = <Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void => {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
};

async function readLedger(session: Session): Promise<ReadonlyMap<number, LedgerEntry>> {
  const rows = await session.rows(
    `SELECT subnet_id, prefix, object, deletion_policy FROM kea_operator.subnet_id WHERE family = ${FAMILY}`,
  );
  return new Map(
    rows.map(([id, prefix, object, policy]) => [
      Number(id),
      {
        subnetId: Number(id),
        prefix: legible(String(prefix), 64),
        object: legible(String(object), 512) as ObjectRef,
        ...(policy === null ? {} : { deletionPolicy: policy as DeletionPolicy }),
      },
    ]),
  );
}

async function readDefinitions(session: Session): Promise<ReadonlyMap<RowKind, string>> {
  const rows = await session.rows('SELECT kind, uid FROM kea_operator.definition');
  return new Map(rows.map(([kind, uid]) => [kind as RowKind, String(uid)]));
}

/** Kea's SUBNET_ID_UNUSED, the mark of reservations that belong to no subnet of the family. */
const UNUSED = 4_294_967_295;

async function readGreatestSubnetId(session: Session): Promise<number> {
  const [row] = await session.rows(`
    SELECT greatest(
      (SELECT max(subnet_id) FROM kea_operator.subnet_id WHERE family = ${FAMILY}),
      (SELECT max(subnet_id) FROM dhcp4_subnet),
      (SELECT max(dhcp4_subnet_id) FROM hosts WHERE dhcp4_subnet_id < ${UNUSED}),
      (SELECT max(subnet_id) FROM lease4 WHERE subnet_id < ${UNUSED}),
      (SELECT max(subnet_id) FROM lease4_stat WHERE subnet_id < ${UNUSED}))`);
  return Number(row?.[0] ?? 0);
}

/** Subnet ids of the leases whose address lies in a prefix. */
async function readLeaseSubnetIds(
  session: Session,
  prefixes: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const asked = prefixes.flatMap((text) => parsePrefix(text) ?? []);
  if (asked.length === 0) return new Map();
  const rows = await session.rows(
    `SELECT asked.prefix, found.subnet_id
     FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS asked(prefix, first, last)
     CROSS JOIN LATERAL (
       SELECT DISTINCT l.subnet_id FROM lease4 l WHERE l.address BETWEEN asked.first AND asked.last) AS found
     ORDER BY 1, 2`,
    [asked.map(({ text }) => text), asked.map(({ first }) => String(first)), asked.map(({ last }) => String(last))],
  );
  const ids = new Map<string, number[]>();
  for (const [prefix, id] of rows) append(ids, String(prefix), Number(id));
  return ids;
}

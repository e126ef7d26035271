import { parsePrefix } from '../../kea/address.ts';
import type { ConfigLevel } from '../../kea/columns.ts';
import type { Family } from '../../kea/family.ts';
import {
  type BodyOf,
  emptyState,
  fillingOf,
  type ForeignRow,
  keyOfRow,
  KINDS,
  ROW_KINDS,
  type RowKind,
} from '../../kea/kinds.ts';
import type {
  ClassDefinition,
  DeletionPolicy,
  Item,
  ObjectRef,
  OptionData,
  PdPoolBody,
  PoolBody,
} from '../../kea/state.ts';
import { legible } from '../../runtime/legible.ts';
import type { LedgerEntry, Observed, Scope } from '../backend.ts';
import type { Session } from './connection.ts';
import { hostItem, hostSelection, subnetIdColumn } from './hostRows.ts';
import { OPTION_COLUMNS, optionOf } from './optionRows.ts';
import {
  classItem,
  columnsOf,
  type ConfigRow,
  networkItem,
  optionDefItem,
  othersOf,
  type PartRow,
  pdPoolOf,
  poolOf,
  subnetItem,
} from './rows.ts';
import { readRevision } from './schema.ts';

/** Reservations read at once: what is held twice, as rows and as items, is bounded by it. */
const HOST_PAGE = 2_000;

/** A row with the server tags that it has. */
interface Found<K extends RowKind> {
  readonly item: Item<BodyOf<K>>;
  readonly tags: readonly string[];
}
type Options = ReadonlyMap<Owner, readonly OptionData[]>;

/** Everything, in one snapshot: the session is in a transaction that repeats its reads. */
export const observe = async (session: Session, family: Family, scope: Scope): Promise<Observed> => {
  const revision = await readRevision(session, family);
  const owned = emptyState();
  const foreign: ForeignRow[] = [];
  const options = await readOptions(session, family);
  for (const kind of ROW_KINDS) {
    const rows = fillingOf(owned, kind);
    const isTagged = (tags: readonly string[]): boolean =>
      !KINDS[kind].inMemory || (tags.length === 1 && tags[0] === scope.serverTag);
    for await (const page of READERS[kind](session, family, options)) {
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
    ledger: await readLedger(session, family),
    definitions: await readDefinitions(session),
    greatestSubnetId: await readGreatestSubnetId(session, family),
    leaseSubnetIds: await readLeaseSubnetIds(session, family, scope.prefixes),
    revision,
  };
};

const selected = (family: Family, level: ConfigLevel, table: string): string =>
  columnsOf(family, level)
    .map(([name]) => `${table}.${name}`)
    .join(', ');
const tags = ({ tables: { servers } }: Family, link: string, key: string, value: string): string =>
  `ARRAY(SELECT s.tag::text FROM ${link}_server l JOIN ${servers} s ON s.id = l.server_id WHERE l.${key} = ${value} ORDER BY 1) AS tags`;

async function* readOptionDefs(session: Session, family: Family): AsyncGenerator<readonly Found<'option-def'>[]> {
  const { name } = family.tables.optionDef;
  const rows = await session.query<ConfigRow>(`
    SELECT ${selected(family, 'option-def', 'd')}, NULL AS others, ${tags(family, name, 'option_def_id', 'd.id')}
    FROM ${name} d WHERE d.class_id IS NULL ORDER BY d.id`);
  yield rows.map((row) => ({ item: optionDefItem(family, row), tags: row.tags }));
}

async function* readClasses(
  session: Session,
  family: Family,
  options: Options,
): AsyncGenerator<readonly Found<'class'>[]> {
  const { class: table, optionDef } = family.tables;
  const inside = await session.query<ConfigRow & { class_id: unknown }>(`
    SELECT d.class_id, ${selected(family, 'option-def', 'd')} FROM ${optionDef.name} d WHERE d.class_id IS NOT NULL ORDER BY d.id`);
  const definitions = new Map<number, ClassDefinition[]>();
  for (const row of inside) append(definitions, Number(row.class_id), optionDefItem(family, row).body);
  const rows = await session.query<ConfigRow & { id: unknown; place: unknown; waits: unknown }>(`
    SELECT n.id, o.order_index AS place, o.depend_on_known_indirectly AS waits,
      ${selected(family, 'class', 'n')}, ${othersOf(family, 'class', 'n')} AS others, ${tags(family, table.name, 'class_id', 'n.id')}
    FROM ${table.name} n LEFT JOIN ${table.name}_order o ON o.class_id = n.id ORDER BY o.order_index`);
  yield rows.map((row) => {
    const parts = {
      options: options.get(`class ${String(row.name)}`) ?? [],
      definitions: definitions.get(Number(row.id)) ?? [],
      place: Number(row.place ?? 0),
    };
    // Kea looks at either.
    const known = row.depend_on_known_directly === true || row.waits === true;
    return { item: classItem(family, { ...row, depend_on_known_directly: known }, parts), tags: row.tags };
  });
}

async function* readNetworks(
  session: Session,
  family: Family,
  options: Options,
): AsyncGenerator<readonly Found<'network'>[]> {
  const { name } = family.tables.network;
  const rows = await session.query<ConfigRow>(`
    SELECT ${selected(family, 'network', 'n')}, ${othersOf(family, 'network', 'n')} AS others,
      ${tags(family, name, 'shared_network_id', 'n.id')}
    FROM ${name} n`);
  yield rows.map((row) => {
    const own = options.get(`network ${String(row.name)}`) ?? [];
    return { item: networkItem(family, row, { options: own, pools: [] }), tags: row.tags };
  });
}

async function* readSubnets(
  session: Session,
  family: Family,
  options: Options,
): AsyncGenerator<readonly Found<'subnet'>[]> {
  const { name } = family.tables.subnet;
  const pools = await readPools(session, family, options);
  const pdPools = await readPdPools(session, family, options);
  const rows = await session.query<ConfigRow>(`
    SELECT ${selected(family, 'subnet', 'n')}, ${othersOf(family, 'subnet', 'n')} AS others,
      ${tags(family, name, 'subnet_id', 'n.subnet_id')}
    FROM ${name} n`);
  yield rows.map((row) => {
    const id = Number(row.subnet_id);
    const own = options.get(`subnet ${id}`) ?? [];
    const parts = { options: own, pools: pools.get(id) ?? [], pdPools: pdPools.get(id) ?? [] };
    return { item: subnetItem(family, row, parts), tags: row.tags };
  });
}

type Owner = `${'network' | 'class'} ${string}` | `${'subnet' | 'pool' | 'pd-pool'} ${number}`;

/** Kea's scopes of options that a pull reads, with whom they are of: the first two by name. */
const SCOPES = new Map([
  [4, 'network'],
  [2, 'class'],
  [1, 'subnet'],
  [5, 'pool'],
  [6, 'pd-pool'],
] as const);

/** Options of networks, classes, subnets and pools by their owner, in Kea's order. */
const readOptions = async (session: Session, family: Family): Promise<Options> => {
  const { options: table, pdPool } = family.tables;
  const owners = [
    'o.shared_network_name',
    'o.dhcp_client_class',
    `o.${subnetIdColumn(family)}`,
    'o.pool_id',
    ...(pdPool ? ['o.pd_pool_id'] : []),
  ];
  const rows = await session.rows(`
    SELECT o.scope_id, coalesce(${owners.map((column) => `${column}::text`).join(', ')}), ${OPTION_COLUMNS}
    FROM ${table} o WHERE o.scope_id IN (1, 2, 4, 5, 6) ORDER BY o.option_id`);
  const options = new Map<Owner, OptionData[]>();
  for (const [scope, owner, ...columns] of rows) {
    const what = SCOPES.get(Number(scope) as 1) ?? 'network';
    const key: Owner = what === 'network' || what === 'class' ? `${what} ${String(owner)}` : `${what} ${Number(owner)}`;
    append(options, key, optionOf(family, columns));
  }
  return options;
};

const readPools = async (
  session: Session,
  family: Family,
  options: Options,
): Promise<ReadonlyMap<number, readonly PartRow<PoolBody>[]>> => {
  const rows = await session.rows(`
    SELECT p.subnet_id, p.id, host(p.start_address), host(p.end_address), ${othersOf(family, 'pool', 'p')},
      ${selected(family, 'pool', 'p')}
    FROM ${family.tables.pool.name} p ORDER BY p.id`);
  const pools = new Map<number, PartRow<PoolBody>[]>();
  for (const [subnet, id, first, last, others, ...columns] of rows) {
    const pool = poolOf(family, first, last, options.get(`pool ${Number(id)}`) ?? [], columns);
    append(pools, Number(subnet), { pool, others: others as object | null });
  }
  return pools;
};

/** Of a family that delegates prefixes. */
const readPdPools = async (
  session: Session,
  family: Family,
  options: Options,
): Promise<ReadonlyMap<number, readonly PartRow<PdPoolBody>[]>> => {
  const { pdPool } = family.tables;
  if (!pdPool) return new Map();
  const rows = await session.rows(`
    SELECT p.subnet_id, p.id, ${othersOf(family, 'pd-pool', 'p')}, ${selected(family, 'pd-pool', 'p')}
    FROM ${pdPool.name} p ORDER BY p.id`);
  const pools = new Map<number, PartRow<PdPoolBody>[]>();
  for (const [subnet, id, others, ...columns] of rows) {
    const pool = pdPoolOf(family, options.get(`pd-pool ${Number(id)}`) ?? [], columns);
    append(pools, Number(subnet), { pool, others: others as object | null });
  }
  return pools;
};

/** Page by page in the order of ids, all in the transaction's one snapshot. */
async function* readHosts(session: Session, family: Family): AsyncGenerator<readonly Found<'host'>[]> {
  const ofFamily = `h.${subnetIdColumn(family)} IS NOT NULL AND h.dhcp_identifier_type <= 4`;
  let last = 0;
  for (;;) {
    const rows = await session.rows(
      `SELECT h.host_id, ${hostSelection(family)} FROM hosts h
       WHERE h.host_id > $1 AND ${ofFamily}
       ORDER BY h.host_id LIMIT ${HOST_PAGE}`,
      [last],
    );
    const end = Number(rows.at(-1)?.[0] ?? last);
    const options = new Map<number, OptionData[]>();
    const found = await session.rows(
      `SELECT o.host_id, ${OPTION_COLUMNS} FROM ${family.tables.options} o
       WHERE o.scope_id = 3 AND o.host_id > $1 AND o.host_id <= $2 ORDER BY o.option_id`,
      [last, end],
    );
    for (const [host, ...columns] of found) append(options, Number(host), optionOf(family, columns));
    yield rows.map(([host, ...columns]) => ({
      item: hostItem(family, columns, options.get(Number(host)) ?? []),
      tags: [],
    }));
    if (rows.length < HOST_PAGE) return;
    last = end;
  }
}

/** The rows of each kind, page by page. */
const READERS: {
  readonly [K in RowKind]: (session: Session, family: Family, options: Options) => AsyncIterable<readonly Found<K>[]>;
} = {
  'option-def': readOptionDefs,
  class: readClasses,
  network: readNetworks,
  subnet: readSubnets,
  host: readHosts,
};

const append = <Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void => {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
};

const readLedger = async (session: Session, { version }: Family): Promise<ReadonlyMap<number, LedgerEntry>> => {
  const rows = await session.rows(
    `SELECT subnet_id, prefix, object, deletion_policy FROM kea_operator.subnet_id WHERE family = ${version}`,
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
};

const readDefinitions = async (session: Session): Promise<ReadonlyMap<RowKind, string>> => {
  const rows = await session.rows('SELECT kind, uid FROM kea_operator.definition');
  return new Map(rows.map(([kind, uid]) => [kind as RowKind, String(uid)]));
};

/** Kea's SUBNET_ID_UNUSED, the mark of reservations that belong to no subnet of the family. */
const UNUSED = 4_294_967_295;

const readGreatestSubnetId = async (session: Session, family: Family): Promise<number> => {
  const { version, tables } = family;
  const ofHosts = subnetIdColumn(family);
  const [row] = await session.rows(`
    SELECT greatest(
      (SELECT max(subnet_id) FROM kea_operator.subnet_id WHERE family = ${version}),
      (SELECT max(subnet_id) FROM ${tables.subnet.name}),
      (SELECT max(${ofHosts}) FROM hosts WHERE ${ofHosts} < ${UNUSED}),
      (SELECT max(subnet_id) FROM ${tables.leases} WHERE subnet_id < ${UNUSED}),
      (SELECT max(subnet_id) FROM ${tables.leaseStatistics} WHERE subnet_id < ${UNUSED}))`);
  return Number(row?.[0] ?? 0);
};

/** Subnet ids of the leases whose address lies in a prefix. */
const readLeaseSubnetIds = async (
  session: Session,
  { addressing, leaseAddress: { type, write }, tables }: Family,
  prefixes: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> => {
  const asked = prefixes.flatMap((text) => parsePrefix(addressing, text) ?? []);
  if (asked.length === 0) return new Map();
  const rows = await session.rows(
    `SELECT asked.prefix, found.subnet_id
     FROM unnest($1::text[], $2::${type}[], $3::${type}[]) AS asked(prefix, first, last)
     CROSS JOIN LATERAL (
       SELECT DISTINCT l.subnet_id FROM ${tables.leases} l WHERE l.address BETWEEN asked.first AND asked.last) AS found
     ORDER BY 1, 2`,
    [asked.map(({ text }) => text), asked.map(({ first }) => write(first)), asked.map(({ last }) => write(last))],
  );
  const ids = new Map<string, number[]>();
  for (const [prefix, id] of rows) append(ids, String(prefix), Number(id));
  return ids;
};

/** Rows of Kea’s tables, and the bodies that are made of them and they of bodies. */
import { canonicalHost, canonicalNetwork, canonicalSubnet } from '../../kea/canonical.ts';
import { splitUserContext, type UserContext, withMarker } from '../../kea/digest.ts';
import { type Family, perFamily } from '../../kea/family.ts';
import { emptyColumns, type Field, fieldsAt, isSet, type ValueKind, type Values } from '../../kea/keywords.ts';
import { isTooDeep } from '../../kea/nesting.ts';
import type { HostBody, IdentifierType, Item, NetworkBody, OptionData, PoolBody, SubnetBody } from '../../kea/state.ts';

/** A record for `json_to_recordset`: one row to write. */
export type RowRecord = Readonly<Record<string, unknown>>;

/** How a value is kept in a column of Kea's tables of configuration. */
interface Kept {
  /** Its SQL type. */
  readonly type: string;
  readonly write: (value: unknown) => unknown;
  /** Undefined where there is none. */
  readonly read: (stored: unknown) => unknown;
}

const asItIs = (value: unknown): unknown => value ?? undefined;
const WORD = { write: asItIs, read: asItIs };

/** JSON text of a list of words, as Kea keeps relays and classes. What is none is taken for nothing there. */
export const textList = (text: unknown): readonly string[] | undefined => {
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((word) => typeof word === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
};
const LIST = { type: 'text', write: JSON.stringify, read: textList };

const KEPT: Readonly<Partial<Record<ValueKind, Kept>>> = {
  integer: { type: 'bigint', write: asItIs, read: (stored) => (isSet(stored) ? Number(stored) : undefined) },
  real: { type: 'double precision', ...WORD },
  boolean: { type: 'boolean', ...WORD },
  text: { type: 'text', ...WORD },
  prefix: { type: 'text', ...WORD },
  address: { type: 'inet', ...WORD },
  classes: LIST,
  addresses: {
    ...LIST,
    write: (value) => JSON.stringify((value as Values['addresses'])['ip-addresses']),
    read: (stored) => {
      const addresses = textList(stored);
      return addresses && { 'ip-addresses': addresses };
    },
  },
  // With the marker beside it: recordOf and itemOf see to it.
  json: { type: 'json', ...WORD },
};

/** A keyword that is in one column. */
interface KeptField extends Kept, Omit<Field, 'columns'> {
  readonly column: string;
}

type ConfigLevel = 'network' | 'subnet' | 'pool';

const keptAt = ({ version }: Family, level: ConfigLevel): readonly KeptField[] => {
  const fields: readonly Field[] = fieldsAt(level, version);
  return fields.flatMap(({ columns: [column = '', ...more], ...field }) => {
    if (field.in !== 'column' || more.length > 0) return [];
    const kept = KEPT[field.kind];
    if (kept === undefined) throw new TypeError(`${field.keyword}: no column holds a value of kind ${field.kind}`);
    return [{ ...field, ...kept, column }];
  });
};

/** The keywords of configuration that are in columns. */
const keptOf = perFamily((family) => ({
  network: keptAt(family, 'network'),
  subnet: keptAt(family, 'subnet'),
  pool: keptAt(family, 'pool'),
}));

type Column = readonly [name: string, type: string];

/** The columns that the operator writes, with their types; of a pool beside its two addresses. */
export const columnsOf = (family: Family, level: ConfigLevel): readonly Column[] =>
  keptOf(family)[level].map(({ column, type }) => [column, type]);

/**
 * An SQL expression: a JSON object of what stands in columns for keywords that the operator does not write, under Kea's keywords; NULL where nothing does.
 * In its own rows they are empty; what somebody puts there appears in the body, so that the row differs from what is desired and is put right.
 */
export const othersOf = (family: Family, level: ConfigLevel, table: string): string => {
  const pairs = emptyColumns(family, level).map((column) => `'${column.replaceAll('_', '-')}', ${table}.${column}`);
  return `nullif(jsonb_strip_nulls(jsonb_build_object(${pairs.join(', ')})), '{}')`;
};

/** A row of a shared network or subnet by its columns. */
export interface ConfigRow {
  readonly others: object | null;
  readonly tags: readonly string[];
  readonly [column: string]: unknown;
}

export interface PoolRow {
  readonly pool: PoolBody;
  readonly others: object | null;
}

/** The parts of a row that are rows of their own. */
export interface ChildRows {
  readonly options: readonly OptionData[];
  readonly pools: readonly PoolRow[];
}

/** What cannot be compared is nobody's, however it goes on: the row is put right. */
const comparable = (others: object | null): object | null =>
  isTooDeep(others) ? { 'user-context': 'nested too deep' } : others;

export const networkItem = (family: Family, row: ConfigRow, { options }: ChildRows): Item<NetworkBody> => {
  const { read, ...marked } = readRow(row, keptOf(family).network);
  const body = canonicalNetwork({ ...read, name: String(row.name), 'option-data': options });
  return { body: { ...body, ...comparable(row.others) }, ...marked };
};

export const subnetItem = (family: Family, row: ConfigRow, { options, pools }: ChildRows): Item<SubnetBody> => {
  const { read, ...marked } = readRow(row, keptOf(family).subnet);
  const prefix = String(row.subnet_prefix);
  const body = canonicalSubnet({
    ...read,
    id: Number(row.subnet_id),
    subnet: prefix,
    pools: pools.map(({ pool }) => pool),
    'option-data': options,
  });
  const others = new Map(pools.flatMap((row) => (row.others ? [[row.pool.pool, comparable(row.others)]] : [])));
  // Kea and the unique index take 10.0.0.1/24 for another prefix than 10.0.0.0/24: what the row says is what counts.
  return {
    body: {
      ...body,
      subnet: prefix,
      ...(body.pools && others.size > 0
        ? { pools: body.pools.map((pool) => ({ ...pool, ...others.get(pool.pool) })) }
        : {}),
      ...comparable(row.others),
    },
    ...marked,
  };
};

/** What the columns of a row say, and its marker. */
const readRow = (row: ConfigRow, fields: readonly KeptField[]) => {
  const { context, ...marked } = splitUserContext(row.user_context);
  const read: Record<string, unknown> = {};
  for (const { keyword, column, kind, read: readColumn } of fields) {
    const value = kind === 'json' ? context : readColumn(row[column]);
    if (value !== undefined) read[keyword] = value;
  }
  return { read, ...marked };
};

/** A pool of its two addresses, its options, and its other columns in their order. */
export const poolOf = (
  family: Family,
  first: unknown,
  last: unknown,
  options: readonly OptionData[],
  columns: readonly unknown[],
): PoolBody => {
  const read = keptOf(family).pool.flatMap(({ keyword, read: readColumn }, index) => {
    const value = readColumn(columns[index]);
    return value === undefined ? [] : [[keyword, value] as const];
  });
  return { ...Object.fromEntries(read), pool: `${String(first)}-${String(last)}`, 'option-data': options };
};

/** Columns of an option as SQL, in the order of OptionRow. */
export const OPTION_COLUMNS =
  "o.code, o.space, encode(o.value, 'hex'), o.formatted_value, o.persistent, o.cancelled, o.client_classes";

type OptionRow = readonly [
  code: unknown,
  space: unknown,
  value: unknown,
  formatted: unknown,
  persistent: unknown,
  cancelled: unknown,
  classes: unknown,
];

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Of each keyword of an option what the columns say. */
const OPTION: { readonly [K in keyof OptionData]-?: (row: OptionRow, family: Family) => OptionData[K] } = {
  code: ([code]) => Number(code),
  space: ([, space], { optionSpace }) => (isText(space) ? space : optionSpace),
  data: ([, , value, formatted]) => (isText(formatted) ? formatted : isText(value) ? value : undefined),
  'csv-format': ([, , , formatted]) => isText(formatted),
  'always-send': ([, , , , persistent]) => (persistent === true ? true : undefined),
  'never-send': ([, , , , , cancelled]) => (cancelled === true ? true : undefined),
  'client-classes': ([, , , , , , classes]) => textList(classes),
};
const OPTION_READERS = Object.entries(OPTION);

export const optionOf = (family: Family, columns: readonly unknown[]): OptionData => {
  const row = columns as OptionRow;
  return Object.fromEntries(
    OPTION_READERS.flatMap(([keyword, read]) => {
      const value = read(row, family);
      return value === undefined ? [] : [[keyword, value] as const];
    }),
  ) as unknown as OptionData;
};

/** In the order of Kea's host_identifier_type. */
const IDENTIFIER_TYPES: readonly IdentifierType[] = ['hw-address', 'duid', 'circuit-id', 'client-id', 'flex-id'];

/** How a value is kept in a column of the hosts table, in which addresses are numbers, 0 for none, and names of classes have commas between them. */
interface KeptOfHost {
  /** SQL of the column `h.…`, and of the record's `r.…` on its way into it. */
  readonly select: (column: string, family: Family) => string;
  readonly insert: (column: string, family: Family) => string;
  readonly write: (value: unknown) => unknown;
  readonly read: (stored: unknown) => unknown;
}
const TEXT_OF_HOST: KeptOfHost = {
  select: (column) => `h.${column}`,
  insert: (column) => `r.${column}`,
  ...WORD,
};
const KEPT_OF_HOST: Readonly<Partial<Record<ValueKind, KeptOfHost>>> = {
  text: TEXT_OF_HOST,
  address: {
    ...TEXT_OF_HOST,
    select: (column, { noAddress }) => `CASE WHEN h.${column} > 0 THEN host('${noAddress}'::inet + h.${column}) END`,
    insert: (column, { noAddress }) => `r.${column}::inet - '${noAddress}'::inet`,
  },
  classes: {
    ...TEXT_OF_HOST,
    write: (value) => (value as Values['classes']).join(','),
    read: (stored) => (isText(stored) ? stored.split(',').map((name) => name.trim()) : undefined),
  },
};

/** What a reservation has in columns beside its key. */
const keptOfHosts = perFamily(({ version, ownColumn }) => {
  const fields: readonly Field[] = fieldsAt('host', version);
  return fields.flatMap(({ columns: [shared = ''], ...field }) => {
    if (field.required || field.in === 'rows') return [];
    const kept = KEPT_OF_HOST[field.kind];
    if (kept === undefined) {
      throw new TypeError(`${field.keyword}: no column of hosts holds a value of kind ${field.kind}`);
    }
    return [{ ...field, ...kept, column: field.in === 'family column' ? ownColumn(field.keyword) : shared }];
  });
});

/** The column of hosts and options that names a subnet. */
export const subnetIdColumn = ({ ownColumn }: Family): string => ownColumn('subnet-id');

/** SQL of what `hostItem` takes: identifier in hexadecimal, its type, subnet id, user-context, then what else is in columns. */
export const hostSelection = (family: Family): string =>
  [
    "encode(h.dhcp_identifier, 'hex')",
    'h.dhcp_identifier_type',
    `h.${subnetIdColumn(family)}`,
    'h.user_context',
    ...keptOfHosts(family).map(({ column, select }) => select(column, family)),
  ].join(', ');

/** Columns of a reservation that are written beside its key, each with the SQL of its value. */
export const hostColumns = (family: Family): readonly (readonly [column: string, value: string])[] => [
  ...keptOfHosts(family).map(({ column, insert }) => [column, insert(column, family)] as const),
  ['user_context', 'r.user_context'],
];

export const hostItem = (
  family: Family,
  columns: readonly unknown[],
  options: readonly OptionData[],
): Item<HostBody> => {
  const [identifier, type, subnetId, context, ...others] = columns;
  const { marker } = splitUserContext(parsed(context));
  const body = canonicalHost({
    ...Object.fromEntries(keptOfHosts(family).map(({ keyword, read }, index) => [keyword, read(others[index])])),
    'subnet-id': Number(subnetId),
    'identifier-type': IDENTIFIER_TYPES[Number(type)] ?? 'flex-id',
    identifier: String(identifier),
    'option-data': options,
  });
  return { body, ...(marker ? { marker } : {}) };
};

const parsed = (text: unknown): unknown => {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const recordOf = (body: object, fields: readonly KeptField[], marker: Item<unknown>['marker']): RowRecord => {
  const values = body as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    fields.map(({ keyword, column, kind, write }) => {
      const value = values[keyword];
      if (kind === 'json') return [column, withMarker(value as UserContext | undefined, marker) ?? null];
      return [column, value === undefined ? null : write(value)];
    }),
  );
};

export const networkRecord = (family: Family, { body, marker }: Item<NetworkBody>): RowRecord =>
  recordOf(body, keptOf(family).network, marker);
export const subnetRecord = (family: Family, { body, marker }: Item<SubnetBody>): RowRecord =>
  recordOf(body, keptOf(family).subnet, marker);

/** The key of a reservation: what its unique index is over. */
const hostKeyRecord = (body: HostBody): RowRecord => ({
  identifier: body.identifier,
  type: IDENTIFIER_TYPES.indexOf(body['identifier-type']),
  subnet_id: body['subnet-id'],
});
export const hostKeyOf = ({ body }: Item<HostBody>): RowRecord => hostKeyRecord(body);
export const HOST_KEY_COLUMNS = 'identifier text, type smallint, subnet_id bigint';

export const hostRecord = (family: Family, { body, marker }: Item<HostBody>): RowRecord => {
  const values = body as Readonly<Record<string, unknown>>;
  const context = withMarker(undefined, marker);
  return {
    ...hostKeyRecord(body),
    ...Object.fromEntries(
      keptOfHosts(family).map(({ keyword, column, write }) => {
        const value = values[keyword];
        return [column, value === undefined ? null : write(value)];
      }),
    ),
    user_context: context ? JSON.stringify(context) : null,
  };
};

export const poolRecords = (family: Family, { body }: Item<SubnetBody>): readonly RowRecord[] =>
  (body.pools ?? []).map((pool) => ({
    subnet_id: body.id,
    ...poolEnds(pool),
    ...recordOf(pool, keptOf(family).pool, undefined),
  }));

export const poolOptionRecords = ({ body }: Item<SubnetBody>): readonly RowRecord[] =>
  (body.pools ?? []).flatMap((pool) =>
    optionRecords({ subnet_id: body.id, first: poolEnds(pool).start_address }, pool),
  );

const poolEnds = ({ pool }: PoolBody) => {
  const [first = '', last = ''] = pool.split('-');
  return { start_address: first, end_address: last };
};

export const networkOptionRecords = ({ body }: Item<NetworkBody>): readonly RowRecord[] =>
  optionRecords({ name: body.name }, body);
export const subnetOptionRecords = ({ body }: Item<SubnetBody>): readonly RowRecord[] =>
  optionRecords({ subnet_id: body.id }, body);
export const hostOptionRecords = ({ body }: Item<HostBody>): readonly RowRecord[] =>
  optionRecords(hostKeyRecord(body), body);

const optionRecords = (
  owner: RowRecord,
  body: { readonly 'option-data'?: readonly OptionData[] },
): readonly RowRecord[] =>
  (body['option-data'] ?? []).map(
    ({
      code,
      space,
      data,
      'csv-format': csv,
      'always-send': always,
      'never-send': never,
      'client-classes': classes,
    }) => ({
      ...owner,
      code,
      space,
      value: csv ? null : (data ?? null),
      formatted_value: csv ? (data ?? null) : null,
      persistent: always ?? false,
      cancelled: never ?? false,
      client_classes: classes ? JSON.stringify(classes) : null,
    }),
  );

/** Rows of Kea’s tables, and the bodies that are made of them and they of bodies. */
import {
  canonicalClass,
  canonicalNetwork,
  canonicalOptionDef,
  canonicalSubnet,
  type OptionDefDraft,
} from '../../kea/canonical.ts';
import { CONFIG_LEVELS, type ConfigLevel, emptyColumns } from '../../kea/columns.ts';
import { splitUserContext, type UserContext, withMarker } from '../../kea/digest.ts';
import { type Family, perFamily } from '../../kea/family.ts';
import { NAME_REPLACEMENTS, type NameReplacement } from '../../kea/keywordKinds.ts';
import { type Field, fieldsAt, isSet, type ValueKind, type Values } from '../../kea/keywords.ts';
import { isTooDeep } from '../../kea/nesting.ts';
import { type OptionType, optionTypeNumber, optionTypeOf, recordFields } from '../../kea/optionType.ts';
import type {
  ClassBody,
  ClassDefinition,
  Item,
  NetworkBody,
  OptionData,
  OptionDefBody,
  PdPoolBody,
  PoolBody,
  SubnetBody,
} from '../../kea/state.ts';
import { optionRecords } from './optionRows.ts';
import { numberList, type RowRecord, textList, WORD } from './records.ts';

/** How a value is kept in a column of Kea's tables of configuration. */
interface Kept {
  /** Its SQL type. */
  readonly type: string;
  readonly write: (value: unknown) => unknown;
  /** Undefined where there is none. */
  readonly read: (stored: unknown) => unknown;
}

const LIST = { type: 'text', write: JSON.stringify, read: textList };

const KEPT: Readonly<Partial<Record<ValueKind, Kept>>> = {
  integer: { type: 'bigint', write: WORD.write, read: (stored) => (isSet(stored) ? Number(stored) : undefined) },
  real: { type: 'double precision', ...WORD },
  boolean: { type: 'boolean', ...WORD },
  flag: { type: 'boolean', write: WORD.write, read: (stored) => (stored === true ? true : undefined) },
  text: { type: 'text', ...WORD },
  octets: {
    type: 'bytea',
    write: (value) => `\\x${Buffer.from(value as string).toString('hex')}`,
    read: (stored) => (Buffer.isBuffer(stored) && stored.length > 0 ? stored.toString() : undefined),
  },
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
  // A number that Kea does not know is no type: the row is put right.
  optionType: {
    type: 'smallint',
    write: (value) => optionTypeNumber(value as OptionType),
    read: (stored) => optionTypeOf(stored) ?? `unknown ${String(stored)}`,
  },
  recordTypes: {
    type: 'text',
    write: (value) => JSON.stringify(recordFields(value as string).map((type) => optionTypeNumber(type as OptionType))),
    read: (stored) =>
      numberList(stored)
        ?.map((number) => optionTypeOf(number) ?? String(number))
        .join(', '),
  },
  // A name that is none where there is no such number: the row is put right.
  nameReplacement: {
    type: 'bigint',
    write: (value) => NAME_REPLACEMENTS.indexOf(value as NameReplacement),
    read: (stored) => (isSet(stored) ? (NAME_REPLACEMENTS[Number(stored)] ?? 'unknown') : undefined),
  },
  // With the marker beside it, where there is one: recordOf and readRow see to it. What is no map, or too deep, is put right.
  json: {
    type: 'json',
    write: WORD.write,
    read: (stored) => (isSet(stored) ? (contextIn(stored) ?? 'unreadable') : undefined),
  },
};

const contextIn = (stored: unknown): object | undefined =>
  typeof stored === 'object' && stored !== null && !Array.isArray(stored) && !isTooDeep(stored) ? stored : undefined;

/** A keyword that is in one column. */
interface KeptField extends Kept, Omit<Field, 'columns'> {
  readonly column: string;
}

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
const keptOf = perFamily(
  (family) =>
    Object.fromEntries(CONFIG_LEVELS.map((level) => [level, keptAt(family, level)])) as Record<
      ConfigLevel,
      readonly KeptField[]
    >,
);

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

/** A row of configuration by its columns. */
export interface ConfigRow {
  readonly others: object | null;
  readonly tags: readonly string[];
  readonly [column: string]: unknown;
}

/** A pool that is a row of its own, with what else is in its columns. */
export interface PartRow<Body> {
  readonly pool: Body;
  readonly others: object | null;
}

/** The parts of a row that are rows of their own. */
export interface ChildRows {
  readonly options: readonly OptionData[];
  readonly pools: readonly PartRow<PoolBody>[];
  readonly pdPools?: readonly PartRow<PdPoolBody>[];
}

/** What cannot be compared is nobody's, however it goes on: the row is put right. */
const comparable = (others: object | null): object | null =>
  isTooDeep(others) ? { 'user-context': 'nested too deep' } : others;

export const networkItem = (family: Family, row: ConfigRow, { options }: ChildRows): Item<NetworkBody> => {
  const { read, ...marked } = readRow(row, keptOf(family).network);
  const body = canonicalNetwork({ ...read, name: String(row.name), 'option-data': options });
  return { body: { ...body, ...comparable(row.others) }, ...marked };
};

export const subnetItem = (
  family: Family,
  row: ConfigRow,
  { options, pools, pdPools = [] }: ChildRows,
): Item<SubnetBody> => {
  const { read, ...marked } = readRow(row, keptOf(family).subnet);
  const prefix = String(row.subnet_prefix);
  const body = canonicalSubnet({
    ...read,
    id: Number(row.subnet_id),
    subnet: prefix,
    pools: pools.map(({ pool }) => pool),
    'pd-pools': pdPools.map(({ pool }) => pool),
    'option-data': options,
  });
  // Kea and the unique index take 10.0.0.1/24 for another prefix than 10.0.0.0/24: what the row says is what counts.
  return {
    body: {
      ...body,
      subnet: prefix,
      ...(body.pools ? { pools: withOthers(body.pools, pools, ({ pool }) => pool) } : {}),
      ...(body['pd-pools'] ? { 'pd-pools': withOthers(body['pd-pools'], pdPools, pdPoolKey) } : {}),
      ...comparable(row.others),
    },
    ...marked,
  };
};

/** Of the class beside its columns. */
export interface ClassParts {
  readonly options: readonly OptionData[];
  readonly definitions: readonly ClassDefinition[];
  /** Its place in the order. */
  readonly place: number;
}

export const classItem = (
  family: Family,
  row: ConfigRow,
  { options, definitions, place }: ClassParts,
): Item<ClassBody> => {
  const { read, ...marked } = readRow(row, keptOf(family).class);
  const body = canonicalClass({
    ...read,
    name: String(row.name),
    'order-index': place,
    'option-data': options,
    'option-def': definitions,
  });
  return { body: { ...body, ...comparable(row.others) }, ...marked };
};

export const optionDefItem = (family: Family, row: ConfigRow): Item<OptionDefBody> => {
  const { read, ...marked } = readRow(row, keptOf(family)['option-def']);
  return { body: canonicalOptionDef(read as unknown as OptionDefDraft), ...marked };
};

const pdPoolKey = (pool: PdPoolBody): string => `${pool.prefix}/${pool['prefix-len']}`;

/** Pools with what else is in their columns. */
const withOthers = <Body extends object>(
  pools: readonly Body[],
  rows: readonly PartRow<Body>[],
  keyOf: (pool: Body) => string,
): readonly Body[] => {
  const others = new Map(rows.flatMap((row) => (row.others ? [[keyOf(row.pool), comparable(row.others)]] : [])));
  return others.size === 0 ? pools : pools.map((pool) => ({ ...pool, ...others.get(keyOf(pool)) }));
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

const readColumns = (fields: readonly KeptField[], columns: readonly unknown[]): object =>
  Object.fromEntries(
    fields.flatMap(({ keyword, none, read }, index) => {
      const value = read(columns[index]);
      return value === undefined || value === none ? [] : [[keyword, value] as const];
    }),
  );

/** A pool of its two addresses, its options, and its other columns in their order. */
export const poolOf = (
  family: Family,
  first: unknown,
  last: unknown,
  options: readonly OptionData[],
  columns: readonly unknown[],
): PoolBody => ({
  ...readColumns(keptOf(family).pool, columns),
  pool: `${String(first)}-${String(last)}`,
  'option-data': options,
});

export const pdPoolOf = (family: Family, options: readonly OptionData[], columns: readonly unknown[]): PdPoolBody =>
  ({ ...readColumns(keptOf(family)['pd-pool'], columns), 'option-data': options }) as unknown as PdPoolBody;

const recordOf = (body: object, fields: readonly KeptField[], marker: Item<unknown>['marker']): RowRecord => {
  const values = body as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    fields.map(({ keyword, column, kind, none, write }) => {
      const value = values[keyword];
      if (kind === 'json') return [column, withMarker(value as UserContext | undefined, marker) ?? null];
      return [column, value === undefined ? (none ?? null) : write(value)];
    }),
  );
};

export const networkRecord = (family: Family, { body, marker }: Item<NetworkBody>): RowRecord =>
  recordOf(body, keptOf(family).network, marker);
export const subnetRecord = (family: Family, { body, marker }: Item<SubnetBody>): RowRecord =>
  recordOf(body, keptOf(family).subnet, marker);

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

export const pdPoolRecords = (family: Family, { body }: Item<SubnetBody>): readonly RowRecord[] =>
  (body['pd-pools'] ?? []).map((pool) => ({
    subnet_id: body.id,
    ...recordOf(pool, keptOf(family)['pd-pool'], undefined),
  }));

export const pdPoolOptionRecords = ({ body }: Item<SubnetBody>): readonly RowRecord[] =>
  (body['pd-pools'] ?? []).flatMap((pool) =>
    optionRecords({ subnet_id: body.id, prefix: pool.prefix, prefix_length: pool['prefix-len'] }, pool),
  );

const poolEnds = ({ pool }: PoolBody) => {
  const [first = '', last = ''] = pool.split('-');
  return { start_address: first, end_address: last };
};

export const classRecord = (family: Family, { body, marker }: Item<ClassBody>): RowRecord =>
  recordOf(body, keptOf(family).class, marker);
export const optionDefRecord = (family: Family, { body, marker }: Item<OptionDefBody>): RowRecord =>
  recordOf(body, keptOf(family)['option-def'], marker);
/** The definitions within a class. */
export const classDefinitionRecords = (family: Family, { body }: Item<ClassBody>): readonly RowRecord[] =>
  (body['option-def'] ?? []).map((definition) => ({
    class: body.name,
    ...recordOf(definition, keptOf(family)['option-def'], undefined),
  }));
export const placeRecord = ({ body }: Item<ClassBody>): RowRecord => ({ name: body.name, place: body['order-index'] });

export const classOptionRecords = ({ body }: Item<ClassBody>): readonly RowRecord[] =>
  optionRecords({ class: body.name }, body);
export const networkOptionRecords = ({ body }: Item<NetworkBody>): readonly RowRecord[] =>
  optionRecords({ name: body.name }, body);
export const subnetOptionRecords = ({ body }: Item<SubnetBody>): readonly RowRecord[] =>
  optionRecords({ subnet_id: body.id }, body);

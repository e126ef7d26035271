/** Reservations as rows of Kea's hosts tables. */
import { canonicalHost } from '../../kea/canonical.ts';
import { splitUserContext, withMarker } from '../../kea/digest.ts';
import { type Family, perFamily } from '../../kea/family.ts';
import { type Field, fieldsAt, type ValueKind, type Values } from '../../kea/keywords.ts';
import type { HostBody, IdentifierType, Item, OptionData } from '../../kea/state.ts';
import { optionRecords } from './optionRows.ts';
import { isText, type RowRecord, WORD } from './records.ts';

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
/** In rows of a table of their own: `select` gathers them, and a statement of its own writes them. */
const IN_ROWS: KeptOfHost = { ...TEXT_OF_HOST, write: () => null, read: (stored) => stored };
const listOf = ({ tables }: Family, which: string, text: string): string =>
  `ARRAY(SELECT ${text} FROM ${tables.reserved ?? ''} v WHERE v.host_id = h.host_id AND ${which} ORDER BY v.reservation_id)`;

const KEPT_OF_HOST: Readonly<Partial<Record<ValueKind, KeptOfHost>>> = {
  text: TEXT_OF_HOST,
  address: {
    ...TEXT_OF_HOST,
    select: (column, { noAddress }) => `CASE WHEN h.${column} > 0 THEN host('${noAddress}'::inet + h.${column}) END`,
    insert: (column, { noAddress }) => `r.${column}::inet - '${noAddress}'::inet`,
  },
  // What nobody writes so differs from what is desired, and is put right: a length that is no address's, an excluded prefix.
  addressList: {
    ...IN_ROWS,
    select: (_, family) =>
      listOf(
        family,
        'v.type <> 2',
        "CASE WHEN v.type <> 0 THEN ' ' || v.type ELSE '' END || host(v.address) || CASE WHEN v.prefix_len <> 128 THEN '/' || v.prefix_len ELSE '' END",
      ),
  },
  prefixList: {
    ...IN_ROWS,
    select: (_, family) =>
      listOf(
        family,
        'v.type = 2',
        "host(v.address) || '/' || v.prefix_len || CASE WHEN v.excluded_prefix_len <> 0 THEN ' without ' || coalesce(host(v.excluded_prefix), '') || '/' || v.excluded_prefix_len ELSE '' END",
      ),
  },
  classes: {
    ...TEXT_OF_HOST,
    write: (value) => (value as Values['classes']).join(','),
    read: (stored) => (isText(stored) ? stored.split(',').map((name) => name.trim()) : undefined),
  },
};

/** What a reservation has in columns beside its key and its user-context. */
const keptOfHosts = perFamily(({ version, ownColumn }) => {
  const fields: readonly Field[] = fieldsAt('host', version);
  return fields.flatMap(({ columns: [shared = ''], ...field }) => {
    if (field.required || field.kind === 'options' || field.kind === 'json') return [];
    const kept = KEPT_OF_HOST[field.kind];
    if (kept === undefined) {
      throw new TypeError(`${field.keyword}: no column of hosts holds a value of kind ${field.kind}`);
    }
    return [{ ...field, ...kept, column: field.in === 'family column' ? ownColumn(field.keyword) : shared }];
  });
});

const columnsIn = (family: Family) => keptOfHosts(family).filter((field) => field.in !== 'rows');

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
  ...columnsIn(family).map(({ column, insert }) => [column, insert(column, family)] as const),
  ['user_context', 'r.user_context'],
];

export const hostItem = (
  family: Family,
  columns: readonly unknown[],
  options: readonly OptionData[],
): Item<HostBody> => {
  const [identifier, type, subnetId, context, ...others] = columns;
  const { context: users, marker } = splitUserContext(parsed(context));
  const body = canonicalHost({
    ...Object.fromEntries(keptOfHosts(family).map(({ keyword, read }, index) => [keyword, read(others[index])])),
    'subnet-id': Number(subnetId),
    'identifier-type': IDENTIFIER_TYPES[Number(type)] ?? 'flex-id',
    identifier: String(identifier),
    'option-data': options,
    'user-context': users,
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
  const context = withMarker(body['user-context'], marker);
  return {
    ...hostKeyRecord(body),
    ...Object.fromEntries(
      columnsIn(family).map(({ keyword, column, write }) => {
        const value = values[keyword];
        return [column, value === undefined ? null : write(value)];
      }),
    ),
    user_context: context ? JSON.stringify(context) : null,
  };
};

export const hostOptionRecords = ({ body }: Item<HostBody>): readonly RowRecord[] =>
  optionRecords(hostKeyRecord(body), body);

/** The addresses and prefixes of a reservation, where they are rows: the type is Kea's of an address or a prefix. */
export const reservedRecords = ({ body }: Item<HostBody>): readonly RowRecord[] => {
  const { 'ip-addresses': addresses = [], prefixes = [] } = body;
  const rows = [
    ...addresses.map((address) => ({ address, prefix_len: 128, lease_type: 0 })),
    ...prefixes.map((prefix) => {
      const [address = '', length] = prefix.split('/');
      return { address, prefix_len: Number(length), lease_type: 2 };
    }),
  ];
  return rows.map((row) => ({ ...hostKeyRecord(body), ...row }));
};

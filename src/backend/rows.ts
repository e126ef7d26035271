import { canonicalHost, canonicalNetwork, canonicalSubnet } from '../kea/canonical.ts';
import { splitUserContext, withMarker } from '../kea/digest.ts';
import { HOST_FIELDS, NETWORK_FIELDS } from '../kea/fields.ts';
import type { ScalarKind } from '../kea/fields.ts';
import { isTooDeep } from '../kea/nesting.ts';
import type {
  HostBody,
  IdentifierType,
  Item,
  NetworkPart,
  OptionData,
  PoolBody,
  NetworkBody,
  SubnetBody,
} from '../kea/state.ts';

/** A record for `json_to_recordset`: one row to write. */
export type RowRecord = Readonly<Record<string, unknown>>;

const SQL_TYPES: Readonly<Record<ScalarKind, string>> = {
  integer: 'bigint',
  real: 'double precision',
  boolean: 'boolean',
  text: 'text',
  address: 'inet',
};

/** Columns that dhcp4_subnet and dhcp4_shared_network have in common, and that the operator writes, with their types. */
export const NETWORK_COLUMNS: readonly (readonly [column: string, type: string])[] = [
  ...NETWORK_FIELDS.map(({ column, kind }) => [column, SQL_TYPES[kind]] as const),
  ['relay', 'text'],
  ['user_context', 'json'],
];

/**
 * Columns for keywords that the operator does not write yet. In its own rows they are empty; what somebody puts there appears in the
 * body under Kea's keyword, so that the row differs from every wish and is put right.
 */
const OTHER_COLUMNS = [
  'client_classes',
  'evaluate_additional_classes',
  'ddns_send_updates',
  'ddns_override_no_update',
  'ddns_override_client_update',
  'ddns_replace_client_name',
  'ddns_generated_prefix',
  'ddns_qualifying_suffix',
  'ddns_ttl_percent',
  'ddns_ttl',
  'ddns_ttl_min',
  'ddns_ttl_max',
  'cache_threshold',
  'cache_max_age',
];
export const OTHER_NETWORK_COLUMNS: readonly string[] = OTHER_COLUMNS;
export const OTHER_SUBNET_COLUMNS: readonly string[] = [
  ...OTHER_COLUMNS,
  'interface_4o6',
  'interface_id_4o6',
  'subnet_4o6',
];
export const OTHER_POOL_COLUMNS: readonly string[] = ['evaluate_additional_classes', 'user_context'];

/** An SQL expression: a JSON object of those columns that hold something, under Kea's keywords; NULL where none does. */
export const othersOf = (table: string, columns: readonly string[]): string => {
  const pairs = columns.map((column) => `'${column.replaceAll('_', '-')}', ${table}.${column}`);
  return `nullif(jsonb_strip_nulls(jsonb_build_object(${pairs.join(', ')})), '{}')`;
};

export interface NetworkRow {
  readonly relay: string | null;
  readonly user_context: unknown;
  readonly others: object | null;
  readonly tags: readonly string[];
  readonly [scalar: string]: unknown;
}

export interface PoolRow {
  readonly pool: PoolBody;
  readonly others: object | null;
}

/** The parts of a row that are rows of their own. */
export interface Children {
  readonly options: readonly OptionData[];
  readonly pools: readonly PoolRow[];
}

/** What cannot be compared is no wish's, however it goes on: the row is put right. */
const comparable = (others: object | null): object | null =>
  isTooDeep(others) ? { 'user-context': 'nested too deep' } : others;

export function networkItem(row: NetworkRow, { options }: Children): Item<NetworkBody> {
  const { context, ...marked } = splitUserContext(row.user_context);
  const body = canonicalNetwork({ name: String(row.name), ...networkPart(row, options, context) });
  return { body: { ...body, ...comparable(row.others) }, ...marked };
}

export function subnetItem(row: NetworkRow, { options, pools }: Children): Item<SubnetBody> {
  const { context, ...marked } = splitUserContext(row.user_context);
  const body = canonicalSubnet({
    id: Number(row.subnet_id),
    subnet: String(row.subnet_prefix),
    'shared-network-name': row.shared_network_name as string | null,
    pools: pools.map(({ pool }) => pool),
    ...networkPart(row, options, context),
  });
  const others = new Map(pools.flatMap((row) => (row.others ? [[row.pool.pool, comparable(row.others)]] : [])));
  // Kea and the unique index take 10.0.0.1/24 for another prefix than 10.0.0.0/24: what the row says is what counts.
  return {
    body: {
      ...body,
      subnet: String(row.subnet_prefix),
      ...(body.pools && others.size > 0
        ? { pools: body.pools.map((pool) => ({ ...pool, ...others.get(pool.pool) })) }
        : {}),
      ...comparable(row.others),
    },
    ...marked,
  };
}

function networkPart(
  row: NetworkRow,
  options: readonly OptionData[],
  context: NetworkPart['user-context'],
): NetworkPart {
  const scalars = NETWORK_FIELDS.flatMap(({ keyword, column, kind }) => {
    const value = row[column];
    return value === null ? [] : [[keyword, kind === 'integer' ? Number(value) : value]];
  });
  const relays = textList(row.relay);
  return {
    ...(Object.fromEntries(scalars) as NetworkPart),
    ...(relays ? { relay: { 'ip-addresses': relays } } : {}),
    'option-data': options,
    ...(context ? { 'user-context': context } : {}),
  };
}

/** JSON text of a list of words, as Kea keeps relays and classes. What is none is taken for nothing there. */
export function textList(text: unknown): readonly string[] | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((word) => typeof word === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

/** code, space, value in hexadecimal, formatted_value, persistent, cancelled, client_classes */
export const OPTION_COLUMNS =
  "o.code, o.space, encode(o.value, 'hex'), o.formatted_value, o.persistent, o.cancelled, o.client_classes";

export function optionOf(columns: readonly unknown[]): OptionData {
  const [code, space, value, formatted, persistent, cancelled, classes] = columns;
  const csv = typeof formatted === 'string' && formatted !== '';
  const data = csv ? formatted : typeof value === 'string' ? value : '';
  const guards = textList(classes);
  return {
    code: Number(code),
    space: typeof space === 'string' && space !== '' ? space : 'dhcp4',
    ...(data === '' ? {} : { data }),
    'csv-format': csv,
    ...(persistent === true ? { 'always-send': true } : {}),
    ...(cancelled === true ? { 'never-send': true } : {}),
    ...(guards ? { 'client-classes': guards } : {}),
  };
}

/** In the order of Kea's host_identifier_type. */
const IDENTIFIER_TYPES: readonly IdentifierType[] = ['hw-address', 'duid', 'circuit-id', 'client-id', 'flex-id'];

/** Addresses of the hosts table are numbers, 0 for none. */
const addressText = (column: string): string =>
  `CASE WHEN h.${column} > 0 THEN host('0.0.0.0'::inet + h.${column}) END`;

/** identifier in hexadecimal, its type, subnet id, classes, user-context, then HOST_FIELDS in their order */
export const HOST_COLUMNS = [
  "encode(h.dhcp_identifier, 'hex')",
  'h.dhcp_identifier_type',
  'h.dhcp4_subnet_id',
  'h.dhcp4_client_classes',
  'h.user_context',
  ...HOST_FIELDS.map(({ column, kind }) => (kind === 'address' ? addressText(column) : `h.${column}`)),
].join(', ');

export function hostItem(columns: readonly unknown[], options: readonly OptionData[]): Item<HostBody> {
  const [identifier, type, subnetId, classes, context, ...scalars] = columns;
  const { marker } = splitUserContext(parsed(context));
  const body = canonicalHost({
    'subnet-id': Number(subnetId),
    'identifier-type': IDENTIFIER_TYPES[Number(type)] ?? 'flex-id',
    identifier: String(identifier),
    'client-classes':
      typeof classes === 'string' && classes !== '' ? classes.split(',').map((name) => name.trim()) : null,
    'option-data': options,
    ...Object.fromEntries(HOST_FIELDS.map(({ keyword }, index) => [keyword, scalars[index]])),
  });
  return { body, ...(marker ? { marker } : {}) };
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const contextText = (context: NetworkPart['user-context'], marker: Item<unknown>['marker']): string | null => {
  const whole = withMarker(context, marker);
  return whole ? JSON.stringify(whole) : null;
};

function networkRecord(body: NetworkPart, marker: Item<unknown>['marker']): RowRecord {
  return {
    ...Object.fromEntries(NETWORK_FIELDS.map(({ keyword, column }) => [column, body[keyword] ?? null])),
    relay: body.relay ? JSON.stringify(body.relay['ip-addresses']) : null,
    user_context: withMarker(body['user-context'], marker) ?? null,
  };
}

export const sharedNetworkRecord = ({ body, marker }: Item<NetworkBody>): RowRecord => ({
  name: body.name,
  ...networkRecord(body, marker),
});

export const subnetRecord = ({ body, marker }: Item<SubnetBody>): RowRecord => ({
  subnet_id: body.id,
  subnet_prefix: body.subnet,
  shared_network_name: body['shared-network-name'] ?? null,
  ...networkRecord(body, marker),
});

/** The key of a reservation: what its unique index is over. */
const hostKeyRecord = (body: HostBody): RowRecord => ({
  identifier: body.identifier,
  type: IDENTIFIER_TYPES.indexOf(body['identifier-type']),
  subnet_id: body['subnet-id'],
});
export const hostKeyOf = ({ body }: Item<HostBody>): RowRecord => hostKeyRecord(body);
export const HOST_KEY_COLUMNS = 'identifier text, type smallint, subnet_id bigint';

export const hostRecord = ({ body, marker }: Item<HostBody>): RowRecord => ({
  ...hostKeyRecord(body),
  ...Object.fromEntries(HOST_FIELDS.map(({ keyword, column }) => [column, body[keyword] ?? null])),
  dhcp4_client_classes: body['client-classes']?.join(',') ?? null,
  user_context: contextText(undefined, marker),
});

export const poolRecords = ({ body }: Item<SubnetBody>): readonly RowRecord[] =>
  (body.pools ?? []).map((pool) => ({
    subnet_id: body.id,
    ...poolEnds(pool),
    client_classes: classesText(pool['client-classes']),
  }));

export const poolOptionRecords = ({ body }: Item<SubnetBody>): readonly RowRecord[] =>
  (body.pools ?? []).flatMap((pool) => optionRecords({ subnet_id: body.id, first: poolEnds(pool).first }, pool));

const poolEnds = ({ pool }: PoolBody) => {
  const [first = '', last = ''] = pool.split('-');
  return { first, last };
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
  (body['option-data'] ?? []).map((option) => ({
    ...owner,
    code: option.code,
    space: option.space,
    value: option['csv-format'] ? null : (option.data ?? null),
    formatted_value: option['csv-format'] ? (option.data ?? null) : null,
    persistent: option['always-send'] ?? false,
    cancelled: option['never-send'] ?? false,
    client_classes: classesText(option['client-classes']),
  }));

const classesText = (classes: readonly string[] | undefined): string | null =>
  classes ? JSON.stringify(classes) : null;

/**
 * The one table of Kea's keywords that custom resources have: what each is, where it stands, and where it is stored. Made from it are the types of bodies
 * (state.ts), their canonical form and JSON (canonical.ts, json.ts), the columns that are read and written (src/backend), the globals of a server's own
 * configuration (src/workload), docs/reference/keywords.md, and what the schemas of src/api must have (`Schemas`).
 */
import type { z } from 'zod';
import type { Version } from './family.ts';
import type { Given, Keyword, Level, Storage, ValueKind, Values } from './keywordKinds.ts';
import { COMPATIBILITY, EXPIRED_LEASES, SANITY_CHECKS } from './keywordMembers.ts';

export type { Keyword, Level, Storage, ValueKind, Values } from './keywordKinds.ts';

const COLUMN = { in: 'column' } as const;
const FAMILY_COLUMN = { in: 'family column' } as const;
const ROWS = { in: 'rows' } as const;
const BOOTSTRAP = { in: 'bootstrap' } as const;

/** Kea's inheritance: a subnet's own, else its shared network's, else the global one. */
const ALL_NETWORKS = { network: COLUMN, subnet: COLUMN } as const;
const EVERYWHERE = { global: BOOTSTRAP, ...ALL_NETWORKS } as const;
const AND_CLASSES = { ...EVERYWHERE, class: COLUMN } as const;

/** Seconds have 32 bits, and the greatest value means for ever. */
const MOST = 4_294_967_295;
/** Of subnet ids the greatest is "unused" (SUBNET_ID_UNUSED). */
const MOST_ID = MOST - 1;

const PREFERRED = {
  kind: 'integer',
  unit: 's',
  bounds: [1, MOST],
  family: 6,
  inherited: 'triplet',
  at: AND_CLASSES,
} as const;

/** A time to live in DNS has 31 bits (RFC 2181 8). */
const DDNS_TTL = {
  kind: 'integer',
  unit: 's',
  bounds: [1, 2_147_483_647],
  inherited: 'nearest',
  at: EVERYWHERE,
} as const;

/** Bodies have their keywords in this order. */
export const KEYWORDS = {
  interface: { kind: 'text', bounds: [0, 15], inherited: 'nearest', at: ALL_NETWORKS },
  'renew-timer': { kind: 'integer', unit: 's', bounds: [1, MOST], inherited: 'nearest', at: EVERYWHERE },
  'rebind-timer': { kind: 'integer', unit: 's', bounds: [1, MOST], inherited: 'nearest', at: EVERYWHERE },
  'calculate-tee-times': { kind: 'boolean', inherited: 'nearest', at: EVERYWHERE },
  't1-percent': { kind: 'real', bounds: [0, 1], inherited: 'nearest', at: EVERYWHERE },
  't2-percent': { kind: 'real', bounds: [0, 1], inherited: 'nearest', at: EVERYWHERE },
  'cache-threshold': { kind: 'real', bounds: [0, 1], inherited: 'nearest', at: EVERYWHERE },
  'cache-max-age': { kind: 'integer', unit: 's', bounds: [0, MOST], inherited: 'nearest', at: EVERYWHERE },
  'offer-lifetime': { kind: 'integer', unit: 's', bounds: [0, MOST], family: 4, inherited: 'nearest', at: AND_CLASSES },
  'ip-address': { kind: 'address', family: 4, at: { host: FAMILY_COLUMN } },
  'ip-addresses': { kind: 'addressList', family: 6, at: { host: ROWS } },
  prefixes: { kind: 'prefixList', family: 6, at: { host: ROWS } },
  hostname: { kind: 'text', bounds: [0, 253], at: { host: COLUMN } },
  'next-server': { kind: 'address', family: 4, inherited: 'nearest', at: { ...AND_CLASSES, host: FAMILY_COLUMN } },
  'server-hostname': {
    kind: 'text',
    bounds: [0, 63],
    family: 4,
    inherited: 'nearest',
    at: { ...AND_CLASSES, host: FAMILY_COLUMN },
  },
  'boot-file-name': {
    kind: 'text',
    bounds: [0, 127],
    family: 4,
    inherited: 'nearest',
    at: { ...AND_CLASSES, host: FAMILY_COLUMN },
  },
  'reservations-global': { kind: 'boolean', inherited: 'nearest', at: EVERYWHERE },
  'reservations-in-subnet': { kind: 'boolean', inherited: 'nearest', derived: true, at: EVERYWHERE },
  'reservations-out-of-pool': { kind: 'boolean', inherited: 'nearest', derived: true, at: EVERYWHERE },
  allocator: { kind: 'text', inherited: 'nearest', at: EVERYWHERE },
  'pd-allocator': { kind: 'text', family: 6, inherited: 'nearest', at: EVERYWHERE },
  'rapid-commit': { kind: 'boolean', family: 6, inherited: 'nearest', at: ALL_NETWORKS },
  'interface-id': { kind: 'octets', bounds: [0, 128], family: 6, inherited: 'nearest', at: ALL_NETWORKS },
  'match-client-id': { kind: 'boolean', family: 4, inherited: 'nearest', at: EVERYWHERE },
  authoritative: { kind: 'boolean', family: 4, inherited: 'nearest', at: EVERYWHERE },
  'valid-lifetime': { kind: 'integer', unit: 's', bounds: [1, MOST], inherited: 'triplet', at: AND_CLASSES },
  'min-valid-lifetime': { kind: 'integer', unit: 's', bounds: [1, MOST], inherited: 'triplet', at: AND_CLASSES },
  'max-valid-lifetime': { kind: 'integer', unit: 's', bounds: [1, MOST], inherited: 'triplet', at: AND_CLASSES },
  'preferred-lifetime': PREFERRED,
  'min-preferred-lifetime': PREFERRED,
  'max-preferred-lifetime': PREFERRED,
  'ddns-send-updates': { kind: 'boolean', inherited: 'nearest', at: EVERYWHERE },
  'ddns-override-no-update': { kind: 'boolean', inherited: 'nearest', at: EVERYWHERE },
  'ddns-override-client-update': { kind: 'boolean', inherited: 'nearest', at: EVERYWHERE },
  'ddns-replace-client-name': { kind: 'nameReplacement', inherited: 'nearest', at: EVERYWHERE },
  'ddns-generated-prefix': { kind: 'text', bounds: [0, 63], inherited: 'nearest', at: EVERYWHERE },
  'ddns-qualifying-suffix': { kind: 'text', bounds: [0, 253], inherited: 'nearest', at: EVERYWHERE },
  'ddns-ttl-percent': { kind: 'real', bounds: [0, 1], inherited: 'nearest', at: EVERYWHERE },
  'ddns-ttl': DDNS_TTL,
  'ddns-ttl-min': DDNS_TTL,
  'ddns-ttl-max': DDNS_TTL,
  'echo-client-id': { kind: 'boolean', family: 4, at: { global: BOOTSTRAP } },
  'decline-probation-period': { kind: 'integer', unit: 's', bounds: [0, MOST], at: { global: BOOTSTRAP } },
  'host-reservation-identifiers': { kind: 'identifierTypes', at: { global: BOOTSTRAP } },
  'ddns-update-on-renew': { kind: 'boolean', at: { global: BOOTSTRAP } },
  'ddns-conflict-resolution-mode': { kind: 'text', at: { global: BOOTSTRAP } },
  'hostname-char-set': { kind: 'text', bounds: [0, 255], at: { global: BOOTSTRAP } },
  'hostname-char-replacement': { kind: 'text', bounds: [0, 63], at: { global: BOOTSTRAP } },
  'store-extended-info': { kind: 'boolean', at: { global: BOOTSTRAP } },
  'stash-agent-options': { kind: 'boolean', family: 4, at: { global: BOOTSTRAP } },
  'statistic-default-sample-count': { kind: 'integer', bounds: [0, 65_535], at: { global: BOOTSTRAP } },
  'statistic-default-sample-age': { kind: 'integer', unit: 's', bounds: [0, MOST], at: { global: BOOTSTRAP } },
  'parked-packet-limit': { kind: 'integer', bounds: [0, MOST], at: { global: BOOTSTRAP } },
  'early-global-reservations-lookup': { kind: 'boolean', at: { global: BOOTSTRAP } },
  'reservations-lookup-first': { kind: 'boolean', at: { global: BOOTSTRAP } },
  'ip-reservations-unique': { kind: 'boolean', at: { global: BOOTSTRAP } },
  'mac-sources': { kind: 'texts', family: 6, at: { global: BOOTSTRAP } },
  'relay-supplied-options': { kind: 'texts', family: 6, at: { global: BOOTSTRAP } },
  'expired-leases-processing': { kind: 'map', members: EXPIRED_LEASES, at: { global: BOOTSTRAP } },
  'sanity-checks': { kind: 'map', members: SANITY_CHECKS, at: { global: BOOTSTRAP } },
  compatibility: { kind: 'map', members: COMPATIBILITY, at: { global: BOOTSTRAP } },
  relay: { kind: 'addresses', inherited: 'nearest', at: ALL_NETWORKS },
  'subnet-id': {
    kind: 'integer',
    at: { host: { ...FAMILY_COLUMN, required: true, given: 'subnetRef, haPairRef', rowOnly: true } },
  },
  'identifier-type': {
    kind: 'identifierType',
    at: { host: { ...COLUMN, columns: ['dhcp_identifier_type'], required: true, given: 'identifier' } },
  },
  identifier: {
    kind: 'bytes',
    at: { host: { ...COLUMN, columns: ['dhcp_identifier'], required: true, given: 'identifier' } },
  },
  code: {
    kind: 'integer',
    bounds: [0, 65_535],
    at: { option: { ...COLUMN, required: true }, 'option-def': { ...COLUMN, required: true } },
  },
  space: {
    kind: 'text',
    bounds: [0, 128],
    at: { option: { ...COLUMN, required: true }, 'option-def': { ...COLUMN, required: true } },
  },
  type: { kind: 'optionType', at: { 'option-def': { ...COLUMN, required: true } } },
  array: { kind: 'flag', at: { 'option-def': { ...COLUMN, columns: ['is_array'], none: false } } },
  'record-types': { kind: 'recordTypes', at: { 'option-def': COLUMN } },
  encapsulate: { kind: 'text', bounds: [0, 128], at: { 'option-def': { ...COLUMN, none: '' } } },
  data: { kind: 'text', bounds: [0, 4096], at: { option: { ...COLUMN, columns: ['value', 'formatted_value'] } } },
  'csv-format': { kind: 'boolean', at: { option: { ...COLUMN, columns: ['formatted_value'], required: true } } },
  'always-send': { kind: 'flag', at: { option: { ...COLUMN, columns: ['persistent'] } } },
  'never-send': { kind: 'flag', at: { option: { ...COLUMN, columns: ['cancelled'] } } },
  pool: { kind: 'range', at: { pool: { ...COLUMN, columns: ['start_address', 'end_address'], required: true } } },
  prefix: { kind: 'text', family: 6, at: { 'pd-pool': { ...COLUMN, required: true, given: 'prefix' } } },
  'prefix-len': {
    kind: 'integer',
    family: 6,
    at: { 'pd-pool': { ...COLUMN, columns: ['prefix_length'], required: true, given: 'prefix' } },
  },
  'delegated-len': {
    kind: 'integer',
    bounds: [1, 128],
    family: 6,
    at: { 'pd-pool': { ...COLUMN, columns: ['delegated_prefix_length'], required: true } },
  },
  'excluded-prefix': { kind: 'text', family: 6, at: { 'pd-pool': { ...COLUMN, given: 'excludedPrefix' } } },
  'excluded-prefix-len': {
    kind: 'integer',
    family: 6,
    at: { 'pd-pool': { ...COLUMN, columns: ['excluded_prefix_length'], given: 'excludedPrefix', none: 0 } },
  },
  'option-data': {
    kind: 'options',
    inherited: 'merged',
    at: { global: BOOTSTRAP, network: ROWS, subnet: ROWS, pool: ROWS, 'pd-pool': ROWS, host: ROWS, class: ROWS },
  },
  'client-classes': {
    kind: 'classes',
    at: {
      network: COLUMN,
      subnet: COLUMN,
      pool: COLUMN,
      'pd-pool': COLUMN,
      host: { ...FAMILY_COLUMN, ordered: true },
      option: COLUMN,
    },
  },
  // They are looked at in this order.
  'evaluate-additional-classes': {
    kind: 'classes',
    at: {
      network: { ...COLUMN, ordered: true },
      subnet: { ...COLUMN, ordered: true },
      pool: { ...COLUMN, ordered: true },
      'pd-pool': { ...COLUMN, ordered: true },
    },
  },
  test: { kind: 'text', bounds: [0, 8192], at: { class: COLUMN } },
  // Only a server's own configuration can have it, where no class is a row: rows take the place of all of them.
  'template-test': { kind: 'text', bounds: [0, 8192], at: { class: { in: 'no column' } } },
  'only-in-additional-list': { kind: 'flag', at: { class: { ...COLUMN, none: false } } },
  'option-def': { kind: 'definitions', family: 4, at: { class: ROWS } },
  // Kea makes it of the test of a class in its file, and takes the row's word for it: true where the test hangs on KNOWN or UNKNOWN, be it by other classes.
  'depend-on-known': {
    kind: 'flag',
    at: { class: { ...COLUMN, columns: ['depend_on_known_directly'], given: 'test', rowOnly: true, none: false } },
  },
  // The place among the classes, which are looked at one after another; a number of its own for each.
  'order-index': { kind: 'integer', at: { class: { ...ROWS, given: 'order', rowOnly: true, required: true } } },
  'user-context': {
    kind: 'json',
    at: { ...ALL_NETWORKS, pool: COLUMN, 'pd-pool': COLUMN, host: COLUMN, class: COLUMN, 'option-def': COLUMN },
  },
  id: {
    kind: 'integer',
    bounds: [1, MOST_ID],
    at: { subnet: { ...COLUMN, columns: ['subnet_id'], required: true, given: 'subnetId' } },
  },
  subnet: {
    kind: 'prefix',
    at: { subnet: { ...COLUMN, columns: ['subnet_prefix'], required: true, given: 'cidr' } },
  },
  'shared-network-name': { kind: 'text', at: { subnet: { ...COLUMN, given: 'sharedNetworkRef', rowOnly: true } } },
  pools: { kind: 'pools', at: { subnet: ROWS } },
  'pd-pools': { kind: 'pdPools', family: 6, at: { subnet: ROWS } },
  name: {
    kind: 'text',
    at: {
      network: { ...COLUMN, required: true, given: 'metadata.name' },
      class: { ...COLUMN, required: true, given: 'name, metadata.name' },
      'option-def': { ...COLUMN, required: true, given: 'name, metadata.name' },
    },
  },
} as const satisfies Readonly<Record<string, Keyword>>;

type Table = typeof KEYWORDS;

/** `offerLifetime` for `offer-lifetime`. */
export type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
export const camelOf = <K extends string>(keyword: K): Camel<K> =>
  keyword.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) as Camel<K>;

type KindOf<Entry> = Entry extends { readonly kind: infer K extends ValueKind } ? K : never;
type Stands<Entry, L extends Level, F extends Version> = Entry extends { readonly at: Readonly<Record<L, Storage>> }
  ? Entry extends { readonly family: infer Only }
    ? [Extract<F, Only>] extends [never]
      ? false
      : true
    : true
  : false;
type IsRequired<Entry, L extends Level> = Entry extends {
  readonly at: Readonly<Record<L, { readonly required: true }>>;
}
  ? true
  : false;
type IsGivenOtherwise<Entry, L extends Level> = Entry extends {
  readonly at: Readonly<Record<L, { readonly given: string }>>;
}
  ? true
  : false;

/** The body of a thing at a level: its keywords with their values, of one family or of both. Those that are not set are absent. */
export type Fields<L extends Level, F extends Version = Version, T = Table> = {
  readonly [
    K in keyof T & string as Stands<T[K], L, F> extends true ? (IsRequired<T[K], L> extends true ? K : never) : never
  ]: Values[KindOf<T[K]>];
} & {
  readonly [
    K in keyof T & string as Stands<T[K], L, F> extends true ? (IsRequired<T[K], L> extends true ? never : K) : never
  ]?: Values[KindOf<T[K]>];
};

/**
 * What the schema of a custom resource has for the keywords of a level: `{…} as const satisfies Schemas<'subnet', 4>` does not compile where one is
 * forgotten, or gives values of another kind.
 */
export type Schemas<L extends Level, F extends Version, T = Table> = {
  readonly [
    K in keyof T & string as Stands<T[K], L, F> extends true
      ? IsGivenOtherwise<T[K], L> extends true
        ? never
        : Camel<K>
      : never
  ]: z.ZodType<GivenFor<KindOf<T[K]>> | undefined>;
};
type GivenFor<K extends ValueKind> = K extends keyof Given ? Given[K] : Values[K];

/** The same for the members of a map: `{…} as const satisfies MemberSchemas<'sanity-checks', 4>`. */
export type MemberSchemas<K extends keyof Table, F extends Version> = Table[K] extends {
  readonly members: infer Members;
}
  ? {
      readonly [
        M in keyof Members & string as Members[M] extends { readonly family: infer Only }
          ? F extends Only
            ? Camel<M>
            : never
          : Camel<M>
      ]: z.ZodType<GivenFor<KindOf<Members[M]>> | undefined>;
    }
  : never;

/** A keyword at a level. */
export interface Field<K extends string = string> extends Keyword, Omit<Storage, 'columns'> {
  readonly keyword: K;
  /** Its name in a custom resource, where `given` says no other. */
  readonly field: Camel<K>;
  readonly columns: readonly string[];
}

/** The keywords of a level, in the order of the table. @param family Left out: those of both. */
export const fieldsAt = <L extends Level, F extends Version = Version>(
  level: L,
  family?: F,
): readonly Field<keyof Fields<L, F> & string>[] => {
  const table: Readonly<Record<string, Keyword>> = KEYWORDS;
  return Object.entries(table).flatMap(([name, entry]) => {
    const place = entry.at[level];
    if (place === undefined || (family !== undefined && (entry.family ?? family) !== family)) return [];
    const keyword = name as keyof Fields<L, F> & string;
    return [{ ...entry, columns: [columnOf(keyword)], ...place, keyword, field: camelOf(keyword) }];
  });
};

/** A column's name for a keyword, as Kea's schema has it as a rule. */
export const columnOf = (keyword: string): string => keyword.replaceAll('-', '_');

/** Whether a value is set: false and 0 are values, null and the empty text, which Kea's config-get writes, are none. */
export const isSet = <T>(value: T | null | undefined | ''): value is T & {} =>
  value !== undefined && value !== null && value !== '';

const SCALARS = [
  'integer',
  'real',
  'boolean',
  'text',
  'octets',
  'address',
  'nameReplacement',
] as const satisfies readonly ValueKind[];

/** Keywords of a level that are one word in the custom resource, under their own name, as in a body, in Kea's JSON and in a column. */
type Scalar<L extends Level, F extends Version = Version, T = Table> = {
  [K in keyof T & string]: Stands<T[K], L, F> extends true
    ? IsGivenOtherwise<T[K], L> extends true
      ? never
      : KindOf<T[K]> extends (typeof SCALARS)[number]
        ? K
        : never
    : never;
}[keyof T & string];

export const scalarsAt = <L extends Level, F extends Version = Version>(
  level: L,
  family?: F,
): readonly Field<Scalar<L, F>>[] => {
  const fields: readonly Field[] = fieldsAt(level, family);
  return fields.filter(
    (field): field is Field<Scalar<L, F>> => field.given === undefined && SCALARS.some((kind) => kind === field.kind),
  );
};

/** Bodies in canonical form: equal bodies are the same configuration. */
import {
  addressingOf,
  addressText,
  compareAddresses,
  formatRange,
  parseRange,
  prefixIn,
  type Range,
} from './address.ts';
import { type Field, fieldsAt, isSet, type ValueKind, type Values } from './keywords.ts';
import { recordFields } from './optionType.ts';
import {
  type ClassBody,
  type HostBody,
  LEASE_TIMES,
  type Lifetimes,
  type NetworkBody,
  type OptionData,
  type OptionDefBody,
  type PdPoolBody,
  type PoolBody,
  type SubnetBody,
} from './state.ts';

/** A body on its way to canonical form: but for its key it may have undefined or null for a keyword that is not set, empty lists, any order. */
export type Draft<Body, Key extends keyof Body> = Pick<Body, Key> & {
  readonly [K in Exclude<keyof Body, Key>]?: Body[K] | null | undefined;
};
export type SubnetDraft = Draft<SubnetBody, 'id' | 'subnet'>;
export type NetworkDraft = Draft<NetworkBody, 'name'>;
export type HostDraft = Draft<HostBody, 'subnet-id' | 'identifier-type' | 'identifier'>;
export type ClassDraft = Draft<ClassBody, 'name' | 'order-index'>;
export type OptionDefDraft = Draft<OptionDefBody, 'space' | 'code' | 'name' | 'type'>;

/** JSON with sorted keys and without undefined: equal values give equal text. Written directly, as thousands of bodies are digested in a pass. */
export const canonicalJson = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return value === undefined ? 'null' : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const record = value as Readonly<Record<string, unknown>>;
  let members = '';
  for (const key of Object.keys(record).sort()) {
    if (record[key] === undefined) continue;
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(record[key])}`;
  }
  return `{${members}}`;
};

/** Two canonical bodies are the same configuration. */
export const equalBodies = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equalBodies(left[key], right[key]))
  );
};

/** The top-level keywords in which two canonical bodies differ, sorted. */
export const changedFields = (a: object, b: object): readonly string[] => {
  const left = new Map<string, unknown>(Object.entries(a));
  const right = new Map<string, unknown>(Object.entries(b));
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].filter((key) => !equalBodies(left.get(key), right.get(key))).sort();
};

const SUBNET = fieldsAt('subnet');
const NETWORK = fieldsAt('network');
const HOST = fieldsAt('host');
const POOL = fieldsAt('pool');
const PD_POOL = fieldsAt('pd-pool');
const OPTION = fieldsAt('option');
const CLASS = fieldsAt('class');
const OPTION_DEF = fieldsAt('option-def');

export const canonicalSubnet = (draft: SubnetDraft): SubnetBody =>
  canonicalBody(withoutLostBounds(draft), SUBNET) as unknown as SubnetBody;
export const canonicalNetwork = (draft: NetworkDraft): NetworkBody =>
  canonicalBody(withoutLostBounds(draft), NETWORK) as unknown as NetworkBody;
export const canonicalHost = (draft: HostDraft): HostBody => canonicalBody(draft, HOST) as unknown as HostBody;
export const canonicalClass = (draft: ClassDraft): ClassBody =>
  canonicalBody(withoutLostBounds(draft), CLASS) as unknown as ClassBody;
export const canonicalOptionDef = (draft: OptionDefDraft): OptionDefBody =>
  canonicalBody(draft, OPTION_DEF) as unknown as OptionDefBody;

/** The keywords that are set, each in canonical form. */
const canonicalBody = (draft: object, fields: readonly Field[]): Readonly<Record<string, unknown>> => {
  const given = draft as Readonly<Record<string, unknown>>;
  const body: Record<string, unknown> = {};
  for (const field of fields) {
    const value = given[field.keyword];
    if (!isSet(value)) continue;
    const canonical = (CANONICAL[field.kind] as Canonical<unknown>)(value, field);
    if (canonical !== undefined) body[field.keyword] = canonical;
  }
  return body;
};

/** A value in canonical form; undefined of one that says nothing. */
type Canonical<T> = (value: T, field: Field) => T | undefined;

const asItIs = <T>(value: T): T => value;
const prefixText = (text: string): string => prefixIn(text)?.text ?? text;
const inOrder = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
const rangeOf = (text: string): Range | undefined => parseRange(addressingOf(text), text);
const numberOf = (text: string): bigint => addressingOf(text).parse(text) ?? 0n;

const CANONICAL: { readonly [K in ValueKind]: Canonical<Values[K]> } = {
  integer: asItIs,
  real: asItIs,
  boolean: asItIs,
  text: asItIs,
  octets: asItIs,
  address: addressText,
  prefix: prefixText,
  range: (text) => {
    const range = rangeOf(text);
    return range ? formatRange(addressingOf(text), range) : text;
  },
  bytes: (digits) => digits.toLowerCase(),
  // Kea writes false where a flag is not set.
  flag: (flag) => ((flag as boolean) ? true : undefined),
  classes: (names, { ordered }) => (names.length === 0 ? undefined : ordered ? names : sortedSet(names)),
  addresses: ({ 'ip-addresses': addresses }) =>
    addresses.length === 0 ? undefined : { 'ip-addresses': [...new Set(addresses.map(addressText))].sort(byAddress) },
  // Kea gives the first of them to the first of a client's associations.
  addressList: (list) => inOrder(list.map(addressText)),
  prefixList: (list) => inOrder(list.map(prefixText)),
  // Their order means nothing, as each comes once.
  options: (options) => (options.length === 0 ? undefined : options.map(canonicalOption).toSorted(byCode)),
  pools: (pools) =>
    pools.length === 0
      ? undefined
      : pools.map((pool) => canonicalBody(pool, POOL) as unknown as PoolBody).toSorted(byFirstAddress),
  pdPools: (pools) =>
    pools.length === 0
      ? undefined
      : pools.map((pool) => canonicalBody(pool, PD_POOL) as unknown as PdPoolBody).toSorted(byPrefix),
  definitions: (definitions) => inOrder(definitions.map(canonicalOptionDef).toSorted(byCode)),
  optionType: asItIs,
  recordTypes: (types) => inOrder(recordFields(types))?.join(', '),
  json: (context) => (Object.keys(context).length === 0 ? undefined : context),
  identifierType: asItIs,
  identifierTypes: asItIs,
  nameReplacement: asItIs,
  texts: asItIs,
  map: asItIs,
};

/** A row's lease time is three numbers: bounds without the time itself are lost, and bounds that are left out are the time itself. */
const withoutLostBounds = <D extends { readonly [K in keyof Lifetimes]?: Lifetimes[K] | null | undefined }>(
  draft: D,
): D => {
  const lost = LEASE_TIMES.flatMap(([time, ...bounds]) =>
    bounds.filter((bound) => isSet(draft[bound]) && (!isSet(draft[time]) || draft[bound] === draft[time])),
  );
  return lost.length === 0 ? draft : { ...draft, ...Object.fromEntries(lost.map((bound) => [bound, undefined])) };
};

/** An option without a value is none in text. Hexadecimal digits are in upper case. */
const canonicalOption = (option: OptionData): OptionData => {
  const { data, 'csv-format': csv } = option;
  const value = !isSet(data) || csv ? data : data.toUpperCase();
  return canonicalBody(
    { ...option, data: value, 'csv-format': isSet(value) ? csv : false },
    OPTION,
  ) as unknown as OptionData;
};

/** By code units, the same on every machine: not by locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const sortedSet = (words: readonly string[]): readonly string[] => [...new Set(words)].sort(compareText);
const byCode = (a: Pick<OptionData, 'space' | 'code'>, b: Pick<OptionData, 'space' | 'code'>): number =>
  compareText(a.space, b.space) || a.code - b.code;
const byAddress = (a: string, b: string): number => compareAddresses(numberOf(a), numberOf(b));
const byFirstAddress = (a: PoolBody, b: PoolBody): number =>
  compareAddresses(rangeOf(a.pool)?.first ?? 0n, rangeOf(b.pool)?.first ?? 0n);
const byPrefix = (a: PdPoolBody, b: PdPoolBody): number => byAddress(a.prefix, b.prefix);

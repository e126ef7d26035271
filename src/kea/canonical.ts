import { formatRange, parseAddress, parsePrefix, parseRange } from './address.ts';
import { HOST_FIELDS, isSet, NETWORK_FIELDS } from './fields.ts';
import type { HostBody, Lifetimes, NetworkPart, OptionData, PoolBody, NetworkBody, SubnetBody } from './state.ts';

/** A body on its way to canonical form: but for its key it may have undefined or null for a keyword that is not set, empty lists, any order. */
export type Draft<Body, Key extends keyof Body> = Pick<Body, Key> & {
  readonly [K in Exclude<keyof Body, Key>]?: Body[K] | null | undefined;
};
export type SubnetDraft = Draft<SubnetBody, 'id' | 'subnet'>;
export type NetworkDraft = Draft<NetworkBody, 'name'>;
export type HostDraft = Draft<HostBody, 'subnet-id' | 'identifier-type' | 'identifier'>;

/** JSON with sorted keys and without undefined: equal values give equal text. Written directly, as thousands of bodies are digested in a turn. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === undefined ? 'null' : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const record = value as Readonly<Record<string, unknown>>;
  let members = '';
  for (const key of Object.keys(record).sort()) {
    if (record[key] === undefined) continue;
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(record[key])}`;
  }
  return `{${members}}`;
}

/** Two canonical bodies are the same configuration. */
export function equalBodies(a: unknown, b: unknown): boolean {
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
}

/** The top-level keywords in which two canonical bodies differ, sorted. */
export function changedFields(a: object, b: object): readonly string[] {
  const left = new Map<string, unknown>(Object.entries(a));
  const right = new Map<string, unknown>(Object.entries(b));
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].filter((key) => !equalBodies(left.get(key), right.get(key))).sort();
}

export function canonicalSubnet(draft: SubnetDraft): SubnetBody {
  return {
    ...canonicalNetworkPart(draft),
    id: draft.id,
    subnet: parsePrefix(draft.subnet)?.text ?? draft.subnet,
    ...(draft['shared-network-name'] ? { 'shared-network-name': draft['shared-network-name'] } : {}),
    ...(draft.pools?.length ? { pools: draft.pools.map(canonicalPool).toSorted(byFirstAddress) } : {}),
  };
}

export const canonicalNetwork = (draft: NetworkDraft): NetworkBody => ({
  ...canonicalNetworkPart(draft),
  name: draft.name,
});

/** The order of a reservation's classes is kept: Kea takes options from the first class that has them. */
export function canonicalHost(draft: HostDraft): HostBody {
  return {
    ...setScalars(draft, HOST_FIELDS),
    'subnet-id': draft['subnet-id'],
    'identifier-type': draft['identifier-type'],
    identifier: draft.identifier.toLowerCase(),
    ...optionDataOf(draft),
    ...(draft['client-classes']?.length ? { 'client-classes': draft['client-classes'] } : {}),
  };
}

function canonicalNetworkPart(draft: Draft<NetworkPart, never>): NetworkPart {
  const relays = draft.relay?.['ip-addresses'] ?? [];
  const context = draft['user-context'];
  return {
    ...canonicalLifetimes(setScalars<NetworkPart>(draft, NETWORK_FIELDS)),
    ...(relays.length > 0 ? { relay: { 'ip-addresses': [...new Set(relays)].sort(byAddress) } } : {}),
    ...optionDataOf(draft),
    ...(context && Object.keys(context).length > 0 ? { 'user-context': context } : {}),
  };
}

/** A row's lease time is three numbers: bounds without the time itself are lost, and bounds that are left out are the time itself. */
function canonicalLifetimes<Body extends Lifetimes>(body: Body): Body {
  const { 'valid-lifetime': valid, 'min-valid-lifetime': min, 'max-valid-lifetime': max, ...rest } = body;
  if (valid === undefined) return rest as Body;
  const times: Lifetimes = {
    'valid-lifetime': valid,
    ...(min === undefined || min === valid ? {} : { 'min-valid-lifetime': min }),
    ...(max === undefined || max === valid ? {} : { 'max-valid-lifetime': max }),
  };
  return { ...rest, ...times } as Body;
}

function canonicalPool(pool: PoolBody): PoolBody {
  const range = parseRange(pool.pool);
  return {
    pool: range ? formatRange(range) : pool.pool,
    ...optionDataOf(pool),
    ...(pool['client-classes']?.length ? { 'client-classes': sortedSet(pool['client-classes']) } : {}),
  };
}

/** Options in the order of space and code: theirs means nothing, as each comes once. */
function optionDataOf(draft: { readonly 'option-data'?: readonly OptionData[] | null | undefined }) {
  const options = draft['option-data'];
  if (!options?.length) return {};
  return {
    'option-data': options.map(canonicalOption).toSorted((a, b) => compareText(a.space, b.space) || a.code - b.code),
  };
}

function canonicalOption(option: OptionData): OptionData {
  const csv = option['csv-format'];
  const hasData = option.data !== undefined && option.data !== '';
  return {
    code: option.code,
    space: option.space,
    ...(hasData ? { data: csv ? option.data : option.data.toUpperCase() } : {}),
    'csv-format': csv && hasData,
    ...(option['always-send'] ? { 'always-send': true } : {}),
    ...(option['never-send'] ? { 'never-send': true } : {}),
    ...(option['client-classes']?.length ? { 'client-classes': sortedSet(option['client-classes']) } : {}),
  };
}

/** The scalar keywords that are set. */
function setScalars<Body extends object>(
  draft: { readonly [K in keyof Body]?: Body[K] | null | undefined },
  fields: readonly { readonly keyword: keyof Body & string }[],
): Body {
  const set: Partial<Body> = {};
  for (const { keyword } of fields) {
    const value = draft[keyword];
    if (isSet(value)) set[keyword] = value;
  }
  return set as Body;
}

/** By code units, the same on every machine: not by locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const sortedSet = (words: readonly string[]): readonly string[] => [...new Set(words)].sort(compareText);
const byAddress = (a: string, b: string): number => Number((parseAddress(a) ?? 0n) - (parseAddress(b) ?? 0n));
const byFirstAddress = (a: PoolBody, b: PoolBody): number =>
  Number((parseRange(a.pool)?.first ?? 0n) - (parseRange(b.pool)?.first ?? 0n));

/** What a store of one family has to find: pure, so that each store may find as much of it as its indexes serve, and leave the rest to {@link selects}. */
import type { Range } from '../kea/address.ts';
import type { Version } from '../kea/family.ts';
import { SHOWN_STATES, type ShownState, shownState } from './shownState.ts';
import { type Lease, type LeasePage, numberOf, pageOf } from './source.ts';

export const LEASE_TYPES = ['Address', 'Prefix'] as const;
/** A prefix that is delegated is leased as one; of IPv4 there are addresses alone. */
export type LeaseType = (typeof LEASE_TYPES)[number];

export const leaseType = ({ prefixLength }: Pick<Lease, 'prefixLength'>): LeaseType =>
  prefixLength === undefined ? 'Address' : 'Prefix';

/** Of a lease all that is given must be so. */
export interface LeaseSelection {
  /** Of its address, or of the first one of its prefix. */
  readonly range?: Range;
  /** Of the prefix that is leased. */
  readonly prefixLength?: number;
  readonly type?: LeaseType;
  /** One of these. */
  readonly subnetIds?: readonly number[];
  /** None of these. */
  readonly notSubnetIds?: readonly number[];
  /** In the spelling that leases have: lower-case, with colons. */
  readonly hwAddress?: string;
  readonly clientId?: string;
  readonly duid?: string;
  /** Lower-case. */
  readonly hostname?: string;
  /** What the host name begins with, lower-case. */
  readonly hostnamePrefix?: string;
  /** One of these. */
  readonly states?: readonly ShownState[];
  /** When states are looked at, in seconds since 1970. */
  readonly now: number;
}

/** Whether the selection has the lease. Every store's answer goes through it, whatever the store looked for. */
export const selects = (selection: LeaseSelection): ((lease: Lease) => boolean) => {
  const { range, prefixLength, type, hwAddress, clientId, duid, hostname, hostnamePrefix, now } = selection;
  const ids = selection.subnetIds && new Set(selection.subnetIds);
  const notIds = selection.notSubnetIds && new Set(selection.notSubnetIds);
  const states = selection.states && new Set(selection.states);
  const isIn = ({ first, last }: Range, address: bigint): boolean => first <= address && address <= last;
  const begins = (lease: Lease, text: string): boolean => lease.hostname?.toLowerCase().startsWith(text) ?? false;
  return (lease) =>
    (range === undefined || isIn(range, numberOf(lease.address))) &&
    (prefixLength === undefined || lease.prefixLength === prefixLength) &&
    (type === undefined || leaseType(lease) === type) &&
    (ids === undefined || ids.has(lease.subnetId)) &&
    !(notIds?.has(lease.subnetId) ?? false) &&
    (hwAddress === undefined || lease.hwAddress === hwAddress) &&
    (clientId === undefined || lease.clientId === clientId) &&
    (duid === undefined || lease.duid === duid) &&
    (hostname === undefined || lease.hostname?.toLowerCase() === hostname) &&
    (hostnamePrefix === undefined || begins(lease, hostnamePrefix)) &&
    (states === undefined || states.has(shownState(lease, now)));
};

/** What is selected by both; undefined: nothing can be. */
export const narrowed = (
  selection: LeaseSelection,
  part: Partial<Omit<LeaseSelection, 'now'>>,
): LeaseSelection | undefined => {
  const isOpposed = EXACT.some(
    (key) => isDefined(selection[key]) && isDefined(part[key]) && selection[key] !== part[key],
  );
  const range = intersection(selection.range, part.range);
  const hostnamePrefix = longerOf(selection.hostnamePrefix, part.hostnamePrefix);
  const subnetIds = inBoth(selection.subnetIds, part.subnetIds);
  const states = inBoth(selection.states, part.states);
  const isNothing = isOpposed || range === null || hostnamePrefix === null;
  if (isNothing || subnetIds?.length === 0 || states?.length === 0) return undefined;
  const notSubnetIds = [...new Set([...(selection.notSubnetIds ?? []), ...(part.notSubnetIds ?? [])])];
  return {
    ...selection,
    ...part,
    ...(range === undefined ? {} : { range }),
    ...(hostnamePrefix === undefined ? {} : { hostnamePrefix }),
    ...(subnetIds === undefined ? {} : { subnetIds }),
    ...(notSubnetIds.length === 0 ? {} : { notSubnetIds }),
    ...(states === undefined ? {} : { states }),
  };
};

const EXACT = ['prefixLength', 'type', 'hwAddress', 'clientId', 'duid', 'hostname'] as const;
const isDefined = (value: unknown): boolean => value !== undefined;

/** Null: nothing is in both. */
const intersection = (a: Range | undefined, b: Range | undefined): Range | undefined | null => {
  if (a === undefined || b === undefined) return a ?? b;
  const first = a.first > b.first ? a.first : b.first;
  const last = a.last < b.last ? a.last : b.last;
  return first > last ? null : { first, last };
};

const longerOf = (a: string | undefined, b: string | undefined): string | undefined | null => {
  if (a === undefined || b === undefined) return a ?? b;
  const [longer, shorter] = a.length > b.length ? [a, b] : [b, a];
  return longer.startsWith(shorter) ? longer : null;
};

const inBoth = <T>(a: readonly T[] | undefined, b: readonly T[] | undefined): readonly T[] | undefined => {
  if (a === undefined || b === undefined) return a ?? b;
  const others = new Set(b);
  return a.filter((value) => others.has(value));
};

/** Whether no lease of the family can be such: of DHCPv4 Kea keeps no DUID, and of DHCPv6 no other identifier. */
export const isImpossible = ({ version }: { readonly version: Version }, selection: LeaseSelection): boolean => {
  const { clientId, duid, type, prefixLength, states, subnetIds } = selection;
  if (states?.length === 0 || subnetIds?.length === 0) return true;
  return version === 4 ? duid !== undefined || type === 'Prefix' || prefixLength !== undefined : clientId !== undefined;
};

/** Whether every lease of a range is wanted: the pages of it need no look at their leases. */
export const isOfRangeAlone = ({ range: _, now: __, ...rest }: LeaseSelection): boolean =>
  Object.values<unknown>(rest).every((value) => value === undefined);

/** The states that are wanted, where that are not all. */
export const someStates = ({ states }: LeaseSelection): readonly ShownState[] | undefined =>
  states === undefined || SHOWN_STATES.every((state) => states.includes(state)) ? undefined : states;

/** Where a page of a selection begins and ends; undefined: nothing is left. */
export const boundsOf = ({ range }: LeaseSelection, after: string | undefined, bits: number): Range | undefined => {
  const next = after === undefined ? 0n : numberOf(after) + 1n;
  const first = range !== undefined && range.first > next ? range.first : next;
  const last = range?.last ?? (1n << BigInt(bits)) - 1n;
  return first > last ? undefined : { first, last };
};

/** A page out of all the leases that may be wanted, in any order. */
export const pageAmong = (
  selection: LeaseSelection,
  leases: readonly Lease[],
  limit: number,
  after: string | undefined,
): LeasePage => {
  const from = after === undefined ? -1n : numberOf(after);
  const found = leases
    .filter(selects(selection))
    .map((lease) => ({ lease, number: numberOf(lease.address) }))
    .filter(({ number }) => number > from)
    .sort((a, b) => (a.number < b.number ? -1 : 1));
  return pageOf(
    found.slice(0, limit + 1).map(({ lease }) => lease),
    limit,
    after,
  );
};

/**
 * What a page of leases has of a selection. It goes on where the page did, but not past the end of the range, and not past the limit.
 * @param page As the store has it, of at most `limit` leases.
 */
export const selectedOf = (selection: LeaseSelection, page: LeasePage): LeasePage => {
  const { range } = selection;
  const leases = page.leases.filter(selects(selection));
  const isOver = page.next === undefined || (range !== undefined && numberOf(page.next) >= range.last);
  return isOver ? { leases } : { leases, next: page.next };
};

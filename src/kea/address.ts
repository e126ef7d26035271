/** Addresses, prefixes and ranges as numbers. */
import { isIPv4 } from 'node:net';

/** Addresses are numbers as bigint, so that IPv6 needs no other shape; every function here takes and gives IPv4 text. */
export interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

export interface Prefix extends Range {
  /** 0..32 */
  readonly length: number;
  /** The network address with its length, e.g. `192.0.2.0/24`: the one spelling that rows and comparisons use. */
  readonly text: string;
  /** False where the given text had bits after the prefix length, as in `192.0.2.1/24`. */
  readonly canonical: boolean;
}

/** A dotted quad without leading zeros, as a number; undefined for anything else (a prefix, IPv6, a name). */
export const parseAddress = (text: string): bigint | undefined =>
  isIPv4(text) ? BigInt(text.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)) : undefined;

/** Written out, as tens of thousands are formatted in a pass. */
export const formatAddress = (address: bigint): string => {
  const number = Number(address);
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
};

/** `address/length`; bits after the length are cut off, and `canonical` says so. */
export const parsePrefix = (text: string): Prefix | undefined => {
  const slash = text.indexOf('/');
  if (slash < 0 || !/^\d{1,2}$/.test(text.slice(slash + 1))) return undefined;
  const given = parseAddress(text.slice(0, slash));
  const length = Number(text.slice(slash + 1));
  if (given === undefined || length > 32) return undefined;
  const host = 32n - BigInt(length);
  const first = (given >> host) << host;
  return {
    first,
    last: first + (1n << host) - 1n,
    length,
    text: `${formatAddress(first)}/${length}`,
    canonical: given === first,
  };
};

/** The addresses of a prefix that a host can have: all but the network and the broadcast address, which prefixes of 31 bits and more do not have (RFC 3021). */
export const hostsIn = ({ first, last, length }: Prefix): Range =>
  length > 30 ? { first, last } : { first: first + 1n, last: last - 1n };

/** A pool as Kea takes it: `first-last`, or a prefix; blanks do not count. Undefined also where last is before first. */
export const parseRange = (spaced: string): Range | undefined => {
  const text = spaced.replace(/[ \t]/g, '');
  const dash = text.indexOf('-');
  if (dash < 0) {
    const prefix = parsePrefix(text);
    return prefix && { first: prefix.first, last: prefix.last };
  }
  const first = parseAddress(text.slice(0, dash));
  const last = parseAddress(text.slice(dash + 1));
  return first === undefined || last === undefined || last < first ? undefined : { first, last };
};

/** `first-last`, the canonical spelling of a pool. */
export const formatRange = (range: Range): string => `${formatAddress(range.first)}-${formatAddress(range.last)}`;

/** One address as a range, where a range is asked for. */
export const single = (address: bigint): Range => ({ first: address, last: address });

export const contains = (outer: Range, inner: Range | bigint): boolean =>
  typeof inner === 'bigint'
    ? outer.first <= inner && inner <= outer.last
    : outer.first <= inner.first && inner.last <= outer.last;

export const overlaps = (a: Range, b: Range): boolean => a.first <= b.last && b.first <= a.last;

/** Addresses in the range, both ends among them. */
export const addressCount = (range: Range): bigint => range.last - range.first + 1n;

/** What is left of a range without others, in ascending order. */
export const without = (range: Range, others: readonly Range[]): readonly Range[] => {
  const left: Range[] = [];
  let { first } = range;
  for (const other of [...others].sort((a, b) => (a.first < b.first ? -1 : 1))) {
    if (other.last < first || other.first > range.last) continue;
    if (other.first > first) left.push({ first, last: other.first - 1n });
    first = other.last + 1n;
  }
  return first > range.last ? left : [...left, { first, last: range.last }];
};

/** A set of ranges of which no two overlap. Built in the order of preference, it finds every loser and its winner in O(n log n). */
export interface RangeSet<T> {
  /** Enters the range, unless it overlaps one that is there: then nothing is entered, and the value of the first such one is returned. */
  add(range: Range, value: T): T | undefined;
  /** The value of the lowest range that overlaps the given one. */
  overlapping(range: Range): T | undefined;
  /** The value of the range that holds the address. */
  find(address: bigint): T | undefined;
}

export const rangeSet = <T>(): RangeSet<T> => {
  const entries: { readonly range: Range; readonly value: T }[] = [];

  /** Index of the first entry that ends at or after the address: entries are disjoint, so their ends are sorted as their starts are. */
  const firstEndingFrom = (address: bigint): number => {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = entries[middle];
      if (entry && entry.range.last < address) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const overlapping = (range: Range): T | undefined => {
    const entry = entries[firstEndingFrom(range.first)];
    return entry && overlaps(entry.range, range) ? entry.value : undefined;
  };

  return {
    add(range, value) {
      const at = firstEndingFrom(range.first);
      const entry = entries[at];
      if (entry && overlaps(entry.range, range)) return entry.value;
      entries.splice(at, 0, { range, value });
      return undefined;
    },
    overlapping,
    find: (address) => overlapping(single(address)),
  };
};

/** Addresses, prefixes and ranges as numbers, and how they are written. What is written is of one version of IP: the functions that read and write it take that. */
import type { Version } from './family.ts';
import { IPV4 } from './ipv4.ts';
import { IPV6 } from './ipv6.ts';

/** How the addresses of a version of IP are written. */
export interface Addressing {
  readonly version: Version;
  /** Of an address. */
  readonly bits: number;
  /** An address alone, as a number; undefined for anything else: a prefix, a name, an address of the other version. */
  readonly parse: (text: string) => bigint | undefined;
  /** The one spelling of an address. */
  readonly format: (address: bigint) => string;
}

/** How what is written here is, where the text itself is all that says it; of what is no address IPv4. */
export const addressingOf = (text: string): Addressing => (text.includes(':') ? IPV6 : IPV4);

/** Addresses are numbers as bigint. */
export interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

export interface Prefix extends Range {
  readonly of: Addressing;
  readonly length: number;
  /** The network address with its length, e.g. `192.0.2.0/24`: the one spelling that rows and comparisons use. */
  readonly text: string;
  /** False where the given text had bits after the prefix length, as in `192.0.2.1/24`. */
  readonly canonical: boolean;
}

/** The prefix of that length that an address lies in. */
export const prefixAt = (of: Addressing, address: bigint, length: number): Prefix => {
  const host = BigInt(of.bits - length);
  const first = (address >> host) << host;
  return {
    of,
    first,
    last: first + (1n << host) - 1n,
    length,
    text: `${of.format(first)}/${length}`,
    canonical: address === first,
  };
};

/** `address/length`; bits after the length are cut off, and `canonical` says so. */
export const parsePrefix = (of: Addressing, text: string): Prefix | undefined => {
  const slash = text.indexOf('/');
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return undefined;
  const given = of.parse(text.slice(0, slash));
  const length = Number(text.slice(slash + 1));
  return given === undefined || length > of.bits ? undefined : prefixAt(of, given, length);
};

/** Whether it is an address alone, of either version. */
export const isAddress = (text: string): boolean => addressingOf(text).parse(text) !== undefined;

/** An address in its one spelling; what is none stays as it is. */
export const addressText = (text: string): string => {
  const of = addressingOf(text);
  const address = of.parse(text);
  return address === undefined ? text : of.format(address);
};

/** `192.0.2.1:8000`, `[2001:db8::1]:8000`, `kea.example.org:8000` */
export const withPort = (host: string, port: number | string): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** A prefix in either spelling. */
export const prefixIn = (text: string): Prefix | undefined => parsePrefix(addressingOf(text), text);

/**
 * The addresses of a prefix that a host can have. Of IPv4 all but the network and the broadcast address, which prefixes of 31 bits and more do not have
 * (RFC 3021); of IPv6 all but the first, which is that of all its routers (RFC 4291 2.6.1), and of 127 bits and more all (RFC 6164).
 */
export const hostsIn = ({ of, first, last, length }: Prefix): Range => {
  if (length >= of.bits - 1) return { first, last };
  return { first: first + 1n, last: of.version === 4 ? last - 1n : last };
};

/** A pool as Kea takes it: `first-last`, or a prefix; blanks do not count. Undefined also where last is before first. */
export const parseRange = (of: Addressing, spaced: string): Range | undefined => {
  const text = spaced.replace(/[ \t]/g, '');
  const dash = text.indexOf('-');
  if (dash < 0) {
    const prefix = parsePrefix(of, text);
    return prefix && { first: prefix.first, last: prefix.last };
  }
  const first = of.parse(text.slice(0, dash));
  const last = of.parse(text.slice(dash + 1));
  return first === undefined || last === undefined || last < first ? undefined : { first, last };
};

/** `first-last`, the canonical spelling of a pool. */
export const formatRange = (of: Addressing, { first, last }: Range): string => `${of.format(first)}-${of.format(last)}`;

/** One address as a range, where a range is asked for. */
export const single = (address: bigint): Range => ({ first: address, last: address });

export const compareAddresses = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

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
  /** The values of all ranges that overlap the given one, in ascending order. */
  allOverlapping(range: Range): readonly T[];
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
    allOverlapping: (range) => {
      const found: T[] = [];
      for (let at = firstEndingFrom(range.first); ; at++) {
        const entry = entries[at];
        if (!entry || entry.range.first > range.last) return found;
        found.push(entry.value);
      }
    },
    find: (address) => overlapping(single(address)),
  };
};

/** What is leased: an address, or a prefix as people write it. */
export const leasedText = ({
  address,
  prefixLength,
}: {
  readonly address: string;
  readonly prefixLength?: number | undefined;
}): string => (prefixLength === undefined ? address : `${address}/${prefixLength}`);

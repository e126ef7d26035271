/** Addresses of IPv6 as text: read in every spelling, written in the one of RFC 5952, as Kea and PostgreSQL write them. */
import { isIPv6 } from 'node:net';
import type { Addressing } from './address.ts';
import { IPV4 } from './ipv4.ts';

const GROUPS = 8;

/** The groups of 16 bits of a part of an address; its last two may be written as an IPv4 address. */
const groupsIn = (part: string): number[] => {
  if (part === '') return [];
  const words = part.split(':');
  const last = words.at(-1) ?? '';
  if (!last.includes('.')) return words.map((word) => parseInt(word, 16));
  const low = Number(IPV4.parse(last) ?? 0n);
  return [...words.slice(0, -1).map((word) => parseInt(word, 16)), Math.floor(low / 65_536), low % 65_536];
};

const numberOf = (groups: readonly number[]): bigint => {
  const half = (from: number): bigint => {
    const [a = 0, b = 0, c = 0, d = 0] = groups.slice(from, from + 4);
    return (BigInt(a * 65_536 + b) << 32n) + BigInt(c * 65_536 + d);
  };
  return (half(0) << 64n) + half(4);
};

const HALF = (1n << 64n) - 1n;
const WORD = (1n << 32n) - 1n;

const groupsOf = (address: bigint): readonly number[] =>
  [address >> 64n, address & HALF].flatMap((half) =>
    [half >> 32n, half & WORD].flatMap((word) => {
      const number = Number(word);
      return [number >>> 16, number & 0xff_ff];
    }),
  );

/** Where the longest run of zero groups is, the first of equals: one of two groups at least is left out. */
const longestZeros = (groups: readonly number[]): readonly [start: number, length: number] => {
  let [bestStart, bestLength] = [0, 0];
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > bestLength) [bestStart, bestLength] = [start, index + 1 - start];
  }
  return bestLength > 1 ? [bestStart, bestLength] : [GROUPS, 0];
};

const words = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(':');

/** Addresses that are IPv4 ones in disguise, which every library writes with the dotted quad. */
const MAPPED = 0xff_ffn;

export const IPV6: Addressing = {
  version: 6,
  bits: 128,
  /** Not one with a zone, as `fe80::1%eth0`: that is no address alone. */
  parse: (text) => {
    if (!isIPv6(text) || text.includes('%')) return undefined;
    const [head = '', tail] = text.split('::');
    const [first, last] = [groupsIn(head), tail === undefined ? [] : groupsIn(tail)];
    return numberOf([...first, ...Array.from({ length: GROUPS - first.length - last.length }, () => 0), ...last]);
  },
  format: (address) => {
    if (address >> 32n === MAPPED) return `::ffff:${IPV4.format(address & WORD)}`;
    const groups = groupsOf(address);
    const [start, length] = longestZeros(groups);
    return length === 0 ? words(groups) : `${words(groups.slice(0, start))}::${words(groups.slice(start + length))}`;
  },
};

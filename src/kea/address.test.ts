import fc from 'fast-check';
import { Address6 } from 'ip-address';
import { describe, expect, it } from 'vitest';
import {
  addressCount,
  addressText,
  formatRange,
  hostsIn,
  parsePrefix,
  parseRange,
  rangeSet,
  without,
  withPort,
} from './address.ts';
import { IPV4 } from './ipv4.ts';
import { IPV6 } from './ipv6.ts';

describe('IPV4.parse', () => {
  it.each([
    ['reads a dotted quad', '192.0.2.1', 3_221_225_985n],
    ['reads the highest address', '255.255.255.255', 4_294_967_295n],
    ['refuses leading zeros, which some read as octal', '192.0.02.1', undefined],
    ['refuses a prefix', '192.0.2.0/24', undefined],
    ['refuses three parts', '192.0.2', undefined],
    ['refuses IPv6', '2001:db8::1', undefined],
    ['refuses an empty text', '', undefined],
  ])('%s', (_, text, expected) => {
    expect(IPV4.parse(text)).toBe(expected);
  });

  it('is undone by format', () => {
    expect(IPV4.format(3_221_225_985n)).toBe('192.0.2.1');
  });
});

describe('as text', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', '192.0.2.1:8000'],
    ['2001:DB8:0::1', '2001:db8::1', '[2001:DB8:0::1]:8000'],
    ['kea.example.org', 'kea.example.org', 'kea.example.org:8000'],
  ])('%s is %s, and %s with a port', (given, text, ported) => {
    expect(addressText(given)).toBe(text);
    expect(withPort(given, 8000)).toBe(ported);
  });
});

describe('IPV6', () => {
  it.each([
    ['reads a short spelling', '2001:db8::1', '2001:db8::1'],
    ['reads a long one, in capitals', '2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['reads the lowest', '::', '::'],
    ['reads the highest', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['leaves out the longest run of zeros', '2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['leaves out the first of two as long', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['leaves out no single zero', '2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['reads what ends as an IPv4 address', '64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['writes one of IPv4 in disguise with dots', '::ffff:c000:221', '::ffff:192.0.2.33'],
    ['refuses one with a zone', 'fe80::1%eth0', undefined],
    ['refuses two gaps', '2001::db8::1', undefined],
    ['refuses a prefix', '2001:db8::/32', undefined],
    ['refuses IPv4', '192.0.2.1', undefined],
    ['refuses an empty text', '', undefined],
  ])('%s', (_, text, expected) => {
    const number = IPV6.parse(text);
    expect(number === undefined ? undefined : IPV6.format(number)).toBe(expected);
  });

  it('says what a library says, of random addresses', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.nat(65_535)), { minLength: 8, maxLength: 8 }), (groups) => {
        const text = groups.map((group) => group.toString(16)).join(':');
        const address = new Address6(text);
        expect(IPV6.parse(text)).toBe(address.bigInt());
        if (!address.is4()) expect(IPV6.format(address.bigInt())).toBe(address.correctForm());
      }),
    );
  });

  it.each([
    ['all but the first of a prefix can be had', '2001:db8::/64', '2001:db8::1-2001:db8::ffff:ffff:ffff:ffff'],
    ['both of a link between two routers', '2001:db8::/127', '2001:db8::-2001:db8::1'],
    ['one that is alone', '2001:db8::7/128', '2001:db8::7-2001:db8::7'],
  ])('%s', (_, text, expected) => {
    const prefix = parsePrefix(IPV6, text);
    expect(prefix && formatRange(IPV6, hostsIn(prefix))).toBe(expected);
  });
});

describe('parsePrefix', () => {
  it.each([
    ['reads a network', '192.0.2.0/24', '192.0.2.0/24', true, 256n],
    ['cuts host bits off and says so', '192.0.2.77/24', '192.0.2.0/24', false, 256n],
    ['reads everything', '0.0.0.0/0', '0.0.0.0/0', true, 4_294_967_296n],
    ['reads one address', '192.0.2.1/32', '192.0.2.1/32', true, 1n],
  ])('%s', (_, text, expected, canonical, count) => {
    const prefix = parsePrefix(IPV4, text);
    expect(prefix).toMatchObject({ text: expected, canonical });
    expect(prefix && addressCount(prefix)).toBe(count);
  });

  it.each(['192.0.2.0', '192.0.2.0/33', '192.0.2.0/-1', '192.0.2.0/', 'x/24', '2001:db8::/32'])(
    'refuses %s',
    (text) => {
      expect(parsePrefix(IPV4, text)).toBeUndefined();
    },
  );
});

describe('parseRange', () => {
  it.each([
    ['reads first-last', '192.0.2.10-192.0.2.99', '192.0.2.10-192.0.2.99'],
    ['lets spaces stand around the dash', ' 192.0.2.10 - 192.0.2.99 ', '192.0.2.10-192.0.2.99'],
    ['reads a prefix', '192.0.2.64/26', '192.0.2.64-192.0.2.127'],
    ['reads one address as a range', '192.0.2.7-192.0.2.7', '192.0.2.7-192.0.2.7'],
  ])('%s', (_, text, expected) => {
    const range = parseRange(IPV4, text);
    expect(range && formatRange(IPV4, range)).toBe(expected);
  });

  it.each(['192.0.2.99-192.0.2.10', '192.0.2.10', '192.0.2.10-', 'a-b'])('refuses %s', (text) => {
    expect(parseRange(IPV4, text)).toBeUndefined();
  });
});

it.each([
  ['nothing', [], [[10, 19]]],
  [
    'its ends',
    [
      [18, 25],
      [0, 10],
    ],
    [[11, 17]],
  ],
  [
    'what lies amid it, in any order, and overlaps',
    [
      [16, 16],
      [12, 13],
      [13, 14],
    ],
    [
      [10, 11],
      [15, 15],
      [17, 19],
    ],
  ],
  [
    'all of it',
    [
      [0, 14],
      [15, 99],
    ],
    [],
  ],
  [
    'what lies elsewhere',
    [
      [0, 9],
      [20, 30],
    ],
    [[10, 19]],
  ],
])('without %s', (_case, others, left) => {
  const range = ([first = 0, last = 0]: readonly number[]) => ({ first: BigInt(first), last: BigInt(last) });
  expect(without(range([10, 19]), others.map(range))).toEqual(left.map(range));
});

describe('rangeSet', () => {
  const range = (first: number, last: number) => ({ first: BigInt(first), last: BigInt(last) });

  it('takes ranges that do not overlap, in any order', () => {
    const set = rangeSet<string>();
    expect([set.add(range(20, 29), 'b'), set.add(range(0, 9), 'a'), set.add(range(30, 30), 'c')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([set.find(9n), set.find(10n), set.find(29n), set.find(30n), set.find(31n)]).toEqual([
      'a',
      undefined,
      'b',
      'c',
      undefined,
    ]);
  });

  it.each([
    ['within it', 22, 23],
    ['around it', 0, 99],
    ['over its start', 0, 20],
    ['over its end', 29, 40],
  ])('names the winner of a range that lies %s, and does not enter the loser', (_, first, last) => {
    const set = rangeSet<string>();
    set.add(range(20, 29), 'winner');
    expect(set.add(range(first, last), 'loser')).toBe('winner');
    expect(set.find(BigInt(first === 20 ? 30 : first === 29 ? 40 : 0))).toBeUndefined();
  });

  it('agrees with comparing every pair', () => {
    const set = rangeSet<number>();
    const kept: { first: bigint; last: bigint }[] = [];
    let state = 1;
    const random = (limit: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % limit;
    };
    for (let i = 0; i < 500; i++) {
      const first = random(10_000);
      const candidate = range(first, first + random(30));
      const clash = kept.some((other) => other.first <= candidate.last && candidate.first <= other.last);
      expect(set.add(candidate, i) !== undefined).toBe(clash);
      if (!clash) kept.push(candidate);
    }
  });
});

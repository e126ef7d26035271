import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressCount, formatRange, parsePrefix, parseRange, rangeSet } from '../../../src/kea/address.ts';
import { IPV4 } from '../../../src/kea/ipv4.ts';
import { fuzz, INPUTS } from '../../support/fuzz.ts';
import { hostileText } from '../../support/hostile.ts';

const GREATEST = 4_294_967_295n;
const address = fc.bigInt({ min: 0n, max: GREATEST }).map((number) => IPV4.format(number));
const text = fc.oneof(
  hostileText(4096, [
    '.',
    '/',
    '-',
    ' ',
    '1',
    '10',
    '256',
    '/0',
    '/32',
    '/33',
    '10.0.0.1',
    '0.0.0.0',
    '255.255.255.255',
  ]),
  address,
  fc
    .tuple(address, fc.constantFrom('/', '-', ' - ', '.', ''), fc.oneof(address, fc.nat(40).map(String)))
    .map((parts) => parts.join('')),
);

it('an address is one of IPv4 in its one spelling, or none', () => {
  fuzz(INPUTS, text, (given) => {
    const parsed = IPV4.parse(given);
    if (parsed === undefined) return;
    expect(parsed >= 0n && parsed <= GREATEST).toBe(true);
    expect(IPV4.format(parsed)).toBe(given);
  });
});

it('a prefix holds what its length says, or is none', () => {
  fuzz(INPUTS, text, (given) => {
    const parsed = parsePrefix(IPV4, given);
    if (parsed === undefined) return;
    expect(addressCount(parsed)).toBe(2n ** BigInt(32 - parsed.length));
    expect(parsed.last <= GREATEST).toBe(true);
    expect(parsePrefix(IPV4, parsed.text)).toEqual({ ...parsed, canonical: true });
  });
});

it('a pool goes from its first to its last address, or is none', () => {
  fuzz(INPUTS, text, (given) => {
    const parsed = parseRange(IPV4, given);
    if (parsed === undefined) return;
    expect(parsed.first >= 0n && parsed.first <= parsed.last && parsed.last <= GREATEST).toBe(true);
    expect(parseRange(IPV4, formatRange(IPV4, parsed))).toEqual(parsed);
  });
});

it('of a set of ranges no two overlap, whatever is added', () => {
  fuzz(
    INPUTS / 20,
    fc.array(
      text.map((given) => parseRange(IPV4, given)),
      { maxLength: 40, size: 'max' },
    ),
    (ranges) => {
      const set = rangeSet<number>();
      const entered: number[] = [];
      for (const [index, range] of ranges.entries()) {
        if (range === undefined) continue;
        const winner = set.add(range, index);
        if (winner === undefined) entered.push(index);
        else expect(entered).toContain(winner);
      }
      for (const index of entered) {
        const range = ranges[index];
        if (range) expect([set.find(range.first), set.find(range.last)]).toEqual([index, index]);
      }
    },
  );
});

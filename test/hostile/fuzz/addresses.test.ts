import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressCount, formatRange, parsePrefix, parseRange, rangeSet } from '../../../src/kea/address.ts';
import { IPV4 } from '../../../src/kea/ipv4.ts';
import { IPV6 } from '../../../src/kea/ipv6.ts';
import { fuzz, INPUTS } from '../../support/fuzz.ts';
import { hostileText } from '../../support/hostile.ts';

const PIECES = {
  4: ['.', '/', '-', ' ', '1', '10', '256', '/0', '/32', '/33', '10.0.0.1', '0.0.0.0', '255.255.255.255'],
  6: [
    ':',
    '::',
    '.',
    '/',
    '-',
    ' ',
    '%',
    '1',
    'ffff',
    'g',
    '/0',
    '/128',
    '/129',
    '2001:db8::1',
    '::ffff:',
    '192.0.2.1',
  ],
} as const;

describe.each([IPV4, IPV6])('of IPv$version', (of) => {
  const greatest = 2n ** BigInt(of.bits) - 1n;
  const address = fc.bigInt({ min: 0n, max: greatest }).map((number) => of.format(number));
  const text = fc.oneof(
    hostileText(4096, PIECES[of.version]),
    address,
    fc
      .tuple(address, fc.constantFrom('/', '-', ' - ', '.', ''), fc.oneof(address, fc.nat(140).map(String)))
      .map((parts) => parts.join('')),
  );

  it('an address is one in one spelling, or none', () => {
    fuzz(INPUTS, text, (given) => {
      const parsed = of.parse(given);
      if (parsed === undefined) return;
      expect(parsed >= 0n && parsed <= greatest).toBe(true);
      expect(of.parse(of.format(parsed))).toBe(parsed);
      if (of.version === 4) expect(of.format(parsed)).toBe(given);
    });
  });

  it('a prefix holds what its length says, or is none', () => {
    fuzz(INPUTS, text, (given) => {
      const parsed = parsePrefix(of, given);
      if (parsed === undefined) return;
      expect(addressCount(parsed)).toBe(2n ** BigInt(of.bits - parsed.length));
      expect(parsed.last <= greatest).toBe(true);
      expect(parsePrefix(of, parsed.text)).toEqual({ ...parsed, canonical: true });
    });
  });

  it('a pool goes from its first to its last address, or is none', () => {
    fuzz(INPUTS, text, (given) => {
      const parsed = parseRange(of, given);
      if (parsed === undefined) return;
      expect(parsed.first >= 0n && parsed.first <= parsed.last && parsed.last <= greatest).toBe(true);
      expect(parseRange(of, formatRange(of, parsed))).toEqual(parsed);
    });
  });

  it('of a set of ranges no two overlap, whatever is added', () => {
    fuzz(
      INPUTS / 20,
      fc.array(
        text.map((given) => parseRange(of, given)),
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
});

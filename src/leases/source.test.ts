import { describe, expect, it } from 'vitest';
import { parseRange, type Range } from '../kea/address.ts';
import { IPV4 } from '../kea/ipv4.ts';
import {
  checkedLease,
  expiresAt,
  firstLeaseIn,
  INFINITE_LIFETIME,
  isActive,
  type Lease,
  type LeasePage,
  LeasesUnavailable,
  numberOf,
  pageOf,
} from './source.ts';

const lease = (over: Partial<Lease> = {}): Lease => ({
  address: '192.0.2.10',
  subnetId: 1,
  state: 'Active',
  cltt: 1_000,
  validLifetime: 600,
  ...over,
});

const range = (first: string, last: string): Range => {
  const found = parseRange(IPV4, `${first}-${last}`);
  if (found === undefined) throw new Error(`${first} to ${last} is no range`);
  return found;
};

describe('isActive', () => {
  it.each([
    ['a lease whose time runs', lease(), 1_599, true],
    ['a lease whose time is over to the second', lease(), 1_600, false],
    ['a declined address in its probation', lease({ state: 'Declined' }), 1_599, true],
    ['a declined address after it', lease({ state: 'Declined' }), 1_600, false],
    ['a lease for ever', lease({ validLifetime: INFINITE_LIFETIME }), 4e12, true],
    ['a reclaimed lease, kept for its client', lease({ state: 'Reclaimed' }), 1_001, false],
    ['a released lease, kept for its client', lease({ state: 'Released' }), 1_001, false],
  ])('%s', (_, of, now, active) => {
    expect(isActive(of, now)).toBe(active);
  });

  it('a lease for ever has no end', () => {
    expect(expiresAt(lease({ validLifetime: INFINITE_LIFETIME }))).toBeUndefined();
    expect(expiresAt(lease())).toBe(1_600);
  });
});

describe('what a peer says is a lease', () => {
  it.each([
    ['as Kea tells it', {}],
    ['of a client that went before 1970', { cltt: -1 }],
    ['for ever', { validLifetime: INFINITE_LIFETIME }],
  ])('is taken for one %s', (_, over) => {
    expect(checkedLease(IPV4, lease(over))).toEqual(lease(over));
  });

  it.each([
    ['of a name', { address: 'localhost' }, 'localhost'],
    ['of what a terminal obeys', { address: '\u001b[2J' }, '\\u{1b}[2J'],
    ['of an IPv6 address', { address: '2001:db8::1' }, '2001:db8::1'],
    ['of a path', { address: '../../../secrets' }, '../../../secrets'],
    ['of half a subnet', { subnetId: 0.5 }, '192.0.2.10'],
    ['of a subnet beyond all', { subnetId: 2 ** 40 }, '192.0.2.10'],
    ['of no time', { cltt: Number.NaN }, '192.0.2.10'],
    ['at the end of time', { cltt: Infinity }, '192.0.2.10'],
    ['longer than for ever', { validLifetime: 1e300 }, '192.0.2.10'],
  ])('is none %s', (_, over, name) => {
    expect(() => checkedLease(IPV4, lease(over))).toThrow(
      new LeasesUnavailable(`what is said to be a lease is none: of ${name}`),
    );
  });
});

describe('pageOf', () => {
  const at = (...addresses: string[]): readonly Lease[] => addresses.map((address) => lease({ address }));
  it.each([
    ['is the last where no more came than asked for', at('192.0.2.9', '192.0.2.10'), 2, undefined, undefined],
    ['has another after it where one more came', at('192.0.2.9', '192.0.2.10'), 1, undefined, '192.0.2.9'],
    ['may begin right after an address', at('192.0.2.10'), 2, '192.0.2.9', undefined],
    ['may be empty', [], 2, '192.0.2.9', undefined],
    [
      'has no more than asked for, however many came',
      at('192.0.2.1', '192.0.2.2', '192.0.2.3'),
      1,
      undefined,
      '192.0.2.1',
    ],
  ])('%s', (_, found, limit, after, next) => {
    const page = pageOf(found, limit, after);
    expect(page.next).toBe(next);
    expect(page.leases).toEqual(found.slice(0, limit));
  });

  it.each([
    ['goes back', at('192.0.2.10', '192.0.2.9'), undefined],
    ['says one twice', at('192.0.2.9', '192.0.2.9'), undefined],
    ['begins where the last one ended', at('192.0.2.9'), '192.0.2.9'],
    ['begins before', at('192.0.2.8'), '192.0.2.9'],
  ])('is none where it %s: nobody would come to its end', (_, found, after) => {
    expect(() => pageOf(found, 10, after)).toThrow(LeasesUnavailable);
  });
});

describe('firstLeaseIn', () => {
  const asked: unknown[] = [];
  const source = (...leases: Lease[]) => ({
    page: (limit: number, after?: string): Promise<LeasePage> => {
      asked.splice(0, asked.length, limit, after);
      return Promise.resolve({ leases });
    },
  });

  it('asks for one lease after the address before the first', async () => {
    expect(await firstLeaseIn(source(lease()), IPV4, range('192.0.2.0', '192.0.2.255'))).toEqual(lease());
    expect(asked).toEqual([1, '192.0.1.255']);
  });

  it('asks from the start where no address is before the first', async () => {
    await firstLeaseIn(source(), IPV4, range('0.0.0.0', '0.255.255.255'));
    expect(asked).toEqual([1, undefined]);
  });

  it('takes the last address of the range for inside', async () => {
    expect(await firstLeaseIn(source(lease()), IPV4, range('192.0.2.0', '192.0.2.10'))).toEqual(lease());
  });

  it('a lease beyond the range is none, though its text sorts before', async () => {
    expect(await firstLeaseIn(source(lease()), IPV4, range('192.0.2.0', '192.0.2.9'))).toBeUndefined();
  });

  it('refuses what is no address', () => {
    expect(() => numberOf('192.0.2.0/24')).toThrow('"192.0.2.0/24" is no address');
  });
});

import { describe, expect, it } from 'vitest';
import { INFINITE_LIFETIME, type Lease, type LeasePage, expiresAt, firstLeaseIn, isActive } from './source.ts';

const lease = (over: Partial<Lease> = {}): Lease => ({
  address: '192.0.2.10',
  subnetId: 1,
  state: 'Active',
  cltt: 1_000,
  validLifetime: 600,
  ...over,
});

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

describe('firstLeaseIn', () => {
  const asked: unknown[] = [];
  const source = (...leases: Lease[]) => ({
    page: (limit: number, after?: string): Promise<LeasePage> => {
      asked.splice(0, asked.length, limit, after);
      return Promise.resolve({ leases });
    },
  });

  it('asks for one lease after the address before the first', async () => {
    expect(await firstLeaseIn(source(lease()), '192.0.2.0', '192.0.2.255')).toEqual(lease());
    expect(asked).toEqual([1, '192.0.1.255']);
  });

  it('asks from the start where no address is before the first', async () => {
    await firstLeaseIn(source(), '0.0.0.0', '0.255.255.255');
    expect(asked).toEqual([1, undefined]);
  });

  it('takes the last address of the range for inside', async () => {
    expect(await firstLeaseIn(source(lease()), '192.0.2.0', '192.0.2.10')).toEqual(lease());
  });

  it('a lease beyond the range is none, though its text sorts before', async () => {
    expect(await firstLeaseIn(source(lease()), '192.0.2.0', '192.0.2.9')).toBeUndefined();
  });

  it('refuses what is no address', async () => {
    await expect(firstLeaseIn(source(), '192.0.2.0/24', '192.0.2.9')).rejects.toThrow(
      '"192.0.2.0/24" is no IPv4 address',
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IPV4 } from '../kea/ipv4.ts';
import { boundsOf, type LeaseSelection, narrowed, pageAmong, selectedOf, selects } from './selection.ts';
import type { Lease } from './source.ts';

const NOW = 1_000;
const lease = (over: Partial<Lease> = {}): Lease => ({
  address: '192.0.2.10',
  subnetId: 7,
  hwAddress: '02:00:00:00:00:01',
  hostname: 'Printer',
  state: 'Active',
  cltt: NOW,
  validLifetime: 60,
  ...over,
});
const at = (text: string): bigint => IPV4.parse(text) ?? 0n;

describe('a selection', () => {
  it.each<[Omit<LeaseSelection, 'now'>, boolean]>([
    [{}, true],
    [{ range: { first: at('192.0.2.0'), last: at('192.0.2.10') } }, true],
    [{ range: { first: at('192.0.2.11'), last: at('192.0.2.20') } }, false],
    [{ type: 'Address' }, true],
    [{ type: 'Prefix' }, false],
    [{ prefixLength: 56 }, false],
    [{ subnetIds: [7, 8] }, true],
    [{ subnetIds: [8] }, false],
    [{ notSubnetIds: [8] }, true],
    [{ notSubnetIds: [7] }, false],
    [{ hwAddress: '02:00:00:00:00:01' }, true],
    [{ clientId: '01:02' }, false],
    [{ duid: '01:02:03' }, false],
    [{ hostname: 'printer' }, true],
    [{ hostname: 'print' }, false],
    [{ hostnamePrefix: 'print' }, true],
    [{ hostnamePrefix: 'x' }, false],
    [{ states: ['Active', 'Declined'] }, true],
    [{ states: ['Expired'] }, false],
  ])('%# has the lease, or not', (selection, has) => {
    expect(selects({ ...selection, now: NOW })(lease())).toBe(has);
  });

  it('takes a lease for over when its time is, be it declined or leased', () => {
    const expired = selects({ states: ['Expired'], now: NOW + 60 });
    expect(expired(lease())).toBe(true);
    expect(expired(lease({ state: 'Declined' }))).toBe(true);
    expect(expired(lease({ state: 'Reclaimed' }))).toBe(false);
  });
});

const range = fc.tuple(fc.nat(20), fc.nat(20)).map(([a, b]) => ({ first: BigInt(a), last: BigInt(a + b) }));
const part = fc.record(
  {
    range,
    type: fc.constantFrom('Address' as const, 'Prefix' as const),
    subnetIds: fc.uniqueArray(fc.nat(4), { maxLength: 3 }),
    notSubnetIds: fc.uniqueArray(fc.nat(4), { maxLength: 3 }),
    hwAddress: fc.constantFrom('0a', '0b'),
    hostname: fc.constantFrom('a', 'ab'),
    hostnamePrefix: fc.constantFrom('a', 'ab', 'b'),
    states: fc.uniqueArray(fc.constantFrom('Active' as const, 'Expired' as const, 'Released' as const)),
  },
  { requiredKeys: [] },
);
const anyLease: fc.Arbitrary<Lease> = fc.record({
  address: fc.nat(40).map((n) => IPV4.format(BigInt(n))),
  subnetId: fc.nat(4),
  hwAddress: fc.constantFrom('0a', '0b'),
  hostname: fc.constantFrom('a', 'ab', 'B'),
  state: fc.constantFrom('Active' as const, 'Released' as const),
  cltt: fc.constantFrom(NOW, 0),
  validLifetime: fc.constant(60),
});

it('what is narrowed has what both have, and is nothing only where both have nothing', () => {
  fc.assert(
    fc.property(part, part, fc.array(anyLease), (a, b, leases) => {
      const [first, second] = [selects({ ...a, now: NOW }), selects({ ...b, now: NOW })];
      const expected = leases.filter((one) => first(one) && second(one));
      const one = narrowed({ now: NOW }, a);
      const both = one && narrowed(one, b);
      expect(both === undefined ? [] : leases.filter(selects(both))).toEqual(expected);
    }),
  );
});

describe('a page', () => {
  const leases = ['192.0.2.30', '192.0.2.9', '192.0.2.10', '192.0.2.20'].map((address) => lease({ address }));
  it('out of leases in any order is in that of their addresses', () => {
    const page = pageAmong({ now: NOW }, leases, 2, undefined);
    expect([page.leases.map(({ address }) => address), page.next]).toEqual([['192.0.2.9', '192.0.2.10'], '192.0.2.10']);
    const last = pageAmong({ now: NOW }, leases, 2, page.next);
    expect([last.leases.map(({ address }) => address), last.next]).toEqual([['192.0.2.20', '192.0.2.30'], undefined]);
  });

  it.each([
    ['goes on where the store did, though it has nothing', 'x', undefined, '192.0.2.10'],
    ['ends where the range does', 'printer', { first: at('192.0.2.0'), last: at('192.0.2.10') }, undefined],
    ['goes on within the range', 'printer', { first: at('192.0.2.0'), last: at('192.0.2.11') }, '192.0.2.10'],
  ])('%s', (_, hostname, inRange, next) => {
    const selection: LeaseSelection = { now: NOW, hostname, ...(inRange === undefined ? {} : { range: inRange }) };
    expect(selectedOf(selection, { leases: [lease()], next: '192.0.2.10' }).next).toBe(next);
  });

  it.each([
    [undefined, undefined, 0n, 0xffffffffn],
    [undefined, '0.0.0.9', 10n, 0xffffffffn],
    [{ first: 5n, last: 20n }, undefined, 5n, 20n],
    [{ first: 5n, last: 20n }, '0.0.0.9', 10n, 20n],
    [{ first: 5n, last: 20n }, '0.0.0.1', 5n, 20n],
  ])('of a range after an address is looked for between two addresses: %#', (inRange, after, first, last) => {
    const selection = inRange === undefined ? { now: NOW } : { now: NOW, range: inRange };
    expect(boundsOf(selection, after, 32)).toEqual({ first, last });
  });

  it('after the last address is not looked for at all', () => {
    expect(boundsOf({ now: NOW }, '255.255.255.255', 32)).toBeUndefined();
    expect(boundsOf({ now: NOW, range: { first: 5n, last: 9n } }, '0.0.0.9', 32)).toBeUndefined();
  });
});

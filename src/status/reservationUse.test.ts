import { describe, expect, it } from 'vitest';
import { reservation } from '../../test/support/objects.ts';
import { hostReservationKind } from '../api/hostReservation.ts';
import { type LeaseFacts, reservedAddressesOf, writeUse } from './reservationUse.ts';

const NOW = 1_800_000_000;
const leasesOf = (...leases: readonly (LeaseFacts | undefined)[]): ReadonlyMap<string, LeaseFacts> =>
  new Map(leases.flatMap((lease) => (lease ? [[lease.address, lease] as const] : [])));

describe('writeUse', () => {
  const lease = (more: Partial<LeaseFacts> = {}): LeaseFacts => ({
    address: '10.0.0.9',
    hwAddress: '02:00:5e:10:00:01',
    state: 'Active',
    cltt: NOW - 100,
    validLifetime: 3600,
    ...more,
  });
  const printer = (identifier: unknown = { hwAddress: '02:00:5E:10:00:01' }, status?: unknown) =>
    reservation('printer', { subnetRef: { name: 'office' }, identifier, ipAddress: '10.0.0.9' }, { status });

  it.each([
    { because: 'there is no lease', of: printer(), lease: undefined, use: 'Unused' },
    { because: 'the client holds it', of: printer(), lease: lease(), use: 'InUse', address: '10.0.0.9' },
    {
      because: 'the client holds it for ever',
      of: printer(),
      lease: lease({ cltt: 0, validLifetime: 4_294_967_295 }),
      use: 'InUse',
      address: '10.0.0.9',
    },
    {
      because: 'its time is over',
      of: printer(),
      lease: lease({ validLifetime: 100 }),
      use: 'Expired',
      address: '10.0.0.9',
    },
    {
      because: 'Kea has taken it back',
      of: printer(),
      lease: lease({ state: 'Reclaimed' }),
      use: 'Expired',
      address: '10.0.0.9',
    },
    { because: 'the client gave it back', of: printer(), lease: lease({ state: 'Released' }), use: 'Unused' },
    {
      because: 'somebody else uses the address',
      of: printer(),
      lease: lease({ state: 'Declined' }),
      use: 'Declined',
      address: '10.0.0.9',
    },
    {
      because: 'the probation of a declined address is over',
      of: printer(),
      lease: lease({ state: 'Declined', validLifetime: 1 }),
      use: 'Unused',
    },
    {
      because: 'another client holds it',
      of: printer(),
      lease: lease({ hwAddress: '02:00:5e:10:00:02' }),
      use: 'InConflict',
      holder: { address: '10.0.0.9', hwAddress: '02:00:5e:10:00:02' },
    },
    {
      because: 'another client held it',
      of: printer(),
      lease: lease({ hwAddress: '02:00:5e:10:00:02', validLifetime: 1 }),
      use: 'Unused',
    },
    {
      because: 'a DUID stands in the client identifier',
      of: printer({ duid: '00:01:02' }),
      lease: lease({ clientId: 'ff:00:00:00:01:00:01:02' }),
      use: 'InUse',
      address: '10.0.0.9',
    },
    {
      because: 'another DUID is another client',
      of: printer({ duid: '00:01:02' }),
      lease: lease({ clientId: 'ff:00:00:00:01:00:01:03' }),
      use: 'InConflict',
      holder: { address: '10.0.0.9', hwAddress: '02:00:5e:10:00:01', clientId: 'ff:00:00:00:01:00:01:03' },
    },
    {
      because: 'a client identifier may be text',
      of: printer({ clientId: "'ab'" }),
      lease: lease({ clientId: '61:62' }),
      use: 'InUse',
      address: '10.0.0.9',
    },
    {
      because: 'a lease does not tell the circuit',
      of: printer({ circuitId: "'port-7'" }),
      lease: lease(),
      use: 'InUse',
      address: '10.0.0.9',
    },
  ])('$use: $because', ({ of, lease: found, use, address, holder }) => {
    const status = writeUse(of, leasesOf(found), NOW)?.status;
    expect(status).toEqual({
      use,
      ...(address === undefined ? {} : { address }),
      ...(holder === undefined ? {} : { holder }),
    });
    expect(hostReservationKind.status.safeParse(status).success).toBe(true);
  });

  describe('of IPv6', () => {
    const router = (spec: object = {}) =>
      reservation('router', {
        subnetRef: { name: 'office' },
        identifier: { duid: '00:01:02' },
        ipAddresses: ['2001:DB8:1::9'],
        prefixes: ['2001:db8:8000:100::/56'],
        ...spec,
      });
    const of = (duid: string, more: Partial<LeaseFacts>): LeaseFacts => ({ ...lease(more), duid });
    const address = of('00:01:02', { address: '2001:db8:1::9' });
    const prefix = of('00:01:02', { address: '2001:db8:8000:100::', prefixLength: 56 });
    const [over, another] = [{ validLifetime: 1 }, { duid: '00:01:03' }];

    it.each<readonly [string, readonly LeaseFacts[], object]>([
      ['nothing is leased', [], { use: 'Unused' }],
      ['the client has the address', [address], { use: 'InUse', address: '2001:db8:1::9' }],
      ['the client has the prefix alone', [prefix], { use: 'InUse', address: '2001:db8:8000:100::/56' }],
      ['it has both', [prefix, address], { use: 'InUse', address: '2001:db8:1::9' }],
      [
        'another has one of them',
        [address, { ...prefix, ...another }],
        {
          use: 'InConflict',
          holder: { address: '2001:db8:8000:100::/56', hwAddress: '02:00:5e:10:00:01', duid: '00:01:03' },
        },
      ],
      ['its time is over', [{ ...address, ...over }], { use: 'Expired', address: '2001:db8:1::9' }],
      ['a prefix of another length begins there', [{ ...prefix, prefixLength: 64 }], { use: 'Unused' }],
      [
        'its address is somebody else’s',
        [{ ...address, state: 'Declined' }, prefix],
        { use: 'Declined', address: '2001:db8:1::9' },
      ],
    ])('%s', (_, leases, status) => {
      expect(writeUse(router(), leasesOf(...leases), NOW)?.status).toEqual(status);
      expect(hostReservationKind.status.safeParse(status).success).toBe(true);
    });

    it('is looked up by addresses in their one spelling, those of prefixes being their first', () => {
      expect(reservedAddressesOf(router())).toEqual(['2001:db8:1::9', '2001:db8:8000:100::']);
      expect(reservedAddressesOf(router({ ipAddresses: 'x', prefixes: [7, 'y'] }))).toEqual([]);
      expect(reservedAddressesOf(printer())).toEqual(['10.0.0.9']);
    });
  });

  it('writes nothing where nothing moved, or no address is reserved', () => {
    expect(writeUse(printer(undefined, { use: 'InUse', address: '10.0.0.9' }), leasesOf(lease()), NOW)).toBeUndefined();
    expect(writeUse(printer(undefined, { use: 'Unused', address: '10.0.0.9' }), leasesOf(), NOW)).toBeDefined();
    expect(writeUse(reservation('name', { identifier: { duid: '000102' } }), leasesOf(), NOW)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { reservation, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { hostReservationKind } from '../api/hostReservation.ts';
import { subnetKind } from '../api/subnet.ts';
import { formatRange } from '../kea/address.ts';
import { IPV4 } from '../kea/ipv4.ts';
import { gapsOf, type LeaseFacts, reservedAddressesOf, utilizationOf, writeUse, writeUtilization } from './usage.ts';

const NOW = 1_800_000_000;
const leasesOf = (...leases: readonly (LeaseFacts | undefined)[]): ReadonlyMap<string, LeaseFacts> =>
  new Map(leases.flatMap((lease) => (lease ? [[lease.address, lease] as const] : [])));

describe('the utilization of a Subnet', () => {
  const POOLS = [{ pool: '10.0.0.0/25' }, { pool: '10.0.0.200-10.0.0.209' }];
  const office = (pools: unknown = POOLS, status?: unknown) =>
    subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', pools }, { status });

  it.each([
    {
      because: 'the total is counted from the pools, without the network address',
      usage: { assigned: 68, declined: 1, outside: 0 },
      is: { total: 137, assigned: 68, declined: 1, percent: 49, outsidePools: 0 },
    },
    {
      because: 'leased addresses in no pool fill none',
      usage: { assigned: 1, declined: 0, outside: 200 },
      is: { total: 137, assigned: 1, declined: 0, percent: 0, outsidePools: 200 },
    },
    {
      because: 'a lease that came between two questions makes no pool more than full',
      usage: { assigned: 138, declined: 0, outside: 0 },
      is: { total: 137, assigned: 137, declined: 0, percent: 100, outsidePools: 0 },
    },
    {
      because: 'of a Subnet that no source speaks of nothing is leased',
      usage: undefined,
      is: { total: 137, assigned: 0, declined: 0, percent: 0, outsidePools: 0 },
    },
  ])('$because', ({ usage, is }) => {
    expect(utilizationOf(office(), usage)).toEqual(is);
  });

  describe('of IPv6', () => {
    const subnet6 = (spec: object) => subnet('office', { ...TO_PAIR, cidr: '2001:db8:1::/64', ...spec });
    const PD_POOLS = [
      { prefix: '2001:db8:8000::/48', delegatedLen: 56 },
      { prefix: '2001:db8:9000::/62', delegatedLen: 64 },
    ];
    const none = { assigned: 0, declined: 0, percent: 0, outsidePools: 0 };

    it.each([
      {
        because: 'of more addresses than there are numbers the greatest is told',
        spec: { pools: [{ pool: '2001:db8:1::/64' }] },
        usage: { assigned: 5, declined: 0, outside: 0, delegated: 0 },
        is: { ...none, total: Number.MAX_SAFE_INTEGER, assigned: 5 },
      },
      {
        because: 'prefixes are counted beside addresses',
        spec: { pools: [{ pool: '2001:db8:1::10-2001:db8:1::13' }], pdPools: PD_POOLS },
        usage: { assigned: 1, declined: 0, outside: 0, delegated: 7 },
        is: { ...none, total: 4, assigned: 1, percent: 25, prefixes: 260, delegated: 7 },
      },
      {
        because: 'of a Subnet that no source speaks of no prefix is delegated',
        spec: { pdPools: PD_POOLS },
        usage: undefined,
        is: { ...none, total: 0, prefixes: 260, delegated: 0 },
      },
      {
        because: 'reserved prefixes are delegated without a pool',
        spec: {},
        usage: { assigned: 2, declined: 0, outside: 0, delegated: 1 },
        is: { ...none, total: 0, outsidePools: 2, prefixes: 0, delegated: 1 },
      },
      {
        because: 'and of more prefixes than there are numbers the greatest is told',
        spec: { pdPools: [{ prefix: '2001:db8::/32', delegatedLen: 128 }] },
        usage: undefined,
        is: { ...none, total: 0, prefixes: Number.MAX_SAFE_INTEGER, delegated: 0 },
      },
    ])('$because', ({ spec, usage, is }) => {
      expect(utilizationOf(subnet6(spec), usage)).toEqual(is);
      expect(subnetKind.status.safeParse({ utilization: is }).success).toBe(true);
    });
  });

  it('has all leases outside where there are no pools', () => {
    const reserved = { total: 0, assigned: 0, declined: 0, percent: 0, outsidePools: 7 };
    expect(utilizationOf(office([]), { assigned: 7, declined: 1, outside: 0 })).toEqual(reserved);
    expect(gapsOf(office([]))).toEqual([]);
  });

  it('is told apart by the addresses that are in no pool', () => {
    const gaps = ['10.0.0.0-10.0.0.0', '10.0.0.128-10.0.0.199', '10.0.0.210-10.0.0.255'];
    expect(gapsOf(office()).map((gap) => formatRange(IPV4, gap))).toEqual(gaps);
  });

  it('is written where it moved', () => {
    const utilization = { total: 137, assigned: 0, declined: 0, percent: 0, outsidePools: 0 };
    const known = office(POOLS, { utilization, subnetId: 7 });
    expect(writeUtilization(known, utilization)).toBeUndefined();
    expect(writeUtilization(known, { ...utilization, outsidePools: 1 })).toBeDefined();
  });
});

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
  ])('$use: $because', ({ of, lease: found, use, address }) => {
    expect(writeUse(of, leasesOf(found), NOW)?.status).toEqual({ use, ...(address === undefined ? {} : { address }) });
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
      ['another has one of them', [address, { ...prefix, ...another }], { use: 'InConflict' }],
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

import { describe, expect, it } from 'vitest';
import { reservation, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { formatRange } from '../kea/address.ts';
import { IPV4 } from '../kea/ipv4.ts';
import { gapsOf, type LeaseFacts, utilizationOf, writeUse, writeUtilization } from './usage.ts';

const NOW = 1_800_000_000;

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
    expect(writeUse(of, found, NOW)?.status).toEqual({ use, ...(address === undefined ? {} : { address }) });
  });

  it('writes nothing where nothing moved, or no address is reserved', () => {
    expect(writeUse(printer(undefined, { use: 'InUse', address: '10.0.0.9' }), lease(), NOW)).toBeUndefined();
    expect(writeUse(printer(undefined, { use: 'Unused', address: '10.0.0.9' }), undefined, NOW)).toBeDefined();
    expect(writeUse(reservation('name', { identifier: { duid: '000102' } }), undefined, NOW)).toBeUndefined();
  });
});

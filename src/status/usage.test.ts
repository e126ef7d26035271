import { describe, expect, it } from 'vitest';
import { reservation, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { type LeaseFacts, writeUse, writeUtilization } from './usage.ts';

const NOW = 1_800_000_000;

describe('writeUtilization', () => {
  const office = (status?: unknown) =>
    subnet(
      'office',
      { ...TO_PAIR, cidr: '10.0.0.0/24', pools: [{ pool: '10.0.0.0/25' }, { pool: '10.0.0.200-10.0.0.209' }] },
      { status },
    );

  it.each([
    {
      because: 'the total is counted from the pools where the source does not know it',
      usage: { assigned: 69, declined: 1 },
      total: 138,
      percent: 50,
    },
    { because: 'percent is rounded down', usage: { total: 3, assigned: 2, declined: 0 }, total: 3, percent: 66 },
    {
      because: 'reserved addresses outside the pools do not make it more than full',
      usage: { total: 10, assigned: 12, declined: 0 },
      total: 10,
      percent: 100,
    },
    {
      because: 'a subnet without pools is not full',
      usage: { total: 0, assigned: 0, declined: 0 },
      total: 0,
      percent: 0,
    },
  ])('$because', ({ usage, total, percent }) => {
    expect(writeUtilization(office(), usage)?.status).toEqual({
      utilization: { total, assigned: usage.assigned, declined: usage.declined, percent },
    });
  });

  it('writes nothing where nothing moved', () => {
    const status = { utilization: { total: 138, assigned: 0, declined: 0, percent: 0 }, subnetId: 7 };
    expect(writeUtilization(office(status), undefined)).toBeUndefined();
    expect(writeUtilization(office(status), { assigned: 1, declined: 0 })).toBeDefined();
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

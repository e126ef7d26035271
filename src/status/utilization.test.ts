import { describe, expect, it } from 'vitest';
import { subnet, TO_PAIR } from '../../test/support/objects.ts';
import { subnetKind } from '../api/subnet.ts';
import { formatRange } from '../kea/address.ts';
import { IPV4 } from '../kea/ipv4.ts';
import { poolsOf, sumOf, utilizationOf } from './utilization.ts';

describe('the utilization of a Subnet', () => {
  const POOLS = [{ pool: '10.0.0.0/25' }, { pool: '10.0.0.200-10.0.0.209' }];
  const office = (pools: unknown = POOLS) => subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', pools });
  const inPools = (first: object = {}, second: object = {}) => [
    { pool: '10.0.0.0/25', total: 127, assigned: 0, declined: 0, percent: 0, ...first },
    { pool: '10.0.0.200-10.0.0.209', total: 10, assigned: 0, declined: 0, percent: 0, ...second },
  ];

  it.each([
    {
      because: 'the total is counted from the pools, without the network address',
      usage: {
        assigned: 68,
        declined: 1,
        outside: 0,
        pools: [
          { assigned: 59, declined: 0 },
          { assigned: 9, declined: 1 },
        ],
      },
      is: {
        total: 137,
        assigned: 68,
        declined: 1,
        free: 69,
        percent: 49,
        outsidePools: 0,
        pools: inPools({ assigned: 59, percent: 46 }, { assigned: 9, declined: 1, percent: 90 }),
      },
    },
    {
      because: 'leased addresses in no pool fill none',
      usage: { assigned: 0, declined: 0, outside: 200 },
      is: { total: 137, assigned: 0, declined: 0, free: 137, percent: 0, outsidePools: 200, pools: inPools() },
    },
    {
      because: 'a lease that came between two questions makes no pool more than full',
      usage: {
        assigned: 138,
        declined: 0,
        outside: 0,
        pools: [
          { assigned: 127, declined: 0 },
          { assigned: 11, declined: 0 },
        ],
      },
      is: {
        total: 137,
        assigned: 137,
        declined: 0,
        free: 0,
        percent: 100,
        outsidePools: 0,
        pools: inPools({ assigned: 127, percent: 100 }, { assigned: 10, percent: 100 }),
      },
    },
    {
      because: 'of a Subnet that no source speaks of nothing is leased',
      usage: undefined,
      is: { total: 137, assigned: 0, declined: 0, free: 137, percent: 0, outsidePools: 0, pools: inPools() },
    },
  ])('$because', ({ usage, is }) => {
    const utilization = utilizationOf(office(), usage);
    expect(utilization).toEqual(is);
    expect(subnetKind.status.safeParse({ utilization }).success).toBe(true);
  });

  describe('of IPv6', () => {
    const subnet6 = (spec: object) => subnet('office', { ...TO_PAIR, cidr: '2001:db8:1::/64', ...spec });
    const PD_POOLS = [
      { prefix: '2001:db8:8000::/48', delegatedLen: 56 },
      { prefix: '2001:db8:9000::/62', delegatedLen: 64 },
    ];
    const none = { assigned: 0, declined: 0, free: 0, percent: 0, outsidePools: 0 };
    const delegated = (first: number, second: number, [a, b]: readonly [number, number] = [0, 0]) => [
      { prefix: '2001:db8:8000::/48', delegatedLen: 56, total: 256, delegated: first, percent: a },
      { prefix: '2001:db8:9000::/62', delegatedLen: 64, total: 4, delegated: second, percent: b },
    ];
    const most = Number.MAX_SAFE_INTEGER;

    it.each([
      {
        because: 'of more addresses than there are numbers the greatest is told',
        spec: { pools: [{ pool: '2001:db8:1::/64' }] },
        usage: { assigned: 5, declined: 0, outside: 0, pools: [{ assigned: 5, declined: 0 }] },
        is: {
          ...none,
          total: most,
          assigned: 5,
          free: most - 5,
          pools: [{ pool: '2001:db8:1::/64', total: most, assigned: 5, declined: 0, percent: 0 }],
        },
      },
      {
        because: 'prefixes are counted beside addresses',
        spec: { pools: [{ pool: '2001:db8:1::10-2001:db8:1::13' }], pdPools: PD_POOLS },
        usage: {
          assigned: 1,
          declined: 0,
          outside: 0,
          pools: [{ assigned: 1, declined: 0 }],
          delegatedOutside: 2,
          pdPools: [7, 3],
        },
        is: {
          total: 4,
          assigned: 1,
          declined: 0,
          free: 3,
          percent: 25,
          outsidePools: 0,
          pools: [{ pool: '2001:db8:1::10-2001:db8:1::13', total: 4, assigned: 1, declined: 0, percent: 25 }],
          prefixes: 260,
          delegated: 10,
          prefixPercent: 3,
          delegatedOutsidePools: 2,
          pdPools: delegated(7, 3, [2, 75]),
        },
      },
      {
        because: 'of a Subnet that no source speaks of no prefix is delegated',
        spec: { pdPools: PD_POOLS },
        usage: undefined,
        is: {
          ...none,
          total: 0,
          prefixes: 260,
          delegated: 0,
          prefixPercent: 0,
          delegatedOutsidePools: 0,
          pdPools: delegated(0, 0),
        },
      },
      {
        because: 'reserved prefixes are delegated without a pool',
        spec: {},
        usage: { assigned: 2, declined: 0, outside: 0, delegatedOutside: 1 },
        is: {
          ...none,
          total: 0,
          outsidePools: 2,
          prefixes: 0,
          delegated: 0,
          prefixPercent: 0,
          delegatedOutsidePools: 1,
        },
      },
      {
        because: 'and of more prefixes than there are numbers the greatest is told',
        spec: { pdPools: [{ prefix: '2001:db8::/32', delegatedLen: 128 }] },
        usage: undefined,
        is: {
          ...none,
          total: 0,
          prefixes: most,
          delegated: 0,
          prefixPercent: 0,
          delegatedOutsidePools: 0,
          pdPools: [{ prefix: '2001:db8::/32', delegatedLen: 128, total: most, delegated: 0, percent: 0 }],
        },
      },
    ])('$because', ({ spec, usage, is }) => {
      expect(utilizationOf(subnet6(spec), usage)).toEqual(is);
      expect(subnetKind.status.safeParse({ utilization: is }).success).toBe(true);
    });
  });

  it('has all leases outside where there are no pools', () => {
    const reserved = { total: 0, assigned: 0, declined: 0, free: 0, percent: 0, outsidePools: 7 };
    expect(utilizationOf(office([]), { assigned: 7, declined: 1, outside: 0 })).toEqual(reserved);
    expect(poolsOf(office([]))).toEqual({ pools: [], gaps: [], pdPools: [] });
  });

  it('is told apart by pools, and by the addresses that are in none', () => {
    const texts = (ranges: ReturnType<typeof poolsOf>['gaps']) => ranges.map((range) => formatRange(IPV4, range));
    const { pools, gaps } = poolsOf(office());
    expect(texts(pools)).toEqual(['10.0.0.1-10.0.0.127', '10.0.0.200-10.0.0.209']);
    expect(texts(gaps)).toEqual(['10.0.0.0-10.0.0.0', '10.0.0.128-10.0.0.199', '10.0.0.210-10.0.0.255']);
  });
});

describe('the sum of several', () => {
  const one = { total: 10, assigned: 9, declined: 1, free: 1, percent: 90, outsidePools: 2 };

  it('has its own percent', () => {
    const other = { total: 90, assigned: 1, declined: 0, free: 89, percent: 1, outsidePools: 0 };
    expect(sumOf([one, other])).toEqual({
      total: 100,
      assigned: 10,
      declined: 1,
      free: 90,
      percent: 10,
      outsidePools: 2,
    });
  });

  it('has prefixes where one has some', () => {
    const other = { ...one, prefixes: 4, delegated: 3, prefixPercent: 75, delegatedOutsidePools: 1 };
    expect(sumOf([one, other])).toMatchObject({
      total: 20,
      prefixes: 4,
      delegated: 3,
      prefixPercent: 75,
      delegatedOutsidePools: 1,
    });
  });

  it('is none of nothing, and bounded as each is', () => {
    expect(sumOf([])).toEqual({ total: 0, assigned: 0, declined: 0, free: 0, percent: 0, outsidePools: 0 });
    const many = { ...one, total: Number.MAX_SAFE_INTEGER };
    expect(sumOf([many, many]).total).toBe(Number.MAX_SAFE_INTEGER);
  });
});

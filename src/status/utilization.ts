/** How full the pools of Subnets are, each and summed up. */
import type { Subnet, SubnetStatus } from '../api/index.ts';
import { delegatedIn, prefixCount } from '../compile/pdPools.ts';
import { cidrIn, poolsIn } from '../compile/pools.ts';
import { addressCount, type Range, without } from '../kea/address.ts';

/** Leased addresses, declined ones among them. */
interface Found {
  readonly assigned: number;
  readonly declined: number;
}

/** Lease statistics of one subnet; `SubnetUsage` of src/leases/source.ts fits. */
export interface Usage extends Found {
  readonly outside: number;
  /** By pool, in the order of the specification. */
  readonly pools?: readonly Found[];
  /** Leased prefixes that are of no pdPool. */
  readonly delegatedOutside?: number;
  readonly pdPools?: readonly number[];
}

/** Lease statistics of a Subnet as its status has them. */
export type Utilization = NonNullable<SubnetStatus['utilization']>;

/** The same of several Subnets together. */
export type SummedUtilization = Omit<Utilization, 'pools' | 'pdPools'>;

/** What of a Subnet's addresses is told apart, as `SubnetPools` of src/leases/usage.ts asks for it. */
interface Parts {
  readonly pools: readonly Range[];
  /** Addresses that are in no pool. */
  readonly gaps: readonly Range[];
  readonly pdPools: readonly Range[];
}

/** Without pools no address is told apart: all are in none. */
export const poolsOf = ({ spec }: Subnet): Parts => {
  const pools = poolsIn(spec).map(({ range }) => range);
  const prefix = cidrIn(spec);
  return {
    pools,
    gaps: prefix && pools.length > 0 ? without(prefix, pools) : [],
    pdPools: delegatedIn(spec).map((pool) => pool.prefix),
  };
};

const NOTHING: Found = { assigned: 0, declined: 0 };
const UNUSED: Usage = { ...NOTHING, outside: 0 };

/** JSON has no greater whole numbers that everybody reads alike. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);
const bounded = (counts: readonly (bigint | number)[]): number => {
  const sum = counts.reduce<bigint>((all, count) => all + BigInt(count), 0n);
  return Number(sum > MOST ? MOST : sum);
};

const percentOf = (given: number, total: number): number => (total === 0 ? 0 : Math.floor((given * 100) / total));

/** How full a Subnet is. Without usage there are no leases in it. */
export const utilizationOf = ({ spec }: Subnet, usage: Usage = UNUSED): Utilization => {
  const pools = poolsIn(spec).map(({ text, range }, index) => {
    const total = bounded([addressCount(range)]);
    const found = usage.pools?.[index] ?? NOTHING;
    // Of a pool that became smaller since it was counted no more is leased than it has.
    const assigned = Math.min(total, found.assigned);
    return { pool: text, total, assigned, declined: found.declined, percent: percentOf(assigned, total) };
  });
  const pdPools = delegatedIn(spec).map((pool, index) => {
    const total = bounded([prefixCount(pool)]);
    const delegated = Math.min(total, usage.pdPools?.[index] ?? 0);
    const { prefix, delegatedLen = prefix.length } = pool;
    return { prefix: prefix.text, delegatedLen, total, delegated, percent: percentOf(delegated, total) };
  });
  return {
    ...summed(
      bounded(pools.map(({ total }) => total)),
      pools.length > 0 ? usage : { ...NOTHING, outside: usage.assigned + usage.outside },
    ),
    ...prefixesOf(
      bounded(pdPools.map(({ total }) => total)),
      bounded(pdPools.map(({ delegated }) => delegated)),
      usage.delegatedOutside ?? 0,
    ),
    ...(pools.length > 0 ? { pools } : {}),
    ...(pdPools.length > 0 ? { pdPools } : {}),
  };
};

const summed = (total: number, { declined, outside, ...usage }: Usage): SummedUtilization => {
  const assigned = Math.min(total, usage.assigned);
  const percent = percentOf(assigned, total);
  return { total, assigned, declined, free: total - assigned, percent, outsidePools: outside };
};

/** Nothing where no prefix is delegated, and there is none to delegate. */
const prefixesOf = (prefixes: number, delegated: number, outside: number) =>
  prefixes + delegated + outside === 0
    ? {}
    : {
        prefixes,
        delegated,
        prefixPercent: percentOf(delegated, prefixes),
        delegatedOutsidePools: outside,
      };

/** All of several Subnets. */
export const sumOf = (all: readonly SummedUtilization[]): SummedUtilization => {
  const of = (figure: keyof SummedUtilization): number => bounded(all.map((one) => one[figure] ?? 0));
  return {
    ...summed(of('total'), { assigned: of('assigned'), declined: of('declined'), outside: of('outsidePools') }),
    ...prefixesOf(of('prefixes'), of('delegated'), of('delegatedOutsidePools')),
  };
};

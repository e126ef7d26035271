/** How many leases are in each pool of a subnet, and how many beside them. */
import type { Addressing, Range } from '../kea/address.ts';
import type { Lease, LeaseSource, SubnetUsage } from './source.ts';
import { walkRanges } from './walk.ts';

/** The addresses of a subnet that are told apart. No two of a kind overlap. */
export interface SubnetPools {
  readonly pools: readonly Range[];
  /** Addresses of the subnet that are in no pool. */
  readonly gaps: readonly Range[];
  /** Prefixes that are cut up for clients. They need not lie in the subnet, and may lie in a gap. */
  readonly pdPools: readonly Range[];
}

/** What there is to tell apart in a subnet; undefined of one that nobody knows, whose leases are only counted. */
export type PoolsOf = (subnetId: number) => SubnetPools | undefined;

type Part = keyof SubnetPools;

/** Addresses of a subnet, one after another, of which the leases are to be counted. */
export interface Stretch extends Range {
  readonly subnetId: number;
  /** What they are: leases of prefixes count in pdPools, those of addresses in all else. */
  readonly part: Part;
  /** Which of those of the subnet. */
  readonly index: number;
}

/** Leased addresses, declined ones among them; or leased prefixes, of which none is ever declined. */
export interface Found {
  readonly assigned: number;
  readonly declined: number;
}

/** All of a subnet. */
export interface Count extends Found {
  readonly subnetId: number;
  readonly delegated?: number;
}

/** What is to be counted, and what follows from it. */
export interface Division {
  /** In ascending order, those of addresses and those of prefixes apart: the latter may lie within the former. */
  readonly addresses: readonly Stretch[];
  readonly prefixes: readonly Stretch[];
  /** The usage of all subnets, by what was counted; a stretch that is missing has no lease. */
  readonly usages: (counted: ReadonlyMap<Stretch, Found>) => readonly SubnetUsage[];
}

const NOTHING: Found = { assigned: 0, declined: 0 };

/** A subnet with what of it is counted. */
interface Divided extends Pick<SubnetPools, 'pools' | 'pdPools'> {
  /** Which pool is the largest: what is in it is not counted. */
  readonly largest: number;
  readonly stretches: readonly Stretch[];
}
const UNKNOWN: Divided = { pools: [], pdPools: [], largest: 0, stretches: [] };

/**
 * Divides the leases of subnets by their pools. What is in the largest pool follows from the figures of the whole subnet, which cost nothing: most leases are
 * in it, and a subnet has one pool as a rule. The figures and the counts are of two moments, between which leases come and go: nothing is less than none.
 */
export const divide = (all: readonly Count[], poolsOf: PoolsOf): Division => {
  const known = new Map<number, Divided>();
  const stretches: Record<'addresses' | 'prefixes', Stretch[]> = { addresses: [], prefixes: [] };
  for (const { subnetId, assigned, delegated = 0 } of all) {
    const pools = poolsOf(subnetId);
    if (pools === undefined) continue;
    const largest = largestOf(pools.pools);
    const ofPart = (part: Part): readonly Stretch[] =>
      pools[part].map(({ first, last }, index) => ({ subnetId, part, index, first, last }));
    const own = [
      ...(assigned > 0 ? [...ofPart('gaps'), ...ofPart('pools').filter(({ index }) => index !== largest)] : []),
      ...(delegated > 0 ? ofPart('pdPools') : []),
    ];
    known.set(subnetId, { ...pools, largest, stretches: own });
    for (const stretch of own) stretches[stretch.part === 'pdPools' ? 'prefixes' : 'addresses'].push(stretch);
  }
  for (const list of Object.values(stretches)) list.sort((a, b) => (a.first < b.first ? -1 : 1));
  return {
    ...stretches,
    usages: (counted) => all.map((count) => usageOf(count, known.get(count.subnetId) ?? UNKNOWN, counted)),
  };
};

const largestOf = (pools: readonly Range[]): number => {
  const sizes = pools.map(({ first, last }) => last - first);
  return sizes.reduce((best, size, index) => (size > (sizes[best] ?? 0n) ? index : best), 0);
};

const usageOf = (
  { subnetId, assigned, declined, delegated }: Count,
  { pools, pdPools: ofPrefixes, largest, stretches }: Divided,
  counted: ReadonlyMap<Stretch, Found>,
): SubnetUsage => {
  const byPart: Record<Part, Found[]> = {
    gaps: [],
    pools: pools.map(() => NOTHING),
    pdPools: ofPrefixes.map(() => NOTHING),
  };
  for (const stretch of stretches) byPart[stretch.part][stretch.index] = counted.get(stretch) ?? NOTHING;
  const sumOf = (found: readonly Found[], figure: keyof Found): number =>
    found.reduce((sum, one) => sum + one[figure], 0);
  const inPools = {
    assigned: Math.max(0, assigned - sumOf(byPart.gaps, 'assigned')),
    declined: Math.max(0, declined - sumOf(byPart.gaps, 'declined')),
  };
  const rest = (figure: keyof Found): number => Math.max(0, inPools[figure] - sumOf(byPart.pools, figure));
  if (byPart.pools.length > 0) {
    byPart.pools[largest] = { assigned: rest('assigned'), declined: rest('declined') };
  }
  const pdPools = byPart.pdPools.map((found) => found.assigned);
  const inPdPools = pdPools.reduce((sum, prefixes) => sum + prefixes, 0);
  return {
    subnetId,
    ...inPools,
    outside: sumOf(byPart.gaps, 'assigned'),
    pools: byPart.pools,
    ...(delegated === undefined ? {} : { delegated, delegatedOutside: Math.max(0, delegated - inPdPools), pdPools }),
  };
};

/** Leases of the first page of a stretch. */
const PAGE = 250;

/**
 * Counts the leases in stretches page by page.
 * @param stretches In ascending order, of one kind.
 */
export const countByPages = async (
  source: Pick<LeaseSource, 'page'>,
  of: Addressing,
  stretches: readonly Stretch[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<Stretch, Found>> => {
  const counts = new Map<Stretch, Found>();
  const enter = (stretch: Stretch, { subnetId, state, prefixLength }: Lease): void => {
    if (subnetId !== stretch.subnetId) return;
    if ((prefixLength !== undefined) !== (stretch.part === 'pdPools')) return;
    if (state !== 'Active' && state !== 'Declined') return;
    const { assigned, declined } = counts.get(stretch) ?? NOTHING;
    counts.set(stretch, { assigned: assigned + 1, declined: declined + (state === 'Declined' ? 1 : 0) });
  };
  await walkRanges(source, of, stretches, PAGE, enter, signal);
  return counts;
};

/** How many leases are in the pools of a subnet, and how many beside them. */
import type { Addressing, Range } from '../kea/address.ts';
import { type Lease, type LeaseSource, numberOf, type SubnetUsage } from './source.ts';

/** Addresses of a subnet, one after another. */
export interface Stretch extends Range {
  readonly subnetId: number;
}

/** Leased addresses, declined ones among them. */
export interface Count {
  readonly subnetId: number;
  readonly assigned: number;
  readonly declined: number;
  readonly delegated?: number;
}

/** Statistics of subnets, and those of their addresses that are in no pool, told apart. Between the two questions leases come and go. */
export const toldApart = (all: readonly Count[], outside: readonly Count[]): readonly SubnetUsage[] => {
  const known = new Map(outside.map((count) => [count.subnetId, count]));
  return all.map(({ subnetId, assigned, declined, delegated }) => {
    const out = known.get(subnetId) ?? { assigned: 0, declined: 0 };
    return {
      subnetId,
      assigned: Math.max(0, assigned - out.assigned),
      declined: Math.max(0, declined - out.declined),
      outside: out.assigned,
      ...(delegated === undefined ? {} : { delegated }),
    };
  });
};

/** The addresses of a subnet that are in no pool. */
export type Gaps = (subnetId: number) => readonly Range[];

/** The gaps of the subnets that have leases at all, in ascending order: of the others there is nothing to ask. */
export const stretchesOf = (all: readonly Count[], gaps: Gaps): readonly Stretch[] =>
  all
    .filter(({ assigned }) => assigned > 0)
    .flatMap(({ subnetId }) => gaps(subnetId).map((gap) => ({ subnetId, ...gap })))
    .sort((a, b) => (a.first < b.first ? -1 : 1));

/** Leases of a page. It may be the only one that is needed, and its leases of no use. */
const PAGE = 250;

/**
 * Counts the leases in stretches page by page, and jumps over those between two stretches.
 * @param stretches In ascending order.
 */
export const countByPages = async (
  source: Pick<LeaseSource, 'page'>,
  of: Addressing,
  stretches: readonly Stretch[],
  signal?: AbortSignal,
): Promise<readonly Count[]> => {
  const counts = new Map<number, Count>();
  let index = 0;
  let after = -1n;
  for (let stretch = stretches[index]; stretch !== undefined; stretch = stretches[index]) {
    if (after < stretch.first - 1n) after = stretch.first - 1n;
    const { leases, next } = await source.page(PAGE, after < 0n ? undefined : of.format(after), signal);
    for (const lease of leases) {
      const address = numberOf(lease.address);
      while (isBehind(stretches[index], address)) index++;
      enter(counts, stretches[index], address, lease);
    }
    if (next === undefined) break;
    after = numberOf(next);
    while (isBehind(stretches[index], after + 1n)) index++;
  }
  return [...counts.values()];
};

const isBehind = (stretch: Stretch | undefined, address: bigint): boolean =>
  stretch !== undefined && stretch.last < address;

const enter = (
  counts: Map<number, Count>,
  stretch: Stretch | undefined,
  address: bigint,
  { subnetId, state, prefixLength }: Lease,
): void => {
  if (stretch === undefined || address < stretch.first || subnetId !== stretch.subnetId) return;
  if (prefixLength !== undefined) return;
  if (state !== 'Active' && state !== 'Declined') return;
  const { assigned, declined } = counts.get(subnetId) ?? { assigned: 0, declined: 0 };
  counts.set(subnetId, { subnetId, assigned: assigned + 1, declined: declined + (state === 'Declined' ? 1 : 0) });
};

/** The way through leases in ranges of addresses, page by page: for counts and the like, that nobody waits for. */
import type { Addressing, Range } from '../kea/address.ts';
import { type Lease, type LeaseSource, numberOf } from './source.ts';

/** Leases of a page within a long range, at most. */
const LONG_PAGE = 2000;

/**
 * Visits the leases in ranges, and jumps over those between two.
 * @param ranges In ascending order, no two of which overlap.
 * @param firstPage Leases of the first page of a range. It may be the only one that is needed, and its leases of no use; those that follow it grow.
 */
export const walkRanges = async <R extends Range>(
  source: Pick<LeaseSource, 'page'>,
  of: Addressing,
  ranges: readonly R[],
  firstPage: number,
  visit: (range: R, lease: Lease) => void,
  signal?: AbortSignal,
): Promise<void> => {
  let index = 0;
  let after = -1n;
  let limit = firstPage;
  for (let range = ranges[index]; range !== undefined; range = ranges[index]) {
    const isNext = after < range.first - 1n;
    if (isNext) after = range.first - 1n;
    limit = isNext ? firstPage : Math.min(LONG_PAGE, 2 * limit);
    const { leases, next } = await source.page(limit, after < 0n ? undefined : of.format(after), signal);
    for (const lease of leases) {
      const address = numberOf(lease.address);
      while (isBehind(ranges[index], address)) index++;
      const at = ranges[index];
      if (at !== undefined && address >= at.first) visit(at, lease);
    }
    if (next === undefined) return;
    after = numberOf(next);
    while (isBehind(ranges[index], after + 1n)) index++;
  }
};

const isBehind = (range: Range | undefined, address: bigint): boolean => range !== undefined && range.last < address;

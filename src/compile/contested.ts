/** Which groups of reservations want what others want. */
import { compareAddresses, type Range } from '../kea/address.ts';
import type { GroupPlace, Stage } from './groups.ts';
import type { Group } from './memory.ts';

/** A group with what it asks for. */
interface Asking {
  readonly group: Group;
  readonly ranges: readonly Range[];
}

/** Groups that may have an address in common, directly or by others, and where they ask. */
interface Cluster {
  readonly members: Asking[];
  readonly bounds: { readonly first: bigint; last: bigint };
}

/**
 * Groups of which two ask for one address. Those of Subnets have addresses of their own prefix, so that few others can have them. Those of the pair as a whole
 * may be anywhere: what they ask for is looked up among the others.
 */
export const contestedIn = (places: readonly GroupPlace[], stages: readonly Stage[]): ReadonlySet<Group> => {
  const clusters = clustersOf(places, stages);
  const [globals, ranges = []] = [places.at(-1)?.group, stages.at(-1)?.ranges];
  const among = new Map<Cluster, Range[]>();
  for (const range of ranges) {
    for (let index = firstEndingFrom(clusters, range.first); ; index++) {
      const cluster = clusters[index];
      if (!cluster || cluster.bounds.first > range.last) break;
      const there = among.get(cluster);
      if (there) there.push(range);
      else among.set(cluster, [range]);
    }
  }
  const contested = new Set<Group>();
  for (const cluster of clusters) {
    const wide = among.get(cluster);
    const members = globals && wide ? [...cluster.members, { group: globals, ranges: wide }] : cluster.members;
    if (members.length > 1) contend(members, contested);
  }
  return contested;
};

/** The index of the first that ends at or after the address: clusters are disjoint, in ascending order. */
const firstEndingFrom = (clusters: readonly Cluster[], address: bigint): number => {
  let low = 0;
  let high = clusters.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const cluster = clusters[middle];
    if (cluster && cluster.bounds.last < address) low = middle + 1;
    else high = middle;
  }
  return low;
};

const clustersOf = (places: readonly GroupPlace[], stages: readonly Stage[]): readonly Cluster[] => {
  const entries = places.flatMap(({ group, subnet }, index) => {
    const { ranges = [], bounds } = stages[index] ?? {};
    return subnet && bounds ? [{ group, ranges, bounds }] : [];
  });
  entries.sort((a, b) => compareAddresses(a.bounds.first, b.bounds.first));
  const clusters: Cluster[] = [];
  for (const { bounds, ...entry } of entries) {
    const last = clusters.at(-1);
    if (last && bounds.first <= last.bounds.last) {
      last.members.push(entry);
      if (bounds.last > last.bounds.last) last.bounds.last = bounds.last;
    } else {
      clusters.push({ members: [entry], bounds: { ...bounds } });
    }
  }
  return clusters;
};

/** Enters those of which two ask for the same. */
const contend = (asking: readonly Asking[], contested: Set<Group>): void => {
  const all = asking.flatMap(({ group, ranges }) => ranges.map((range) => ({ group, range })));
  all.sort((a, b) => compareAddresses(a.range.first, b.range.first));
  for (const [index, { group, range }] of all.entries()) {
    for (let at = index + 1; ; at++) {
      const other = all[at];
      if (!other || other.range.first > range.last) break;
      if (other.group !== group) contested.add(group).add(other.group);
    }
  }
};

/** Subnets that are deleted with deletionPolicy Drain: their clients are sent away, and the row goes with the last lease. */
import { overlaps, prefixIn, type Range } from '../kea/address.ts';
import { canonicalHost } from '../kea/canonical.ts';
import { makeMarker } from '../kea/digest.ts';
import { drained, isDraining } from '../kea/draining.ts';
import { once } from '../kea/once.ts';
import type { HostBody, Item, ObjectRef, SubnetBody } from '../kea/state.ts';
import type { SubnetChild } from './child.ts';
import { reservedBy } from './hosts.ts';
import { accept, type CompilePass, markedBy } from './pass.ts';
import { delegatedBy } from './pdPools.ts';
import type { Deletion, LeasesLeft, Snapshot, Surroundings } from './types.ts';

type Rows = readonly Item<SubnetBody>[];

/** Ids of the rows whose remaining leases decide how long they stay. */
export const drainingRows = (snapshot: Snapshot, { owned }: Surroundings['rows']): readonly number[] => {
  const refs = new Set(
    snapshot.subnets.flatMap(({ ref, isDeleting, policy }) => (isDeleting && policy === 'Drain' ? [ref] : [])),
  );
  if (refs.size === 0) return [];
  return [...owned.subnets].flatMap(([id, { marker }]) => (marker && refs.has(marker.object) ? [id] : []));
};

/** What becomes of a Subnet that is to be drained: undefined where it is not, or where there is nobody to wait for. */
export const drainOf = (
  { surroundings: { remaining }, facts }: CompilePass,
  { isDeleting, policy }: SubnetChild,
  rows: Rows,
): Deletion | undefined => {
  const isBegun = rows.some(({ body }) => isDraining(body));
  if (isDeleting && policy === 'Orphan' && isBegun) return { state: 'held', reason: 'Draining', message: AGAIN };
  // When the pair itself goes there is nobody left to wait.
  if (!isDeleting || policy !== 'Drain' || facts.deleting || rows.length === 0) return undefined;
  const counts = rows.map(({ body }) => remaining?.get(body.id));
  const known = counts.filter((count) => count !== undefined);
  if (known.length < counts.length) {
    // Nobody is sent away while it is not known how many that are.
    return isBegun
      ? { state: 'draining', reason: 'Draining', message: `its leases cannot be counted now: ${WHAT_HAPPENS}` }
      : { state: 'held', reason: 'Draining', message: UNKNOWN };
  }
  const { leases, last, endless } = known.reduce(both, NONE);
  if (leases === 0) return { state: 'leaving' };
  const [are, which] = leases === 1 ? ['1 lease is left, and', 'it'] : [`${leases} leases are left, and`, 'the last'];
  const ends = timeOf(last);
  const when = ends === undefined ? 'ends after the lease time at the latest' : `ends by ${ends}`;
  const apart = endless === 0 ? '' : ` (${endless} that never ${endless === 1 ? 'ends is' : 'end are'} not waited for)`;
  return { state: 'draining', reason: 'Draining', message: `${are} ${which} ${when}${apart}: ${WHAT_HAPPENS}` };
};

const UNKNOWN = 'its active leases cannot be counted now: it goes on serving, and is drained once they can be';
const AGAIN = 'it was being drained: it is to serve again before its row is left to itself';
const WHAT_HAPPENS =
  'no client gets or renews an address, and the Subnet goes with the last lease; set deletionPolicy to Delete to remove it at once';

const NONE: LeasesLeft = { leases: 0, endless: 0 };

const both = (a: LeasesLeft, b: LeasesLeft): LeasesLeft => {
  // Where of one it is not known when it ends, neither is it of both.
  const isKnown = [a, b].every(({ leases, last }) => leases === 0 || last !== undefined);
  const leases = a.leases + b.leases;
  return {
    leases,
    endless: a.endless + b.endless,
    ...(isKnown && leases > 0 ? { last: Math.max(a.last ?? 0, b.last ?? 0) } : {}),
  };
};

/** Finds the Subnet that addresses or prefixes are of, where it is drained by its row already: a drain may be withheld. For when Subnets are judged. */
export const leavingIn = once((pass: CompilePass): ((range: Range) => ObjectRef | undefined) => {
  const parts = [...pass.deletions].flatMap(([ref, { state }]) =>
    (state === 'draining' ? pass.rows.subnetsOf(ref) : [])
      .filter(({ body }) => isDraining(body))
      .flatMap(({ body }) => [prefixIn(body.subnet) ?? [], delegatedBy(body).map(({ prefix }) => prefix)].flat())
      .map((range) => ({ ref, range })),
  );
  return (range) => parts.find((part) => overlaps(part.range, range))?.ref;
});

/** A reservation of all Subnets as it stays while some are drained: the client's address or prefix there would be renewed for ever. */
export const withoutLeaving = (leaving: ReturnType<typeof leavingIn>, item: Item<HostBody>): Item<HostBody> => {
  const { body, marker } = item;
  const lost = new Set(reservedBy(body).flatMap(({ range, text }) => (leaving(range) === undefined ? [] : [text])));
  if (lost.size === 0) return item;
  const { 'ip-address': address, 'ip-addresses': addresses, prefixes, ...rest } = body;
  const left = canonicalHost({
    ...rest,
    ...(address === undefined || lost.has(address) ? {} : { 'ip-address': address }),
    'ip-addresses': addresses?.filter((one) => !lost.has(one)),
    prefixes: prefixes?.filter((one) => !lost.has(one)),
  });
  return { body: left, ...(marker ? { marker: makeMarker(marker, left) } : {}) };
};

/** RFC 3339, in whole seconds; undefined where it is no time, whatever the database says. */
const timeOf = (seconds: number | undefined): string | undefined => {
  const time = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(time.getTime()) ? undefined : `${time.toISOString().slice(0, -5)}Z`;
};

/** Puts the rows of a Subnet that is drained into what is desired: as they are, whatever its spec says meanwhile, but for nobody. */
export const enterDraining = (pass: CompilePass, { ref, object, policy }: SubnetChild, rows: Rows): void => {
  accept(pass, ref, []);
  for (const { body } of rows) {
    if (pass.subnets.has(body.id)) continue;
    const wanted = drained(body);
    pass.subnets.set(body.id, { body: wanted, marker: makeMarker(markedBy(ref, object, policy), wanted) });
    pass.subnetIds.set(ref, body.id);
  }
};

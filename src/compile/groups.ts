/**
 * HostReservations, group by group: those of a Subnet belong together, and what was found of them stands while neither they nor anything that they
 * are judged by changed. Groups that are in each other's way (one address in two of them, rows of the one among those of the other) are judged as one.
 */
import { contains, type Range } from '../kea/address.ts';
import { isDraining } from '../kea/draining.ts';
import { HostMap, type HostPart } from '../kea/partedMap.ts';
import { type HostBody, type HostKey, hostKey, type Item, type ObjectRef } from '../kea/state.ts';
import type { Steps } from '../kea/steps.ts';
import { byAge, type ReservationChild, type SubnetChild } from './child.ts';
import { contestedIn } from './contested.ts';
import { leavingIn, withoutLeaving } from './draining.ts';
import type { Home, Homes } from './homes.ts';
import { reservedBy } from './hosts.ts';
import { type Group, same, SLICE } from './memory.ts';
import { type CompilePass, staysInDatabase } from './pass.ts';
import { checkReservation, type ReservationCandidate, settle } from './reservations.ts';
import { type ForeignHosts, type PartRows, partRows } from './rows.ts';
import type { Rejection, Warning } from './types.ts';

/** A group in one pass: what its reservations are judged by, beside the pair. */
export interface GroupPlace {
  readonly group: Group;
  /** Absent of the pair as a whole. */
  readonly subnet?: SubnetChild;
  /** Absent while it is not known. 0: global reservations. */
  readonly subnetId: number | undefined;
  readonly home: Home | undefined;
  readonly rows: PartRows;
  readonly foreign: ForeignHosts | undefined;
  /** Whether it cannot be judged alone. */
  isShared: boolean;
}

/** What the reservations of a group are by themselves. */
export interface Stage {
  /** Oldest first, as all. */
  readonly candidates: readonly ReservationCandidate[];
  readonly refused: readonly (readonly [ReservationChild, Rejection])[];
  /** Addresses and prefixes that they ask for or have, and the bounds of these. */
  readonly ranges: readonly Range[];
  readonly bounds: Range | undefined;
  /** Whether no other group can have one of the addresses: all are of the group's own prefix, or of prefixes that its Subnet delegates. */
  readonly isAtHome: boolean;
}

/** What became of reservations. */
export interface GroupOutcome {
  readonly rejected: ReadonlyMap<ObjectRef, Rejection>;
  readonly warnings: readonly (readonly [ObjectRef, readonly Warning[]])[];
  readonly pending: readonly ObjectRef[];
  readonly kept: ReadonlySet<ObjectRef>;
  readonly hosts: HostPart;
}

type RowsOf = (ref: ObjectRef) => readonly Item<HostBody>[];

/** Judges the HostReservations of the pair. One that is being deleted goes without further words. */
export function* compileReservations(pass: CompilePass, homes: Homes): Steps<void> {
  const { memory, surroundings } = pass;
  const { hosts } = surroundings.rows.owned;
  const owned = memory.hosts.of([hosts], () => HostMap.of(hosts));
  const places: GroupPlace[] = [];
  for (const [index, subnet] of pass.snapshot.subnets.entries()) {
    if (index % SLICE === 0) yield;
    places.push(placeOf(pass, homes, owned, subnet, index));
  }
  places.push(placeOf(pass, homes, owned));
  const unattached = unattachedIn(pass, places, owned);
  if (unattached.rows.size > 0 || unattached.unattached.length > 0) pass.isEntangled = true;
  pass.ownerless = unattached.ownerless;
  const rowsOf =
    ({ rows }: GroupPlace): RowsOf =>
    (ref) => [...rows.of(ref), ...(unattached.rows.get(ref) ?? [])];

  const stages: Stage[] = [];
  for (const [index, place] of places.entries()) {
    if (index % SLICE === 0) yield;
    // Of what is shared nothing is remembered: it hangs on more than its own.
    const make = (): Stage => stageOf(pass, homes, place, rowsOf(place));
    stages.push(place.isShared ? make() : place.group.stage.of(inputsOf(pass, homes, place), make));
  }
  if (!same(stages, memory.stages)) memory.contested = contestedIn(places, stages);
  memory.stages = stages;
  for (const [index, place] of places.entries()) {
    const stage = stages[index];
    if (memory.contested.has(place.group)) place.isShared = true;
    if (place.isShared || stage?.isAtHome === false) pass.isEntangled = true;
  }
  yield;

  const parts = new Map<number, HostPart>();
  const shared = places.flatMap((place, index) => (place.isShared ? [[place, stages[index]] as const] : []));
  const together =
    shared.length === 0 && unattached.unattached.length === 0 ? undefined : judgeTogether(pass, shared, unattached);
  if (together) enter(pass, together);
  for (const [index, place] of places.entries()) {
    if (index % SLICE === 0) yield;
    const { group, rows, subnetId } = place;
    const stage = stages[index];
    if (place.isShared || !stage) {
      pass.found.push(undefined);
      continue;
    }
    const stays = subnetId !== undefined && staysInDatabase(pass, subnetId);
    const outcome = group.outcome.of([stage, rows, stays], () => judge(pass, [stage], rows.of, []));
    enter(pass, outcome);
    pass.found.push(outcome);
    group.rejected = outcome.rejected;
    if (subnetId !== undefined && outcome.hosts.size > 0) parts.set(subnetId, outcome.hosts);
  }
  for (const [{ group }] of shared) group.rejected = together?.rejected ?? group.rejected;
  for (const [id, part] of HostMap.of(together?.hosts ?? new Map()).parts) parts.set(id, part);
  pass.hosts = new HostMap(parts);
}

export const placeOf = (
  pass: CompilePass,
  homes: Pick<Homes, 'of'>,
  owned: HostMap,
  subnet?: SubnetChild,
  index = -1,
): GroupPlace => {
  const { memory, rows } = pass;
  const group = pass.subnetMemories[index]?.group ?? memory.globals;
  const subnetId = subnet ? (pass.subnetIds.get(subnet.ref) ?? rows.subnetsOf(subnet.ref)[0]?.body.id) : 0;
  const part = subnetId === undefined ? undefined : owned.parts.get(subnetId);
  const foreign = subnetId === undefined ? undefined : rows.foreignHosts(subnetId);
  return {
    group,
    ...(subnet ? { subnet } : {}),
    subnetId,
    home: subnet && homes.of(subnet.ref),
    rows: group.rows.of([part, group.members], () => partRows(part, group.members)),
    foreign,
    // Whether these may be taken over hangs on objects that are anywhere.
    isShared: foreign?.haveOwners === true,
  };
};

/** All that `stageOf` looks at. */
export const inputsOf = (
  pass: CompilePass,
  homes: Homes,
  { group, subnet, subnetId, home, rows, foreign }: GroupPlace,
): readonly unknown[] => {
  const { facts, verdicts, kept, deletions, memory } = pass;
  const claims = group.havePrefixes ? memory.claims : undefined;
  if (!subnet) {
    return [group.members, rows, foreign, facts, claims, group.members.length === 0 ? undefined : homes.version()];
  }
  const { ref, isDeleting } = subnet;
  const state = deletions.get(ref)?.state;
  return [
    group.members,
    rows,
    foreign,
    facts,
    claims,
    home,
    subnetId,
    verdicts.get(ref),
    kept.has(ref),
    isDeleting,
    state,
  ];
};

export const stageOf = (pass: CompilePass, homes: Homes, place: GroupPlace, rowsOf: RowsOf): Stage => {
  const candidates: ReservationCandidate[] = [];
  const refused: [ReservationChild, Rejection][] = [];
  const ranges: Range[] = [];
  // What a row keeps may be anywhere; it stays where its reservation loses against another. Addresses of a subnet are all of its own prefix.
  const areAnywhere = !place.subnet || pass.facts.family.tables.pdPool !== undefined;
  for (const child of place.group.members) {
    if (child.isDeleting) continue;
    const checked = checkReservation(pass, homes, place, child, rowsOf(child.ref).length > 0);
    if ('value' in checked) {
      candidates.push(checked.value);
      for (const { range } of checked.value.draft.reserved) ranges.push(range);
    } else {
      refused.push([child, checked.rejection]);
    }
    if (areAnywhere || 'rejection' in checked) {
      for (const { body } of rowsOf(child.ref)) for (const { range } of reservedBy(body)) ranges.push(range);
    }
  }
  const bounds = boundsOf(ranges);
  return { candidates, refused, ranges, bounds, isAtHome: areAtHome(place.home, ranges, bounds) };
};

const areAtHome = (home: Home | undefined, ranges: readonly Range[], bounds: Range | undefined): boolean => {
  if (bounds === undefined) return true;
  if (!home || contains(home.prefix, bounds)) return home !== undefined;
  return ranges.every((range) => contains(home.prefix, range) || home.delegated.some((one) => contains(one, range)));
};

const boundsOf = ([one, ...others]: readonly Range[]): Range | undefined => {
  if (!one) return undefined;
  let { first, last } = one;
  for (const range of others) {
    if (range.first < first) first = range.first;
    if (range.last > last) last = range.last;
  }
  return { first, last };
};

/** Rows that were written for an object of another group, or of none. */
interface Unattached {
  readonly rows: ReadonlyMap<ObjectRef, readonly Item<HostBody>[]>;
  /** Of reservations that belong to no pair: they have no say here, but rows that they have, from better days, stay. */
  readonly unattached: readonly (readonly [ObjectRef, Item<HostBody>])[];
  /** Objects that are not there. */
  readonly ownerless: ReadonlySet<ObjectRef>;
}

/** Finds the unattached objects, and marks the groups that have to do with them. */
const unattachedIn = ({ snapshot, memory }: CompilePass, places: readonly GroupPlace[], owned: HostMap): Unattached => {
  const byId = new Map<number, GroupPlace>();
  for (const place of places) {
    if (place.subnetId === undefined) continue;
    const other = byId.get(place.subnetId);
    if (other) other.isShared = place.isShared = true;
    else byId.set(place.subnetId, place);
  }
  const outsiders = places.flatMap((place) => place.rows.outsiders);
  for (const [id, part] of owned.parts) if (!byId.has(id)) outsiders.push(...part.values());
  const rows = new Map<ObjectRef, Item<HostBody>[]>();
  const unattached: [ObjectRef, Item<HostBody>][] = [];
  const ownerless = new Set<ObjectRef>();
  if (outsiders.length === 0) return { rows, unattached, ownerless };
  const placesByGroup = new Map(places.map((place) => [place.group, place]));
  const lost = new Set(
    snapshot.unattached.flatMap(({ kind, ref, isDeleting }) =>
      kind === 'HostReservation' && !isDeleting ? [ref] : [],
    ),
  );
  for (const item of outsiders) {
    const ref = item.marker?.object;
    if (ref === undefined) continue;
    const group = memory.groupOf.get(ref);
    if (!group && !lost.has(ref)) {
      ownerless.add(ref);
      continue;
    }
    for (const place of [byId.get(item.body['subnet-id']), group && placesByGroup.get(group)]) {
      if (place) place.isShared = true;
    }
    if (group) rows.set(ref, [...(rows.get(ref) ?? []), item]);
    else unattached.push([ref, item]);
  }
  return { rows, unattached, ownerless };
};

const judgeTogether = (
  pass: CompilePass,
  shared: readonly (readonly [GroupPlace, Stage | undefined])[],
  unattached: Unattached,
): GroupOutcome => {
  const groups = new Map(shared.map(([place]) => [place.group, place]));
  const rowsOf: RowsOf = (ref) => {
    const group = pass.memory.groupOf.get(ref);
    const rows = group && groups.get(group)?.rows;
    return [...(rows?.of(ref) ?? []), ...(unattached.rows.get(ref) ?? [])];
  };
  return judge(
    pass,
    shared.flatMap(([, stage]) => stage ?? []),
    rowsOf,
    unattached.unattached,
  );
};

/** Judges the reservations of groups that nobody else is in the way of. */
export const judge = (
  pass: CompilePass,
  stages: readonly Stage[],
  rowsOf: RowsOf,
  unattached: Unattached['unattached'],
): GroupOutcome => {
  const rejected = new Map<ObjectRef, Rejection>();
  const warnings: [ObjectRef, readonly Warning[]][] = [];
  const pending: ObjectRef[] = [];
  const kept = new Set<ObjectRef>();
  const hosts = new Map<HostKey, Item<HostBody>>();
  const leaving = leavingIn(pass);
  const keep = (ref: ObjectRef, rows: readonly Item<HostBody>[]): void => {
    for (const item of rows) {
      const key = hostKey(item.body);
      // Reservations of a subnet that goes have no one left to serve. A key that somebody else was granted is left to him.
      if (!staysInDatabase(pass, item.body['subnet-id']) || hosts.has(key)) continue;
      hosts.set(key, item.body['subnet-id'] === 0 ? withoutLeaving(leaving, item) : item);
      // Of a subnet that is drained nobody looks them up: they do not go on serving.
      const home = pass.subnets.get(item.body['subnet-id']);
      if (!home || !isDraining(home.body)) kept.add(ref);
    }
  };
  const refuse = (ref: ObjectRef, rejection: Rejection): void => {
    rejected.set(ref, rejection);
    keep(ref, rowsOf(ref));
  };

  for (const [ref, item] of unattached) keep(ref, [item]);
  const [only] = stages;
  const taken: [ObjectRef, HostBody][] = [];
  const refused =
    only && stages.length === 1
      ? only.refused
      : stages.flatMap((stage) => stage.refused).sort(([a], [b]) => byAge(a, b));
  for (const [{ ref }, rejection] of refused) {
    refuse(ref, rejection);
    if (kept.has(ref)) for (const { body } of rowsOf(ref)) taken.push([ref, body]);
  }
  const candidates =
    only && stages.length === 1
      ? only.candidates
      : stages.flatMap((stage) => stage.candidates).sort((a, b) => byAge(a.child, b.child));
  for (const { child, draft, subnetId } of settle(candidates, taken, {
    rowsOf,
    refuse,
    reservesOnce: pass.facts.reservesOnce,
  })) {
    if (draft.warnings.length > 0) warnings.push([child.ref, draft.warnings]);
    if (subnetId === undefined) {
      pending.push(child.ref);
      keep(child.ref, rowsOf(child.ref));
      continue;
    }
    const { key, item } = draft.row(subnetId);
    hosts.set(key, item);
  }
  return { rejected, warnings, pending, kept, hosts };
};

/** Adds what became of reservations to what became of the other objects. */
const enter = (pass: CompilePass, { warnings, pending, kept }: GroupOutcome): void => {
  for (const [ref, found] of warnings) pass.warnings.set(ref, found);
  for (const ref of pending) pass.pending.add(ref);
  for (const ref of kept) pass.kept.add(ref);
};

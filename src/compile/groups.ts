/**
 * HostReservations, group by group: those of a Subnet belong together, and what was found of them stands while neither they nor anything that they
 * are judged by changed. Groups that are in each other's way (one address in two of them, rows of the one among those of the other) are judged as one.
 */
import { HostMap, type HostPart } from '../kea/partedMap.ts';
import { type HostBody, type HostKey, hostKey, type Item, type ObjectRef } from '../kea/state.ts';
import type { Steps } from '../kea/steps.ts';
import { byAge, type ReservationChild, type SubnetChild } from './child.ts';
import type { Home, Homes } from './homes.ts';
import { type Group, same, SLICE } from './memory.ts';
import { type CompilePass, staysInDatabase } from './pass.ts';
import { addressNumberOf, checkReservation, type ReservationCandidate, settle } from './reservations.ts';
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
  /** Addresses that they ask for or have, and the bounds of these. */
  readonly addresses: ReadonlySet<number>;
  readonly lowest: number;
  readonly highest: number;
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
    if (place.isShared || (stage && !isAtHome(place, stage))) pass.isEntangled = true;
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

/** Whether no other group can have one of the addresses, as all are of the group's own prefix. */
export const isAtHome = ({ home }: GroupPlace, { addresses, lowest, highest }: Stage): boolean =>
  addresses.size === 0 ||
  (home !== undefined && Number(home.prefix.first) <= lowest && highest <= Number(home.prefix.last));

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
  const { facts, verdicts, kept, deletions } = pass;
  if (!subnet) return [group.members, rows, foreign, facts, group.members.length === 0 ? undefined : homes.version()];
  const { ref, isDeleting } = subnet;
  const state = deletions.get(ref)?.state;
  return [group.members, rows, foreign, facts, home, subnetId, verdicts.get(ref), kept.has(ref), isDeleting, state];
};

export const stageOf = (pass: CompilePass, homes: Homes, place: GroupPlace, rowsOf: RowsOf): Stage => {
  const candidates: ReservationCandidate[] = [];
  const refused: [ReservationChild, Rejection][] = [];
  const addresses = new Set<number>();
  const add = (address: number | undefined): void => {
    if (address !== undefined) addresses.add(address);
  };
  for (const child of place.group.members) {
    if (child.isDeleting) continue;
    const checked = checkReservation(pass, homes, place, child, rowsOf(child.ref).length > 0);
    if ('value' in checked) {
      candidates.push(checked.value);
      if (checked.value.draft.address !== undefined) add(Number(checked.value.draft.address));
    } else {
      refused.push([child, checked.rejection]);
      for (const { body } of rowsOf(child.ref)) add(addressNumberOf(body['ip-address']));
    }
  }
  let [lowest, highest] = [Infinity, -Infinity];
  for (const address of addresses) {
    lowest = Math.min(lowest, address);
    highest = Math.max(highest, address);
  }
  return { candidates, refused, addresses, lowest, highest };
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

/**
 * Groups of which two ask for one address. Those of Subnets have addresses of their own prefix, so that few others can have them.
 */
const contestedIn = (places: readonly GroupPlace[], stages: readonly Stage[]): ReadonlySet<Group> => {
  const contested = new Set<Group>();
  const entries = places.flatMap(({ group, subnet }, index) => {
    const stage = stages[index];
    return subnet && stage && stage.addresses.size > 0 ? [{ group, stage }] : [];
  });
  entries.sort((a, b) => a.stage.lowest - b.stage.lowest);
  const clusters: { readonly members: (typeof entries)[number][]; highest: number }[] = [];
  for (const entry of entries) {
    const last = clusters.at(-1);
    if (last && entry.stage.lowest <= last.highest) {
      last.members.push(entry);
      last.highest = Math.max(last.highest, entry.stage.highest);
    } else {
      clusters.push({ members: [entry], highest: entry.stage.highest });
    }
  }
  for (const { members } of clusters) {
    if (members.length === 1) continue;
    const holders = new Map<number, Group>();
    for (const { group, stage } of members) {
      for (const address of stage.addresses) {
        const other = holders.get(address);
        if (other && other !== group) contested.add(other).add(group);
        else holders.set(address, group);
      }
    }
  }
  const globals = places.at(-1)?.group;
  const clusterOf = (address: number) => {
    let low = 0;
    let high = clusters.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((clusters[middle]?.highest ?? 0) < address) low = middle + 1;
      else high = middle;
    }
    return clusters[low]?.members ?? [];
  };
  for (const address of stages.at(-1)?.addresses ?? []) {
    for (const { group, stage } of clusterOf(address)) {
      if (globals && stage.addresses.has(address)) contested.add(globals).add(group);
    }
  }
  return contested;
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
  const keep = (ref: ObjectRef, rows: readonly Item<HostBody>[]): void => {
    for (const item of rows) {
      const key = hostKey(item.body);
      // Reservations of a subnet that goes have no one left to serve. A key that somebody else was granted is left to him.
      if (!staysInDatabase(pass, item.body['subnet-id']) || hosts.has(key)) continue;
      hosts.set(key, item);
      kept.add(ref);
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
  for (const { child, draft, subnetId } of settle(candidates, taken, rowsOf, refuse)) {
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

/**
 * What a pass can leave as the last one left it. Where all that changed is some Subnets (neither where they stand nor what they claim of what others
 * could want) and reservations, or their rows, the pass looks at these alone and goes on from the last. Everything else is a pass through all.
 */
import { equalBodies } from '../kea/canonical.ts';
import { OPERATORS_OWN } from '../kea/classRules.ts';
import { HostMap, type HostPart } from '../kea/partedMap.ts';
import type { Item, ObjectRef, SubnetBody } from '../kea/state.ts';
import type { Steps } from '../kea/steps.ts';
import type { ReservationChild } from './child.ts';
import { claimsOf } from './claims.ts';
import type { PrefixClaim } from './conflicts.ts';
import { pairFacts } from './facts.ts';
import { type GroupOutcome, type GroupPlace, inputsOf, judge, placeOf, stageOf } from './groups.ts';
import { homeIn, type Homes } from './homes.ts';
import { withLookups } from './lookups.ts';
import { type CompileMemory, enroll, same } from './memory.ts';
import { type CompilePass, staysInDatabase } from './pass.ts';
import { checkAgain, itemFor, type Runner, serves } from './subnets.ts';
import type { Compiled, Rows, Snapshot, SubnetIds, Surroundings, Warning } from './types.ts';
import { firstRejected, judgedIn, rejectedIn, Verdicts } from './verdicts.ts';

/** A pass from which the next one may go on. */
export interface LastPass {
  readonly pass: CompilePass;
  readonly compiled: Compiled;
  /** Rows of Subnets as they were found in the last pass through all: since then no row came, went or changed hands. */
  readonly subnetsOf: (ref: ObjectRef) => readonly Item<SubnetBody>[];
}

/** Positions of Subnets that are to be looked at, and of those whose reservations are. */
export interface Changes {
  readonly subnets: ReadonlySet<number>;
  readonly groups: ReadonlySet<number>;
}

/** A pass whose objects hang on nothing that may change without them: nobody is on his way out, nothing vanished, nobody is in another's way. */
export const lastPassOf = (pass: CompilePass, compiled: Compiled): LastPass | undefined => {
  const { deletions, vanished, allowed, orphans, isEntangled, rows, memory, kept, facts } = pass;
  const isStill = [deletions, vanished, allowed, orphans].every(({ size }) => size === 0);
  // Rows that are kept may overlap each other.
  const mayOverlap = memory.losers.size > 0 && kept.size > 0;
  return isStill && !isEntangled && !mayOverlap && !facts.deleting && areOfChildren(pass)
    ? { pass, compiled, subnetsOf: rows.subnetsOf }
    : undefined;
};

/** Whether all rows that others refer to by name are of objects of the pair: whether one that is not is anywhere else may change without them. */
const areOfChildren = ({ snapshot, surroundings }: CompilePass): boolean => {
  const children = new Set([...snapshot.definitions, ...snapshot.classes].map(({ ref }) => ref));
  const { optionDefs, classes } = surroundings.rows.owned;
  const isOfChild = ({ marker }: Item<unknown>): boolean => marker === undefined || children.has(marker.object);
  return (
    [...optionDefs.values()].every(isOfChild) &&
    [...classes].every(([name, item]) => name.startsWith(OPERATORS_OWN) || isOfChild(item))
  );
};

/** What changed since the last pass; undefined: more than such changes, or not known. */
export const changesSince = (
  { last, changes }: CompileMemory,
  snapshot: Snapshot,
  { owned, foreign }: Rows,
  ids: SubnetIds,
): Changes | undefined =>
  changes.of([last, snapshot, owned, foreign, ids], () => last && differences(last, snapshot, { owned, foreign }, ids));

const differences = (
  last: LastPass,
  snapshot: Snapshot,
  { owned, foreign }: Rows,
  ids: SubnetIds,
): Changes | undefined => {
  const { snapshot: before, surroundings } = last.pass;
  const known = surroundings.rows;
  const isSame =
    same(snapshot.definitions, before.definitions) &&
    same(snapshot.classes, before.classes) &&
    same(snapshot.networks, before.networks) &&
    same(snapshot.elsewhere, before.elsewhere) &&
    same(snapshot.unattached, before.unattached) &&
    snapshot.globals === before.globals &&
    snapshot.subnets.length === before.subnets.length &&
    foreign === known.foreign &&
    sameEntries(owned.optionDefs, known.owned.optionDefs) &&
    sameEntries(owned.classes, known.owned.classes) &&
    sameEntries(owned.networks, known.owned.networks) &&
    sameEntries(ids.ids, surroundings.ids.ids) &&
    sameEntries(ids.refused, surroundings.ids.refused);
  if (!isSame) return undefined;

  const subnets = new Set<number>();
  const groups = new Set<number>();
  for (const [index, subnet] of snapshot.subnets.entries()) {
    const other = before.subnets[index];
    if (snapshot.reservations[index] !== before.reservations[index]) groups.add(index);
    if (subnet === other) continue;
    if (subnet.ref !== other?.ref || subnet.created !== other.created) return undefined;
    subnets.add(index);
  }
  const rows = changedKeys(owned.subnets, known.owned.subnets);
  const parts = changedKeys(HostMap.of(owned.hosts).parts, HostMap.of(known.owned.hosts).parts, true);
  if (!rows || !parts) return undefined;
  for (const id of rows) {
    const [row, was] = [owned.subnets.get(id), known.owned.subnets.get(id)];
    const at = row?.marker && snapshot.positions.get(row.marker.object);
    if (at === undefined || row?.marker?.object !== was?.marker?.object) return undefined;
    subnets.add(at);
  }
  for (const id of parts) {
    const owner = last.pass.subnets.get(id)?.marker?.object;
    const at = owner === undefined ? undefined : snapshot.positions.get(owner);
    if (at === undefined) return undefined;
    groups.add(at);
  }
  return { subnets, groups };
};

/** Keys whose values are others; undefined where keys came or went. @param any Whether they may. */
const changedKeys = <T>(
  now: ReadonlyMap<number, T>,
  before: ReadonlyMap<number, T>,
  any = false,
): readonly number[] | undefined => {
  if (now === before) return [];
  if (!any && now.size !== before.size) return undefined;
  const changed: number[] = [];
  let found = 0;
  for (const [key, value] of now) {
    const was = before.get(key);
    if (was !== undefined) found++;
    if (was !== value) changed.push(key);
  }
  if (found === before.size) return any || found === now.size ? changed : undefined;
  if (!any) return undefined;
  for (const key of before.keys()) if (!now.has(key)) changed.push(key);
  return changed;
};

/** Whether two maps have the same in the same order. */
const sameEntries = <Key>(now: ReadonlyMap<Key, unknown>, before: ReadonlyMap<Key, unknown>): boolean => {
  if (now === before) return true;
  if (now.size !== before.size) return false;
  const others = before.entries();
  for (const [key, value] of now) {
    const other = others.next().value;
    if (other?.[0] !== key || other[1] !== value) return false;
  }
  return true;
};

/** Goes on from the last pass; undefined where what changed reaches further than it seemed. */
export function* continuePass(
  snapshot: Snapshot,
  surroundings: Surroundings,
  memory: CompileMemory,
): Steps<Compiled | undefined> {
  const { last } = memory;
  memory.last = undefined;
  if (!last || 'rejection' in snapshot.spec) return undefined;
  const { pass: before, compiled: was } = last;
  const { serverTag, dropsLookups, rows, ids } = surroundings;
  if (serverTag !== before.surroundings.serverTag || dropsLookups !== before.surroundings.dropsLookups)
    return undefined;
  if (!equalBodies(surroundings.configured, before.surroundings.configured)) return undefined;
  const changes = changesSince({ ...memory, last }, snapshot, rows, ids);
  // It would keep the last pass.
  memory.changes.forget();
  if (!changes || changes.subnets.size + changes.groups.size > FEW) return undefined;
  if (pairFacts(snapshot, snapshot.spec.spec, before.facts.source, before.facts) !== before.facts) return undefined;
  yield;

  const subnetsOf = (ref: ObjectRef): readonly Item<SubnetBody>[] =>
    last.subnetsOf(ref).flatMap(({ body }) => rows.owned.subnets.get(body.id) ?? []);
  const pass: CompilePass = {
    ...before,
    snapshot,
    surroundings,
    rows: { ...before.rows, subnetsOf },
    subnets: new Map(before.subnets),
    warnings: new Map(before.warnings),
    pending: new Set(before.pending),
    kept: new Set(before.kept),
    found: [...before.found],
  };
  yield;
  for (const at of changes.subnets) if (!(yield* lookAgain(pass, at))) return undefined;
  const parts = new Map(HostMap.of(before.hosts).parts);
  let { size } = was.verdicts;
  let { rejected } = was;
  let hosts = before.hosts.size;
  const looked = new Set([...changes.subnets, ...changes.groups]);
  for (const at of looked) {
    const count = judgeAgain(pass, at, parts);
    if (!count) return undefined;
    size += count.verdicts;
    rejected += count.rejected;
    hosts += count.hosts;
    yield;
  }
  pass.hosts = new HostMap(parts, hosts);
  const { subnets, warnings, pending, kept, found } = pass;
  const compiled: Compiled = {
    ...was,
    desired: { ...was.desired, subnets, hosts: pass.hosts },
    verdicts: new Verdicts(pass, size),
    warnings,
    pending,
    kept,
    found,
    rejected,
    firstRejected: firstRejected(pass, rejected),
    pass: {},
    continues: { pass: was.pass, looked },
  };
  memory.last = { ...last, pass, compiled };
  return compiled;
}

/** With more changes a pass through all is as fast. */
const FEW = 1000;

/** Looks at a Subnet again: whether it claims what it claimed, and is accepted as it was. */
function* lookAgain(pass: CompilePass, at: number): Steps<boolean> {
  yield;
  const { snapshot, subnetMemories, verdicts, kept, subnetIds } = pass;
  const [subnet, memory] = [snapshot.subnets[at], subnetMemories[at]];
  const id = subnet && subnetIds.get(subnet.ref);
  if (!subnet || !memory || id === undefined || subnet.isDeleting || kept.has(subnet.ref)) return false;
  const { ref } = subnet;
  const [was, claims, home] = [memory.checked.last, memory.claims.last, memory.home.last];
  if (verdicts.get(ref)?.accepted !== true || !was || 'rejection' in was || !claims) return false;
  const rows = pass.rows.subnetsOf(ref);
  const checked = checkAgain(pass, subnet, rows, memory);
  if ('rejection' in checked) return false;
  const runner: Runner = { ...checked.value, rows, memory };
  const [body, former] = [runner.body, was.value.body];
  const claimsTheSame =
    areSame(claimsOf(runner), claims) &&
    body['shared-network-name'] === former['shared-network-name'] &&
    body.interface === former.interface &&
    // Classes of halves come and go with the pools that are for them.
    equalBodies(poolClassesOf(body), poolClassesOf(former)) &&
    subnet.adopts === was.value.subnet.adopts &&
    serves(runner) === memory.serves;
  if (!claimsTheSame) return false;
  setOrDelete(pass.warnings, ref, runner.warnings);
  const item = itemFor(pass, runner, id);
  const homeNow = homeIn(pass, memory.home, ref, item);
  // Global reservations look at all homes.
  return homeNow === home || snapshot.globals.length === 0;
}

const areSame = (claims: readonly PrefixClaim[], others: readonly PrefixClaim[]): boolean =>
  claims.length === others.length &&
  claims.every(({ prefix, tier, delegatedLen, isLeft }, index) => {
    const other = others[index];
    return (
      prefix.text === other?.prefix.text &&
      tier === other.tier &&
      delegatedLen === other.delegatedLen &&
      isLeft === other.isLeft
    );
  });

const poolClassesOf = ({ pools = [], 'pd-pools': pdPools = [] }: Omit<SubnetBody, 'id'>): readonly string[] =>
  [...pools, ...pdPools].flatMap((pool) => pool['client-classes'] ?? []).sort();

const setOrDelete = (map: Map<ObjectRef, readonly Warning[]>, ref: ObjectRef, warnings: readonly Warning[]): void => {
  if (warnings.length > 0) map.set(ref, warnings);
  else map.delete(ref);
};

/** What there is more of after reservations were judged again. */
interface Difference {
  readonly verdicts: number;
  readonly rejected: number;
  readonly hosts: number;
}

/** Judges the reservations of a Subnet again, and what its row looks up; undefined where they hang on others. */
const judgeAgain = (pass: CompilePass, at: number, parts: Map<number, HostPart>): Difference | undefined => {
  const { snapshot, subnetMemories, memory, subnetIds, kept, found } = pass;
  const [subnet, subnetMemory, before] = [snapshot.subnets[at], subnetMemories[at], found[at]];
  const id = subnet && subnetIds.get(subnet.ref);
  const item = subnetMemory?.item.last;
  if (!subnet || !subnetMemory || !before || id === undefined || !item || kept.has(subnet.ref)) return undefined;
  const { group, home: cell } = subnetMemory;
  const home = cell.last;
  const { classes } = group;
  const [judged, rejected] = [judgedIn(group), rejectedIn(group)];
  const members = snapshot.reservations[at] ?? [];
  const newcomers = members.filter(({ ref }) => memory.groupOf.get(ref) !== group);
  enroll(memory, group, members);
  // The clients that are in a class are a matter of all Subnets.
  if (!home || !same(classes, group.classes)) return undefined;
  const homes: Pick<Homes, 'of'> = { of: () => home };
  const owned = HostMap.of(pass.surroundings.rows.owned.hosts);
  const place = placeOf(pass, homes, owned, subnet, at);
  if (place.isShared || !leavesOthersAlone(pass, place, newcomers)) return undefined;
  const rowsOf = place.rows.of;
  const stage = group.stage.of(inputsOf(pass, NO_HOMES, place), () => stageOf(pass, NO_HOMES, place, rowsOf));
  if (!stage.isAtHome) return undefined;
  const stays = staysInDatabase(pass, id);
  const outcome = group.outcome.of([stage, place.rows, stays], () => judge(pass, [stage], rowsOf, []));
  replace(pass, before, outcome);
  group.rejected = outcome.rejected;
  found[at] = outcome;
  const was = parts.get(id)?.size ?? 0;
  if (outcome.hosts.size > 0) parts.set(id, outcome.hosts);
  else parts.delete(id);
  pass.subnets.set(id, withLookups(pass, id, item, home, parts.get(id), owned.parts.get(id)));
  return {
    verdicts: judgedIn(group) - judged,
    rejected: rejectedIn(group) - rejected,
    hosts: outcome.hosts.size - was,
  };
};

/** Whether no row of the subnet was written for an object that is elsewhere, and nobody who is new in the group has rows elsewhere. */
const leavesOthersAlone = (
  pass: CompilePass,
  { rows }: GroupPlace,
  newcomers: readonly ReservationChild[],
): boolean => {
  const owners = rows.outsiders.flatMap(({ marker }) => marker?.object ?? []);
  if (owners.some((ref) => pass.snapshot.find(ref) !== undefined)) return false;
  if (newcomers.some(({ ref }) => pass.ownerless.has(ref))) return false;
  if (owners.length > 0) pass.ownerless = new Set([...pass.ownerless, ...owners]);
  return true;
};

/** Of the pair as a whole alone they are asked for. */
const NO_HOMES: Homes = {
  of: () => undefined,
  around: () => undefined,
  someLookUpGlobals: () => false,
  version: () => 0,
};

/** Lets what was found of a group make room for what is. */
const replace = ({ warnings, pending, kept }: CompilePass, before: GroupOutcome, now: GroupOutcome): void => {
  for (const [ref] of before.warnings) warnings.delete(ref);
  for (const ref of before.pending) pending.delete(ref);
  for (const ref of before.kept) kept.delete(ref);
  for (const [ref, said] of now.warnings) warnings.set(ref, said);
  for (const ref of now.pending) pending.add(ref);
  for (const ref of now.kept) kept.add(ref);
};

/** From what is desired and what is there to the changes between them. */
import { changedFields, equalBodies } from '../kea/canonical.ts';
import {
  type BodyOf,
  type ForeignRow,
  type KeaState,
  type KeyOf,
  KINDS,
  ofKind,
  ROW_KINDS,
  type RowKind,
  type RowsOf,
  rowsOf,
} from '../kea/kinds.ts';
import { HostMap, type HostPart } from '../kea/partedMap.ts';
import { type DeletionPolicy, type Item, type Marker, type ObjectRef, withoutDerived } from '../kea/state.ts';
import { finish, type Steps } from '../kea/steps.ts';
import { arrange, splitSwaps } from './order.ts';
import type { Change, ChangeOf, Plan } from './plan.ts';
import { type Policy, withhold } from './policy.ts';
import { recordsOf, unbelievedKinds } from './records.ts';

/** What should be; `Compiled` of src/compile/types.ts fits. */
export interface Target {
  readonly desired: KeaState;
  /** Objects whose rows are to lose their marker and stay. */
  readonly orphans: ReadonlySet<ObjectRef>;
}

/** What is; `Observed` of src/backend/backend.ts fits. */
export interface ObservedRows {
  readonly owned: KeaState;
  readonly foreign: readonly ForeignRow[];
  /** By subnet id, what Subnets said of their deletion to an earlier version; a row's marker goes before. */
  readonly ledger: ReadonlyMap<number, { readonly deletionPolicy?: DeletionPolicy }>;
  /** For each kind of row the uid of the CustomResourceDefinition that its rows were last made for. */
  readonly definitions: ReadonlyMap<RowKind, string>;
}

/** Rows that were found to be as desired, from one pass to the next: the same two are not compared again. */
export interface PlanMemory {
  readonly rows: Readonly<Record<ComparedKind, Compared>>;
  /** Reservations, all of a subnet at once. */
  readonly parts: Map<number, readonly [desired: HostPart, owned: HostPart]>;
}

/** Kinds whose rows are compared one by one. */
type ComparedKind = Exclude<RowKind, 'host'>;
type Compared = Map<string | number, readonly [desired: object, owned: object]>;

export const createPlanMemory = (): PlanMemory => ({
  rows: { 'option-def': new Map(), class: new Map(), network: new Map(), subnet: new Map() },
  parts: new Map(),
});

/**
 * The least that makes the rows equal to the desired rows, in an order that foreign keys and unique indexes allow, less what policy
 * keeps back. Rows are compared by value: a new generation, uid or digest alone writes nothing (servers are held to the
 * marker of the row), another owner or deletion policy does.
 *
 * A foreign row is touched only where its key is desired: compile lets that happen for adopted rows alone.
 *
 * @param memory Of the last pass: the plan is the same without it.
 */
export const calculatePlan = (
  target: Target,
  present: ObservedRows,
  policy: Policy,
  memory = createPlanMemory(),
): Plan => finish(planSteps(target, present, policy, memory));

/** The same in steps. */
export function* planSteps(target: Target, present: ObservedRows, policy: Policy, memory: PlanMemory): Steps<Plan> {
  const { owned } = present;
  const changes: Change[] = [];
  for (const kind of ROW_KINDS) {
    if (kind === 'host') yield* hostDifferences(target, present, memory, changes);
    else yield* differences(kind, target, present, policy.serverTag, memory, changes);
  }
  const unbelieved = unbelievedKinds(present.definitions, policy.definitions);
  const plan = withhold(arrange(splitSwaps(changes, owned)), owned, policy, unbelieved);
  yield;
  return { ...plan, records: recordsOf(present.definitions, policy.definitions, plan) };
}

interface Adoptable<Body> {
  readonly item: Item<Body>;
  /** Whether its server tag is the pair's, so that it can stay: re-tagging a row leaves no trace that a server would notice. */
  readonly inPlace: boolean;
}
type Adoptables<K extends RowKind> = ReadonlyMap<KeyOf<K>, Adoptable<BodyOf<K>>>;

/** Foreign rows of a kind by key. What servers do not keep in memory has no server tags. */
const adoptable = <K extends RowKind>(kind: K, foreign: readonly ForeignRow[], serverTag: string): Adoptables<K> => {
  const { keyOf, inMemory } = KINDS[kind];
  return new Map(
    ofKind(foreign, kind).map(({ item, serverTags }) => {
      const inPlace = !inMemory || (serverTags.length === 1 && serverTags[0] === serverTag);
      return [keyOf(item.body), { item: item, inPlace }];
    }),
  );
};

/** So many rows are compared before somebody else may have the processor. */
const SLICE = 256;

/** What differs between two sets of rows of one kind. */
function* differences(
  kind: ComparedKind,
  target: Target,
  present: ObservedRows,
  serverTag: string,
  memory: PlanMemory,
  changes: Change[],
): Steps<void> {
  const [desired, owned] = [rowsOf(target.desired, kind), rowsOf(present.owned, kind)];
  const foreign = adoptable(kind, present.foreign, serverTag);
  const rows = memory.rows[kind];
  let found = 0;
  let compared = 0;
  for (const [key, item] of desired) {
    if (compared++ % SLICE === 0) yield;
    const was = owned.get(key);
    if (was) found++;
    const known = rows.get(key);
    if (was && known?.[0] === item && known[1] === was) continue;
    const told = kind === 'subnet' ? present.ledger.get(Number(key))?.deletionPolicy : undefined;
    if (was && !differs(item, was, told)) rows.set(key, [item, was]);
    else changes.push(...(changesTo(kind, key, item, was, foreign) as Iterable<Change>));
  }
  if (rows.size > 2 * (desired.size + owned.size)) rows.clear();
  if (found < owned.size) changes.push(...(removals(kind, owned, desired, target.orphans) as Iterable<Change>));
}

/** What differs between reservations, subnet by subnet. */
function* hostDifferences(
  target: Target,
  present: ObservedRows,
  { parts }: PlanMemory,
  changes: Change[],
): Steps<void> {
  const [desired, owned] = [HostMap.of(target.desired.hosts), HostMap.of(present.owned.hosts)];
  const foreign = adoptable('host', present.foreign, '');
  let found = 0;
  let compared = 0;
  const less = new Map<number, HostPart>();
  for (const [id, part] of desired.parts) {
    if (compared++ % SLICE === 0) yield;
    const was = owned.parts.get(id);
    if (was) found++;
    const known = parts.get(id);
    if (was && known?.[0] === part && known[1] === was) continue;
    const before = changes.length;
    const kept = compareHosts(part, was, foreign, changes);
    if (was && kept < was.size) less.set(id, was);
    else if (was && changes.length === before) parts.set(id, [part, was]);
  }
  if (parts.size > 2 * (desired.parts.size + owned.parts.size)) parts.clear();
  if (found < owned.parts.size) for (const [id, was] of owned.parts) if (!desired.parts.has(id)) less.set(id, was);
  yield;
  if (less.size === 0) return;
  for (const [id, was] of owned.parts) {
    if (less.has(id)) changes.push(...removals('host', was, desired, target.orphans));
  }
}

/** Adds what makes the reservations of a subnet as desired, less removals; tells how many are there already under their keys. */
const compareHosts = (
  part: HostPart,
  was: HostPart | undefined,
  foreign: Adoptables<'host'>,
  changes: Change[],
): number => {
  let kept = 0;
  for (const [key, item] of part) {
    const row = was?.get(key);
    if (row) kept++;
    if (!row || differs(item, row)) changes.push(...changesTo<'host'>('host', key, item, row, foreign));
  }
  return kept;
};

/** What makes a row as desired that is another, or not there. */
function* changesTo<K extends RowKind>(
  kind: K,
  key: KeyOf<K>,
  item: Item<BodyOf<K>>,
  was: Item<BodyOf<K>> | undefined,
  foreign: Adoptables<K>,
): Generator<ChangeOf<K>> {
  if (was) {
    yield update(kind, key, item, was);
    return;
  }
  const adopted = foreign.get(key);
  if (adopted?.inPlace) {
    yield update(kind, key, item, adopted.item);
    return;
  }
  if (adopted) yield { kind, op: 'remove', key, was: adopted.item };
  yield { kind, op: 'create', key, item };
}

/** What is not desired any more. */
function* removals<K extends RowKind>(
  kind: K,
  owned: RowsOf<K>,
  desired: RowsOf<K>,
  orphans: ReadonlySet<ObjectRef>,
): Generator<ChangeOf<K>> {
  for (const [key, was] of owned) {
    if (desired.has(key)) continue;
    const orphan = was.marker !== undefined && orphans.has(was.marker.object);
    if (orphan) yield { kind, op: 'release', key, item: { body: withoutDerived(was) }, was };
    else yield { kind, op: 'remove', key, was };
  }
}

/** @param told What a Subnet said of its deletion to an earlier version, which counts where the row says nothing. */
const differs = <Body extends object>(item: Item<Body>, was: Item<Body>, told: DeletionPolicy = 'Protect'): boolean =>
  item !== was &&
  (item.marker?.object !== was.marker?.object ||
    policyIn(item.marker, 'Protect') !== policyIn(was.marker, told) ||
    !equalBodies(item.body, was.body));

const policyIn = (marker: Marker | undefined, absent: DeletionPolicy): DeletionPolicy =>
  marker?.deletionPolicy ?? absent;

const update = <K extends RowKind>(
  kind: K,
  key: KeyOf<K>,
  item: Item<BodyOf<K>>,
  was: Item<BodyOf<K>>,
): ChangeOf<K> => ({ kind, op: 'update', key, item, was, fields: changedFields(was.body, item.body) });

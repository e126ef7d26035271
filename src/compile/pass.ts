/** What one compilation works on, and the acts that objects of all kinds have in common. */
import type { HAPairSpec } from '../api/haPair.ts';
import { makeMarker, markedPolicy, type Owner, withPolicy } from '../kea/digest.ts';
import {
  type AnyRow,
  emptyState,
  type Filling,
  fillingOf,
  IN_MEMORY,
  type InMemory,
  keyOfRow,
  type RowsOf,
} from '../kea/kinds.ts';
import type { DeletionPolicy, Item, ObjectRef, SubnetBody } from '../kea/state.ts';
import type { Steps } from '../kea/steps.ts';
import type { NetworkChild, SubnetChild } from './child.ts';
import { type PairFacts, pairFacts } from './facts.ts';
import type { GroupOutcome } from './groups.ts';
import { type CompileMemory, enroll, entryOf, SLICE, SubnetMemory } from './memory.ts';
import { ACCEPTED, type AnyObject } from './objects.ts';
import { indexRows, type RowIndex } from './rows.ts';
import { ownSubnet } from './snapshot.ts';
import type { ActiveLeases, Deletion, Rejection, Snapshot, Surroundings, Vanished, Verdict, Warning } from './types.ts';

/** What one call of compile works on: what is known, and what it has found so far. */
export interface CompilePass extends Filling<InMemory> {
  readonly snapshot: Snapshot;
  readonly surroundings: Surroundings;
  readonly memory: CompileMemory;
  /** Of the Subnets of the snapshot, in their order. */
  readonly subnetMemories: readonly SubnetMemory[];
  /** Of its classes and definitions it knows once they are judged. */
  facts: PairFacts;
  /** Classes that reservations give, defined or not: their clients are in them. */
  readonly reserved: ReadonlySet<string>;
  /** Classes that rows define, the pair's own or not. */
  defined: ReadonlySet<string>;
  readonly rows: RowIndex;
  hosts: RowsOf<'host'>;
  /** On all but reservations, whose groups have them. */
  readonly verdicts: Map<ObjectRef, Verdict>;
  readonly warnings: Map<ObjectRef, readonly Warning[]>;
  readonly subnetIds: Map<ObjectRef, number>;
  /** Accepted Subnets without an id. */
  readonly waiting: Map<ObjectRef, Omit<SubnetBody, 'id'>>;
  readonly pending: Set<ObjectRef>;
  readonly kept: Set<ObjectRef>;
  readonly deletions: Map<ObjectRef, Deletion>;
  readonly orphans: Set<ObjectRef>;
  readonly vanished: Map<number, Vanished>;
  readonly allowed: Set<number>;
  /** What was found of each group of reservations, where it hangs on no other. */
  readonly found: (GroupOutcome | undefined)[];
  /** Reservations of which there are rows, and which are not there. */
  ownerless: ReadonlySet<ObjectRef>;
  /** Whether objects are, or might be, in each other's way, or rows are there without theirs: what becomes of them hangs on more than they are. */
  isEntangled: boolean;
}

export function* startPass(
  snapshot: Snapshot,
  surroundings: Surroundings,
  spec: HAPairSpec,
  memory: CompileMemory,
): Steps<CompilePass> {
  const subnetMemories: SubnetMemory[] = [];
  for (const [index, { ref }] of snapshot.subnets.entries()) {
    if (index % SLICE === 0) yield;
    const state = entryOf(memory.subnets, ref, () => new SubnetMemory());
    enroll(memory, state.group, snapshot.reservations[index] ?? []);
    subnetMemories.push(state);
  }
  if (memory.subnets.size > subnetMemories.length) forgetSubnets(snapshot, memory);
  enroll(memory, memory.globals, snapshot.globals);
  yield;
  const reserved = new Set(subnetMemories.flatMap(({ group }) => group.classes).concat(memory.globals.classes));
  const { owned, foreign } = surroundings.rows;
  return {
    snapshot,
    surroundings,
    memory,
    subnetMemories,
    facts: pairFacts(snapshot, spec, { classes: [...reserved], definitions: [] }),
    reserved,
    defined: new Set(),
    rows: memory.rows.of([owned.optionDefs, owned.classes, owned.networks, owned.subnets, foreign], () =>
      indexRows(surroundings.rows),
    ),
    ...emptyState(),
    verdicts: new Map(),
    warnings: new Map(),
    subnetIds: new Map(),
    waiting: new Map(),
    pending: new Set(),
    kept: new Set(),
    deletions: new Map(),
    orphans: new Set(),
    vanished: new Map(),
    allowed: new Set(),
    found: [],
    ownerless: new Set(),
    isEntangled: false,
  };
}

const forgetSubnets = ({ subnets }: Snapshot, memory: CompileMemory): void => {
  const present = new Set(subnets.map(({ ref }) => ref));
  for (const [ref, { group }] of memory.subnets) {
    if (present.has(ref)) continue;
    enroll(memory, group, []);
    memory.subnets.delete(ref);
  }
};

export const accept = (pass: CompilePass, ref: ObjectRef, warnings: readonly Warning[]): void => {
  pass.verdicts.set(ref, ACCEPTED);
  if (warnings.length > 0) pass.warnings.set(ref, warnings);
};

/** A body with the marker of the object that asks for it. */
export const itemOf = <Body extends object>(ref: ObjectRef, { metadata }: AnyObject, body: Body): Item<Body> => ({
  body,
  marker: makeMarker(markedBy(ref, { metadata }), body),
});

/** @param policy What it says of its deletion. */
export const markedBy = (
  ref: ObjectRef,
  { metadata }: Pick<AnyObject, 'metadata'>,
  policy: DeletionPolicy = 'Protect',
): Owner => ({
  object: ref,
  uid: metadata.uid ?? '',
  generation: metadata.generation ?? 0,
  ...markedPolicy(policy),
});

/**
 * Rejects an object; the rows that it has already stay as they are. A slip in a Subnet that serves an office must not take
 * the office out of service: the last configuration that was right goes on until the slip is corrected or the object deleted.
 */
export const refuse = (pass: CompilePass, ref: ObjectRef, rejection: Rejection): void => {
  pass.verdicts.set(ref, rejection);
  keepRows(pass, ref);
};

/** Lets the rows of an object stay in the desired state as they are. A key that somebody else was granted is left to him. */
export const keepRows = (pass: CompilePass, ref: ObjectRef): void => {
  for (const kind of IN_MEMORY) {
    const rows = fillingOf(pass, kind) as Map<string | number, Item<unknown>>;
    for (const item of pass.rows.ownedBy(kind, ref)) {
      const key = keyOfRow({ kind, item } as AnyRow);
      if (rows.has(key)) continue;
      rows.set(key, sayingPolicy(item, ownSubnet(pass.snapshot, ref)?.policy));
      pass.kept.add(ref);
    }
  }
};

/** A row that stays as it is says what its Subnet says of its deletion now. */
const sayingPolicy = <Body>(item: Item<Body>, policy: DeletionPolicy | undefined): Item<Body> => {
  const { marker } = item;
  if (!marker || policy === undefined || markedPolicy(policy).deletionPolicy === marker.deletionPolicy) return item;
  return { ...item, marker: withPolicy(marker, policy) };
};

/** Whether there will be a row of the subnet, be it no longer or never ours. 0 stands for all subnets. */
export const staysInDatabase = ({ subnets, rows, orphans, surroundings }: CompilePass, id: number): boolean => {
  if (id === 0 || subnets.has(id) || rows.hasForeignSubnetId(id)) return true;
  const owner = surroundings.rows.owned.subnets.get(id)?.marker?.object;
  return owner !== undefined && orphans.has(owner);
};

/**
 * What becomes of an object that may be on its way out; undefined: it is not.
 * @param leases Active leases that its deletion would harm.
 */
export const deletionOf = (
  pass: CompilePass,
  { isDeleting, policy }: NetworkChild | SubnetChild,
  hasRows: boolean,
  leases: ActiveLeases,
): Deletion | undefined => {
  if (!isDeleting) return undefined;
  if (!hasRows) return { state: 'leaving' };
  if (policy === 'Orphan') return { state: 'orphaned' };
  // When the pair itself goes there is nobody left to serve the leases.
  if (policy === 'Delete' || pass.facts.deleting || leases === 0) return { state: 'leaving' };
  const message = `${countOf(leases)}: it goes on serving until they end; set deletionPolicy to Drain to have its clients leave, or to Delete to remove it at once`;
  return { state: 'held', reason: 'LeasesActive', message };
};

const countOf = (leases: ActiveLeases): string =>
  leases === 'unknown'
    ? 'its active leases cannot be counted now'
    : leases === 1
      ? '1 lease is active'
      : `${leases} leases are active`;

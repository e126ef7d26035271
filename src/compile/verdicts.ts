/** Verdicts, of which those on reservations stand in their groups. */
import { View } from '../kea/partedMap.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Group } from './memory.ts';
import { ACCEPTED } from './objects.ts';
import type { CompilePass } from './pass.ts';
import type { Verdict } from './types.ts';

/** Those on all objects. Those on reservations are looked up in their groups, and stand until the next pass with the same memory. */
export class Verdicts extends View<ObjectRef, Verdict> {
  readonly size: number;
  readonly #pass: Pick<CompilePass, 'verdicts' | 'memory' | 'subnetMemories'>;

  constructor(pass: Pick<CompilePass, 'verdicts' | 'memory' | 'subnetMemories'>, size = sizeOf(pass)) {
    super();
    this.#pass = pass;
    this.size = size;
  }

  get(ref: ObjectRef): Verdict | undefined {
    const { memory, verdicts } = this.#pass;
    const group = memory.groupOf.get(ref);
    if (!group) return verdicts.get(ref);
    return group.leaving.has(ref) ? undefined : (group.rejected.get(ref) ?? ACCEPTED);
  }

  has(ref: ObjectRef): boolean {
    return this.get(ref) !== undefined;
  }

  *entries(): MapIterator<[ObjectRef, Verdict]> {
    const { verdicts } = this.#pass;
    yield* verdicts;
    for (const { members, rejected } of groupsIn(this.#pass)) {
      for (const { ref, isDeleting } of members) if (!isDeleting) yield [ref, rejected.get(ref) ?? ACCEPTED];
    }
  }
}

function* groupsIn({ memory, subnetMemories }: Pick<CompilePass, 'memory' | 'subnetMemories'>): Generator<Group> {
  for (const { group } of subnetMemories) yield group;
  yield memory.globals;
}

/** How many of a group were rejected. */
export const rejectedIn = ({ members, rejected }: Group): number =>
  rejected.size === 0 ? 0 : members.filter(({ ref }) => rejected.has(ref)).length;

/** How many children of the pair were rejected. */
export const countRejected = (pass: Pick<CompilePass, 'verdicts' | 'memory' | 'subnetMemories'>): number => {
  let count = 0;
  for (const verdict of pass.verdicts.values()) if (!verdict.accepted) count++;
  for (const group of groupsIn(pass)) count += rejectedIn(group);
  return count;
};

/** At most so many rejected objects are named. */
export const NAMED = 5;

/** The first children of the pair that were rejected. @param count How many there are. */
export const firstRejected = (
  pass: Pick<CompilePass, 'verdicts' | 'memory' | 'subnetMemories'>,
  count: number,
): readonly ObjectRef[] => {
  // Groups are many, and mostly all is well.
  if (count === 0) return [];
  return rejectedRefs(pass).take(NAMED).toArray();
};

function* rejectedRefs(pass: Pick<CompilePass, 'verdicts' | 'memory' | 'subnetMemories'>): Generator<ObjectRef> {
  for (const [ref, { accepted }] of pass.verdicts) if (!accepted) yield ref;
  for (const { members, rejected } of groupsIn(pass)) {
    if (rejected.size > 0) for (const { ref } of members) if (rejected.has(ref)) yield ref;
  }
}

/** How many of a group have verdicts. */
export const judgedIn = ({ members, leaving }: Group): number => members.length - leaving.size;

const sizeOf = (pass: Pick<CompilePass, 'verdicts' | 'memory' | 'subnetMemories'>): number =>
  groupsIn(pass).reduce((sum, group) => sum + judgedIn(group), pass.verdicts.size);

/** Verdicts, of which those on reservations stand in their groups. */
import { View } from '../kea/partedMap.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Group } from './memory.ts';
import { ACCEPTED } from './objects.ts';
import type { Turn } from './turn.ts';
import type { Verdict } from './types.ts';

/** Those on all objects. Those on reservations are looked up in their groups, and stand until the next pass with the same memory. */
export class Verdicts extends View<ObjectRef, Verdict> {
  readonly size: number;
  readonly #turn: Pick<Turn, 'verdicts' | 'memory' | 'subnetMemories'>;

  constructor(turn: Pick<Turn, 'verdicts' | 'memory' | 'subnetMemories'>, size = sizeOf(turn)) {
    super();
    this.#turn = turn;
    this.size = size;
  }

  get(ref: ObjectRef): Verdict | undefined {
    const { memory, verdicts } = this.#turn;
    const group = memory.groupOf.get(ref);
    if (!group) return verdicts.get(ref);
    return group.leaving.has(ref) ? undefined : (group.rejected.get(ref) ?? ACCEPTED);
  }

  has(ref: ObjectRef): boolean {
    return this.get(ref) !== undefined;
  }

  *entries(): MapIterator<[ObjectRef, Verdict]> {
    const { verdicts } = this.#turn;
    yield* verdicts;
    for (const { members, rejected } of groupsIn(this.#turn)) {
      for (const { ref, isDeleting } of members) if (!isDeleting) yield [ref, rejected.get(ref) ?? ACCEPTED];
    }
  }
}

function* groupsIn({ memory, subnetMemories }: Pick<Turn, 'memory' | 'subnetMemories'>): Generator<Group> {
  for (const { group } of subnetMemories) yield group;
  yield memory.globals;
}

/** How many of a group have verdicts. */
export const judgedIn = ({ members, leaving }: Group): number => members.length - leaving.size;

const sizeOf = (turn: Pick<Turn, 'verdicts' | 'memory' | 'subnetMemories'>): number =>
  groupsIn(turn).reduce((sum, group) => sum + judgedIn(group), turn.verdicts.size);

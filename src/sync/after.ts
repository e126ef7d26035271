/** The rows as they are once changes are made. */
import type { Observed } from '../backend/backend.ts';
import {
  emptyState,
  type Filling,
  fillingOf,
  type InMemory,
  type KeaState,
  keyOfRow,
  KINDS,
  type StateOf,
  withRows,
} from '../kea/kinds.ts';
import type { Item } from '../kea/state.ts';
import { type Change, editOf } from '../plan/plan.ts';

/** The rows that a pair's servers read once changes are made. */
export interface After {
  readonly owned: KeaState;
  /**
   * Somebody else's, and those that were let go of, in this pass or in one that a server missed: it may still run them
   * with our marker, and must lose that alone.
   */
  readonly foreign: StateOf<InMemory>;
}

/** Kea reads the rows of its own tag and of this one. */
const EVERYBODY = 'all';

/** What the database holds once the changes are made: what servers are held to, whatever policy kept back. */
export const afterChanges = (
  observed: Pick<Observed, 'owned' | 'foreign'>,
  changes: readonly Change[],
  serverTag: string,
): After => {
  const foreign = emptyState();
  for (const row of observed.foreign) {
    if (!row.serverTags.includes(serverTag) && !row.serverTags.includes(EVERYBODY)) continue;
    itemsOf(foreign, row.kind).set(keyOfRow(row), row.item);
  }
  for (const change of changes) {
    const { kind, key, op } = change;
    itemsOf(foreign, kind).delete(key);
    if (op === 'release' && KINDS[kind].inMemory) itemsOf(foreign, kind).set(key, change.item);
  }
  // What has no change is the same map: whoever looked at it before need not again.
  return { owned: withRows(observed.owned, changes.map(editOf)), foreign };
};

const itemsOf = (state: Filling, kind: Change['kind']) => fillingOf(state, kind) as Map<string | number, Item<unknown>>;

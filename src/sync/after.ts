/** The rows as they are once changes are made. */
import type { Observed } from '../backend/backend.ts';
import {
  copyOf,
  emptyState,
  type Filling,
  fillingOf,
  type InMemory,
  type KeaState,
  keyOfRow,
  KINDS,
  type StateOf,
} from '../kea/kinds.ts';
import type { Item } from '../kea/state.ts';
import type { Change } from '../plan/plan.ts';

/** The rows that a pair's servers read once changes are made. */
export interface After {
  readonly owned: KeaState;
  /**
   * Somebody else's, and those that were let go of, in this turn or in one that a server missed: it may still run them
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
  const owned = copyOf(observed.owned);
  const foreign = emptyState();
  for (const row of observed.foreign) {
    if (!row.serverTags.includes(serverTag) && !row.serverTags.includes(EVERYBODY)) continue;
    itemsOf(foreign, row.kind).set(keyOfRow(row), row.item);
  }
  for (const change of changes) {
    const { kind, key, op } = change;
    itemsOf(owned, kind).delete(key);
    itemsOf(foreign, kind).delete(key);
    if (op === 'create' || op === 'update') itemsOf(owned, kind).set(key, change.item);
    else if (op === 'release' && KINDS[kind].inMemory) itemsOf(foreign, kind).set(key, change.item);
  }
  return { owned, foreign };
};

const itemsOf = (state: Filling, kind: Change['kind']) => fillingOf(state, kind) as Map<string | number, Item<unknown>>;

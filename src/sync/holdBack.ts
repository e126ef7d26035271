/** Which changes can be made where others cannot. */
import { nameOf } from '../compile/objects.ts';
import { type AnyRow, claimsOfRow, openClaims, parentsOfRow, rowName } from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import { ownerOf } from '../plan/describe.ts';
import { type Change, gainerOf, loserOf, rowBefore, rowMadeBy } from '../plan/plan.ts';

/** Changes that can be made together. */
export interface Held {
  readonly made: readonly Change[];
  /** Changes that could be made but for others, with what each waits for, for people: `Subnet prod/office still has 10.0.0.0/24`. */
  readonly waits: ReadonlyMap<Change, string>;
}

/**
 * The changes without those that cannot be made, and without what could not stand beside the rows that stay as they are
 * for that: the removal of a row that was to come again, perhaps under another id or identifier, whoever was to have that row, the new row of an object that keeps its former one, a subnet on a prefix that
 * is not given up, an address that is still reserved, the removal of a network that still has its subnet. A plan is one transaction: one change too many
 * would fail them all, or leave a client without the subnet that it had.
 */
export const holdBack = (changes: readonly Change[], cannot: (change: Change) => boolean): Held => {
  const held = new Set<Change>();
  const waits = new Map<Change, string>();
  const stay = rowsThatStay();
  const hold = (change: Change): void => {
    held.add(change);
    stay.add(change);
  };
  for (const change of changes) if (cannot(change)) hold(change);
  if (held.size === 0) return { made: changes, waits };
  let before: number;
  do {
    before = held.size;
    for (const change of changes) {
      const obstacle = held.has(change) ? undefined : stay.inTheWayOf(change);
      if (!obstacle) continue;
      hold(change);
      // Of an object that waits for itself its own change has been spoken of.
      if (ownerOf(change) !== ownerOf(obstacle.by)) waits.set(change, `${subjectOf(obstacle.by)} ${obstacle.why}`);
    }
  } while (held.size !== before);
  return { made: changes.filter((change) => !held.has(change)), waits };
};

const subjectOf = (change: Change): string => {
  const owner = ownerOf(change);
  return owner === undefined ? rowOf(change) : nameOf(owner);
};

/** The change that is not made, and what follows from that. */
interface Obstacle {
  readonly by: Change;
  readonly why: string;
}

const rowsThatStay = () => {
  const rows = new Map<string, Change>();
  /** By the object that does not get its row. */
  const gainers = new Map<ObjectRef, Change>();
  /** By the object that does not give its row up. */
  const losers = new Map<ObjectRef, Change>();
  const missing = new Map<string, Change>();
  const claims = openClaims<Obstacle>();
  /** By the row that cannot go before them. */
  const children = new Map<string, Obstacle>();
  /** Rows among these that cannot change either. */
  const fixed = new Set<string>();

  const stays = (by: Change, row: AnyRow): void => {
    for (const claim of claimsOfRow(row)) claims.add([claim], { by, why: `still has ${claim.text}` });
    for (const { kind, key, holds, fits } of parentsOfRow(row)) {
      if (holds !== undefined) children.set(rowName(kind, key), { by, why: holds });
      if (fits) fixed.add(rowName(kind, key));
    }
  };

  return {
    add: (change: Change): void => {
      rows.set(rowOf(change), change);
      const [gainer, loser] = [gainerOf(change), loserOf(change)];
      if (gainer !== undefined) gainers.set(gainer, change);
      if (loser !== undefined) losers.set(loser, change);
      const before = rowBefore(change);
      if (before) stays(change, before);
      else missing.set(rowOf(change), change);
    },
    inTheWayOf: (change: Change): Obstacle | undefined => {
      const other = rows.get(rowOf(change));
      if (other) {
        const why = other.op === 'create' ? 'is to have the row and cannot take it yet' : 'still has the row';
        return { by: other, why };
      }
      const [gainer, loser] = [gainerOf(change), loserOf(change)];
      const again = loser === undefined ? undefined : gainers.get(loser);
      if (again) return { by: again, why: 'cannot have its new row yet' };
      const before = gainer === undefined ? undefined : losers.get(gainer);
      if (before) return { by: before, why: 'cannot take over the former row yet' };
      if (change.op === 'remove') return children.get(rowOf(change));
      if (change.op === 'update' && fixed.has(rowOf(change))) return children.get(rowOf(change));
      const made = rowMadeBy(change);
      if (!made) return undefined;
      const holder = claims.holderOf(claimsOfRow(made));
      if (holder) return holder;
      const parent = parentsOfRow(made).find(({ kind, key, optional }) => !optional && missing.has(rowName(kind, key)));
      const by = parent && missing.get(rowName(parent.kind, parent.key));
      return by && { by, why: 'is not in the database yet' };
    },
  };
};

const rowOf = ({ kind, key }: Change): string => rowName(kind, key);

/** What a plan is: changes, what is withheld of them, and what is recorded. */
import type { AnyRow, BodyOf, Edit, KeyOf, RowKind } from '../kea/kinds.ts';
import type { HostBody, Item, ObjectRef } from '../kea/state.ts';

/** One row to write. `fields` are the top-level keywords that differ, for people and for the choice of the live path. */
export type ChangeOf<K extends RowKind> =
  | { readonly kind: K; readonly op: 'create'; readonly key: KeyOf<K>; readonly item: Item<BodyOf<K>> }
  | {
      readonly kind: K;
      readonly op: 'update';
      readonly key: KeyOf<K>;
      readonly item: Item<BodyOf<K>>;
      readonly was: Item<BodyOf<K>>;
      readonly fields: readonly string[];
    }
  /** The row stays but loses its marker: deletionPolicy Orphan. */
  | {
      readonly kind: K;
      readonly op: 'release';
      readonly key: KeyOf<K>;
      readonly item: Item<BodyOf<K>>;
      readonly was: Item<BodyOf<K>>;
    }
  | { readonly kind: K; readonly op: 'remove'; readonly key: KeyOf<K>; readonly was: Item<BodyOf<K>> };

export type Change = { [K in RowKind]: ChangeOf<K> }[RowKind];

/** The row that a change makes, or makes equal to what is desired. */
export const rowMadeBy = (change: Change): AnyRow | undefined =>
  change.op === 'create' || change.op === 'update' ? ({ kind: change.kind, item: change.item } as AnyRow) : undefined;

/** The row that was there before a change. */
export const rowBefore = (change: Change): AnyRow | undefined =>
  change.op === 'create' ? undefined : ({ kind: change.kind, item: change.was } as AnyRow);

/** Who gets a row by a change that he did not have. */
export const gainerOf = (change: Change): ObjectRef | undefined => {
  const owner = rowMadeBy(change)?.item.marker?.object;
  return owner === rowBefore(change)?.item.marker?.object ? undefined : owner;
};

/** Whose row goes by a change, or becomes another's. */
export const loserOf = (change: Change): ObjectRef | undefined => {
  if (change.op === 'release') return undefined;
  const owner = rowBefore(change)?.item.marker?.object;
  return owner === rowMadeBy(change)?.item.marker?.object ? undefined : owner;
};

/** The rows of reservations that have another key from now on, as they were, by their objects. */
export const formerHosts = (changes: readonly Change[]): ReadonlyMap<ObjectRef, HostBody> => {
  const ofHosts = changes.filter((change) => change.kind === 'host');
  const gainers = new Set(ofHosts.map(gainerOf));
  return new Map(
    ofHosts.flatMap((change) => {
      const loser = loserOf(change);
      return loser !== undefined && gainers.has(loser) && 'was' in change ? [[loser, change.was.body] as const] : [];
    }),
  );
};

/** What a change makes of the pair's rows: one that is let go of is no more its own. */
export const editOf = (change: Change): Edit => {
  const { kind, key, op } = change;
  return (op === 'create' || op === 'update' ? { kind, key, item: change.item } : { kind, key }) as Edit;
};

export type Withholding = 'DryRun' | 'MassDeletionWithheld';

/** What is kept in the operator's own tables beside the rows, so that it outlives the objects. */
export interface Records {
  /** Kinds of rows, each with the uid of the CustomResourceDefinition whose objects its rows were last made from. */
  readonly definitions: ReadonlyMap<RowKind, string>;
}

/** Why removals are withheld together, or would be had the user not named their number. */
export interface Guard {
  /** The number that lets them through. */
  readonly removals: number;
  /** `they are more than half of what the pair has` */
  readonly because: string;
}

/** The least that makes rows equal to the desired state, in an order that foreign keys and unique indexes allow. */
export interface Plan {
  readonly changes: readonly Change[];
  /** Changes that policy keeps back, in the same order. */
  readonly withheld: readonly { readonly change: Change; readonly why: Withholding }[];
  /** Present where `MassDeletionWithheld` is among them, or was let through. */
  readonly guard?: Guard;
  /** What the operator's own tables lack. */
  readonly records?: Records;
}

/** Whether there is nothing to write. */
export const isEmpty = ({ changes, records }: Plan): boolean =>
  changes.length === 0 && (records === undefined || records.definitions.size === 0);

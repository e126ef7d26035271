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
import { type DeletionPolicy, type Item, type Marker, type ObjectRef, withoutDerived } from '../kea/state.ts';
import { arrange, splitSwaps } from './order.ts';
import type { Change, ChangeOf, Plan } from './plan.ts';
import { type Policy, withhold } from './policy.ts';
import { recordsOf, unbelievedKinds } from './records.ts';

/** What should be; `Compiled` of src/compile/types.ts fits. */
export interface Wish {
  readonly desired: KeaState;
  /** Objects whose rows are to lose their marker and stay. */
  readonly orphans: ReadonlySet<ObjectRef>;
}

/** What is; `Observed` of src/backend/backend.ts fits. */
export interface Present {
  readonly owned: KeaState;
  readonly foreign: readonly ForeignRow[];
  /** By subnet id, what Subnets said of their deletion to an earlier version; a row's marker goes before. */
  readonly ledger: ReadonlyMap<number, { readonly deletionPolicy?: DeletionPolicy }>;
  /** For each kind of row the uid of the CustomResourceDefinition that its rows were last made for. */
  readonly definitions: ReadonlyMap<RowKind, string>;
}

/**
 * The least that makes the rows equal to the wish, in an order that foreign keys and unique indexes allow, less what policy
 * keeps back. Rows are compared by value: a new generation, uid or digest alone writes nothing (servers are held to the
 * marker of the row), another owner or deletion policy does.
 *
 * A foreign row is touched only where the wish has its key: compile lets that happen for adopted rows alone.
 */
export function calculatePlan({ desired, orphans }: Wish, present: Present, policy: Policy): Plan {
  const { owned } = present;
  const changes = ROW_KINDS.flatMap((kind) => {
    const adopted = adoptable(kind, present.foreign, policy.serverTag);
    const before = (key: KeyOf<RowKind>): DeletionPolicy | undefined =>
      kind === 'subnet' ? present.ledger.get(Number(key))?.deletionPolicy : undefined;
    const found = differences(kind, rowsOf(desired, kind), rowsOf(owned, kind), adopted, orphans, before);
    return [...found] as readonly Change[];
  });
  const unbelieved = unbelievedKinds(present.definitions, policy.definitions);
  const plan = withhold(arrange(splitSwaps(changes, owned)), owned, policy, unbelieved);
  return { ...plan, records: recordsOf(present.definitions, policy.definitions, plan) };
}

interface Adoptable<Body> {
  readonly item: Item<Body>;
  /** Whether its server tag is the pair's, so that it can stay: re-tagging a row leaves no trace that a server would notice. */
  readonly inPlace: boolean;
}

/** Foreign rows of a kind by key. What servers do not keep in memory has no server tags. */
function adoptable<K extends RowKind>(
  kind: K,
  foreign: readonly ForeignRow[],
  serverTag: string,
): ReadonlyMap<KeyOf<K>, Adoptable<BodyOf<K>>> {
  const { keyOf, inMemory } = KINDS[kind];
  return new Map(
    ofKind(foreign, kind).map(({ item, serverTags }) => {
      const inPlace = !inMemory || (serverTags.length === 1 && serverTags[0] === serverTag);
      return [keyOf(item.body), { item: item, inPlace }];
    }),
  );
}

/** What differs between two sets of rows of one kind. */
function* differences<K extends RowKind>(
  kind: K,
  desired: RowsOf<K>,
  owned: RowsOf<K>,
  foreign: ReadonlyMap<KeyOf<K>, Adoptable<BodyOf<K>>>,
  orphans: ReadonlySet<ObjectRef>,
  policyBefore: (key: KeyOf<K>) => DeletionPolicy | undefined,
): Generator<ChangeOf<K>> {
  for (const [key, item] of desired) {
    const was = owned.get(key);
    const adopted = was ? undefined : foreign.get(key);
    if (was) {
      if (differs(item, was, policyBefore(key))) yield update(kind, key, item, was);
    } else if (adopted?.inPlace) {
      yield update(kind, key, item, adopted.item);
    } else {
      if (adopted) yield { kind, op: 'remove', key, was: adopted.item };
      yield { kind, op: 'create', key, item };
    }
  }
  for (const [key, was] of owned) {
    if (desired.has(key)) continue;
    const orphan = was.marker !== undefined && orphans.has(was.marker.object);
    if (orphan) yield { kind, op: 'release', key, item: { body: withoutDerived(was) }, was };
    else yield { kind, op: 'remove', key, was };
  }
}

const differs = <Body extends object>(item: Item<Body>, was: Item<Body>, before: DeletionPolicy = 'Protect'): boolean =>
  item !== was &&
  (item.marker?.object !== was.marker?.object ||
    policyIn(item.marker, 'Protect') !== policyIn(was.marker, before) ||
    !equalBodies(item.body, was.body));

const policyIn = (marker: Marker | undefined, absent: DeletionPolicy): DeletionPolicy =>
  marker?.deletionPolicy ?? absent;

const update = <K extends RowKind>(
  kind: K,
  key: KeyOf<K>,
  item: Item<BodyOf<K>>,
  was: Item<BodyOf<K>>,
): ChangeOf<K> => ({ kind, op: 'update', key, item, was, fields: changedFields(was.body, item.body) });

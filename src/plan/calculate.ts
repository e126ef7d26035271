/** From what is desired and what is there to the changes between them. */
import { changedFields, equalBodies } from '../kea/canonical.ts';
import { HostMap, type HostPart } from '../kea/partedMap.ts';
import type { HostBody, HostKey, Item, KeaState, ObjectRef, NetworkBody, SubnetBody } from '../kea/state.ts';
import { hostKey, withoutDerived } from '../kea/state.ts';
import { finish, type Steps } from '../kea/steps.ts';
import { arrange, splitSwaps } from './order.ts';
import type { Bodies, Change, ChangeOf, DeletionPolicy, ItemKind, Keys, Plan } from './plan.ts';
import { type Policy, withhold } from './policy.ts';
import { recordsOf, unbelievedKinds } from './records.ts';

/** What should be; `Compiled` of src/compile/types.ts fits. */
export interface Wish {
  readonly desired: KeaState;
  /** Objects whose rows are to lose their marker and stay. */
  readonly orphans: ReadonlySet<ObjectRef>;
  /** What the Subnets that wish for rows say of their deletion, by subnet id. */
  readonly policies: ReadonlyMap<number, DeletionPolicy>;
}

/** What is; `Observed` of src/backend/backend.ts fits. */
export interface Present {
  readonly owned: KeaState;
  readonly foreign: readonly ForeignItem[];
  readonly ledger: ReadonlyMap<number, { readonly deletionPolicy?: DeletionPolicy }>;
  /** For each kind of row the uid of the CustomResourceDefinition that its rows were last made for. */
  readonly definitions: ReadonlyMap<ItemKind, string>;
}

type ForeignItem =
  | { readonly kind: 'network'; readonly item: Item<NetworkBody>; readonly serverTags: readonly string[] }
  | { readonly kind: 'subnet'; readonly item: Item<SubnetBody>; readonly serverTags: readonly string[] }
  | { readonly kind: 'host'; readonly item: Item<HostBody>; readonly serverTags: readonly string[] };

/** Rows that were found to be as desired, from one pass to the next: the same two are not compared again. */
export interface PlanMemory {
  readonly networks: Compared<string>;
  readonly subnets: Compared<number>;
  /** Reservations, all of a subnet at once. */
  readonly parts: Map<number, readonly [desired: HostPart, owned: HostPart]>;
}

type Compared<Key> = Map<Key, readonly [desired: object, owned: object]>;

export const createPlanMemory = (): PlanMemory => ({ networks: new Map(), subnets: new Map(), parts: new Map() });

/**
 * The least that makes the rows equal to the wish, in an order that foreign keys and unique indexes allow, less what policy
 * keeps back. Rows are compared by value: a new generation, uid or digest alone writes nothing (servers are held to the
 * marker of the row), another owner does.
 *
 * A foreign row is touched only where the wish has its key: compile lets that happen for adopted rows alone.
 *
 * @param memory Of the last pass: the plan is the same without it.
 */
export const calculatePlan = (wish: Wish, present: Present, policy: Policy, memory = createPlanMemory()): Plan =>
  finish(planSteps(wish, present, policy, memory));

/** The same in steps. */
export function* planSteps(
  { desired, orphans, policies }: Wish,
  present: Present,
  policy: Policy,
  memory: PlanMemory,
): Steps<Plan> {
  const adopted = foreignRows(present.foreign, policy.serverTag);
  const { owned } = present;
  const changes: Change[] = [];
  yield* differences('network', desired.networks, owned.networks, adopted.networks, orphans, memory.networks, changes);
  yield* differences('subnet', desired.subnets, owned.subnets, adopted.subnets, orphans, memory.subnets, changes);
  yield* hostDifferences(HostMap.of(desired.hosts), HostMap.of(owned.hosts), adopted.hosts, orphans, memory, changes);
  const unbelieved = unbelievedKinds(present.definitions, policy.definitions);
  const plan = withhold(arrange(splitSwaps(changes, owned)), owned, policy, unbelieved);
  yield;
  return { ...plan, records: recordsOf(policies, present, policy.definitions, plan) };
}

interface Adoptable<Body> {
  readonly item: Item<Body>;
  /** Whether its server tag is the pair's, so that it can stay: re-tagging a row leaves no trace that a server would notice. */
  readonly inPlace: boolean;
}

/** Foreign rows by key. Hosts have no server tags. */
function foreignRows(foreign: readonly ForeignItem[], serverTag: string) {
  const networks = new Map<string, Adoptable<NetworkBody>>();
  const subnets = new Map<number, Adoptable<SubnetBody>>();
  const hosts = new Map<HostKey, Adoptable<HostBody>>();
  for (const { kind, item, serverTags } of foreign) {
    const inPlace = serverTags.length === 1 && serverTags[0] === serverTag;
    if (kind === 'network') networks.set(item.body.name, { item, inPlace });
    else if (kind === 'subnet') subnets.set(item.body.id, { item, inPlace });
    else hosts.set(hostKey(item.body), { item, inPlace: true });
  }
  return { networks, subnets, hosts };
}

/** So many rows are compared before somebody else may have the processor. */
const SLICE = 256;

/** What differs between two sets of rows of one kind. */
function* differences<K extends ItemKind>(
  kind: K,
  desired: Rows<K>,
  owned: Rows<K>,
  foreign: ReadonlyMap<Keys[K], Adoptable<Bodies[K]>>,
  orphans: ReadonlySet<ObjectRef>,
  rows: Compared<Keys[K]>,
  changes: Change[],
): Steps<void> {
  let found = 0;
  let compared = 0;
  for (const [key, item] of desired) {
    if (compared++ % SLICE === 0) yield;
    const was = owned.get(key);
    if (was) found++;
    const known = rows.get(key);
    if (was && known?.[0] === item && known[1] === was) continue;
    if (was && !differs(item, was)) rows.set(key, [item, was]);
    else changes.push(...(changesTo(kind, key, item, was, foreign) as Iterable<Change>));
  }
  if (rows.size > 2 * (desired.size + owned.size)) rows.clear();
  if (found < owned.size) changes.push(...(removals(kind, owned, desired, orphans) as Iterable<Change>));
}

/** What differs between reservations, subnet by subnet. */
function* hostDifferences(
  desired: HostMap,
  owned: HostMap,
  foreign: ReadonlyMap<HostKey, Adoptable<HostBody>>,
  orphans: ReadonlySet<ObjectRef>,
  { parts }: PlanMemory,
  changes: Change[],
): Steps<void> {
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
    let kept = 0;
    for (const [key, item] of part) {
      const row = was?.get(key);
      if (row) kept++;
      if (!row || differs(item, row)) changes.push(...changesTo('host', key, item, row, foreign));
    }
    if (was && kept < was.size) less.set(id, was);
    else if (was && changes.length === before) parts.set(id, [part, was]);
  }
  if (parts.size > 2 * (desired.parts.size + owned.parts.size)) parts.clear();
  if (found < owned.parts.size) for (const [id, was] of owned.parts) if (!desired.parts.has(id)) less.set(id, was);
  yield;
  if (less.size > 0) {
    const inOrder = [...owned.parts.keys()].filter((id) => less.has(id));
    for (const id of inOrder) changes.push(...removals('host', less.get(id) ?? new Map(), desired, orphans));
  }
}

type Rows<K extends ItemKind> = ReadonlyMap<Keys[K], Item<Bodies[K]>>;

/** What makes a row as desired that is another, or not there. */
function* changesTo<K extends ItemKind>(
  kind: K,
  key: Keys[K],
  item: Item<Bodies[K]>,
  was: Item<Bodies[K]> | undefined,
  foreign: ReadonlyMap<Keys[K], Adoptable<Bodies[K]>>,
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
function* removals<K extends ItemKind>(
  kind: K,
  owned: Rows<K>,
  desired: Rows<K>,
  orphans: ReadonlySet<ObjectRef>,
): Generator<ChangeOf<K>> {
  for (const [key, was] of owned) {
    if (desired.has(key)) continue;
    const orphan = was.marker !== undefined && orphans.has(was.marker.object);
    if (orphan) yield { kind, op: 'release', key, item: { body: withoutDerived(was) }, was };
    else yield { kind, op: 'remove', key, was };
  }
}

const differs = <Body extends object>(item: Item<Body>, was: Item<Body>): boolean =>
  item !== was && (item.marker?.object !== was.marker?.object || !equalBodies(item.body, was.body));

const update = <K extends ItemKind>(
  kind: K,
  key: Keys[K],
  item: Item<Bodies[K]>,
  was: Item<Bodies[K]>,
): ChangeOf<K> => ({ kind, op: 'update', key, item, was, fields: changedFields(was.body, item.body) });

import { changedFields, equalBodies } from '../kea/canonical.ts';
import type { HostBody, HostKey, Item, KeaState, ObjectRef, NetworkBody, SubnetBody } from '../kea/state.ts';
import { hostKey, withoutDerived } from '../kea/state.ts';
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

/**
 * The least that makes the rows equal to the wish, in an order that foreign keys and unique indexes allow, less what policy
 * keeps back. Rows are compared by value: a new generation, uid or digest alone writes nothing (servers are held to the
 * marker of the row), another owner does.
 *
 * A foreign row is touched only where the wish has its key: compile lets that happen for adopted rows alone.
 */
export function calculatePlan({ desired, orphans, policies }: Wish, present: Present, policy: Policy): Plan {
  const adopted = foreignRows(present.foreign, policy.serverTag);
  const { owned } = present;
  const changes: Change[] = [
    ...differences('network', desired.networks, owned.networks, adopted.networks, orphans),
    ...differences('subnet', desired.subnets, owned.subnets, adopted.subnets, orphans),
    ...differences('host', desired.hosts, owned.hosts, adopted.hosts, orphans),
  ];
  const unbelieved = unbelievedKinds(present.definitions, policy.definitions);
  const plan = withhold(arrange(splitSwaps(changes, owned)), owned, policy, unbelieved);
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

/** What differs between two sets of rows of one kind. */
function* differences<K extends ItemKind>(
  kind: K,
  desired: ReadonlyMap<Keys[K], Item<Bodies[K]>>,
  owned: ReadonlyMap<Keys[K], Item<Bodies[K]>>,
  foreign: ReadonlyMap<Keys[K], Adoptable<Bodies[K]>>,
  orphans: ReadonlySet<ObjectRef>,
): Generator<ChangeOf<K>> {
  for (const [key, item] of desired) {
    const was = owned.get(key);
    const adopted = was ? undefined : foreign.get(key);
    if (was) {
      if (differs(item, was)) yield update(kind, key, item, was);
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

const differs = <Body extends object>(item: Item<Body>, was: Item<Body>): boolean =>
  item !== was && (item.marker?.object !== was.marker?.object || !equalBodies(item.body, was.body));

const update = <K extends ItemKind>(
  kind: K,
  key: Keys[K],
  item: Item<Bodies[K]>,
  was: Item<Bodies[K]>,
): ChangeOf<K> => ({ kind, op: 'update', key, item, was, fields: changedFields(was.body, item.body) });

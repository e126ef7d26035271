/**
 * The children of a namespace, by what they are looked up by. A namespace is one address space, so that its pairs look at each other's Subnets. It
 * follows its objects one by one: what did not change is the same list, by identity, the next time.
 */
import type { ChildObject } from '../api/index.ts';
import type { Family } from '../kea/family.ts';
import type { ObjectRef } from '../kea/state.ts';
import { type Parents, rootOf } from './attach.ts';
import {
  byAge,
  type Child,
  childOf,
  type ClassChild,
  type DefinitionChild,
  type NetworkChild,
  type ReservationChild,
  type SubnetChild,
} from './child.ts';
import type { Children, Snapshot } from './types.ts';

export interface Namespace extends Parents {
  /** Oldest first. */
  readonly definitions: readonly DefinitionChild[];
  readonly classes: readonly ClassChild[];
  readonly networks: readonly NetworkChild[];
  readonly subnets: readonly SubnetChild[];
  /** Those of one parent each, oldest first; none of the lists is empty. */
  reservations(): Iterable<readonly ReservationChild[]>;
  /** What belongs to a pair, and what else of the namespace concerns it. Lists without a change are the same, by identity, as the last time. */
  childrenOf(pair: string, family: Family): PairChildren;
  reservationsOf(subnet: string): readonly ReservationChild[];
  /** Of a pair as a whole. */
  globalsOf(pair: string, family: Family): readonly ReservationChild[];
  readonly find: (ref: ObjectRef) => Child | undefined;
}

type PairChildren = Pick<
  Snapshot,
  'definitions' | 'classes' | 'networks' | 'subnets' | 'positions' | 'reservations' | 'elsewhere' | 'unattached'
>;

/** The side of a namespace that follows its objects. */
export interface NamespaceStore extends Namespace {
  /** Takes an object in; one of its kind and name that was there goes. */
  put(object: ChildObject): void;
  remove(object: ChildObject): void;
}

/** Children oldest first. Changes are sorted in when somebody looks: thousands may come at a time. */
class Sorted<T extends Child> {
  #list: readonly T[] = NONE;
  #added: T[] = NONE;
  #removed: Set<T> | undefined;

  get size(): number {
    return this.#list.length + this.#added.length - (this.#removed?.size ?? 0);
  }

  add(child: T): void {
    if (this.#added === NONE) this.#added = [];
    this.#added.push(child);
  }

  remove(child: T): void {
    (this.#removed ??= new Set()).add(child);
  }

  get list(): readonly T[] {
    const [added, removed] = [this.#added, this.#removed];
    if (added === NONE && removed === undefined) return this.#list;
    const isLeft = (child: T): boolean => removed?.has(child) !== true;
    const comes = added.filter(isLeft);
    if (comes.length + (removed?.size ?? 0) > FEW) {
      this.#list = [...this.#list.filter(isLeft), ...comes].sort(byAge);
    } else {
      const list = [...this.#list];
      for (const child of removed ?? []) {
        const at = placeIn(list, child);
        if (list[at] === child) list.splice(at, 1);
      }
      for (const child of comes) list.splice(placeIn(list, child), 0, child);
      this.#list = list;
    }
    this.#added = NONE;
    this.#removed = undefined;
    return this.#list;
  }
}

/** Up to so many are put into their places one by one. */
const FEW = 32;

/** The index of the first that is no older. */
const placeIn = <T extends Child>(list: readonly T[], child: T): number => {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = list[middle];
    if (other && byAge(other, child) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

const NONE: never[] = [];

/** Global reservations of a pair are a group for each family. */
const globalsName = (pair: string, { version }: Family): string => `${version}/${pair}`;
const groupName = ({ parent, family }: ReservationChild): string =>
  parent?.kind === 'HAPair' ? globalsName(parent.name, family) : (parent?.name ?? '');

type Group = Sorted<ReservationChild>;

export const createNamespace = (): NamespaceStore => {
  const known = new Map<ObjectRef, Child>();
  const definitions = new Sorted<DefinitionChild>();
  const classes = new Sorted<ClassChild>();
  const networks = new Sorted<NetworkChild>();
  const subnets = new Sorted<SubnetChild>();
  const networksByName = new Map<string, NetworkChild>();
  const subnetsByName = new Map<string, SubnetChild>();
  const groups = {
    Subnet: new Map<string, Group>(),
    HAPair: new Map<string, Group>(),
    nobody: new Map<string, Group>(),
  };

  const groupsOf = ({ parent }: ReservationChild): Map<string, Group> =>
    parent?.kind === 'Subnet' ? groups.Subnet : parent ? groups.HAPair : groups.nobody;

  const enter = (child: Child): void => {
    known.set(child.ref, child);
    switch (child.kind) {
      case 'OptionDefinition':
        definitions.add(child);
        return;
      case 'ClientClass':
        classes.add(child);
        return;
      case 'SharedNetwork':
        networks.add(child);
        networksByName.set(child.name, child);
        return;
      case 'Subnet':
        subnets.add(child);
        subnetsByName.set(child.name, child);
        return;
      case 'HostReservation': {
        const name = groupName(child);
        const group = groupsOf(child).get(name) ?? new Sorted();
        group.add(child);
        groupsOf(child).set(name, group);
      }
    }
  };

  const leave = (child: Child): void => {
    known.delete(child.ref);
    switch (child.kind) {
      case 'OptionDefinition':
        definitions.remove(child);
        return;
      case 'ClientClass':
        classes.remove(child);
        return;
      case 'SharedNetwork':
        networks.remove(child);
        networksByName.delete(child.name);
        return;
      case 'Subnet':
        subnets.remove(child);
        subnetsByName.delete(child.name);
        return;
      case 'HostReservation': {
        const name = groupName(child);
        const group = groupsOf(child).get(name);
        group?.remove(child);
        if (group?.size === 0) groupsOf(child).delete(name);
      }
    }
  };

  const views = new Map<string, View>();
  const note = (before: Child | undefined, after: Child | undefined): void => {
    for (const view of views.values()) noteIn(view, before, after);
  };
  const knownAs = ({ kind, metadata }: ChildObject): Child | undefined =>
    known.get(`${kind}/${metadata.namespace ?? ''}/${metadata.name}`);

  const namespace: NamespaceStore = {
    put: (object) => {
      const [before, after] = [knownAs(object), childOf(object)];
      if (before) leave(before);
      enter(after);
      note(before, after);
    },
    remove: (object) => {
      const before = knownAs(object);
      if (!before) return;
      leave(before);
      note(before, undefined);
    },
    childrenOf: (pair, family) => {
      const key = `${family.version}/${pair}`;
      const view = views.get(key);
      const children = view && !view.isStale ? patched(view, namespace) : divide(pair, family, namespace);
      views.set(key, { children, subnets: new Set(), groups: new Set(), isStale: false });
      return children;
    },
    get definitions() {
      return definitions.list;
    },
    get classes() {
      return classes.list;
    },
    get networks() {
      return networks.list;
    },
    get subnets() {
      return subnets.list;
    },
    network: (name) => networksByName.get(name),
    subnet: (name) => subnetsByName.get(name),
    *reservations() {
      for (const byName of [groups.Subnet, groups.HAPair, groups.nobody]) {
        for (const group of byName.values()) yield group.list;
      }
    },
    reservationsOf: (subnet) => groups.Subnet.get(subnet)?.list ?? NONE,
    globalsOf: (pair, family) => groups.HAPair.get(globalsName(pair, family))?.list ?? NONE,
    find: (ref) => known.get(ref),
  };
  return namespace;
};

/** What a pair was last found to have, and what changed since. */
interface View {
  readonly children: PairChildren;
  /** Subnets that are another object at the same place. */
  readonly subnets: Set<ObjectRef>;
  /** Subnets whose reservations changed. */
  readonly groups: Set<ObjectRef>;
  /** More changed than that. */
  isStale: boolean;
}

const noteIn = (view: View, before: Child | undefined, after: Child | undefined): void => {
  const { positions } = view.children;
  const child = after ?? before;
  if (child?.kind === 'HostReservation') {
    for (const one of [before, after]) {
      if (one?.parent?.kind === 'HAPair') continue;
      const ref = one?.parent && subnetRef(one, one.parent.name);
      if (ref !== undefined && positions.has(ref)) view.groups.add(ref);
      // It may be unattached, or not be any more.
      else if (one) view.isStale = true;
    }
    return;
  }
  const isPlace =
    before?.kind === 'Subnet' &&
    after?.kind === 'Subnet' &&
    before.created === after.created &&
    before.parent?.kind === after.parent?.kind &&
    before.parent?.name === after.parent?.name &&
    before.family === after.family &&
    positions.has(after.ref);
  if (isPlace) view.subnets.add(after.ref);
  else view.isStale = true;
};

const subnetRef = ({ object }: Child, name: string): ObjectRef => `Subnet/${object.metadata.namespace ?? ''}/${name}`;

/** The children with the changes since. */
const patched = ({ children, subnets: changed, groups }: View, namespace: Namespace): PairChildren => {
  if (changed.size === 0 && groups.size === 0) return children;
  const { positions } = children;
  const subnets = [...children.subnets];
  const reservations = [...children.reservations];
  for (const ref of changed) {
    const [at, child] = [positions.get(ref), namespace.find(ref)];
    if (at !== undefined && child?.kind === 'Subnet') subnets[at] = child;
  }
  for (const ref of groups) {
    const at = positions.get(ref);
    const name = at === undefined ? undefined : subnets[at]?.name;
    if (at !== undefined && name !== undefined) reservations[at] = namespace.reservationsOf(name);
  }
  return { ...children, subnets, reservations };
};

/** Looks through all children of a namespace. */
const divide = (pair: string, family: Family, namespace: Namespace): PairChildren => {
  const subnets: SubnetChild[] = [];
  const elsewhere: SubnetChild[] = [];
  const networks: NetworkChild[] = [];
  const unattached: Child[] = [];
  /** Those of a kind that have no parent but the pair. */
  const own = <T extends DefinitionChild | ClassChild>(all: readonly T[]): readonly T[] =>
    all.filter((child) => {
      const root = child.family === family ? rootOf(child, namespace) : undefined;
      if (root && !('pair' in root)) unattached.push(child);
      return root && 'pair' in root && root.pair === pair;
    });
  const [definitions, classes] = [own(namespace.definitions), own(namespace.classes)];
  for (const network of namespace.networks) {
    if (network.family !== family) continue;
    const root = rootOf(network, namespace);
    if (!('pair' in root)) unattached.push(network);
    else if (root.pair === pair) networks.push(network);
  }
  for (const subnet of namespace.subnets) {
    if (subnet.family !== family) continue;
    const root = rootOf(subnet, namespace);
    if (!('pair' in root)) unattached.push(subnet);
    else (root.pair === pair ? subnets : elsewhere).push(subnet);
  }
  for (const group of namespace.reservations()) {
    const [first] = group;
    if (first && !('pair' in rootOf(first, namespace))) unattached.push(...group);
  }
  const reservations = subnets.map((subnet) => namespace.reservationsOf(subnet.name));
  const positions = new Map(subnets.map(({ ref }, index) => [ref, index]));
  return { definitions, classes, networks, subnets, positions, reservations, elsewhere, unattached };
};

/** A namespace of these objects. */
export const namespaceOf = ({
  definitions = [],
  classes = [],
  networks,
  subnets,
  reservations,
}: Children): Namespace => {
  const namespace = createNamespace();
  for (const object of [...definitions, ...classes, ...networks, ...subnets, ...reservations]) namespace.put(object);
  return namespace;
};

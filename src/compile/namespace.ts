/**
 * The children of a namespace, by what they are looked up by. A namespace is one address space, so that its pairs look at each other's Subnets. It
 * follows its objects one by one: what did not change is the same list, by identity, the next time.
 */
import type { HAPair, HostReservation, SharedNetwork, Subnet } from '../api/index.ts';
import type { ObjectRef } from '../kea/state.ts';
import { type Parents, rootOf } from './attach.ts';
import { byAge, type Child, NetworkChild, ReservationChild, SubnetChild } from './child.ts';
import { readPair } from './spec.ts';
import type { Children, Sharing, Snapshot } from './types.ts';

export interface Namespace extends Parents {
  /** Oldest first. */
  readonly networks: readonly NetworkChild[];
  readonly subnets: readonly SubnetChild[];
  /** Those of one parent each, oldest first; none of the lists is empty. */
  reservations(): Iterable<readonly ReservationChild[]>;
  /** Of a Subnet, or of a pair as a whole. */
  reservationsOf(parent: 'Subnet' | 'HAPair', name: string): readonly ReservationChild[];
  readonly find: (ref: ObjectRef) => Child | undefined;
}

/** The side of a namespace that follows its objects. */
export interface NamespaceStore extends Namespace {
  /** Takes an object in; one of its kind and name that was there goes. */
  put(object: SharedNetwork | Subnet | HostReservation): void;
  remove(object: SharedNetwork | Subnet | HostReservation): void;
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
    this.#list = [...this.#list.filter(isLeft), ...added.filter(isLeft)].sort(byAge);
    this.#added = NONE;
    this.#removed = undefined;
    return this.#list;
  }
}

const NONE: never[] = [];

type Group = Sorted<ReservationChild>;

export function createNamespace(): NamespaceStore {
  const known = new Map<ObjectRef, Child>();
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
      case 'SharedNetwork':
        networks.add(child);
        networksByName.set(child.name, child);
        return;
      case 'Subnet':
        subnets.add(child);
        subnetsByName.set(child.name, child);
        return;
      case 'HostReservation': {
        const name = child.parent?.name ?? '';
        const group = groupsOf(child).get(name) ?? new Sorted();
        group.add(child);
        groupsOf(child).set(name, group);
      }
    }
  };

  const leave = (child: Child): void => {
    known.delete(child.ref);
    switch (child.kind) {
      case 'SharedNetwork':
        networks.remove(child);
        networksByName.delete(child.name);
        return;
      case 'Subnet':
        subnets.remove(child);
        subnetsByName.delete(child.name);
        return;
      case 'HostReservation': {
        const name = child.parent?.name ?? '';
        const group = groupsOf(child).get(name);
        group?.remove(child);
        if (group?.size === 0) groupsOf(child).delete(name);
      }
    }
  };

  const remove = (object: SharedNetwork | Subnet | HostReservation): void => {
    const { kind, metadata } = object;
    const before = known.get(`${kind}/${metadata.namespace ?? ''}/${metadata.name}`);
    if (before) leave(before);
  };

  return {
    put: (object) => {
      remove(object);
      enter(childOf(object));
    },
    remove,
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
    reservationsOf: (parent, name) => groups[parent].get(name)?.list ?? NONE,
    find: (ref) => known.get(ref),
  };
}

export const childOf = (object: SharedNetwork | Subnet | HostReservation): Child => {
  switch (object.kind) {
    case 'SharedNetwork':
      return new NetworkChild(object as SharedNetwork);
    case 'Subnet':
      return new SubnetChild(object as Subnet);
    default:
      return new ReservationChild(object as HostReservation);
  }
};

/** A namespace of these objects. */
export function namespaceOf({ networks, subnets, reservations }: Children): Namespace {
  const namespace = createNamespace();
  for (const object of [...networks, ...subnets, ...reservations]) namespace.put(object);
  return namespace;
}

/** What one turn of a pair looks at. */
export function takeSnapshot(pair: HAPair, namespace: Namespace, sharing?: Sharing): Snapshot {
  const { name } = pair.metadata;
  const subnets: SubnetChild[] = [];
  const elsewhere: SubnetChild[] = [];
  const networks: NetworkChild[] = [];
  const adrift: Child[] = [];
  for (const network of namespace.networks) {
    const root = rootOf(network, namespace);
    if (!('pair' in root)) adrift.push(network);
    else if (root.pair === name) networks.push(network);
  }
  for (const subnet of namespace.subnets) {
    const root = rootOf(subnet, namespace);
    if (!('pair' in root)) adrift.push(subnet);
    else (root.pair === name ? subnets : elsewhere).push(subnet);
  }
  for (const group of namespace.reservations()) {
    const [first] = group;
    if (first && !('pair' in rootOf(first, namespace))) adrift.push(...group);
  }
  const reservations = subnets.map((subnet) => namespace.reservationsOf('Subnet', subnet.name));
  const globals = namespace.reservationsOf('HAPair', name);
  return {
    pair,
    spec: readPair(pair),
    ...(sharing === undefined ? {} : { sharing }),
    networks,
    subnets,
    byRef: new Map(subnets.map((subnet) => [subnet.ref, subnet])),
    reservations,
    globals,
    elsewhere,
    adrift,
    network: namespace.network,
    find: namespace.find,
  };
}

/** All reservations of the pair. */
export function* reservationsIn({
  reservations,
  globals,
}: Pick<Snapshot, 'reservations' | 'globals'>): Generator<ReservationChild> {
  for (const group of reservations) yield* group;
  yield* globals;
}

/** How many children the pair has. */
export const countChildren = ({ networks, subnets, reservations, globals }: Snapshot): number =>
  reservations.reduce((sum, { length }) => sum + length, networks.length + subnets.length + globals.length);

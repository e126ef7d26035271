/** What a pass looks at: the custom resources in the caches, and who of them belongs to whom. */
import type {
  ChildObject,
  ClientClass,
  HAPair,
  HostReservation,
  OptionDefinition,
  SharedNetwork,
  Subnet,
} from '../api/index.ts';
import { serversIn } from '../api/stored.ts';
import { rootOf } from '../compile/attach.ts';
import { childOf } from '../compile/child.ts';
import { createNamespace, type Namespace, type NamespaceStore } from '../compile/namespace.ts';
import type { Cache } from '../runtime/cache.ts';
import { type Key, keyOf, parseKey } from '../runtime/object.ts';
import { passesOf, passKeyOf } from './passKey.ts';

/** The custom resources, a cache for each kind. */
export interface Sources {
  readonly pairs: Cache<HAPair>;
  readonly definitions: Cache<OptionDefinition>;
  readonly classes: Cache<ClientClass>;
  readonly networks: Cache<SharedNetwork>;
  readonly subnets: Cache<Subnet>;
  readonly reservations: Cache<HostReservation>;
}

/** What the operator knows of the custom resources. */
export interface Caches extends Sources {
  /** The children of a namespace. */
  readonly children: (namespace: string) => Namespace;
}

/** The caches, with the children that they hold by namespace: each change is followed, so that nobody looks through all of them again. */
export const followChildren = (sources: Sources): Caches => {
  const namespaces = new Map<string, NamespaceStore>();
  const storeOf = (namespace = ''): NamespaceStore => {
    const known = namespaces.get(namespace) ?? createNamespace();
    namespaces.set(namespace, known);
    return known;
  };
  const follow = <T extends ChildObject>(cache: Cache<T>): void => {
    for (const object of cache.list()) storeOf(object.metadata.namespace).put(object);
    cache.onChange((before, after) => {
      if (after !== undefined) storeOf(after.metadata.namespace).put(after);
      else if (before !== undefined) storeOf(before.metadata.namespace).remove(before);
    });
  };
  follow(sources.definitions);
  follow(sources.classes);
  follow(sources.networks);
  follow(sources.subnets);
  follow(sources.reservations);
  return { ...sources, children: storeOf };
};

/** Every object of a namespace, as one pass looks at it: a namespace is one address space. */
export interface Gathered {
  readonly namespace: string;
  /** Absent in the pass of a namespace's unattached objects, and where the pair is gone. */
  readonly pair?: HAPair;
  readonly pairs: readonly HAPair[];
  readonly children: Namespace;
  /** Kinds that the API server did not serve, or not to us, a moment ago: their objects are not all here. */
  readonly unserved: ReadonlySet<string>;
}

/** The key of the pass that reports on objects of a namespace whose pair does not exist. */
export const unattachedKey = (namespace: string): Key => `${namespace}/`;

/** The key of the pass that a child belongs to, through its parents; of the unattached objects where there is none. */
export const childPassOf = (caches: Caches, child: ChildObject): Key => {
  const { namespace = '' } = child.metadata;
  const found = childOf(child);
  const root = rootOf(found, caches.children(namespace));
  const key = 'pair' in root ? (`${namespace}/${root.pair}` as const) : undefined;
  if (key === undefined || caches.pairs.get(key) === undefined) return unattachedKey(namespace);
  return passKeyOf(key, found.family);
};

/** The passes of pairs with a server on the node. */
export const pairsOn = ({ pairs }: Pick<Caches, 'pairs'>, node: string): readonly Key[] =>
  pairs
    .list()
    .filter(({ spec }) => serversIn(spec).some((server) => server.node === node))
    .flatMap((pair) => passesOf(keyOf(pair)));

/** The passes of pairs on the same nodes: what one gives up another may wait for. */
export const pairsBeside = (caches: Pick<Caches, 'pairs'>, { spec }: HAPair): readonly Key[] =>
  serversIn(spec).flatMap(({ node }) => pairsOn(caches, node));

/** @param key Of a pair, or of the unattached objects. */
export const gather = (caches: Caches, key: Key): Gathered => {
  const { namespace = '', name } = parseKey(key);
  const pair = name === '' ? undefined : caches.pairs.get(key);
  return {
    namespace,
    ...(pair === undefined ? {} : { pair }),
    pairs: caches.pairs.list(namespace),
    children: caches.children(namespace),
    unserved: new Set(
      (
        [
          ['HAPair', caches.pairs],
          ['OptionDefinition', caches.definitions],
          ['ClientClass', caches.classes],
          ['SharedNetwork', caches.networks],
          ['Subnet', caches.subnets],
          ['HostReservation', caches.reservations],
        ] as const
      ).flatMap(([kind, cache]) => (cache.isServed(namespace) ? [] : [kind])),
    ),
  };
};

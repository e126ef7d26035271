import type { HAPair, HostReservation, SharedNetwork, Subnet } from '../api/index.ts';
import { serversIn } from '../api/stored.ts';
import { textAt } from '../compile/objects.ts';
import type { Cache } from '../runtime/cache.ts';
import { type Key, keyOf, parseKey } from '../runtime/object.ts';

/** What the operator knows of the custom resources. */
export interface Caches {
  readonly pairs: Cache<HAPair>;
  readonly networks: Cache<SharedNetwork>;
  readonly subnets: Cache<Subnet>;
  readonly reservations: Cache<HostReservation>;
}

/** Every object of a namespace, as one turn looks at it: a namespace is one address space. */
export interface Gathered {
  readonly namespace: string;
  /** Absent in the turn of a namespace's strays, and where the pair is gone. */
  readonly pair?: HAPair;
  readonly pairs: readonly HAPair[];
  readonly networks: readonly SharedNetwork[];
  readonly subnets: readonly Subnet[];
  readonly reservations: readonly HostReservation[];
  /** Kinds that the API server did not serve, or not to us, a moment ago: their objects are not all here. */
  readonly unserved: ReadonlySet<string>;
}

/** The key of the turn that reports on objects of a namespace whose pair does not exist. */
export const straysKey = (namespace: string): Key => `${namespace}/`;

type Child = SharedNetwork | Subnet | HostReservation;

/** The key of the pair that a child belongs to, through its parents; of the strays where there is none. */
export const pairKeyOf = (caches: Caches, child: Child): Key => {
  const { namespace } = child.metadata;
  const key = ownerOf(caches, child);
  return key !== undefined && caches.pairs.get(key) !== undefined ? key : straysKey(namespace ?? '');
};

/** From a reservation to its Subnet to its network it is two steps: what is its own parent, past the schema, leads nowhere. */
const ownerOf = (caches: Caches, child: Child, steps = 2): Key | undefined => {
  const { metadata, spec } = child;
  const named = (ref: string): Key | undefined => {
    const name = textAt(spec, ref, 'name');
    return name === undefined ? undefined : `${metadata.namespace ?? ''}/${name}`;
  };
  const pair = named('haPairRef');
  if (pair !== undefined) return pair;
  const network = named('sharedNetworkRef');
  const subnet = named('subnetRef');
  const parent = network === undefined ? subnet && caches.subnets.get(subnet) : caches.networks.get(network);
  return parent && steps > 0 ? ownerOf(caches, parent, steps - 1) : undefined;
};

/** Pairs with a server on the node. */
export const pairsOn = ({ pairs }: Pick<Caches, 'pairs'>, node: string): readonly Key[] =>
  pairs
    .list()
    .filter(({ spec }) => serversIn(spec).some((server) => server.node === node))
    .map(keyOf);

/** Pairs on the same nodes: what one gives up another may wait for. */
export const pairsBeside = (caches: Pick<Caches, 'pairs'>, { spec }: HAPair): readonly Key[] =>
  serversIn(spec).flatMap(({ node }) => pairsOn(caches, node));

export const gather = (caches: Caches, key: Key): Gathered => {
  const { namespace = '', name } = parseKey(key);
  const pair = name === '' ? undefined : caches.pairs.get(key);
  return {
    namespace,
    ...(pair === undefined ? {} : { pair }),
    pairs: caches.pairs.list(namespace),
    networks: caches.networks.list(namespace),
    subnets: caches.subnets.list(namespace),
    reservations: caches.reservations.list(namespace),
    unserved: new Set(
      (
        [
          ['HAPair', caches.pairs],
          ['SharedNetwork', caches.networks],
          ['Subnet', caches.subnets],
          ['HostReservation', caches.reservations],
        ] as const
      ).flatMap(([kind, cache]) => (cache.isServed(namespace) ? [] : [kind])),
    ),
  };
};

import type { HAPair, HostReservation, SharedNetwork, Subnet } from '../api/index.ts';
import type { Cache } from '../runtime/cache.ts';
import { type Key, parseKey } from '../runtime/object.ts';

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

const at = (namespace: string | undefined, name: string): Key => `${namespace ?? ''}/${name}`;

type Child = SharedNetwork | Subnet | HostReservation;

/** The key of the pair that a child belongs to, through its parents; of the strays where there is none. */
export const pairKeyOf = (caches: Caches, child: Child): Key => {
  const { namespace } = child.metadata;
  const key = ownerOf(caches, child);
  return key !== undefined && caches.pairs.get(key) !== undefined ? key : straysKey(namespace ?? '');
};

const ownerOf = (caches: Caches, child: Child): Key | undefined => {
  const { namespace } = child.metadata;
  const spec: {
    readonly haPairRef?: { readonly name: string } | undefined;
    readonly sharedNetworkRef?: { readonly name: string } | undefined;
    readonly subnetRef?: { readonly name: string } | undefined;
  } = child.spec;
  if (spec.haPairRef !== undefined) return at(namespace, spec.haPairRef.name);
  if (spec.sharedNetworkRef !== undefined) {
    const network = caches.networks.get(at(namespace, spec.sharedNetworkRef.name));
    return network && ownerOf(caches, network);
  }
  if (spec.subnetRef !== undefined) {
    const subnet = caches.subnets.get(at(namespace, spec.subnetRef.name));
    return subnet && ownerOf(caches, subnet);
  }
  return undefined;
};

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

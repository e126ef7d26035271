import type { HostReservation, SharedNetwork, Subnet } from '../api/index.ts';
import type { ObjectRef } from '../kea/state.ts';
import { byAge, type ChildKind, refOf, reject, textAt } from './objects.ts';
import { rejectUnread } from './spec.ts';
import type { Children, Rejection } from './types.ts';

/** The name of the pair that an object belongs to, through its parents; or why it belongs to none. */
type Root = { readonly pair: string } | { readonly rejection: Rejection };

/** Finds the pair of every child of a namespace. */
interface Roots {
  readonly ofNetwork: (network: SharedNetwork) => Root;
  readonly ofSubnet: (subnet: Subnet) => Root;
  readonly ofReservation: (reservation: HostReservation) => Root;
}

/** The children that one pair has to judge, oldest first. */
export interface Attached {
  readonly networks: readonly SharedNetwork[];
  readonly subnets: readonly Subnet[];
  readonly reservations: readonly HostReservation[];
  /** Subnets of the namespace that other pairs serve. */
  readonly subnetsElsewhere: readonly Subnet[];
  /** Objects that belong to no pair, as a parent is missing: `strayVerdicts` judges them. */
  readonly adrift: readonly { readonly ref: ObjectRef; readonly object: SharedNetwork | Subnet | HostReservation }[];
}

/** Which children belong to the pair of that name. */
export function attach(pairName: string, children: Children): Attached {
  const roots = rootsOf(children);
  const networks = sort(pairName, 'SharedNetwork', children.networks, roots.ofNetwork);
  const subnets = sort(pairName, 'Subnet', children.subnets, roots.ofSubnet);
  const reservations = sort(pairName, 'HostReservation', children.reservations, roots.ofReservation);
  return {
    networks: networks.here,
    subnets: subnets.here,
    reservations: reservations.here,
    subnetsElsewhere: subnets.elsewhere,
    adrift: [...networks.adrift, ...subnets.adrift, ...reservations.adrift],
  };
}

/** The Subnets of the pair of that name, oldest first. */
export const subnetsOf = (pairName: string, children: Pick<Children, 'networks' | 'subnets'>): readonly Subnet[] =>
  sort(pairName, 'Subnet', children.subnets, rootsOf({ ...children, reservations: [] }).ofSubnet).here;

/** Divides objects by where they belong; those that belong here come oldest first. */
function sort<T extends SharedNetwork | Subnet | HostReservation>(
  pairName: string,
  kind: ChildKind,
  objects: readonly T[],
  rootOf: (object: T) => Root,
) {
  const here: T[] = [];
  const elsewhere: T[] = [];
  const adrift: { readonly ref: ObjectRef; readonly object: T }[] = [];
  for (const object of objects) {
    const root = rootOf(object);
    if ('rejection' in root) adrift.push({ ref: refOf(kind, object), object });
    else (root.pair === pairName ? here : elsewhere).push(object);
  }
  return { here: here.sort(byAge), elsewhere, adrift };
}

/**
 * The verdicts on the strays of a namespace: objects whose pair, or a parent on the way to it, does not exist.
 * @param pairs Names of the HAPairs of the namespace.
 */
export function strayVerdicts(pairs: Iterable<string>, children: Children): ReadonlyMap<ObjectRef, Rejection> {
  const existing = new Set(pairs);
  const roots = rootsOf(children);
  const verdicts = new Map<ObjectRef, Rejection>();
  const judge = (kind: ChildKind, object: SharedNetwork | Subnet | HostReservation, root: Root): void => {
    const verdict =
      'rejection' in root
        ? root.rejection
        : namesPair(object.spec)
          ? notFound('haPairRef', 'HAPair', root.pair)
          : below(root.pair);
    if ('rejection' in root || !existing.has(root.pair)) {
      verdicts.set(refOf(kind, object), rejectUnread(object) ?? verdict);
    }
  };
  for (const network of children.networks) judge('SharedNetwork', network, roots.ofNetwork(network));
  for (const subnet of children.subnets) judge('Subnet', subnet, roots.ofSubnet(subnet));
  for (const reservation of children.reservations)
    judge('HostReservation', reservation, roots.ofReservation(reservation));
  return verdicts;
}

const pairIn = (spec: unknown): string | undefined => textAt(spec, 'haPairRef', 'name');
const namesPair = (spec: unknown): boolean => pairIn(spec) !== undefined;

const below = (pair: string): Rejection =>
  reject('ParentRejected', `it belongs to the HAPair ${pair}, which does not exist: create it`);

function rootsOf(children: Children): Roots {
  const networks = new Map(children.networks.map(({ metadata, spec }) => [metadata.name, networkRoot(spec)]));
  const subnets = new Map(children.subnets.map(({ metadata, spec }) => [metadata.name, subnetRoot(spec, networks)]));
  return {
    ofNetwork: ({ spec }) => networkRoot(spec),
    ofSubnet: ({ spec }) => subnetRoot(spec, networks),
    ofReservation: ({ spec }) => reservationRoot(spec, subnets),
  };
}

function networkRoot(spec: unknown): Root {
  const pair = pairIn(spec);
  return pair === undefined ? { rejection: reject('InvalidSpec', 'haPairRef is missing: name the HAPair') } : { pair };
}

function subnetRoot(spec: unknown, networks: ReadonlyMap<string, Root>): Root {
  const pair = pairIn(spec);
  if (pair !== undefined) return { pair };
  const network = textAt(spec, 'sharedNetworkRef', 'name');
  return network === undefined
    ? { rejection: reject('InvalidSpec', 'give exactly one of haPairRef or sharedNetworkRef') }
    : through('sharedNetworkRef', 'SharedNetwork', network, networks);
}

function reservationRoot(spec: unknown, subnets: ReadonlyMap<string, Root>): Root {
  const pair = pairIn(spec);
  if (pair !== undefined) return { pair };
  const subnet = textAt(spec, 'subnetRef', 'name');
  return subnet === undefined
    ? { rejection: reject('InvalidSpec', 'give exactly one of subnetRef or haPairRef') }
    : through('subnetRef', 'Subnet', subnet, subnets);
}

function through(field: string, kind: string, name: string, parents: ReadonlyMap<string, Root>): Root {
  const root = parents.get(name);
  if (!root) return { rejection: notFound(field, kind, name) };
  if ('pair' in root) return root;
  const message = `${field} names the ${kind} ${name}, which is rejected itself: ${root.rejection.message}`;
  return { rejection: reject('ParentRejected', message) };
}

const notFound = (field: string, kind: string, name: string): Rejection =>
  reject('RefNotFound', `${field} names the ${kind} ${name}, which does not exist: create it or correct the reference`);

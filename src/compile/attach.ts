import type { HostReservation, SharedNetwork, Subnet } from '../api/index.ts';
import type { ObjectRef } from '../kea/state.ts';
import { byAge, type ChildKind, refOf, reject, textAt } from './objects.ts';
import type { Children, Rejection } from './types.ts';

/** Where an object belongs: to the pair in question, to another one, or to none as a parent is missing or not named. */
type Home = 'here' | 'elsewhere' | Rejection;

/** An object that belongs to no pair, and why. */
export interface Adrift {
  readonly object: SharedNetwork | Subnet | HostReservation;
  readonly rejection: Rejection;
}

/** The children that one pair has to judge, oldest first, and how they hang together. */
export interface Attached {
  readonly networks: readonly SharedNetwork[];
  readonly subnets: readonly Subnet[];
  readonly reservations: readonly HostReservation[];
  /** Subnets of the namespace that other pairs serve. */
  readonly subnetsElsewhere: readonly Subnet[];
  /** Objects that belong to no pair at all: every pair of the namespace says so. */
  readonly adrift: ReadonlyMap<ObjectRef, Adrift>;
}

/** Which children belong to the pair of that name. */
export function attach(pairName: string, children: Children): Attached {
  const networkHomes = new Map(
    children.networks.map((network) => [network.metadata.name, networkHome(network, pairName)]),
  );
  const subnetHomes = new Map(
    children.subnets.map((subnet) => [subnet.metadata.name, subnetHome(subnet, pairName, networkHomes)]),
  );
  const adrift = new Map<ObjectRef, Adrift>();
  const pick = <T extends SharedNetwork | Subnet | HostReservation>(
    kind: ChildKind,
    objects: readonly T[],
    homeOf: (object: T) => Home | undefined,
  ): T[] =>
    objects
      .filter((object) => {
        const home = homeOf(object) ?? 'elsewhere';
        if (typeof home !== 'string') adrift.set(refOf(kind, object), { object, rejection: home });
        return home === 'here';
      })
      .sort(byAge);

  return {
    networks: pick('SharedNetwork', children.networks, ({ metadata }) => networkHomes.get(metadata.name)),
    subnets: pick('Subnet', children.subnets, ({ metadata }) => subnetHomes.get(metadata.name)),
    reservations: pick('HostReservation', children.reservations, (reservation) =>
      reservationHome(reservation, pairName, subnetHomes),
    ),
    subnetsElsewhere: children.subnets.filter(({ metadata }) => subnetHomes.get(metadata.name) === 'elsewhere'),
    adrift,
  };
}

const here = (name: string, pairName: string): Home => (name === pairName ? 'here' : 'elsewhere');

function networkHome(network: SharedNetwork, pairName: string): Home {
  const pair = textAt(network.spec, 'haPairRef', 'name');
  return pair === undefined ? reject('InvalidSpec', 'haPairRef is missing: name the HAPair') : here(pair, pairName);
}

function subnetHome(subnet: Subnet, pairName: string, networks: ReadonlyMap<string, Home>): Home {
  const pair = textAt(subnet.spec, 'haPairRef', 'name');
  if (pair !== undefined) return here(pair, pairName);
  const network = textAt(subnet.spec, 'sharedNetworkRef', 'name');
  if (network === undefined) return reject('InvalidSpec', 'give exactly one of haPairRef or sharedNetworkRef');
  const home = networks.get(network);
  if (home === undefined) return notFound('sharedNetworkRef', 'SharedNetwork', network);
  return typeof home === 'string' ? home : parentAdrift('sharedNetworkRef', 'SharedNetwork', network, home);
}

function reservationHome(reservation: HostReservation, pairName: string, subnets: ReadonlyMap<string, Home>): Home {
  const pair = textAt(reservation.spec, 'haPairRef', 'name');
  if (pair !== undefined) return here(pair, pairName);
  const subnet = textAt(reservation.spec, 'subnetRef', 'name');
  if (subnet === undefined) return reject('InvalidSpec', 'give exactly one of subnetRef or haPairRef');
  const home = subnets.get(subnet);
  if (home === undefined) return notFound('subnetRef', 'Subnet', subnet);
  return typeof home === 'string' ? home : parentAdrift('subnetRef', 'Subnet', subnet, home);
}

const notFound = (field: string, kind: string, name: string): Rejection =>
  reject('RefNotFound', `${field} names the ${kind} ${name}, which does not exist: create it or correct the reference`);

const parentAdrift = (field: string, kind: string, name: string, parent: Rejection): Rejection =>
  reject('ParentRejected', `${field} names the ${kind} ${name}, which is rejected itself: ${parent.message}`);

/** The verdicts on every child of a pair that does not exist, and on those that belong to no pair. */
export function verdictsWithoutPair(pairName: string, children: Children): ReadonlyMap<ObjectRef, Rejection> {
  const { networks, subnets, reservations, adrift } = attach(pairName, children);
  const missing = notFound('haPairRef', 'HAPair', pairName);
  const below = reject('ParentRejected', `it belongs to the HAPair ${pairName}, which does not exist: create it`);
  const verdictOn = (object: SharedNetwork | Subnet | HostReservation) =>
    textAt(object.spec, 'haPairRef', 'name') === undefined ? below : missing;
  return new Map([
    ...[...adrift].map(([ref, { rejection }]) => [ref, rejection] as const),
    ...networks.map((network) => [refOf('SharedNetwork', network), verdictOn(network)] as const),
    ...subnets.map((subnet) => [refOf('Subnet', subnet), verdictOn(subnet)] as const),
    ...reservations.map((reservation) => [refOf('HostReservation', reservation), verdictOn(reservation)] as const),
  ]);
}

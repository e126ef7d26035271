/** What one pass looks at. */
import type { HAPair } from '../api/index.ts';
import type { Family } from '../kea/family.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { ClassChild, DefinitionChild, NetworkChild, ReservationChild, SubnetChild } from './child.ts';
import type { Namespace } from './namespace.ts';
import { readPair } from './spec.ts';
import type { Sharing, Snapshot } from './types.ts';

/** What one pass of a pair looks at of a family. */
export const takeSnapshot = (pair: HAPair, family: Family, namespace: Namespace, sharing?: Sharing): Snapshot => {
  return {
    pair,
    family,
    spec: readPair(pair),
    ...(sharing === undefined ? {} : { sharing }),
    ...namespace.childrenOf(pair.metadata.name, family),
    globals: namespace.globalsOf(pair.metadata.name, family),
    network: namespace.network,
    find: namespace.find,
  };
};

/** The Subnet of the pair that has the ref. */
export const ownSubnet = ({ subnets, positions }: Snapshot, ref: ObjectRef): SubnetChild | undefined => {
  const at = positions.get(ref);
  return at === undefined ? undefined : subnets[at];
};

/** All reservations of the pair. */
export function* reservationsIn({
  reservations,
  globals,
}: Pick<Snapshot, 'reservations' | 'globals'>): Generator<ReservationChild> {
  for (const group of reservations) yield* group;
  yield* globals;
}

/** What is judged before the Subnets, as they may refer to it. */
export const commonIn = ({
  definitions,
  classes,
  networks,
}: Pick<Snapshot, 'definitions' | 'classes' | 'networks'>): readonly (
  DefinitionChild | ClassChild | NetworkChild
)[] => [...definitions, ...classes, ...networks];

/** How many children the pair has. */
export const countChildren = ({ reservations, ...alone }: Snapshot): number => {
  const { subnets, globals } = alone;
  const count = [commonIn(alone), subnets, globals].reduce((sum, { length }) => sum + length, 0);
  return reservations.reduce((sum, { length }) => sum + length, count);
};

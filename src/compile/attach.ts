/** Who belongs to whom: the one rule by which a child finds its pair, through its parents; and what is said of those that find none. */
import type { ObjectRef } from '../kea/state.ts';
import type { Child, NetworkChild, ParentRef, SubnetChild } from './child.ts';
import type { Namespace } from './namespace.ts';
import { awaiting, reject } from './objects.ts';
import { parentRejected } from './refusals.ts';
import { rejectUnread } from './spec.ts';
import type { Rejection } from './types.ts';

/** The name of the pair that an object belongs to; or why it belongs to none. */
export type Root = { readonly pair: string } | { readonly rejection: Rejection };

/** The objects of a namespace that others name as their parents. */
export interface Parents {
  readonly network: (name: string) => NetworkChild | undefined;
  readonly subnet: (name: string) => SubnetChild | undefined;
}

export const rootOf = ({ kind, parent }: Pick<Child, 'kind' | 'parent'>, parents: Parents): Root => {
  if (!parent) return { rejection: reject('InvalidSpec', NO_PARENT[kind]) };
  const { name } = parent;
  if (parent.kind === 'HAPair') return { pair: name };
  const above = parent.kind === 'Subnet' ? parents.subnet(name) : parents.network(name);
  if (!above) return { rejection: notFound(parent) };
  const root = rootOf(above, parents);
  if ('pair' in root) return root;
  return { rejection: parentRejected(FIELDS[parent.kind], parent.kind, name, root.rejection) };
};

const FIELDS = { HAPair: 'haPairRef', SharedNetwork: 'sharedNetworkRef', Subnet: 'subnetRef' } as const;

const NO_PARENT = {
  OptionDefinition: 'haPairRef is missing: name the HAPair',
  ClientClass: 'haPairRef is missing: name the HAPair',
  SharedNetwork: 'haPairRef is missing: name the HAPair',
  Subnet: 'give exactly one of haPairRef or sharedNetworkRef',
  HostReservation: 'give exactly one of subnetRef or haPairRef',
} as const;

const notFound = ({ kind, name }: ParentRef): Rejection =>
  awaiting(
    reject(
      'RefNotFound',
      `${FIELDS[kind]} names the ${kind} ${name}, which does not exist: create it or correct the reference`,
    ),
  );

/** An object whose pair, or a parent on the way to it, does not exist. */
export interface UnattachedObject {
  readonly child: Child;
  readonly rejection: Rejection;
}

/**
 * The unattached objects of a namespace.
 * @param pairs Names of its HAPairs.
 */
export function* unattachedOf(pairs: Iterable<string>, namespace: Namespace): Generator<UnattachedObject> {
  const existing = new Set(pairs);
  const alone = [namespace.definitions, namespace.classes, namespace.networks, namespace.subnets];
  for (const children of [...alone, ...namespace.reservations()]) {
    for (const child of children) {
      const root = rootOf(child, namespace);
      if ('pair' in root && existing.has(root.pair)) {
        // What has the same parent has the same root.
        if (child.kind === 'HostReservation') break;
        continue;
      }
      const rejection = 'pair' in root ? pairMissing(child, root.pair) : root.rejection;
      yield { child, rejection: rejectUnread(child.object) ?? rejection };
    }
  }
}

const pairMissing = ({ parent }: Child, pair: string): Rejection =>
  parent?.kind === 'HAPair'
    ? notFound(parent)
    : awaiting(reject('ParentRejected', `it belongs to the HAPair ${pair}, which does not exist: create it`));

/** The verdicts on the unattached objects of a namespace. */
export const unattachedVerdicts = (pairs: Iterable<string>, namespace: Namespace): ReadonlyMap<ObjectRef, Rejection> =>
  new Map([...unattachedOf(pairs, namespace)].map(({ child: { ref }, rejection }) => [ref, rejection]));

/** The client classes that objects name: as guards, and to be looked at once clients have their subnet. */
import { isRecord } from '../compile/objects.ts';
import { equalBodies } from '../kea/canonical.ts';
import { classesNamedBy, type ClassNames, NO_CLASSES } from '../kea/classNames.ts';
import type { KeaState } from '../kea/kinds.ts';
import { once } from '../kea/once.ts';
import type { ClassBody, NetworkBody, SubnetBody } from '../kea/state.ts';
import type { Attempt } from './types.ts';

const referencesOf = once((body: NetworkBody | SubnetBody | ClassBody): ClassNames => classesNamedBy(body));

/** Whether the rows of a subnet name other classes than they did. */
export const refersOtherwise = (before: KeaState, desired: KeaState, ids: Iterable<number>): boolean => {
  for (const id of ids) {
    const [was, is] = [before, desired].map(({ subnets }) => subnets.get(id)?.body);
    if (!equalBodies(was && referencesOf(was), is && referencesOf(is))) return true;
  }
  return false;
};

/** All classes of a pair that something names. */
export interface NamedClasses {
  /** By guards, or by member() of another class. */
  readonly guards: ReadonlySet<string>;
  /** In evaluateAdditionalClasses. */
  readonly additional: ReadonlySet<string>;
}

export const namedClasses = ({ snapshot, compiled }: Attempt): NamedClasses => {
  const guards = new Set<string>();
  const additional = new Set<string>();
  const add = (found: ClassNames): void => {
    for (const name of found.guards) guards.add(name);
    for (const name of found.additional) additional.add(name);
  };
  const { desired, subnetIds } = compiled ?? {};
  for (const { body } of desired?.networks.values() ?? []) add(referencesOf(body));
  for (const { body } of desired?.subnets.values() ?? []) add(referencesOf(body));
  for (const { body } of desired?.classes.values() ?? []) add(referencesOf(body));
  // What is not accepted names them all the same.
  for (const { ref, object } of snapshot.subnets) if (subnetIds?.has(ref) !== true) add(referencesInSpec(object.spec));
  for (const { object } of [...snapshot.networks, ...snapshot.classes]) add(referencesInSpec(object.spec));
  add(referencesInSpec(snapshot.pair.spec));
  return { guards, additional };
};

/** What a specification of which nothing is known names anywhere. */
const referencesInSpec = (spec: unknown): ClassNames => {
  if (Array.isArray(spec)) return joined((spec as readonly unknown[]).map(referencesInSpec));
  if (!isRecord(spec)) return NO_CLASSES;
  return joined(
    Object.entries(spec).map(([field, value]) => {
      if (field === 'clientClasses') return { ...NO_CLASSES, guards: namesIn(value) };
      if (field === 'evaluateAdditionalClasses') return { ...NO_CLASSES, additional: namesIn(value) };
      return referencesInSpec(value);
    }),
  );
};

const joined = (found: readonly ClassNames[]): ClassNames => ({
  guards: found.flatMap(({ guards }) => guards),
  additional: found.flatMap(({ additional }) => additional),
});

const namesIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as readonly unknown[]).filter((name): name is string => typeof name === 'string') : [];

/** Has the API server keep the objects of a pair until their rows are gone. */
import { FINALIZER } from '../api/kind.ts';
import { CLIENT_CLASSES, HAPAIRS, OPTION_DEFINITIONS, SHARED_NETWORKS, SUBNETS } from '../api/resources.ts';
import { refOf } from '../compile/objects.ts';
import { fitsSchema } from '../compile/spec.ts';
import type { Snapshot } from '../compile/types.ts';
import type { ObjectKind } from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { KubeClient } from '../runtime/client.ts';
import { isRefusal } from '../runtime/errors.ts';
import { ensureFinalizers } from '../runtime/finalizer.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import type { Refusal } from '../status/types.ts';

/** Children of which none lacked its finalizer, or all got it. */
export type Protected = { -readonly [K in ProtectedKind]: Snapshot[K] };
type ProtectedKind = 'definitions' | 'classes' | 'networks' | 'subnets';

/**
 * Finalizers come before the first row: what is written can then always be taken away again. Gives the objects that the API server does not let have one,
 * as one that is about as large as it may be: no row is written for them.
 *
 * @param known Of the last pass; those that are others are looked at.
 */
export const protect = async (
  client: KubeClient,
  { pair, definitions, classes, networks, subnets }: Snapshot,
  known: Protected,
  signal: AbortSignal,
): Promise<ReadonlyMap<ObjectRef, Refusal>> => {
  const barred = new Map<ObjectRef, Refusal>();
  const missing = <T extends KubeObject>(objects: readonly T[]): readonly T[] =>
    objects.filter(
      // One of which a part was not read gets no new row, and its finalizers may be what was not read.
      ({ metadata, unread }) =>
        metadata.deletionTimestamp === undefined && unread === undefined && !metadata.finalizers?.includes(FINALIZER),
    );
  const ensure = async <T extends KubeObject>(
    kind: 'HAPair' | ObjectKind,
    resource: Resource<T>,
    objects: readonly T[],
  ): Promise<boolean> => {
    const { failed } = await ensureFinalizers(client, resource, missing(objects), FINALIZER, { limit: 20, signal });
    for (const { item, error } of failed) {
      // One that does not fit its schema gets no row either.
      if (!fitsSchema(item)) continue;
      if (kind === 'HAPair' || !isRefusal(error)) throw error;
      barred.set(refOf(kind, item), { by: 'API server', text: error.message });
    }
    return failed.length === 0;
  };
  await ensure('HAPair', HAPAIRS, [pair]);
  if (await ensure('OptionDefinition', OPTION_DEFINITIONS, othersIn(definitions, known.definitions)))
    known.definitions = definitions;
  if (await ensure('ClientClass', CLIENT_CLASSES, othersIn(classes, known.classes))) known.classes = classes;
  if (await ensure('SharedNetwork', SHARED_NETWORKS, othersIn(networks, known.networks))) known.networks = networks;
  if (await ensure('Subnet', SUBNETS, othersIn(subnets, known.subnets))) known.subnets = subnets;
  return barred;
};

/** The objects of those that are not in the same place of the other list. */
const othersIn = <T>(children: readonly { readonly object: T }[], known: readonly unknown[]): readonly T[] =>
  children.flatMap((child, index) => (child === known[index] ? [] : [child.object]));

/** Has the API server keep the objects of a pair until their rows are gone. */
import { FINALIZER } from '../api/kind.ts';
import { HAPAIRS, SHARED_NETWORKS, SUBNETS } from '../api/resources.ts';
import { type ChildKind, refOf } from '../compile/objects.ts';
import { fitsSchema } from '../compile/spec.ts';
import type { Snapshot } from '../compile/types.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { KubeClient } from '../runtime/client.ts';
import { isRefusal } from '../runtime/errors.ts';
import { ensureFinalizers } from '../runtime/finalizer.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import type { Refusal } from '../status/types.ts';

/**
 * Finalizers come before the first row: what is written can then always be taken away again. Gives the objects that the API server does not let have one,
 * as one that is about as large as it may be: no row is written for them.
 */
export const protect = async (
  client: KubeClient,
  { pair, networks, subnets }: Snapshot,
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
    kind: 'HAPair' | ChildKind,
    resource: Resource<T>,
    objects: readonly T[],
  ): Promise<void> => {
    const { failed } = await ensureFinalizers(client, resource, missing(objects), FINALIZER, { limit: 20, signal });
    for (const { item, error } of failed) {
      // One that does not fit its schema gets no row either.
      if (!fitsSchema(item)) continue;
      if (kind === 'HAPair' || !isRefusal(error)) throw error;
      barred.set(refOf(kind, item), { by: 'API server', text: error.message });
    }
  };
  await ensure('HAPair', HAPAIRS, [pair]);
  await ensure('SharedNetwork', SHARED_NETWORKS, networks.map(objectOf));
  await ensure('Subnet', SUBNETS, subnets.map(objectOf));
  return barred;
};

const objectOf = <T>({ object }: { readonly object: T }): T => object;

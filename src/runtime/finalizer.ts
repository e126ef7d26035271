/**
 * Adds and removes one finalizer without touching another's. A finalizer list has no merge key, so whoever writes a
 * whole list can wipe what another controller put there in between. The JSON patches here test what they rely on (the
 * object's uid and the list, or the place in it); the server refuses them (422) when that has changed, and we look again.
 */
import type { JsonPatchOperation, KubeClient } from './client.ts';
import { isConflict, isInvalid, isNotFound, unlessNotFound } from './errors.ts';
import type { KubeObject } from './object.ts';
import { type Failed, parallelEach } from './parallel.ts';
import type { Resource } from './resource.ts';

/** `gone`: there is no such object any more, or another one under its name. `deleting`: too late to add. */
export type FinalizerOutcome = 'added' | 'present' | 'removed' | 'absent' | 'gone' | 'deleting';

export interface FinalizerOptions {
  readonly signal?: AbortSignal | undefined;
  readonly fieldManager?: string;
}

const MAX_TRIES = 5;

/**
 * Makes sure that the object has the finalizer. `object` may be some writes old.
 * @throws ApiError, ConnectionError.
 */
export const addFinalizer = (
  client: Pick<KubeClient, 'get' | 'patch'>,
  resource: Resource,
  object: KubeObject,
  finalizer: string,
  options: FinalizerOptions = {},
): Promise<FinalizerOutcome> =>
  change(client, resource, object, options, 'added', ({ metadata }) => {
    const list = metadata.finalizers ?? [];
    if (list.includes(finalizer)) return 'present';
    if (metadata.deletionTimestamp !== undefined) return 'deleting';
    return list.length === 0
      ? // An empty list is not stored at all: its test is that there is none.
        [test('/metadata/finalizers', null), { op: 'add', path: '/metadata/finalizers', value: [finalizer] }]
      : [test('/metadata/finalizers', list), { op: 'add', path: '/metadata/finalizers/-', value: finalizer }];
  });

/**
 * Makes sure that the object has not this finalizer; its deletion then goes on. `object` may be some writes old.
 * @throws ApiError, ConnectionError.
 */
export const removeFinalizer = (
  client: Pick<KubeClient, 'get' | 'patch'>,
  resource: Resource,
  object: KubeObject,
  finalizer: string,
  options: FinalizerOptions = {},
): Promise<FinalizerOutcome> =>
  change(client, resource, object, options, 'removed', ({ metadata }) => {
    const index = (metadata.finalizers ?? []).indexOf(finalizer);
    if (index < 0) return 'absent';
    const path = `/metadata/finalizers/${index}`;
    return [test(path, finalizer), { op: 'remove', path }];
  });

/**
 * Adds the finalizer to every object that lacks it, at most `limit` at a time; one failure does not keep the others
 * from it.
 */
export const ensureFinalizers = async <T extends KubeObject>(
  client: Pick<KubeClient, 'get' | 'patch'>,
  resource: Resource<T>,
  objects: Iterable<T>,
  finalizer: string,
  options: FinalizerOptions & { readonly limit?: number } = {},
): Promise<{ outcomes: ReadonlyMap<T, FinalizerOutcome>; failed: readonly Failed<T>[] }> => {
  const outcomes = new Map<T, FinalizerOutcome>();
  const work = async (object: T): Promise<void> => {
    outcomes.set(object, await addFinalizer(client, resource, object, finalizer, options));
  };
  const failed = await parallelEach(objects, options.limit ?? 10, work, options.signal);
  return { outcomes, failed };
};

const test = (path: string, value: unknown): JsonPatchOperation => ({ op: 'test', path, value });

const change = async (
  client: Pick<KubeClient, 'get' | 'patch'>,
  resource: Resource,
  object: KubeObject,
  options: FinalizerOptions,
  done: FinalizerOutcome,
  decide: (object: KubeObject) => FinalizerOutcome | JsonPatchOperation[],
): Promise<FinalizerOutcome> => {
  const { uid } = object.metadata;
  let present = object;
  for (let tries = 1; ; tries++) {
    const decision = decide(present);
    if (typeof decision === 'string') return decision;
    const operations = uid === undefined ? decision : [test('/metadata/uid', uid), ...decision];
    try {
      // Repeating it is safe: its test fails once it has been done.
      await client.patch(resource, present.metadata, operations, { ...options, idempotent: true });
      return done;
    } catch (error) {
      if (isNotFound(error)) return 'gone';
      // A test that fails is 422 Invalid; 409 is a write that another one overtook inside the server.
      if ((!isInvalid(error) && !isConflict(error)) || tries >= MAX_TRIES) throw error;
      const fresh = await unlessNotFound(client.get(resource, present.metadata, { signal: options.signal }));
      if (fresh === undefined || (uid !== undefined && fresh.metadata.uid !== uid)) return 'gone';
      present = fresh;
    }
  }
};

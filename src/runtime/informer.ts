/** A cache and the reflector that fills it: all that a controller needs to know a resource. */
import { type Cache, type CacheSpec, createCache } from './cache.ts';
import { type KubeObject, trimMetadata } from './object.ts';
import { type ReflectorSpec, createReflector } from './reflector.ts';

export type InformerSpec<T extends KubeObject> = CacheSpec<T> & Omit<ReflectorSpec<T>, 'store'>;

export interface Informer<T extends KubeObject> {
  readonly cache: Cache<T>;
  /** Keeps the cache up to date until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

/** Objects are stored without what {@link trimMetadata} drops, unless the spec has a `trim` of its own. */
export const createInformer = <T extends KubeObject>(spec: InformerSpec<T>): Informer<T> => {
  const cache = createCache<T>(spec);
  const reflector = createReflector<T>({ ...spec, trim: spec.trim ?? trimMetadata, store: cache });
  return { cache, run: (signal) => reflector.run(signal) };
};

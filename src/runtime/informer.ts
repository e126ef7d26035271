/** A cache and the reflector that fills it: all that a controller needs to know a resource. */
import { type Cache, type CacheSpec, createCache } from './cache.ts';
import type { KubeObject } from './object.ts';
import { type Reflector, type ReflectorSpec, createReflector } from './reflector.ts';

export type InformerSpec<T extends KubeObject> = CacheSpec<T> & Omit<ReflectorSpec<T>, 'store'>;

/** Keeps the cache up to date while it runs. */
export interface Informer<T extends KubeObject> extends Reflector {
  readonly cache: Cache<T>;
}

export const createInformer = <T extends KubeObject>(spec: InformerSpec<T>): Informer<T> => {
  const cache = createCache<T>(spec);
  const reflector = createReflector<T>({ ...spec, store: cache });
  return { ...reflector, cache };
};

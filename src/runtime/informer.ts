/** A cache and the reflector that fills it: all that a controller needs to know a resource. */
import { type Cache, type CacheSpec, createCache } from './cache.ts';
import type { KubeObject } from './object.ts';
import { createReflector, type Reflector, type ReflectorSpec } from './reflector.ts';

export type InformerSpec<T extends KubeObject> = CacheSpec<T> &
  Omit<ReflectorSpec<T>, 'store'> & {
    /** Instead of `namespace`: these, each by a watch of its own. None: all. */
    readonly namespaces?: readonly string[] | undefined;
  };

/** Keeps the cache up to date while it runs. */
export interface Informer<T extends KubeObject> extends Reflector {
  readonly cache: Cache<T>;
}

export const createInformer = <T extends KubeObject>(spec: InformerSpec<T>): Informer<T> => {
  const cache = createCache<T>(spec);
  const { namespaces = [] } = spec;
  if (namespaces.length === 0) return { ...createReflector<T>({ ...spec, store: cache }), cache };
  const reflectors = cache
    .parts(namespaces)
    .map((store, index) => createReflector<T>({ ...spec, namespace: namespaces[index], store }));
  return {
    cache,
    run: async (signal) => {
      await Promise.all(reflectors.map((reflector) => reflector.run(signal)));
    },
    refresh: async (maxAgeMs) => {
      await Promise.all(reflectors.map((reflector) => reflector.refresh(maxAgeMs)));
    },
  };
};

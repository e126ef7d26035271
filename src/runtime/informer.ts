/** A cache and the reflector that fills it: all that a controller needs to know a resource. */
import { type Cache, type CacheSpec, createCache } from './cache.ts';
import { type KubeObject, trimMetadata } from './object.ts';
import { type Reflector, type ReflectorSpec, createReflector } from './reflector.ts';

export type InformerSpec<T extends KubeObject> = CacheSpec<T> &
  Omit<ReflectorSpec<T>, 'store'> & {
    /** Instead of `namespace`: these, each by a watch of its own. None: all. */
    readonly namespaces?: readonly string[] | undefined;
  };

/** Keeps the cache up to date while it runs. */
export interface Informer<T extends KubeObject> extends Reflector {
  readonly cache: Cache<T>;
}

/** Objects are stored without what {@link trimMetadata} drops, unless the spec has a `trim` of its own. */
export const createInformer = <T extends KubeObject>(spec: InformerSpec<T>): Informer<T> => {
  const cache = createCache<T>(spec);
  const trim = spec.trim ?? trimMetadata;
  const { namespaces = [] } = spec;
  if (namespaces.length === 0) return { ...createReflector<T>({ ...spec, trim, store: cache }), cache };
  const stores = cache.parts(namespaces);
  const reflectors = stores.map((store, index) =>
    createReflector<T>({ ...spec, namespace: namespaces[index], trim, store }),
  );
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

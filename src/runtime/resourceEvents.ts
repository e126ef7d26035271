/** The events of @dot-i/k8s-operator, made of a cache and a queue of keys. */
import { type ResourceEvent, ResourceEventType, ResourceMetaImpl } from '@dot-i/k8s-operator';
import type { KubernetesObject } from '@kubernetes/client-node';
import type { Cache } from './cache.ts';
import { changesOf, type ControllerSpec } from './controller.ts';
import { type Key, keyOf, type KubeObject } from './object.ts';

/** The same JSON under client-node's type, which says Date where JSON has text. */
export const asClientNode = (object: KubeObject): KubernetesObject => object as unknown as KubernetesObject;

/**
 * Events from keys: a key's pass tells what became of the object since the last one. What `onEvent` rejects is tried
 * again, with the state of then.
 */
export const resourceEvents = (
  cache: Cache<KubeObject>,
  plural: string,
  onEvent: (event: ResourceEvent) => Promise<void>,
): Pick<ControllerSpec, 'sources' | 'reconcile'> => {
  const told = new Set<Key>();
  const gone = new Map<Key, KubeObject>();
  cache.onChange((before, after) => {
    if (after === undefined && before !== undefined) gone.set(keyOf(before), before);
  });
  const deliver = (type: ResourceEventType, object: KubeObject): Promise<void> => {
    const held = asClientNode(object);
    return onEvent({ type, object: held, meta: ResourceMetaImpl.createWithPlural(plural, held) });
  };
  return {
    sources: [changesOf(cache, (object) => [keyOf(object)])],
    reconcile: async (key) => {
      const lost = gone.get(key);
      if (lost !== undefined && told.has(key)) await deliver(ResourceEventType.Deleted, lost);
      if (lost !== undefined) {
        told.delete(key);
        gone.delete(key);
      }
      const object = cache.get(key);
      if (object === undefined) return {};
      await deliver(told.has(key) ? ResourceEventType.Modified : ResourceEventType.Added, object);
      told.add(key);
      return {};
    },
  };
};

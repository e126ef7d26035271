/**
 * The objects of one resource, held in memory as the API server last told them, with indexes. A reflector fills it;
 * readers must not change what they get.
 */
import { asError } from './errors.ts';
import type { Logger } from './log.ts';
import { isSameObject, type Key, keyOf, type KubeObject } from './object.ts';

/** Told of every change, after it: no `before` = added, no `after` = deleted. `before` is what the cache held. */
export type Listener<T extends KubeObject> = (before: T | undefined, after: T | undefined) => void;

export interface Cache<T extends KubeObject> {
  /** Resolves once the cache has seen a whole list: what it does not hold then does not exist. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  /**
   * False from when the API server did not serve the resource, there or at all, until the next whole list: what the cache does not hold then
   * may exist.
   */
  isServed(namespace?: string): boolean;
  readonly size: number;
  get(key: Key): T | undefined;
  /** All objects, or those of a namespace, in no order. */
  list(namespace?: string): readonly T[];
  /**
   * The objects for which the index function gave this value.
   * @throws TypeError for an index that was not declared.
   */
  by(index: string, value: string): readonly T[];
  /**
   * Tells of every later change; the answer ends that. A listener that throws is logged and does not keep the others
   * from hearing. An object that was deleted and created again under its name is told as a deletion and an addition.
   */
  onChange(listen: Listener<T>): () => void;
}

/** The side of a cache that a reflector writes. */
export interface Store<T extends KubeObject> {
  /** The object that it holds, where that is this one in this version. */
  same(object: T): T | undefined;
  /** The whole list: what is not in it is gone. */
  replace(objects: readonly T[]): void;
  put(object: T): void;
  remove(object: T): void;
  /** The API server does not serve the resource. What was there is kept. */
  unserved(): void;
}

/** The writing side of a cache of several namespaces. */
export interface Parts<T extends KubeObject> {
  /**
   * A store for each, of its own reflector. The cache is complete when each has been heard of: one that is refused to the operator, as its Role
   * is missing, must not keep it from the others.
   */
  parts(namespaces: readonly string[]): readonly Store<T>[];
}

export interface CacheSpec<T extends KubeObject> {
  /** Index name → the values under which an object is found, as of a reference it holds. */
  readonly indexes?: Readonly<Record<string, (object: T) => Iterable<string>>>;
  readonly log?: Logger | undefined;
}

/** Of a store that is not a part. */
const ALL = '';

export const createCache = <T extends KubeObject>(spec: CacheSpec<T> = {}): Cache<T> & Store<T> & Parts<T> => {
  const objects = new Map<Key, T>();
  const indexes = new Map(Object.entries(spec.indexes ?? {}).map(([name, valuesOf]) => [name, createIndex(valuesOf)]));
  const byNamespace = createIndex<T>((object) => [object.metadata.namespace ?? '']);
  const all = [byNamespace, ...indexes.values()];
  const listeners = new Set<Listener<T>>();
  const { promise: synced, resolve } = Promise.withResolvers<undefined>();
  let hasSynced = false;
  const unserved = new Set<string>();

  const change = (key: Key, before: T | undefined, after: T | undefined): void => {
    for (const index of all) index.move(key, before, after);
    if (after === undefined) objects.delete(key);
    else objects.set(key, after);
    for (const listen of listeners) {
      try {
        listen(before, after);
      } catch (error) {
        spec.log?.error({ err: asError(error), key }, 'a listener of the cache failed');
      }
    }
  };

  const same = (object: T): T | undefined => {
    const held = objects.get(keyOf(object));
    return held?.metadata.resourceVersion === object.metadata.resourceVersion ? held : undefined;
  };

  const put = (object: T): void => {
    const key = keyOf(object);
    const before = objects.get(key);
    if (same(object) !== undefined) return;
    if (before === undefined || isSameObject(before, object)) {
      change(key, before, object);
    } else {
      change(key, before, undefined);
      change(key, undefined, object);
    }
  };

  const remove = (object: T): void => {
    const key = keyOf(object);
    const before = objects.get(key);
    if (before !== undefined) change(key, before, undefined);
  };
  const replace = (present: readonly T[], list: readonly T[]): void => {
    const listed = new Set(list.map(keyOf));
    for (const object of present) if (!listed.has(keyOf(object))) remove(object);
    for (const object of list) put(object);
  };
  const complete = (): void => {
    hasSynced = true;
    resolve(undefined);
  };

  return {
    get synced() {
      return synced;
    },
    get hasSynced() {
      return hasSynced;
    },
    isServed: (namespace = ALL) => !unserved.has(ALL) && !unserved.has(namespace),
    get size() {
      return objects.size;
    },
    get: (key) => objects.get(key),
    list: (namespace) => (namespace === undefined ? [...objects.values()] : byNamespace.get(namespace)),
    by: (name, value) => {
      const index = indexes.get(name);
      if (index === undefined) throw new TypeError(`the cache has no index "${name}"`);
      return index.get(value);
    },
    onChange: (listen) => {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    same,
    put,
    remove,
    replace: (list) => {
      replace([...objects.values()], list);
      unserved.delete(ALL);
      complete();
    },
    unserved: () => {
      unserved.add(ALL);
    },
    parts: (namespaces) => {
      const unheard = new Set(namespaces);
      const heardOf = (namespace: string): void => {
        unheard.delete(namespace);
        if (unheard.size === 0) complete();
      };
      return namespaces.map((namespace) => ({
        same,
        put,
        remove,
        replace: (list) => {
          replace(byNamespace.get(namespace), list);
          unserved.delete(namespace);
          heardOf(namespace);
        },
        unserved: () => {
          unserved.add(namespace);
          heardOf(namespace);
        },
      }));
    },
  };
};

/**
 * Whether a change is more than a new status: the spec, or metadata that a controller may act on. The API server counts
 * `generation` up for the spec (and for the request to delete), not for labels, annotations and finalizers.
 */
export const changedBeyondStatus = (before: KubeObject | undefined, after: KubeObject | undefined): boolean => {
  if (before === undefined || after === undefined || !isSameObject(before, after)) return true;
  const relevant = ({ metadata: m }: KubeObject): string =>
    JSON.stringify([m.generation, m.deletionTimestamp, m.labels, m.annotations, m.finalizers, m.ownerReferences]);
  return relevant(before) !== relevant(after) || after.metadata.generation === undefined;
};

interface Index<T> {
  get(value: string): readonly T[];
  move(key: Key, before: T | undefined, after: T | undefined): void;
}

const createIndex = <T>(valuesOf: (object: T) => Iterable<string>): Index<T> => {
  const entries = new Map<string, Map<Key, T>>();
  return {
    get: (value) => [...(entries.get(value)?.values() ?? [])],
    move: (key, before, after) => {
      const now = new Set(after === undefined ? [] : valuesOf(after));
      for (const value of before === undefined ? [] : valuesOf(before)) {
        const held = entries.get(value);
        if (now.has(value) || held === undefined) continue;
        held.delete(key);
        if (held.size === 0) entries.delete(value);
      }
      if (after === undefined) return;
      for (const value of now) {
        const held = entries.get(value);
        if (held === undefined) entries.set(value, new Map([[key, after]]));
        else held.set(key, after);
      }
    },
  };
};

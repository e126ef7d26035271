/** Maps made of parts, so that one that differs from another in a few places shares the rest with it. */
import type { HostBody, HostKey, Item } from './state.ts';

/** A map that is read only, of which `get`, `has` and its entries say all. */
export abstract class View<Key, Value> implements ReadonlyMap<Key, Value> {
  abstract readonly size: number;
  abstract get(key: Key): Value | undefined;
  abstract has(key: Key): boolean;
  abstract entries(): MapIterator<[Key, Value]>;

  forEach(work: (value: Value, key: Key, map: ReadonlyMap<Key, Value>) => void): void {
    for (const [key, value] of this.entries()) work(value, key, this);
  }

  *keys(): MapIterator<Key> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<Value> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.entries();
  }
}

/** A map over parts of which each key is in one alone. */
export class PartedMap<Key, Value> extends View<Key, Value> {
  readonly size: number;
  readonly #parts: () => Iterable<ReadonlyMap<Key, Value>>;
  readonly #partOf: (key: Key) => ReadonlyMap<Key, Value> | undefined;

  /** @param partOf The part that may have a key. */
  constructor(
    size: number,
    parts: () => Iterable<ReadonlyMap<Key, Value>>,
    partOf: (key: Key) => ReadonlyMap<Key, Value> | undefined,
  ) {
    super();
    this.size = size;
    this.#parts = parts;
    this.#partOf = partOf;
  }

  get(key: Key): Value | undefined {
    return this.#partOf(key)?.get(key);
  }

  has(key: Key): boolean {
    return this.#partOf(key)?.has(key) === true;
  }

  *entries(): MapIterator<[Key, Value]> {
    for (const part of this.#parts()) yield* part;
  }

  override *values(): MapIterator<Value> {
    for (const part of this.#parts()) yield* part.values();
  }
}

/** The reservations of a subnet. */
export type HostPart = ReadonlyMap<HostKey, Item<HostBody>>;

/** The subnet of a host's key. */
const subnetIn = (key: HostKey): number => {
  let id = 0;
  for (let at = 0; at < key.length; at++) {
    const digit = key.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    id = id * 10 + digit;
  }
  return id;
};

/** Reservations, a part for each subnet. */
export class HostMap extends PartedMap<HostKey, Item<HostBody>> {
  /** By subnet id; none is empty. */
  readonly parts: ReadonlyMap<number, HostPart>;

  constructor(parts: ReadonlyMap<number, HostPart>, size = sizeOf(parts)) {
    super(
      size,
      () => parts.values(),
      (key) => parts.get(subnetIn(key)),
    );
    this.parts = parts;
  }

  /** The same map where it has parts already. */
  static of(hosts: HostPart): HostMap {
    if (hosts instanceof HostMap) return hosts;
    const parts = new Map<number, Map<HostKey, Item<HostBody>>>();
    for (const [key, item] of hosts) {
      const id = subnetIn(key);
      const part = parts.get(id);
      if (part) part.set(key, item);
      else parts.set(id, new Map([[key, item]]));
    }
    return new HostMap(parts, hosts.size);
  }

  /** With some entries set, and those removed that have no item. Parts without a change are shared. */
  with(changes: Iterable<readonly [HostKey, Item<HostBody> | undefined]>): HostMap {
    const parts = new Map(this.parts);
    const copies = new Map<number, Map<HostKey, Item<HostBody>>>();
    let { size } = this;
    for (const [key, item] of changes) {
      const id = subnetIn(key);
      const part = copies.get(id) ?? new Map(parts.get(id));
      copies.set(id, part);
      size -= part.size;
      if (item) part.set(key, item);
      else part.delete(key);
      size += part.size;
      if (part.size > 0) parts.set(id, part);
      else parts.delete(id);
    }
    return new HostMap(parts, size);
  }
}

const sizeOf = (parts: ReadonlyMap<number, HostPart>): number => {
  let size = 0;
  for (const part of parts.values()) size += part.size;
  return size;
};

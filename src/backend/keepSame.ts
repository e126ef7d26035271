/** Rows that are read again, as they were before, are the same objects: what was made of them need not be made anew. */
import { equalBodies } from '../kea/canonical.ts';
import { HostMap, type HostPart } from '../kea/partedMap.ts';
import type { Item } from '../kea/state.ts';
import type { Steps } from '../kea/steps.ts';
import type { Observed } from './backend.ts';

/** So many rows, or subnets with their reservations, are compared before somebody else may have the processor. */
const SLICE = 256;

/** What was read now, with the rows of before where they are equal. */
export function* keepSame(now: Observed, before: Observed | undefined): Steps<Observed> {
  const hosts = HostMap.of(now.owned.hosts);
  yield;
  if (!before) return { ...now, owned: { ...now.owned, hosts } };
  const optionDefs = yield* sameItems(now.owned.optionDefs, before.owned.optionDefs);
  const classes = yield* sameItems(now.owned.classes, before.owned.classes);
  const networks = yield* sameItems(now.owned.networks, before.owned.networks);
  const subnets = yield* sameItems(now.owned.subnets, before.owned.subnets);
  const known = HostMap.of(before.owned.hosts).parts;
  const parts = new Map<number, HostPart>();
  let compared = 0;
  for (const [id, part] of hosts.parts) {
    if (++compared % SLICE === 0) yield;
    const was = known.get(id);
    parts.set(id, was ? yield* sameItems(part, was) : part);
  }
  const foreign = equalBodies(now.foreign, before.foreign) ? before.foreign : now.foreign;
  return { ...now, owned: { optionDefs, classes, networks, subnets, hosts: new HostMap(parts, hosts.size) }, foreign };
}

/** The map of before, where it has the same items in the same order. */
function* sameItems<Key, Body>(
  now: ReadonlyMap<Key, Item<Body>>,
  before: ReadonlyMap<Key, Item<Body>>,
): Steps<ReadonlyMap<Key, Item<Body>>> {
  const keys = before.keys();
  let isSame = now.size === before.size;
  let compared = 0;
  const items = new Map<Key, Item<Body>>();
  for (const [key, item] of now) {
    if (++compared % SLICE === 0) yield;
    const was = before.get(key);
    const same = was !== undefined && equalBodies(item, was) ? was : item;
    items.set(key, same);
    if (same !== was || keys.next().value !== key) isSame = false;
  }
  return isSame ? before : items;
}

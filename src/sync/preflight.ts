import { KeaRefused, type KeaClient } from '../kea/client.ts';
import { preflightFragment } from '../kea/json.ts';
import type { Host4, Item, KeaState, ObjectRef, SharedNetwork4, Subnet4 } from '../kea/state.ts';
import type { Change } from '../plan/plan.ts';

/** One changed object on trial. */
type Unit =
  | { readonly kind: 'network'; readonly item: Item<SharedNetwork4> }
  | { readonly kind: 'subnet'; readonly item: Item<Subnet4> }
  | { readonly kind: 'host'; readonly item: Item<Host4> };

/** What a server said of objects that it would not take: Kea's own text, by object. */
export type Refusals = ReadonlyMap<ObjectRef, string>;

/** 100 subnets take a server 9–19 ms and lose no packet; 10,000 at once would stop it for a second. */
const CHUNK = 100;

const refOf = (unit: Unit): ObjectRef | undefined => unit.item.marker?.object;

/**
 * Tries every object that the changes would write on a live server, by `config-test` of a fragment that holds nothing
 * else. Kea rejects a whole pull for one bad row, and a restart with one is an outage: so a row is written only after
 * this. Where a chunk is refused it is halved until the objects at fault are found; the others go on.
 *
 * @param client A server that answers; its configuration is not touched.
 * @throws KeaUnreachable where it does not answer.
 */
export const preflight = async (
  client: KeaClient,
  changes: readonly Change[],
  desired: KeaState,
  signal: AbortSignal,
): Promise<Refusals> => {
  const refusals = new Map<ObjectRef, string>();
  const units = changes.flatMap(unitOf);

  const test = async (chunk: readonly Unit[]): Promise<void> => {
    if (chunk.length === 0) return;
    try {
      await client.call('config-test', fragmentOf(chunk, desired), signal);
    } catch (error) {
      if (!(error instanceof KeaRefused)) throw error;
      const [unit] = chunk;
      if (chunk.length === 1 && unit !== undefined) {
        const ref = refOf(unit);
        if (ref !== undefined) refusals.set(ref, error.text);
        return;
      }
      const half = Math.ceil(chunk.length / 2);
      await test(chunk.slice(0, half));
      await test(chunk.slice(half));
    }
  };

  // Parents first: what hangs on a refused one cannot be judged, and is not written either.
  for (const kind of ['network', 'subnet', 'host'] as const) {
    const blocked = blockedBy(refusals, desired);
    const on = units.filter((unit) => unit.kind === kind && !blocked(unit));
    for (let start = 0; start < on.length; start += CHUNK) await test(on.slice(start, start + CHUNK));
  }
  return refusals;
};

/** The changes without those of refused objects and of what hangs on them. Removals always go on. */
export const withoutRefused = (
  changes: readonly Change[],
  refusals: Refusals,
  desired: KeaState,
): readonly Change[] => {
  if (refusals.size === 0) return changes;
  const blocked = blockedBy(refusals, desired);
  return changes.filter((change) => {
    const [unit] = unitOf(change);
    if (unit === undefined) return true;
    const ref = refOf(unit);
    return !(ref !== undefined && refusals.has(ref)) && !blocked(unit);
  });
};

const unitOf = (change: Change): readonly Unit[] => {
  if (change.op !== 'create' && change.op !== 'update') return [];
  switch (change.kind) {
    case 'network':
      return [{ kind: change.kind, item: change.item }];
    case 'subnet':
      return [{ kind: change.kind, item: change.item }];
    case 'host':
      return [{ kind: change.kind, item: change.item }];
  }
};

const blockedBy = (refusals: Refusals, desired: KeaState): ((unit: Unit) => boolean) => {
  const refused = (item: Item<unknown> | undefined): boolean =>
    item?.marker !== undefined && refusals.has(item.marker.object);
  const inRefusedNetwork = (subnet: Item<Subnet4> | undefined): boolean => {
    const name = subnet?.body['shared-network-name'];
    return name !== undefined && refused(desired.networks.get(name));
  };
  return (unit) => {
    if (refusals.size === 0 || unit.kind === 'network') return false;
    if (unit.kind === 'subnet') return inRefusedNetwork(unit.item);
    const subnet = desired.subnets.get(unit.item.body['subnet-id']);
    return refused(subnet) || inRefusedNetwork(subnet);
  };
};

const fragmentOf = (chunk: readonly Unit[], desired: KeaState) => {
  const networks = new Map<string, Item<SharedNetwork4>>();
  const subnets = new Map<number, Item<Subnet4>>();
  const hosts: Item<Host4>[] = [];
  for (const unit of chunk) {
    if (unit.kind === 'network') networks.set(unit.item.body.name, unit.item);
    else if (unit.kind === 'subnet') subnets.set(unit.item.body.id, unit.item);
    else {
      hosts.push(unit.item);
      const subnet = desired.subnets.get(unit.item.body['subnet-id']);
      if (subnet !== undefined) subnets.set(subnet.body.id, subnet);
    }
  }
  for (const { body } of subnets.values()) {
    const name = body['shared-network-name'];
    const network = name === undefined ? undefined : desired.networks.get(name);
    if (name !== undefined && network !== undefined) networks.set(name, network);
  }
  return preflightFragment({ networks: networks.values(), subnets: subnets.values(), hosts });
};

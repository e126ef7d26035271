import { canonicalNetwork } from '../kea/canonical.ts';
import type { Item, NetworkBody } from '../kea/state.ts';
import type { NetworkChild } from './child.ts';
import type { Level } from './inherit.ts';
import { type Checked, checkNetworkPart } from './networkPart.ts';
import { Cell, entryOf, prune } from './memory.ts';
import { beingDeleted, checkForeign, existenceOf } from './refusals.ts';
import { accept, deletionOf, itemOf, refuse, type Turn } from './turn.ts';
import type { ForeignRow } from '../kea/kinds.ts';
import type { Warning } from './types.ts';

/** A SharedNetwork that is right. */
export interface JudgedNetwork {
  readonly item: Item<NetworkBody>;
  readonly warnings: readonly Warning[];
}

/** Judges the networks of the pair. One that is being deleted is looked at last, by {@link settleNetworks}. */
export function compileNetworks(turn: Turn): void {
  for (const network of turn.snapshot.networks) {
    const { ref } = network;
    const hasRows = turn.rows.networksOf(ref).length > 0;
    if (network.isDeleting && !hasRows) {
      turn.deletions.set(ref, { state: 'leaving' });
      continue;
    }
    const row = turn.rows.foreignNetwork(network.name);
    const cell = entryOf(turn.memory.networks, ref, () => new Cell());
    const inputs = [network, turn.facts, hasRows, row, ...existenceOf(row)];
    const checked = cell.of(inputs, () => checkNetwork(turn, network, hasRows, row));
    if ('rejection' in checked) {
      refuse(turn, ref, checked.rejection);
      continue;
    }
    const { item, warnings } = checked.value;
    accept(turn, ref, warnings);
    turn.networks.set(network.name, item);
  }
  const { networks } = turn.memory;
  if (networks.size > turn.snapshot.networks.length) {
    prune(networks, new Set(turn.snapshot.networks.map(({ ref }) => ref)));
  }
}

function checkNetwork(
  turn: Turn,
  network: NetworkChild,
  hasRows: boolean,
  row: ForeignRow | undefined,
): Checked<JudgedNetwork> {
  const { facts } = turn;
  const { name, parsed } = network;
  if ('rejection' in parsed) return parsed;
  if (facts.deleting && !hasRows) {
    return { rejection: beingDeleted('haPairRef', 'HAPair', parsed.spec.haPairRef.name) };
  }
  const part = checkNetworkPart(facts, parsed.spec, [facts.globals]);
  if ('rejection' in part) return part;
  const what = `a shared network with the name ${name}`;
  const rejection = checkForeign(turn, network, { what, conflict: 'NameConflict', row });
  if (rejection) return { rejection };
  const { fields, warnings } = part.value;
  const item = itemOf(network.ref, network.object, canonicalNetwork({ ...fields, name }));
  return { value: { item, warnings } };
}

/** What the subnets of a network inherit from it: its row in effect, be it the new one or the one that is kept. */
export function networkLevel(turn: Turn, name: string): Level | undefined {
  const item = turn.networks.get(name);
  if (!item) return undefined;
  const cell = entryOf(turn.memory.levels, name, () => new Cell());
  return cell.of([item], () => ({ name: `SharedNetwork ${name}`, fields: item.body }));
}

/** Lets the networks go that are being deleted, once no subnet that stays refers to them. */
export function settleNetworks(turn: Turn): void {
  const users = new Map<string, number>();
  for (const { body } of turn.subnets.values()) {
    const name = body['shared-network-name'];
    if (name !== undefined) users.set(name, (users.get(name) ?? 0) + 1);
  }
  // A network whose object was torn away, past its finalizer, stays as it is for the subnets that are in it.
  const { owned } = turn.surroundings.rows;
  for (const name of users.keys()) {
    const row = owned.networks.get(name);
    if (row && !turn.networks.has(name)) turn.networks.set(name, row);
  }
  for (const network of turn.snapshot.networks) {
    const { ref, name } = network;
    const deletion = turn.deletions.get(ref) ?? deletionOf(turn, network, true, 0);
    if (!deletion) continue;
    const used = users.get(name) ?? 0;
    if (used > 0) {
      const who =
        used === 1 ? '1 Subnet belongs to it: delete that first' : `${used} Subnets belong to it: delete them first`;
      const message = `it goes on serving, as ${who}`;
      turn.deletions.set(ref, { state: 'held', reason: 'ReferencesExist', message });
      continue;
    }
    turn.deletions.set(ref, deletion);
    if (deletion.state === 'orphaned') turn.orphans.add(ref);
    turn.networks.delete(name);
    turn.kept.delete(ref);
  }
}

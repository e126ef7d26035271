/** SharedNetworks, each by itself. */
import { canonicalNetwork } from '../kea/canonical.ts';
import type { ForeignRow } from '../kea/kinds.ts';
import type { Item, NetworkBody } from '../kea/state.ts';
import type { NetworkChild } from './child.ts';
import { checkServed } from './facts.ts';
import type { InheritedLevel } from './inherit.ts';
import { Cell, entryOf, prune } from './memory.ts';
import { type Checked, checkNetworkPart } from './networkPart.ts';
import { accept, type CompilePass, deletionOf, itemOf, refuse } from './pass.ts';
import { beingDeleted, checkForeign, existenceOf } from './refusals.ts';
import type { Warning } from './types.ts';

/** A SharedNetwork that is right. */
export interface JudgedNetwork {
  readonly item: Item<NetworkBody>;
  readonly warnings: readonly Warning[];
}

/** Judges the networks of the pair. One that is being deleted is looked at last, by {@link settleNetworks}. */
export const compileNetworks = (pass: CompilePass): void => {
  for (const network of pass.snapshot.networks) {
    const { ref } = network;
    const hasRows = pass.rows.networksOf(ref).length > 0;
    if (network.isDeleting && !hasRows) {
      pass.deletions.set(ref, { state: 'leaving' });
      continue;
    }
    const row = pass.rows.foreignNetwork(network.name);
    const cell = entryOf(pass.memory.networks, ref, () => new Cell());
    const inputs = [network, pass.facts, hasRows, row, ...existenceOf(row)];
    const checked = cell.of(inputs, () => checkNetwork(pass, network, hasRows, row));
    if ('rejection' in checked) {
      refuse(pass, ref, checked.rejection);
      continue;
    }
    const { item, warnings } = checked.value;
    accept(pass, ref, warnings);
    pass.networks.set(network.name, item);
  }
  const { networks } = pass.memory;
  if (networks.size > pass.snapshot.networks.length) {
    prune(networks, new Set(pass.snapshot.networks.map(({ ref }) => ref)));
  }
};

const checkNetwork = (
  pass: CompilePass,
  network: NetworkChild,
  hasRows: boolean,
  row: ForeignRow | undefined,
): Checked<JudgedNetwork> => {
  const { facts } = pass;
  const { name, parsed } = network;
  if ('rejection' in parsed) return parsed;
  const unserved = checkServed(facts, 'ipFamily');
  if (unserved) return { rejection: unserved };
  if (facts.deleting && !hasRows) {
    return { rejection: beingDeleted('haPairRef', 'HAPair', parsed.spec.haPairRef.name) };
  }
  const part = checkNetworkPart(facts, 'SharedNetwork', parsed.spec, [facts.globals]);
  if ('rejection' in part) return part;
  const what = `a shared network with the name ${name}`;
  const rejection = checkForeign(pass, network, { what, conflict: 'NameConflict', row });
  if (rejection) return { rejection };
  const { fields, warnings } = part.value;
  const item = itemOf(network.ref, network.object, canonicalNetwork({ ...fields, name }));
  return { value: { item, warnings } };
};

/** What the subnets of a network inherit from it: its row in effect, be it the new one or the one that is kept. */
export const networkLevel = (pass: CompilePass, name: string): InheritedLevel | undefined => {
  const item = pass.networks.get(name);
  if (!item) return undefined;
  const cell = entryOf(pass.memory.levels, name, () => new Cell());
  return cell.of([item], () => ({ name: `SharedNetwork ${name}`, fields: item.body }));
};

/** Lets the networks go that are being deleted, once no subnet that stays refers to them. */
export const settleNetworks = (pass: CompilePass): void => {
  const users = new Map<string, number>();
  for (const { body } of pass.subnets.values()) {
    const name = body['shared-network-name'];
    if (name !== undefined) users.set(name, (users.get(name) ?? 0) + 1);
  }
  // A network whose object was torn away, past its finalizer, stays as it is for the subnets that are in it.
  const { owned } = pass.surroundings.rows;
  for (const name of users.keys()) {
    const row = owned.networks.get(name);
    if (row && !pass.networks.has(name)) pass.networks.set(name, row);
  }
  for (const network of pass.snapshot.networks) {
    const { ref, name } = network;
    const deletion = pass.deletions.get(ref) ?? deletionOf(pass, network, true, 0);
    if (!deletion) continue;
    const used = users.get(name) ?? 0;
    if (used > 0) {
      const who =
        used === 1 ? '1 Subnet belongs to it: delete that first' : `${used} Subnets belong to it: delete them first`;
      const message = `it goes on serving, as ${who}`;
      pass.deletions.set(ref, { state: 'held', reason: 'ReferencesExist', message });
      continue;
    }
    pass.deletions.set(ref, deletion);
    if (deletion.state === 'orphaned') pass.orphans.add(ref);
    pass.networks.delete(name);
    pass.kept.delete(ref);
  }
};

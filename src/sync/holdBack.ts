import { parsePrefix, rangeSet } from '../kea/address.ts';
import type { Host4 } from '../kea/state.ts';
import type { Change } from '../plan/plan.ts';

/**
 * The changes without those that cannot be made, and without what could not stand beside the rows that stay as they are
 * for that: the removal of a row that was to come again, perhaps under another id or identifier, a subnet on a prefix that is not given up, an address that is
 * still reserved, the removal of a network that still has its subnet. A plan is one transaction: one change too many
 * would fail them all, or leave a client without the subnet that it had.
 */
export const holdBack = (changes: readonly Change[], cannot: (change: Change) => boolean): readonly Change[] => {
  const held = new Set<Change>();
  const stay = rowsThatStay();
  const hold = (change: Change): void => {
    held.add(change);
    stay.add(change);
  };
  for (const change of changes) if (cannot(change)) hold(change);
  if (held.size === 0) return changes;
  let before: number;
  do {
    before = held.size;
    for (const change of changes) if (!held.has(change) && stay.standInTheWayOf(change)) hold(change);
  } while (held.size !== before);
  return changes.filter((change) => !held.has(change));
};

const rowsThatStay = () => {
  const names = new Set<string>();
  const objects = new Set<string>();
  const missing = new Set<string>();
  const prefixes = rangeSet<true>();
  const addresses = new Set<string>();
  const networks = new Set<string>();

  const stays = (change: Exclude<Change, { readonly op: 'create' }>): void => {
    if (change.kind === 'host') addresses.add(addressOf(change.was.body) ?? '');
    if (change.kind !== 'subnet') return;
    const prefix = parsePrefix(change.was.body.subnet);
    if (prefix) prefixes.add(prefix, true);
    networks.add(change.was.body['shared-network-name'] ?? '');
  };

  return {
    add: (change: Change): void => {
      names.add(`${change.kind} ${change.key}`);
      if (change.op !== 'create') {
        stays(change);
        return;
      }
      objects.add(change.item.marker?.object ?? '');
      missing.add(`${change.kind} ${change.key}`);
    },
    standInTheWayOf: (change: Change): boolean => {
      if (names.has(`${change.kind} ${change.key}`)) return true;
      if (change.op === 'remove') {
        if (objects.has(change.was.marker?.object ?? 'none')) return true;
        return change.kind === 'network' && networks.has(change.key);
      }
      if (change.op === 'release' || change.kind === 'network') return false;
      if (change.kind === 'host') {
        const { body } = change.item;
        return addresses.has(addressOf(body) ?? 'none') || missing.has(`subnet ${body['subnet-id']}`);
      }
      const { subnet, 'shared-network-name': network = '' } = change.item.body;
      const prefix = parsePrefix(subnet);
      return (prefix !== undefined && prefixes.overlapping(prefix) !== undefined) || missing.has(`network ${network}`);
    },
  };
};

const addressOf = (body: Host4): string | undefined =>
  body['ip-address'] === undefined ? undefined : `${body['subnet-id']} ${body['ip-address']}`;

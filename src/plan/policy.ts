import { parsePrefix, rangeSet } from '../kea/address.ts';
import { type KeaState, reservedAddress } from '../kea/state.ts';
import type { Change, Plan, Withholding } from './plan.ts';

/** What keeps changes back. */
export interface Policy {
  /** The server tag of the pair's rows. */
  readonly serverTag: string;
  readonly changePolicy: 'Sync' | 'DryRun';
  readonly paused: boolean;
  /** The number of removals that the user lets through. */
  readonly allowMassDeletion?: number | undefined;
  /** The pair itself is being deleted: then everything may go. */
  readonly pairDeleting: boolean;
}

/** Removals up to so many are never withheld. */
const FEW = 20;

/** Divides changes into those that are made and those that are kept back. Every policy is a filter of its own. */
export function withhold(changes: readonly Change[], owned: KeaState, policy: Policy): Plan {
  if (policy.paused) return split(changes, 'Paused', () => true);
  if (policy.changePolicy === 'DryRun') return split(changes, 'DryRun', () => true);
  if (!isMassDeletion(changes, owned, policy)) return { changes, withheld: [] };
  return split(changes, 'MassDeletionWithheld', standsInTheWay(removalsIn(changes)));
}

function split(changes: readonly Change[], why: Withholding, keepsBack: (change: Change) => boolean): Plan {
  const withheld = changes.filter(keepsBack).map((change) => ({ change, why }));
  return { changes: changes.filter((change) => !keepsBack(change)), withheld };
}

/** Rows that go for good: not those that only make room for themselves. */
export function removalsIn(changes: readonly Change[]): readonly Change[] {
  const comeAgain = new Set(changes.filter(({ op }) => op === 'create').map(({ kind, key }) => `${kind} ${key}`));
  return changes.filter(({ kind, op, key }) => op === 'remove' && !comeAgain.has(`${kind} ${key}`));
}

/**
 * More than half of what the pair has, and more than a few: the mark of a wrong prune or a restored etcd rather than of a
 * wish. The user confirms it by naming the very number.
 */
function isMassDeletion(changes: readonly Change[], owned: KeaState, policy: Policy): boolean {
  const removals = removalsIn(changes).length;
  const present = owned.networks.size + owned.subnets.size + owned.hosts.size;
  return !policy.pairDeleting && removals > FEW && removals * 2 > present && policy.allowMassDeletion !== removals;
}

/** The removals, and what could not stand beside them: a subnet on the prefix of one that stays, an address that is still reserved. */
function standsInTheWay(removals: readonly Change[]): (change: Change) => boolean {
  const withheld = new Set(removals);
  const prefixes = rangeSet<true>();
  const addresses = new Set<string>();
  for (const change of removals) {
    if (change.op !== 'remove') continue;
    if (change.kind === 'subnet') {
      const prefix = parsePrefix(change.was.body.subnet);
      if (prefix) prefixes.add(prefix, true);
    }
    if (change.kind === 'host') addresses.add(reservedAddress(change.was.body) ?? '');
  }
  return (change) => {
    if (withheld.has(change)) return true;
    if (change.op !== 'create' && change.op !== 'update') return false;
    if (change.kind === 'host') return addresses.has(reservedAddress(change.item.body) ?? 'none');
    const prefix = change.kind === 'subnet' ? parsePrefix(change.item.body.subnet) : undefined;
    return prefix !== undefined && prefixes.overlapping(prefix) !== undefined;
  };
}

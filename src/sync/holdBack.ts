/** Which changes can be made where others cannot. */
import { nameOf } from '../compile/objects.ts';
import { parsePrefix, rangeSet } from '../kea/address.ts';
import { reservedAddress } from '../kea/state.ts';
import { ownerOf } from '../plan/describe.ts';
import type { Change } from '../plan/plan.ts';
import { rowName } from './memory.ts';

/** Changes that can be made together. */
export interface Held {
  readonly made: readonly Change[];
  /** Changes that could be made but for others, with what each waits for, for people: `Subnet prod/office still has 10.0.0.0/24`. */
  readonly waits: ReadonlyMap<Change, string>;
}

/**
 * The changes without those that cannot be made, and without what could not stand beside the rows that stay as they are
 * for that: the removal of a row that was to come again, perhaps under another id or identifier, a subnet on a prefix that is not given up, an address that is
 * still reserved, the removal of a network that still has its subnet. A plan is one transaction: one change too many
 * would fail them all, or leave a client without the subnet that it had.
 */
export const holdBack = (changes: readonly Change[], cannot: (change: Change) => boolean): Held => {
  const held = new Set<Change>();
  const waits = new Map<Change, string>();
  const stay = rowsThatStay();
  const hold = (change: Change): void => {
    held.add(change);
    stay.add(change);
  };
  for (const change of changes) if (cannot(change)) hold(change);
  if (held.size === 0) return { made: changes, waits };
  let before: number;
  do {
    before = held.size;
    for (const change of changes) {
      const obstacle = held.has(change) ? undefined : stay.inTheWayOf(change);
      if (!obstacle) continue;
      hold(change);
      // Of an object that waits for itself its own change has been spoken of.
      if (ownerOf(change) !== ownerOf(obstacle.by)) waits.set(change, `${subjectOf(obstacle.by)} ${obstacle.why}`);
    }
  } while (held.size !== before);
  return { made: changes.filter((change) => !held.has(change)), waits };
};

const subjectOf = (change: Change): string => {
  const owner = ownerOf(change);
  return owner === undefined ? rowOf(change) : nameOf(owner);
};

/** The change that is not made, and what follows from that. */
interface Obstacle {
  readonly by: Change;
  readonly why: string;
}

const rowsThatStay = () => {
  const rows = new Map<string, Change>();
  /** By the object whose row is not made. */
  const objects = new Map<string, Change>();
  const missing = new Map<string, Change>();
  const prefixes = rangeSet<Obstacle>();
  const addresses = new Map<string, Change>();
  const members = new Map<string, Change>();

  const stays = (change: Exclude<Change, { readonly op: 'create' }>): void => {
    if (change.kind === 'host') addresses.set(reservedAddress(change.was.body) ?? '', change);
    if (change.kind !== 'subnet') return;
    const { subnet, 'shared-network-name': network = '' } = change.was.body;
    const prefix = parsePrefix(subnet);
    if (prefix) prefixes.add(prefix, { by: change, why: `still has ${subnet}` });
    members.set(network, change);
  };

  const inTheWayOfRemoval = (change: Extract<Change, { readonly op: 'remove' }>): Obstacle | undefined =>
    because(objects.get(change.was.marker?.object ?? 'none'), 'cannot have its new row yet') ??
    (change.kind === 'network' ? because(members.get(change.key), 'is still in it') : undefined);

  return {
    add: (change: Change): void => {
      rows.set(rowOf(change), change);
      if (change.op !== 'create') {
        stays(change);
        return;
      }
      objects.set(change.item.marker?.object ?? '', change);
      missing.set(rowOf(change), change);
    },
    inTheWayOf: (change: Change): Obstacle | undefined => {
      const other = rows.get(rowOf(change));
      if (other) {
        const why = other.op === 'create' ? 'is to have the row and cannot take it yet' : 'still has the row';
        return { by: other, why };
      }
      if (change.op === 'remove') return inTheWayOfRemoval(change);
      if (change.op === 'release' || change.kind === 'network') return undefined;
      if (change.kind === 'host') {
        const { body } = change.item;
        return (
          because(addresses.get(reservedAddress(body) ?? 'none'), `still has ${body['ip-address'] ?? ''}`) ??
          because(missing.get(rowName('subnet', body['subnet-id'])), NOT_YET)
        );
      }
      const { subnet, 'shared-network-name': network = '' } = change.item.body;
      const prefix = parsePrefix(subnet);
      return (prefix && prefixes.overlapping(prefix)) ?? because(missing.get(rowName('network', network)), NOT_YET);
    },
  };
};

const NOT_YET = 'is not in the database yet';
const because = (by: Change | undefined, why: string): Obstacle | undefined => by && { by, why };
const rowOf = ({ kind, key }: Change): string => rowName(kind, key);

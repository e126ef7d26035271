/**
 * Rows of Subnets that vanished: the object is not there, and nobody saw it being deleted. A deletion goes through the finalizer, which is let go only once the
 * row is gone; what vanishes otherwise (etcd restored from a snapshot, a finalizer taken off by hand, an object made again as another) is nobody's decision.
 */
import { ANNOTATIONS } from '../api/kind.ts';
import type { DeletionPolicy, Item, ObjectRef, SubnetBody } from '../kea/state.ts';
import { changesSince } from './changes.ts';
import type { CompileMemory } from './memory.ts';
import { isDeleting, nameIn } from './objects.ts';
import type { CompilePass } from './pass.ts';
import { ownSubnet } from './snapshot.ts';
import type { ActiveLeases, IdWitnesses, Snapshot, SubnetIds } from './types.ts';

type Row = readonly [id: number, row: Item<SubnetBody>, object: ObjectRef];

/** The rows that no Subnet of the pair can be asking for, though none was deleted. A Subnet may still take one over by its prefix. */
const vanishedRows = (snapshot: Snapshot, { subnets }: IdWitnesses['owned'], { ids }: SubnetIds): readonly Row[] => {
  const unattached = new Set(snapshot.unattached.flatMap(({ ref, isDeleting: goes }) => (goes ? [] : [ref])));
  const rows: Row[] = [];
  for (const [id, row] of subnets) {
    const object = row.marker?.object;
    if (object === undefined || unattached.has(object)) continue;
    const subnet = ownSubnet(snapshot, object);
    // One that is rejected or waits keeps the rows that it has; one with another id was made again as another subnet.
    const wanted = subnet && (subnet.isDeleting ? id : (ids.get(object) ?? id));
    if (wanted !== id) rows.push([id, row, object]);
  }
  return rows;
};

/** Ids of the rows whose active leases decide what becomes of them. */
export const uncertainRows = (
  snapshot: Snapshot,
  { owned, foreign, ledger }: Pick<IdWitnesses, 'owned' | 'foreign' | 'ledger'>,
  ids: SubnetIds,
  memory?: CompileMemory,
): readonly number[] => {
  if (isDeleting(snapshot.pair)) return [];
  // Where there was none, and no row came, went or changed hands, there is one only where a Subnet is on its way out now.
  const changes = memory && changesSince(memory, snapshot, { owned, foreign }, ids);
  if (changes && !changes.subnets.values().some((at) => snapshot.subnets[at]?.isDeleting)) return [];
  const protectedOnes = new Set(
    snapshot.subnets.flatMap(({ ref, isDeleting: goes, policy }) => (goes && policy === 'Protect' ? [ref] : [])),
  );
  const leaving: number[] = [];
  if (protectedOnes.size > 0) {
    for (const [id, { marker }] of owned.subnets) if (marker && protectedOnes.has(marker.object)) leaving.push(id);
  }
  const vanished = vanishedRows(snapshot, owned, ids).filter((row) => policyOf(row, ledger) === 'Protect');
  return [...leaving, ...vanished.map(([id]) => id)];
};

/** What the Subnet of a row last said of its deletion. */
const policyOf = ([id, { marker }]: Row, ledger: IdWitnesses['ledger']): DeletionPolicy =>
  marker?.deletionPolicy ?? ledger.get(id)?.deletionPolicy ?? 'Protect';

/** A row that stays although its Subnet vanished; `leases` is absent where it loses its marker. */
export interface KeptRow {
  readonly id: number;
  readonly row: Item<SubnetBody>;
  readonly object: ObjectRef;
  readonly leases?: ActiveLeases;
}

/**
 * Decides on the rows of Subnets that vanished, by what their Subnet last said of its deletion: with Orphan they lose their marker, with
 * Delete they go, otherwise they stay while their leases are active or cannot be counted, until the user allows their removal by name.
 */
export const judgeVanished = (pass: CompilePass): readonly KeptRow[] => {
  const { snapshot, surroundings, facts, orphans, allowed } = pass;
  const names = namesIn(snapshot.pair.metadata.annotations?.[ANNOTATIONS.allowRemoval]);
  // When the pair itself goes there is nobody left to serve the leases.
  if (facts.deleting) return [];
  const rows = vanishedRows(snapshot, surroundings.rows.owned, surroundings.ids);
  if (rows.length > 0) pass.isEntangled = true;
  return rows.flatMap((found): readonly KeptRow[] => {
    const [id, row, object] = found;
    const leases = surroundings.activeLeases.get(id) ?? 'unknown';
    const policy = policyOf(found, surroundings.ledger);
    if (names.has(String(id)) || names.has(nameIn(object))) {
      allowed.add(id);
      return [];
    }
    if (policy === 'Orphan') {
      orphans.add(object);
      return [{ id, row, object }];
    }
    return policy === 'Protect' && leases !== 0 ? [{ id, row, object, leases }] : [];
  });
};

/** Lets the rows stay that nobody took over. */
export const keepVanished = (pass: CompilePass, rows: readonly KeptRow[]): void => {
  for (const { id, row, object, leases } of rows) {
    if (leases === undefined || pass.subnets.has(id)) continue;
    pass.subnets.set(id, row);
    pass.vanished.set(id, { object, prefix: row.body.subnet, leases });
  }
};

const namesIn = (annotation: string | undefined): ReadonlySet<string> =>
  new Set((annotation ?? '').split(',').map((name) => name.trim()));

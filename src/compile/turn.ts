import type { SharedNetwork, Subnet } from '../api/index.ts';
import { type AnyRow, emptyState, type Filling, fillingOf, type KeaState, keyOfRow, ROW_KINDS } from '../kea/kinds.ts';
import type { Item, ObjectRef, SubnetBody } from '../kea/state.ts';
import { makeMarker, type Owner, withPolicy } from '../kea/digest.ts';
import { ACCEPTED, type AnyObject, at, isDeleting, refOf } from './objects.ts';
import type { PairFacts } from './facts.ts';
import { indexRows, type RowIndex } from './rows.ts';
import type {
  ActiveLeases,
  Compiled,
  Deletion,
  Rejection,
  Snapshot,
  Surroundings,
  Vanished,
  Verdict,
  Warning,
} from './types.ts';

/** What one call of compile works on: what is known, and what it has found so far. */
export interface Turn extends Filling {
  readonly snapshot: Snapshot;
  readonly surroundings: Surroundings;
  readonly facts: PairFacts;
  readonly rows: RowIndex;
  readonly networkNamed: (name: string) => SharedNetwork | undefined;
  /** Whether there is such an object in the namespace. */
  readonly exists: (ref: ObjectRef) => boolean;
  readonly verdicts: Map<ObjectRef, Verdict>;
  readonly warnings: Map<ObjectRef, readonly Warning[]>;
  readonly subnetIds: Map<ObjectRef, number>;
  /** Accepted Subnets without an id. */
  readonly waiting: Map<ObjectRef, Omit<SubnetBody, 'id'>>;
  readonly pending: Set<ObjectRef>;
  readonly kept: Set<ObjectRef>;
  readonly deletions: Map<ObjectRef, Deletion>;
  readonly orphans: Set<ObjectRef>;
  readonly vanished: Map<number, Vanished>;
  readonly allowed: Set<number>;
}

export function startTurn(snapshot: Snapshot, surroundings: Surroundings, facts: PairFacts): Turn {
  const networksByName = new Map(snapshot.networks.map((network) => [network.metadata.name, network]));
  let refs: ReadonlySet<ObjectRef> | undefined;
  return {
    snapshot,
    surroundings,
    facts,
    rows: indexRows(surroundings.rows),
    networkNamed: (name) => networksByName.get(name),
    exists: (ref) => (refs ??= refsOf(snapshot)).has(ref),
    ...emptyState(),
    verdicts: new Map(),
    warnings: new Map(),
    subnetIds: new Map(),
    waiting: new Map(),
    pending: new Set(),
    kept: new Set(),
    deletions: new Map(),
    orphans: new Set(),
    vanished: new Map(),
    allowed: new Set(),
  };
}

const refsOf = ({ networks, subnets, reservations }: Snapshot): ReadonlySet<ObjectRef> =>
  new Set([
    ...networks.map((object) => refOf('SharedNetwork', object)),
    ...subnets.map((object) => refOf('Subnet', object)),
    ...reservations.map((object) => refOf('HostReservation', object)),
  ]);

export function compiledOf(turn: Turn, of: readonly Subnet[]): Compiled {
  const {
    networks,
    subnets,
    hosts,
    verdicts,
    warnings,
    subnetIds,
    pending,
    kept,
    deletions,
    orphans,
    vanished,
    allowed,
  } = turn;
  sayPolicies(turn, of);
  const desired: KeaState = { networks, subnets, hosts };
  return { desired, verdicts, warnings, subnetIds, pending, kept, deletions, orphans, vanished, allowed };
}

/** Puts what Subnets say of their deletion into the markers of their rows, also of those that are kept. Of one that vanished its row says what it said last. */
function sayPolicies({ subnets }: Turn, of: readonly Subnet[]): void {
  const said = new Map(of.map((subnet) => [refOf('Subnet', subnet), at(subnet.spec, 'deletionPolicy')]));
  for (const [id, item] of subnets) {
    const policy = item.marker && said.get(item.marker.object);
    if (policy !== 'Protect' && policy !== 'Delete' && policy !== 'Orphan') continue;
    if (item.marker && policy !== (item.marker.deletionPolicy ?? 'Protect')) {
      subnets.set(id, { ...item, marker: withPolicy(item.marker, policy) });
    }
  }
}

export const accept = (turn: Turn, ref: ObjectRef, warnings: readonly Warning[]): void => {
  turn.verdicts.set(ref, ACCEPTED);
  if (warnings.length > 0) turn.warnings.set(ref, warnings);
};

/** A body with the marker of the object that wishes for it. */
export const itemOf = <Body extends object>(ref: ObjectRef, { metadata }: AnyObject, body: Body): Item<Body> => ({
  body,
  marker: makeMarker(markedBy(ref, { metadata }), body),
});

export const markedBy = (ref: ObjectRef, { metadata }: Pick<AnyObject, 'metadata'>): Owner => ({
  object: ref,
  uid: metadata.uid ?? '',
  generation: metadata.generation ?? 0,
});

/**
 * Rejects an object; the rows that it has already stay as they are. A slip in a Subnet that serves an office must not take
 * the office out of service: the last configuration that was right goes on until the slip is corrected or the object deleted.
 */
export function refuse(turn: Turn, ref: ObjectRef, rejection: Rejection): void {
  turn.verdicts.set(ref, rejection);
  keepRows(turn, ref);
}

/** Lets the rows of an object stay in the wish as they are. A key that somebody else was granted is left to him. */
export function keepRows(turn: Turn, ref: ObjectRef): void {
  for (const kind of ROW_KINDS) {
    const rows = fillingOf(turn, kind);
    for (const item of turn.rows.ownedBy(kind, ref)) {
      const row = { kind, item } as AnyRow;
      const key = keyOfRow(row);
      if (rows.has(key) || !hasParents(turn, row)) continue;
      rows.set(key, item);
      turn.kept.add(ref);
    }
  }
}

/** Reservations of a subnet that goes have no one left to serve. */
const hasParents = (turn: Turn, row: AnyRow): boolean =>
  row.kind !== 'host' || staysInDatabase(turn, row.item.body['subnet-id']);

/** Whether there will be a row of the subnet, be it no longer or never ours. 0 stands for all subnets. */
const staysInDatabase = ({ subnets, rows, orphans, surroundings }: Turn, id: number): boolean => {
  if (id === 0 || subnets.has(id) || rows.hasForeignSubnetId(id)) return true;
  const owner = surroundings.rows.owned.subnets.get(id)?.marker?.object;
  return owner !== undefined && orphans.has(owner);
};

/**
 * What becomes of an object that may be on its way out; undefined: it is not.
 * @param leases Active leases that its deletion would harm.
 */
export function deletionOf(
  turn: Turn,
  object: AnyObject,
  hasRows: boolean,
  leases: ActiveLeases,
): Deletion | undefined {
  if (!isDeleting(object)) return undefined;
  if (!hasRows) return { state: 'leaving' };
  const policy = at(object.spec, 'deletionPolicy');
  if (policy === 'Orphan') return { state: 'orphaned' };
  // When the pair itself goes there is nobody left to serve the leases.
  if (policy === 'Delete' || turn.facts.deleting || leases === 0) return { state: 'leaving' };
  const message = `${countOf(leases)}: it goes on serving until they end; set deletionPolicy to Delete to remove it at once`;
  return { state: 'held', reason: 'LeasesActive', message };
}

const countOf = (leases: ActiveLeases): string =>
  leases === 'unknown'
    ? 'its active leases cannot be counted now'
    : leases === 1
      ? '1 lease is active'
      : `${leases} leases are active`;

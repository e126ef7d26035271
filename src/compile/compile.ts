import { type KeaState, ROW_KINDS, rowsOf } from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import { attach, type Attached } from './attach.ts';
import { pairFacts } from './facts.ts';
import { compileNetworks, settleNetworks } from './networks.ts';
import { type ChildKind, isDeleting, refOf, reject } from './objects.ts';
import { compileReservations } from './reservations.ts';
import { readPair } from './spec.ts';
import { compileSubnets } from './subnets.ts';
import { compiledOf, keepRows, startTurn, type Turn } from './turn.ts';
import type { Compiled, Rejection, Snapshot, Surroundings } from './types.ts';

/**
 * What Kea should hold for one pair, and a verdict on each of its objects. Pure and total: it never throws, whatever the
 * objects hold. A bad object gets its verdict and stops no other; rows that it has already stay.
 *
 * What Kea would take in silence and then serve wrongly, or fail on as a whole, is rejected here, at the one object at fault.
 */
export function compile(snapshot: Snapshot, surroundings: Surroundings): Compiled {
  const { pair } = snapshot;
  const attached = attach(pair.metadata.name, snapshot);
  const parsed = readPair(pair);
  if ('rejection' in parsed) {
    return keepEverything(surroundings.rows.owned, refOf('HAPair', pair), parsed.rejection, attached);
  }

  const deleting = pair.metadata.deletionTimestamp !== undefined;
  const facts = pairFacts(pair.metadata.name, parsed.spec, deleting, attached.reservations, snapshot.sharing);
  const turn = startTurn(snapshot, surroundings, facts);
  compileNetworks(turn, attached.networks);
  keepAdrift(turn, attached, 'SharedNetwork', 'Subnet');
  compileSubnets(turn, attached);
  settleNetworks(turn, attached.networks);
  keepAdrift(turn, attached, 'HostReservation');
  compileReservations(turn, attached.reservations, attached.subnets);
  return compiledOf(turn, attached.subnets);
}

/** Objects that belong to no pair have no say here; rows that they have, from better days, stay. */
function keepAdrift(turn: Turn, { adrift }: Attached, ...kinds: readonly ChildKind[]): void {
  for (const { ref, object } of adrift) {
    if (!isDeleting(object) && kinds.some((kind) => ref.startsWith(`${kind}/`))) keepRows(turn, ref);
  }
}

/** Of a pair that cannot be read everything stays as it is. */
function keepEverything(owned: KeaState, pair: ObjectRef, rejection: Rejection, attached: Attached): Compiled {
  const below = reject('ParentRejected', `the HAPair is rejected itself: ${rejection.message}`);
  const refs = [
    ...attached.networks.map((network) => refOf('SharedNetwork', network)),
    ...attached.subnets.map((subnet) => refOf('Subnet', subnet)),
    ...attached.reservations.map((reservation) => refOf('HostReservation', reservation)),
  ];
  const items = ROW_KINDS.flatMap((kind) => [...rowsOf(owned, kind).values()]);
  return {
    desired: owned,
    verdicts: new Map([[pair, rejection], ...refs.map((ref) => [ref, below] as const)]),
    warnings: new Map(),
    subnetIds: new Map(),
    pending: new Set(),
    kept: new Set(items.flatMap(({ marker }) => (marker ? [marker.object] : []))),
    deletions: new Map(),
    orphans: new Set(),
    vanished: new Map(),
    allowed: new Set(),
  };
}

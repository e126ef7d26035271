import type { KeaState, ObjectRef } from '../kea/state.ts';
import { pairFacts } from './facts.ts';
import { compileNetworks, settleNetworks } from './networks.ts';
import { type ChildKind, isDeleting, refOf, reject } from './objects.ts';
import { reservationsIn } from './namespace.ts';
import { compileReservations } from './reservations.ts';
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
  const { pair, spec: parsed } = snapshot;
  if ('rejection' in parsed) return keepEverything(surroundings.rows.owned, snapshot, parsed.rejection);

  const facts = pairFacts(snapshot, parsed.spec, isDeleting(pair));
  const turn = startTurn(snapshot, surroundings, facts);
  compileNetworks(turn);
  keepAdrift(turn, 'SharedNetwork', 'Subnet');
  compileSubnets(turn);
  settleNetworks(turn);
  keepAdrift(turn, 'HostReservation');
  compileReservations(turn);
  return compiledOf(turn);
}

/** Objects that belong to no pair have no say here; rows that they have, from better days, stay. */
function keepAdrift(turn: Turn, ...kinds: readonly ChildKind[]): void {
  for (const child of turn.snapshot.adrift) {
    if (!child.isDeleting && kinds.includes(child.kind)) keepRows(turn, child.ref);
  }
}

/** Of a pair that cannot be read everything stays as it is. */
function keepEverything(owned: KeaState, snapshot: Snapshot, rejection: Rejection): Compiled {
  const pair: ObjectRef = refOf('HAPair', snapshot.pair);
  const below = reject('ParentRejected', `the HAPair is rejected itself: ${rejection.message}`);
  const refs = [...snapshot.networks, ...snapshot.subnets, ...reservationsIn(snapshot)].map(({ ref }) => ref);
  const items = [owned.networks, owned.subnets, owned.hosts].flatMap((rows) => [...rows.values()]);
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
    policies: new Map(),
  };
}

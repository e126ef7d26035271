import type { KeaState, ObjectRef } from '../kea/state.ts';
import { attach, type Attached } from './attach.ts';
import { pairFacts } from './facts.ts';
import { compileNetworks, settleNetworks } from './networks.ts';
import { type ChildKind, refOf, reject } from './objects.ts';
import { compileReservations } from './reservations.ts';
import { readPair } from './spec.ts';
import { compileSubnets } from './subnets.ts';
import { compiledOf, deletionOf, refuse, startTurn, type Turn } from './turn.ts';
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
  const facts = pairFacts(pair.metadata.name, parsed.spec, deleting, attached.reservations);
  const turn = startTurn(snapshot, surroundings, facts);
  compileNetworks(turn, attached.networks);
  refuseAdrift(turn, attached, 'SharedNetwork', 'Subnet');
  compileSubnets(turn, attached.subnets, attached.subnetsElsewhere);
  settleNetworks(turn, attached.networks);
  refuseAdrift(turn, attached, 'HostReservation');
  compileReservations(turn, attached.reservations, attached.subnets);
  return compiledOf(turn);
}

/** Objects that belong to no pair have no say; rows that they have here, from better days, stay. */
function refuseAdrift(turn: Turn, { adrift }: Attached, ...kinds: readonly ChildKind[]): void {
  for (const [ref, { object, rejection }] of adrift) {
    if (!kinds.some((kind) => ref.startsWith(`${kind}/`))) continue;
    const { rows, surroundings } = turn;
    const hasRows = [rows.networksOf, rows.subnetsOf, rows.hostsOf].some((rowsOf) => rowsOf(ref).length > 0);
    const deletion = deletionOf(turn, object, hasRows, surroundings.activeLeases.get(ref) ?? 'unknown');
    if (deletion) turn.deletions.set(ref, deletion);
    if (deletion?.state === 'orphaned') turn.orphans.add(ref);
    if (!deletion || deletion.state === 'held') refuse(turn, ref, rejection);
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
  const adrift = [...attached.adrift].map(([ref, { rejection }]) => [ref, rejection] as const);
  const items = [owned.networks, owned.subnets, owned.hosts].flatMap((rows) => [...rows.values()]);
  return {
    desired: owned,
    verdicts: new Map([[pair, rejection], ...refs.map((ref) => [ref, below] as const), ...adrift]),
    subnetIds: new Map(),
    pending: new Set(),
    kept: new Set(items.flatMap(({ marker }) => (marker ? [marker.object] : []))),
    deletions: new Map(),
    orphans: new Set(),
  };
}

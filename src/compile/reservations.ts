import { contains, formatAddress, hostsIn, parseAddress } from '../kea/address.ts';
import { type Host4, hostKey, type Item, type ObjectRef } from '../kea/state.ts';
import { byAge, type ReservationChild, type SubnetChild } from './child.ts';
import type { HostDraft } from './hosts.ts';
import { type Home, type Homes, homesOf, looksUpGlobals } from './homes.ts';
import { settleLookups } from './lookups.ts';
import { inherited } from './inherit.ts';
import type { Checked } from './networkPart.ts';
import { reservationsIn } from './namespace.ts';
import { nameOf, reject } from './objects.ts';
import { beingDeleted, checkForeign, parentRejected } from './refusals.ts';
import { accept, keepRows, refuse, type Turn } from './turn.ts';
import type { Rejection } from './types.ts';

/** A HostReservation that is right in itself. */
interface Candidate {
  readonly ref: ObjectRef;
  readonly draft: HostDraft;
  /** Absent while the id of the subnet is not known. 0: a global reservation. */
  readonly subnetId: number | undefined;
  /** The client in its subnet: the key of the row, or what stands for it while the subnet has no id. */
  readonly client: string;
}

/** Judges the HostReservations of the pair, oldest first. One that is being deleted goes without further words. */
export function compileReservations(turn: Turn): void {
  const homes = homesOf(turn);
  const parents = new Map(turn.snapshot.subnets.map((subnet) => [subnet.name, subnet]));
  const candidates: Candidate[] = [];
  const kept: [ObjectRef, Item<Host4>][] = [];
  for (const reservation of [...reservationsIn(turn.snapshot)].sort(byAge)) {
    if (reservation.isDeleting) continue;
    const { ref } = reservation;
    const checked = checkReservation(turn, reservation, { homes, parents });
    if ('value' in checked) {
      candidates.push(checked.value);
      continue;
    }
    refuse(turn, ref, checked.rejection);
    if (turn.kept.has(ref)) for (const item of turn.rows.hostsOf(ref)) kept.push([ref, item]);
  }
  for (const candidate of settle(turn, candidates, kept)) enter(turn, candidate);
  settleLookups(turn, homes);
}

interface Parents {
  readonly homes: Homes;
  readonly parents: ReadonlyMap<string, SubnetChild>;
}

function checkReservation(turn: Turn, reservation: ReservationChild, { homes, parents }: Parents): Checked<Candidate> {
  const { ref, draft: read } = reservation;
  if ('rejection' in read) return read;
  const draft = read.value;
  const place = draft.subnet === undefined ? placeGlobally(turn, ref) : placeIn(turn, ref, draft.subnet, parents);
  if ('rejection' in place) return place;
  const { subnetId, subnetRef } = place.value;
  const rejection =
    (subnetRef ? checkInSubnet(homes.of(subnetRef), draft) : checkGlobally(homes, draft)) ??
    checkIdentifier(turn, draft) ??
    checkRows(turn, reservation, subnetId, draft);
  if (rejection) return { rejection };
  const client =
    subnetId === undefined ? `${subnetRef ?? ''}/${draft.identifierType}/${draft.identifier}` : draft.row(subnetId).key;
  return { value: { ref, draft, subnetId, client } };
}

interface Place {
  readonly subnetId: number | undefined;
  /** Absent for a global reservation. */
  readonly subnetRef?: ObjectRef;
}

function placeGlobally({ facts, rows, snapshot }: Turn, ref: ObjectRef): Checked<Place> {
  if (facts.deleting && rows.hostsOf(ref).length === 0) {
    return { rejection: beingDeleted('haPairRef', 'HAPair', snapshot.pair.metadata.name) };
  }
  return { value: { subnetId: 0 } };
}

function placeIn(turn: Turn, ref: ObjectRef, name: string, parents: ReadonlyMap<string, SubnetChild>): Checked<Place> {
  const parent = parents.get(name);
  if (!parent || isClosed(turn, ref, parent)) return { rejection: beingDeleted('subnetRef', 'Subnet', name) };
  const subnetRef = parent.ref;
  const verdict = turn.verdicts.get(subnetRef);
  if (verdict?.accepted === false && !turn.kept.has(subnetRef)) {
    return { rejection: parentRejected('subnetRef', 'Subnet', name, verdict.message) };
  }
  const subnetId = turn.subnetIds.get(subnetRef) ?? turn.rows.subnetsOf(subnetRef)[0]?.body.id;
  return { value: { subnetId, subnetRef } };
}

/** A Subnet on its way out takes no new reservations, and serves those that it has as long as it stays. */
function isClosed({ deletions, rows, facts }: Turn, ref: ObjectRef, parent: SubnetChild): boolean {
  const state = deletions.get(parent.ref)?.state;
  if (state !== undefined && state !== 'held') return true;
  return (parent.isDeleting || facts.deleting) && rows.hostsOf(ref).length === 0;
}

/** Whether the address is one that a client of the subnet can have. */
function checkAddress({ prefix, name }: Home, address: bigint): Rejection | undefined {
  if (!contains(prefix, address)) {
    const message = `ipAddress: ${formatAddress(address)} does not lie within ${prefix.text} of ${name}: choose an address of it`;
    return reject('AddressOutsidePrefix', message);
  }
  if (contains(hostsIn(prefix), address)) return undefined;
  const which = address === prefix.first ? 'network' : 'broadcast';
  const message = `ipAddress: ${formatAddress(address)} is the ${which} address of ${prefix.text}: choose another`;
  return reject('AddressOutsidePrefix', message);
}

/** Whether Kea would ever look for a reservation of the subnet; it says nothing where it does not. */
function checkInSubnet(home: Home | undefined, { address }: HostDraft): Rejection | undefined {
  if (!home) return undefined;
  if (inherited(home.levels, 'reservations-in-subnet') === false) {
    const message = `${home.name} does not look up its own reservations: set reservationsInSubnet to true, or make this one global`;
    return reject('ReservationNotLookedUp', message);
  }
  if (address === undefined) return undefined;
  const rejection = checkAddress(home, address);
  const pool = home.pools.find(address);
  if (rejection || pool === undefined || inherited(home.levels, 'reservations-out-of-pool') !== true) return rejection;
  const message = `ipAddress: it lies in the pool ${pool} of ${home.name}, where reservationsOutOfPool is true: choose an address outside the pools, or set it to false`;
  return reject('AddressInPool', message);
}

/** Whether Kea would ever look for a global reservation. */
function checkGlobally(homes: Homes, { address }: HostDraft): Rejection | undefined {
  const home = address === undefined ? undefined : homes.around(address);
  if (address !== undefined && !home) {
    const message = `ipAddress: ${formatAddress(address)} lies in no Subnet of the HAPair: choose an address of one, or leave it out`;
    return reject('AddressOutsidePrefix', message);
  }
  if (!(home ? looksUpGlobals(home.levels) : homes.someLookUpGlobals())) {
    const where = home ? home.name : 'any Subnet of the HAPair';
    const message = `global reservations are not looked up in ${where}: set reservationsGlobal there, or in dhcp4 of the HAPair`;
    return reject('ReservationNotLookedUp', message);
  }
  return home && address !== undefined ? checkAddress(home, address) : undefined;
}

function checkIdentifier({ facts }: Turn, { identifierType }: HostDraft): Rejection | undefined {
  if (identifierType === 'flex-id') {
    // It is what an expression makes of the packet, and a HAPair has no field for the expression.
    const message =
      'identifier.flexId: the servers do not load the hook flex_id, which computes it, so no client would ever be found: recognise the client by hwAddress, clientId, circuitId or duid';
    return reject('ReservationNotLookedUp', message);
  }
  const types = facts.spec.dhcp4.hostReservationIdentifiers;
  if (!types || types.includes(identifierType)) return undefined;
  const message = `identifier: the servers look reservations up by ${types.join(', ')} only: add ${identifierType} to dhcp4.hostReservationIdentifiers of the HAPair`;
  return reject('ReservationNotLookedUp', message);
}

/** Whether the database has a row of somebody else for the client or the address. */
function checkRows(
  turn: Turn,
  reservation: ReservationChild,
  subnetId: number | undefined,
  draft: HostDraft,
): Rejection | undefined {
  if (subnetId === undefined) return undefined;
  const { key, item } = draft.row(subnetId);
  const row = turn.rows.foreignHost(key);
  const what = 'a reservation for this client';
  const rejection = checkForeign(turn, reservation, { what, conflict: 'IdentifierConflict', row });
  const address = item.body['ip-address'];
  const other = address === undefined ? undefined : turn.rows.foreignHostAt(subnetId, address);
  if (rejection || !other || other === row) return rejection;
  const { identifier } = other.item.body;
  const message = `ipAddress: the database has a reservation of ${address ?? ''} for another client (${identifier}), which the operator did not write: remove it or choose another address`;
  return reject('ForeignRow', message);
}

/**
 * Lets each client of a subnet and each address belong to one reservation: first those whose rows serve, then the oldest.
 * Kea's hosts table takes an address twice, and then fails to look it up.
 */
function settle(
  turn: Turn,
  candidates: readonly Candidate[],
  kept: readonly (readonly [ObjectRef, Item<Host4>])[],
): readonly Candidate[] {
  const clients = new Map<string, ObjectRef>();
  const addresses = new Map<bigint, ObjectRef>();
  for (const [ref, { body }] of kept) {
    clients.set(hostKey(body), ref);
    const address = parseAddress(body['ip-address'] ?? '');
    if (address !== undefined) addresses.set(address, ref);
  }
  const serves = (same: (row: Host4, candidate: Candidate) => boolean) => (candidate: Candidate) =>
    turn.rows.hostsOf(candidate.ref).some(({ body }) => same(body, candidate));

  const single = settleKey(turn, candidates, clients, ({ client }) => client, {
    serves: serves((row, { client }) => hostKey(row) === client),
    lost: (_candidate, winner) =>
      reject('IdentifierConflict', `identifier: ${nameOf(winner)} names the same client: delete one of them`, winner),
  });
  return settleKey(turn, single, addresses, ({ draft }) => draft.address, {
    serves: serves(
      (row, { draft }) => draft.address !== undefined && row['ip-address'] === formatAddress(draft.address),
    ),
    lost: ({ draft }, winner) => {
      const text = formatAddress(draft.address ?? 0n);
      return reject(
        'AddressConflict',
        `ipAddress: ${text} is kept by ${nameOf(winner)}: choose another address or delete one of them`,
        winner,
      );
    },
  });
}

interface Rules {
  /** Whether the row of the candidate holds the key already. */
  readonly serves: (candidate: Candidate) => boolean;
  readonly lost: (candidate: Candidate, winner: ObjectRef) => Rejection;
}

/** The candidates that get their key, or ask for none; the others are refused. The rows are looked at only where two want the same. */
function settleKey<Key>(
  turn: Turn,
  candidates: readonly Candidate[],
  taken: Map<Key, ObjectRef>,
  keyOf: (candidate: Candidate) => Key | undefined,
  { serves, lost }: Rules,
): readonly Candidate[] {
  const winners = new Map<Key, Candidate>();
  for (const candidate of candidates) {
    const key = keyOf(candidate);
    if (key === undefined || taken.has(key)) continue;
    const before = winners.get(key);
    if (!before || (!serves(before) && serves(candidate))) winners.set(key, candidate);
  }
  return candidates.filter((candidate) => {
    const key = keyOf(candidate);
    const winner = key === undefined ? candidate.ref : (taken.get(key) ?? winners.get(key)?.ref);
    if (winner === undefined || winner === candidate.ref) return true;
    refuse(turn, candidate.ref, lost(candidate, winner));
    return false;
  });
}

/** Puts an accepted HostReservation into the wish, once the id of its Subnet is known. */
function enter(turn: Turn, { ref, draft, subnetId }: Candidate): void {
  accept(turn, ref, draft.warnings);
  if (subnetId === undefined) {
    turn.pending.add(ref);
    keepRows(turn, ref);
    return;
  }
  const { key, item } = draft.row(subnetId);
  turn.hosts.set(key, item);
}

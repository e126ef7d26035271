import type { HostReservationSpec } from '../api/hostReservation.ts';
import type { HostReservation, Subnet } from '../api/index.ts';
import { contains, formatAddress, parseAddress } from '../kea/address.ts';
import { type Host4, hostKey, type Item, type ObjectRef } from '../kea/state.ts';
import { checkClasses } from './facts.ts';
import { type HostDraft, readHost } from './hosts.ts';
import { type Home, type Homes, homesOf, looksUpGlobals } from './homes.ts';
import { inherited } from './inherit.ts';
import type { Checked } from './networkPart.ts';
import { isDeleting, nameOf, refOf, reject } from './objects.ts';
import { beingDeleted, checkForeign, parentRejected } from './refusals.ts';
import { readReservation } from './spec.ts';
import { accept, keepRows, refuse, type Turn } from './turn.ts';
import type { Rejection } from './types.ts';

/** A HostReservation that is right in itself. */
interface Candidate {
  readonly reservation: HostReservation;
  readonly ref: ObjectRef;
  readonly draft: HostDraft;
  /** Absent while the id of the subnet is not known. 0: a global reservation. */
  readonly subnetId: number | undefined;
  /** Names the subnet also while it has no id. */
  readonly scope: string;
}

/** Judges the HostReservations of the pair, oldest first. One that is being deleted goes without further words. */
export function compileReservations(
  turn: Turn,
  reservations: readonly HostReservation[],
  subnets: readonly Subnet[],
): void {
  const homes = homesOf(turn);
  const parents = new Map(subnets.map((subnet) => [subnet.metadata.name, subnet]));
  const candidates: Candidate[] = [];
  const kept: [ObjectRef, Item<Host4>][] = [];
  for (const reservation of reservations) {
    if (isDeleting(reservation)) continue;
    const ref = refOf('HostReservation', reservation);
    const checked = checkReservation(turn, ref, reservation, { homes, parents });
    if ('value' in checked) {
      candidates.push(checked.value);
      continue;
    }
    refuse(turn, ref, checked.rejection);
    if (turn.kept.has(ref)) for (const item of turn.rows.hostsOf(ref)) kept.push([ref, item]);
  }
  for (const candidate of settle(turn, candidates, kept)) enter(turn, candidate);
}

interface Parents {
  readonly homes: Homes;
  readonly parents: ReadonlyMap<string, Subnet>;
}

function checkReservation(
  turn: Turn,
  ref: ObjectRef,
  reservation: HostReservation,
  { homes, parents }: Parents,
): Checked<Candidate> {
  const parsed = readReservation(reservation);
  if ('rejection' in parsed) return parsed;
  const { spec } = parsed;
  const draft = readHost(ref, reservation, spec);
  if (!draft || (spec.subnetRef && spec.haPairRef)) {
    const message = draft
      ? 'give exactly one of subnetRef or haPairRef'
      : 'identifier: give exactly one of hwAddress, clientId, circuitId, duid or flexId';
    return { rejection: reject('InvalidSpec', message) };
  }
  const place = spec.subnetRef ? placeIn(turn, ref, spec.subnetRef.name, parents) : placeGlobally(turn, ref);
  if ('rejection' in place) return place;
  const { subnetId, scope, subnetRef } = place.value;
  const home = subnetRef ? homes.of(subnetRef) : draft.address === undefined ? undefined : homes.around(draft.address);
  const rejection =
    checkOptions(turn, draft, spec) ??
    (subnetRef ? checkAddress(home, draft.address) : checkGlobalAddress(home, draft.address)) ??
    checkLookup(turn, homes, home, subnetRef === undefined, draft) ??
    checkRows(turn, ref, reservation, subnetId, draft);
  return rejection ? { rejection } : { value: { reservation, ref, draft, subnetId, scope } };
}

interface Place {
  readonly subnetId: number | undefined;
  readonly scope: string;
  /** Absent for a global reservation. */
  readonly subnetRef?: ObjectRef;
}

function placeGlobally({ facts, rows, snapshot }: Turn, ref: ObjectRef): Checked<Place> {
  if (facts.deleting && rows.hostsOf(ref).length === 0) {
    return { rejection: beingDeleted('haPairRef', 'HAPair', snapshot.pair.metadata.name) };
  }
  return { value: { subnetId: 0, scope: '0' } };
}

function placeIn(turn: Turn, ref: ObjectRef, name: string, parents: ReadonlyMap<string, Subnet>): Checked<Place> {
  const parent = parents.get(name);
  const deleting = beingDeleted('subnetRef', 'Subnet', name);
  if (!parent) return { rejection: deleting };
  const subnetRef = refOf('Subnet', parent);
  const state = turn.deletions.get(subnetRef)?.state;
  const comes = turn.rows.hostsOf(ref).length === 0;
  if ((state !== undefined && state !== 'held') || (comes && (isDeleting(parent) || turn.facts.deleting))) {
    return { rejection: deleting };
  }
  const verdict = turn.verdicts.get(subnetRef);
  if (verdict?.accepted === false && !turn.kept.has(subnetRef)) {
    return { rejection: parentRejected('subnetRef', 'Subnet', name, verdict.message) };
  }
  const subnetId = turn.subnetIds.get(subnetRef) ?? turn.rows.subnetsOf(subnetRef)[0]?.body.id;
  return { value: { subnetId, scope: subnetId === undefined ? subnetRef : String(subnetId), subnetRef } };
}

function checkOptions({ facts }: Turn, { options }: HostDraft, spec: HostReservationSpec): Rejection | undefined {
  if (!options.ok) return reject('InvalidOption', options.message);
  for (const [index, { clientClasses }] of (spec.optionData ?? []).entries()) {
    const rejection = checkClasses(facts, `optionData[${index}].clientClasses`, clientClasses);
    if (rejection) return rejection;
  }
  return undefined;
}

function checkAddress(home: Home | undefined, address: bigint | undefined): Rejection | undefined {
  if (!home || address === undefined) return undefined;
  const { prefix, name } = home;
  const text = formatAddress(address);
  if (!contains(prefix, address)) {
    return reject(
      'AddressOutsidePrefix',
      `ipAddress: ${text} does not lie within ${prefix.text} of ${name}: choose an address of it`,
    );
  }
  // RFC 3021: a prefix of 31 bits has neither a network nor a broadcast address.
  if (prefix.length <= 30 && (address === prefix.first || address === prefix.last)) {
    const which = address === prefix.first ? 'network' : 'broadcast';
    return reject(
      'AddressOutsidePrefix',
      `ipAddress: ${text} is the ${which} address of ${prefix.text}: choose another`,
    );
  }
  return undefined;
}

const checkGlobalAddress = (home: Home | undefined, address: bigint | undefined): Rejection | undefined =>
  address !== undefined && !home
    ? reject(
        'AddressOutsidePrefix',
        `ipAddress: ${formatAddress(address)} lies in no Subnet of the HAPair: choose an address of one, or leave it out`,
      )
    : checkAddress(home, address);

/** Whether Kea would ever look for the reservation; it says nothing where it does not. */
function checkLookup(
  turn: Turn,
  homes: Homes,
  home: Home | undefined,
  global: boolean,
  draft: HostDraft,
): Rejection | undefined {
  const types = turn.facts.spec.dhcp4.hostReservationIdentifiers;
  if (types && !types.includes(draft.identifierType)) {
    const message = `identifier: the servers look reservations up by ${types.join(', ')} only: add ${draft.identifierType} to dhcp4.hostReservationIdentifiers of the HAPair`;
    return reject('ReservationNotLookedUp', message);
  }
  if (global) {
    const found = home ? looksUpGlobals(home.levels) : homes.someLookUpGlobals();
    const where = home ? home.name : 'any Subnet of the HAPair';
    return found
      ? undefined
      : reject(
          'ReservationNotLookedUp',
          `global reservations are not looked up in ${where}: set reservationsGlobal there, or in dhcp4 of the HAPair`,
        );
  }
  if (!home) return undefined;
  if (inherited(home.levels, 'reservations-in-subnet') === false) {
    return reject(
      'ReservationNotLookedUp',
      `${home.name} does not look up its own reservations: set reservationsInSubnet to true, or make this one global`,
    );
  }
  const pool = draft.address === undefined ? undefined : home.pools.find(draft.address);
  if (pool !== undefined && inherited(home.levels, 'reservations-out-of-pool') === true) {
    return reject(
      'AddressInPool',
      `ipAddress: it lies in the pool ${pool} of ${home.name}, where reservationsOutOfPool is true: choose an address outside the pools, or set it to false`,
    );
  }
  return undefined;
}

/** Whether the database has a row of somebody else for the client or the address. */
function checkRows(
  turn: Turn,
  ref: ObjectRef,
  object: HostReservation,
  subnetId: number | undefined,
  draft: HostDraft,
): Rejection | undefined {
  if (subnetId === undefined) return undefined;
  const { body } = draft.item(subnetId);
  const row = turn.rows.foreignHost(hostKey(body));
  const what = 'a reservation for this client';
  const rejection = checkForeign(turn, ref, object, { what, conflict: 'IdentifierConflict', row });
  const address = body['ip-address'];
  const other = address === undefined ? undefined : turn.rows.foreignHostAt(subnetId, address);
  if (rejection || !other || other === row) return rejection;
  const { identifier } = other.item.body;
  const message = `ipAddress: the database has a reservation of ${body['ip-address'] ?? ''} for another client (${identifier}), which the operator did not write: remove it or choose another address`;
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
  const clientOf = ({ scope, draft }: Candidate) => `${scope}/${draft.identifierType}/${draft.identifier}`;
  const serves = (same: (row: Host4, candidate: Candidate) => boolean) => (candidate: Candidate) =>
    turn.rows.hostsOf(candidate.ref).some(({ body }) => same(body, candidate));

  const single = settleKey(turn, candidates, clients, clientOf, {
    serves: serves((row, candidate) => hostKey(row) === clientOf(candidate)),
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
  accept(turn, ref);
  if (subnetId === undefined) {
    turn.pending.add(ref);
    keepRows(turn, ref);
    return;
  }
  const item = draft.item(subnetId);
  turn.hosts.set(hostKey(item.body), item);
}

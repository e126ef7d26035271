/** What is asked of a HostReservation by itself, and who gets what two of them want. */
import { contains, formatAddress, hostsIn, parseAddress } from '../kea/address.ts';
import { type HostBody, hostKey, type Item, type ObjectRef } from '../kea/state.ts';
import type { ReservationChild, SubnetChild } from './child.ts';
import type { GroupPlace } from './groups.ts';
import { type Home, type Homes, looksUpGlobals } from './homes.ts';
import type { ReservationDraft } from './hosts.ts';
import { inherited } from './inherit.ts';
import type { Checked } from './networkPart.ts';
import { nameOf, reject } from './objects.ts';
import type { CompilePass } from './pass.ts';
import { beingDeleted, checkForeign, parentRejected } from './refusals.ts';
import type { Rejection } from './types.ts';

/** A HostReservation that is right in itself. */
export interface ReservationCandidate {
  readonly child: ReservationChild;
  readonly draft: ReservationDraft;
  /** Absent while the id of the subnet is not known. 0: a global reservation. */
  readonly subnetId: number | undefined;
  /** The client in its subnet: the key of the row, or what stands for it while the subnet has no id. */
  readonly client: string;
}

/** @param hasRows Whether the database has a row of it. */
export const checkReservation = (
  pass: CompilePass,
  homes: Homes,
  place: GroupPlace,
  child: ReservationChild,
  hasRows: boolean,
): Checked<ReservationCandidate> => {
  const read = child.draft;
  if ('rejection' in read) return read;
  const draft = read.value;
  const { subnet, subnetId, home } = place;
  const rejection =
    (subnet ? checkParent(pass, subnet, hasRows) : checkPair(pass, hasRows)) ??
    (subnet ? checkInSubnet(home, draft) : checkGlobally(homes, draft)) ??
    checkIdentifier(pass, draft) ??
    checkRows(pass, place, child, draft);
  if (rejection) return { rejection };
  const client =
    subnetId === undefined
      ? `${subnet?.ref ?? ''}/${draft.identifierType}/${draft.identifier}`
      : draft.row(subnetId).key;
  return { value: { child, draft, subnetId, client } };
};

const checkPair = ({ facts, snapshot }: CompilePass, hasRows: boolean): Rejection | undefined =>
  facts.deleting && !hasRows ? beingDeleted('haPairRef', 'HAPair', snapshot.pair.metadata.name) : undefined;

/** A Subnet on its way out takes no new reservations, and serves those that it has as long as it stays. */
const checkParent = (
  pass: CompilePass,
  { ref, name, isDeleting }: SubnetChild,
  hasRows: boolean,
): Rejection | undefined => {
  const state = pass.deletions.get(ref)?.state;
  const isClosed = state !== undefined && state !== 'held' ? true : (isDeleting || pass.facts.deleting) && !hasRows;
  if (isClosed) return beingDeleted('subnetRef', 'Subnet', name);
  const verdict = pass.verdicts.get(ref);
  return verdict?.accepted === false && !pass.kept.has(ref)
    ? parentRejected('subnetRef', 'Subnet', name, verdict.message)
    : undefined;
};

/** Whether the address is one that a client of the subnet can have. */
const checkAddress = ({ prefix, name }: Home, address: bigint): Rejection | undefined => {
  if (!contains(prefix, address)) {
    const message = `ipAddress: ${formatAddress(address)} does not lie within ${prefix.text} of ${name}: choose an address of it`;
    return reject('AddressOutsidePrefix', message);
  }
  if (contains(hostsIn(prefix), address)) return undefined;
  const which = address === prefix.first ? 'network' : 'broadcast';
  const message = `ipAddress: ${formatAddress(address)} is the ${which} address of ${prefix.text}: choose another`;
  return reject('AddressOutsidePrefix', message);
};

/** Whether Kea would ever look for a reservation of the subnet; it says nothing where it does not. */
const checkInSubnet = (home: Home | undefined, { address }: ReservationDraft): Rejection | undefined => {
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
};

/** Whether Kea would ever look for a global reservation. */
const checkGlobally = (homes: Homes, { address }: ReservationDraft): Rejection | undefined => {
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
};

const checkIdentifier = ({ facts }: CompilePass, { identifierType }: ReservationDraft): Rejection | undefined => {
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
};

/** Whether the database has a row of somebody else for the client or the address. */
const checkRows = (
  pass: CompilePass,
  { subnetId, foreign }: GroupPlace,
  child: ReservationChild,
  draft: ReservationDraft,
): Rejection | undefined => {
  if (subnetId === undefined || foreign === undefined) return undefined;
  const { key, item } = draft.row(subnetId);
  const row = foreign.byKey(key);
  const what = 'a reservation for this client';
  const rejection = checkForeign(pass, child, { what, conflict: 'IdentifierConflict', row });
  const address = item.body['ip-address'];
  const other = address === undefined ? undefined : foreign.byAddress(address);
  if (rejection || !other || other === row) return rejection;
  const { identifier } = other.item.body;
  const message = `ipAddress: the database has a reservation of ${address ?? ''} for another client (${identifier}), which the operator did not write: remove it or choose another address`;
  return reject('ForeignRow', message);
};

/** An address that is written in a row, as a number. */
export const addressNumberOf = (text: string | undefined): number | undefined => {
  const address = text === undefined ? undefined : parseAddress(text);
  return address === undefined ? undefined : Number(address);
};

type RowsOf = (ref: ObjectRef) => readonly Item<HostBody>[];
type Refuse = (ref: ObjectRef, rejection: Rejection) => void;

/**
 * Lets each client of a subnet and each address belong to one reservation: first those whose rows serve, then the oldest.
 * Kea's hosts table takes an address twice, and then fails to look it up.
 * @param taken What reservations that were refused before keep.
 */
export const settle = (
  candidates: readonly ReservationCandidate[],
  taken: readonly (readonly [ObjectRef, HostBody])[],
  rowsOf: RowsOf,
  refuse: Refuse,
): readonly ReservationCandidate[] => {
  const clients = new Map<string, ObjectRef>();
  const addresses = new Map<bigint, ObjectRef>();
  for (const [ref, body] of taken) {
    clients.set(hostKey(body), ref);
    const address = parseAddress(body['ip-address'] ?? '');
    if (address !== undefined) addresses.set(address, ref);
  }
  const serves =
    (isSame: (row: HostBody, candidate: ReservationCandidate) => boolean) => (candidate: ReservationCandidate) =>
      rowsOf(candidate.child.ref).some(({ body }) => isSame(body, candidate));

  const single = settleKey(candidates, clients, ({ client }) => client, {
    serves: serves((row, { client }) => hostKey(row) === client),
    lost: (_candidate, winner) =>
      reject('IdentifierConflict', `identifier: ${nameOf(winner)} names the same client: delete one of them`, winner),
    refuse,
  });
  return settleKey(single, addresses, ({ draft }) => draft.address, {
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
    refuse,
  });
};

interface Rules {
  /** Whether the row of the candidate holds the key already. */
  readonly serves: (candidate: ReservationCandidate) => boolean;
  readonly lost: (candidate: ReservationCandidate, winner: ObjectRef) => Rejection;
  readonly refuse: Refuse;
}

/** The candidates that get their key, or ask for none; the others are refused. The rows are looked at only where two want the same. */
const settleKey = <Key>(
  candidates: readonly ReservationCandidate[],
  taken: ReadonlyMap<Key, ObjectRef>,
  keyOf: (candidate: ReservationCandidate) => Key | undefined,
  { serves, lost, refuse }: Rules,
): readonly ReservationCandidate[] => {
  const winners = new Map<Key, ReservationCandidate>();
  for (const candidate of candidates) {
    const key = keyOf(candidate);
    if (key === undefined || taken.has(key)) continue;
    const before = winners.get(key);
    if (!before || (!serves(before) && serves(candidate))) winners.set(key, candidate);
  }
  return candidates.filter((candidate) => {
    const { ref } = candidate.child;
    const key = keyOf(candidate);
    const winner = key === undefined ? ref : (taken.get(key) ?? winners.get(key)?.child.ref);
    if (winner === undefined || winner === ref) return true;
    refuse(ref, lost(candidate, winner));
    return false;
  });
};

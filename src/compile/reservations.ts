/** What is asked of a HostReservation by itself, and who gets what two of them want. */
import { compareAddresses, contains, hostsIn, overlaps, type Range, rangeSet } from '../kea/address.ts';
import { type HostBody, hostKey, type Item, type ObjectRef, reservedIn } from '../kea/state.ts';
import type { ReservationChild, SubnetChild } from './child.ts';
import { claimsIn, whatIs } from './conflicts.ts';
import { leavingIn } from './draining.ts';
import { checkServed } from './facts.ts';
import type { GroupPlace } from './groups.ts';
import { type Home, type Homes, looksUpGlobals, poolAt } from './homes.ts';
import { identifierFieldsOf, type ReservationDraft, type Reserved, reservedBy } from './hosts.ts';
import { inherited } from './inherit.ts';
import type { Checked } from './networkPart.ts';
import { nameOf, reject } from './objects.ts';
import type { CompilePass } from './pass.ts';
import { firstOf } from './pools.ts';
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
  const read = child.draftIn(pass.facts.known);
  if ('rejection' in read) return read;
  const draft = read.value;
  const { subnet, subnetId, home } = place;
  const rejection =
    checkServed(pass.facts, subnet ? 'subnetRef' : 'ipFamily') ??
    (subnet ? checkParent(pass, subnet, hasRows) : checkPair(pass, hasRows)) ??
    (subnet ? checkInSubnet(pass, subnet, home, draft) : checkGlobally(pass, homes, draft)) ??
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
    ? parentRejected('subnetRef', 'Subnet', name, verdict)
    : undefined;
};

/** Whether the address is one that a client of the subnet can have, and that no other client gets with a prefix. */
const checkAddress = ({ prefix, pdPools, name }: Home, { field, text, range }: Reserved): Rejection | undefined => {
  if (!contains(prefix, range)) {
    const message = `${field}: ${text} does not lie within ${prefix.text} of ${name}: choose an address of it`;
    return reject('AddressOutsidePrefix', message);
  }
  if (contains(hostsIn(prefix), range)) {
    const pool = pdPools.overlapping(range);
    if (pool === undefined) return undefined;
    const message = `${field}: ${text} lies in the pdPool ${pool} of ${name}, and a client may get the prefix that it is of: choose another address`;
    return reject('DelegationOverlap', message);
  }
  const which = range.first === prefix.first ? firstOf(prefix.of) : 'the broadcast address';
  return reject('AddressOutsidePrefix', `${field}: ${text} is ${which} of ${prefix.text}: choose another`);
};

/**
 * Whether nobody else has addresses of the prefix. Kea takes it wherever it is. Before it delegates one out of a pool it looks whether one that begins
 * with the same address is kept for somebody: one of another length would be delegated to others, in parts or as a part.
 * @param subnet Absent of a global reservation, which a client has in all Subnets of the pair.
 */
const checkPrefix = (
  { memory, snapshot }: CompilePass,
  { field, text, range, length }: Reserved,
  subnet?: SubnetChild,
  home?: Home,
): Rejection | undefined => {
  const { claims, losers } = memory;
  const overlapping = memory.claimed.of([claims, losers], () => claimsIn(memory));
  for (const claim of overlapping(range)) {
    const { prefix, delegatedLen, owner, vanished, keeper } = claim;
    // Reservations are settled among themselves.
    if (keeper !== undefined) continue;
    const ref = owner?.ref ?? vanished;
    const what =
      ref === undefined
        ? `${whatIs(claim)}, a row of the database that the operator did not write`
        : `${whatIs(claim)} of ${nameOf(ref)}`;
    const isOwn = owner !== undefined && (subnet ? owner.ref === subnet.ref : snapshot.positions.has(owner.ref));
    if (isOwn && delegatedLen === length) continue;
    const isLink = delegatedLen === undefined;
    if (isOwn && isLink && subnet && !contains(range, prefix)) continue;
    const why =
      isOwn && isLink
        ? ', the addresses of a link'
        : isOwn
          ? `, out of which other clients get prefixes of ${delegatedLen} bits`
          : '';
    const remedy =
      isOwn && !isLink ? `choose one of ${delegatedLen} bits, or one outside` : 'choose a prefix that does not overlap';
    return reject('DelegationOverlap', `${field}: ${text} overlaps ${what}${why}: ${remedy}`, isOwn ? undefined : ref);
  }
  const pool = home?.pools.overlapping(range);
  if (pool === undefined) return undefined;
  const message = `${field}: ${text} overlaps the pool ${pool} of ${home?.name ?? ''}, out of which other clients get addresses: choose a prefix outside the pools`;
  return reject('DelegationOverlap', message);
};

/** Whether Kea would ever look for a reservation of the subnet; it says nothing where it does not. */
const checkInSubnet = (
  pass: CompilePass,
  subnet: SubnetChild,
  home: Home | undefined,
  { reserved }: ReservationDraft,
): Rejection | undefined => {
  if (!home) return undefined;
  if (inherited(home.levels, 'reservations-in-subnet') === false) {
    const message = `${home.name} does not look up its own reservations: set reservationsInSubnet to true, or make this one global`;
    return reject('ReservationNotLookedUp', message);
  }
  const outOfPool = inherited(home.levels, 'reservations-out-of-pool') === true;
  return firstRejection(reserved, (one) => {
    const rejection = one.isPrefix ? checkPrefix(pass, one, subnet, home) : checkAddress(home, one);
    if (rejection) return rejection;
    const pool = outOfPool ? poolAt(home, one.range, one.isPrefix) : undefined;
    if (pool === undefined) return undefined;
    const message = `${one.field}: it lies in the pool ${pool} of ${home.name}, where reservationsOutOfPool is true: choose ${one.isPrefix ? 'a prefix' : 'an address'} outside the pools, or set it to false`;
    return reject('AddressInPool', message);
  });
};

/** Whether Kea would ever look for a global reservation. */
const checkGlobally = (pass: CompilePass, homes: Homes, { reserved }: ReservationDraft): Rejection | undefined => {
  const leaving = leavingIn(pass);
  const lostOne = firstRejection(reserved, ({ field, text, range }) => {
    const owner = leaving(range);
    if (owner === undefined) return undefined;
    const message = `${field}: ${text} lies in ${nameOf(owner)}, which is being drained: choose one of another Subnet, or leave it out`;
    return reject('AddressOutsidePrefix', message);
  });
  if (lostOne) return lostOne;
  const addresses = reserved.filter(({ isPrefix }) => !isPrefix);
  const placed = addresses.map((one) => ({ one, home: homes.around(one.range.first) }));
  const lost = placed.find(({ home }) => !home);
  if (lost) {
    const { field, text } = lost.one;
    const message = `${field}: ${text} lies in no Subnet of the HAPair: choose an address of one, or leave it out`;
    return reject('AddressOutsidePrefix', message);
  }
  const deaf = placed.find(({ home }) => home && !looksUpGlobals(home.levels));
  if (deaf || (placed.length === 0 && !homes.someLookUpGlobals())) {
    const where = deaf?.home?.name ?? 'any Subnet of the HAPair';
    const message = `global reservations are not looked up in ${where}: set reservationsGlobal there, or in ${pass.facts.globalsField} of the HAPair`;
    return reject('ReservationNotLookedUp', message);
  }
  return (
    firstRejection(placed, ({ one, home }) => home && checkAddress(home, one)) ??
    firstRejection(reserved, (one) => (one.isPrefix ? checkPrefix(pass, one) : undefined))
  );
};

const firstRejection = <T>(list: readonly T[], check: (one: T) => Rejection | undefined): Rejection | undefined => {
  for (const one of list) {
    const rejection = check(one);
    if (rejection) return rejection;
  }
  return undefined;
};

const checkIdentifier = ({ facts }: CompilePass, { identifierType }: ReservationDraft): Rejection | undefined => {
  const { family, globalsField, reservationIdentifiers: types } = facts;
  if (identifierType === 'flex-id') {
    // It is what an expression makes of the packet, and a HAPair has no field for the expression.
    const message = `identifier.flexId: the servers do not load the hook flex_id, which computes it, so no client would ever be found: recognise the client by ${identifierFieldsOf(family)}`;
    return reject('ReservationNotLookedUp', message);
  }
  if (!family.identifiers.includes(identifierType)) {
    const message = `identifier: ${family.daemon} finds no client by ${identifierType}: recognise it by ${identifierFieldsOf(family)}`;
    return reject('ReservationNotLookedUp', message);
  }
  if (!types || types.includes(identifierType)) return undefined;
  const message = `identifier: the servers look reservations up by ${types.join(', ')} only: add ${identifierType} to ${globalsField}.hostReservationIdentifiers of the HAPair`;
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
  const row = foreign.byKey(draft.row(subnetId).key);
  const what = 'a reservation for this client';
  const rejection = checkForeign(pass, child, { what, conflict: 'IdentifierConflict', row });
  if (!pass.facts.reservesOnce) return rejection;
  return (
    rejection ??
    firstRejection(draft.reserved, ({ field, text, isPrefix }) => {
      const other = foreign.byAddress(text);
      if (!other || other === row) return undefined;
      const { identifier } = other.item.body;
      const message = `${field}: the database has a reservation of ${text} for another client (${identifier}), which the operator did not write: remove it or choose another ${isPrefix ? 'prefix' : 'address'}`;
      return reject('ForeignRow', message);
    })
  );
};

type RowsOf = (ref: ObjectRef) => readonly Item<HostBody>[];
type Refuse = (ref: ObjectRef, rejection: Rejection) => void;

interface Settling {
  readonly rowsOf: RowsOf;
  readonly refuse: Refuse;
  /** Whether an address or prefix is reserved for one client alone. */
  readonly reservesOnce: boolean;
}

/**
 * Lets each client of a subnet and each address belong to one reservation: first those whose rows serve, then the oldest.
 * Kea's hosts table takes an address twice, and then fails to look it up, unless its servers are told that there may be several.
 * @param taken What reservations that were refused before keep.
 */
export const settle = (
  candidates: readonly ReservationCandidate[],
  taken: readonly (readonly [ObjectRef, HostBody])[],
  { rowsOf, refuse, reservesOnce }: Settling,
): readonly ReservationCandidate[] => {
  let left = candidates;
  const rows = [...taken];
  const kept = taken.flatMap(([ref, body]) => keptBy(ref, body));
  for (;;) {
    const losers: ObjectRef[] = [];
    const lose: Refuse = (ref, rejection) => {
      losers.push(ref);
      refuse(ref, rejection);
    };
    left = settleRanges(settleClients(left, rows, rowsOf, lose), kept, { rowsOf, refuse: lose, reservesOnce });
    // The rows of a loser stay, and with them what it was to give up: its client and its addresses.
    const more = losers.flatMap((ref) => rowsOf(ref).map(({ body }) => [ref, body] as const));
    if (more.length === 0) return left;
    rows.push(...more);
    kept.push(...more.flatMap(([ref, body]) => keptBy(ref, body)));
  }
};

/** What is kept for the client of a row that stays. */
interface Kept {
  readonly ref: ObjectRef;
  readonly range: Range;
  readonly text: string;
}

const keptBy = (ref: ObjectRef, body: HostBody): readonly Kept[] =>
  reservedBy(body).map(({ range, text }) => ({ ref, range, text }));

/** Each client has one reservation in a subnet. The rows are looked at only where two want the same. */
const settleClients = (
  candidates: readonly ReservationCandidate[],
  taken: readonly (readonly [ObjectRef, HostBody])[],
  rowsOf: RowsOf,
  refuse: Refuse,
): readonly ReservationCandidate[] => {
  const holders = new Map<string, ObjectRef>(taken.map(([ref, body]) => [hostKey(body), ref]));
  const serves = ({ child, client }: ReservationCandidate): boolean =>
    rowsOf(child.ref).some(({ body }) => hostKey(body) === client);
  const winners = new Map<string, ReservationCandidate>();
  for (const candidate of candidates) {
    const { client } = candidate;
    if (holders.has(client)) continue;
    const before = winners.get(client);
    if (!before || (!serves(before) && serves(candidate))) winners.set(client, candidate);
  }
  return candidates.filter(({ child: { ref }, client }) => {
    const holder = holders.get(client);
    const winner = holder ?? winners.get(client)?.child.ref ?? ref;
    if (winner === ref) return true;
    const message = holder
      ? `identifier: ${nameOf(holder)}, which is rejected, still has the reservation of this client: correct or delete it, or name another client`
      : `identifier: ${nameOf(winner)} names the same client: delete one of them`;
    refuse(ref, reject('IdentifierConflict', message, winner));
    return false;
  });
};

/** Each address and prefix is kept for one reservation, or for several that have the very same. */
const settleRanges = (
  candidates: readonly ReservationCandidate[],
  kept: readonly Kept[],
  { rowsOf, refuse, reservesOnce }: Settling,
): readonly ReservationCandidate[] => {
  const wanted = candidates.flatMap(({ draft }) => draft.reserved.map(({ range }) => range));
  if (areApart([...wanted, ...kept.map(({ range }) => range)])) return candidates;
  const holders = rangeSet<{ readonly ref: ObjectRef; readonly text: string }>();
  for (const { range, text, ref } of kept) holders.add(range, { ref, text });
  const serves = ({ child, draft }: ReservationCandidate): boolean => {
    const held = rowsOf(child.ref).flatMap(({ body }) => reservedIn(body));
    return draft.reserved.some(({ text }) => held.includes(text));
  };
  const serving = new Set(candidates.filter(serves));
  const losers = new Set<ReservationCandidate>();
  for (const candidate of [...serving, ...candidates.filter((one) => !serving.has(one))]) {
    const { child, draft } = candidate;
    const rejection = firstRejection(draft.reserved, ({ field, text, range, isPrefix }) => {
      const holder = holders
        .allOverlapping(range)
        .find((other) => other.ref !== child.ref && (reservesOnce || other.text !== text));
      if (!holder) return undefined;
      const other = isPrefix ? 'prefix' : 'address';
      const is = holder.text === text ? 'is kept by' : `overlaps ${holder.text}, which is kept by`;
      const message = `${field}: ${text} ${is} ${nameOf(holder.ref)}: choose another ${other} or delete one of them`;
      return reject('AddressConflict', message, holder.ref);
    });
    if (rejection) {
      losers.add(candidate);
      refuse(child.ref, rejection);
    } else {
      for (const { range, text } of draft.reserved) holders.add(range, { ref: child.ref, text });
    }
  }
  return candidates.filter((candidate) => !losers.has(candidate));
};

/** Whether no two of them have an address in common. */
const areApart = (ranges: readonly Range[]): boolean => {
  const sorted = ranges.toSorted((a, b) => compareAddresses(a.first, b.first));
  return sorted.every((range, index) => {
    const next = sorted[index + 1];
    return next === undefined || !overlaps(range, next);
  });
};

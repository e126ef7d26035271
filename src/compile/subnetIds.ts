import type { ObjectRef } from '../kea/state.ts';
import type { SubnetChild } from './child.ts';
import { MAX_SUBNET_ID, nameOf, reject } from './objects.ts';
import type { IdWitnesses, Rejection, Rows, Snapshot, SubnetIds } from './types.ts';

/** Which prefix an id belongs to, and who has it. An id and a prefix belong together for ever: leases and reservations name the id. */
interface Holder {
  readonly prefix: string;
  readonly object?: ObjectRef;
}

/** One Subnet on its way to an id. */
interface Claim {
  readonly subnet: SubnetChild;
  readonly ref: ObjectRef;
  readonly prefix: string;
}

/**
 * The Kea id of every Subnet of the pair. The witnesses are asked in this order: the wish in the spec, the row with that
 * prefix, the ledger, the status if its id is free, the leases of the prefix if they agree on one that is free; else it is
 * the next after the greatest id that was ever used. An id never moves to another prefix: Kea keeps leases and
 * reservations by id, without a foreign key, so that the newcomer would inherit them in silence.
 *
 * Where a witness cannot be read, a Subnet that needs it gets no id in this turn.
 */
export function assignSubnetIds(snapshot: Snapshot, witnesses: IdWitnesses): SubnetIds {
  const claims = claimsOf(snapshot);
  const book = openBook(claims, witnesses);
  const ids = new Map<ObjectRef, number>();
  const refused = new Map<ObjectRef, Rejection>();
  const grant = ({ ref, prefix }: Claim, id: number): void => {
    ids.set(ref, id);
    book.enter(id, { prefix, object: ref });
  };
  const open = () => claims.filter(({ ref }) => !ids.has(ref) && !refused.has(ref));

  for (const claim of open()) {
    const wish = claim.subnet.wantedId;
    if (wish === undefined) continue;
    const refusal = book.objection(claim, wish);
    if (refusal) refused.set(claim.ref, refusal);
    else grant(claim, wish);
  }
  const grantWhere = (candidate: (claim: Claim) => number | undefined): void => {
    for (const claim of open()) {
      // Asked anew for each: a Subnet of the same prefix may just have got its id, which is then this one's too.
      const id = book.idOf(claim.prefix) ?? candidate(claim);
      if (id !== undefined) grant(claim, id);
    }
  };
  const ifFree = (id: number | undefined) => (id !== undefined && book.isFree(id) ? id : undefined);

  grantWhere(() => undefined);
  grantWhere(({ subnet }) => ifFree(subnet.knownId));
  const { leases } = witnesses;
  if (leases === 'unreadable') return { ids, refused };

  grantWhere(({ prefix }) => {
    const [id, ...more] = leases.subnetIds.get(prefix) ?? [];
    return more.length === 0 ? ifFree(id) : undefined;
  });
  let greatest = Math.max(witnesses.greatestSubnetId, leases.greatest, book.greatest(), greatestOf(leases.subnetIds));
  grantWhere(() => (greatest < MAX_SUBNET_ID ? ++greatest : undefined));
  for (const { ref } of open()) {
    refused.set(ref, reject('SubnetIdConflict', `no id is left after ${greatest}: give a free one as subnetId`));
  }
  return { ids, refused };
}

/** Prefixes of the pair's Subnets for which only leases can tell an earlier id: those that have to be asked about. */
export function prefixesInDoubt(snapshot: Snapshot, witnesses: Omit<IdWitnesses, 'leases'>): readonly string[] {
  const { ids, refused } = assignSubnetIds(snapshot, { ...witnesses, leases: 'unreadable' });
  const open = claimsOf(snapshot).filter(({ ref }) => !ids.has(ref) && !refused.has(ref));
  return [...new Set(open.map(({ prefix }) => prefix))];
}

/** Canonical prefixes of the pair's Subnets that do not name their id: what a backend is asked about (`Scope.prefixes`). */
export function prefixesWithoutWish(snapshot: Snapshot): readonly string[] {
  const open = claimsOf(snapshot).filter(({ subnet }) => subnet.wantedId === undefined);
  return [...new Set(open.map(({ prefix }) => prefix))];
}

function claimsOf(snapshot: Snapshot): readonly Claim[] {
  return snapshot.subnets.flatMap((subnet) =>
    subnet.prefix === undefined ? [] : [{ subnet, ref: subnet.ref, prefix: subnet.prefix.text }],
  );
}

const greatestOf = (lists: ReadonlyMap<string, readonly number[]>): number =>
  [...lists.values()].flat().reduce((greatest, id) => Math.max(greatest, id), 0);

interface Book {
  enter(id: number, holder: Holder): void;
  idOf(prefix: string): number | undefined;
  isFree(id: number): boolean;
  greatest(): number;
  /** Why the Subnet cannot have the id it wishes for. */
  objection(claim: Claim, wish: number): Rejection | undefined;
}

/** What is known of ids before anything is decided. Later entries of a prefix go before earlier ones: the row before the ledger. */
function openBook(claims: readonly Claim[], witnesses: IdWitnesses): Book {
  const holders = new Map<number, Holder>();
  const idOfPrefix = new Map<string, number>();
  /** Ids that were fixed before this turn: a wish cannot move them. */
  const settled = new Map<string, number>();
  let greatest = 0;
  const enter = (id: number, holder: Holder): void => {
    holders.set(id, holder);
    idOfPrefix.set(holder.prefix, id);
    greatest = Math.max(greatest, id);
  };
  const settle = (id: number, holder: Holder): void => {
    enter(id, holder);
    settled.set(holder.prefix, id);
  };

  for (const [id, entry] of [...witnesses.ledger].sort(([a], [b]) => a - b)) settle(id, entry);
  for (const [id, holder] of foreignSubnets(claims, witnesses)) settle(id, holder);
  for (const [id, { body, marker }] of witnesses.owned.subnets) {
    settle(id, { prefix: body.subnet, ...(marker ? { object: marker.object } : {}) });
  }

  return {
    enter,
    idOf: (prefix) => idOfPrefix.get(prefix),
    isFree: (id) => !holders.has(id),
    greatest: () => greatest,
    objection({ ref, prefix }, wish) {
      const holder = holders.get(wish);
      if (holder && holder.prefix !== prefix) {
        const by = holder.object && holder.object !== ref ? `${nameOf(holder.object)}, ` : '';
        const message = `subnetId ${wish} belongs to ${by}${holder.prefix}, and its leases may live on: choose another or leave it out`;
        return reject('SubnetIdConflict', message, holder.object === ref ? undefined : holder.object);
      }
      const fixed = settled.get(prefix);
      if (fixed === undefined || fixed === wish || holder) return undefined;
      const message = `${prefix} has the id ${fixed}, which leases are stored under: set subnetId to ${fixed} or leave it out`;
      return reject('SubnetIdConflict', message);
    },
  };
}

/**
 * Foreign rows hold their ids. That of a row that somebody adopts is the id of its prefix; of another it is merely taken, as
 * its prefix may be of another address space.
 */
function foreignSubnets(claims: readonly Claim[], { foreign }: Rows): readonly (readonly [number, Holder])[] {
  const adopted = new Set(claims.filter(({ subnet }) => subnet.adopts).map(({ prefix }) => prefix));
  return foreign.flatMap((row) => {
    if (row.kind !== 'subnet') return [];
    const { id, subnet } = row.item.body;
    const object = row.item.marker?.object;
    const prefix = adopted.has(subnet) ? subnet : `${subnet} (a row that the operator did not write)`;
    return [[id, { prefix, ...(object === undefined ? {} : { object }) }] as const];
  });
}

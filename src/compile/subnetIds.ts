/** Which Subnet has which id. */
import type { Item, ObjectRef, SubnetBody } from '../kea/state.ts';
import { finish, type Steps } from '../kea/steps.ts';
import type { SubnetChild } from './child.ts';
import { MAX_SUBNET_ID, nameOf, reject } from './objects.ts';
import type { IdEntry, IdWitnesses, Rejection, Rows, Snapshot, SubnetIds } from './types.ts';

/** Which prefix an id belongs to, and who has it. An id and a prefix belong together for ever: leases and reservations name the id. */
interface Holder {
  readonly prefix: string;
  readonly object?: ObjectRef;
}

/** What is known of ids before anything is decided. */
interface Known {
  readonly holders: ReadonlyMap<number, Holder>;
  readonly idOfPrefix: ReadonlyMap<string, number>;
  readonly greatest: number;
}

/** What is remembered from one pass to the next. */
export interface IdMemory {
  /** What was decided without a choice, and by which Subnets: it stands while they and what is known are the same. */
  decided?: { readonly subnets: readonly SubnetChild[]; readonly known: Known; readonly result: Decided };
  /** Prefixes that were asked about, and of which Subnets. */
  asked?: { readonly subnets: readonly SubnetChild[]; readonly prefixes: readonly string[] };
  last?: {
    readonly witnesses: Pick<IdWitnesses, 'ledger' | 'owned' | 'foreign'>;
    readonly adopted: string;
    readonly known: Known;
  };
}

/** What was decided, and Subnets for which only leases can tell an earlier id. */
interface Decided extends SubnetIds {
  readonly open: readonly SubnetChild[];
}

/**
 * The Kea id of every Subnet of the pair. The witnesses are asked in this order: the request in the spec, the row with that
 * prefix, the ledger, the status if its id is free, the leases of the prefix if they agree on one that is free; else it is
 * the next after the greatest id that was ever used. An id never moves to another prefix: Kea keeps leases and
 * reservations by id, without a foreign key, so that the newcomer would inherit them in silence.
 *
 * Where a witness cannot be read, a Subnet that needs it gets no id in this pass.
 */
export const assignSubnetIds = (snapshot: Snapshot, witnesses: IdWitnesses, memory: IdMemory = {}): Decided =>
  finish(assignSteps(snapshot, witnesses, memory));

/** The same in steps. */
export function* assignSteps(snapshot: Snapshot, witnesses: IdWitnesses, memory: IdMemory): Steps<Decided> {
  const known = yield* knownIds(snapshot, witnesses, memory);
  const { decided } = memory;
  if (decided?.known === known && askTheSame(snapshot.subnets, decided.subnets)) return decided.result;
  const book = openBook(known);
  const ids = new Map<ObjectRef, number>();
  const refused = new Map<ObjectRef, Rejection>();
  const grant = ({ ref }: SubnetChild, prefix: string, id: number): void => {
    ids.set(ref, id);
    book.enter(id, { prefix, object: ref });
  };

  let open: SubnetChild[] = [];
  for (const subnet of snapshot.subnets) {
    const { prefix, wantedId } = subnet;
    if (prefix === undefined) continue;
    if (wantedId === undefined) {
      open.push(subnet);
      continue;
    }
    const refusal = book.objection(subnet, prefix.text, wantedId);
    if (refusal) refused.set(subnet.ref, refusal);
    else grant(subnet, prefix.text, wantedId);
  }
  yield;
  const grantWhere = (candidate: (subnet: SubnetChild, prefix: string) => number | undefined): void => {
    open = open.filter((subnet) => {
      const prefix = subnet.prefix?.text ?? '';
      // Asked anew for each: a Subnet of the same prefix may just have got its id, which is then this one's too.
      const id = book.idOf(prefix) ?? candidate(subnet, prefix);
      if (id !== undefined) grant(subnet, prefix, id);
      return id === undefined;
    });
  };
  const ifFree = (id: number | undefined) => (id !== undefined && !book.holder(id) ? id : undefined);

  grantWhere(() => undefined);
  yield;
  grantWhere((subnet) => ifFree(subnet.knownId));
  const { leases } = witnesses;
  if (open.length === 0) {
    const result = { ids, refused, open };
    memory.decided = { subnets: snapshot.subnets, known, result };
    return result;
  }
  if (leases === 'unreadable') return { ids, refused, open };

  grantWhere((_, prefix) => {
    const [id, ...more] = leases.subnetIds.get(prefix) ?? [];
    return more.length === 0 ? ifFree(id) : undefined;
  });
  let greatest = Math.max(witnesses.greatestSubnetId, leases.greatest, book.greatest(), greatestOf(leases.subnetIds));
  grantWhere(() => (greatest < MAX_SUBNET_ID ? ++greatest : undefined));
  for (const { ref } of open) {
    refused.set(ref, reject('SubnetIdConflict', `no id is left after ${greatest}: give a free one as subnetId`));
  }
  return { ids, refused, open: [] };
}

/** Prefixes of the pair's Subnets for which only leases can tell an earlier id: those that have to be asked about. */
export const uncertainPrefixes = (snapshot: Snapshot, witnesses: Omit<IdWitnesses, 'leases'>): readonly string[] =>
  prefixesOf(assignSubnetIds(snapshot, { ...witnesses, leases: 'unreadable' }).open);

/** Canonical prefixes of the pair's Subnets that do not name their id: what a backend is asked about (`Scope.prefixes`). */
export const prefixesUndesired = ({ subnets }: Snapshot, memory: IdMemory = {}): readonly string[] => {
  const { asked } = memory;
  if (asked && askTheSame(subnets, asked.subnets)) return asked.prefixes;
  const prefixes = prefixesOf(subnets.filter(({ wantedId }) => wantedId === undefined));
  memory.asked = { subnets, prefixes };
  return prefixes;
};

/** Whether Subnets ask for the same ids for the same prefixes. */
const askTheSame = (now: readonly SubnetChild[], before: readonly SubnetChild[]): boolean =>
  now.length === before.length &&
  now.every((subnet, index) => {
    const other = before[index];
    if (subnet === other) return true;
    const { ref, prefix, wantedId, knownId } = subnet;
    const isSame = ref === other?.ref && prefix?.text === other.prefix?.text && wantedId === other.wantedId;
    // One that has its id by its prefix needs no other witness.
    return isSame && (knownId === other.knownId || other.knownId === undefined);
  });

export const prefixesOf = (subnets: readonly SubnetChild[]): readonly string[] => [
  ...new Set(subnets.flatMap(({ prefix }) => prefix?.text ?? [])),
];

const greatestOf = (lists: ReadonlyMap<string, readonly number[]>): number =>
  [...lists.values()].flat().reduce((greatest, id) => Math.max(greatest, id), 0);

/** What is known, and what was granted since. */
const openBook = (known: Known) => {
  const holders = new Map<number, Holder>();
  const idOfPrefix = new Map<string, number>();
  let { greatest } = known;
  const holder = (id: number): Holder | undefined => holders.get(id) ?? known.holders.get(id);
  const idOf = (prefix: string): number | undefined => idOfPrefix.get(prefix) ?? known.idOfPrefix.get(prefix);
  return {
    holder,
    idOf,
    greatest: () => greatest,
    enter: (id: number, next: Holder): void => {
      const { prefix, object } = next;
      const before = holder(id);
      if (before?.prefix === prefix && before.object === object && idOf(prefix) === id) return;
      holders.set(id, next);
      idOfPrefix.set(prefix, id);
      greatest = Math.max(greatest, id);
    },
    /** Why the Subnet cannot have the id that it asks for. What was fixed before this pass no Subnet can move. */
    objection({ ref }: SubnetChild, prefix: string, wanted: number): Rejection | undefined {
      const by = holder(wanted);
      if (by && by.prefix !== prefix) {
        const whose = by.object && by.object !== ref ? `${nameOf(by.object)}, ` : '';
        const message = `subnetId ${wanted} belongs to ${whose}${by.prefix}, and its leases may live on: choose another or leave it out`;
        return reject('SubnetIdConflict', message, by.object === ref ? undefined : by.object);
      }
      const fixed = known.idOfPrefix.get(prefix);
      if (fixed === undefined || fixed === wanted || by) return undefined;
      const message = `${prefix} has the id ${fixed}, which leases are stored under: set subnetId to ${fixed} or leave it out`;
      return reject('SubnetIdConflict', message);
    },
  };
};

/** Later entries of a prefix go before earlier ones: the row before the ledger. */
function* knownIds(snapshot: Snapshot, witnesses: IdWitnesses, memory: IdMemory): Steps<Known> {
  const { ledger, owned, foreign } = witnesses;
  const adopted = foreign.length === 0 ? [] : prefixesOf(snapshot.subnets.filter(({ adopts }) => adopts));
  const { last } = memory;
  const isSame =
    last?.adopted === adopted.join() &&
    last.witnesses.foreign === foreign &&
    sayTheSame(last.witnesses.ledger, ledger, sameEntry) &&
    sayTheSame(last.witnesses.owned.subnets, owned.subnets, sameRow);
  if (last && isSame) {
    memory.last = { ...last, witnesses: { ledger, owned, foreign } };
    return last.known;
  }
  yield;
  const holders = new Map<number, Holder>();
  const idOfPrefix = new Map<string, number>();
  let greatest = 0;
  const enter = (id: number, holder: Holder): void => {
    holders.set(id, holder);
    idOfPrefix.set(holder.prefix, id);
    greatest = Math.max(greatest, id);
  };
  for (const [id, entry] of [...ledger].sort(([a], [b]) => a - b)) enter(id, entry);
  yield;
  for (const [id, holder] of foreignSubnets(new Set(adopted), witnesses)) enter(id, holder);
  for (const [id, { body, marker }] of owned.subnets) {
    enter(id, { prefix: body.subnet, ...(marker ? { object: marker.object } : {}) });
  }
  const known = { holders, idOfPrefix, greatest };
  memory.last = { witnesses: { ledger, owned, foreign }, adopted: adopted.join(), known };
  return known;
}

/** Whether two maps have the same keys in the same order, and say the same of each. */
const sayTheSame = <Key, T>(
  before: ReadonlyMap<Key, T>,
  now: ReadonlyMap<Key, T>,
  isSame: (a: T, b: T) => boolean,
): boolean => {
  if (before === now) return true;
  if (before.size !== now.size) return false;
  const others = before.entries();
  for (const [key, value] of now) {
    const other = others.next().value;
    if (other?.[0] !== key || !(other[1] === value || isSame(other[1], value))) return false;
  }
  return true;
};
const sameEntry = (a: IdEntry, b: IdEntry): boolean => a.prefix === b.prefix && a.object === b.object;
const sameRow = (a: Item<SubnetBody>, b: Item<SubnetBody>): boolean =>
  a.body.subnet === b.body.subnet && a.marker?.object === b.marker?.object;

/**
 * Foreign rows hold their ids. That of a row that somebody adopts is the id of its prefix; of another it is merely taken, as
 * its prefix may be of another address space.
 */
const foreignSubnets = (adopted: ReadonlySet<string>, { foreign }: Rows): readonly (readonly [number, Holder])[] => {
  return foreign.flatMap((row) => {
    if (row.kind !== 'subnet') return [];
    const { id, subnet } = row.item.body;
    const object = row.item.marker?.object;
    const prefix = adopted.has(subnet) ? subnet : `${subnet} (a row that the operator did not write)`;
    return [[id, { prefix, ...(object === undefined ? {} : { object }) }] as const];
  });
};

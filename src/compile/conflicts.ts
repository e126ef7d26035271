/** Whose a prefix is: as that of a link, or to be cut up for clients. */
import {
  compareAddresses,
  type Prefix,
  prefixIn,
  type Range,
  type RangeSet,
  rangeSet,
  without,
} from '../kea/address.ts';
import type { ObjectRef, SubnetBody } from '../kea/state.ts';
import type { Steps } from '../kea/steps.ts';
import { byAge, type SubnetChild } from './child.ts';
import { type CompileMemory, same } from './memory.ts';
import { conditionOf, nameOf, reject } from './objects.ts';
import type { CompilePass } from './pass.ts';
import { delegatedBy, delegatedIn, type DelegatedPrefix } from './pdPools.ts';
import type { Rejection } from './types.ts';

/** Who wins: what serves clients now, then rows of the database that nobody wrote for us, then the oldest, then the name. */
type Tier = 0 | 1 | 2;

/** Somebody who wants a prefix for himself. */
export interface PrefixClaim extends DelegatedPrefix {
  /** Absent for a row that the operator did not write, or whose Subnet vanished. */
  readonly owner?: SubnetChild;
  /** The Subnet that had the row. */
  readonly vanished?: ObjectRef;
  readonly tier: Tier;
  /** The reservation that keeps it for a client of the owner: that costs the owner nothing. */
  readonly keeper?: ObjectRef;
  /** A row of it has this, and it asks for something else: it gives it up, unless it loses and its rows stay. */
  readonly isLeft?: true;
}

/** What somebody wants: the prefix of his link, and those that he delegates. */
export const claimsOn = (
  prefix: Prefix,
  delegated: readonly DelegatedPrefix[],
  by: Omit<PrefixClaim, keyof DelegatedPrefix>,
): readonly PrefixClaim[] => [
  { field: 'cidr', prefix, ...by },
  ...delegated.map((one): PrefixClaim => ({ ...one, ...by })),
];

/** What a row has. */
export const claimsOfBody = (
  body: Pick<SubnetBody, 'subnet' | 'pd-pools'>,
  by: Omit<PrefixClaim, keyof DelegatedPrefix>,
): readonly PrefixClaim[] => {
  const prefix = prefixIn(body.subnet);
  return prefix ? claimsOn(prefix, delegatedBy(body), by) : [];
};

/**
 * The claims that lose, with the winner of each. A loser keeps nobody else from what it did not get, and gets what it asks for anew as a whole or
 * not at all. Kea takes a prefix of one link that another delegates in silence, and gives one address to two clients.
 */
export function* settlePrefixes(
  claims: readonly PrefixClaim[],
  memory: Pick<CompileMemory, 'claims' | 'losers'>,
): Steps<ReadonlyMap<ObjectRef, Rejection>> {
  if (same(claims, memory.claims)) return memory.losers;
  const losers = new Map<ObjectRef, Rejection>();
  let before: number;
  do {
    yield;
    before = losers.size;
    settleOnce(
      claims.filter((claim) => counts(claim, losers)),
      losers,
    );
    // The rows of a loser stay, and with them what it was to give up.
  } while (losers.size > before && claims.some((claim) => claim.isLeft && counts(claim, losers)));
  memory.claims = claims;
  memory.losers = losers;
  return losers;
}

/** Whether a claim keeps others away, once it is known who loses. */
const counts = ({ owner, tier, isLeft }: PrefixClaim, losers: ReadonlyMap<ObjectRef, Rejection>): boolean => {
  const loses = owner !== undefined && losers.has(owner.ref);
  return isLeft ? loses : tier < 2 || !loses;
};

/** Finds more losers. */
const settleOnce = (claims: readonly PrefixClaim[], losers: Map<ObjectRef, Rejection>): void => {
  const contested = overlapping(claims).flat().sort(byPreference);
  const held = rangeSet<PrefixClaim>();
  for (let index = 0; index < contested.length;) {
    const together = contested.slice(index, endOfWish(contested, index));
    index += together.length;
    const owner = together[0]?.owner;
    if (owner && losers.has(owner.ref) && together[0]?.tier === 2) continue;
    const lose = together
      .map((claim) => {
        const winner = held.allOverlapping(claim.prefix).find((other) => isInTheWay(claim, other));
        return winner && { claim, winner };
      })
      .find((found) => found !== undefined);
    if (!lose) {
      for (const claim of together) hold(held, claim);
    } else if (owner && !lose.claim.keeper && !losers.has(owner.ref)) {
      losers.set(owner.ref, lost(lose.claim, lose.winner));
    }
  }
};

/** What one keeps for a client is in the way of a new pool of his own too, out of which clients get prefixes of another length. */
const isInTheWay = ({ owner, tier, delegatedLen }: PrefixClaim, other: PrefixClaim): boolean =>
  !owner ||
  other.owner !== owner ||
  (other.keeper !== undefined && tier === 2 && delegatedLen !== undefined && delegatedLen !== other.delegatedLen);

/** Enters what is left of it beside claims of the same owner: what one delegates may be a part of the prefix of his link. */
const hold = (held: RangeSet<PrefixClaim>, claim: PrefixClaim): void => {
  const own = held.allOverlapping(claim.prefix).map(({ prefix }) => prefix);
  for (const part of own.length === 0 ? [claim.prefix] : without(claim.prefix, own)) held.add(part, claim);
};

/** Behind the claims that are granted together: all that an owner asks for anew, else one. */
const endOfWish = (claims: readonly PrefixClaim[], start: number): number => {
  const first = claims[start];
  let end = start + 1;
  if (first?.tier !== 2) return end;
  while (claims[end]?.tier === 2 && claims[end]?.owner === first.owner) end++;
  return end;
};

/** Claims of several owners that are in each other's way, directly or through others: nearly all are in nobody's. */
const overlapping = (claims: readonly PrefixClaim[]): readonly PrefixClaim[][] => {
  const sorted = claims.map((claim, index) => ({ claim, index, prefix: claim.prefix }));
  sorted.sort((a, b) => compareAddresses(a.prefix.first, b.prefix.first));
  const found: PrefixClaim[][] = [];
  let cluster: typeof sorted = [];
  let last = -1n;
  for (const entry of [...sorted, undefined]) {
    if (entry && entry.prefix.first <= last) {
      cluster.push(entry);
    } else {
      // In the order in which they were given: of equals the first is preferred.
      if (
        cluster.some(
          ({ claim: { owner, keeper } }) => keeper !== undefined || !owner || owner !== cluster[0]?.claim.owner,
        )
      ) {
        found.push(cluster.sort((a, b) => a.index - b.index).map(({ claim }) => claim));
      }
      cluster = entry ? [entry] : [];
    }
    if (entry && entry.prefix.last > last) last = entry.prefix.last;
  }
  return found;
};

/** What nobody of the pair asks for goes before what somebody does. */
const byPreference = (a: PrefixClaim, b: PrefixClaim): number =>
  a.tier - b.tier || (a.owner && b.owner ? byAge(a.owner, b.owner) : Number(!b.owner) - Number(!a.owner));

const lost = (claim: PrefixClaim, winner: PrefixClaim): Rejection => {
  const { field, prefix } = claim;
  const isOfLinks = claim.delegatedLen === undefined && winner.delegatedLen === undefined;
  const reason = isOfLinks ? 'PrefixOverlap' : 'DelegationOverlap';
  const what = whatIs(winner);
  if (winner.keeper !== undefined) {
    const message = `${field}: ${prefix.text} overlaps ${winner.prefix.text}, which ${nameOf(winner.keeper)} keeps for a client: choose a prefix that does not overlap`;
    return reject(reason, message, winner.keeper);
  }
  if (winner.vanished !== undefined) {
    const message = `${field}: ${prefix.text} overlaps ${what} of ${nameOf(winner.vanished)}, which is gone and whose leases are still active: see the condition Programmed of the HAPair, or choose another prefix`;
    return reject(reason, message);
  }
  if (!winner.owner) {
    const message = `${field}: ${prefix.text} overlaps ${what}, a row of the database that the operator did not write: choose another prefix, or remove the row`;
    return reject(reason, message);
  }
  const { ref } = winner.owner;
  const name = nameOf(ref);
  if (winner.owner.isDeleting && winner.owner.policy !== 'Orphan') {
    const goes = winner.owner.policy === 'Drain' ? 'is being drained' : 'is being deleted';
    const isSame = isOfLinks && winner.prefix.text === prefix.text;
    const message = `${field}: ${prefix.text} ${isSame ? 'is' : 'overlaps'} ${isSame ? 'the prefix' : what} of ${name}, which ${goes} and has the prefix until its last lease has ended: wait for that, or choose another prefix`;
    return reject(isSame ? 'PrefixConflict' : reason, message, ref);
  }
  const why = winner.tier === 0 ? 'which serves clients already' : 'which is older';
  return isOfLinks && winner.prefix.text === prefix.text
    ? reject('PrefixConflict', `cidr: ${prefix.text} is the prefix of ${name}, ${why}: delete one of them`, ref)
    : reject(
        reason,
        `${field}: ${prefix.text} overlaps ${what} of ${name}, ${why}: choose a prefix that does not overlap`,
        ref,
      );
};

/** The prefix of a claim, for people. */
export const whatIs = ({ prefix, delegatedLen }: PrefixClaim): string =>
  delegatedLen === undefined ? prefix.text : `the pdPool ${prefix.text}`;

/** The claims that count, by what they overlap. Prefixes lie in each other, or apart. */
export const claimsIn = ({
  claims,
  losers,
}: Pick<CompileMemory, 'claims' | 'losers'>): ((range: Range) => readonly PrefixClaim[]) => {
  const counting = claims.filter((claim) => counts(claim, losers));
  const sorted = counting.toSorted(
    (a, b) => compareAddresses(a.prefix.first, b.prefix.first) || compareAddresses(b.prefix.last, a.prefix.last),
  );
  /** Of each the place of the one that it lies in. */
  const around: number[] = [];
  const open: number[] = [];
  for (const [index, { prefix }] of sorted.entries()) {
    while (open.length > 0 && (sorted[open.at(-1) ?? 0]?.prefix.last ?? 0n) < prefix.first) open.pop();
    around.push(open.at(-1) ?? -1);
    open.push(index);
  }
  return ({ first, last }) => {
    const found: PrefixClaim[] = [];
    const start = firstFrom(sorted, first);
    for (let index = start - 1; index >= 0; index = around[index] ?? -1) {
      const claim = sorted[index];
      if (claim && claim.prefix.last >= first) found.unshift(claim);
    }
    for (const claim of sorted.slice(start)) {
      if (claim.prefix.first > last) break;
      found.push(claim);
    }
    return found;
  };
};

/** The index of the first that does not begin below the address. */
const firstFrom = (sorted: readonly PrefixClaim[], address: bigint): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.prefix.first ?? 0n) < address) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Reasons of a verdict that another pair gave and that only says who won: such a Subnet still has its claim. */
const CONFLICTS: ReadonlySet<unknown> = new Set(['PrefixConflict', 'PrefixOverlap', 'DelegationOverlap']);

/**
 * The claims of a Subnet that another pair of the namespace serves. That pair's rows are not seen from here, but its verdict
 * is: a Subnet that is programmed, or whose earlier rows are kept, serves clients; one that is rejected for a fault of its
 * own claims nothing.
 */
export const claimsElsewhere = (owner: SubnetChild): readonly PrefixClaim[] => {
  const { prefix, object, isDeleting } = owner;
  if (!prefix) return [];
  const delegated = delegatedIn(object.spec);
  if (servesClients(owner)) return claimsOn(prefix, delegated, { owner, tier: 0 });
  const accepted = conditionOf(object, 'Accepted');
  const outOfRace = accepted?.status === 'False' && !CONFLICTS.has(accepted.reason);
  return outOfRace || isDeleting ? [] : claimsOn(prefix, delegated, { owner, tier: 2 });
};

const servesClients = ({ object, knownId }: SubnetChild): boolean => {
  const programmed = conditionOf(object, 'Programmed');
  if (programmed?.status === 'True' || programmed?.reason === 'AwaitingServers') return true;
  // The id stands in the status of a rejected Subnet only while its earlier row is kept.
  return programmed?.reason === 'NotAccepted' && knownId !== undefined;
};

/** Rows that the servers of the pair load beside ours, and that no object takes over. */
export const foreignClaims = (pass: CompilePass, adopted: ReadonlySet<string>): readonly PrefixClaim[] => {
  const { serverTag } = pass.surroundings;
  return pass.rows.foreignSubnets.flatMap(({ item, serverTags }) => {
    const loaded = serverTags.includes(serverTag) || serverTags.includes('all');
    const isAdopted = adopted.has(prefixIn(item.body.subnet)?.text ?? '');
    return loaded && !isAdopted ? claimsOfBody(item.body, { tier: 1 }) : [];
  });
};

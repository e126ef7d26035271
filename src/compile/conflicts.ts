/** Whose a prefix is. */
import { compareAddresses, type Prefix, prefixIn, rangeSet } from '../kea/address.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Steps } from '../kea/steps.ts';
import { byAge, type SubnetChild } from './child.ts';
import { type CompileMemory, same } from './memory.ts';
import { conditionOf, nameOf, reject } from './objects.ts';
import type { CompilePass } from './pass.ts';
import type { Rejection } from './types.ts';

/** Who wins: what serves clients now, then rows of the database that nobody wrote for us, then the oldest, then the name. */
type Tier = 0 | 1 | 2;

/** Somebody who wants a prefix for himself. */
export interface PrefixClaim {
  readonly prefix: Prefix;
  /** Absent for a row that the operator did not write, or whose Subnet vanished. */
  readonly owner?: SubnetChild;
  /** The Subnet that had the row. */
  readonly vanished?: ObjectRef;
  readonly tier: Tier;
}

/** The claims that lose, with the winner of each. A loser keeps nobody else from what it did not get. */
export function* settlePrefixes(
  claims: readonly PrefixClaim[],
  memory: Pick<CompileMemory, 'claims' | 'losers'>,
): Steps<ReadonlyMap<ObjectRef, Rejection>> {
  if (same(claims, memory.claims)) return memory.losers;
  const losers = new Map<ObjectRef, Rejection>();
  yield;
  for (const together of overlapping(claims)) {
    const held = rangeSet<PrefixClaim>();
    for (const claim of together.sort(byPreference)) {
      const winner = held.add(claim.prefix, claim);
      if (winner && claim.owner) losers.set(claim.owner.ref, lost(claim.prefix, winner));
    }
  }
  memory.claims = claims;
  memory.losers = losers;
  return losers;
}

/** Claims that are in each other's way, directly or through others: nearly all are in nobody's. */
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
      if (cluster.length > 1) found.push(cluster.sort((a, b) => a.index - b.index).map(({ claim }) => claim));
      cluster = entry ? [entry] : [];
    }
    if (entry && entry.prefix.last > last) last = entry.prefix.last;
  }
  return found;
};

const byPreference = (a: PrefixClaim, b: PrefixClaim): number =>
  a.tier - b.tier || (a.owner && b.owner ? byAge(a.owner, b.owner) : 0);

const lost = (prefix: Prefix, winner: PrefixClaim): Rejection => {
  const same = winner.prefix.text === prefix.text;
  if (winner.vanished !== undefined) {
    const message = `cidr: ${prefix.text} overlaps ${winner.prefix.text} of ${nameOf(winner.vanished)}, which is gone and whose leases are still active: see the condition Programmed of the HAPair, or choose another prefix`;
    return reject('PrefixOverlap', message);
  }
  if (!winner.owner) {
    const message = `cidr: ${prefix.text} overlaps ${winner.prefix.text}, a row of the database that the operator did not write: choose another prefix, or remove the row`;
    return reject('PrefixOverlap', message);
  }
  const { ref } = winner.owner;
  const why = winner.tier === 0 ? 'which serves clients already' : 'which is older';
  const name = nameOf(ref);
  return same
    ? reject('PrefixConflict', `cidr: ${prefix.text} is the prefix of ${name}, ${why}: delete one of them`, ref)
    : reject(
        'PrefixOverlap',
        `cidr: ${prefix.text} overlaps ${winner.prefix.text} of ${name}, ${why}: choose a prefix that does not overlap`,
        ref,
      );
};

/** Reasons of a verdict that another pair gave and that only says who won: such a Subnet still has its claim. */
const CONFLICTS: ReadonlySet<unknown> = new Set(['PrefixConflict', 'PrefixOverlap']);

/**
 * The claim of a Subnet that another pair of the namespace serves. That pair's rows are not seen from here, but its verdict
 * is: a Subnet that is programmed, or whose earlier rows are kept, serves clients; one that is rejected for a fault of its
 * own claims nothing.
 */
export const claimElsewhere = (owner: SubnetChild): PrefixClaim | undefined => {
  const { prefix, object, isDeleting } = owner;
  if (!prefix) return undefined;
  if (servesClients(owner)) return { prefix, owner, tier: 0 };
  const accepted = conditionOf(object, 'Accepted');
  const outOfRace = accepted?.status === 'False' && !CONFLICTS.has(accepted.reason);
  return outOfRace || isDeleting ? undefined : { prefix, owner, tier: 2 };
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
    const prefix = prefixIn(item.body.subnet);
    const loaded = serverTags.includes(serverTag) || serverTags.includes('all');
    return prefix && loaded && !adopted.has(prefix.text) ? [{ prefix, tier: 1 as const }] : [];
  });
};

import { type SubnetSpec, UNUSABLE } from '../api/subnet.ts';
import { overlaps, parsePrefix, type Prefix } from '../kea/address.ts';
import { canonicalSubnet } from '../kea/canonical.ts';
import type { Subnet4 } from '../kea/state.ts';
import type { SubnetChild } from './child.ts';
import { claimElsewhere, foreignClaims, type PrefixClaim, settlePrefixes } from './conflicts.ts';
import { inherited, type Level } from './inherit.ts';
import { levelsOf } from './homes.ts';
import { itemWithoutLookups } from './lookups.ts';
import { checkNetworkPart, type Checked } from './networkPart.ts';
import { networkLevel } from './networks.ts';
import { nameOf, reject } from './objects.ts';
import { checkPools } from './pools.ts';
import { beingDeleted, checkForeign, parentRejected } from './refusals.ts';
import { accept, deletionOf, keepRows, markedBy, refuse, type Turn } from './turn.ts';
import type { ActiveLeases, Deletion, Rejection, Warning } from './types.ts';
import { judgeVanished, keepVanished, type KeptRow } from './vanished.ts';

/** A Subnet that is right in itself: all but its id. */
interface Candidate {
  readonly subnet: SubnetChild;
  readonly prefix: Prefix;
  readonly body: Omit<Subnet4, 'id'>;
  readonly warnings: readonly Warning[];
}

/** Judges the Subnets of the pair, oldest first, and the rows of those that vanished. */
export function compileSubnets(turn: Turn): void {
  const candidates: Candidate[] = [];
  const kept: PrefixClaim[] = [];
  const vanished = judgeVanished(turn);
  for (const subnet of turn.snapshot.subnets) {
    const { ref } = subnet;
    const deletion = deletionOfSubnet(turn, subnet);
    if (deletion) turn.deletions.set(ref, deletion);
    if (deletion?.state === 'leaving') continue;
    if (deletion?.state === 'orphaned') {
      turn.orphans.add(ref);
      kept.push(...claimsOfRows(turn, subnet));
      continue;
    }
    const checked = checkSubnet(turn, subnet);
    if ('value' in checked) {
      candidates.push(checked.value);
      continue;
    }
    refuse(turn, ref, checked.rejection);
    kept.push(...claimsOfRows(turn, subnet));
  }
  const taken = new Set(candidates.map(({ prefix }) => prefix.text));
  kept.push(...vanished.filter(({ row }) => !taken.has(row.body.subnet)).flatMap(claimOfVanished));
  const winners = settle(turn, candidates, kept);
  for (const candidate of oneInterface(turn, winners)) enter(turn, candidate);
  keepVanished(turn, vanished);
}

function deletionOfSubnet(turn: Turn, subnet: SubnetChild): Deletion | undefined {
  const rows = turn.rows.subnetsOf(subnet.ref);
  const counts = rows.map(({ body }) => turn.surroundings.activeLeases.get(body.id) ?? 'unknown');
  const leases = counts.reduce<ActiveLeases>(
    (sum, count) => (sum === 'unknown' || count === 'unknown' ? 'unknown' : sum + count),
    0,
  );
  return deletionOf(turn, subnet, rows.length > 0, leases);
}

const claimOfVanished = ({ row, object }: KeptRow): readonly PrefixClaim[] => {
  const prefix = parsePrefix(row.body.subnet);
  return prefix ? [{ prefix, vanished: object, tier: 0 as const }] : [];
};

/** The prefixes that the rows of an object occupy, whatever its spec says. */
const claimsOfRows = ({ rows }: Turn, owner: SubnetChild): readonly PrefixClaim[] =>
  rows.subnetsOf(owner.ref).flatMap(({ body }) => {
    const prefix = parsePrefix(body.subnet);
    return prefix ? [{ prefix, owner, tier: 0 as const }] : [];
  });

function checkSubnet(turn: Turn, subnet: SubnetChild): Checked<Candidate> {
  const { facts } = turn;
  const { parsed } = subnet;
  if ('rejection' in parsed) return parsed;
  const { spec } = parsed;
  const outer = levelsAbove(turn, subnet, spec);
  if ('rejection' in outer) return outer;
  const prefix = parsePrefix(spec.cidr);
  if (!prefix?.canonical) {
    const message = `cidr: ${spec.cidr} is not a network address${prefix ? `: write ${prefix.text}` : ''}`;
    return { rejection: reject('InvalidSpec', message) };
  }
  const unusable = checkUsable(prefix);
  if (unusable) return { rejection: unusable };
  const part = checkNetworkPart(facts, spec, outer.value);
  if ('rejection' in part) return part;
  const pools = checkPools(facts, prefix, spec.pools);
  if ('rejection' in pools) return pools;
  const what = `a subnet with the prefix ${prefix.text}`;
  const row = turn.rows.foreignSubnet(prefix.text);
  const rejection =
    checkAuthoritative(spec, outer.value) ??
    checkForeign(turn, subnet, { what, conflict: 'PrefixConflict', row }) ??
    turn.surroundings.ids.refused.get(subnet.ref);
  if (rejection) return { rejection };
  const { fields, warnings } = part.value;
  const { id: _, ...body } = canonicalSubnet({
    ...fields,
    id: 0,
    subnet: prefix.text,
    pools: pools.value,
    'shared-network-name': spec.sharedNetworkRef?.name,
  });
  return { value: { subnet, prefix, body, warnings } };
}

/** The API server refuses new ones; some are older than its rule. */
function checkUsable(prefix: Prefix): Rejection | undefined {
  for (const [text, what] of Object.entries(UNUSABLE)) {
    const unusable = parsePrefix(text);
    if (!unusable || !overlaps(prefix, unusable)) continue;
    const message = `cidr: ${prefix.text} overlaps ${text} (${what}), of which no host can have an address: delete the Subnet and create it with another prefix`;
    return reject('InvalidSpec', message);
  }
  return undefined;
}

/** The levels that a Subnet inherits from, the nearest first; refused where its parent is not there for it. */
function levelsAbove(turn: Turn, { ref }: SubnetChild, spec: SubnetSpec): Checked<readonly Level[]> {
  const { facts, rows } = turn;
  const hasRows = rows.subnetsOf(ref).length > 0;
  if (facts.deleting && !hasRows) {
    return { rejection: beingDeleted('haPairRef', 'HAPair', turn.snapshot.pair.metadata.name) };
  }
  const { haPairRef, sharedNetworkRef } = spec;
  if (!sharedNetworkRef) return { value: [facts.globals] };
  if (haPairRef) {
    return { rejection: reject('InvalidSpec', 'give exactly one of haPairRef or sharedNetworkRef') };
  }
  const { name } = sharedNetworkRef;
  const network = turn.snapshot.network(name);
  if (network && network.isDeleting && !hasRows) {
    return { rejection: beingDeleted('sharedNetworkRef', 'SharedNetwork', name) };
  }
  const level = networkLevel(turn, name);
  if (level) return { value: [level, facts.globals] };
  const verdict = network && turn.verdicts.get(network.ref);
  const why = verdict?.accepted === false ? verdict.message : 'it is being deleted';
  return { rejection: parentRejected('sharedNetworkRef', 'SharedNetwork', name, why) };
}

/**
 * Kea demands that a subnet of a shared network has the `authoritative` that is in effect for the network ("Subnet … has different
 * authoritative setting …"); a pull does not look.
 */
function checkAuthoritative({ authoritative, sharedNetworkRef }: SubnetSpec, outer: readonly Level[]) {
  const ofNetwork = inherited(outer, 'authoritative') ?? false;
  if (!sharedNetworkRef || authoritative === undefined || authoritative === ofNetwork) return undefined;
  const message = `authoritative: ${authoritative} here, and ${ofNetwork} in SharedNetwork ${sharedNetworkRef.name}: Kea refuses a shared network with both; leave it out here, or set it in the SharedNetwork`;
  return reject('AuthoritativeMismatch', message);
}

/** Lets each prefix belong to one Subnet. */
function settle(turn: Turn, candidates: readonly Candidate[], kept: readonly PrefixClaim[]): readonly Candidate[] {
  const adopted = candidates.filter(({ subnet }) => subnet.adopts).map(({ prefix }) => prefix.text);
  const losers = settlePrefixes([
    ...kept,
    ...candidates.map((candidate) => claimOf(turn, candidate)),
    ...turn.snapshot.elsewhere.map(claimElsewhere).filter((claim) => claim !== undefined),
    ...foreignClaims(turn, new Set(adopted)),
  ]);
  return candidates.filter(({ subnet: { ref } }) => {
    const lost = losers.get(ref);
    if (lost) refuse(turn, ref, lost);
    return !lost;
  });
}

function claimOf({ rows }: Turn, { subnet: owner, prefix }: Candidate): PrefixClaim {
  const serves = rows.subnetsOf(owner.ref).some(({ body }) => body.subnet === prefix.text);
  return { prefix, owner, tier: serves ? 0 : 2 };
}

/**
 * Kea demands one interface of all subnets of a shared network, the network's own where it has one; a pull does not look.
 * Rows that serve with an interface go first: who changes his alone loses, who changes all of them wins.
 */
function* oneInterface(turn: Turn, candidates: readonly Candidate[]): Generator<Candidate> {
  const first = new Map<string, { readonly name: string; readonly by: string }>();
  const enroll = (network: string | undefined, name: string | undefined, by: string) => {
    if (network === undefined || name === undefined) return undefined;
    const known = first.get(network);
    if (!known) first.set(network, { name, by });
    return known?.name === name ? undefined : known;
  };
  for (const { body } of turn.networks.values()) enroll(body.name, body.interface, `SharedNetwork ${body.name}`);
  for (const { body, marker } of turn.subnets.values()) {
    enroll(body['shared-network-name'], body.interface, marker ? nameOf(marker.object) : body.subnet);
  }
  const serving = ({ subnet: { ref }, body }: Candidate) =>
    turn.rows.subnetsOf(ref).some((row) => row.body.interface === body.interface);
  for (const candidate of [...candidates.filter(serving), ...candidates.filter((one) => !serving(one))]) {
    const { body } = candidate;
    const { ref } = candidate.subnet;
    const other = enroll(body['shared-network-name'], body.interface, nameOf(ref));
    if (!other) {
      yield candidate;
      continue;
    }
    const message = `interface: ${body.interface ?? ''} is not ${other.name}, which ${other.by} names: all subnets of a shared network are on one link; name it here too, or leave interface out`;
    refuse(turn, ref, reject('InterfaceMismatch', message));
  }
}

/** Puts an accepted Subnet into the wish, once its id is known. */
function enter(turn: Turn, { subnet, body, warnings }: Candidate): void {
  const { ref } = subnet;
  accept(turn, ref, warnings);
  const id = turn.surroundings.ids.ids.get(ref);
  if (id === undefined) {
    turn.pending.add(ref);
    turn.waiting.set(ref, body);
    keepRows(turn, ref);
    return;
  }
  turn.subnetIds.set(ref, id);
  turn.subnets.set(id, itemWithoutLookups(markedBy(ref, subnet.object), { ...body, id }, levelsOf(turn, ref, body)));
}

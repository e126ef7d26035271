/** Subnets, each by itself and beside the others. */
import { type SubnetSpec, UNUSABLE } from '../api/subnet.ts';
import { overlaps, parsePrefix, type Prefix } from '../kea/address.ts';
import { canonicalSubnet } from '../kea/canonical.ts';
import type { Item, SubnetBody } from '../kea/state.ts';
import type { Steps } from '../kea/steps.ts';
import type { SubnetChild } from './child.ts';
import { claimElsewhere, foreignClaims, type PrefixClaim, settlePrefixes } from './conflicts.ts';
import { levelsOf } from './homes.ts';
import { inherited, type Level } from './inherit.ts';
import { itemWithoutLookups } from './lookups.ts';
import { prune, SLICE, SubnetMemory } from './memory.ts';
import { checkNetworkPart, type Checked } from './networkPart.ts';
import { networkLevel } from './networks.ts';
import { nameOf, reject } from './objects.ts';
import { checkPools } from './pools.ts';
import { beingDeleted, checkForeign, existenceOf, parentRejected } from './refusals.ts';
import { accept, deletionOf, keepRows, markedBy, refuse, type Turn } from './turn.ts';
import type { ActiveLeases, Deletion, Rejection, Warning } from './types.ts';
import { judgeVanished, keepVanished, type KeptRow } from './vanished.ts';

/** A Subnet that is right in itself: all but its id. */
export interface Candidate {
  readonly subnet: SubnetChild;
  readonly prefix: Prefix;
  readonly body: Omit<SubnetBody, 'id'>;
  readonly warnings: readonly Warning[];
}

type Rows = readonly Item<SubnetBody>[];

/** A candidate with the rows that it has, and what is remembered of it. */
export interface Runner extends Candidate {
  readonly rows: Rows;
  readonly memory: SubnetMemory;
}

/** Judges the Subnets of the pair, oldest first, and the rows of those that vanished. */
export function* compileSubnets(turn: Turn): Steps<void> {
  const { snapshot, subnetMemories, rows: index } = turn;
  const runners: Runner[] = [];
  const kept: PrefixClaim[] = [];
  const vanished = judgeVanished(turn);
  for (const [at, subnet] of snapshot.subnets.entries()) {
    if (at % SLICE === 0) yield;
    const { ref } = subnet;
    const rows = index.subnetsOf(ref);
    const deletion = subnet.isDeleting ? deletionOfSubnet(turn, subnet, rows) : undefined;
    if (deletion) turn.deletions.set(ref, deletion);
    if (deletion?.state === 'leaving') continue;
    if (deletion?.state === 'orphaned') {
      turn.orphans.add(ref);
      kept.push(...claimsOfRows(rows, subnet));
      continue;
    }
    const memory = subnetMemories[at] ?? new SubnetMemory();
    const checked = checkAgain(turn, subnet, rows, memory);
    if ('value' in checked) {
      runners.push({ ...checked.value, rows, memory });
      continue;
    }
    refuse(turn, ref, checked.rejection);
    kept.push(...claimsOfRows(rows, subnet));
  }
  if (vanished.length > 0) {
    const taken = new Set(runners.map(({ prefix }) => prefix.text));
    kept.push(...vanished.filter(({ row }) => !taken.has(row.body.subnet)).flatMap(claimOfVanished));
  }
  const winners = yield* settle(turn, runners, kept);
  yield;
  let entered = 0;
  for (const runner of oneInterface(turn, winners)) {
    if (entered++ % SLICE === 0) yield;
    enter(turn, runner);
  }
  keepVanished(turn, vanished);
}

function deletionOfSubnet(turn: Turn, subnet: SubnetChild, rows: Rows): Deletion | undefined {
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
const claimsOfRows = (rows: Rows, owner: SubnetChild): readonly PrefixClaim[] =>
  rows.flatMap(({ body }) => {
    const prefix = parsePrefix(body.subnet);
    return prefix ? [{ prefix, owner, tier: 0 as const }] : [];
  });

/** What was found in the last pass, where nothing that it was found by is another. */
export function checkAgain(turn: Turn, subnet: SubnetChild, rows: Rows, memory: SubnetMemory): Checked<Candidate> {
  const { parent, prefix, ref } = subnet;
  const name = parent?.kind === 'SharedNetwork' ? parent.name : undefined;
  const network = name === undefined ? undefined : turn.snapshot.network(name);
  const level = name === undefined ? undefined : networkLevel(turn, name);
  const row = prefix && turn.rows.foreignSubnet(prefix.text);
  const inputs = [
    subnet,
    turn.facts,
    rows.length > 0,
    network,
    network && turn.verdicts.get(network.ref),
    level,
    row,
    turn.surroundings.ids.refused.get(ref),
    ...existenceOf(row),
  ];
  return memory.checked.of(inputs, () => checkSubnet(turn, subnet));
}

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
function* settle(turn: Turn, runners: readonly Runner[], kept: readonly PrefixClaim[]): Steps<readonly Runner[]> {
  const adopted = runners.filter(({ subnet }) => subnet.adopts).map(({ prefix }) => prefix.text);
  const claims = [...kept, ...runners.map(claimOf), ...claimsElsewhere(turn), ...foreignClaims(turn, new Set(adopted))];
  yield;
  const losers = yield* settlePrefixes(claims, turn.memory);
  if (losers.size === 0) return runners;
  return runners.filter(({ subnet: { ref } }) => {
    const lost = losers.get(ref);
    if (lost) refuse(turn, ref, lost);
    return !lost;
  });
}

export function claimOf({ subnet: owner, prefix, rows, memory }: Runner): PrefixClaim {
  const tier = rows.some(({ body }) => body.subnet === prefix.text) ? 0 : 2;
  return memory.claim.of([owner, tier], () => ({ prefix, owner, tier }));
}

function claimsElsewhere({ snapshot: { elsewhere }, memory }: Turn): readonly PrefixClaim[] {
  const claims = elsewhere.flatMap((subnet) => {
    if (!memory.elsewhere.has(subnet)) memory.elsewhere.set(subnet, claimElsewhere(subnet));
    return memory.elsewhere.get(subnet) ?? [];
  });
  if (memory.elsewhere.size > elsewhere.length) prune(memory.elsewhere, new Set(elsewhere));
  return claims;
}

/**
 * Kea demands one interface of all subnets of a shared network, the network's own where it has one; a pull does not look.
 * Rows that serve with an interface go first: who changes his alone loses, who changes all of them wins.
 */
function* oneInterface(turn: Turn, runners: readonly Runner[]): Generator<Runner> {
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
  for (const runner of runners) runner.memory.serves = serves(runner);
  const serving = new Set(runners.filter(({ memory }) => memory.serves));
  for (const runner of [...serving, ...runners.filter((one) => !serving.has(one))]) {
    const { body } = runner;
    const { ref } = runner.subnet;
    const other = enroll(body['shared-network-name'], body.interface, nameOf(ref));
    if (!other) {
      yield runner;
      continue;
    }
    const message = `interface: ${body.interface ?? ''} is not ${other.name}, which ${other.by} names: all subnets of a shared network are on one link; name it here too, or leave interface out`;
    refuse(turn, ref, reject('InterfaceMismatch', message));
  }
}

/** Whether clients are served on the interface already that the Subnet names. */
export const serves = ({ rows, body }: Runner): boolean => rows.some((row) => row.body.interface === body.interface);

/** Puts an accepted Subnet into what is desired, once its id is known. */
function enter(turn: Turn, { subnet, body, warnings, memory }: Runner): void {
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
  turn.subnets.set(id, itemFor(turn, { subnet, body, memory }, id));
}

/** The row of an accepted Subnet, as long as no reservation is known. */
export function itemFor(
  turn: Turn,
  { subnet, body, memory }: Pick<Runner, 'subnet' | 'body' | 'memory'>,
  id: number,
): Item<SubnetBody> {
  const { ref, object, policy } = subnet;
  const network = networkLevel(turn, body['shared-network-name'] ?? '');
  return memory.item.of([subnet, body, id, network, turn.facts.globals], () =>
    itemWithoutLookups(markedBy(ref, object, policy), { ...body, id }, levelsOf(turn, ref, body)),
  );
}

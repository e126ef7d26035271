/** Subnets, each by itself and beside the others. */
import { type SubnetSpec, UNUSABLE } from '../api/subnet.ts';
import { overlaps, parsePrefix, type Prefix, prefixIn } from '../kea/address.ts';
import { canonicalSubnet } from '../kea/canonical.ts';
import { ipFamilyOf } from '../kea/families.ts';
import type { Item, SubnetBody } from '../kea/state.ts';
import type { Steps } from '../kea/steps.ts';
import type { SubnetChild } from './child.ts';
import { claimsOf, claimsOfOthers, claimsOfReservations, claimsOfRows, claimsOfVanished } from './claims.ts';
import { foreignClaims, type PrefixClaim, settlePrefixes } from './conflicts.ts';
import { drainOf, enterDraining } from './draining.ts';
import { checkServed } from './facts.ts';
import { levelsOf } from './homes.ts';
import { inherited, type InheritedLevel } from './inherit.ts';
import { itemWithoutLookups } from './lookups.ts';
import { SLICE, SubnetMemory } from './memory.ts';
import { type Checked, checkNetworkPart } from './networkPart.ts';
import { networkLevel } from './networks.ts';
import { nameOf, reject } from './objects.ts';
import { accept, type CompilePass, deletionOf, keepRows, markedBy, refuse } from './pass.ts';
import { checkPdPools } from './pdPools.ts';
import { checkPools } from './pools.ts';
import { beingDeleted, checkForeign, existenceOf, parentRejected } from './refusals.ts';
import type { ActiveLeases, Deletion, Rejection, Warning } from './types.ts';
import { judgeVanished, keepVanished } from './vanished.ts';

/** A Subnet that is right in itself: all but its id. */
export interface SubnetCandidate {
  readonly subnet: SubnetChild;
  readonly prefix: Prefix;
  readonly body: Omit<SubnetBody, 'id'>;
  readonly warnings: readonly Warning[];
}

type Rows = readonly Item<SubnetBody>[];

/** A candidate with the rows that it has, and what is remembered of it. */
export interface Runner extends SubnetCandidate {
  readonly rows: Rows;
  readonly memory: SubnetMemory;
}

/** Judges the Subnets of the pair, oldest first, and the rows of those that vanished. */
export function* compileSubnets(pass: CompilePass): Steps<void> {
  const { snapshot, subnetMemories, rows: index } = pass;
  const runners: Runner[] = [];
  const kept: PrefixClaim[] = [];
  const vanished = judgeVanished(pass);
  for (const [at, subnet] of snapshot.subnets.entries()) {
    if (at % SLICE === 0) yield;
    const { ref } = subnet;
    const rows = index.subnetsOf(ref);
    const deletion = subnet.isDeleting ? deletionOfSubnet(pass, subnet, rows) : undefined;
    if (deletion) pass.deletions.set(ref, deletion);
    if (deletion?.state === 'leaving') continue;
    if (deletion?.state === 'draining') {
      enterDraining(pass, subnet, rows);
      kept.push(...claimsOfRows(rows, subnet));
      continue;
    }
    if (deletion?.state === 'orphaned') {
      pass.orphans.add(ref);
      kept.push(...claimsOfRows(rows, subnet));
      continue;
    }
    const memory = subnetMemories[at] ?? new SubnetMemory();
    const checked = checkAgain(pass, subnet, rows, memory);
    if ('value' in checked) {
      runners.push({ ...checked.value, rows, memory });
      continue;
    }
    refuse(pass, ref, checked.rejection);
    kept.push(...claimsOfRows(rows, subnet));
  }
  if (vanished.length > 0) {
    const taken = new Set(runners.map(({ prefix }) => prefix.text));
    kept.push(...vanished.filter(({ row }) => !taken.has(row.body.subnet)).flatMap(claimsOfVanished));
  }
  const winners = yield* settle(pass, runners, kept);
  yield;
  let entered = 0;
  for (const runner of oneInterface(pass, winners)) {
    if (entered++ % SLICE === 0) yield;
    enter(pass, runner);
  }
  keepVanished(pass, vanished);
}

const deletionOfSubnet = (pass: CompilePass, subnet: SubnetChild, rows: Rows): Deletion | undefined => {
  const drain = drainOf(pass, subnet, rows);
  if (drain) return drain;
  const counts = rows.map(({ body }) => pass.surroundings.activeLeases.get(body.id) ?? 'unknown');
  const leases = counts.reduce<ActiveLeases>(
    (sum, count) => (sum === 'unknown' || count === 'unknown' ? 'unknown' : sum + count),
    0,
  );
  return deletionOf(pass, subnet, rows.length > 0, leases);
};

/** What was found in the last pass, where nothing that it was found by is another. */
export const checkAgain = (
  pass: CompilePass,
  subnet: SubnetChild,
  rows: Rows,
  memory: SubnetMemory,
): Checked<SubnetCandidate> => {
  const { parent, prefix, ref } = subnet;
  const name = parent?.kind === 'SharedNetwork' ? parent.name : undefined;
  const network = name === undefined ? undefined : pass.snapshot.network(name);
  const level = name === undefined ? undefined : networkLevel(pass, name);
  const row = prefix && pass.rows.foreignSubnet(prefix.text);
  const inputs = [
    subnet,
    pass.facts,
    rows.length > 0,
    network,
    network && pass.verdicts.get(network.ref),
    level,
    row,
    pass.surroundings.ids.refused.get(ref),
    ...existenceOf(row),
  ];
  return memory.checked.of(inputs, () => checkSubnet(pass, subnet));
};

const checkSubnet = (pass: CompilePass, subnet: SubnetChild): Checked<SubnetCandidate> => {
  const { facts } = pass;
  const { parsed } = subnet;
  if ('rejection' in parsed) return parsed;
  const { spec } = parsed;
  const unserved = checkServed(facts, 'cidr');
  if (unserved) return { rejection: unserved };
  const outer = levelsAbove(pass, subnet, spec);
  if ('rejection' in outer) return outer;
  const prefix = prefixIn(spec.cidr);
  if (!prefix?.canonical) {
    const message = `cidr: ${spec.cidr} is not a network address${prefix ? `: write ${prefix.text}` : ''}`;
    return { rejection: reject('InvalidSpec', message) };
  }
  const unusable = checkUsable(prefix);
  if (unusable) return { rejection: unusable };
  const part = checkNetworkPart(facts, 'Subnet', spec, outer.value);
  if ('rejection' in part) return part;
  const pools = checkPools(facts, prefix, spec.pools);
  if ('rejection' in pools) return pools;
  const pdPools = checkPdPools(facts, prefix, spec);
  if ('rejection' in pdPools) return pdPools;
  const what = `a subnet with the prefix ${prefix.text}`;
  const row = pass.rows.foreignSubnet(prefix.text);
  const rejection =
    checkSameAsNetwork(spec, outer.value) ??
    checkForeign(pass, subnet, { what, conflict: 'PrefixConflict', row }) ??
    pass.surroundings.ids.refused.get(subnet.ref);
  if (rejection) return { rejection };
  const { fields, warnings } = part.value;
  const { id: _, ...body } = canonicalSubnet({
    ...fields,
    id: 0,
    subnet: prefix.text,
    pools: pools.value,
    'pd-pools': pdPools.value,
    'shared-network-name': spec.sharedNetworkRef?.name,
  });
  return { value: { subnet, prefix, body, warnings } };
};

/** The API server refuses new ones; some are older than its rule. */
const checkUsable = (prefix: Prefix): Rejection | undefined => {
  for (const [text, what] of Object.entries(UNUSABLE)) {
    const unusable = parsePrefix(prefix.of, text);
    if (!unusable || !overlaps(prefix, unusable)) continue;
    const message = `cidr: ${prefix.text} overlaps ${text} (${what}), of which no host can have an address: delete the Subnet and create it with another prefix`;
    return reject('InvalidSpec', message);
  }
  return undefined;
};

/** The levels that a Subnet inherits from, the nearest first; refused where its parent is not there for it. */
const levelsAbove = (pass: CompilePass, { ref }: SubnetChild, spec: SubnetSpec): Checked<readonly InheritedLevel[]> => {
  const { facts, rows } = pass;
  const hasRows = rows.subnetsOf(ref).length > 0;
  if (facts.deleting && !hasRows) {
    return { rejection: beingDeleted('haPairRef', 'HAPair', pass.snapshot.pair.metadata.name) };
  }
  const { haPairRef, sharedNetworkRef } = spec;
  if (!sharedNetworkRef) return { value: [facts.globals] };
  if (haPairRef) {
    return { rejection: reject('InvalidSpec', 'give exactly one of haPairRef or sharedNetworkRef') };
  }
  const { name } = sharedNetworkRef;
  const network = pass.snapshot.network(name);
  if (network && network.family !== facts.family) {
    const [own, other] = [ipFamilyOf(facts.family), ipFamilyOf(network.family)];
    const message = `sharedNetworkRef: SharedNetwork ${name} is of ${other}, and cidr of ${own}: name one whose ipFamily is ${own}`;
    return { rejection: reject('FamilyMismatch', message) };
  }
  if (network && network.isDeleting && !hasRows) {
    return { rejection: beingDeleted('sharedNetworkRef', 'SharedNetwork', name) };
  }
  const level = networkLevel(pass, name);
  if (level) return { value: [level, facts.globals] };
  const verdict = network && pass.verdicts.get(network.ref);
  const why = verdict?.accepted === false ? verdict : { message: 'it is being deleted' };
  return { rejection: parentRejected('sharedNetworkRef', 'SharedNetwork', name, why) };
};

/** What all subnets of a shared network must have the same of. */
const SAME_IN_NETWORK = [
  { field: 'authoritative', keyword: 'authoritative', reason: 'AuthoritativeMismatch' },
  { field: 'rapidCommit', keyword: 'rapid-commit', reason: 'RapidCommitMismatch' },
] as const;

/**
 * Kea demands that a subnet of a shared network has the `authoritative`, or `rapid-commit`, that is in effect for the network ("Subnet … has different
 * authoritative setting …"); a pull does not look.
 */
const checkSameAsNetwork = (spec: SubnetSpec, outer: readonly InheritedLevel[]): Rejection | undefined => {
  const { sharedNetworkRef } = spec;
  if (!sharedNetworkRef) return undefined;
  for (const { field, keyword, reason } of SAME_IN_NETWORK) {
    const ofNetwork = inherited(outer, keyword) ?? false;
    const own = spec[field];
    if (own === undefined || own === ofNetwork) continue;
    const message = `${field}: ${own} here, and ${ofNetwork} in SharedNetwork ${sharedNetworkRef.name}: Kea refuses a shared network with both; leave it out here, or set it in the SharedNetwork`;
    return reject(reason, message);
  }
  return undefined;
};

/** Lets each prefix belong to one Subnet. */
function* settle(
  pass: CompilePass,
  runners: readonly Runner[],
  kept: readonly PrefixClaim[],
): Steps<readonly Runner[]> {
  const adopted = runners.filter(({ subnet }) => subnet.adopts).map(({ prefix }) => prefix.text);
  const claims = [
    ...kept,
    ...runners.flatMap(claimsOf),
    ...claimsOfReservations(pass),
    ...claimsOfOthers(pass),
    ...foreignClaims(pass, new Set(adopted)),
  ];
  yield;
  const losers = yield* settlePrefixes(claims, pass.memory);
  if (losers.size === 0) return runners;
  return runners.filter(({ subnet: { ref } }) => {
    const lost = losers.get(ref);
    if (lost) refuse(pass, ref, lost);
    return !lost;
  });
}

/**
 * Kea demands one interface of all subnets of a shared network, the network's own where it has one; a pull does not look.
 * Rows that serve with an interface go first: who changes his alone loses, who changes all of them wins.
 */
function* oneInterface(pass: CompilePass, runners: readonly Runner[]): Generator<Runner> {
  const first = new Map<string, { readonly name: string; readonly by: string }>();
  const enroll = (network: string | undefined, name: string | undefined, by: string) => {
    if (network === undefined || name === undefined) return undefined;
    const known = first.get(network);
    if (!known) first.set(network, { name, by });
    return known?.name === name ? undefined : known;
  };
  for (const { body } of pass.networks.values()) enroll(body.name, body.interface, `SharedNetwork ${body.name}`);
  for (const { body, marker } of pass.subnets.values()) {
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
    refuse(pass, ref, reject('InterfaceMismatch', message));
  }
}

/** Whether clients are served on the interface already that the Subnet names. */
export const serves = ({ rows, body }: Runner): boolean => rows.some((row) => row.body.interface === body.interface);

/** Puts an accepted Subnet into what is desired, once its id is known. */
const enter = (pass: CompilePass, { subnet, body, warnings, memory }: Runner): void => {
  const { ref } = subnet;
  accept(pass, ref, warnings);
  const id = pass.surroundings.ids.ids.get(ref);
  if (id === undefined) {
    pass.pending.add(ref);
    pass.waiting.set(ref, body);
    keepRows(pass, ref);
    return;
  }
  pass.subnetIds.set(ref, id);
  pass.subnets.set(id, itemFor(pass, { subnet, body, memory }, id));
};

/** The row of an accepted Subnet, as long as no reservation is known. */
export const itemFor = (
  pass: CompilePass,
  { subnet, body, memory }: Pick<Runner, 'subnet' | 'body' | 'memory'>,
  id: number,
): Item<SubnetBody> => {
  const { ref, object, policy } = subnet;
  const network = networkLevel(pass, body['shared-network-name'] ?? '');
  return memory.item.of([subnet, body, id, network, pass.facts.globals], () =>
    itemWithoutLookups(markedBy(ref, object, policy), { ...body, id }, levelsOf(pass, ref, body)),
  );
};

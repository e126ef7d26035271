/** Which pair has an interface or a port of a node. Each family of a pair has its own: what a family of another has takes nothing from it but ports. */
import { portsPathOf } from '../api/families.ts';
import type { HAPair } from '../api/index.ts';
import { familiesHeldBy, hasAnsweredIn, interfaceOf, portsIn, serversIn, type StoredServer } from '../api/stored.ts';
import { compareText } from '../kea/canonical.ts';
import { IP_FAMILIES, IP_FAMILY_NAMES, type IPFamily, ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import { addressOf, type NodeFacts } from './topology.ts';

/** What a pair asks for and cannot have, as another pair of the cluster has it. */
export interface ClaimProblem {
  readonly reason: 'InterfaceTaken' | 'PortTaken';
  readonly message: string;
}

/**
 * Whether an earlier pair serves on what this one claims. One interface of a node has one DHCP server: Kea binds a UDP socket to port 67 of each
 * of the interface's addresses, beside its raw socket too, and the second server's stays closed while its HA state says all is well. One address
 * of a node has one control channel and one HA listener on a port: a second server cannot start.
 *
 * The earlier pair is the older one, then the first by namespace and name. It has what it claims whether it serves or not, until it is gone:
 * who serves may not change with the order in which nodes start. Those go last that the installation does not allow and that no server ever
 * answered of: nothing of them runs that could be ended. A family that is taken out of a pair has its place until its servers are gone.
 *
 * @param family Of the pair: whose servers claim.
 * @param pairs All pairs of the cluster; the pair itself may be among them.
 * @param nodes Facts of the nodes that exist, by name.
 */
export const claimProblem = (
  pair: HAPair,
  family: Family,
  pairs: readonly HAPair[],
  nodes: ReadonlyMap<string, NodeFacts>,
  isAllowed: (pair: HAPair) => boolean,
): ClaimProblem | undefined => {
  const mayClaim = (one: HAPair): boolean => isAllowed(one) || hasAnsweredIn(one.status);
  const rankOf = (one: HAPair): string => `${mayClaim(one) ? 'first' : 'last'} ${orderOf(one)}`;
  const order = rankOf(pair);
  const others = pairs.filter((other) => fullName(other) !== fullName(pair));
  const earlier = others
    .filter((other) => compareText(rankOf(other), order) < 0)
    .toSorted((a, b) => compareText(rankOf(a), rankOf(b)))
    .map((other): Earlier => ({ other, by: mayClaim(pair) === mayClaim(other) ? 'earlier' : 'allowed' }));
  const encounters = serversIn(pair.spec).flatMap((server) => encountersOf(pair, ipFamilyOf(family), server, earlier));
  const interfaces = encounters.flatMap(interfacesTaken);
  const ports = encounters.flatMap((encounter) => portsTaken(encounter, nodes));
  const remedies = [
    ...(interfaces.length > 0 ? ['give each pair interfaces or nodes of its own (spec.servers)'] : []),
    ...(ports.length > 0 ? [portRemedy(pair, ipFamilyOf(family), others)] : []),
  ];
  if (remedies.length === 0) return undefined;
  return {
    reason: interfaces.length > 0 ? 'InterfaceTaken' : 'PortTaken',
    message: `${[...interfaces, ...ports].join('; ')}: ${remedies.join(', and ')}, or delete one of the pairs`,
  };
};

/** A pair that goes before, as it is older or as it alone is allowed. */
interface Earlier {
  readonly other: HAPair;
  readonly by: 'earlier' | 'allowed';
}

/** A server of the pair and one of an earlier pair on the same node. */
interface Encounter extends Earlier {
  readonly pair: HAPair;
  readonly family: IPFamily;
  readonly server: StoredServer;
  readonly theirs: StoredServer;
}

const encountersOf = (
  pair: HAPair,
  family: IPFamily,
  server: StoredServer,
  earlier: readonly Earlier[],
): readonly Encounter[] =>
  earlier.flatMap((one) =>
    serversIn(one.other.spec)
      .filter(({ node }) => node === server.node)
      .map((theirs) => ({ pair, family, server, theirs, ...one })),
  );

const whose = ({ other, by, theirs }: Encounter): string => {
  const name = fullName(other);
  return by === 'earlier'
    ? `as server ${theirs.name} of the earlier HAPair ${name} does`
    : `as server ${theirs.name} of the HAPair ${name} does, which the installation allows`;
};

const interfacesTaken = (encounter: Encounter): readonly string[] => {
  const { family, server, other, theirs } = encounter;
  if (!familiesHeldBy(other).includes(family)) return [];
  const taken = new Set(theirs.interfaces.map(interfaceOf));
  const shared = [...new Set(server.interfaces.map(interfaceOf))].filter((name) => taken.has(name));
  if (shared.length === 0) return [];
  const what = `${shared.length === 1 ? 'interface' : 'interfaces'} ${shared.join(', ')} of node ${server.node}`;
  return [`server ${server.name} cannot serve ${what}, ${whose(encounter)}`];
};

const portsTaken = (encounter: Encounter, nodes: ReadonlyMap<string, NodeFacts>) => {
  const { pair, family, server, other, theirs } = encounter;
  const address = addressOf(server, nodes);
  if (address === undefined || address !== addressOf(theirs, nodes)) return [];
  const theirPorts = familiesHeldBy(other).flatMap((one) => portsIn(other.spec, one).used);
  const shared = portsIn(pair.spec, family).used.filter((port) => theirPorts.includes(port));
  if (shared.length === 0) return [];
  const where = `TCP ${shared.length === 1 ? 'port' : 'ports'} ${shared.join(' and ')} of ${address} (node ${server.node})`;
  return [`server ${server.name} cannot listen on ${where}, ${whose(encounter)}`];
};

/** Two ports side by side that no other pair on the same nodes names, nor another family of this one. */
const portRemedy = ({ spec }: HAPair, family: IPFamily, others: readonly HAPair[]): string => {
  const nodes = new Set(serversIn(spec).map(({ node }) => node));
  const neighbours = others.filter((other) => serversIn(other.spec).some(({ node }) => nodes.has(node)));
  const named = (of: unknown) => IP_FAMILY_NAMES.flatMap((one) => portsIn(of, one).named);
  const own = IP_FAMILY_NAMES.filter((one) => one !== family).flatMap((one) => portsIn(spec, one).named);
  const used = new Set([...own, ...neighbours.flatMap((other) => named(other.spec))]);
  let port = FIRST_PORT;
  while (used.has(port) || used.has(port + 1)) port += 2;
  const at = portsPathOf(IP_FAMILIES[family]);
  return `set ports that are free, such as ${at}.controlPort ${port} and ${at}.haPort ${port + 1}`;
};

const FIRST_PORT = 8000;

const fullName = ({ metadata }: HAPair): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** RFC 3339 in UTC sorts as text. */
const orderOf = (pair: HAPair): string => `${pair.metadata.creationTimestamp ?? ''} ${fullName(pair)}`;

import type { HAPair } from '../api/index.ts';
import { portsIn, serversIn, type StoredServer } from '../api/stored.ts';
import { compareText } from '../kea/canonical.ts';
import { addressOf, type NodeFacts } from './topology.ts';

/** What a pair wishes for and cannot have, as another pair of the cluster has it. */
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
 * who serves may not change with the order in which nodes start.
 *
 * @param pairs All pairs of the cluster; the pair itself may be among them.
 * @param nodes Facts of the nodes that exist, by name.
 */
export const claimProblem = (
  pair: HAPair,
  pairs: readonly HAPair[],
  nodes: ReadonlyMap<string, NodeFacts>,
): ClaimProblem | undefined => {
  const order = orderOf(pair);
  const others = pairs.filter((other) => fullName(other) !== fullName(pair));
  const earlier = others
    .filter((other) => compareText(orderOf(other), order) < 0)
    .toSorted((a, b) => compareText(orderOf(a), orderOf(b)));
  const encounters = serversIn(pair.spec).flatMap((server) => encountersOf(pair, server, earlier));
  const interfaces = encounters.flatMap(interfacesTaken);
  const ports = encounters.flatMap((encounter) => portsTaken(encounter, nodes));
  const remedies = [
    ...(interfaces.length > 0 ? ['give each pair interfaces or nodes of its own (spec.servers)'] : []),
    ...(ports.length > 0 ? [portRemedy(pair, others)] : []),
  ];
  if (remedies.length === 0) return undefined;
  return {
    reason: interfaces.length > 0 ? 'InterfaceTaken' : 'PortTaken',
    message: `${[...interfaces, ...ports].join('; ')}: ${remedies.join(', and ')}, or delete one of the pairs`,
  };
};

/** A server of the pair and one of an earlier pair on the same node. */
interface Encounter {
  readonly pair: HAPair;
  readonly server: StoredServer;
  readonly other: HAPair;
  readonly theirs: StoredServer;
}

const encountersOf = (pair: HAPair, server: StoredServer, earlier: readonly HAPair[]): readonly Encounter[] =>
  earlier.flatMap((other) =>
    serversIn(other.spec)
      .filter(({ node }) => node === server.node)
      .map((theirs) => ({ pair, server, other, theirs })),
  );

const interfacesTaken = ({ server, other, theirs }: Encounter): readonly string[] => {
  const shared = server.interfaces.filter((name) => theirs.interfaces.includes(name));
  if (shared.length === 0) return [];
  const what = `${shared.length === 1 ? 'interface' : 'interfaces'} ${shared.join(', ')} of node ${server.node}`;
  return [
    `server ${server.name} cannot serve ${what}, as server ${theirs.name} of the earlier HAPair ${fullName(other)} does`,
  ];
};

const portsTaken = ({ pair, server, other, theirs }: Encounter, nodes: ReadonlyMap<string, NodeFacts>) => {
  const address = addressOf(server, nodes);
  if (address === undefined || address !== addressOf(theirs, nodes)) return [];
  const theirPorts = portsIn(other.spec).used;
  const shared = portsIn(pair.spec).used.filter((port) => theirPorts.includes(port));
  if (shared.length === 0) return [];
  const where = `TCP ${shared.length === 1 ? 'port' : 'ports'} ${shared.join(' and ')} of ${address} (node ${server.node})`;
  return [
    `server ${server.name} cannot listen on ${where}, as server ${theirs.name} of the earlier HAPair ${fullName(other)} does`,
  ];
};

/** Two ports side by side that no other pair on the same nodes names. */
const portRemedy = ({ spec }: HAPair, others: readonly HAPair[]): string => {
  const nodes = new Set(serversIn(spec).map(({ node }) => node));
  const neighbours = others.filter((other) => serversIn(other.spec).some(({ node }) => nodes.has(node)));
  const used = new Set(neighbours.flatMap((other) => portsIn(other.spec).named));
  let port = FIRST_PORT;
  while (used.has(port) || used.has(port + 1)) port += 2;
  return `set ports that are free, such as spec.controlPort ${port} and spec.haPort ${port + 1}`;
};

const FIRST_PORT = 8000;

const fullName = ({ metadata }: HAPair): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** RFC 3339 in UTC sorts as text. */
const orderOf = (pair: HAPair): string => `${pair.metadata.creationTimestamp ?? ''} ${fullName(pair)}`;

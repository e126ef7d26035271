/** The servers of a pair and where they are: of one family, whose daemons have pods of their own (docs/adr/0023). */
import { portsOf } from '../api/families.ts';
import type { HAPair, ServerSpec } from '../api/index.ts';
import { type KeaRole, keaRoleOf, roleOf } from '../api/roles.ts';
import { interfaceOf } from '../api/stored.ts';
import { addressingOf, addressText, isAddress } from '../kea/address.ts';
import type { Family } from '../kea/family.ts';
import { type PairNames, pairNames, type ServerNames, serverNames, serverTagOf } from './names.ts';

/** One server of a pair, with all that its specification leaves open decided. */
export interface PairServer {
  /** As in the specification; Kea's this-server-name. */
  readonly name: string;
  readonly role: KeaRole;
  readonly node: string;
  /** As the family's daemon takes them, sorted. */
  readonly interfaces: readonly string[];
  /** Address of its control channel and its HA listener, of either family. Kea takes addresses only, no names. */
  readonly address: string;
  readonly names: ServerNames;
}

/** The servers of a pair that run the daemon of a family, and where they are. */
export interface Topology {
  readonly family: Family;
  readonly namespace: string;
  readonly pair: string;
  readonly uid: string;
  readonly serverTag: string;
  readonly servers: readonly PairServer[];
  readonly controlPort: number;
  readonly haPort: number;
  /** How often a server asks its partner how it is, ms. */
  readonly heartbeatDelay: number;
  readonly names: PairNames;
}

/** What is known of a node: its InternalIP addresses, as in `Node.status.addresses`. */
export interface NodeFacts {
  readonly internalIPs: readonly string[];
}

export interface ServerProblem {
  readonly server: string;
  readonly reason: 'NodeNotFound';
  readonly message: string;
}

export interface Resolution {
  /** Absent where the address of a server is not known at all: every server's configuration names every peer. */
  readonly topology?: Topology;
  /** Servers whose node is missing or has no address. A topology may still be there, made with the last known address. */
  readonly problems: readonly ServerProblem[];
}

/**
 * Decides what the specification leaves open.
 *
 * @param nodes Facts of the nodes that exist, by name.
 * @param lastKnown Addresses that servers had, by server name: a node that was removed must not take its partner's configuration with it.
 */
export const resolveTopology = (
  pair: HAPair,
  family: Family,
  nodes: ReadonlyMap<string, NodeFacts>,
  lastKnown: ReadonlyMap<string, string> = new Map(),
): Resolution => {
  const { name, namespace = '', uid = '' } = pair.metadata;
  const { spec } = pair;
  const problems: ServerProblem[] = [];
  const servers: PairServer[] = [];
  for (const [index, server] of spec.servers.entries()) {
    const problem = problemOf(server, index, nodes.get(server.node));
    if (problem !== undefined) problems.push({ server: server.name, reason: 'NodeNotFound', message: problem });
    const address = addressOf(server, nodes) ?? lastKnown.get(server.name);
    if (address === undefined) continue;
    servers.push({
      name: server.name,
      role: keaRoleOf(roleOf(server, index, spec.mode)),
      node: server.node,
      interfaces: interfacesOf(family, server.interfaces),
      address,
      names: serverNames(name, server.name, family),
    });
  }
  if (servers.length < spec.servers.length) return { problems };
  const { heartbeatDelay } = spec.ha;
  const serverTag = serverTagOf(namespace, name);
  return {
    problems,
    topology: {
      family,
      namespace,
      pair: name,
      uid,
      serverTag,
      servers,
      ...portsOf(spec, family),
      heartbeatDelay,
      names: pairNames(name, family),
    },
  };
};

/**
 * What a daemon serves of a server's interfaces. An address of the other family says nothing of it, but the interface is there: `eth0/192.0.2.1`
 * narrows DHCPv4 to that address, and is `eth0` for DHCPv6.
 */
const interfacesOf = ({ addressing }: Family, entries: readonly string[]): readonly string[] => {
  const own = entries.filter((entry) => addressing.parse(entry.split('/')[1] ?? '') !== undefined);
  const withAddress = new Set(own.map(interfaceOf));
  const whole = entries.map(interfaceOf).filter((name) => !withAddress.has(name));
  return [...new Set([...own, ...whole])].sort();
};

/** Address of a server's control channels and HA listeners, in its one spelling: the one that is given, else the first InternalIP of its node, IPv4 before IPv6. */
export const addressOf = (
  server: Pick<ServerSpec, 'node' | 'address'>,
  nodes: ReadonlyMap<string, NodeFacts>,
): string | undefined => {
  const address = server.address ?? internalIPOf(nodes.get(server.node));
  return address === undefined ? undefined : addressText(address);
};

const internalIPOf = (node: NodeFacts | undefined): string | undefined => {
  const addresses = node?.internalIPs.filter(isAddress) ?? [];
  return addresses.find((address) => addressingOf(address).version === 4) ?? addresses[0];
};

const problemOf = (server: ServerSpec, index: number, node: NodeFacts | undefined): string | undefined => {
  const field = `spec.servers[${index}]`;
  if (node === undefined) {
    return `${field}.node: there is no node "${server.node}" for server ${server.name}: correct it (kubectl get nodes), or let the node join the cluster`;
  }
  if (server.address !== undefined || internalIPOf(node) !== undefined) return undefined;
  return `${field}.address: node "${server.node}" of server ${server.name} has no InternalIP: give an address of the node here`;
};

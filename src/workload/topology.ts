/** The servers of a pair and where they are. */
import type { HAPair, ServerSpec } from '../api/index.ts';
import { type KeaRole, keaRoleOf, roleOf } from '../api/roles.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import type { Family } from '../kea/family.ts';
import { type PairNames, pairNames, type ServerNames, serverNames, serverTagOf } from './names.ts';

/** One server of a pair, with all that its specification leaves open decided. */
export interface PairServer {
  /** As in the specification; Kea's this-server-name. */
  readonly name: string;
  readonly role: KeaRole;
  readonly node: string;
  readonly interfaces: readonly string[];
  /** IPv4 address of its control channel and its HA listener. Kea takes addresses only, no names. */
  readonly address: string;
  readonly names: ServerNames;
}

/** The servers of a pair and where they are. */
export interface Topology {
  /** Of the daemons in its pods. */
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
      interfaces: server.interfaces,
      address,
      names: serverNames(name, server.name),
    });
  }
  if (servers.length < spec.servers.length) return { problems };
  const { controlPort, haPort } = spec;
  const { heartbeatDelay } = spec.ha;
  const serverTag = serverTagOf(namespace, name);
  return {
    problems,
    topology: {
      family: DHCPV4,
      namespace,
      pair: name,
      uid,
      serverTag,
      servers,
      controlPort,
      haPort,
      heartbeatDelay,
      names: pairNames(name),
    },
  };
};

/** IPv4 address of a server's control channel and HA listener: the one that is given, else the first InternalIP of its node. */
export const addressOf = (
  server: Pick<ServerSpec, 'node' | 'address'>,
  nodes: ReadonlyMap<string, NodeFacts>,
): string | undefined => server.address ?? nodes.get(server.node)?.internalIPs.find(isIPv4);

const isIPv4 = (address: string): boolean => /^\d+(\.\d+){3}$/.test(address);

const problemOf = (server: ServerSpec, index: number, node: NodeFacts | undefined): string | undefined => {
  const field = `spec.servers[${index}]`;
  if (node === undefined) {
    return `${field}.node: there is no node "${server.node}" for server ${server.name}: correct it (kubectl get nodes), or let the node join the cluster`;
  }
  if (server.address !== undefined || node.internalIPs.some(isIPv4)) return undefined;
  return `${field}.address: node "${server.node}" of server ${server.name} has no IPv4 InternalIP: give an IPv4 address of the node here`;
};

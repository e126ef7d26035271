/** The HA hook in a server’s configuration. */
import type { HAPairSpec } from '../../api/index.ts';
import { keaModeOf } from '../../api/roles.ts';
import { canonicalJson } from '../../kea/canonical.ts';
import { urlOf } from '../../kea/client.ts';
import type { Family } from '../../kea/family.ts';
import { contentOf } from '../../kea/json.ts';
import { CONTROL_USER } from '../names.ts';
import type { FilePaths } from '../podPaths.ts';
import type { PairServer, Topology } from '../topology.ts';
import type { ServerConfig } from './digest.ts';

export const HA_LIBRARY = 'libdhcp_ha.so';

/** The `high-availability` relationship of one server, as libdhcp_ha.so of Kea 3.0 takes it. */
export const haRelationship = (
  spec: HAPairSpec,
  topology: Topology,
  server: PairServer,
  files: FilePaths,
): Record<string, unknown> => {
  // The leases are shared in PostgreSQL: there is nothing to send, and no partner's answer to wait for.
  const shared = spec.leaseStorage === 'PostgreSQL';
  // The hook's own listener needs multi-threading. Without it (packetQueue) Kea hears its partner on the control socket, which
  // asks for a password.
  const dedicated = spec.packetQueue === undefined;
  const port = dedicated ? topology.haPort : topology.controlPort;
  return {
    'this-server-name': server.name,
    mode: keaModeOf(spec.mode),
    'heartbeat-delay': spec.ha.heartbeatDelay,
    'max-response-delay': spec.ha.maxResponseDelay,
    'max-ack-delay': spec.ha.maxAckDelay,
    'max-unacked-clients': spec.ha.maxUnackedClients,
    'send-lease-updates': !shared,
    'sync-leases': !shared,
    'multi-threading': { 'enable-multi-threading': dedicated, 'http-dedicated-listener': dedicated },
    'trust-anchor': files.ca,
    'cert-file': files.cert,
    'key-file': files.key,
    'require-client-certs': true,
    'restrict-commands': true,
    peers: topology.servers.map((peer) => ({
      name: peer.name,
      url: urlOf({ address: peer.address, port }),
      role: peer.role,
      'auto-failover': true,
      ...(dedicated ? {} : { 'basic-auth-user': CONTROL_USER, 'basic-auth-password-file': files.password }),
    })),
  };
};

/**
 * What two servers must have in common to work together, as one text: the mode, and who the servers are that answer clients. A server that has
 * another one than its partner waits for it in vain, or takes the same clients for its own. Undefined where there is no partner.
 */
const peeringOf = (family: Family, config: ServerConfig): string | undefined => {
  const libraries = (contentOf(family, config)['hooks-libraries'] ?? []) as readonly HookLibrary[];
  const [relationship] =
    libraries.find(({ library }) => library === HA_LIBRARY)?.parameters?.['high-availability'] ?? [];
  if (relationship === undefined) return undefined;
  const { mode, peers } = relationship;
  return canonicalJson({ mode, peers: peers.filter(({ role }) => role !== 'backup') });
};

/** Whether a server that starts with `before` works together with others than one that runs `after`. */
export const changesPeering = (family: Family, before: ServerConfig, after: ServerConfig): boolean =>
  peeringOf(family, before) !== peeringOf(family, after);

interface HookLibrary {
  readonly library: string;
  readonly parameters?: {
    readonly 'high-availability'?: readonly {
      readonly mode: string;
      readonly peers: readonly { readonly role: string }[];
    }[];
  };
}

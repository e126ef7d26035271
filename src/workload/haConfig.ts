import type { HAPairSpec } from '../api/index.ts';
import type { PairServer, Topology } from './topology.ts';
import { CONTROL_USER } from './names.ts';
import type { FilePaths } from './podPaths.ts';

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
    mode: spec.mode === 'LoadBalancing' ? 'load-balancing' : 'hot-standby',
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
      url: `https://${peer.address}:${port}/`,
      role: peer.role,
      'auto-failover': true,
      ...(dedicated ? {} : { 'basic-auth-user': CONTROL_USER, 'basic-auth-password-file': files.password }),
    })),
  };
};

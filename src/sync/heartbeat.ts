/**
 * Asks the servers of settled pairs how they are, much more often than a pair is reconciled, and has a pair looked at as soon as one of them has
 * changed: its HA state, who answers whose clients, its sockets, whether it answers at all. One `status-get` a server, 0.2 ms.
 */
import { haScopesOf, haStateOf, partnerOf } from '../kea/ha.ts';
import type { KeaClient } from '../kea/client.ts';
import type { KeaStatus } from '../kea/commands.ts';
import type { Reconcile } from '../runtime/controller.ts';
import type { Key } from '../runtime/object.ts';
import type { Caches } from './gather.ts';
import type { ConnectionRegistry } from './connections.ts';

export interface HeartbeatDeps {
  readonly caches: Pick<Caches, 'pairs'>;
  readonly connections: Pick<ConnectionRegistry, 'get'>;
  /** Has a pair reconciled. */
  readonly enqueue: (key: Key) => void;
}

const EVERY_MS = 7000;
const TIMEOUT_MS = 4000;

export const createHeartbeat = ({ caches, connections, enqueue }: HeartbeatDeps): Reconcile => {
  const seen = new Map<Key, string>();
  return async (key, { signal }) => {
    const pair = caches.pairs.get(key);
    if (pair === undefined) {
      seen.delete(key);
      return {};
    }
    const open = pair.spec.paused ? undefined : connections.get(key);
    if (open !== undefined) {
      const now = JSON.stringify(await Promise.all(open.servers.map(({ client }) => beat(client, signal))));
      const before = seen.get(key);
      seen.set(key, now);
      if (before !== undefined && before !== now) enqueue(key);
    }
    return { requeueAfterMs: EVERY_MS };
  };
};

/** What a turn would decide differently by. */
const beat = async (client: KeaClient, signal: AbortSignal): Promise<readonly unknown[]> => {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    return [client.name, ...factsOf(await client.call('status-get', undefined, limit))];
  } catch {
    signal.throwIfAborted();
    return [client.name];
  }
};

const factsOf = (status: KeaStatus): readonly unknown[] => [
  status.pid,
  haStateOf(status),
  haScopesOf(status),
  status.sockets?.status,
  status['dhcp-state']?.['globally-disabled'],
  partnerOf(status)?.['communication-interrupted'],
];

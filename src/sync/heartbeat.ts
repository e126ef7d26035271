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
import type { ServerSession } from './server.ts';

export interface HeartbeatDeps {
  readonly caches: Pick<Caches, 'pairs'>;
  readonly connections: Pick<ConnectionRegistry, 'get'>;
  /** Has a pair reconciled. */
  readonly enqueue: (key: Key) => void;
}

const EVERY_MS = 5000;
const TIMEOUT_MS = 2000;

export const createHeartbeat = ({ caches, connections, enqueue }: HeartbeatDeps): Reconcile => {
  return async (key, { signal }) => {
    const pair = caches.pairs.get(key);
    if (pair === undefined) return {};
    const open = pair.spec.paused ? undefined : connections.get(key);
    const changed = await Promise.all((open?.servers ?? []).map((server) => hasChanged(server, signal)));
    if (changed.includes(true)) enqueue(key);
    return { requeueAfterMs: EVERY_MS };
  };
};

/** Whether a turn would find another server than the last one did. */
const hasChanged = async ({ client, lastView }: Pick<ServerSession, 'client' | 'lastView'>, signal: AbortSignal) => {
  const known = lastView();
  if (known === undefined) return false;
  const status = await beat(client, signal);
  return JSON.stringify(factsOf(status)) !== JSON.stringify(factsOf(known.status));
};

/** Undefined: it does not answer. */
const beat = async (client: KeaClient, signal: AbortSignal): Promise<KeaStatus | undefined> => {
  try {
    return await client.call('status-get', undefined, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
};

/** What a turn would decide differently by. */
const factsOf = (status: KeaStatus | undefined): readonly unknown[] =>
  status === undefined
    ? []
    : [
        status.pid,
        haStateOf(status),
        haScopesOf(status),
        status.sockets?.status,
        status['dhcp-state']?.['globally-disabled'],
        partnerOf(status)?.['communication-interrupted'],
      ];

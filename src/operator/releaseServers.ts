/** The servers that a release has to be carried out on, as the operator knows them. */
import { isPaused, serversIn } from '../api/stored.ts';
import { at } from '../compile/objects.ts';
import { IP_FAMILIES } from '../kea/families.ts';
import type { ReleaseServers } from '../release/carryOut.ts';
import type { ReleasesDeps } from '../release/releases.ts';
import { keyOf } from '../runtime/object.ts';
import type { Caches } from '../sync/gather.ts';
import { passKeyOf } from '../sync/passKey.ts';
import type { PairSessions } from '../sync/sessions.ts';

export const serversForRelease =
  (caches: Pick<Caches, 'pairs'>, sessions: Pick<PairSessions, 'get'>): ReleasesDeps['find'] =>
  ({ namespace, pair: name, ipFamily }) => {
    const key = keyOf({ namespace, name });
    const pair = caches.pairs.get(key);
    if (pair === undefined) return { outcome: 'NotFound', message: `there is no HAPair ${key}` };
    if (isPaused(pair.spec)) {
      const message = `HAPair ${key} is paused: the operator leaves its servers alone. Set spec.paused to false to release leases`;
      return { outcome: 'Conflict', message };
    }
    const open = sessions.get(passKeyOf(key, IP_FAMILIES[ipFamily]))?.connections.current();
    if (open === undefined) {
      const message = `the operator has not reached the servers of HAPair ${key} yet: try again`;
      return { outcome: 'ServiceUnavailable', message };
    }
    const known = new Set(open.servers.map(({ client }) => client.name));
    return {
      servers: open.servers.map(({ client }) => client),
      missing: serversIn(pair.spec).flatMap((server) => (known.has(server.name) ? [] : [server.name])),
      shared: at(pair.spec, 'leaseStorage') === 'PostgreSQL',
    } satisfies ReleaseServers;
  };

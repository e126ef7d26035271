import { KeaRefused, KeaUnreachable, type KeaClient } from '../kea/client.ts';
import { liveNetwork4, liveSubnet4 } from '../kea/json.ts';
import type { Host4, KeaState } from '../kea/state.ts';
import type { Change } from '../plan/plan.ts';
import type { Clock } from '../runtime/clock.ts';
import type { After } from './after.ts';
import type { LiveBodies } from './live.ts';
import type { PairMemory } from './memory.ts';
import { wishedRunning } from './running.ts';
import type { Followed, ServerSession } from './server.ts';

/** How often the lists of subnets of the servers are compared with what they should hold. */
const VERIFY_MS = 30_000;
/** More changed reservations than this empty a server's host cache instead of being dropped from it one by one. */
const DROP_ONE_BY_ONE = 100;

/**
 * Brings every server that answers to what the rows say, one after another, so that one of them always answers clients at
 * full speed. A server that stops answering half-way is left for the next turn.
 */
export const followRows = async (
  servers: readonly ServerSession[],
  after: After,
  changes: readonly Change[],
  memory: PairMemory,
  clock: Clock,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Followed>> => {
  const wished = wishedRunning(after.owned, after.released);
  const bodies = liveBodies(after);
  const hosts = changes.flatMap((change) => (change.kind === 'host' && 'was' in change ? [change.was.body] : []));
  const verify = clock.monotonic() - memory.verifiedAt > VERIFY_MS;
  const outcomes = new Map<string, Followed>();
  for (const server of servers) {
    if (!server.reachable()) continue;
    const begin = clock.monotonic();
    try {
      if (verify) await server.verify(signal);
      await dropCachedHosts(server.client, hosts, signal);
      outcomes.set(server.client.name, await server.follow(wished, bodies, signal));
    } catch (error) {
      if (!(error instanceof KeaUnreachable || error instanceof KeaRefused)) throw error;
      server.forget();
      const seconds = (clock.monotonic() - begin) / 1000;
      const left = { synchronized: false, path: 'none', steps: 0, drifted: 0, seconds } as const;
      outcomes.set(server.client.name, { ...left, message: error.message });
    }
  }
  if (verify) memory.verifiedAt = clock.monotonic();
  return outcomes;
};

const liveBodies = ({ owned, released }: After): LiveBodies => {
  const find = <K, T>(key: K, ...maps: readonly (ReadonlyMap<K, T> | undefined)[]): T => {
    for (const map of maps) {
      const found = map?.get(key);
      if (found !== undefined) return found;
    }
    throw new TypeError(`nothing is wished for ${String(key)}`);
  };
  return {
    subnet: (id) => {
      const item = find(id, owned.subnets, released.subnets);
      const name = item.body['shared-network-name'];
      return liveSubnet4(item, name === undefined ? undefined : networkOf(owned, name));
    },
    network: (name) => liveNetwork4(find(name, owned.networks, released.networks)),
  };
};

const networkOf = (owned: KeaState, name: string) => owned.networks.get(name)?.body;

/** Kea looks reservations up in its cache first, where a changed row is not seen. New ones are: nothing is cached of hosts that are not there. */
const dropCachedHosts = async (client: KeaClient, hosts: readonly Host4[], signal: AbortSignal): Promise<void> => {
  if (hosts.length > DROP_ONE_BY_ONE) {
    await client.call('cache-clear', undefined, signal);
    return;
  }
  for (const host of hosts) {
    const identifier = host.identifier.replace(/..(?=.)/g, '$&:');
    await client.call(
      'cache-remove',
      { 'subnet-id4': host['subnet-id'], [host['identifier-type']]: identifier },
      signal,
    );
  }
};

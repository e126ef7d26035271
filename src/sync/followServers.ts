import { KeaRefused, KeaUnreachable } from '../kea/client.ts';
import type { Family } from '../kea/family.ts';
import { liveNetwork, liveSubnet } from '../kea/json.ts';
import { IN_MEMORY, KINDS } from '../kea/kinds.ts';
import type { Context } from '../runtime/context.ts';
import type { LiveBodies } from '../servers/live.ts';
import type { Followed, ServerSession } from '../servers/session.ts';
import { desiredRunning, type Running } from '../servers/steps.ts';
import type { After } from './after.ts';
import type { PairMemory } from './memory.ts';

/** How often the lists of subnets of the servers are compared with what they should hold. */
const VERIFY_MS = 30_000;

/**
 * Brings every server that answers to what the rows say, one after another, so that one of them always answers clients at
 * full speed. A server that stops answering half-way is left for the next pass.
 */
export const followRows = async (
  { clock, memory, signal }: Context & { readonly memory: PairMemory },
  servers: readonly ServerSession[],
  after: After,
): Promise<ReadonlyMap<string, Followed>> => {
  const verify = clock.monotonic() - memory.verifiedAt > VERIFY_MS;
  const outcomes = new Map<string, Followed>();
  for (const server of servers) {
    if (server.lastView()?.reachable !== true) continue;
    const begin = clock.monotonic();
    try {
      if (verify) await server.verify(signal);
      const { family } = server.client;
      const desired = desiredOf(family, after, memory);
      outcomes.set(server.client.name, await server.follow(desired, liveBodies(family, after), signal));
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

/** What servers should run; the same as in the last pass where the rows are. */
const desiredOf = (family: Family, { owned, foreign }: After, memory: PairMemory): Running => {
  const { optionDefs, classes, networks, subnets } = owned;
  const known = memory.followed;
  const isAlone = IN_MEMORY.every((kind) => foreign[KINDS[kind].rows].size === 0);
  const isSame =
    known?.family === family && IN_MEMORY.every((kind) => known[KINDS[kind].rows] === owned[KINDS[kind].rows]);
  if (isAlone && isSame) return known.running;
  const running = desiredRunning(family, owned, foreign);
  memory.followed = isAlone ? { family, optionDefs, classes, networks, subnets, running } : undefined;
  return running;
};

const liveBodies = (family: Family, { owned, foreign }: After): LiveBodies => {
  const find = <K, T>(key: K, ...maps: readonly ReadonlyMap<K, T>[]): T | undefined =>
    maps.map((map) => map.get(key)).find((found) => found !== undefined);
  const there = <T>(found: T | undefined, key: string | number): T => {
    if (found === undefined) throw new TypeError(`nothing is desired of ${key}`);
    return found;
  };
  return {
    subnet: (id) => {
      const item = there(find(id, owned.subnets, foreign.subnets), id);
      const name = item.body['shared-network-name'];
      const network = name === undefined ? undefined : find(name, owned.networks, foreign.networks);
      return liveSubnet(family, item, network?.body);
    },
    network: (name) => liveNetwork(there(find(name, owned.networks, foreign.networks), name)),
  };
};

/** What a server keeps of reservations, and how it is made to forget them. */
import { withColons } from '../kea/bytes.ts';
import { type KeaClient, KeaRefused } from '../kea/client.ts';
import { type HostBody, type HostKey, hostKey } from '../kea/state.ts';

/**
 * The reservations that a server keeps in memory (hook host_cache). It looks there first and never asks the database
 * again, so that a changed row is served in its old form until it is dropped here. New ones need nothing: of hosts that
 * are not there nothing is kept.
 */
export interface HostCache {
  /** Remembers hosts whose rows are about to be changed or removed, until they are dropped. */
  changing(hosts: readonly HostBody[]): void;
  /** Drops what was remembered. What a server misses, as it does not answer, is dropped the next time. */
  drop(signal: AbortSignal): Promise<void>;
}

/** More changed reservations than this empty the cache instead of being dropped from it one by one (0.1 ms each). */
const ONE_BY_ONE = 100;
/** Kea's result for a command that no hook provides: then there is no cache. */
const UNSUPPORTED = 2;

export const openHostCache = (client: KeaClient): HostCache => {
  // What changed before this process knew the server is not known: a former one may have ended between rows and cache.
  let everything = true;
  const changed = new Map<HostKey, HostBody>();

  const clear = async (signal: AbortSignal): Promise<void> => {
    try {
      await client.call('cache-clear', undefined, signal);
    } catch (error) {
      if (!(error instanceof KeaRefused && error.result === UNSUPPORTED)) throw error;
    }
    changed.clear();
    everything = false;
  };

  const remove = async (host: HostBody, signal: AbortSignal): Promise<boolean> => {
    const identifier = withColons(host.identifier);
    const which = { [client.family.json.subnetId]: host['subnet-id'], [host['identifier-type']]: identifier };
    try {
      await client.call('cache-remove', which, signal);
      return true;
    } catch (error) {
      if (error instanceof KeaRefused) return false;
      throw error;
    }
  };

  return {
    changing: (hosts) => {
      if (everything) return;
      for (const host of hosts) changed.set(hostKey(host), host);
      if (changed.size <= ONE_BY_ONE) return;
      everything = true;
      changed.clear();
    },
    drop: async (signal) => {
      for (const [key, host] of changed) {
        if (everything) break;
        if (await remove(host, signal)) changed.delete(key);
        else everything = true;
      }
      if (everything) await clear(signal);
    },
  };
};

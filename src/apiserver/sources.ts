/** The lease sources of all pairs, as the operator's Secrets describe them at this moment. */
import { compareText } from '../kea/canonical.ts';
import { IP_FAMILIES } from '../kea/families.ts';
import { LEASE_SOURCE_KEY, type LeaseSourceOf, leaseSourceOf, readLeaseSourceSecret } from '../leases/descriptor.ts';
import { openLeaseSource } from '../leases/open.ts';
import { type LeaseSource, LeasesUnavailable } from '../leases/source.ts';
import type { Cache } from '../runtime/cache.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { type GuardedSource, guardSource, namespaceSemaphore, type Semaphore } from './guard.ts';

export interface SourceSecret extends KubeObject {
  data?: Record<string, string>;
}

export const SOURCE_SECRETS: Resource<SourceSecret> = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};

/** The leases of a family of one pair. */
export interface PairLeases extends LeaseSourceOf {
  readonly source: GuardedSource;
}

export interface PairSources {
  /** By namespace and name of the pair, in the order of their UTF-16 code units, IPv4 before IPv6. Left out: of all namespaces. */
  in(namespace?: string): readonly PairLeases[];
  /** Closes every source. Call it when no request is under way. */
  close(): Promise<void>;
}

export interface PairSourcesOptions {
  readonly secrets: Pick<Cache<SourceSecret>, 'list' | 'onChange'>;
  /** A Secret may outlive its pair for a while: the leases of a pair that is gone are not shown. */
  readonly pairExists: (namespace: string, pair: string) => boolean;
  readonly clock?: Clock;
  readonly log: Logger;
  /** Told of each read of a lease store that failed. */
  readonly onFailure?: () => void;
}

/** Lists that are under way when a descriptor changes get the time to end. */
const CLOSE_AFTER_MS = 60_000;

interface Entry {
  /** The Secret's data, to tell a new descriptor from a new label. */
  readonly data: string;
  readonly leases: PairLeases;
}

export const createPairSources = (options: PairSourcesOptions): PairSources => {
  const { secrets, pairExists, log, clock = systemClock, onFailure = () => undefined } = options;
  /** By the name of the Secret. */
  const entries = new Map<string, Entry>();
  const closing = new Map<LeaseSource, () => void>();
  /** By namespace, as long as it has pairs. */
  const semaphores = new Map<string, Semaphore>();

  const guarded = ({ namespace, pair, ipFamily }: LeaseSourceOf, source: LeaseSource): PairLeases => {
    const semaphore = semaphores.get(namespace) ?? namespaceSemaphore(namespace, clock);
    semaphores.set(namespace, semaphore);
    const told = (why: string, first: boolean): void => {
      onFailure();
      if (first) log.warn({ namespace, pair, ipFamily, error: why }, 'leases cannot be read');
    };
    const guard = { pair: `${namespace}/${pair}`, shared: semaphore, clock, onFailure: told };
    return { namespace, pair, ipFamily, source: guardSource(source, guard) };
  };

  const shut = async (source: LeaseSource): Promise<void> => {
    try {
      await source.close();
    } catch (error) {
      log.warn({ err: asError(error) }, 'closing a lease source failed');
    }
  };

  const retire = (source: LeaseSource): void => {
    closing.set(
      source,
      clock.after(CLOSE_AFTER_MS, () => {
        closing.delete(source);
        void shut(source);
      }),
    );
  };

  const open = (secret: SourceSecret): PairLeases | undefined => {
    try {
      const descriptor = readLeaseSourceSecret(secret.data);
      const { namespace, pair } = descriptor;
      const source = openLeaseSource(descriptor, IP_FAMILIES[descriptor.ipFamily], ({ message }) => {
        log.debug({ namespace, pair, error: message }, 'an idle connection to the lease database broke');
      });
      return guarded(descriptor, source);
    } catch (error) {
      const { message } = asError(error);
      log.error({ secret: secret.metadata.name, error: message }, 'a lease source descriptor cannot be read');
      // Its leases must not seem to be none.
      const of = leaseSourceOf(secret.metadata.name);
      return of && guarded(of, brokenSource(message));
    }
  };

  const update = (before: SourceSecret | undefined, after: SourceSecret | undefined): void => {
    const name = (after ?? before)?.metadata.name ?? '';
    const held = entries.get(name);
    const data = after?.data?.[LEASE_SOURCE_KEY] ?? '';
    if (after !== undefined && held?.data === data) return;
    if (held !== undefined) {
      const { namespace, source } = held.leases;
      entries.delete(name);
      retire(source);
      if (![...entries.values()].some(({ leases }) => leases.namespace === namespace)) semaphores.delete(namespace);
    }
    const leases = after && open(after);
    if (leases === undefined) return;
    entries.set(name, { data, leases });
    log.info({ namespace: leases.namespace, pair: leases.pair }, 'lease source taken up');
  };

  const unsubscribe = secrets.onChange(update);
  for (const secret of secrets.list()) update(undefined, secret);

  return {
    in: (namespace) =>
      [...entries.values()]
        .map(({ leases }) => leases)
        .filter((leases) => namespace === undefined || leases.namespace === namespace)
        .filter((leases) => pairExists(leases.namespace, leases.pair))
        .sort(compareSources),
    close: async () => {
      unsubscribe();
      for (const cancel of closing.values()) cancel();
      const sources = [...closing.keys(), ...[...entries.values()].map(({ leases }) => leases.source)];
      closing.clear();
      entries.clear();
      await Promise.all(sources.map(shut));
    },
  };
};

/** The order in which sources are listed. */
export const compareSources = (a: LeaseSourceOf, b: LeaseSourceOf): number =>
  compareText(a.namespace, b.namespace) || compareText(a.pair, b.pair) || compareText(a.ipFamily, b.ipFamily);

const brokenSource = (message: string): LeaseSource => {
  const refuse = (): Promise<never> => Promise.reject(new LeasesUnavailable(message));
  const close = (): Promise<void> => Promise.resolve();
  const refusing = { get: refuse, page: refuse, select: refuse, ofAddresses: refuse, usage: refuse };
  return { ...refusing, countActive: refuse, remaining: refuse, close };
};

/** What servers count (packets, failures, leases that they took back), for metrics, again and again. */
import { servesFamily } from '../api/stored.ts';
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import { ipFamilyOf } from '../kea/families.ts';
import type { ServerFigures } from '../metrics/leases.ts';
import type { OperatorMetrics } from '../metrics/metrics.ts';
import { globalStatistics } from '../metrics/stork.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { parseKey } from '../runtime/object.ts';
import { type Caches, gather } from '../sync/gather.ts';
import { passOf } from '../sync/passKey.ts';
import type { PairSessions } from '../sync/sessions.ts';

export interface ServerFiguresDeps {
  readonly caches: Caches;
  readonly sessions: Pick<PairSessions, 'get'>;
  readonly metrics: Pick<OperatorMetrics, 'statistics'>;
}

/** As often as a scraper comes. */
const EVERY_MS = 30_000;
/** A pair whose servers are not known yet is asked after again so soon. */
const SOON_MS = 5000;
/** Up to so many subnets all is asked for at once. It takes a server 0.1 ms for each, in which it serves nobody. */
const ASK_ALL = 500;

/** What each server of a family of a pair counts. One that does not answer is told of no more. */
export const createServerFigures = ({ caches, sessions, metrics }: ServerFiguresDeps): Reconcile => {
  return async (key, { signal }) => {
    const { pair: of, family } = passOf(key);
    const { namespace = '', name: pair } = parseKey(of);
    const { pair: object, children } = gather(caches, of);
    const open = object && sessions.get(key)?.connections.current();
    const told = new Map<string, ServerFigures>();
    const loaded = object ? children.childrenOf(pair, family).subnets.length : 0;
    // One after another: the others have their processor for clients.
    for (const { client, lastView } of open?.servers ?? []) {
      const view = lastView();
      if (view?.reachable !== true) continue;
      const isSmall = Math.max(loaded, view.subnets ?? 0) <= ASK_ALL;
      const figures = await figuresOf(client, isSmall ? undefined : globalStatistics(family.version), signal);
      if (figures.size > 0) told.set(client.name, figures);
    }
    metrics.statistics({ namespace, pair }, ipFamilyOf(family), told);
    if (object === undefined) return {};
    return { requeueAfterMs: open === undefined && servesFamily(object.spec, family) ? SOON_MS : EVERY_MS };
  };
};

/**
 * Statistics of a server by Kea's names. Empty where it does not answer.
 * @param names Of the server as a whole; left out: all that there are.
 */
const figuresOf = async (
  client: KeaClient,
  names: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<ServerFigures> => {
  try {
    if (names === undefined) return (await client.call('statistic-get-all', undefined, signal)) ?? new Map();
    const figures = new Map<string, number>();
    for (const name of names)
      for (const figure of (await client.call('statistic-get', { name }, signal)) ?? []) figures.set(...figure);
    return figures;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KeaUnreachable || error instanceof KeaRefused) return new Map();
    throw error;
  }
};

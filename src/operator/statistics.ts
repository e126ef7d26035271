/** Statistics of leases, for statuses and metrics, again and again. */
import { servesFamily } from '../api/stored.ts';
import { reservationsIn, takeSnapshot } from '../compile/snapshot.ts';
import { ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import { LeasesUnavailable } from '../leases/source.ts';
import type { OperatorMetrics } from '../metrics/metrics.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { asError } from '../runtime/errors.ts';
import { parseKey } from '../runtime/object.ts';
import { countedIn, figuresOf, leaseStatuses } from '../status/leaseStatuses.ts';
import { createPace, EVERY_MS } from '../status/pace.ts';
import type { Publisher } from '../status/publish.ts';
import { reservedAddressesOf } from '../status/reservationUse.ts';
import { poolsOf, type SummedUtilization, sumOf } from '../status/utilization.ts';
import { type Caches, gather } from '../sync/gather.ts';
import { passKeyOf, passOf } from '../sync/passKey.ts';
import type { PairSessions } from '../sync/sessions.ts';

export interface StatisticsDeps {
  readonly caches: Caches;
  readonly sessions: Pick<PairSessions, 'get'>;
  readonly publisher: Publisher;
  readonly metrics: OperatorMetrics;
  readonly clock: Clock;
}

/** Reading them takes at most this part of the time, however many leases there are. */
const BUSY_PART = 20;
/** A pair whose servers are not known yet is asked after again so soon. */
const SOON_MS = 5000;
/** All of it takes no longer: those without end keep the figures of other pairs waiting no longer. */
const LONGEST_MS = 100_000;

/** The lease statistics in the statuses of a pair and what belongs to it, by field managers of their own. */
export const createStatistics = (deps: StatisticsDeps): Reconcile => {
  const { caches, sessions, publisher, metrics, clock } = deps;
  const pace = createPace();
  /** Of each pass what its pair has of the family as a whole, as it was counted last. */
  const totals = new Map<string, SummedUtilization>();
  return async (key, { signal, log }) => {
    const { pair: of, family } = passOf(key);
    const { namespace = '', name: pair } = parseKey(of);
    const { pair: object, children } = gather(caches, of);
    /** A figure that stands still would be taken for one. */
    const tellNothing = (): void => {
      metrics.utilization({ namespace, pair }, ipFamilyOf(family), new Map());
    };
    if (object === undefined) {
      tellNothing();
      pace.forget(of);
      totals.delete(key);
      return {};
    }
    const open = sessions.get(key)?.connections.current();
    if (open === undefined) {
      tellNothing();
      return { requeueAfterMs: servesFamily(object.spec, family) ? SOON_MS : EVERY_MS };
    }
    const begin = clock.monotonic();
    const late = AbortSignal.timeout(LONGEST_MS);
    const limit = AbortSignal.any([signal, late]);
    try {
      const snapshot = takeSnapshot(object, family, children);
      const reservations = [...reservationsIn(snapshot)].map((child) => child.object);
      const counted = countedIn(snapshot);
      const usages = await open.leases.usage((id) => {
        const subnet = counted.get(id);
        return subnet && poolsOf(subnet);
      }, limit);
      const figures = figuresOf(counted, new Map(usages.map((usage) => [usage.subnetId, usage])));
      metrics.utilization({ namespace, pair }, ipFamilyOf(family), figures);
      const reserved = [...new Set(reservations.flatMap(reservedAddressesOf))];
      const leases = reserved.length === 0 ? [] : await open.leases.ofAddresses(reserved, limit);
      const byAddress = new Map(leases.map((lease) => [lease.address, lease]));
      totals.set(key, sumOf([...figures.values()]));
      const totalOf = (one: Family) => totals.get(passKeyOf(of, one));
      const news = leaseStatuses(snapshot, figures, totalOf, byAddress, clock.now());
      await publisher.publishStatistics(pace.choose(of, news, clock.monotonic()), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof LeasesUnavailable) && !late.aborted) throw error;
      const why = late.aborted ? `not read within ${LONGEST_MS / 1000} s` : asError(error).message;
      tellNothing();
      log.debug({ error: why }, 'no lease statistics now');
      return { requeueAfterMs: late.aborted ? LONGEST_MS * BUSY_PART : SOON_MS };
    }
    return { requeueAfterMs: Math.max(EVERY_MS, (clock.monotonic() - begin) * BUSY_PART) };
  };
};

/** Statistics of leases, for statuses and metrics, again and again. */
import type { Subnet } from '../api/index.ts';
import { servesFamily } from '../api/stored.ts';
import { reservationsIn, takeSnapshot } from '../compile/snapshot.ts';
import type { Range } from '../kea/address.ts';
import { ipFamilyOf } from '../kea/families.ts';
import { type Lease, type LeaseSource, LeasesUnavailable } from '../leases/source.ts';
import type { OperatorMetrics } from '../metrics/metrics.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { asError } from '../runtime/errors.ts';
import { parseKey } from '../runtime/object.ts';
import type { Publisher } from '../status/publish.ts';
import type { StatusWrite } from '../status/types.ts';
import {
  gapsOf,
  reservedAddressesOf,
  type Utilization,
  utilizationOf,
  writeUse,
  writeUtilization,
} from '../status/usage.ts';
import { type Caches, gather } from '../sync/gather.ts';
import { passOf } from '../sync/passKey.ts';
import type { PairSessions } from '../sync/sessions.ts';

export interface StatisticsDeps {
  readonly caches: Caches;
  readonly sessions: Pick<PairSessions, 'get'>;
  readonly publisher: Publisher;
  readonly metrics: OperatorMetrics;
  readonly clock: Clock;
}

/** Lease statistics change all the time: they are written this often at most, and only when they moved. */
const EVERY_MS = 30_000;
/** Reading them takes at most this part of the time, however many leases there are. */
const BUSY_PART = 20;
/** A pair whose servers are not known yet is asked after again so soon. */
const SOON_MS = 5000;
/** At most so many statuses a round, those that say something first: figures must not keep the API server from what people wait for. */
const WRITES_A_ROUND = 300;
/** Up to so many reservations their leases are asked for one by one; beyond, all leases are paged through. */
const ASK_ONE_BY_ONE = 200;
const PAGE = 2000;
/** All of it takes no longer: a million leases take half of that, and those without end keep the figures of other pairs waiting no longer. */
const LONGEST_MS = 60_000;

const NONE: ReadonlyMap<string, Utilization> = new Map();

/** The lease statistics in the statuses of Subnets and HostReservations, by a field manager of their own. */
export const createStatistics = (deps: StatisticsDeps): Reconcile => {
  const { caches, sessions, publisher, metrics, clock } = deps;
  return async (key, { signal, log }) => {
    const { pair: of, family } = passOf(key);
    const { namespace = '', name: pair } = parseKey(of);
    const { pair: object, children } = gather(caches, of);
    if (object === undefined) {
      metrics.utilization({ namespace, pair }, ipFamilyOf(family), NONE);
      return {};
    }
    const open = sessions.get(key)?.connections.current();
    if (open === undefined) return { requeueAfterMs: servesFamily(object.spec, family) ? SOON_MS : EVERY_MS };
    const begin = clock.monotonic();
    const late = AbortSignal.timeout(LONGEST_MS);
    const limit = AbortSignal.any([signal, late]);
    try {
      const snapshot = takeSnapshot(object, family, children);
      const reservations = [...reservationsIn(snapshot)].map((child) => child.object);
      // Of one that was not read in full the pools may be what was not read.
      const counted = new Map<number, Subnet>();
      for (const { object: subnet } of snapshot.subnets) {
        const id = subnet.unread === undefined ? subnet.status?.subnetId : undefined;
        if (id !== undefined) counted.set(id, subnet);
      }
      const gaps = (id: number): readonly Range[] => {
        const subnet = counted.get(id);
        return subnet === undefined ? [] : gapsOf(subnet);
      };
      const usages = await open.leases.usage(gaps, limit);
      const usageOf = new Map(usages.map((usage) => [usage.subnetId, usage]));
      const full = new Map<string, Utilization>();
      const writes: (StatusWrite | undefined)[] = [];
      for (const [id, subnet] of counted) {
        const utilization = utilizationOf(subnet, usageOf.get(id));
        full.set(subnet.metadata.name, utilization);
        writes.push(writeUtilization(subnet, utilization));
      }
      const leases = await leasesOf(open.leases, new Set(reservations.flatMap(reservedAddressesOf)), limit);
      const now = Math.floor(clock.now() / 1000);
      for (const reservation of reservations) writes.push(writeUse(reservation, leases, now));
      metrics.utilization({ namespace, pair }, ipFamilyOf(family), full);
      await publisher.publishStatistics(mostTelling(writes), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof LeasesUnavailable) && !late.aborted) throw error;
      const why = late.aborted ? `not read within ${LONGEST_MS / 1000} s` : asError(error).message;
      // A figure that stands still would be taken for one.
      metrics.utilization({ namespace, pair }, ipFamilyOf(family), NONE);
      log.debug({ error: why }, 'no lease statistics now');
      return { requeueAfterMs: SOON_MS };
    }
    return { requeueAfterMs: Math.max(EVERY_MS, (clock.monotonic() - begin) * BUSY_PART) };
  };
};

/** What says that an address is in use comes before what says that it is not, which most do at first. */
const mostTelling = (writes: readonly (StatusWrite | undefined)[]): readonly StatusWrite[] => {
  const quiet = ({ status }: StatusWrite): boolean => 'use' in status && status.use === 'Unused';
  const all = writes.filter((write) => write !== undefined);
  return [...all.filter((write) => !quiet(write)), ...all.filter(quiet)].slice(0, WRITES_A_ROUND);
};

/** The leases of these addresses, of those that have one. */
const leasesOf = async (
  source: LeaseSource,
  addresses: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Lease>> => {
  const found = new Map<string, Lease>();
  if (addresses.size <= ASK_ONE_BY_ONE) {
    for (const address of addresses) {
      const lease = await source.get(address, signal);
      if (lease !== undefined) found.set(address, lease);
    }
    return found;
  }
  let next: string | undefined;
  do {
    const page = await source.page(PAGE, next, signal);
    for (const lease of page.leases) if (addresses.has(lease.address)) found.set(lease.address, lease);
    next = page.next;
  } while (next !== undefined);
  return found;
};

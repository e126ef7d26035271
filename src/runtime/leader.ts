/**
 * Leader election on a coordination.k8s.io Lease, by client-go's rules (tools/leaderelection): a candidate takes the
 * Lease when it is free or was not renewed for the duration written in it, as seen on the candidate's own clock, so that
 * clocks need not agree. The leader gives up when it could not renew for `renewDeadlineMs`, which is shorter than
 * `leaseDurationMs`: it has stopped before another may start.
 */
import type { KubeClient } from './client.ts';
import { type Clock, isAborted, reasonOf, sleep, systemClock } from './clock.ts';
import { asError, isAlreadyExists, isConflict, KnownError, unlessNotFound } from './errors.ts';
import type { Logger } from './log.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

export interface LeaseSpec {
  /** Empty or absent = nobody leads. */
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  /** RFC 3339 with microseconds. */
  acquireTime?: string;
  renewTime?: string;
  /** Counts changes of the holder. */
  leaseTransitions?: number;
}

export type LeaderLease = KubeObject<LeaseSpec>;

export const LEADER_LEASES: Resource<LeaderLease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

export interface LeaderMetrics {
  onLeading(name: string, leading: boolean): void;
}

export interface LeaderSpec {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  /** The Lease's. */
  readonly namespace: string;
  readonly name: string;
  /** Who this candidate is: unique, the pod's name with a random tail. */
  readonly identity: string;
  /** Default 15 s, 10 s and 2 s, as kube-controller-manager. */
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  readonly clock?: Clock | undefined;
  readonly log?: Logger | undefined;
  readonly metrics?: LeaderMetrics | undefined;
  readonly random?: () => number;
}

/** The leader's term. */
export interface Leadership {
  /** Aborted with a {@link LeadershipLost} when the Lease could not be renewed in time or another holds it. */
  readonly lost: AbortSignal;
  /**
   * Whether the term surely goes on at this moment. It reads the clock, so it is right even when a frozen process has
   * just woken up and no timer has run yet: ask before a write that must not be done twice.
   */
  holds(): boolean;
  /** Ends the term and frees the Lease, so that another need not wait. Call it when the work has stopped. */
  release(): Promise<void>;
}

export interface LeaderElector {
  /** Waits until this candidate leads. Rejects with the signal's reason when that is aborted first. */
  acquire(signal: AbortSignal): Promise<Leadership>;
}

export class LeadershipLost extends KnownError {
  override readonly name = 'LeadershipLost';
  readonly reason = 'LeadershipLost';
}

/** Candidates wait up to so many retry periods, by chance, so that they do not all come at once. */
const JITTER = 1.2;

interface CallLimits {
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

/** @throws RangeError when the times do not keep two leaders apart. */
export const createLeaderElector = (spec: LeaderSpec): LeaderElector => {
  const { client, identity, log } = spec;
  const clock = spec.clock ?? systemClock;
  const random = spec.random ?? Math.random;
  const leaseDurationMs = spec.leaseDurationMs ?? 15_000;
  const renewDeadlineMs = spec.renewDeadlineMs ?? 10_000;
  const retryPeriodMs = spec.retryPeriodMs ?? 2_000;
  if (leaseDurationMs <= renewDeadlineMs || renewDeadlineMs <= retryPeriodMs * JITTER) {
    throw new RangeError('leader election needs retry period × 1.2 < renew deadline < lease duration');
  }
  const at = { namespace: spec.namespace, name: spec.name };
  /** The Lease as last read, and when (on our clock) it was seen to change. */
  let seen: { lease: LeaderLease; since: number } | undefined;

  const observe = (lease: LeaderLease): void => {
    const changed = seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion;
    if (seen === undefined || changed) seen = { lease, since: clock.monotonic() };
  };

  const isFree = (lease: LeaderLease, since: number): boolean => {
    const { holderIdentity = '', leaseDurationSeconds = 0 } = lease.spec ?? {};
    if (holderIdentity === '' || holderIdentity === identity) return true;
    return clock.monotonic() - since >= leaseDurationSeconds * 1000;
  };

  const claim = (before: LeaderLease | undefined): LeaseSpec => {
    const now = microTime(clock.now());
    const ours = before?.spec?.holderIdentity === identity;
    const transitions = before?.spec?.leaseTransitions ?? 0;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: ours ? (before.spec?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: ours || before === undefined ? transitions : transitions + 1,
    };
  };

  const create = async (options: CallLimits): Promise<void> => {
    observe(await client.create(LEADER_LEASES, { metadata: at, spec: claim(undefined) }, options));
  };

  /** With the resourceVersion that was read: of two candidates that saw the Lease free, one gets a Conflict. */
  const write = async (read: LeaderLease, options: CallLimits): Promise<void> => {
    observe(await client.replace(LEADER_LEASES, { ...read, spec: { ...read.spec, ...claim(read) } }, options));
  };

  /** One try to become the leader. False: another is. */
  const tryAcquire = async (options: CallLimits): Promise<boolean> => {
    try {
      const read = await unlessNotFound(client.get(LEADER_LEASES, at, options));
      if (read !== undefined) observe(read);
      if (seen !== undefined && read !== undefined && !isFree(seen.lease, seen.since)) return false;
      await (read === undefined ? create(options) : write(read, options));
      return true;
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return false;
      throw error;
    }
  };

  /** @throws LeadershipLost when the Lease names another: even if that one's time is up, our term was interrupted. */
  const renewLease = async (options: CallLimits): Promise<void> => {
    const read = await unlessNotFound(client.get(LEADER_LEASES, at, options));
    if (read === undefined) return create(options);
    if (read.spec?.holderIdentity !== identity) throw new LeadershipLost(`${holderOf(read)} holds the Lease`);
    await write(read, options);
  };

  const lead = (heldSince: number): Leadership => {
    const lost = new AbortController();
    const ended = new AbortController();
    const tooLate = `the Lease could not be renewed for ${renewDeadlineMs} ms`;
    let renewed = heldSince;
    const holds = (): boolean =>
      !ended.signal.aborted && !lost.signal.aborted && clock.monotonic() - renewed < renewDeadlineMs;

    const renewOnce = async (): Promise<void> => {
      const started = clock.monotonic();
      const left = renewed + renewDeadlineMs - started;
      const options = { signal: ended.signal, timeoutMs: Math.max(1, Math.min(left, renewDeadlineMs / 2)) };
      await renewLease(options);
      renewed = started;
    };

    const renew = async (): Promise<void> => {
      for (;;) {
        await sleep(clock, retryPeriodMs, ended.signal);
        try {
          await renewOnce();
        } catch (error) {
          if (ended.signal.aborted || error instanceof LeadershipLost) throw error;
          log?.warn({ error: asError(error).message }, 'the leader could not renew its Lease');
        }
        if (!holds()) throw new LeadershipLost(tooLate);
      }
    };

    // A renewal that hangs must not hide that the time is up.
    const watchdog = async (): Promise<void> => {
      for (;;) {
        const left = renewed + renewDeadlineMs - clock.monotonic();
        if (left <= 0) throw new LeadershipLost(tooLate);
        await sleep(clock, left, ended.signal);
      }
    };

    const finish = (error: unknown): void => {
      if (ended.signal.aborted) return;
      spec.metrics?.onLeading(spec.name, false);
      log?.error({ error: asError(error).message }, 'leadership lost');
      lost.abort(error);
      ended.abort(error);
    };
    const renewing = renew().catch(finish);
    const watching = watchdog().catch(finish);
    spec.metrics?.onLeading(spec.name, true);
    log?.info({ lease: `${at.namespace}/${at.name}`, identity }, 'this process leads');

    const release = async (): Promise<void> => {
      const held = !lost.signal.aborted;
      ended.abort(new Error('released'));
      await Promise.all([renewing, watching]);
      if (!held) return;
      spec.metrics?.onLeading(spec.name, false);
      try {
        await free();
        log?.info({ lease: `${at.namespace}/${at.name}` }, 'leadership released');
      } catch (error) {
        log?.warn({ error: asError(error).message }, 'the Lease was not released: another waits until it runs out');
      }
    };

    return { lost: lost.signal, holds, release };
  };

  /** Names nobody as the holder, if we still are. */
  const free = async (): Promise<void> => {
    const options = { timeoutMs: Math.min(5_000, renewDeadlineMs) };
    const lease = await client.get(LEADER_LEASES, at, options);
    if (lease.spec?.holderIdentity !== identity) return;
    const spec: LeaseSpec = {
      ...lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: microTime(clock.now()),
    };
    await client.replace(LEADER_LEASES, { ...lease, spec }, options);
  };

  return {
    acquire: async (signal) => {
      let waitingFor: string | undefined;
      let complaint: string | undefined;
      for (;;) {
        if (isAborted(signal)) throw reasonOf(signal);
        const started = clock.monotonic();
        try {
          if (await tryAcquire({ signal, timeoutMs: renewDeadlineMs / 2 })) return lead(started);
          const holder = holderOf(seen?.lease);
          if (holder !== waitingFor) log?.info({ holder }, 'another process leads: waiting');
          waitingFor = holder;
          complaint = undefined;
        } catch (error) {
          if (isAborted(signal)) throw reasonOf(signal);
          const { message } = asError(error);
          if (message !== complaint) log?.warn({ error: message }, 'the Lease could not be read or written: trying on');
          complaint = message;
        }
        await sleep(clock, retryPeriodMs * (1 + (JITTER - 1) * random()), signal);
      }
    },
  };
};

const holderOf = (lease: LeaderLease | undefined): string => lease?.spec?.holderIdentity ?? 'nobody';

/** `2026-11-22T13:00:00.000000Z`: the MicroTime format of the API. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/**
 * Runs one reconcile function over a work queue with a bounded number of workers. A pass gets a key and no event: it
 * reads the present state from caches and brings the world nearer to it. What follows a pass is decided in one place,
 * as in controller-runtime: an error means backoff, an answer with `requeueAfterMs` means look again then, and any other
 * answer means done.
 */
import { randomUUID } from 'node:crypto';
import { WATCH_BACKOFF } from './backoff.ts';
import type { Cache } from './cache.ts';
import { type Clock, isAborted, orAborted, sleep, systemClock } from './clock.ts';
import { asError } from './errors.ts';
import { createLimit, OutOfTime } from './limit.ts';
import type { Logger } from './log.ts';
import type { Key, KubeObject } from './object.ts';
import { parallelEach } from './parallel.ts';
import { createQueue, type QueueMetrics, type QueueOptions } from './queue.ts';
import { isAway } from './retry.ts';

/** What a pass may ask for. */
export interface Result {
  /** Look at this key again after so long, though nothing changed. */
  readonly requeueAfterMs?: number;
}

/** What a pass gets beside its key. */
export interface Pass {
  /** Aborted when the controller stops or the pass takes too long. */
  readonly signal: AbortSignal;
  /** Carries the controller, the key and an id of the pass in every line. */
  readonly log: Logger;
}

export type Reconcile = (key: Key, pass: Pass) => Promise<Result>;

/** Whatever adds keys: it gets the function that does. The answer ends that. */
export type Source = (enqueue: (key: Key) => void) => () => void;

export const OUTCOMES = ['success', 'requeue_after', 'error'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface ControllerMetrics extends QueueMetrics {
  onPass(outcome: Outcome, seconds: number): void;
  /** Workers that are in a pass. */
  onActive(workers: number): void;
  /** How long the key that waits longest for its pass has done so, and the pass that has gone on longest; 0: there is none. */
  onLongest(waitingSeconds: number, runningSeconds: number): void;
}

export interface ControllerSpec extends Omit<QueueOptions, 'clock' | 'metrics'> {
  readonly name: string;
  readonly reconcile: Reconcile;
  /**
   * Told of a key that has waited for its pass, or been in it, for some seconds, again and again until that is over: the place to say so. The pass may
   * come, or end, at the same time.
   */
  readonly late?: (key: Key, pass: Pass) => Promise<void>;
  readonly sources: readonly Source[];
  /** No pass starts before all of these have seen a whole list. */
  readonly caches: readonly Pick<Cache<KubeObject>, 'synced'>[];
  /** Passes at a time. Default 1. */
  readonly workers?: number;
  /** After so long a pass's signal is aborted. Default 10 minutes. */
  readonly passTimeoutMs?: number;
  readonly clock?: Clock | undefined;
  readonly log: Logger;
  readonly metrics?: ControllerMetrics | undefined;
}

export interface Controller {
  readonly name: string;
  /** Works until the signal is aborted and the passes under way have ended, and hears of no change after. Runs once. */
  run(signal: AbortSignal): Promise<void>;
  /** Adds a key from outside, as a timer or a probe would. */
  enqueue(key: Key, afterMs?: number): void;
}

const PASS_TIMEOUT_MS = 600_000;
/** After so long a key is late; so often keys are looked at for that. */
const LATE_MS = 5_000;
/** So many are told of at a time. */
const LATE_PARALLEL = 4;

export const createController = (spec: ControllerSpec): Controller => {
  const clock = spec.clock ?? systemClock;
  const { metrics } = spec;
  const log = spec.log.child({ controller: spec.name });
  const queue = createQueue({ ...spec, clock, metrics });
  let active = 0;

  const settle = (key: Key, outcome: Outcome, requeueAfterMs: number, away: boolean): void => {
    switch (outcome) {
      case 'error':
        // What does not answer says nothing of the object: it shall not wait for minutes when that is back.
        queue.retry(key, away ? WATCH_BACKOFF : undefined);
        return;
      case 'requeue_after':
        queue.forget(key);
        queue.addAfter(key, requeueAfterMs);
        return;
      case 'success':
        queue.forget(key);
    }
  };

  const pass = async (key: Key, stop: AbortSignal): Promise<void> => {
    const started = clock.monotonic();
    const passLog = log.child({ key, pass: randomUUID().slice(0, 8) });
    const limit = createLimit(clock, spec.passTimeoutMs ?? PASS_TIMEOUT_MS, stop);
    metrics?.onActive(++active);
    let outcome: Outcome;
    let requeueAfterMs = 0;
    let away = false;
    try {
      ({ requeueAfterMs = 0 } = await spec.reconcile(key, { signal: limit.signal, log: passLog }));
      outcome = requeueAfterMs > 0 ? 'requeue_after' : 'success';
    } catch (thrown) {
      outcome = 'error';
      away = isAway(thrown) || thrown instanceof OutOfTime;
      // A pass that ends because the controller does is no failure of the object.
      if (stop.aborted) return;
      passLog.error({ err: asError(thrown), outcome }, 'the pass failed');
    } finally {
      limit.clear();
      metrics?.onActive(--active);
    }
    metrics?.onPass(outcome, (clock.monotonic() - started) / 1000);
    settle(key, outcome, requeueAfterMs, away);
    queue.done(key);
  };

  const worker = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      let key: Key;
      try {
        key = await queue.take(signal);
      } catch {
        return;
      }
      await pass(key, signal);
    }
  };

  const lookForLate = async (signal: AbortSignal): Promise<void> => {
    const tell = async (key: Key): Promise<void> => spec.late?.(key, { signal, log: log.child({ key }) });
    while (!isAborted(signal)) {
      const { waiting, taken } = queue.ages();
      metrics?.onLongest(Math.max(0, ...waiting.values()) / 1000, Math.max(0, ...taken.values()) / 1000);
      const keys = new Set([...waiting, ...taken].flatMap(([key, ms]) => (ms >= LATE_MS ? [key] : [])));
      for (const { item: key, error } of await parallelEach(keys, LATE_PARALLEL, tell, signal)) {
        if (!isAborted(signal)) log.warn({ key, err: asError(error) }, 'it could not be said that the key waits');
      }
      await sleep(clock, LATE_MS, signal).catch(() => undefined);
    }
  };

  const endings = spec.sources.map((source) =>
    source((key) => {
      queue.add(key);
    }),
  );

  return {
    name: spec.name,
    enqueue: (key, afterMs) => {
      if (afterMs === undefined) queue.add(key);
      else queue.addAfter(key, afterMs);
    },
    run: async (signal) => {
      try {
        await orAborted(Promise.all(spec.caches.map((cache) => cache.synced)), signal);
        log.info({ workers: spec.workers ?? 1 }, 'the caches are complete: the controller works');
        const workers = Array.from({ length: spec.workers ?? 1 }, () => worker(signal));
        await Promise.all([...workers, lookForLate(signal)]);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        for (const end of endings) end();
        queue.close();
        metrics?.onLongest(0, 0);
      }
    },
  };
};

/**
 * Enqueues for every change of a cache. The keys are asked for of the object as it was and as it is: when a reference
 * moves, the one that lost it must look again too. What the cache holds already counts as added: a controller that starts
 * late, as after an election, has to look at everything once.
 * @param relevant Which changes count; default all.
 */
export const changesOf =
  <T extends KubeObject>(
    cache: Cache<T>,
    keysOf: (object: T) => Iterable<Key>,
    relevant: (before: T | undefined, after: T | undefined) => boolean = () => true,
  ): Source =>
  (enqueue) => {
    const look = (before: T | undefined, after: T | undefined): void => {
      if (!relevant(before, after)) return;
      const keys = new Set([before, after].flatMap((object) => (object === undefined ? [] : [...keysOf(object)])));
      for (const key of keys) enqueue(key);
    };
    const end = cache.onChange(look);
    for (const object of cache.list()) look(undefined, object);
    return end;
  };

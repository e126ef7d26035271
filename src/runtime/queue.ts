/**
 * The work queue of a controller: keys, not events. A key waits in it once, however often it is added; while a worker
 * has it no other worker gets it, and if it was added meanwhile it comes again. Changes that come together travel
 * together: a key rests (`lingerMs` after its last addition, at most `lingerMaxMs` after its first) before it is handed
 * out, so that ten thousand objects applied at once are a few turns.
 */
import { type BackoffPolicy, KEY_BACKOFF, backoffMs } from './backoff.ts';
import { type Clock, reasonOf, systemClock } from './clock.ts';
import type { Key } from './object.ts';

export interface WorkQueue {
  /** Something about this key changed. */
  add(key: Key): void;
  /** Look at this key in `ms`; of two such wishes the earlier wins. An addition meanwhile does not wait for it. */
  addAfter(key: Key, ms: number): void;
  /** The last turn failed: look again after the key's backoff. Default: by the policy of the queue. */
  retry(key: Key, policy?: BackoffPolicy): void;
  /** The last turn was good: the next failure starts the backoff anew. */
  forget(key: Key): void;
  /** The next key, as soon as there is one. It belongs to the caller until `done`. Rejects when the signal is aborted. */
  take(signal: AbortSignal): Promise<Key>;
  /** The turn is over, whatever came of it. */
  done(key: Key): void;
  /** Keys that are ready to be handed out. */
  readonly depth: number;
  /** Drops everything and cancels every timer; later additions are ignored. */
  close(): void;
}

export interface QueueMetrics {
  onAdd(): void;
  onRetry(): void;
  onDepth(depth: number): void;
  /** How long a key that was ready waited for a worker. */
  onTaken(waitedSeconds: number): void;
}

export interface QueueOptions {
  /** Default 0: a key is ready at once. */
  readonly lingerMs?: number;
  /** Default: ten times `lingerMs`. */
  readonly lingerMaxMs?: number;
  readonly backoff?: BackoffPolicy;
  readonly clock?: Clock;
  readonly metrics?: QueueMetrics | undefined;
  readonly random?: () => number;
}

/** A key that is not ready yet. */
interface Waiting {
  /** When the first addition of this round came. */
  since?: number;
  /** When the additions have rested long enough; moves on with each. */
  rested?: number;
  /** When a timed wish falls due; only ever moves nearer. */
  timed?: number;
  readonly cancel: () => void;
}

interface Taker {
  give(key: Key): void;
}

export const createQueue = (options: QueueOptions = {}): WorkQueue => {
  const clock = options.clock ?? systemClock;
  const lingerMs = options.lingerMs ?? 0;
  const lingerMaxMs = options.lingerMaxMs ?? lingerMs * 10;
  const { metrics } = options;

  const waiting = new Map<Key, Waiting>();
  /** Ready keys in the order they became so, with that time. */
  const ready = new Map<Key, number>();
  const taken = new Set<Key>();
  /** Keys that became ready while a worker had them. */
  const again = new Set<Key>();
  const failures = new Map<Key, number>();
  const takers = new Set<Taker>();
  let closed = false;

  const hand = (key: Key, taker: Taker): void => {
    metrics?.onTaken((clock.monotonic() - (ready.get(key) ?? clock.monotonic())) / 1000);
    ready.delete(key);
    takers.delete(taker);
    taken.add(key);
    taker.give(key);
  };

  const makeReady = (key: Key): void => {
    if (taken.has(key)) {
      again.add(key);
      return;
    }
    if (!ready.has(key)) ready.set(key, clock.monotonic());
    const [taker] = takers;
    if (taker !== undefined) hand(key, taker);
    metrics?.onDepth(ready.size);
  };

  /** Puts what is waited for under one timer. */
  const schedule = (key: Key, wish: Omit<Waiting, 'cancel'>): void => {
    waiting.get(key)?.cancel();
    const due = Math.min(wish.rested ?? Infinity, wish.timed ?? Infinity);
    const delay = due - clock.monotonic();
    if (delay <= 0) {
      waiting.delete(key);
      makeReady(key);
      return;
    }
    const cancel = clock.after(delay, () => {
      waiting.delete(key);
      makeReady(key);
    });
    waiting.set(key, { ...wish, cancel });
  };

  const addAfter = (key: Key, ms: number): void => {
    if (closed) return;
    const held = waiting.get(key);
    const timed = Math.min(held?.timed ?? Infinity, clock.monotonic() + ms);
    schedule(key, { ...held, timed });
  };

  return {
    add: (key) => {
      if (closed) return;
      metrics?.onAdd();
      if (ready.has(key)) return;
      const held = waiting.get(key);
      const since = held?.since ?? clock.monotonic();
      const rested = Math.min(clock.monotonic() + lingerMs, since + lingerMaxMs);
      schedule(key, { ...held, since, rested });
    },
    addAfter,
    retry: (key, policy = options.backoff ?? KEY_BACKOFF) => {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      metrics?.onRetry();
      addAfter(key, backoffMs(policy, count, options.random));
    },
    forget: (key) => {
      failures.delete(key);
    },
    take: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(reasonOf(signal));
          return;
        }
        const onAbort = (): void => {
          takers.delete(taker);
          reject(reasonOf(signal));
        };
        const taker: Taker = {
          give: (key) => {
            signal.removeEventListener('abort', onAbort);
            resolve(key);
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        takers.add(taker);
        const [next] = ready.keys();
        if (next === undefined) return;
        hand(next, taker);
        metrics?.onDepth(ready.size);
      }),
    done: (key) => {
      taken.delete(key);
      if (again.delete(key) && !closed) makeReady(key);
    },
    get depth() {
      return ready.size;
    },
    close: () => {
      closed = true;
      for (const { cancel } of waiting.values()) cancel();
      waiting.clear();
      ready.clear();
      again.clear();
      metrics?.onDepth(0);
    },
  };
};

/**
 * The work queue of a controller: keys, not events. A key waits in it once, however often it is added; while a worker
 * has it no other worker gets it, and if it was added meanwhile it comes again. Changes that come together travel
 * together: a key rests (`lingerMs` after its last addition, at most `lingerMaxMs` after its first) before it is handed
 * out, so that ten thousand objects applied at once are a few passes. One addition that comes alone after a quiet time
 * rests for `firstLingerMs` only: whoever changes one thing does not wait for ten thousand.
 *
 * Keys of one group (`group`) do not take the workers from those of another. The groups come one after
 * another, and a group gets one more worker only while it has less than half as many as are free (the dynamic threshold
 * of a switch's shared memory, Choudhury and Hahne 1998): alone it has a third of them, and the next one finds some. For
 * a key whose last pass was slow those count besides that such keys of any group have: all of them hold a third at most,
 * and those of one group less.
 */
import { backoffMs, type BackoffPolicy, KEY_BACKOFF } from './backoff.ts';
import { type Clock, reasonOf, systemClock } from './clock.ts';
import type { Key } from './object.ts';

export interface WorkQueue {
  /** Something about this key changed. */
  add(key: Key): void;
  /** Look at this key in `ms`; of two such requests the earlier wins. An addition meanwhile does not wait for it. */
  addAfter(key: Key, ms: number): void;
  /** The last pass failed: look again after the key's backoff. Default: by the policy of the queue. */
  retry(key: Key, policy?: BackoffPolicy): void;
  /** The last pass was good: the next failure starts the backoff anew. */
  forget(key: Key): void;
  /** The next key, as soon as there is one. It belongs to the caller until `done`. Rejects when the signal is aborted. */
  take(signal: AbortSignal): Promise<Key>;
  /** The pass is over, whatever came of it. */
  done(key: Key): void;
  /** Keys that are ready to be handed out. */
  readonly depth: number;
  /** Since when, ms ago, keys wait for their pass, those that came again during one among them; and since when others are in it. */
  ages(): Ages;
  /** Drops everything and cancels every timer; later additions are ignored. */
  close(): void;
}

export interface Ages {
  readonly waiting: ReadonlyMap<Key, number>;
  readonly taken: ReadonlyMap<Key, number>;
}

export interface QueueMetrics {
  onAdd(): void;
  onRetry(): void;
  onDepth(depth: number): void;
  /** How long a key that was ready waited for a worker. */
  onTaken(waitedSeconds: number): void;
}

export interface QueueOptions {
  /** Keys that share workers, by the name of their group. Default: each is a group of its own. */
  readonly group?: (key: Key) => string;
  /** Default 0: a key is ready at once. */
  readonly lingerMs?: number;
  /** Of an addition that no other follows meanwhile, and no pass came before for `QUIET_MS`. Default: `lingerMs`. */
  readonly firstLingerMs?: number;
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
  /** When a timed request falls due; only ever moves nearer. */
  timed?: number;
  readonly cancel: () => void;
}

interface Taker {
  give(key: Key): void;
}

/** A pass that took longer waited for somebody who hangs, as a rule; peers that are merely silent, and get some seconds each, take less. */
const SLOW_MS = 15_000;
/** A key without a pass for so long is quiet: what comes then is the first of something new. */
const QUIET_MS = 1_000;

export const createQueue = (options: QueueOptions = {}): WorkQueue => {
  const clock = options.clock ?? systemClock;
  const lingerMs = options.lingerMs ?? 0;
  const firstLingerMs = options.firstLingerMs ?? lingerMs;
  const lingerMaxMs = options.lingerMaxMs ?? lingerMs * 10;
  const { metrics, group = (key: Key): string => key } = options;

  const waiting = new Map<Key, Waiting>();
  /** Ready keys with the time since which they wait, by group; the group that is to have the next pass comes first. */
  const ready = new Map<string, Map<Key, number>>();
  /** Keys that a worker has, and since when. */
  const taken = new Map<Key, number>();
  /** Keys that became ready while a worker had them, and when. */
  const again = new Map<Key, number>();
  /** Keys whose last pass was slow. */
  const slow = new Set<Key>();
  /** When passes of the last `QUIET_MS` ended, the oldest first. */
  const ended = new Map<Key, number>();
  const failures = new Map<Key, number>();
  const takers = new Set<Taker>();
  let depth = 0;
  let closed = false;

  const hand = (key: Key, taker: Taker): void => {
    const now = clock.monotonic();
    const of = group(key);
    const keys = ready.get(of);
    metrics?.onTaken((now - (keys?.get(key) ?? now)) / 1000);
    keys?.delete(key);
    depth--;
    // The others of the group come after those of every other group.
    ready.delete(of);
    if (keys !== undefined && keys.size > 0) ready.set(of, keys);
    takers.delete(taker);
    taken.set(key, now);
    taker.give(key);
  };

  /** The next key that may have a worker. */
  const next = (): Key | undefined => {
    const free = takers.size;
    if (free === 0) return undefined;
    const held = [...taken.keys()];
    const heldSlow = held.filter((key) => slow.has(key)).length;
    for (const [of, keys] of ready) {
      const own = held.filter((key) => group(key) === of).length;
      const found = keys.keys().find((key) => (own + (slow.has(key) ? heldSlow : 0)) * 2 < free);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const dispatch = (): void => {
    for (let key = next(); key !== undefined; key = next()) {
      const [taker] = takers;
      if (taker === undefined) break;
      hand(key, taker);
    }
    metrics?.onDepth(depth);
  };

  const makeReady = (key: Key, since = clock.monotonic()): void => {
    if (taken.has(key)) {
      if (!again.has(key)) again.set(key, since);
      return;
    }
    const keys = ready.get(group(key)) ?? new Map<Key, number>();
    if (!keys.has(key)) {
      keys.set(key, since);
      ready.set(group(key), keys);
      depth++;
    }
    dispatch();
  };

  /** Puts what is waited for under one timer. */
  const schedule = (key: Key, desired: Omit<Waiting, 'cancel'>): void => {
    waiting.get(key)?.cancel();
    const due = Math.min(desired.rested ?? Infinity, desired.timed ?? Infinity);
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
    waiting.set(key, { ...desired, cancel });
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
      if (ready.get(group(key))?.has(key) === true) return;
      const held = waiting.get(key);
      const now = clock.monotonic();
      const since = held?.since ?? now;
      const isFirst = held?.since === undefined && !taken.has(key) && now - (ended.get(key) ?? -Infinity) >= QUIET_MS;
      const rested = Math.min(now + (isFirst ? firstLingerMs : lingerMs), since + lingerMaxMs);
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
        dispatch();
      }),
    done: (key) => {
      const now = clock.monotonic();
      if (now - (taken.get(key) ?? now) > SLOW_MS) slow.add(key);
      else slow.delete(key);
      taken.delete(key);
      ended.delete(key);
      ended.set(key, now);
      for (const [other, at] of ended) {
        if (now - at < QUIET_MS) break;
        ended.delete(other);
      }
      const since = again.get(key);
      again.delete(key);
      if (since !== undefined && !closed) makeReady(key, since);
      else dispatch();
    },
    get depth() {
      return depth;
    },
    ages: () => {
      const now = clock.monotonic();
      const ago = (times: Iterable<readonly [Key, number]>): ReadonlyMap<Key, number> =>
        new Map([...times].map(([key, since]) => [key, now - since]));
      return { waiting: ago([...ready.values().flatMap((keys) => keys), ...again]), taken: ago(taken) };
    },
    close: () => {
      closed = true;
      for (const { cancel } of waiting.values()) cancel();
      waiting.clear();
      ready.clear();
      depth = 0;
      again.clear();
      metrics?.onDepth(0);
    },
  };
};

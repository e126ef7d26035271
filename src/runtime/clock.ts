/** Time as a dependency, so that tests of waiting need not wait. */
import { asError } from './errors.ts';

export interface Clock {
  /** The time of day in milliseconds since 1970: for timestamps only, it may jump. */
  now(): number;
  /** Milliseconds that only ever grow: for durations and deadlines. */
  monotonic(): number;
  /** Calls `fire` once after `ms`; the answer cancels it. A pending timer keeps the process alive. */
  after(ms: number, fire: () => void): () => void;
}

/** setTimeout holds its delay in 31 bits: a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, fire) => {
    const timer = setTimeout(fire, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Waits `ms`. Rejects with the signal's reason when that is aborted first. */
export const sleep = (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(reasonOf(signal));
      return;
    }
    const onAbort = (): void => {
      cancel();
      if (signal !== undefined) reject(reasonOf(signal));
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });

/** What a signal was aborted with, always as an Error. */
export const reasonOf = (signal: AbortSignal): Error => asError(signal.reason);

/** The answer of `work`, or the signal's reason, whichever comes first. `work` itself is not stopped by this. */
export const orAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  // What fails once nobody waits for it would end the process as a rejection that nobody hears.
  work.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(reasonOf(signal));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/** As `signal.aborted`, which the compiler believes unchanged after an `await`. */
export const isAborted = (signal: AbortSignal): boolean => signal.aborted;

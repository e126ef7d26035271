/**
 * Keeps what the lease store of one pair does from being felt by those who read the leases of others: how many reads of it go on at a time, how long
 * each may take, and a rest after one that hung. What a store may send is bounded where it is read (src/database, src/kea/connect.ts).
 */
import { type LeaseSource, LeasesUnavailable } from '../leases/source.ts';
import { type Clock, orAborted } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import { ApiFailure } from './failure.ts';

/** Reads of one pair at a time: as many as it has connections. */
const OF_PAIR = 4;
/** Of all pairs of a namespace. */
const OF_NAMESPACE = 8;
/** Reads that wait for their turn, and for how long. 300 requests at once are answered within two seconds by a store that works. */
const WAITING = 500;
const WAIT_MS = 5_000;
/** A page takes a store some milliseconds. */
const READ_MS = 10_000;
/** A store that did not answer in time is left alone for so long, and what is asked of it fails at once. */
const REST_MS = 10_000;
/** Whether a store answers is found out in this time, and believed for so long. */
const LOOK_MS = 3_000;
const BELIEVED_MS = 10_000;

/** Lets so many reads go on at a time; the others wait, in the order in which they came. */
export interface Semaphore {
  /** Takes a place, to be given back once, by calling what it resolves to. @throws as `pass`. */
  enter(signal?: AbortSignal): Promise<() => void>;
  /** @throws ApiFailure TooManyRequests where too many wait, or none came to its end in time. */
  pass<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export const createSemaphore = (
  of: string,
  atOnce: number,
  clock: Pick<Clock, 'after'>,
  most: number = WAITING,
): Semaphore => {
  const waiting = new Set<() => void>();
  let inside = 0;
  const busy = (): ApiFailure =>
    new ApiFailure('TooManyRequests', `too many leases of ${of} are being read at this moment: try again`);

  const wait = async (signal: AbortSignal | undefined): Promise<void> => {
    if (waiting.size >= most) throw busy();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const enter = (): void => {
      resolve(undefined);
    };
    const giveUp = (): void => {
      waiting.delete(enter);
      reject(signal?.aborted === true ? (signal.reason as Error) : busy());
    };
    waiting.add(enter);
    const cancel = clock.after(WAIT_MS, giveUp);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
    } finally {
      cancel();
      signal?.removeEventListener('abort', giveUp);
    }
  };

  /** The place goes to who waits longest, or is free. */
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      inside--;
      return;
    }
    waiting.delete(next);
    next();
  };

  const enter = async (signal?: AbortSignal): Promise<() => void> => {
    signal?.throwIfAborted();
    if (inside < atOnce) inside++;
    else await wait(signal);
    return leave;
  };

  return {
    enter,
    pass: async (read, signal) => {
      const leaveNow = await enter(signal);
      try {
        return await read();
      } finally {
        leaveNow();
      }
    },
  };
};

export const namespaceSemaphore = (namespace: string, clock: Clock): Semaphore =>
  createSemaphore(`namespace ${namespace}`, OF_NAMESPACE, clock);

export interface GuardedSource extends LeaseSource {
  /** Whether leases can be read now: throws what a read would. What was found out is believed for some seconds. */
  look(signal?: AbortSignal): Promise<void>;
}

export interface GuardOptions {
  /** `namespace/name`, as it is told. */
  readonly pair: string;
  /** The semaphore of the pair's namespace. */
  readonly shared: Semaphore;
  readonly clock: Clock;
  /** Told of each read that the store failed; `first`: the one before did not. */
  readonly onFailure: (why: string, first: boolean) => void;
}

export const guardSource = (source: LeaseSource, { pair, shared, clock, onFailure }: GuardOptions): GuardedSource => {
  const own = createSemaphore(`HAPair ${pair}`, OF_PAIR, clock);
  let answeredAt = -Infinity;
  let failing = false;
  let hung: { readonly until: number; readonly failure: ApiFailure } | undefined;

  const checkRest = (): void => {
    if (hung !== undefined && clock.monotonic() < hung.until) throw hung.failure;
  };

  const inTime = async <T>(
    read: (signal: AbortSignal) => Promise<T>,
    limitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<T> => {
    checkRest();
    const late = new AbortController();
    const cancel = clock.after(limitMs, () => {
      const message = `leases of HAPair ${pair} cannot be read: no answer within ${limitMs / 1000} s`;
      const failure = new ApiFailure('Timeout', message);
      hung = { until: clock.monotonic() + REST_MS, failure };
      late.abort(failure);
    });
    const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
    try {
      const answer = await orAborted(read(either), either);
      answeredAt = clock.monotonic();
      failing = false;
      return answer;
    } catch (error) {
      if (error instanceof LeasesUnavailable) answeredAt = -Infinity;
      throw error;
    } finally {
      cancel();
    }
  };

  const guarded = async <T>(
    read: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
    limitMs = READ_MS,
  ): Promise<T> => {
    try {
      checkRest();
      return await own.pass(() => shared.pass(() => inTime(read, limitMs, signal), signal), signal);
    } catch (error) {
      // Who goes away, or comes with too many others, says nothing of the store.
      if (error instanceof LeasesUnavailable || error === hung?.failure) {
        onFailure(asError(error).message, !failing);
        failing = true;
      }
      throw error;
    }
  };

  return {
    get: (address, signal) => guarded((limit) => source.get(address, limit), signal),
    page: (most, after, signal) => guarded((limit) => source.page(most, after, limit), signal),
    select: (selection, most, after, signal) =>
      guarded((limit) => source.select(selection, most, after, limit), signal),
    ofAddresses: (addresses, signal) => guarded((limit) => source.ofAddresses(addresses, limit), signal),
    usage: (pools, signal) => guarded((limit) => source.usage(pools, limit), signal),
    countActive: (ids, signal) => guarded((limit) => source.countActive(ids, limit), signal),
    remaining: (ids, signal) => guarded((limit) => source.remaining(ids, limit), signal),
    look: async (signal) => {
      if (clock.monotonic() - answeredAt < BELIEVED_MS) return;
      await guarded((limit) => source.page(1, undefined, limit), signal, LOOK_MS);
    },
    close: () => source.close(),
  };
};

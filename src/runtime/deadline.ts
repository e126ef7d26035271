/** The end of a call's time. */
import { EventEmitter } from 'node:events';
import type { Clock } from './clock.ts';

export interface Deadline {
  /** Emits `abort` when the time is up or the caller aborts. undici takes it for a signal. */
  readonly emitter: EventEmitter;
  /** Throws when the time is up or the caller has aborted. */
  check(): void;
  /** The answer of `work`, or an error at the end of the time, whichever comes first: `check` tells why. `work` itself is not stopped by this. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Waits; ends early, and throws, as `check` says. */
  sleep(ms: number): Promise<void>;
  /** Whether it ended by the time and not by the caller. */
  expired(): boolean;
  /** Takes the time limit away; the caller's signal goes on to count. */
  lift(): void;
  /** To be called when the call is over. */
  clear(): void;
}

/**
 * Ends by the caller's signal or after `ms`. AbortSignal.any with AbortSignal.timeout would do, but an AbortSignal is
 * only freed by a full garbage collection, and there is one for each of some hundred requests a second.
 */
export const createDeadline = (clock: Clock, ms: number, outer: AbortSignal | undefined): Deadline => {
  const emitter = new EventEmitter();
  let expired = false;
  const onOuter = (): void => {
    emitter.emit('abort');
  };
  const lift = clock.after(ms, () => {
    expired = true;
    emitter.emit('abort');
  });
  outer?.addEventListener('abort', onOuter, { once: true });
  const check = (): void => {
    if (expired) throw new Error('no answer in time');
    outer?.throwIfAborted();
  };
  return {
    emitter,
    check,
    race: async (work) => {
      const { promise, reject } = Promise.withResolvers<never>();
      const end = (): void => {
        reject(new Error('the call was ended'));
      };
      emitter.once('abort', end);
      try {
        return await Promise.race([work, promise]);
      } finally {
        emitter.off('abort', end);
      }
    },
    sleep: async (waitMs) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const wake = (): void => {
        resolve(undefined);
      };
      emitter.once('abort', wake);
      const cancel = clock.after(waitMs, wake);
      await promise;
      cancel();
      emitter.off('abort', wake);
      check();
    },
    expired: () => expired,
    lift,
    clear: () => {
      lift();
      outer?.removeEventListener('abort', onOuter);
    },
  };
};

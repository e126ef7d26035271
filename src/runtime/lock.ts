/** One after another. */
import { orAborted } from './clock.ts';

/** Does work when all that was asked for before has ended, however it did. */
export type Lock = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;

export const createLock = (): Lock => {
  let last: Promise<unknown> = Promise.resolve();
  return async (work, signal) => {
    const before = last;
    const { promise: done, resolve: end } = Promise.withResolvers<undefined>();
    // Who gives up waiting leaves its place, and those behind it wait for those before.
    last = before.then(() => done);
    try {
      await orAborted(before, signal);
      return await work();
    } finally {
      end(undefined);
    }
  };
};

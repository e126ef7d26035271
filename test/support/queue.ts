/** A work queue on a clock that the test moves. */
import type { Key } from '../../src/runtime/object.ts';
import { createQueue, type QueueOptions } from '../../src/runtime/queue.ts';
import { createFakeClock } from './fakeClock.ts';

export const never = new AbortController().signal;
const middle = (): number => 0;

export const openTestQueue = (options: Omit<QueueOptions, 'clock'> = {}) => {
  const clock = createFakeClock();
  const queue = createQueue({ random: middle, ...options, clock });
  const taken: { key: Key; at: number }[] = [];
  /** A worker that is always ready and done at once. */
  const serve = async (): Promise<void> => {
    for (;;) {
      const key = await queue.take(never);
      taken.push({ key, at: clock.monotonic() });
      queue.done(key);
    }
  };
  return { clock, queue, taken, serve };
};

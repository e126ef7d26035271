/** A clock that stands still until a test moves it. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/runtime/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time on, firing what falls due in order, and lets promises settle in between. */
  advance(ms: number): Promise<void>;
  /** How many timers are pending. */
  readonly pending: number;
}

/** @param start The time of day in milliseconds since 1970. */
export const createFakeClock = (start = Date.UTC(2026, 0, 1)): FakeClock => {
  let elapsed = 0;
  let sequence = 0;
  const timers = new Map<number, { at: number; fire: () => void }>();

  const nextDue = (limit: number): [number, { at: number; fire: () => void }] | undefined => {
    const due = [...timers].filter(([, timer]) => timer.at <= limit);
    return due.sort(([idA, a], [idB, b]) => a.at - b.at || idA - idB)[0];
  };

  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    after: (ms, fire) => {
      const id = ++sequence;
      timers.set(id, { at: elapsed + Math.max(ms, 0), fire });
      return () => timers.delete(id);
    },
    get pending() {
      return timers.size;
    },
    advance: async (ms) => {
      const target = elapsed + ms;
      await setImmediate();
      for (let due = nextDue(target); due !== undefined; due = nextDue(target)) {
        const [id, timer] = due;
        timers.delete(id);
        elapsed = timer.at;
        timer.fire();
        await setImmediate();
      }
      elapsed = target;
      await setImmediate();
    },
  };
};

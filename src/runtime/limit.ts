/** The end of the time that a pass may take. */
import type { Clock } from './clock.ts';
import { KnownError } from './errors.ts';

/** The time was up. What was under way is given up, and says nothing of what it was about. */
export class OutOfTime extends KnownError {
  override readonly name = 'OutOfTime';
  readonly reason = 'OutOfTime';
}

export interface Limit {
  /** Aborted with OutOfTime when the time is up, or as the outer signal is. */
  readonly signal: AbortSignal;
  /** Does what must not be cut half-way: time that is up meanwhile is up once that is done. The outer signal cuts it all the same. */
  whole<T>(work: () => Promise<T>): Promise<T>;
  /** To be called when the work is over. */
  clear(): void;
}

/** @param ms From now. */
export const createLimit = (clock: Clock, ms: number, outer: AbortSignal): Limit => {
  const timeout = new AbortController();
  let held = 0;
  let isUp = false;
  const end = (): void => {
    if (isUp && held === 0) timeout.abort(new OutOfTime(`given up after ${Math.round(ms / 1000)} s`));
  };
  const clear = clock.after(ms, () => {
    isUp = true;
    end();
  });
  return {
    signal: AbortSignal.any([outer, timeout.signal]),
    whole: async (work) => {
      held++;
      try {
        return await work();
      } finally {
        held--;
        end();
      }
    },
    clear,
  };
};

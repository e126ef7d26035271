/** How many lists of one user go on at a time: whoever reads everything, again and again, must leave room for those who ask for one lease. */
import type { Clock } from '../runtime/clock.ts';
import { legible } from '../runtime/legible.ts';
import { createSemaphore, type Semaphore } from './guard.ts';

/** One less than reads of a pair go on at a time (guard.ts). */
const LISTS = 3;
/** Lists of a user that wait for their turn; the others are refused at once. */
const WAITING = 50;
const LONGEST_NAME = 100;

export interface FairUse {
  /**
   * Takes a place for a list of the user, and gives it back when called.
   * @throws ApiFailure TooManyRequests where too many wait, or none of the user's lists came to its end in some seconds.
   */
  enter(user: string, signal: AbortSignal): Promise<() => void>;
}

export const createFairUse = (clock: Pick<Clock, 'after'>): FairUse => {
  /** By user, as long as they have lists. */
  const users = new Map<string, { readonly semaphore: Semaphore; lists: number }>();

  const leave = (user: string): void => {
    const of = users.get(user);
    if (of === undefined) return;
    of.lists--;
    if (of.lists === 0) users.delete(user);
  };

  return {
    enter: async (user, signal) => {
      const of = users.get(user) ?? {
        semaphore: createSemaphore(`user ${legible(user, LONGEST_NAME)}`, LISTS, clock, WAITING),
        lists: 0,
      };
      users.set(user, of);
      of.lists++;
      try {
        const giveBack = await of.semaphore.enter(signal);
        let isInside = true;
        return () => {
          if (!isInside) return;
          isInside = false;
          giveBack();
          leave(user);
        };
      } catch (error) {
        leave(user);
        throw error;
      }
    },
  };
};

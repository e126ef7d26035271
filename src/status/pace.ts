/** How often lease statistics are written: figures must not keep the API server from what people wait for. */
import type { LeaseStatus } from './leaseStatuses.ts';

/** An object is written so often at most. */
export const EVERY_MS = 30_000;
/** So many statuses of a pair at a time. */
const AT_A_TIME = 300;
/** So many of all pairs within {@link EVERY_MS}: 50 a second. */
const OF_ALL = 1500;
/** After so long it does not matter any more which of two was written first. */
const FORGET_MS = 3_600_000;

/** Which of the statuses that say something new are written now. */
export interface Pace {
  /**
   * Those that were written longest ago, or never, before the others: where more moves than can be told, each has its turn.
   * @param now Monotonic, ms.
   */
  choose(pair: string, news: Iterable<LeaseStatus>, now: number): readonly LeaseStatus[];
  forget(pair: string): void;
}

export const createPace = (): Pace => {
  const written = new Map<string, Map<string, number>>();
  let window = { since: -Infinity, left: OF_ALL };

  return {
    choose: (pair, news, now) => {
      const times = written.get(pair) ?? new Map<string, number>();
      written.set(pair, times);
      for (const [name, time] of times) if (now - time >= FORGET_MS) times.delete(name);
      if (now - window.since >= EVERY_MS) window = { since: now, left: OF_ALL };
      const last = ({ object }: LeaseStatus): number => times.get(nameOf(object)) ?? -Infinity;
      const chosen = [...news]
        .filter((one) => now - last(one) >= EVERY_MS)
        // Array.sort is stable: of two that were never written the order stands.
        .sort((a, b) => a.urgency - b.urgency || (last(a) < last(b) ? -1 : last(a) > last(b) ? 1 : 0))
        .slice(0, Math.min(AT_A_TIME, window.left));
      window.left -= chosen.length;
      for (const { object } of chosen) times.set(nameOf(object), now);
      return chosen;
    },
    forget: (pair) => {
      written.delete(pair);
    },
  };
};

/** Among those of a pair. One that was made anew is another. */
const nameOf = ({ kind, metadata: { name, uid = '' } }: LeaseStatus['object']): string => `${kind}/${name} ${uid}`;

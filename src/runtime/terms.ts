/** Leading again and again: term after term in one process. */
import { type Clock, isAborted, systemClock } from './clock.ts';
import { type LeaderElector, type Leadership, LeadershipLost } from './leader.ts';
import type { Logger } from './log.ts';

export interface TermsSpec {
  readonly elector: LeaderElector;
  /**
   * What the leader does until `term` is aborted; ends soon after that. A rejection ends the terms.
   * @param mustLead Throws LeadershipLost where the term does not surely go on at this moment: to be asked right before what must not be done twice.
   */
  readonly work: (term: AbortSignal, mustLead: () => void) => Promise<void>;
  readonly clock?: Clock | undefined;
  readonly log: Logger;
}

export interface Terms {
  /**
   * Competes for the Lease and works while it is held, until the signal is aborted. The work of one term has ended before this process
   * competes for the next: the same work must not be done twice at a time. Rejects when the signal is aborted, or as the work does.
   */
  run(signal: AbortSignal): Promise<void>;
  /** For a liveness probe: false where the work of a term that is over does not end, so that only a new process can lead again. */
  readonly isAlive: boolean;
  /** Frees the Lease for another process. Only once the work has ended. */
  resign(): Promise<void>;
}

const mustLeadBy = (leadership: Leadership) => (): void => {
  if (!leadership.holds()) throw new LeadershipLost('the Lease was not renewed in time: another process may lead');
};

/** The longest that the work may take to end: every call that it makes has a time limit below. */
const END_OF_TERM_MS = 180_000;

export const createTerms = (spec: TermsSpec): Terms => {
  const { elector, work, log } = spec;
  const clock = spec.clock ?? systemClock;
  let leadership: Leadership | undefined;
  /** When a term ended whose work goes on. */
  let endingSince: number | undefined;

  return {
    run: async (signal) => {
      while (!isAborted(signal)) {
        leadership = await elector.acquire(signal);
        const term = AbortSignal.any([leadership.lost, signal]);
        term.addEventListener('abort', () => {
          endingSince = clock.monotonic();
        });
        await work(term, mustLeadBy(leadership));
        endingSince = undefined;
        if (!isAborted(signal)) log.warn({}, 'the term is over and its work has ended: competing for the next');
      }
    },
    get isAlive() {
      return endingSince === undefined || clock.monotonic() - endingSince < END_OF_TERM_MS;
    },
    resign: async () => {
      await leadership?.release();
    },
  };
};

import type { Clock } from './clock.ts';

/** What a piece of work is given beside what it is about: the time, and the end of it. */
export interface Context {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

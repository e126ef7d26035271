/** Waits before a server is asked again for what it failed to do. */
import type { Family } from '../kea/family.ts';
import type { Clock } from '../runtime/clock.ts';
import { keyOfStep, type Running, type Step } from './steps.ts';

/** Keeps a server from being asked over and over for what it has just failed to do: each pull stops its packets. */
export interface Backoff {
  /** What was left undone, and why. Nothing is left: all is forgotten. */
  remember(left: readonly Step[], desired: Running, why: string | undefined): void;
  /** Why the very same steps are not tried again yet; undefined: they are to be tried. */
  refusal(steps: readonly Step[], desired: Running): string | undefined;
  forget(): void;
}

const FIRST_MS = 5000;
const LONGEST_MS = 60_000;

export const openBackoff = (family: Family, clock: Clock): Backoff => {
  let stuck:
    { readonly what: string; readonly waitMs: number; readonly until: number; readonly why: string } | undefined;
  const whatOf = (steps: readonly Step[], desired: Running): string =>
    JSON.stringify(steps.map((step) => [step.op, keyOfStep(family, step), desired.get(keyOfStep(family, step))]));

  return {
    remember: (left, desired, why = '') => {
      if (left.length === 0) {
        stuck = undefined;
        return;
      }
      const what = whatOf(left, desired);
      const waitMs = stuck?.what === what ? Math.min(stuck.waitMs * 2, LONGEST_MS) : FIRST_MS;
      stuck = { what, waitMs, until: clock.monotonic() + waitMs, why };
    },
    refusal: (steps, desired) => {
      if (stuck === undefined || clock.monotonic() >= stuck.until) return undefined;
      return stuck.what === whatOf(steps, desired) ? stuck.why : undefined;
    },
    forget: () => {
      stuck = undefined;
    },
  };
};

/** What comes right by itself is no error before it has lasted. */
import type { AnyObject } from '../compile/objects.ts';
import type { Finding, KnownCondition } from './conditions.ts';
import type { Attempt } from './types.ts';

/** So long it may last; where the pair is new, as it needs images, schema and leases first. */
const GRACE_PERIOD_MS = 60_000;
const GRACE_PERIOD_OF_NEW_MS = 600_000;

/**
 * How long an object that refers to what is not there yet is not told that it is wrong, ms; 0: it is. What is applied together comes in any order, so it has a
 * minute from its creation, or from its change. A reference that was found once and is lost is an error at once.
 */
export const patienceLeft = ({ metadata }: AnyObject, accepted: KnownCondition | undefined, now: number): number => {
  const since = waitsSince(metadata, accepted, now);
  // No longer than that, whatever the clock of the API server says.
  return Math.min(Math.max(since + GRACE_PERIOD_MS - now, 0), GRACE_PERIOD_MS);
};

const waitsSince = (
  { generation, creationTimestamp = '' }: AnyObject['metadata'],
  accepted: KnownCondition | undefined,
  now: number,
): number => {
  const born = Date.parse(creationTimestamp);
  if (accepted === undefined) return Number.isNaN(born) ? now : born;
  if (accepted.observedGeneration !== generation) return now;
  return accepted.status === 'Unknown' ? Date.parse(accepted.lastTransitionTime) : -Infinity;
};

/** Objects whose minutes end one after the other are looked at together: there may be thousands, and each look is a pass. */
const LOOK_EVERY_MS = 10_000;

/** When to look again at an object that has that much patience left, ms. */
export const nextLook = (left: number): number => Math.max(left, LOOK_EVERY_MS);

/** A finding, and whether it may come right by itself. */
export interface Judgement {
  readonly finding: Finding;
  /** An error only where it lasts. */
  readonly passing?: boolean;
  /** It seldom comes right by itself: being new is no reason to wait. */
  readonly stuck?: boolean;
}

/**
 * Errors that pass by themselves are Unknown until they have lasted: a pod that restarts is no outage. How long the condition
 * has not been True says how long they have; since the pair is there, and it never was.
 */
export const withinGracePeriod = (
  { finding, passing = false, stuck = false }: Judgement,
  before: KnownCondition | undefined,
  attempt: Attempt,
): Finding => {
  if (finding.status !== 'False' || !passing || before?.status === 'False') return finding;
  const born = Date.parse(attempt.snapshot.pair.metadata.creationTimestamp ?? '');
  const since = before?.status === 'Unknown' ? Date.parse(before.lastTransitionTime) : attempt.now;
  const gracePeriod = since - born < GRACE_PERIOD_MS && !stuck ? GRACE_PERIOD_OF_NEW_MS : GRACE_PERIOD_MS;
  return attempt.now - since < gracePeriod ? { ...finding, status: 'Unknown' } : finding;
};

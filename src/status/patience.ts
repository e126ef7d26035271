/** What comes right by itself is no error before it has lasted. */
import type { Finding, KnownCondition } from './conditions.ts';
import type { Attempt } from './types.ts';

/** So long it may last; where the pair is new, as it needs images, schema and leases first. */
const PATIENCE_MS = 60_000;
const PATIENCE_WITH_NEW_MS = 600_000;

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
export function patient(
  { finding, passing = false, stuck = false }: Judgement,
  before: KnownCondition | undefined,
  attempt: Attempt,
): Finding {
  if (finding.status !== 'False' || !passing || before?.status === 'False') return finding;
  const born = Date.parse(attempt.snapshot.pair.metadata.creationTimestamp ?? '');
  const since = before?.status === 'Unknown' ? Date.parse(before.lastTransitionTime) : attempt.now;
  const patience = since - born < PATIENCE_MS && !stuck ? PATIENCE_WITH_NEW_MS : PATIENCE_MS;
  return attempt.now - since < patience ? { ...finding, status: 'Unknown' } : finding;
}

/** How long to wait before trying again. */

export interface BackoffPolicy {
  /** The wait after the first failure, in milliseconds. */
  readonly initialMs: number;
  readonly maxMs: number;
  /** The share of a wait that is left to chance, 0 to 1, so that clients that failed together do not return together. */
  readonly jitter: number;
}

/** Of work on one object: 250 ms to 5 minutes. */
export const KEY_BACKOFF: BackoffPolicy = { initialMs: 250, maxMs: 300_000, jitter: 0.3 };
/** Of a broken list or watch: 500 ms to 30 s, as client-go's reflector. */
export const WATCH_BACKOFF: BackoffPolicy = { initialMs: 500, maxMs: 30_000, jitter: 0.5 };
/**
 * Of anything that does not answer at all, or of a resource that is not served (404): 500 ms to 5 s. To be asked in vain costs it nothing, and it is
 * wanted at once when it is there.
 */
export const AWAY_BACKOFF: BackoffPolicy = { initialMs: 500, maxMs: 5_000, jitter: 0.5 };

/**
 * The wait after a number of failures in a row (1 = the first): doubled each time, never more than `maxMs`, less a
 * random share.
 * @param random A number from 0 to below 1.
 */
export const backoffMs = (policy: BackoffPolicy, failures: number, random: () => number = Math.random): number => {
  // 2^32 is past every maximum: the exponent is bounded so that the product stays a finite number.
  const full = Math.min(policy.maxMs, policy.initialMs * 2 ** Math.min(Math.max(failures - 1, 0), 32));
  return full * (1 - policy.jitter * random());
};

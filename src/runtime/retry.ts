/** Trying again what may come right by itself. */
import { backoffMs, type BackoffPolicy } from './backoff.ts';
import { type Clock, sleep } from './clock.ts';
import { ApiError, ConnectionError } from './errors.ts';

export interface RetrySpec {
  readonly clock: Clock;
  readonly policy: BackoffPolicy;
  /** Whether the same may go well later. Default: always. */
  readonly mayPass?: (error: unknown) => boolean;
  /** For so long, from the first failure on, and at least once again. Default: for ever. */
  readonly limitMs?: number;
  /** Told of every failure that is followed by another try. */
  readonly onFailure?: (error: unknown, failures: number) => void;
  readonly signal?: AbortSignal;
  readonly random?: () => number;
}

/** The answer of `work`, tried until it has one. Throws its last error, or the signal's reason. */
export const retry = async <T>(work: () => Promise<T>, spec: RetrySpec): Promise<T> => {
  const { clock, policy, signal, limitMs = Infinity } = spec;
  let giveUpAt = Infinity;
  for (let failures = 1; ; failures++) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (failures === 1) giveUpAt = clock.monotonic() + limitMs;
      if (spec.mayPass?.(error) === false || clock.monotonic() >= giveUpAt) throw error;
      spec.onFailure?.(error, failures);
      await sleep(clock, Math.min(backoffMs(policy, failures, spec.random), giveUpAt - clock.monotonic()), signal);
    }
  }
};

/** Whether the API server does not answer, or only that it cannot now. */
export const isAway = (error: unknown): boolean =>
  error instanceof ConnectionError || (error instanceof ApiError && (error.status === 429 || error.status >= 500));

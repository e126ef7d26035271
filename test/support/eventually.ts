/** Waiting for what real programs bring about in their own time, on a machine that may be busy. */
import { vi } from 'vitest';

/** Tries `check` until it no longer throws, for at most `ms`; gives its answer or its last error. */
export const eventually = <T>(check: () => T | Promise<T>, ms = 30_000): Promise<T> =>
  vi.waitFor(check, { timeout: ms, interval: 50 });

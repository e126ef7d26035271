import type { OperatorMetrics, Phase } from '../metrics/metrics.ts';
import type { Clock } from '../runtime/clock.ts';

/** Does a part of a turn and tells the metrics how long it took, whatever became of it. */
export const timed = async <T>(
  { clock, metrics }: { readonly clock: Clock; readonly metrics: OperatorMetrics },
  phase: Phase,
  work: () => T | Promise<T>,
): Promise<T> => {
  const begin = clock.monotonic();
  try {
    return await work();
  } finally {
    metrics.phase(phase, (clock.monotonic() - begin) / 1000);
  }
};

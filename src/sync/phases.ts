/** The parts of a pass: how long they take, and whom they wait for. */
import type { OperatorMetrics, Phase } from '../metrics/metrics.ts';
import type { Clock } from '../runtime/clock.ts';

interface Timing {
  readonly clock: Clock;
  readonly metrics: OperatorMetrics;
}

/** Does a part of a pass and tells the metrics how long it took, whatever became of it. */
export const timed = async <T>({ clock, metrics }: Timing, phase: Phase, work: () => T | Promise<T>): Promise<T> => {
  const begin = clock.monotonic();
  try {
    return await work();
  } finally {
    metrics.phase(phase, (clock.monotonic() - begin) / 1000);
  }
};

/** As `timed`; meanwhile it is known what the pass is at. */
export const step = <T>(
  pass: Timing & { readonly draft: { phase?: Phase } },
  phase: Phase,
  work: () => T | Promise<T>,
): Promise<T> => {
  pass.draft.phase = phase;
  return timed(pass, phase, work);
};

/** Who is waited for in a part of a pass; before the first it is the API server. */
export const awaitedIn = (phase: Phase = 'definitions'): 'database' | 'servers' | 'API server' =>
  AWAITED[phase] ?? 'API server';

const AWAITED: Readonly<Partial<Record<Phase, 'database' | 'servers'>>> = {
  database: 'database',
  look: 'servers',
  ensure: 'servers',
  plan: 'database',
  preflight: 'servers',
  apply: 'database',
  settle: 'servers',
  follow: 'servers',
};

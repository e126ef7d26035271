import { isPulled, type Step } from './steps.ts';

/**
 * What a change costs a server with so many networks and subnets, as the time for which packets wait, in µs for each of
 * them (measured under load, docs/benchmarks.md): Kea walks through all its subnets' statistics once for an addition,
 * twice for an update or a removal; a pull reads every row of the database again.
 */
const ADD = 12;
const UPDATE = 24;
const PULL = 92;

/** Live commands stop packets many times for a little, so that they may take longer in all than one pull does. */
const LIVE_ADVANTAGE = 4;

/**
 * Live commands for a small change, one pull for a large one or for one that has no live command: the own values of a
 * shared network go to its subnets by a pull only, and so do classes and definitions of options.
 */
export const choosePath = (steps: readonly Step[], size: number): 'live' | 'pull' => {
  if (steps.some((step) => isPulled(step) || (step.kind === 'network' && step.op === 'update'))) return 'pull';
  const live = steps.reduce((sum, step) => sum + (step.op === 'add' ? ADD : UPDATE) * size, 0);
  return live <= LIVE_ADVANTAGE * PULL * size ? 'live' : 'pull';
};

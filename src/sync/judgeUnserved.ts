/** What is to be said of the children of a family that a pair has no servers of: nothing is read, and nothing written. */
import { compileSteps } from '../compile/compile.ts';
import { emptyState } from '../kea/kinds.ts';
import { inSlices } from '../runtime/steps.ts';
import type { PassContext } from './context.ts';

const NOTHING = {
  serverTag: '',
  rows: { owned: emptyState(), foreign: [] },
  ids: { ids: new Map(), refused: new Map() },
  ledger: new Map(),
  activeLeases: new Map(),
  dropsLookups: false,
} as const;

export const judgeUnserved = async ({ draft, memory, clock, signal }: PassContext): Promise<void> => {
  draft.compiled = await inSlices(compileSteps(draft.snapshot, NOTHING, memory.rows.compile), clock, signal);
};

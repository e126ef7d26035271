/** What is to be said of the children of a family that a pair has no servers of: nothing is read, and nothing written. */
import { compileSteps } from '../compile/compile.ts';
import type { CompileMemory } from '../compile/memory.ts';
import type { Compiled } from '../compile/types.ts';
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

export const judgeUnserved = async (pass: PassContext): Promise<void> => {
  pass.draft.compiled = await judgeWithoutRows(pass, pass.memory.rows.compile);
};

/** What the objects come to where there are no rows. */
export const judgeWithoutRows = ({ draft, clock, signal }: PassContext, memory: CompileMemory): Promise<Compiled> =>
  inSlices(compileSteps(draft.snapshot, NOTHING, memory), clock, signal);

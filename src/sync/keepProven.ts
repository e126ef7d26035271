/** What servers were seen to serve is kept, for a start in which they cannot find it. */
import type { ProvenRows } from '../workload/carriedRows.ts';
import type { Applied } from './apply.ts';
import { type PassContext, SOON_MS } from './context.ts';
import type { FoundPair } from './converge.ts';

/** So often, at most, rows are kept: while 10,000 objects come in, each pass brings new ones. */
const KEEP_ROWS_MS = 20_000;

/** Remembers the configurations with which servers were just seen to serve the rows, and keeps the rows. */
export const keepProven = async (
  { clock, draft, memory, signal, workload }: PassContext,
  { state, topology }: FoundPair,
  applied: Applied,
): Promise<void> => {
  const right = new Set(
    draft.servers.filter(({ synchronized, serving }) => synchronized && serving).map(({ name }) => name),
  );
  const before = memory.proven;
  memory.proven = new Map(
    state.servers.flatMap(({ server: { name }, wanted }) => {
      const digest = right.has(name) ? wanted.digest : before.get(name);
      return digest === undefined ? [] : [[name, digest] as const];
    }),
  );
  // The Secrets follow in the next pass.
  if ([...memory.proven].some(([name, digest]) => before.get(name) !== digest)) draft.againMs ??= SOON_MS;
  if (right.size === 0 || memory.kept?.revision === applied.revision) return;
  const now = clock.monotonic();
  if (memory.kept !== undefined && now - memory.kept.at < KEEP_ROWS_MS) {
    draft.againMs ??= KEEP_ROWS_MS;
    return;
  }
  await workload.keepRows(topology, provenRows(applied), signal);
  memory.kept = { revision: applied.revision, at: now };
};

/** The audit revision in a backend's revision, which counts more than that. */
export const revisionNumber = (revision: string): number => Number.parseInt(revision, 10) || 0;

export const provenRows = ({ after, revision }: Applied): ProvenRows => ({
  ...after,
  revision: revisionNumber(revision),
});

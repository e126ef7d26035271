/** A plan is tried, and written without what was refused. */
import { BackendRefused, type Revision } from '../backend/backend.ts';
import { KeaUnreachable } from '../kea/client.ts';
import { ancestorsOf, type KeaState, rowAt } from '../kea/kinds.ts';
import type { Marker, ObjectRef } from '../kea/state.ts';
import { ownerOf } from '../plan/describe.ts';
import { type Change, type Plan, rowMadeBy } from '../plan/plan.ts';
import type { Context } from '../runtime/context.ts';
import type { ServerSession } from '../servers/session.ts';
import { NEXT_ROUND, unfit, UNREACHABLE } from '../status/progress.ts';
import type { Problem, Refusal } from '../status/types.ts';
import { type After, afterChanges } from './after.ts';
import type { Connections } from './connections.ts';
import { driftIn, type Expected, type PairMemory } from './memory.ts';
import { valuesFor } from './optionValues.ts';
import type { Planned } from './planRows.ts';
import { preflight, type Trial, withoutRefused } from './preflight.ts';

type Refusals = ReadonlyMap<ObjectRef, Refusal>;

interface RowsContext extends Context {
  readonly memory: PairMemory;
  /** Throws where this process may lead no more. */
  readonly mustLead: () => void;
}

/** What became of a plan. */
export interface Applied {
  readonly after: After;
  readonly revision: Revision;
  readonly changes: readonly Change[];
  readonly refusals: Refusals;
  /** What objects wait for whose own changes nobody refused. */
  readonly waiting: ReadonlyMap<ObjectRef, string>;
  /** Objects that no server has tried, with why not. */
  readonly untried: ReadonlyMap<ObjectRef, Problem>;
  readonly drift: number;
}

/** How long a refusal is believed without asking again, ms: the server may have got what was missing. */
const BELIEVE_REFUSAL_MS = 600_000;

/** So often the rest of a plan is written again without what the database refused of it; what is at fault then as well is found in the next pass. */
const WRITES = 10;

/** What is known of objects before anything is written. */
export interface Tried {
  readonly refusals: Refusals;
  readonly isUntried: (ref: ObjectRef) => boolean;
  /** Why that is so. */
  readonly why: Problem;
}

/**
 * Has a server try what the plan would write. Without a server that answers nothing is to be written but removals and what was proven before: a row
 * that Kea cannot read would keep every server from starting.
 *
 * @param barred Objects for which no row may be written.
 */
export const tryRows = async (
  context: RowsContext,
  { plan, compiled: { desired } }: Planned,
  servers: readonly ServerSession[],
  barred: Refusals,
): Promise<Tried> => {
  const { memory } = context;
  const known = new Map([...rememberedRefusals(context, plan.changes, desired), ...barred]);
  const { made: open } = withoutRefused(plan.changes, (ref) => known.has(ref), desired);
  const found = await tryOnOne(context, open, desired, servers);
  if ('reason' in found) {
    const proven = provenIn(open, memory);
    const unproven = new Set(open.flatMap((change) => markerOf(change)?.object ?? [])).difference(proven);
    return { refusals: known, isUntried: (ref) => unproven.has(ref), why: found };
  }
  const refused = [...found.refusals].map(([ref, text]) => [ref, { by: 'server', text }] as const);
  return { refusals: new Map([...known, ...refused]), isUntried: (ref) => found.untried.has(ref), why: NEXT_ROUND };
};

/**
 * Writes what was tried, in one transaction. What the database refuses, and what hangs on it, is left out, and the rest is written. The servers are
 * told before, as an answer to the commit may get lost.
 */
export const applyRows = async (
  context: RowsContext,
  planned: Planned,
  tried: Tried,
  { backend, servers }: Pick<Connections, 'backend' | 'servers'>,
): Promise<Applied> => {
  const { memory, mustLead, signal } = context;
  const { observed, compiled, scope } = planned;
  const { changes: all } = planned.plan;
  const { desired } = compiled;
  const refusals = new Map(tried.refusals);
  const stuck = new Set<Change>();
  const remember = (): void => {
    rememberRefusals(context, all, desired, refusals);
  };
  remember();

  const write = async (changes: readonly Change[]): Promise<Revision> => {
    const plan: Plan = { ...planned.plan, changes };
    if (changes.length > 0) for (const server of servers) server.expect(changes);
    return backend.apply(plan, scope, observed.revision, signal, mustLead);
  };

  for (let writes = 1; ; writes++) {
    const { made: judged, waits: behind } = withoutRefused(all, (ref) => refusals.has(ref), desired, stuck);
    const { made: changes, waits } = withoutRefused(judged, tried.isUntried, desired);
    try {
      const revision = await write(changes);
      const drift = driftIn(changes, memory.expected);
      const after = afterChanges(observed, changes, scope.serverTag);
      memory.expected = expectedOf(after.owned, desired);
      const waiting = new Map([...behind, ...waits]);
      const left = new Set(judged).difference(new Set(changes));
      return {
        after,
        revision,
        changes,
        refusals,
        waiting: byOwner([...waiting]),
        untried: byOwner([...left].flatMap((change) => (waiting.has(change) ? [] : [[change, tried.why] as const]))),
        drift,
      };
    } catch (error) {
      if (!(error instanceof BackendRefused) || error.refused.size === 0) throw error;
      for (const [change, text] of error.refused) {
        stuck.add(change);
        const owner = ownerOf(change);
        if (owner !== undefined) refusals.set(owner, { by: 'database', text });
      }
      remember();
      if (writes === WRITES) throw error;
    }
  }
};

const byOwner = <T>(found: readonly (readonly [Change, T])[]): ReadonlyMap<ObjectRef, T> =>
  new Map(
    found.flatMap(([change, what]) => {
      const owner = ownerOf(change);
      return owner === undefined ? [] : [[owner, what] as const];
    }),
  );

/**
 * What was on the servers before, and is only to be put right: a row that somebody changed under our marker, or that was as it should be when it
 * was last seen. It needs no trial, and must not wait for one: a row that Kea cannot read keeps the servers from starting, which could try it.
 */
const provenIn = (changes: readonly Change[], memory: PairMemory): ReadonlySet<ObjectRef> =>
  new Set(
    changes.flatMap((change) => {
      const marker = markerOf(change);
      if (marker === undefined) return [];
      const before = change.op === 'update' ? change.was.marker?.digest : undefined;
      const known = memory.expected.digest(change);
      return before === marker.digest || known === marker.digest ? [marker.object] : [];
    }),
  );

/** The last server is asked first: a standby is, and has no clients to keep waiting. A problem where none of them can say. */
const tryOnOne = async (
  context: Context,
  changes: readonly Change[],
  desired: KeaState,
  servers: readonly ServerSession[],
): Promise<Trial | Problem> => {
  if (!changes.some((change) => markerOf(change) !== undefined)) return { refusals: new Map(), untried: new Set() };
  const whys: string[] = [];
  for (const { client, lastView } of servers.toReversed()) {
    if (lastView()?.reachable !== true) continue;
    try {
      return await preflight(context, client, changes, desired);
    } catch (error) {
      if (!(error instanceof KeaUnreachable)) throw error;
      whys.push(error.message);
    }
  }
  return whys.length === 0 ? UNREACHABLE : unfit(whys);
};

/** The marker of a row that is to be written. */
const markerOf = (change: Change): Marker | undefined =>
  change.op === 'create' || change.op === 'update' ? change.item.marker : undefined;

/** What a refusal is about: the object and what it was tried in. */
const basisOf = (change: Change, desired: KeaState): string => {
  const row = rowMadeBy(change);
  if (row === undefined) return '';
  const digests = [row, ...ancestorsOf(row, desired)].map(({ item }) => item.marker?.digest);
  return [...digests, ...valuesFor(row, desired).map(({ data }) => data)].join(' ');
};

const rememberedRefusals = (
  { clock, memory }: RowsContext,
  changes: readonly Change[],
  desired: KeaState,
): Refusals => {
  const now = clock.monotonic();
  const known = new Map<ObjectRef, Refusal>();
  for (const change of changes) {
    const object = markerOf(change)?.object;
    const before = object && memory.refused.get(object);
    if (object === undefined || before?.basis !== basisOf(change, desired)) continue;
    if (now - before.at < BELIEVE_REFUSAL_MS) known.set(object, before.refusal);
  }
  return known;
};

/** Of objects that are gone, or are as their rows again, nothing is kept. */
const rememberRefusals = (
  { clock, memory }: RowsContext,
  changes: readonly Change[],
  desired: KeaState,
  refusals: Refusals,
): void => {
  const now = clock.monotonic();
  const before = new Map(memory.refused);
  memory.refused.clear();
  for (const change of changes) {
    const object = markerOf(change)?.object;
    const refusal = object && refusals.get(object);
    // What the API server says is asked for anew in each pass.
    if (object === undefined || refusal === undefined || refusal.by === 'API server') continue;
    const known = before.get(object);
    const same = known?.refusal === refusal ? known : { basis: basisOf(change, desired), refusal, at: now };
    memory.refused.set(object, same);
  }
};

/** Rows that are as desired: what differs from them later was changed by somebody else. Looked up when asked: there may be very many. */
const expectedOf = (owned: KeaState, desired: KeaState): Expected => ({
  digest: (ref) => {
    const [row, target] = [rowAt(owned, ref), rowAt(desired, ref)];
    const digest = row?.item.marker?.digest;
    return digest === target?.item.marker?.digest ? digest : undefined;
  },
});

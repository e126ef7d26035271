import type { Revision } from '../backend/backend.ts';
import { KeaUnreachable } from '../kea/client.ts';
import type { Item, KeaState, ObjectRef } from '../kea/state.ts';
import type { Change, Plan } from '../plan/plan.ts';
import { afterChanges, type After } from './after.ts';
import type { Connections } from './connections.ts';
import { driftIn, type PairMemory, rowName } from './memory.ts';
import { preflight, type Refusals, withoutRefused } from './preflight.ts';
import type { Planned } from './rows.ts';
import type { ServerSession } from './server.ts';

/** What became of a plan. */
export interface Applied {
  readonly after: After;
  readonly revision: Revision;
  readonly changes: readonly Change[];
  readonly refusals: Refusals;
  readonly drift: number;
  /** The changes wait, as no server answers that could try them. */
  readonly untried: boolean;
}

/** How long a refusal is believed without asking again, ms: the server may have got what was missing. */
const BELIEVE_REFUSAL_MS = 600_000;

/**
 * Writes the plan in one transaction, after a server has tried what it would write. Without a server that answers nothing is
 * written but removals: a row that Kea cannot read would keep every server from starting.
 */
export const applyRows = async (
  planned: Planned,
  { backend, servers }: Pick<Connections, 'backend' | 'servers'>,
  memory: PairMemory,
  now: number,
  signal: AbortSignal,
): Promise<Applied> => {
  const { observed, compiled, scope } = planned;
  const { changes, refusals, untried } = await tryOut(planned, servers, memory, now, signal);
  const drift = driftIn(changes, memory.expected);
  const plan: Plan = { ...planned.plan, changes };
  const revision =
    changes.length === 0 ? observed.revision : await backend.apply(plan, scope, observed.revision, signal);
  const after = afterChanges(observed.owned, changes);
  memory.expected = expectedOf(after.owned, compiled.desired);
  return { after, revision, changes, refusals, drift, untried };
};

const tryOut = async (
  { plan, compiled }: Planned,
  servers: readonly ServerSession[],
  memory: PairMemory,
  now: number,
  signal: AbortSignal,
): Promise<{ readonly changes: readonly Change[]; readonly refusals: Refusals; readonly untried: boolean }> => {
  const remembered = rememberedRefusals(plan.changes, memory, now);
  const open = withoutRefused(plan.changes, remembered, compiled.desired);
  const found = await tryOnOne(open, servers, compiled.desired, signal);
  if (found === 'nobody') {
    const removals = open.filter(({ op }) => op === 'remove' || op === 'release');
    return { changes: removals, refusals: remembered, untried: removals.length < open.length };
  }
  rememberRefusals(plan.changes, found, memory, now);
  return {
    changes: withoutRefused(open, found, compiled.desired),
    refusals: new Map([...remembered, ...found]),
    untried: false,
  };
};

/** The last server is asked first: a standby is, and has no clients to keep waiting. */
const tryOnOne = async (
  changes: readonly Change[],
  servers: readonly ServerSession[],
  desired: KeaState,
  signal: AbortSignal,
): Promise<Refusals | 'nobody'> => {
  if (!changes.some(({ op }) => op === 'create' || op === 'update')) return new Map();
  for (const { client, reachable } of servers.toReversed()) {
    if (!reachable()) continue;
    try {
      return await preflight(client, changes, desired, signal);
    } catch (error) {
      if (!(error instanceof KeaUnreachable)) throw error;
    }
  }
  return 'nobody';
};

const rememberedRefusals = (changes: readonly Change[], memory: PairMemory, now: number): Refusals => {
  const known = new Map<ObjectRef, string>();
  for (const change of changes) {
    const marker = change.op === 'create' || change.op === 'update' ? change.item.marker : undefined;
    const before = marker && memory.refused.get(marker.object);
    if (marker === undefined || before?.digest !== marker.digest) continue;
    if (now - before.at < BELIEVE_REFUSAL_MS) known.set(marker.object, before.text);
  }
  return known;
};

const rememberRefusals = (changes: readonly Change[], found: Refusals, memory: PairMemory, now: number): void => {
  for (const change of changes) {
    const marker = change.op === 'create' || change.op === 'update' ? change.item.marker : undefined;
    if (marker === undefined) continue;
    const text = found.get(marker.object);
    if (text !== undefined) memory.refused.set(marker.object, { digest: marker.digest, text, at: now });
    else if (memory.refused.get(marker.object)?.digest !== marker.digest) memory.refused.delete(marker.object);
  }
};

/** Rows that are as wished: what differs from them later was changed by somebody else. */
const expectedOf = (owned: KeaState, desired: KeaState): Map<string, string> => {
  const expected = new Map<string, string>();
  const take = <Key extends string | number>(
    kind: Change['kind'],
    rows: ReadonlyMap<Key, Item<unknown>>,
    wish: ReadonlyMap<Key, Item<unknown>>,
  ): void => {
    for (const [key, { marker }] of rows) {
      const asWished = marker !== undefined && wish.get(key)?.marker?.digest === marker.digest;
      if (asWished) expected.set(rowName(kind, key), marker.digest);
    }
  };
  take('network', owned.networks, desired.networks);
  take('subnet', owned.subnets, desired.subnets);
  take('host', owned.hosts, desired.hosts);
  return expected;
};

import type { Revision } from '../backend/backend.ts';
import { KeaUnreachable } from '../kea/client.ts';
import type { Item, KeaState, Marker, ObjectRef } from '../kea/state.ts';
import { ownerOf } from '../plan/describe.ts';
import type { Change, Plan } from '../plan/plan.ts';
import { recordsBeside } from '../plan/records.ts';
import type { Clock } from '../runtime/clock.ts';
import { afterChanges, type After } from './after.ts';
import type { Connections } from './connections.ts';
import { driftIn, type PairMemory, rowName } from './memory.ts';
import { preflight, type Refusals, type Trial, withoutRefused } from './preflight.ts';
import type { Planned } from './rows.ts';
import type { ServerSession } from './server.ts';

/** What became of a plan. */
export interface Applied {
  readonly after: After;
  readonly revision: Revision;
  readonly changes: readonly Change[];
  readonly refusals: Refusals;
  /** What objects wait for whose own changes nobody refused. */
  readonly waiting: ReadonlyMap<ObjectRef, string>;
  readonly drift: number;
  /** Changes wait, as no server answers that could try them, or as it was not done with that. */
  readonly untried: boolean;
}

/** How long a refusal is believed without asking again, ms: the server may have got what was missing. */
const BELIEVE_REFUSAL_MS = 600_000;

/** What is to be written of a plan, after a server has tried it. */
export type Tried = Pick<Applied, 'changes' | 'refusals' | 'waiting' | 'untried'>;

/**
 * Has a server try what the plan would write. Without a server that answers nothing is to be written but removals and what was proven before: a row
 * that Kea cannot read would keep every server from starting.
 */
export const tryRows = async (
  { plan, compiled: { desired } }: Planned,
  servers: readonly ServerSession[],
  memory: PairMemory,
  clock: Clock,
  signal: AbortSignal,
): Promise<Tried> => {
  const remembered = rememberedRefusals(plan.changes, desired, memory, clock.monotonic());
  const { made: open } = withoutRefused(plan.changes, (ref) => remembered.has(ref), desired);
  const found = await tryOnOne(open, servers, desired, clock, signal);
  if (found === 'nobody') {
    const proven = provenIn(open, memory);
    const { made: changes } = withoutRefused(open, (ref) => !proven.has(ref), desired);
    return { changes, refusals: remembered, waiting: new Map(), untried: changes.length < open.length };
  }
  const refused = new Map([...remembered, ...found.refusals]);
  rememberRefusals(plan.changes, desired, remembered, found.refusals, memory, clock.monotonic());
  const cannot = (ref: ObjectRef): boolean => refused.has(ref) || found.untried.has(ref);
  const { made: changes, waits } = withoutRefused(plan.changes, cannot, desired);
  const waiting = new Map<ObjectRef, string>();
  for (const [change, why] of waits) {
    const owner = ownerOf(change);
    if (owner !== undefined) waiting.set(owner, why);
  }
  return { changes, refusals: refused, waiting, untried: found.untried.size > 0 };
};

/** Writes what was tried, in one transaction. The servers are told before, as an answer to the commit may get lost. */
export const applyRows = async (
  { observed, compiled, scope, plan: { records, ...rest } }: Planned,
  tried: Tried,
  { backend, servers }: Pick<Connections, 'backend' | 'servers'>,
  memory: PairMemory,
  signal: AbortSignal,
): Promise<Applied> => {
  const { changes } = tried;
  const drift = driftIn(changes, memory.expected);
  const plan: Plan = {
    ...rest,
    changes,
    ...(records === undefined ? {} : { records: recordsBeside(records, observed.ledger, changes) }),
  };
  if (changes.length > 0) for (const server of servers) server.expect(changes);
  const revision = await backend.apply(plan, scope, observed.revision, signal);
  const after = afterChanges(observed, changes, scope.serverTag);
  memory.expected = expectedOf(after.owned, compiled.desired);
  return { ...tried, after, revision, drift };
};

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
      const known = memory.expected.get(rowName(change.kind, change.key));
      return before === marker.digest || known === marker.digest ? [marker.object] : [];
    }),
  );

/** The last server is asked first: a standby is, and has no clients to keep waiting. */
const tryOnOne = async (
  changes: readonly Change[],
  servers: readonly ServerSession[],
  desired: KeaState,
  clock: Clock,
  signal: AbortSignal,
): Promise<Trial | 'nobody'> => {
  if (!changes.some((change) => markerOf(change) !== undefined)) return { refusals: new Map(), untried: new Set() };
  for (const { client, lastView } of servers.toReversed()) {
    if (lastView()?.reachable !== true) continue;
    try {
      return await preflight(client, changes, desired, clock, signal);
    } catch (error) {
      if (!(error instanceof KeaUnreachable)) throw error;
    }
  }
  return 'nobody';
};

/** The marker of a row that is to be written. */
const markerOf = (change: Change): Marker | undefined =>
  change.op === 'create' || change.op === 'update' ? change.item.marker : undefined;

/** What a refusal is about: the object and what it was tried in. */
const basisOf = (change: Change, desired: KeaState): string => {
  if (change.op !== 'create' && change.op !== 'update') return '';
  const own = change.kind === 'subnet' ? change.item : undefined;
  const subnet = change.kind === 'host' ? desired.subnets.get(change.item.body['subnet-id']) : own;
  const network = desired.networks.get(subnet?.body['shared-network-name'] ?? '');
  return [change.item, subnet, network].map((item) => item?.marker?.digest).join(' ');
};

const rememberedRefusals = (
  changes: readonly Change[],
  desired: KeaState,
  memory: PairMemory,
  now: number,
): ReadonlyMap<ObjectRef, string> => {
  const known = new Map<ObjectRef, string>();
  for (const change of changes) {
    const object = markerOf(change)?.object;
    const before = object && memory.refused.get(object);
    if (object === undefined || before?.basis !== basisOf(change, desired)) continue;
    if (now - before.at < BELIEVE_REFUSAL_MS) known.set(object, before.text);
  }
  return known;
};

/** Of objects that are gone, or are as their rows again, nothing is kept. */
const rememberRefusals = (
  changes: readonly Change[],
  desired: KeaState,
  remembered: Refusals,
  found: Refusals,
  memory: PairMemory,
  now: number,
): void => {
  const before = new Map(memory.refused);
  memory.refused.clear();
  for (const change of changes) {
    const object = markerOf(change)?.object;
    if (object === undefined) continue;
    const text = found.get(object);
    const known = remembered.has(object) ? before.get(object) : undefined;
    if (text !== undefined) memory.refused.set(object, { basis: basisOf(change, desired), text, at: now });
    else if (known !== undefined) memory.refused.set(object, known);
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

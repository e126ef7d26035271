import type { HAPair } from '../api/index.ts';
import { StaleObservation } from '../backend/backend.ts';
import { unlessNotFound } from '../runtime/errors.ts';
import type { Reconcile, Result } from '../runtime/controller.ts';
import type { Key } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import type { Publisher } from '../status/publish.ts';
import { report, reportStrays } from '../status/report.ts';
import type { AnyKind, Problem } from '../status/types.ts';
import { disown, removeBelongings } from '../workload/belongings.ts';
import { lookAtDefinitions } from './definitions.ts';
import { type Caches, gather, type Gathered } from './gather.ts';
import { createMemory, type PairMemory } from './memory.ts';
import { timed } from './phases.ts';
import { startDraft, takeTurn, type Draft, type TurnDeps } from './turn.ts';

export interface ReconcileDeps extends TurnDeps {
  readonly caches: Caches;
  readonly publisher: Publisher;
}

/** The rows of a settled pair are read again after so long, whatever turns came between: drift is put right within a minute. */
const DRIFT_CHECK_MS = 45_000;
/** One that is under way, sooner; what takes long is asked after less and less often. */
const AGAIN_MS = 2000;
const AGAIN_LIMIT_MS = 15_000;
/** A database that is away is asked for this often: servers that started without it are to take up its rows soon after. */
const DATABASE_AGAIN_MS = 5000;

const NAMESPACES: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

/** The reconcile function of pairs: one turn, and a report on it whatever became of it. */
export const createReconcile = (deps: ReconcileDeps): Reconcile => {
  const memories = new Map<Key, { readonly uid: string; readonly memory: PairMemory }>();

  const memoryOf = (key: Key, uid: string): PairMemory => {
    const known = memories.get(key);
    if (known?.uid === uid) return known.memory;
    const memory = createMemory();
    memories.set(key, { uid, memory });
    return memory;
  };

  /** What is remembered and open of a pair that is gone. */
  const forget = async (key: Key, gathered: Gathered, signal: AbortSignal): Promise<void> => {
    const known = memories.get(key);
    if (known === undefined) return;
    memories.delete(key);
    deps.settler.forget(known.uid);
    const pair = key.slice(gathered.namespace.length + 1);
    deps.metrics.forget({ namespace: gathered.namespace, pair });
    await deps.connections.drop(key);
    await deps.leaseSources.drop({ namespace: gathered.namespace, pair }, signal);
  };

  return async (key, { signal, log }): Promise<Result> => {
    const gathered = gather(deps.caches, key);
    const { pair } = gathered;
    if (pair === undefined) {
      if (!key.endsWith('/')) await forget(key, gathered, signal);
      await deps.publisher.publish(reportStrays(deps.clock.now(), gathered), signal);
      return {};
    }
    if (isLeaving(gathered) && (await isTerminating(deps, gathered.namespace, signal))) {
      // Pods and Secrets go with the namespace whatever we do: nothing is left to protect. What is elsewhere goes before the pair, which knows of it.
      const of = { namespace: gathered.namespace, pair: pair.metadata.name };
      await deps.leaseSources.drop(of, signal);
      const unremoved = await deps.databases.drop(pair, signal);
      if (unremoved !== undefined) log.warn({ reason: unremoved.reason }, unremoved.message);
      await deps.publisher.publish(
        { statuses: [], events: [], released: everything(gathered), ends: false, settled: true },
        signal,
      );
      return {};
    }

    // After the caches were looked at: what is missing there is asked for here.
    const definitions = await timed(deps, 'definitions', () =>
      lookAtDefinitions(deps.client, gathered.unserved, signal),
    );
    const draft = startDraft({ ...gathered, pair }, definitions, deps.clock.now());
    const notAllowed = deps.notAllowed(pair);
    if (notAllowed !== undefined) draft.notAllowed = notAllowed;
    const memory = memoryOf(key, pair.metadata.uid ?? '');
    // A pair that its definition takes along is nobody's to work on: it only has to be let go.
    const swept = definitions.leaving.has(pair.kind) && pair.metadata.deletionTimestamp !== undefined;
    const failure = swept ? undefined : await attempt(deps, key, memory, draft, log, signal);
    signal.throwIfAborted();
    let result = await timed(deps, 'report', () => report(draft));
    const unremoved = result.ends ? await endPair(deps, key, pair, signal) : undefined;
    if (unremoved !== undefined) {
      draft.backendProblem = unremoved;
      const { released, ...said } = report(draft);
      result = { ...said, released: released.filter((object) => object !== pair), ends: false, settled: false };
    }
    await timed(deps, 'publish', () => deps.publisher.publish(result, signal));
    if (failure instanceof StaleObservation) return { requeueAfterMs: 100 };
    if (failure !== undefined) throw failure;
    memory.unsettled = result.settled ? 0 : memory.unsettled + 1;
    const limit = draft.backendReachable ? AGAIN_LIMIT_MS : DATABASE_AGAIN_MS;
    const again = Math.min(AGAIN_MS * 1.3 ** memory.unsettled, limit);
    const next = result.settled ? untilDriftCheck(deps, key) : again;
    return { requeueAfterMs: Math.min(next, draft.againMs ?? next) };
  };
};

const untilDriftCheck = ({ connections }: ReconcileDeps, key: Key): number => {
  const age = connections.get(key)?.rowsAge() ?? 0;
  return DRIFT_CHECK_MS - Math.min(age, DRIFT_CHECK_MS - AGAIN_MS);
};

/** Takes the turn; a failure is put into the draft, to be reported, and given back. */
const attempt = async (
  deps: ReconcileDeps,
  key: Key,
  memory: PairMemory,
  draft: Draft,
  log: Parameters<typeof takeTurn>[4],
  signal: AbortSignal,
): Promise<Error | undefined> => {
  const { pair } = draft.snapshot;
  try {
    // Before anything that may fail, and of a paused pair as well: until then a deletion in the foreground ends its servers.
    if (!memory.disowned) await disown(deps.client, pair, signal);
    memory.disowned = true;
    if (pair.spec.paused) return undefined;
    await takeTurn(deps, key, memory, draft, log, signal);
    return undefined;
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    draft.failure = { reason: 'ReconcileFailed', message: failure.message };
    return failure;
  } finally {
    memory.databaseAnswers = draft.backendReachable;
  }
};

const everything = ({ pairs, networks, subnets }: Gathered): readonly AnyKind[] => [...subnets, ...networks, ...pairs];

const isLeaving = (gathered: Gathered): boolean =>
  everything(gathered).some(({ metadata }) => metadata.deletionTimestamp !== undefined);

const isTerminating = async ({ client }: ReconcileDeps, name: string, signal: AbortSignal): Promise<boolean> => {
  const namespace = await unlessNotFound(client.get(NAMESPACES, { name }, { signal }));
  return namespace?.metadata.deletionTimestamp !== undefined;
};

/** The last that a pair has: its finalizer goes once this is done. Its database goes first: where it cannot, all stays as it is. */
const endPair = async (
  deps: ReconcileDeps,
  key: Key,
  pair: HAPair,
  signal: AbortSignal,
): Promise<Problem | undefined> => {
  const { name, namespace = '' } = pair.metadata;
  await deps.connections.drop(key);
  const unremoved = await deps.databases.drop(pair, signal);
  if (unremoved !== undefined) return unremoved;
  await removeBelongings(deps.client, pair, signal);
  await deps.leaseSources.drop({ namespace, pair: name }, signal);
  return undefined;
};

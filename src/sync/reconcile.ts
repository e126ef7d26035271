/** The passes of all pairs: what leads to one, how long it may take, and what comes after it. */
import type { HAPair } from '../api/index.ts';
import { StaleObservation } from '../backend/backend.ts';
import { commonIn, countChildren, takeSnapshot } from '../compile/snapshot.ts';
import type { Rejection } from '../compile/types.ts';
import { FAMILIES, IP_FAMILY_NAMES, ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import type { ConditionFacts } from '../metrics/pairs.ts';
import type { PairLabels } from '../metrics/statistics.ts';
import type { Pass, Reconcile, Result } from '../runtime/controller.ts';
import { asError, unlessNotFound } from '../runtime/errors.ts';
import { LeadershipLost } from '../runtime/leader.ts';
import { createLimit, OutOfTime } from '../runtime/limit.ts';
import type { Logger } from '../runtime/log.ts';
import { type Key, keyOf, parseKey } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { inSlices } from '../runtime/steps.ts';
import { conditionsOf } from '../status/conditions.ts';
import type { Publisher } from '../status/publish.ts';
import { type PairWrites, reportPair, reportSteps, reportUnattached, reportWaiting } from '../status/report.ts';
import type { AnyKind, Definitions, Problem, Report } from '../status/types.ts';
import { disown, removeBelongings } from '../workload/belongings.ts';
import { type AttemptDraft, type PassDeps, startDraft } from './context.ts';
import { converge } from './converge.ts';
import { lookAtDefinitions } from './definitions.ts';
import { failureOf } from './failure.ts';
import { familyStageOf } from './familyStage.ts';
import { type Caches, gather, type Gathered } from './gather.ts';
import { judgeUnserved } from './judgeUnserved.ts';
import { passFacts } from './passFacts.ts';
import { passesOf, passOf } from './passKey.ts';
import { passLimitMs } from './passLimit.ts';
import { awaitedIn, step, timed } from './phases.ts';
import { isAtWorkBeside, type PairSession } from './sessions.ts';

export interface ReconcileDeps extends PassDeps {
  readonly caches: Caches;
  readonly publisher: Publisher;
}

/** The rows of a settled pair are read again after so long, whatever passes came between: drift is put right within a minute. */
const DRIFT_CHECK_MS = 45_000;
/** One that is under way, sooner; what takes long is asked after less and less often. */
const AGAIN_MS = 2000;
const AGAIN_LIMIT_MS = 15_000;
/** A database that is away is asked for this often: servers that started without it are to take up its rows soon after. */
const DATABASE_AGAIN_MS = 5000;

/** So long the cache may have a pair that is gone; one that is not by then, as its finalizer could not be taken off, is looked at again. */
const GONE_MS = 15_000;

const NAMESPACES: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

/** While a pass is waited for, so many objects at a time are told that it is; the others follow. */
const TOLD = 100;

export interface PairPasses {
  /** One pass, and a report on it whatever became of it. */
  readonly reconcile: Reconcile;
  /** Says of objects of a pair of which nothing is said yet that they wait for its pass, which is late. */
  readonly late: (key: Key, pass: Pick<Pass, 'signal'>) => Promise<void>;
}

/** The passes of pairs. */
export const createPasses = (deps: ReconcileDeps): PairPasses => {
  /** Passes of families that pairs do not serve any more, and of which nothing is left but pods that end. */
  const ended = new Set<Key>();

  /** What is remembered and open of a pair that is gone. */
  const forget = async (key: Key, signal: AbortSignal): Promise<void> => {
    ended.delete(key);
    if (!(await deps.sessions.forget(key))) return;
    const { pair: of, family } = passOf(key);
    const { namespace = '', name: pair } = parseKey(of);
    deps.metrics.forget({ namespace, pair });
    await deps.leaseSources.drop({ namespace, pair, ipFamily: ipFamilyOf(family) }, signal);
  };

  const late: PairPasses['late'] = async (key, { signal }) => {
    const { pair: of, family } = passOf(key);
    const { pair, children } = gather(deps.caches, of);
    if (pair === undefined) return;
    const pass = deps.sessions.get(key)?.underWay;
    // Everything is being told of.
    if (pass?.phase === 'publish') return;
    const message = pass
      ? `not looked at yet: the pass of the HAPair waits for the ${awaitedIn(pass.phase)}`
      : 'not looked at yet: the HAPair waits for its pass, as those of others are under way';
    const draft = startDraft(takeSnapshot(pair, family, children), 'served', UNKNOWN, deps.clock.now());
    const waiting = reportWaiting({ ...draft, failure: { reason: 'Pending', message } });
    await deps.publisher.publishFirst(waiting.slice(0, TOLD), signal);
  };

  /** Pods and Secrets go with the namespace whatever we do: nothing is left to protect. What is elsewhere goes before the pair, which knows of it. */
  const letGo = async (key: Key, pair: HAPair, gathered: Gathered, { signal, log }: Pass): Promise<void> => {
    await dropLeaseSources(deps, pair, signal);
    const unremoved = await deps.sessions.of(key, pair.metadata.uid ?? '').databases.drop(pair, signal);
    if (unremoved !== undefined) log.warn({ reason: unremoved.reason }, unremoved.message);
    await deps.publisher.publish({ statuses: [], events: [], released: everything(gathered) }, signal);
  };

  const takeOne: Reconcile = async (key, pass): Promise<Result> => {
    const { signal, log } = pass;
    const { pair: of, family } = passOf(key);
    const gathered = gather(deps.caches, of);
    const { pair, children } = gathered;
    if (pair === undefined) {
      if (!key.endsWith('/')) await forget(key, signal);
      if (of !== key) return {};
      const { againMs, ...writes } = reportUnattached(deps.clock.now(), gathered);
      await deps.publisher.publish(writes, signal);
      return againMs === undefined ? {} : { requeueAfterMs: againMs };
    }
    if (isLeaving(gathered) && (await isTerminating(deps, gathered.namespace, signal))) {
      await letGo(key, pair, gathered, pass);
      return {};
    }

    const snapshot = takeSnapshot(pair, family, children);
    const stage = familyStageOf(pair, family, deps.hasPods(of, family));
    if (countChildren(snapshot) > 0 || stage === 'served') ended.delete(key);
    else if (stage === 'unserved' || ended.has(key) || !deps.hasPods(of, family)) {
      if (stage === 'leaving') await endFamily(deps, key, pair, signal);
      await deps.sessions.forget(key);
      deps.metrics.forgetFamily(labelsOf(pair), ipFamilyOf(family));
      return {};
    }
    // After the caches were looked at: what is missing there is asked for here.
    const definitions = await timed(deps, 'definitions', () =>
      lookAtDefinitions(deps.client, gathered.unserved, signal),
    );
    const draft = startDraft(snapshot, stage, definitions, deps.clock.now());
    const notAllowed = deps.notAllowed(pair);
    if (notAllowed !== undefined) draft.notAllowed = notAllowed;
    const session = deps.sessions.of(key, pair.metadata.uid ?? '');
    if (isEnding(deps, session)) return { requeueAfterMs: AGAIN_MS };
    session.underWay = draft;
    // A pair that its definition takes along is nobody's to work on: it only has to be let go.
    const swept = definitions.leaving.has(pair.kind) && pair.metadata.deletionTimestamp !== undefined;
    const failure = swept ? undefined : await attempt(deps, session, draft, log, signal);
    signal.throwIfAborted();
    // However far the pass came: what it did not learn nobody is to take for known.
    deps.metrics.pass(labelsOf(pair), ipFamilyOf(family), passFacts(draft, failure !== undefined));
    const { settled, isEmpty, againMs } = await tell(deps, session, draft, signal);
    if (againMs !== undefined) draft.againMs = Math.min(draft.againMs ?? againMs, againMs);
    if (stage === 'leaving' && isEmpty) {
      ended.add(key);
      await endFamily(deps, key, pair, signal);
      return {};
    }
    if (failure instanceof StaleObservation) return { requeueAfterMs: 100 };
    if (failure !== undefined) throw failure;
    return { requeueAfterMs: nextIn(session, draft, settled) };
  };

  const reconcile: Reconcile = async (key, pass) => {
    try {
      return await takeOne(key, pass);
    } finally {
      delete deps.sessions.get(key)?.underWay;
    }
  };

  return { reconcile, late };
};

/** When to look again, whatever happens until then, ms. */
const nextIn = (session: PairSession, draft: AttemptDraft, settled: boolean): number => {
  const { memory } = session;
  memory.unsettled = settled ? 0 : memory.unsettled + 1;
  const limit = draft.backendReachable ? AGAIN_LIMIT_MS : DATABASE_AGAIN_MS;
  const again = Math.min(AGAIN_MS * 1.3 ** memory.unsettled, limit);
  const next = settled ? untilDriftCheck(session) : again;
  return Math.min(next, draft.againMs ?? next);
};

/** Says what the pass found: of the children, and then, with what the pass of the other family found, of the pair. */
const tell = async (
  deps: ReconcileDeps,
  session: PairSession,
  draft: AttemptDraft,
  signal: AbortSignal,
): Promise<Pick<Report, 'settled' | 'againMs'> & { readonly isEmpty: boolean }> => {
  const { memory, shared } = session;
  const { pair, family } = draft.snapshot;
  const look = (): Promise<Report> =>
    inSlices(reportSteps(draft, memory.report, [...shared.reports.values()]), deps.clock, signal);
  let found = await timed(deps, 'report', look);
  await step({ ...deps, draft }, 'publish', () => deps.publisher.publish(found, signal));
  let settled = found.settled;
  const sayAll = (): PairWrites => {
    shared.reports.set(family.version, found.pair);
    return reportPair(pair, [...shared.reports.values()], awaitedBeside(deps, session, draft), deps.clock.now());
  };
  const tellPair = async (): Promise<void> => {
    if (isEnding(deps, session)) return;
    let writes = sayAll();
    let events = found.pairEvents;
    let ended = false;
    if (writes.ends && !isAtWorkBeside(deps.sessions, session, keyOf(pair))) {
      shared.endsUntil = Infinity;
      const unremoved = await endPair(deps, session, pair, signal).catch((error: unknown) => {
        shared.endsUntil = 0;
        throw error;
      });
      ended = unremoved === undefined;
      shared.endsUntil = ended ? deps.clock.monotonic() + GONE_MS : 0;
      if (unremoved !== undefined) {
        draft.backendProblem = unremoved;
        found = await look();
        writes = sayAll();
        events = found.pairEvents;
      }
    }
    if (writes.ends && !ended) {
      writes = { ...writes, released: [] };
      settled = false;
    }
    deps.metrics.conditions(labelsOf(pair), conditionFacts(pair, writes));
    await deps.publisher.publish({ ...writes, events }, signal);
  };
  await step({ ...deps, draft }, 'publish', () => shared.publishing(tellPair, signal));
  const { againMs } = found;
  return { settled, isEmpty: found.pair.isEmpty, ...(againMs === undefined ? {} : { againMs }) };
};

const labelsOf = ({ metadata: { namespace = '', name } }: HAPair): PairLabels => ({ namespace, pair: name });

/** What the pair says once these are written. */
const conditionFacts = (pair: HAPair, { statuses }: PairWrites): readonly ConditionFacts[] => {
  const written = statuses.find(({ object }) => object === pair)?.status ?? pair.status;
  return [...conditionsOf(written)].map(([type, { status, reason }]) => ({ type, status, reason }));
};

/** The other families of which there is something to say that is not known yet. */
const awaitedBeside = (
  { caches, hasPods }: ReconcileDeps,
  { shared }: PairSession,
  { snapshot: { pair, family } }: AttemptDraft,
): readonly Family[] =>
  FAMILIES.filter((other) => {
    if (other === family) return false;
    const { children } = gather(caches, keyOf(pair));
    const known = shared.reports.get(other.version);
    const hasChildren = countChildren(takeSnapshot(pair, other, children)) > 0;
    if (known !== undefined) return known.isEmpty && hasChildren;
    return hasChildren || familyStageOf(pair, other, hasPods(keyOf(pair), other)) !== 'unserved';
  });

const isEnding = ({ clock }: ReconcileDeps, { shared }: PairSession): boolean => clock.monotonic() < shared.endsUntil;

/** Definitions that nobody has looked at. */
const UNKNOWN: Definitions = { uids: new Map(), leaving: new Set(), missing: new Set(), forbidden: new Set() };

const untilDriftCheck = ({ connections }: PairSession): number => {
  const age = connections.current()?.rowsAge() ?? 0;
  return DRIFT_CHECK_MS - Math.min(age, DRIFT_CHECK_MS - AGAIN_MS);
};

/** Takes the pass, for as long as it may take; a failure is put into the draft, to be reported, and given back. */
const attempt = async (
  deps: ReconcileDeps,
  session: PairSession,
  draft: AttemptDraft,
  log: Logger,
  signal: AbortSignal,
): Promise<Error | undefined> => {
  const { memory } = session;
  const { pair, spec } = draft.snapshot;
  const limit = createLimit(deps.clock, passLimitMs(countChildren(draft.snapshot), memory.hung), signal);
  try {
    // Before anything that may fail, and of a paused pair as well: until then a deletion in the foreground ends its servers.
    if (!memory.disowned) await disown(deps.client, pair, limit.signal);
    memory.disowned = true;
    if ('rejection' in spec) {
      // Nobody behind this reads a specification that does not fit: database and servers stay as they are.
      if (pair.unread === undefined) draft.failure = invalidity(spec.rejection);
      return undefined;
    }
    const pass = { ...deps, ...session, draft, log, limit, signal: limit.signal };
    if (draft.stage === 'unserved') await judgeUnserved(pass);
    else if (!spec.spec.paused) await converge(pass);
    return undefined;
  } catch (error) {
    const reason: unknown = limit.signal.reason;
    // Another process may lead: what this one found is not to be told any more.
    if (error instanceof LeadershipLost) throw error;
    const failure = reason instanceof OutOfTime ? reason : asError(error);
    if (failure instanceof OutOfTime) giveUp(draft, failure);
    else draft.failure = failureOf(failure);
    return failure;
  } finally {
    limit.clear();
    memory.databaseAnswers = draft.backendReachable;
    const hangs =
      draft.backendProblem?.reason === 'BackendUnavailable' || draft.failure?.reason === 'ServersUnreachable';
    memory.hung = hangs ? memory.hung + 1 : 0;
  }
};

/** What is said of a pass that took too long: who did not answer. */
const giveUp = (draft: AttemptDraft, { message }: OutOfTime): void => {
  const awaited = awaitedIn(draft.phase);
  const why = `the pass of the HAPair was ${message}, as it waited for the ${awaited}`;
  switch (awaited) {
    case 'database':
      draft.backendReachable = false;
      draft.backendProblem = { reason: 'BackendUnavailable', message: why };
      return;
    case 'servers':
      draft.failure = { reason: 'ServersUnreachable', message: why };
      return;
    case 'API server':
      draft.failure = { reason: 'APIServerUnavailable', message: why };
  }
};

const invalidity = ({ reason, message }: Rejection): Problem => ({
  reason,
  message: `the HAPair does not fit its schema: ${message}`,
});

const everything = ({ pairs, children }: Gathered): readonly AnyKind[] => [
  ...[...children.subnets, ...commonIn(children)].map(({ object }) => object),
  ...pairs,
];

const isLeaving = ({ pairs, children }: Gathered): boolean =>
  [commonIn(children), children.subnets].some((some) => some.some(({ isDeleting }) => isDeleting)) ||
  pairs.some(({ metadata }) => metadata.deletionTimestamp !== undefined);

const isTerminating = async ({ client }: ReconcileDeps, name: string, signal: AbortSignal): Promise<boolean> => {
  const namespace = await unlessNotFound(client.get(NAMESPACES, { name }, { signal }));
  return namespace?.metadata.deletionTimestamp !== undefined;
};

/** The last that a pair has: its finalizer goes once this is done. Its database goes first: where it cannot, all stays as it is. */
const endPair = async (
  deps: ReconcileDeps,
  { databases }: PairSession,
  pair: HAPair,
  signal: AbortSignal,
): Promise<Problem | undefined> => {
  for (const key of passesOf(keyOf(pair))) await deps.sessions.get(key)?.connections.close();
  const unremoved = await databases.drop(pair, signal);
  if (unremoved !== undefined) return unremoved;
  await removeBelongings(deps.client, pair, FAMILIES, signal);
  await dropLeaseSources(deps, pair, signal);
  return undefined;
};

const dropLeaseSources = async ({ leaseSources }: ReconcileDeps, pair: HAPair, signal: AbortSignal): Promise<void> => {
  const { name, namespace = '' } = pair.metadata;
  for (const ipFamily of IP_FAMILY_NAMES) await leaseSources.drop({ namespace, pair: name, ipFamily }, signal);
};

/** Ends the servers of a family that a pair does not serve any more, when nothing of it belongs to the pair. Its leases stay where they are. */
const endFamily = async (deps: ReconcileDeps, key: Key, pair: HAPair, signal: AbortSignal): Promise<void> => {
  const { family } = passOf(key);
  const { name, namespace = '' } = pair.metadata;
  const shared = deps.sessions.get(key)?.shared;
  await deps.sessions.forget(key);
  await removeBelongings(deps.client, pair, [family], signal);
  await deps.leaseSources.drop({ namespace, pair: name, ipFamily: ipFamilyOf(family) }, signal);
  deps.metrics.forgetFamily({ namespace, pair: name }, ipFamilyOf(family));
  const reports = [...(shared?.reports.values() ?? [])];
  if (shared === undefined || reports.length === 0) return;
  const tellPair = (): Promise<void> =>
    deps.publisher.publish({ ...reportPair(pair, reports, [], deps.clock.now()), events: [] }, signal);
  await shared.publishing(tellPair, signal);
};

import { BackendUnavailable } from '../backend/backend.ts';
import type { HAPair } from '../api/index.ts';
import { attach, type Attached } from '../compile/attach.ts';
import type { Snapshot } from '../compile/types.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { OperatorMetrics, Phase } from '../metrics/metrics.ts';
import type { KubeClient } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Limit } from '../runtime/limit.ts';
import type { Logger } from '../runtime/log.ts';
import type { Key } from '../runtime/object.ts';
import type { Publisher } from '../status/publish.ts';
import { definitionProblem } from '../status/progress.ts';
import type { Attempt, Definitions, Problem, Refusal } from '../status/types.ts';
import type { DatabaseResolver } from '../workload/databaseResolution.ts';
import type { Footing } from '../workload/carryOut.ts';
import type { Looked, Settler } from '../workload/settle.ts';
import { carriedRows, type ProvenRows } from '../workload/carriedRows.ts';
import { claimProblem } from '../workload/claims.ts';
import { type NodeFacts, resolveTopology, type Topology } from '../workload/topology.ts';
import type { SchemaState } from '../workload/podState.ts';
import type { Workload, WorkloadState, WorkloadWish } from '../workload/workload.ts';
import { applyRows, type Applied, tryRows } from './apply.ts';
import type { ConnectionRegistry, Connections } from './connections.ts';
import type { LeaseSources } from './leaseSources.ts';
import { reachOf } from './reach.ts';
import { learnAddresses, type PairMemory } from './memory.ts';
import { spendPermissions } from './permissions.ts';
import { step } from './phases.ts';
import { protect } from './protect.ts';
import { planRows } from './rows.ts';
import type { Followed } from './server.ts';
import { followRows } from './servers.ts';
import { sharingOf } from './sharing.ts';
import { contactsOf, outcomesOf, standingsOf } from './outcomes.ts';

/** What a turn works with. */
export interface TurnDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly metrics: OperatorMetrics;
  readonly nodes: () => ReadonlyMap<string, NodeFacts>;
  /** All pairs of the cluster. */
  readonly pairs: () => readonly HAPair[];
  /** What a pair asks for beyond what the installation allows; undefined: nothing. */
  readonly notAllowed: (pair: HAPair) => string | undefined;
  readonly databases: DatabaseResolver;
  readonly workload: Workload;
  readonly settler: Settler;
  readonly connections: ConnectionRegistry;
  readonly publisher: Pick<Publisher, 'publishGreatestId'>;
  readonly leaseSources: LeaseSources;
  /** Tells of something that was done to a server. */
  readonly tell: (
    snapshot: Snapshot,
    reason: 'ServerConfigured' | 'ServerRestarted' | 'ServerCarried',
    note: string,
  ) => void;
}

/** An attempt while it is being made: the turn fills in how far it came. */
export type Draft = { -readonly [K in keyof Attempt]: Attempt[K] } & {
  /** Something is left that is to be done or looked at so soon, whatever the status says, ms. */
  againMs?: number;
  /** What the turn is at. */
  phase?: Phase;
};

export const startDraft = (snapshot: Snapshot, definitions: Definitions, now: number): Draft => ({
  now,
  snapshot,
  definitions,
  serverTag: '',
  workloadProblems: [],
  backendReachable: false,
  refusals: new Map(),
  waiting: new Map(),
  untried: new Map(),
  servers: [],
  drift: 0,
  adopted: [],
});

/** A Subnet whose last reservation went is looked up so long, at the most: it may get another one, and each change of it is one of the servers. */
const DROP_LOOKUPS_MS = 3_600_000;

/** After something was done to a server. */
const SOON_MS = 1000;

/**
 * One turn of one pair, from its objects to what its servers run. Fills the draft as it goes, so that whatever ends it the
 * report can say how far it came.
 */
export const takeTurn = async (
  deps: TurnDeps,
  key: Key,
  memory: PairMemory,
  draft: Draft,
  log: Logger,
  limit: Limit,
): Promise<void> => {
  const { snapshot } = draft;
  const { signal } = limit;
  const topology = resolve(deps, memory, draft);
  if (topology === undefined) return;
  const { notAllowed } = draft;
  // Of one that has nothing yet nothing is made: no role, no database, no Job that runs its image.
  if (notAllowed !== undefined && snapshot.pair.status?.schemaVersion === undefined) {
    draft.workloadProblems = [{ reason: 'NotAllowed', message: notAllowed }];
    return;
  }
  const isAllowed = (pair: HAPair): boolean => deps.notAllowed(pair) === undefined;
  const claim = claimProblem(snapshot.pair, deps.pairs(), deps.nodes(), isAllowed);
  if (claim !== undefined) draft.workloadProblems = [...draft.workloadProblems, claim];
  const attached = attach(snapshot.pair.metadata.name, snapshot);
  const barred = await protect(deps.client, snapshot.pair, attached, signal);

  const database = await step(deps, draft, 'database', () =>
    deps.databases.resolve(snapshot.pair, topology, memory.databaseAnswers, signal),
  );
  if (database.problem !== undefined) draft.backendProblem = database.problem;
  if (database.target === undefined) return;
  draft.database = `${database.target.host}/${database.target.name}`;

  // Nothing is started any more of a pair that goes and has nothing left to serve.
  const held = claim !== undefined || isEnding(snapshot.pair, attached);
  const { answering, proven } = memory;
  const wish = { pair: snapshot.pair, topology, database: database.target, answering, proven, held, notAllowed };
  const state = await step(deps, draft, 'workload', () => deps.workload.ensure(wish, signal));
  draft.workloadProblems = [...draft.workloadProblems, ...state.problems];
  if (state.servers.length === 0) return;
  draft.ownAddresses = learnAddresses(memory, state.servers);

  const reach = reachOf(snapshot.pair, database.target, state);
  const connections = deps.connections.connect(key, reach);
  await deps.leaseSources.describe(reach.leases, signal);
  const views = await step(deps, draft, 'look', () =>
    Promise.all(connections.servers.map((server) => server.look(signal))),
  );
  memory.answering = new Set(views.filter((view) => view.reachable).map((view) => view.name));
  const contacts = contactsOf(connections, views);
  const expected = attached.subnets.some(({ status }) => status?.subnetId !== undefined);
  const looked = await step(deps, draft, 'look', () => deps.settler.look(topology, state, contacts, expected, signal));
  const outcomes = (standings: Looked['standings'], followed: ReadonlyMap<string, Followed>) =>
    outcomesOf(topology, state, views, standings, followed, expected);
  draft.servers = outcomes(looked.standings, standingsOf(connections));
  const tended = await step(deps, draft, 'tend', () =>
    limit.whole(() => deps.settler.tend(topology, state, contacts, looked, signal)),
  );
  if (tended) draft.againMs = SOON_MS;

  const sharing = sharingOf([...contacts.values()].map(({ status }) => status));
  const current = sharing === undefined ? snapshot : { ...snapshot, sharing };
  const applied = await reconcileRows(draft, current, topology, state.schema, connections, memory, deps, barred, limit);
  const footing = footingOf(wish, applied, memory, deps, signal);
  // A server that takes a configuration serves nobody until its clients are seen to again.
  const settled = await step(deps, draft, 'settle', () =>
    limit.whole(() => deps.settler.act(topology, state, contacts, looked, footing, signal)),
  );
  for (const { server: name, reason, message } of settled.done) {
    connections.servers.find(({ client }) => client.name === name)?.forget();
    // What one configuration refuses another may take.
    memory.refused.clear();
    deps.tell(snapshot, reason, message);
    log.info({ reason }, message);
  }
  if (settled.done.length > 0) memory.unsettled = 0;
  if (settled.done.length > 0 || settled.handsBack) draft.againMs = SOON_MS;
  if (settled.refused !== undefined) draft.configRefusal = settled.refused;
  draft.servers = outcomes(settled.servers, standingsOf(connections));
  if (applied === undefined) return;
  const followed = await step(deps, draft, 'follow', () =>
    followRows(connections.servers, applied.after, memory, deps.clock, signal),
  );
  draft.servers = outcomes(settled.servers, followed);
  const drifted = [...followed.values()].reduce((sum, { drifted: count }) => sum + count, 0);
  draft.drift = applied.drift + drifted;
  count(deps.metrics, topology, draft, applied, followed);
  if (applied.changes.length > 0) {
    log.info({ changes: applied.changes.length, revision: applied.revision, drift: draft.drift }, 'rows written');
  }
  await keepProven(draft, state, applied, memory, deps, topology, signal);
};

const resolve = ({ nodes }: TurnDeps, memory: PairMemory, draft: Draft): Topology | undefined => {
  const { topology, problems } = resolveTopology(draft.snapshot.pair, nodes(), memory.addresses);
  draft.workloadProblems = problems.map(({ reason, message }): Problem => ({ reason, message }));
  if (topology === undefined) return undefined;
  draft.serverTag = topology.serverTag;
  for (const server of topology.servers) memory.addresses.set(server.name, server.address);
  return topology;
};

const isEnding = ({ metadata }: HAPair, { networks, subnets, reservations }: Attached): boolean =>
  metadata.deletionTimestamp !== undefined && networks.length + subnets.length + reservations.length === 0;

/** What the servers stand on: what the database was just seen to hold, or else what was kept of it. */
const footingOf = (
  wish: WorkloadWish,
  applied: Applied | undefined,
  memory: PairMemory,
  { workload }: TurnDeps,
  signal: AbortSignal,
): Footing => {
  const rows = applied && provenRows(applied);
  const kept = memory.kept === undefined ? 0 : revisionNumber(memory.kept.revision);
  return {
    subnets: rows && new Set([...rows.foreign.subnets.keys(), ...rows.owned.subnets.keys()]),
    revision: applied?.revision,
    given: async () => (rows === undefined ? workload.readRows(wish.topology, signal) : carriedRows(wish.topology.family, rows)),
    checkDatabase: (server) => workload.checkDatabase(wish, server, rows?.revision ?? kept, signal),
  };
};

/** The audit revision in a backend's revision, which counts more than that. */
const revisionNumber = (revision: string): number => Number.parseInt(revision, 10) || 0;

const provenRows = ({ after, revision }: Applied): ProvenRows => ({ ...after, revision: revisionNumber(revision) });

/** So often, at most, rows are kept: while 10,000 objects come in, each turn brings new ones. */
const KEEP_ROWS_MS = 20_000;

/** Keeps what servers were seen to serve, for a start in which they cannot find it. */
const keepProven = async (
  draft: Draft,
  state: WorkloadState,
  applied: Applied,
  memory: PairMemory,
  { clock, workload }: TurnDeps,
  topology: Topology,
  signal: AbortSignal,
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
  // The Secrets follow in the next turn.
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

/** observe → compile → plan → preflight → apply. Undefined where the database does not let it. */
const reconcileRows = async (
  draft: Draft,
  snapshot: Snapshot,
  topology: Topology,
  schema: SchemaState,
  connections: Connections,
  memory: PairMemory,
  deps: TurnDeps,
  barred: ReadonlyMap<ObjectRef, Refusal>,
  limit: Limit,
): Promise<Applied | undefined> => {
  const { signal } = limit;
  try {
    draft.phase = 'plan';
    const { schemaVersion } = await connections.backend.probe(signal);
    draft.backendReachable = true;
    if (schemaVersion === undefined) {
      if (schema.complete) await deps.workload.remakeSchema(topology, signal);
      return undefined;
    }
    draft.schemaVersion = schemaVersion;
    const { definitions } = draft;
    if (definitionProblem(definitions) !== undefined) return undefined;
    const now = deps.clock.monotonic();
    const dropsLookups = now - memory.lookupsDroppedAt > DROP_LOOKUPS_MS;
    const planned = await step(deps, draft, 'plan', () =>
      planRows(snapshot, topology.serverTag, definitions, connections, dropsLookups, signal),
    );
    draft.compiled = planned.compiled;
    draft.plan = planned.plan;
    draft.revision = planned.observed.revision;
    // Before an id is in a database that may be restored from an older dump.
    await deps.publisher.publishGreatestId(snapshot.pair, planned.greatestSubnetId, signal);
    const tried = await step(deps, draft, 'preflight', () =>
      tryRows(planned, connections.servers, barred, memory, deps.clock, signal),
    );
    const applied = await step(deps, draft, 'apply', () =>
      applyRows(planned, tried, connections, memory, deps.clock, signal),
    );
    draft.refusals = applied.refusals;
    draft.waiting = applied.waiting;
    draft.untried = applied.untried;
    draft.written = true;
    if (dropsLookups) memory.lookupsDroppedAt = now;
    draft.revision = applied.revision;
    draft.adopted = adoptedIn(applied);
    // What let these removals through would let the next ones through unasked.
    await limit.whole(() => spendPermissions(deps.client, snapshot.pair, planned, applied, signal));
    return applied;
  } catch (error) {
    if (!(error instanceof BackendUnavailable)) throw error;
    draft.backendReachable = false;
    draft.backendProblem = { reason: 'BackendUnavailable', message: error.message };
    return undefined;
  }
};

const adoptedIn = ({ changes }: Applied) =>
  changes.flatMap((change) => {
    if (change.op !== 'update' || change.was.marker !== undefined || change.item.marker === undefined) return [];
    return [change.item.marker.object];
  });

const count = (
  metrics: OperatorMetrics,
  { namespace, pair }: Topology,
  draft: Draft,
  applied: Applied,
  followed: Awaited<ReturnType<typeof followRows>>,
): void => {
  const labels = { namespace, pair };
  const verdicts = [...(draft.compiled?.verdicts.values() ?? [])];
  const accepted = verdicts.filter((verdict) => verdict.accepted).length;
  metrics.objects(labels, accepted, verdicts.length - accepted);
  for (const { kind, op } of applied.changes) metrics.changes(labels, kind, op, 1);
  if (draft.drift > 0) metrics.driftCorrected(labels, draft.drift);
  if (applied.refusals.size > 0) metrics.preflightRefused(labels, applied.refusals.size);
  for (const { path, seconds } of followed.values()) {
    if (path !== 'none') metrics.serverTookChange(labels, path, seconds);
  }
};

import { FINALIZER } from '../api/kind.ts';
import { HAPAIRS, SHARED_NETWORKS, SUBNETS } from '../api/resources.ts';
import { BackendUnavailable } from '../backend/backend.ts';
import type { HAPair } from '../api/index.ts';
import { attach, type Attached } from '../compile/attach.ts';
import { identifiersOf } from '../compile/hosts.ts';
import type { Snapshot } from '../compile/types.ts';
import type { IdentifierType } from '../kea/state.ts';
import type { OperatorMetrics } from '../metrics/metrics.ts';
import type { KubeClient } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import { ensureFinalizers } from '../runtime/finalizer.ts';
import type { Logger } from '../runtime/log.ts';
import type { Key, KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import type { Publisher } from '../status/publish.ts';
import { definitionProblem } from '../status/progress.ts';
import type { Attempt, Definitions, Problem } from '../status/types.ts';
import type { DatabaseResolver } from '../workload/databaseResolution.ts';
import type { Settler } from '../workload/settle.ts';
import { claimProblem } from '../workload/claims.ts';
import { type NodeFacts, resolveTopology, type Topology } from '../workload/topology.ts';
import type { SchemaState } from '../workload/podState.ts';
import type { Workload } from '../workload/workload.ts';
import { applyRows, type Applied } from './apply.ts';
import type { ConnectionRegistry, Connections } from './connections.ts';
import { reachOf } from './reach.ts';
import type { PairMemory } from './memory.ts';
import { spendPermissions } from './permissions.ts';
import { timed } from './phases.ts';
import { planRows } from './rows.ts';
import { followRows } from './servers.ts';
import { contactsOf, outcomesOf, standingsOf } from './outcomes.ts';

/** What a turn works with. */
export interface TurnDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly metrics: OperatorMetrics;
  readonly nodes: () => ReadonlyMap<string, NodeFacts>;
  /** All pairs of the cluster. */
  readonly pairs: () => readonly HAPair[];
  readonly resolveDatabase: DatabaseResolver;
  readonly workload: Workload;
  readonly settler: Settler;
  readonly connections: ConnectionRegistry;
  readonly publisher: Pick<Publisher, 'publishGreatestId'>;
  /** Keeps the lease API informed of where a pair's leases are read. */
  readonly describeLeases: (reach: ReturnType<typeof reachOf>, signal: AbortSignal) => Promise<void>;
  /** Tells of something that was done to a server. */
  readonly tell: (snapshot: Snapshot, reason: 'ServerConfigured' | 'ServerRestarted', note: string) => void;
}

/** An attempt while it is being made: the turn fills in how far it came. */
export type Draft = { -readonly [K in keyof Attempt]: Attempt[K] };

export const startDraft = (snapshot: Snapshot, definitions: Definitions, now: number): Draft => ({
  now,
  snapshot,
  definitions,
  serverTag: '',
  workloadProblems: [],
  backendReachable: false,
  refusals: new Map(),
  waiting: new Map(),
  servers: [],
  drift: 0,
  adopted: [],
});

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
  signal: AbortSignal,
): Promise<void> => {
  const { snapshot } = draft;
  const topology = resolve(deps, memory, draft);
  if (topology === undefined) return;
  const claim = claimProblem(snapshot.pair, deps.pairs(), deps.nodes());
  if (claim !== undefined) draft.workloadProblems = [...draft.workloadProblems, claim];
  const attached = attach(snapshot.pair.metadata.name, snapshot);
  await protect(deps, snapshot.pair, attached, signal);

  const database = await timed(deps, 'database', () =>
    deps.resolveDatabase(snapshot.pair, topology, memory.databaseAnswers, signal),
  );
  if (database.problem !== undefined) draft.backendProblem = database.problem;
  if (database.target === undefined) return;
  draft.database = `${database.target.host}/${database.target.name}`;

  const { answering } = memory;
  const identifiers = identifiersIn(attached);
  // Nothing is started any more of a pair that goes and has nothing left to serve.
  const held = claim !== undefined || isEnding(snapshot.pair, attached);
  const wish = { pair: snapshot.pair, topology, database: database.target, identifiers, answering, held };
  const state = await timed(deps, 'workload', () => deps.workload.ensure(wish, signal));
  draft.workloadProblems = [...draft.workloadProblems, ...state.problems];
  if (state.servers.length === 0) return;

  const reach = reachOf(snapshot.pair, database.target, state);
  const connections = await deps.connections.connect(key, reach);
  await deps.describeLeases(reach, signal);
  const views = await timed(deps, 'look', () => Promise.all(connections.servers.map((server) => server.look(signal))));
  memory.answering = new Set(views.filter((view) => view.reachable).map((view) => view.name));
  const contacts = contactsOf(connections, views);
  const settled = await timed(deps, 'settle', () => deps.settler.settle(topology, state, contacts, signal));
  if (settled.done !== undefined) {
    const { server: done, reason, message } = settled.done;
    connections.servers.find((server) => server.client.name === done)?.forget();
    // What one configuration refuses another may take.
    memory.refused.clear();
    deps.tell(snapshot, reason, message);
  }
  if (settled.refused !== undefined) {
    draft.configRefusal = `server ${settled.refused.server} refuses its configuration: ${settled.refused.message}`;
  }
  draft.servers = outcomesOf(topology, state, views, settled, standingsOf(connections));

  const applied = await reconcileRows(draft, topology, state.schema, connections, memory, deps, signal);
  if (applied === undefined) return;
  const followed = await timed(deps, 'follow', () =>
    followRows(connections.servers, applied.after, memory, deps.clock, signal),
  );
  draft.servers = outcomesOf(topology, state, views, settled, followed);
  const drifted = [...followed.values()].reduce((sum, { drifted: count }) => sum + count, 0);
  draft.drift = applied.drift + drifted;
  count(deps.metrics, topology, draft, applied, followed);
  if (applied.changes.length > 0) {
    log.info({ changes: applied.changes.length, revision: applied.revision, drift: draft.drift }, 'rows written');
  }
};

const resolve = ({ nodes }: TurnDeps, memory: PairMemory, draft: Draft): Topology | undefined => {
  const { topology, problems } = resolveTopology(draft.snapshot.pair, nodes(), memory.addresses);
  draft.workloadProblems = problems.map(({ reason, message }): Problem => ({ reason, message }));
  if (topology === undefined) return undefined;
  draft.serverTag = topology.serverTag;
  for (const server of topology.servers) memory.addresses.set(server.name, server.address);
  return topology;
};

/** Finalizers come before the first row: what is written can then always be taken away again. */
const protect = async (
  { client }: TurnDeps,
  pair: HAPair,
  { networks, subnets }: Attached,
  signal: AbortSignal,
): Promise<void> => {
  const missing = <T extends KubeObject>(objects: readonly T[]): readonly T[] =>
    objects.filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined && !metadata.finalizers?.includes(FINALIZER),
    );
  const ensure = async <T extends KubeObject>(resource: Resource<T>, objects: readonly T[]): Promise<void> => {
    const { failed } = await ensureFinalizers(client, resource, missing(objects), FINALIZER, { limit: 20, signal });
    const [first] = failed;
    if (first !== undefined) throw first.error;
  };
  await ensure(HAPAIRS, [pair]);
  await ensure(SHARED_NETWORKS, networks);
  await ensure(SUBNETS, subnets);
};

const isEnding = ({ metadata }: HAPair, { networks, subnets, reservations }: Attached): boolean =>
  metadata.deletionTimestamp !== undefined && networks.length + subnets.length + reservations.length === 0;

const identifiersIn = ({ reservations }: Attached): ReadonlySet<IdentifierType> =>
  new Set(reservations.flatMap(({ spec }) => identifiersOf(spec.identifier)).map(({ type }) => type));

/** observe → compile → plan → preflight → apply. Undefined where the database does not let it. */
const reconcileRows = async (
  draft: Draft,
  topology: Topology,
  schema: SchemaState,
  connections: Connections,
  memory: PairMemory,
  deps: TurnDeps,
  signal: AbortSignal,
): Promise<Applied | undefined> => {
  try {
    const { schemaVersion } = await connections.backend.probe(signal);
    draft.backendReachable = true;
    if (schemaVersion === undefined) {
      if (schema.complete) await deps.workload.remakeSchema(topology, signal);
      return undefined;
    }
    draft.schemaVersion = schemaVersion;
    if (definitionProblem(draft.definitions) !== undefined) return undefined;
    const { snapshot, definitions } = draft;
    const planned = await timed(deps, 'plan', () =>
      planRows(snapshot, topology.serverTag, definitions, connections, signal),
    );
    draft.compiled = planned.compiled;
    draft.plan = planned.plan;
    draft.revision = planned.observed.revision;
    // Before an id is in a database that may be restored from an older dump.
    await deps.publisher.publishGreatestId(snapshot.pair, planned.greatestSubnetId, signal);
    const applied = await timed(deps, 'apply', () => applyRows(planned, connections, memory, deps.clock, signal));
    draft.refusals = applied.refusals;
    draft.waiting = applied.waiting;
    draft.written = !applied.untried;
    draft.revision = applied.revision;
    draft.adopted = adoptedIn(applied);
    await spendPermissions(deps.client, snapshot.pair, planned, applied, signal);
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
  for (const { name, serving, synchronized } of draft.servers) metrics.server(labels, name, serving, synchronized);
};

/** One pass of one pair, from its objects to what its servers run. */
import type { HAPair } from '../api/index.ts';
import { countChildren } from '../compile/snapshot.ts';
import type { Snapshot } from '../compile/types.ts';
import type { DatabaseTarget } from '../database/target.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Followed } from '../servers/session.ts';
import type { Problem, Refusal, ServerOutcome } from '../status/types.ts';
import { claimProblem } from '../workload/claims.ts';
import type { ServerConvergence } from '../workload/convergence.ts';
import type { Looked, PairServers } from '../workload/settle.ts';
import { resolveTopology, type Topology } from '../workload/topology.ts';
import type { DesiredWorkload } from '../workload/workload.ts';
import type { Applied } from './apply.ts';
import { configure } from './configure.ts';
import type { Connections } from './connections.ts';
import { type PassContext, SOON_MS } from './context.ts';
import { followRows } from './followServers.ts';
import { keepProven } from './keepProven.ts';
import { learnAddresses } from './memory.ts';
import { contactsOf, followedOf, outcomesOf } from './outcomes.ts';
import { step } from './phases.ts';
import { protect } from './protect.ts';
import { reachOf } from './reach.ts';
import { reconcileRows } from './reconcileRows.ts';
import { isOutdated, referableOf } from './referable.ts';

/** Where the servers of the pair are to be, and what keeps some of it back. */
interface Placed {
  readonly topology: Topology;
  /** Nothing is to be started. */
  readonly held: boolean;
  /** The pair has subnets that its servers should hold. */
  readonly expected: boolean;
  /** Objects for which no row may be written. */
  readonly barred: ReadonlyMap<ObjectRef, Refusal>;
}

/** The pair as a pass found it: its workload, its servers and what reaches them. */
export interface FoundPair extends Placed, PairServers {
  readonly desired: DesiredWorkload;
  readonly connections: Connections;
  readonly looked: Looked;
  /** How the servers stand, by what is known of their configuration and of the rows that they follow. */
  readonly outcomes: (
    convergences: ReadonlyMap<string, ServerConvergence>,
    followed: ReadonlyMap<string, Followed>,
  ) => readonly ServerOutcome[];
}

/** Fills the draft as it goes, so that whatever ends it the report can say how far it came. */
export const converge = async (pass: PassContext): Promise<void> => {
  const { draft } = pass;
  const placed = await placeServers(pass);
  if (placed === undefined) return;
  const workload = await pass.shared.preparing(() => prepare(pass, placed), pass.signal);
  if (workload === undefined) return;
  const found = await look(pass, placed, workload);
  await repair(pass, found);
  const applied = await reconcileRows(pass, found);
  if (isOutdated(pass, found.desired.referable)) draft.againMs = SOON_MS;
  const convergences = await configure(pass, found, applied);
  if (applied === undefined) return;
  await follow(pass, found, applied, convergences);
  await keepProven(pass, found, applied);
};

/** Decides what the specification leaves open, and has the objects kept that will have rows. Undefined: nothing can be made of the pair. */
const placeServers = async (pass: PassContext): Promise<Placed | undefined> => {
  const { draft, signal } = pass;
  const { snapshot, notAllowed } = draft;
  const topology = resolveServers(pass);
  if (topology === undefined) return undefined;
  // Of one that has nothing yet nothing is made: no role, no database, no Job that runs its image.
  if (notAllowed !== undefined && snapshot.pair.status?.schemaVersion === undefined) {
    draft.workloadProblems = [{ reason: 'NotAllowed', message: notAllowed }];
    return undefined;
  }
  const isAllowed = (pair: HAPair): boolean => pass.notAllowed(pair) === undefined;
  const claim = claimProblem(snapshot.pair, snapshot.family, pass.pairs(), pass.nodes(), isAllowed);
  if (claim !== undefined) draft.workloadProblems = [...draft.workloadProblems, claim];
  const barred = await protect(pass.client, snapshot, pass.memory.protected, signal);
  return {
    topology,
    // Nothing is started any more of a pair that goes and has nothing left to serve.
    held: claim !== undefined || draft.stage === 'leaving' || isEnding(snapshot),
    expected: snapshot.subnets.some(({ knownId }) => knownId !== undefined),
    barred,
  };
};

const resolveServers = ({ draft, memory, nodes }: PassContext): Topology | undefined => {
  const { topology, problems } = resolveTopology(draft.snapshot.pair, draft.snapshot.family, nodes(), memory.addresses);
  draft.workloadProblems = problems.map(({ reason, message }): Problem => ({ reason, message }));
  if (topology === undefined) return undefined;
  draft.serverTag = topology.serverTag;
  for (const server of topology.servers) memory.addresses.set(server.name, server.address);
  return topology;
};

const isEnding = (snapshot: Snapshot): boolean =>
  snapshot.pair.metadata.deletionTimestamp !== undefined && countChildren(snapshot) === 0;

/** The objects of the servers, and what they have in common with those of the other family; undefined: there is nothing to go on with. */
const prepare = async (
  pass: PassContext,
  placed: Placed,
): Promise<Pick<FoundPair, 'desired' | 'state'> | undefined> => {
  const database = await resolveDatabase(pass, placed);
  if (database === undefined) return undefined;
  const workload = await ensureWorkload(pass, placed, database);
  return workload.state.servers.length === 0 ? undefined : workload;
};

/** Where the pair's database is; undefined: it is not known. */
const resolveDatabase = async (pass: PassContext, { topology }: Placed): Promise<DatabaseTarget | undefined> => {
  const { draft, databases, memory, signal } = pass;
  const { target, problem } = await step(pass, 'database', () =>
    databases.resolve(draft.snapshot.pair, topology, memory.databaseAnswers, signal),
  );
  if (problem !== undefined) draft.backendProblem = problem;
  if (target !== undefined) draft.database = `${target.host}/${target.name}`;
  return target;
};

const ensureWorkload = async (
  pass: PassContext,
  { topology, held }: Placed,
  database: DatabaseTarget,
): Promise<Pick<FoundPair, 'desired' | 'state'>> => {
  const { draft, memory, signal } = pass;
  const { answering, proven } = memory;
  const { snapshot, notAllowed } = draft;
  const referable = await step(pass, 'plan', () => referableOf(pass));
  const common = { pair: snapshot.pair, topology, database, answering, proven, held, notAllowed };
  const desired: DesiredWorkload = { ...common, ...(referable && { referable }) };
  const state = await step(pass, 'workload', () => pass.workload.ensure(desired, signal));
  draft.workloadProblems = [...draft.workloadProblems, ...state.problems];
  draft.certificates = state.certificates;
  return { desired, state };
};

const look = async (
  pass: PassContext,
  placed: Placed,
  { desired, state }: Pick<FoundPair, 'desired' | 'state'>,
): Promise<FoundPair> => {
  const { draft, memory, settler, signal } = pass;
  const { topology, expected } = placed;
  draft.ownAddresses = learnAddresses(memory, state.servers);
  const reach = reachOf(desired.pair, topology.family, desired.database, state);
  const connections = pass.connections.connect(reach);
  await pass.leaseSources.describe(reach.leases, pass.store, signal);
  const views = await step(pass, 'look', () => Promise.all(connections.servers.map((server) => server.look(signal))));
  memory.answering = new Set(views.filter((view) => view.reachable).map((view) => view.name));
  const servers: PairServers = { topology, state, contacts: contactsOf(connections, views), expected };
  const looked = await step(pass, 'look', () => settler.look(servers, signal));
  const outcomes: FoundPair['outcomes'] = (convergences, followed) =>
    outcomesOf({ topology, state, views, expected }, convergences, followed);
  draft.servers = outcomes(looked.convergences, followedOf(connections));
  return { ...placed, ...servers, desired, connections, looked, outcomes };
};

const repair = async (pass: PassContext, found: FoundPair): Promise<void> => {
  const { draft, limit, settler, signal } = pass;
  const repaired = await step(pass, 'ensure', () => limit.whole(() => settler.repair(found, found.looked, signal)));
  if (repaired) draft.againMs = SOON_MS;
};

const follow = async (
  pass: PassContext,
  { connections, outcomes, topology }: FoundPair,
  applied: Applied,
  convergences: ReadonlyMap<string, ServerConvergence>,
): Promise<void> => {
  const { draft, log } = pass;
  const followed = await step(pass, 'follow', () => followRows(pass, connections.servers, applied.after));
  draft.servers = outcomes(convergences, followed);
  const drifted = [...followed.values()].reduce((sum, { drifted: count }) => sum + count, 0);
  draft.drift = applied.drift + drifted;
  count(pass, topology, applied, followed);
  if (applied.changes.length > 0) {
    log.info({ changes: applied.changes.length, revision: applied.revision, drift: draft.drift }, 'rows written');
  }
};

const count = (
  { metrics, draft }: PassContext,
  { namespace, pair }: Topology,
  applied: Applied,
  followed: ReadonlyMap<string, Followed>,
): void => {
  const labels = { namespace, pair };
  for (const { kind, op } of applied.changes) metrics.changes(labels, kind, op, 1);
  if (draft.drift > 0) metrics.driftCorrected(labels, draft.drift);
  if (applied.refusals.size > 0) metrics.preflightRefused(labels, applied.refusals.size);
  for (const { path, seconds } of followed.values()) {
    if (path !== 'none') metrics.serverTookChange(labels, path, seconds);
  }
};

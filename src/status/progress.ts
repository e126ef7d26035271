/** How far the objects of a pair have come on their way to the servers. */
import type { Reason } from '../api/reasons.ts';
import { isPaused } from '../api/stored.ts';
import { nameIn, nameOf } from '../compile/objects.ts';
import type { Family } from '../kea/family.ts';
import { runningKeyOf } from '../kea/json.ts';
import { ancestorsOf } from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import { ownerOf } from '../plan/describe.ts';
import { type Change, rowMadeBy, type Withholding } from '../plan/plan.ts';
import { type Finding, isFalse, isTrue, isUnknown } from './conditions.ts';
import type { Attempt, Definitions, Problem, Refusal } from './types.ts';

/** How far what an object asks for has come, in the pass. */
export interface Progress {
  /** The condition Programmed of an accepted object, or of one whose rows are to go. */
  of(ref: ObjectRef, awaited: boolean): Finding;
  /** Whether the rows of an object that is on its way out are gone, or were never there. */
  isGone(ref: ObjectRef): boolean;
}

export const PROGRAMMED: Finding = isTrue('Programmed', 'in the database, and in every server that answers');

const WITHHELD: Record<Withholding, Finding> = {
  DryRun: isUnknown(
    'DryRun',
    'changePolicy of the HAPair is DryRun: the change is shown in its status.plan and not made',
  ),
  MassDeletionWithheld: isUnknown(
    'MassDeletionWithheld',
    'the HAPair withholds a mass deletion, and this change with it: its condition Programmed says how to let it through',
  ),
};

/** Why nothing is concluded from objects that are not there; undefined: the definitions of all kinds are whole. */
export const definitionProblem = ({ leaving, missing, forbidden }: Definitions): Problem | undefined => {
  const [unread] = forbidden;
  if (unread !== undefined) {
    const message = `the operator is not allowed to read the CustomResourceDefinition of ${unread}, which says whether missing objects were deleted: rows and servers stay as they are; let its ClusterRole get customresourcedefinitions, as that of the chart does`;
    return { reason: 'DefinitionUnreadable', message };
  }
  const [kind] = [...leaving, ...missing];
  if (kind === undefined) return undefined;
  const state = leaving.has(kind) ? 'is being deleted' : 'is not there';
  const message = `the CustomResourceDefinition of ${kind} ${state}: rows and servers stay as they are; install the definitions again and apply the objects`;
  return { reason: 'DefinitionMissing', message };
};

/** What keeps the changes of a pass from being written; undefined: they are. */
export const obstacleOf = (attempt: Attempt): Problem | undefined => {
  if (attempt.written === true) return undefined;
  const { backendProblem, failure, servers, snapshot, compiled, workloadProblems } = attempt;
  if (isPaused(snapshot.pair.spec))
    return { reason: 'Paused', message: 'the HAPair is paused: the change is made once its spec.paused is false' };
  if (snapshot.pair.unread) return REJECTED;
  const lost = definitionProblem(attempt.definitions);
  if (lost) return lost;
  if (backendProblem) return backendProblem;
  if (failure) return failure;
  if (!compiled && workloadProblems[0]) return workloadProblems[0];
  return servers.some(({ reachable }) => reachable) ? PENDING : UNREACHABLE;
};

/** Servers by name, each with what it waits for or why it does not serve, where that is known. */
export const namesAndWhy = (servers: Attempt['servers']): string =>
  servers.map(({ name, message }) => (message === undefined ? name : `${name} (${message})`)).join(', ');

/** What is said where the pass did not come so far. */
export const PENDING: Problem = { reason: 'Pending', message: 'waiting for the database of the HAPair to be ready' };
const REJECTED: Problem = {
  reason: 'Pending',
  message: 'waiting for the HAPair, which is rejected itself: see its condition Programmed',
};
/** Nobody answers that could try a change. */
export const UNREACHABLE: Problem = {
  reason: 'ServersUnreachable',
  message:
    'waiting for a server that answers, as one has to try the change before it is written: see the condition WorkloadAvailable of the HAPair',
};
/** Those who answer cannot try it. */
export const unfit = (whys: readonly string[]): Problem => ({
  reason: 'ServersUnreachable',
  message: `waiting for a server that can try the change before it is written: ${whys.join('; ')}`,
});
export const NEXT_ROUND: Problem = {
  reason: 'Pending',
  message: 'waiting to be tried on a server: so many other changes were refused that its turn comes in the next round',
};

/** Who refused an object, for people. */
export const REFUSERS: Readonly<Record<Refusal['by'], { readonly who: string; readonly reason: Reason }>> = {
  server: { who: 'a server', reason: 'ServerRefused' },
  database: { who: 'the database', reason: 'BackendRefused' },
  'API server': { who: 'the API server', reason: 'ObjectRefused' },
};

export const progressOf = (attempt: Attempt): Progress => {
  const { plan, refusals, waiting, untried, compiled } = attempt;
  const { family } = attempt.snapshot;
  const changed = new Map<ObjectRef, Change>();
  for (const change of plan?.changes ?? []) enroll(changed, change);
  const withheld = new Map<ObjectRef, Withholding>();
  for (const { change, why } of plan?.withheld ?? []) {
    const owner = ownerOf(change);
    if (owner !== undefined) withheld.set(owner, why);
  }
  const changedSubnets = new Set(plan?.changes.flatMap((change) => (change.kind === 'subnet' ? [change.key] : [])));
  const obstacle = obstacleOf(attempt);
  const behind = attempt.servers.filter(({ reachable, synchronized }) => reachable && !synchronized);
  const rowOf = rowsAsServersKnow(family, compiled);
  /** Servers that do not run what an object asks for. */
  const behindWith = (ref: ObjectRef, change: Change | undefined): Attempt['servers'] => {
    const row = change ? rowIn(family, change) : rowOf(ref);
    return behind.filter(({ left }) => left === undefined || row === undefined || left.has(row));
  };
  /** Servers read reservations for each packet, but look for them only in subnets that say so, and in those that they have. */
  const awaitsServers = (change: Change): boolean =>
    change.kind !== 'host' || ('item' in change && changedSubnets.has(change.item.body['subnet-id']));

  /** The refused network or subnet that the object hangs on. */
  const refusedParent = (change: Change): ObjectRef | undefined => {
    const row = rowMadeBy(change);
    if (refusals.size === 0 || !compiled || !row) return undefined;
    return ancestorsOf(row, compiled.desired)
      .map(({ item }) => item.marker?.object)
      .find((ref) => ref !== undefined && refusals.has(ref));
  };

  return {
    of(ref, awaited) {
      const refusal = refusals.get(ref);
      if (refusal !== undefined) {
        const { who, reason } = REFUSERS[refusal.by];
        return isFalse(reason, `${who} refused it, and its change was not written: ${refusal.text}`);
      }
      const why = withheld.get(ref);
      if (why !== undefined) return WITHHELD[why];
      const obstruction = waiting.get(ref);
      if (obstruction !== undefined) {
        const message = `waiting: ${obstruction}, as the change of that one was refused or waits too: see its condition Programmed`;
        return isUnknown('Pending', message);
      }
      const change = changed.get(ref);
      const parent = change && refusedParent(change);
      if (parent !== undefined) {
        const message = `waiting for ${nameOf(parent)}, which was refused: see its condition Programmed`;
        return isUnknown('Pending', message);
      }
      const trial = untried.get(ref);
      if (trial !== undefined) return isUnknown(trial.reason, trial.message);
      if (change && obstacle) return isUnknown(obstacle.reason, obstacle.message);
      const viaServers = change === undefined ? awaited : awaitsServers(change);
      const awaits = viaServers ? behindWith(ref, change) : [];
      if (awaits.length === 0) return PROGRAMMED;
      return isUnknown(
        'AwaitingServers',
        `in the database; waiting until every server has taken it: ${namesAndWhy(awaits)}`,
      );
    },
    isGone: (ref) =>
      ![withheld, waiting, refusals, untried].some((kept) => kept.has(ref)) &&
      (!changed.has(ref) || (obstacle === undefined && plan !== undefined)),
  };
};

/** What servers have in memory of a row: of a reservation the subnet. */
const rowIn = (family: Family, change: Change): string | undefined => {
  if (change.kind !== 'host') return runningKeyOf(family, change);
  const { body } = change.op === 'remove' ? change.was : change.item;
  return runningKeyOf(family, { kind: 'subnet', key: body['subnet-id'] });
};

/** The row of an object that has no change, as servers know it: of a reservation that of its subnet, of which they have to know that it has some. */
const rowsAsServersKnow = (family: Family, compiled: Attempt['compiled']): ((ref: ObjectRef) => string | undefined) => {
  let homes: ReadonlyMap<ObjectRef, number> | undefined;
  const homeOf = (ref: ObjectRef): number | undefined => {
    homes ??= new Map(
      [...(compiled?.desired.hosts.values() ?? [])].flatMap(({ body, marker }) =>
        marker === undefined ? [] : [[marker.object, body['subnet-id']] as const],
      ),
    );
    return homes.get(ref);
  };
  return (ref) => {
    if (ref.startsWith('SharedNetwork/')) return runningKeyOf(family, { kind: 'network', key: nameIn(ref) });
    const id = ref.startsWith('HostReservation/') ? homeOf(ref) : compiled?.subnetIds.get(ref);
    return id === undefined ? undefined : runningKeyOf(family, { kind: 'subnet', key: id });
  };
};

/** An object has one change as a rule; where a row makes room for itself the later one counts. */
const enroll = (changed: Map<ObjectRef, Change>, change: Change): void => {
  const owner = ownerOf(change);
  if (owner !== undefined) changed.set(owner, change);
};

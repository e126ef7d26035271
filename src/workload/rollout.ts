/** Which change to servers may be made now. */
import type { KeaRole } from '../api/roles.ts';
import type { KeaStatus } from '../kea/commands.ts';
import {
  couldTakeOver,
  type HaStateName,
  haStateOf,
  isAtWork,
  isGettingReady,
  isInState,
  owesLeases,
  scopesAnswered,
} from '../kea/ha.ts';

/** One server as the decision sees it. */
export interface ServerCondition {
  readonly name: string;
  readonly role: KeaRole;
  /** There is a pod, and its DHCP sockets are open. */
  readonly podExists: boolean;
  readonly podReady: boolean;
  /** No process of it runs. */
  readonly down: boolean;
  /** Its kubelet waits before it starts it again, and a new pod, which it would start at once, was not tried just now. */
  readonly stuck: boolean;
  /** The pod was made from the present template; undefined where that is not known yet. */
  readonly templateCurrent?: boolean;
  /** Answer of status-get; absent where it did not answer. */
  readonly status?: KeaStatus;
  /** It runs the present bootstrap configuration; undefined where that is not known. */
  readonly configCurrent?: boolean;
  /** It holds no subnet where the pair has some: whatever else it says, it serves nobody. */
  readonly empty: boolean;
  /** It can give out no lease. */
  readonly leaseless: boolean;
  /**
   * It is to take its configuration together with its partner, as one alone would wait for the other in vain or answer its clients too: the
   * mode or the partners change, or the two have ended their work together.
   */
  readonly jointly: boolean;
  /** How long it has been in need of a change, ms. */
  readonly waitedMs: number;
}

/** The one thing to do to the servers of a pair in this pass. */
export type RolloutStep =
  | { readonly kind: 'none' }
  /** The partner is back, and the server that covered for it is to be told so. */
  | { readonly kind: 'resume'; readonly server: string }
  /** A change waits for another server. */
  | { readonly kind: 'wait'; readonly server: string; readonly message: string }
  /** Send the configuration to the running servers: to one, or to those that work together only once all of them have it. */
  | {
      readonly kind: 'configure';
      readonly servers: readonly string[];
      /** Servers that take the change with a new pod, as on another node: each ends once the others have it, and before these answer its clients. */
      readonly moves?: readonly string[];
      /** The partner to be asked to take over first. */
      readonly cover?: string;
      /** They serve nobody: there is nothing that they could lose. */
      readonly idle: boolean;
    }
  /** Replace the pod. */
  | {
      readonly kind: 'restart';
      readonly server: string;
      readonly cover?: string;
      readonly idle: boolean;
      /** For no change, but as its kubelet waits and nobody serves. */
      readonly stuck?: true;
    };

/** Whether a server answers the clients of a scope, or would as soon as it had one, which one that ended the work with its partner never does. */
const servesNow = ({ name, status, empty, leaseless }: ServerCondition): boolean => {
  if (status === undefined || empty || leaseless || !isAtWork(status)) return false;
  return isInState(status, 'terminated') ? scopesAnswered(status, name).length > 0 : !isInState(status, 'backup');
};

/** A pair of which nobody serves is made to begin anew only where it has not got ready by itself for so long. */
const GETTING_READY_MS = 10_000;

/** Whether a server is about to serve. */
const comes = ({ role, status, empty, leaseless }: ServerCondition): boolean =>
  role !== 'backup' && status !== undefined && !empty && !leaseless && isGettingReady(status);

/** Who serves nobody can lose nothing; but where nobody else serves either, one that is about to is left to it. */
const isIdle = (server: ServerCondition, servers: readonly ServerCondition[]): boolean => {
  if (servesNow(server)) return false;
  return !comes(server) || server.waitedMs >= GETTING_READY_MS || servers.some(servesNow);
};

/** Whether a pair could do without any other server than this one. */
const isFit = ({ status, empty, leaseless }: ServerCondition): boolean =>
  status !== undefined && !empty && !leaseless && couldTakeOver(status);

const isIn = ({ status }: ServerCondition, state: HaStateName): boolean =>
  status !== undefined && isInState(status, state);

/**
 * A server that was covered for and restarted finds its partner still covering and stays silent. One that has been up for longer is kept
 * in maintenance by somebody else, who will know when it is over.
 */
const cameBack = (server: ServerCondition): boolean =>
  isIn(server, 'in-maintenance') && (server.status?.uptime ?? Infinity) <= RETURN_SECONDS;

const RETURN_SECONDS = 120;

/**
 * A configuration never waits longer than this for a partner: one that never comes back (its node is gone, or it waits for this very change,
 * as after a move to another node) must not hold up the server that is left. The replacement of a pod waits for as long as the partner's is
 * not ready: that may be for this very template, as with an image that cannot be had, and would end the service of both.
 */
export const LONGEST_WAIT_MS = 120_000;

const ORDER: Record<KeaRole, number> = { backup: 0, standby: 1, secondary: 1, primary: 2 };

/**
 * Which change may be made now: one server at a time, and only while another one answers clients. config-set makes a server's HA begin anew
 * (about 2 s without answers), a restart takes it away for some seconds.
 */
export const nextStep = (servers: readonly ServerCondition[]): RolloutStep => {
  const inNeed = servers
    .filter((server) => server.podExists && (server.templateCurrent === false || server.configCurrent === false))
    .toSorted((a, b) => ORDER[a.role] - ORDER[b.role]);
  const covering = servers.find((server) => isIn(server, 'partner-in-maintenance'));
  if (covering !== undefined && servers.some((server) => !inNeed.includes(server) && cameBack(server))) {
    return { kind: 'resume', server: covering.name };
  }
  const stuck = servers.find((server) => server.stuck);
  if (stuck !== undefined && !servers.some((server) => servesNow(server) || comes(server)))
    return { kind: 'restart', server: stuck.name, idle: true, stuck: true };
  // What it does not have yet it can have from its partner alone, and only where it knows that to be.
  const learns = ({ jointly, templateCurrent }: ServerCondition): boolean =>
    jointly && templateCurrent !== false && inNeed.some((other) => isMoving(other) && servesNow(other));
  const idle = inNeed.find((server) => isIdle(server, servers) && !learns(server));
  if (idle !== undefined) {
    const step = change(idle, servers, true);
    if (step !== undefined) return step;
  }
  const debtor = inNeed.find((server) => paysItsDebt(server, servers));
  if (debtor !== undefined) return { kind: 'wait', server: debtor.name, message: owing(debtor) };
  for (const server of inNeed) {
    const joint = server.jointly ? together(inNeed, servers) : undefined;
    if (joint !== undefined) return joint;
    const blocker = blockerOf(server, servers);
    if (blocker !== undefined && !mayGoWithout(blocker, server))
      return { kind: 'wait', server: server.name, message: waitingFor(server, blocker) };
    const step = change(server, servers, false);
    if (step !== undefined) return step;
  }
  return { kind: 'none' };
};

/** A pod that is to be replaced anyway takes its configuration at its start. A server that does not answer cannot be configured. */
const change = (
  server: ServerCondition,
  servers: readonly ServerCondition[],
  idle: boolean,
): RolloutStep | undefined => {
  const cover = servers.find((other) => other !== server && other.role !== 'backup' && isFit(other));
  const covered = cover === undefined || server.role === 'backup' ? {} : { cover: cover.name };
  if (server.templateCurrent === false) return { kind: 'restart', server: server.name, idle, ...covered };
  if (server.status === undefined) return undefined;
  return { kind: 'configure', servers: [server.name], idle, ...(idle || server.jointly ? {} : covered) };
};

/** Where its partner looks for it changes, and that takes a new pod: another node, as a rule. */
const isMoving = ({ jointly, templateCurrent }: ServerCondition): boolean => jointly && templateCurrent === false;

/**
 * A server with another mode or other partners than its partner has waits for it in vain, or answers its clients too: all of them take the
 * change one right after the other, the last one to serve last. One that runs and is not heard of is waited for a while; one that is still
 * to be started comes after them (workload.ts).
 *
 * One that moves goes on serving until its partner, which has all leases, knows where it will be, and not longer: of a lease that it gives out after
 * that nobody hears. Undefined where nobody is left to take the change: then it is a change like others.
 */
const together = (inNeed: readonly ServerCondition[], servers: readonly ServerCondition[]): RolloutStep | undefined => {
  const moves = inNeed.filter(isMoving);
  const takes = servers
    .filter(({ status, templateCurrent }) => status !== undefined && templateCurrent !== false)
    .filter(({ jointly, role }) => jointly || (moves.length > 0 && role !== 'backup'))
    .toSorted((a, b) => ORDER[a.role] - ORDER[b.role]);
  const [first] = takes;
  if (first === undefined) return undefined;
  const missing = servers.find(({ role, podExists, status }) => role !== 'backup' && podExists && status === undefined);
  // One that has the change already, as somebody was interrupted, cannot be fit before the other is where it expects it.
  const unfit =
    moves.length === 0 ? undefined : takes.find((one) => one.jointly && one.role !== 'backup' && !isFit(one));
  const awaited = missing ?? unfit;
  const waiting = moves[0] ?? first;
  if (awaited !== undefined && waiting.waitedMs < LONGEST_WAIT_MS)
    return { kind: 'wait', server: waiting.name, message: waitingFor(waiting, awaited) };
  const names = takes.map(({ name }) => name);
  const moving = moves.map(({ name }) => name);
  return { kind: 'configure', servers: names, idle: false, ...(moving.length === 0 ? {} : { moves: moving }) };
};

/** The server that must first be well again. Backups answer nobody: they are not waited for. */
const blockerOf = (server: ServerCondition, servers: readonly ServerCondition[]): ServerCondition | undefined =>
  servers.find((other) => other !== server && other.role !== 'backup' && !(other.podReady && isFit(other)));

/** Whether a server is about to tell its partner of leases that it gave out without it. With a change of its own it would forget to: Kea keeps the list in memory. */
const paysItsDebt = (server: ServerCondition, servers: readonly ServerCondition[]): boolean =>
  server.status !== undefined &&
  owesLeases(server.status) &&
  server.waitedMs < LONGEST_WAIT_MS &&
  servers.some(
    ({ name, role, status, jointly }) =>
      // One that has other partners already hears nothing.
      name !== server.name && role !== 'backup' && status !== undefined && jointly === server.jointly,
  );

const owing = ({ name }: ServerCondition): string =>
  `server ${name} waits with its change: it has yet to tell its partner of the leases that it gave out without it`;

const mayGoWithout = (blocker: ServerCondition, server: ServerCondition): boolean =>
  server.waitedMs >= LONGEST_WAIT_MS && (server.templateCurrent !== false || blocker.podReady);

const waitingFor = (server: ServerCondition, blocker: ServerCondition): string => {
  const found = blocker.status === undefined ? 'does not answer' : `is ${haStateOf(blocker.status)}`;
  const state = blocker.empty ? 'has no subnets' : blocker.leaseless ? 'has lost its lease database' : found;
  return `server ${server.name} waits with its change: ${blocker.name} ${blocker.podReady ? state : 'is not ready'}`;
};

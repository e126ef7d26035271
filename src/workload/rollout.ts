import type { KeaStatus } from '../kea/commands.ts';
import type { Role } from './topology.ts';

/** One server as the decision sees it. */
export interface ServerCondition {
  readonly name: string;
  readonly role: Role;
  /** There is a pod, and its DHCP sockets are open. */
  readonly podExists: boolean;
  readonly podReady: boolean;
  /** The pod was made from the present template; undefined where that is not known yet. */
  readonly templateCurrent?: boolean;
  /** Answer of status-get; absent where it did not answer. */
  readonly status?: KeaStatus;
  /** It runs the present bootstrap configuration; undefined where that is not known. */
  readonly configCurrent?: boolean;
  /** How long it has been in need of a change, ms. */
  readonly waitedMs: number;
}

/** The one thing to do to the servers of a pair in this turn. */
export type RolloutStep =
  | { readonly kind: 'none' }
  /** The partner is back, and the server that covered for it is to be told so. */
  | { readonly kind: 'resume'; readonly server: string }
  /** A change waits for another server. */
  | { readonly kind: 'wait'; readonly server: string; readonly message: string }
  /** Send the configuration to the running server. */
  | { readonly kind: 'configure'; readonly server: string }
  /** Replace the pod; `cover` is the partner to be asked to take over first. */
  | { readonly kind: 'restart'; readonly server: string; readonly cover?: string };

/** HA states in which a server does its own work and would do its partner's. The reference manual's chapter on the HA hook lists all. */
const SERVING = new Set(['hot-standby', 'load-balancing', 'partner-down', 'partner-in-maintenance', 'passive-backup']);
/** HA states in which clients are answered, but nobody could take over well. */
const STRAINED = new Set(['communication-recovery', 'terminated']);

/** HA state of a server; `standalone` without the hook. */
export const haStateOf = (status: KeaStatus): string =>
  status['high-availability']?.[0]?.['ha-servers'].local.state ?? 'standalone';

/** Whether a server answers clients now, or would if its partner went. */
export const isServing = (status: KeaStatus | undefined): boolean => {
  if (status?.['dhcp-state']?.['globally-disabled'] === true) return false;
  if (status === undefined) return false;
  const state = haStateOf(status);
  return state === 'standalone' || SERVING.has(state);
};

const stateOf = ({ status }: ServerCondition): string | undefined => status && haStateOf(status);

/**
 * A server that was covered for and restarted finds its partner still covering and stays silent. One that has been up for longer is kept
 * in maintenance by somebody else, who will know when it is over.
 */
const cameBack = (server: ServerCondition): boolean =>
  stateOf(server) === 'in-maintenance' && (server.status?.uptime ?? Infinity) <= RETURN_SECONDS;

const RETURN_SECONDS = 120;

const answersClients = (status: KeaStatus | undefined): boolean =>
  isServing(status) || (status !== undefined && STRAINED.has(haStateOf(status)));

/**
 * A configuration never waits longer than this for a partner: one that never comes back (its node is gone, or it waits for this very change,
 * as after a move to another node) must not hold up the server that is left. The replacement of a pod waits for as long as the partner's is
 * not ready: that may be for this very template, as with an image that cannot be had, and would end the service of both.
 */
export const LONGEST_WAIT_MS = 120_000;

const ORDER: Record<Role, number> = { backup: 0, standby: 1, secondary: 1, primary: 2 };

/**
 * Which change may be made now: one server at a time, and only while another one answers clients. config-set makes a server's HA begin anew
 * (about 2 s without answers), a restart takes it away for some seconds.
 */
export const nextStep = (servers: readonly ServerCondition[]): RolloutStep => {
  const inNeed = servers
    .filter((server) => server.podExists && (server.templateCurrent === false || server.configCurrent === false))
    .toSorted((a, b) => ORDER[a.role] - ORDER[b.role]);
  const covering = servers.find((server) => stateOf(server) === 'partner-in-maintenance');
  if (covering !== undefined && servers.some((server) => !inNeed.includes(server) && cameBack(server))) {
    return { kind: 'resume', server: covering.name };
  }
  // Who serves nobody can lose nothing.
  const idle = inNeed.find((server) => !server.podReady || !answersClients(server.status));
  if (idle !== undefined) {
    const step = change(idle, servers);
    if (step !== undefined) return step;
  }
  for (const server of inNeed) {
    const blocker = blockerOf(server, servers);
    if (blocker !== undefined && !mayGoWithout(blocker, server))
      return { kind: 'wait', server: server.name, message: waitingFor(server, blocker) };
    const step = change(server, servers);
    if (step !== undefined) return step;
  }
  return { kind: 'none' };
};

/** A pod that is to be replaced anyway takes its configuration at its start. A server that does not answer cannot be configured. */
const change = (server: ServerCondition, servers: readonly ServerCondition[]): RolloutStep | undefined => {
  if (server.templateCurrent !== false) {
    return server.status === undefined ? undefined : { kind: 'configure', server: server.name };
  }
  const cover = servers.find((other) => other !== server && other.role !== 'backup' && isServing(other.status));
  return {
    kind: 'restart',
    server: server.name,
    ...(cover === undefined || server.role === 'backup' ? {} : { cover: cover.name }),
  };
};

/** The server that must first be well again. Backups answer nobody: they are not waited for. */
const blockerOf = (server: ServerCondition, servers: readonly ServerCondition[]): ServerCondition | undefined =>
  servers.find((other) => other !== server && other.role !== 'backup' && !(other.podReady && isServing(other.status)));

const mayGoWithout = (blocker: ServerCondition, server: ServerCondition): boolean =>
  server.waitedMs >= LONGEST_WAIT_MS && (server.templateCurrent !== false || blocker.podReady);

const waitingFor = (server: ServerCondition, blocker: ServerCondition): string => {
  const state = blocker.status === undefined ? 'does not answer' : `is ${haStateOf(blocker.status)}`;
  return `server ${server.name} waits with its change: ${blocker.name} ${blocker.podReady ? state : 'is not ready'}`;
};

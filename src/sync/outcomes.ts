/** How servers stand, for the report and for decisions about them. */
import { portsPathOf } from '../api/families.ts';
import { roleWordOf } from '../api/roles.ts';
import { ipFamilyOf } from '../kea/families.ts';
import {
  ADDRESS_IN_USE,
  haScopesOf,
  haStateOf,
  interfacesInUse,
  isAtWork,
  isCutOff,
  scopesAnswered,
  socketProblem,
  switchedOff,
  unackedClientsOf,
} from '../kea/ha.ts';
import type { Followed, ServerView } from '../servers/session.ts';
import type { ServerOutcome } from '../status/types.ts';
import type { ServerContact, ServerConvergence } from '../workload/convergence.ts';
import type { PairServer, Topology } from '../workload/topology.ts';
import type { WorkloadServer, WorkloadState } from '../workload/workload.ts';
import type { Connections } from './connections.ts';

/** The servers that answered, for the decisions about their configuration. */
export const contactsOf = (
  { servers }: Pick<Connections, 'servers'>,
  views: readonly ServerView[],
): ReadonlyMap<string, ServerContact> => {
  const contacts = new Map<string, ServerContact>();
  for (const [index, { client }] of servers.entries()) {
    const { status, subnets = 0, clockOffset, leaseProblem } = views[index] ?? {};
    if (status === undefined) continue;
    const offset = clockOffset === undefined ? {} : { clockOffset };
    contacts.set(client.name, { client, status, subnets, leaseless: leaseProblem !== undefined, ...offset });
  }
  return contacts;
};

/** What became of the servers when they last followed: it stands while the rows cannot be read. */
export const followedOf = ({ servers }: Pick<Connections, 'servers'>): ReadonlyMap<string, Followed> => {
  const followed = new Map<string, Followed>();
  for (const { client, lastFollowed } of servers) {
    const last = lastFollowed();
    if (last !== undefined) followed.set(client.name, last);
  }
  return followed;
};

/** The pair's servers, as they were looked at. */
export interface ViewedServers {
  readonly topology: Topology;
  readonly state: WorkloadState;
  readonly views: readonly ServerView[];
  /** Whether the pair has subnets that its servers should hold. */
  readonly expected: boolean;
}

/** Where each server of the specification stands at the end of the pass, or in the midst of it by what is known of the last. */
export const outcomesOf = (
  { topology, state, views, expected }: ViewedServers,
  convergences: ReadonlyMap<string, ServerConvergence>,
  followed: ReadonlyMap<string, Followed>,
): readonly ServerOutcome[] => {
  const workloads = new Map(state.servers.map((entry) => [entry.server.name, entry]));
  const seen = new Map(views.map((view) => [view.name, view]));
  return topology.servers.map((server) =>
    outcomeOf(server, {
      topology,
      expected,
      workload: workloads.get(server.name),
      view: seen.get(server.name),
      convergence: convergences.get(server.name),
      followed: followed.get(server.name),
    }),
  );
};

/** What is known of one server. */
interface KnownServer {
  readonly topology: Topology;
  readonly expected: boolean;
  readonly workload: WorkloadServer | undefined;
  readonly view: ServerView | undefined;
  readonly convergence: ServerConvergence | undefined;
  readonly followed: Followed | undefined;
}

const outcomeOf = (
  server: PairServer,
  { topology, expected, workload, view, convergence, followed }: KnownServer,
): ServerOutcome => {
  const status = view?.status;
  const empty = expected && view?.subnets === 0;
  const able = status !== undefined && !empty && view?.leaseProblem === undefined;
  const scopes = status && haScopesOf(status);
  const unackedClients = status && unackedClientsOf(status);
  const inUse = portInUse(server, topology, view ?? {}, workload?.pod.message);
  const message =
    inUse ??
    silenceOf(view, workload?.pod.message) ??
    (status && (socketProblem(status) ?? switchedOff(status))) ??
    (empty ? `it has no subnets${convergence?.message === undefined ? '' : `: ${convergence.message}`}` : undefined) ??
    view?.leaseProblem ??
    convergence?.message ??
    followed?.message;
  return {
    name: server.name,
    ipFamily: ipFamilyOf(topology.family),
    address: server.address,
    role: roleWordOf(server.role),
    reachable: view?.reachable === true,
    serving: able && isAtWork(status),
    answers: able ? scopesAnswered(status, server.name) : [],
    cutOff: status !== undefined && isCutOff(status, topology.heartbeatDelay),
    ...(workload?.pod.stuck === true ? { stuck: true } : {}),
    ...(inUse === undefined ? {} : { portInUse: true }),
    synchronized: convergence?.current === true && followed?.synchronized === true,
    ...(convergence?.current === true && followed?.left !== undefined ? { left: followed.left } : {}),
    ...(status === undefined ? {} : { state: haStateOf(status) }),
    ...(view?.clockOffset === undefined ? {} : { clockOffset: view.clockOffset }),
    ...(unackedClients === undefined ? {} : { unackedClients }),
    ...(scopes === undefined ? {} : { scopes: [...scopes] }),
    ...(view?.version === undefined ? {} : { version: view.version }),
    ...(view?.lastAnswer === undefined ? {} : { lastAnswer: view.lastAnswer }),
    ...(message === undefined ? {} : { message }),
  };
};

/** Of a server that never answered its pod knows more. Of one that did its pod may: of a lost node's pods nothing is known. */
const silenceOf = (view: ServerView | undefined, pod: string | undefined): string | undefined => {
  if (view?.error === undefined || pod === undefined) return pod ?? view?.error;
  return view.lastAnswer === undefined ? pod : `${view.error}; its pod: ${pod}`;
};

/** What the script that starts a server says of a TCP port that somebody else has (server-image/kea-start); Kea itself names none. */
const TCP_IN_USE = new RegExp(String.raw`\bTCP (?:port (\d+) of (\S+):|.*) ?${ADDRESS_IN_USE}`);

/**
 * Which of its ports somebody else of the node has, and what to do. Whoever does not look after the other pair cannot know of it: it may be in a namespace
 * that this operator has no rights in.
 */
const portInUse = (
  { node, address }: PairServer,
  { family, controlPort, haPort }: Topology,
  { status, stranger }: Pick<ServerView, 'status' | 'stranger'>,
  pod: string | undefined,
): string | undefined => {
  if (status === undefined) {
    const found = TCP_IN_USE.exec(pod ?? '');
    if (found === null) return undefined;
    const [, port = `${controlPort} or ${haPort}`, at = address] = found;
    const path = portsPathOf(family);
    const who =
      stranger === undefined
        ? 'another program, such as a server of a HAPair that another operator looks after'
        : `a server that this operator does not look after, whose certificate is for ${stranger}`;
    return `TCP port ${port} of ${at} (node ${node}) is in use by ${who}: end that, or name other ports in ${path}.controlPort and ${path}.haPort`;
  }
  const interfaces = interfacesInUse(status);
  if (interfaces.length === 0) return undefined;
  const on = interfaces.filter(Boolean).join(', ');
  return `UDP port ${family.port}${on === '' ? '' : ` on ${on}`} of node ${node} is in use by another DHCP server, such as that of a HAPair that another operator looks after: end that, or name other interfaces or nodes in spec.servers`;
};

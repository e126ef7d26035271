import type { KeaStatus } from '../kea/commands.ts';
import type { ServerOutcome } from '../status/types.ts';
import { haStateOf, isServing } from '../workload/rollout.ts';
import type { ServerContact, Settled } from '../workload/settle.ts';
import type { PairServer, Role, Topology } from '../workload/topology.ts';
import type { WorkloadServer, WorkloadState } from '../workload/workload.ts';
import type { Connections } from './connections.ts';
import type { Followed, ServerView } from './server.ts';

/** The servers that answered, for the decisions about their configuration. */
export const contactsOf = (
  { servers }: Pick<Connections, 'servers'>,
  views: readonly ServerView[],
): ReadonlyMap<string, ServerContact> => {
  const contacts = new Map<string, ServerContact>();
  for (const [index, { client }] of servers.entries()) {
    const status = views[index]?.status;
    if (status !== undefined) contacts.set(client.name, { client, status });
  }
  return contacts;
};

/** What became of the servers when they last followed: it stands while the rows cannot be read. */
export const standingsOf = ({ servers }: Pick<Connections, 'servers'>): ReadonlyMap<string, Followed> => {
  const standings = new Map<string, Followed>();
  for (const { client, standing } of servers) {
    const last = standing();
    if (last !== undefined) standings.set(client.name, last);
  }
  return standings;
};

const ROLES: Readonly<Record<Role, string>> = {
  primary: 'Primary',
  secondary: 'Secondary',
  standby: 'Standby',
  backup: 'Backup',
};

/** Where each server of the specification stands at the end of the turn, or in the midst of it by what is known of the last. */
export const outcomesOf = (
  topology: Topology,
  state: WorkloadState,
  views: readonly ServerView[],
  settled: Settled,
  followed: ReadonlyMap<string, Followed>,
): readonly ServerOutcome[] => {
  const workloads = new Map(state.servers.map((entry) => [entry.server.name, entry]));
  const seen = new Map(views.map((view) => [view.name, view]));
  return topology.servers.map((server) =>
    outcomeOf(
      server,
      workloads.get(server.name),
      seen.get(server.name),
      settled.servers.get(server.name),
      followed.get(server.name),
    ),
  );
};

const outcomeOf = (
  server: PairServer,
  workload: WorkloadServer | undefined,
  view: ServerView | undefined,
  standing: { readonly current: boolean | undefined; readonly message?: string } | undefined,
  followed: Followed | undefined,
): ServerOutcome => {
  const status = view?.status;
  const ha = status?.['high-availability']?.[0]?.['ha-servers'].local;
  const message =
    silenceOf(view, workload?.pod.message) ?? socketProblem(status) ?? standing?.message ?? followed?.message;
  return {
    name: server.name,
    address: server.address,
    role: ROLES[server.role],
    reachable: view?.reachable === true,
    serving: workload?.pod.ready === true && servesClients(server, status),
    synchronized: standing?.current === true && followed?.synchronized === true,
    ...(status === undefined ? {} : { state: haStateOf(status) }),
    ...(ha === undefined ? {} : { scopes: ha.scopes }),
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

const socketProblem = (status: KeaStatus | undefined): string | undefined => {
  if (status?.sockets === undefined || status.sockets.status === 'ready') return undefined;
  return `DHCP sockets are not open: ${status.sockets.errors?.join('; ') ?? status.sockets.status}`;
};

const servesClients = (server: PairServer, status: KeaStatus | undefined): boolean => {
  if (status === undefined || socketProblem(status) !== undefined) return false;
  return isServing(status) || (server.role === 'backup' && haStateOf(status) === 'backup');
};

import { afterEach, beforeEach, expect } from 'vitest';
import type { ConfigBackend } from '../../src/backend/backend.ts';
import type { KeaClient } from '../../src/kea/client.ts';
import type { CommandName } from '../../src/kea/commands.ts';
import { connectKea } from '../../src/kea/connect.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { type Followed, openServer, type ServerSession } from '../../src/servers/session.ts';
import { type Applied, applyRows, tryRows } from '../../src/sync/apply.ts';
import { followRows } from '../../src/sync/followServers.ts';
import { createMemory, type PairMemory } from '../../src/sync/memory.ts';
import type { KeaServer } from './kea.ts';
import { serverState } from './keaState.ts';
import { type Bench, useBench } from './keaTier.ts';
import { type Desired, network, planned, state, subnet } from './rows.ts';

/** A session with a real server, and the commands that it was sent. */
export interface WatchedSession extends ServerSession {
  /** Since the last time this was called; all, or those of one name. */
  sent(command?: CommandName): readonly CommandName[];
}

/** Never stops. */
export const GOING = new AbortController().signal;
const GOING_ON = { clock: systemClock, signal: GOING };

export const openSession = (server: KeaServer, clock: Clock = systemClock): WatchedSession => {
  const client = connectKea(server.endpoint, server.client.family);
  let calls: CommandName[] = [];
  const watched: KeaClient = {
    name: client.name,
    family: client.family,
    call: (command, args, signal) => {
      calls.push(command);
      return client.call(command, args, signal);
    },
    close: () => client.close(),
  };
  return {
    ...openServer(watched, clock),
    sent: (command) => {
      const since = calls;
      calls = [];
      return command === undefined ? since : since.filter((name) => name === command);
    },
  };
};

/** The session with a server that does not answer at the moment. */
export const silentSession = (session: ServerSession): ServerSession => ({
  ...session,
  lastView: () => ({ name: session.client.name, reachable: false }),
});

/** The part of a pass that ends with rows in the database. */
export const writeRows = async (
  backend: ConfigBackend,
  servers: readonly ServerSession[],
  desired: Desired,
  memory: PairMemory,
): Promise<Applied> => {
  const plan = await planned(backend, desired);
  const context = { ...GOING_ON, memory, mustLead: () => undefined };
  const tried = await tryRows(context, plan, servers, new Map());
  return applyRows(context, plan, tried, { backend, servers });
};

export interface Turned {
  readonly applied: Applied;
  readonly followed: ReadonlyMap<string, Followed>;
}

/** The part of a pass between plan and report, as converge.ts puts it together. */
export const takePass = async (
  backend: ConfigBackend,
  servers: readonly ServerSession[],
  desired: Desired,
  memory: PairMemory = createMemory(),
): Promise<Turned> => {
  for (const server of servers) await server.look(GOING);
  const applied = await writeRows(backend, servers, desired, memory);
  const followed = await followRows({ ...GOING_ON, memory }, servers, applied.after);
  return { applied, followed };
};

/** A real server of each test's database, and a session with it as the operator has one between passes. */
export interface SyncBench {
  readonly bench: Bench;
  readonly server: KeaServer;
  readonly session: WatchedSession;
  readonly memory: PairMemory;
  /** Another session with a server, as of another process of the operator; it ends with the test. */
  open(server: KeaServer): WatchedSession;
  /** One pass with these servers, or the one: what became of the one, and of all. */
  pass(
    desired: Desired,
    servers?: readonly ServerSession[],
  ): Promise<Turned & { readonly outcome: Followed | undefined }>;
  /** Expects a server, or the one, to run the very desired state. */
  runs(desired: Desired, server?: KeaServer): Promise<void>;
  /** Changes rows as a person would who knows of Kea's audit. */
  byHand(sql: string): Promise<unknown>;
}

/** Of every server: what the operator's have. */
export const CACHED = { hooks: [{ library: 'libdhcp_host_cache.so', parameters: { maximum: 1000 } }] };

export const useSyncBench = (): SyncBench => {
  const bench = useBench();
  let server: KeaServer;
  let session: WatchedSession;
  let memory: PairMemory;
  let sessions: WatchedSession[] = [];
  const open = (of: KeaServer): WatchedSession => {
    const opened = openSession(of);
    sessions.push(opened);
    return opened;
  };
  beforeEach(async () => {
    server = await bench.server(CACHED);
    session = open(server);
    memory = createMemory();
  });
  afterEach(async () => {
    await Promise.all(sessions.map((one) => one.close()));
    sessions = [];
  });
  return {
    bench,
    get server() {
      return server;
    },
    get session() {
      return session;
    },
    get memory() {
      return memory;
    },
    open,
    pass: async (desired, servers = [session]) => {
      const turned = await takePass(bench.backend, servers, desired, memory);
      return { ...turned, outcome: turned.followed.get(server.name) };
    },
    runs: async (desired, of = server) => {
      const { networks, subnets } = state(desired);
      expect(await serverState(of.client)).toEqual({ networks, subnets });
    },
    byHand: (sql) =>
      bench.database.query(
        `BEGIN; SELECT createAuditRevisionDHCP4(date_trunc('second', clock_timestamp()), 'all', 'by hand', true); ${sql}; COMMIT`,
      ),
  };
};

/** What a server says of itself that ran the desired state before, or came to it without having lost anything. */
export const DONE = { synchronized: true, drifted: 0 };

export const office = subnet(1, '192.0.2.0/25', { 'renew-timer': 60 });
export const lab = subnet(2, '192.0.2.128/25');
export const campus = network('campus', { 'renew-timer': 77 });
export const floor = network('floor');
export const inside = (name: string) => subnet(3, '198.51.100.0/24', { 'shared-network-name': name });
export const many = (count: number) =>
  Array.from({ length: count }, (_, index) => subnet(100 + index, `10.0.${index}.0/24`));

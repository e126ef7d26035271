import type { KeaClient } from '../kea/client.ts';
import { KeaRefused, KeaUnreachable } from '../kea/client.ts';
import type { KeaStatus } from '../kea/commands.ts';
import { socketProblem } from '../kea/ha.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CarriedRows } from './carriedRows.ts';
import type { DatabaseCheck } from './databaseCheck.ts';
import {
  type Ground,
  type KnownBootstrap,
  pushBootstrap,
  type PushOutcome,
  runningBootstrap,
  testBootstrap,
} from './push.ts';
import { nextStep, type RolloutStep, type ServerCondition } from './rollout.ts';
import type { SchemaState } from './podState.ts';
import { changedKeywords } from './serverConfig.ts';
import type { Topology } from './topology.ts';
import type { Workload, WorkloadServer, WorkloadState } from './workload.ts';

/** A server that answered: its control channel, and what it said a moment ago. */
export interface ServerContact {
  readonly client: KeaClient;
  readonly status: KeaStatus;
  /** How many subnets it holds. */
  readonly subnets: number;
}

/** How a server stands to the configuration it should run. */
export interface ServerStanding {
  /** It runs the wanted bootstrap configuration in a pod of the present template; undefined: it does not answer. */
  readonly current: boolean | undefined;
  /** What it waits for, or why it refused. */
  readonly message?: string;
}

/** What is known of the servers before anything is done to them. */
export interface Looked {
  readonly conditions: readonly ServerCondition[];
  /** By server name. */
  readonly standings: ReadonlyMap<string, ServerStanding>;
}

/** What the servers stand on, as far as it is known in this turn. */
export interface Footing {
  /** Ids of the subnets that they find in the database; undefined: it cannot be read. */
  readonly subnets: ReadonlySet<number> | undefined;
  /** The rows to be given to a server that does not find them; undefined: none are known. */
  given(): Promise<CarriedRows | undefined>;
  /** Whether the server's node can read the database that the wanted configuration names. */
  checkDatabase(server: WorkloadServer): Promise<DatabaseCheck>;
}

export interface Settled {
  /** By server name. */
  readonly servers: ReadonlyMap<string, ServerStanding>;
  /** What was done to a server in this turn; its HA state and its subnets are to be looked at anew. */
  readonly done?: {
    readonly server: string;
    readonly reason: 'ServerConfigured' | 'ServerRestarted' | 'ServerCarried';
    readonly message: string;
  };
  /** A server said no to its configuration. Nothing changes until the specification does. */
  readonly refused?: { readonly server: string; readonly message: string };
}

/** Brings the servers of pairs to their bootstrap configuration and pod template: at most one of a pair in a turn, and gated on its partner. */
export interface Settler {
  /** @param expected Whether the pair has subnets that its servers should hold. */
  look(
    topology: Topology,
    state: WorkloadState,
    contacts: ReadonlyMap<string, ServerContact>,
    expected: boolean,
    signal?: AbortSignal,
  ): Promise<Looked>;
  /** Makes the one change that may be made now. */
  act(
    topology: Topology,
    state: WorkloadState,
    contacts: ReadonlyMap<string, ServerContact>,
    looked: Looked,
    footing: Footing,
    signal?: AbortSignal,
  ): Promise<Settled>;
  /** Forgets a pair that is gone. */
  forget(uid: string): void;
}

interface Memory {
  readonly known: Map<string, KnownBootstrap>;
  /** Since when a server has been in need of a change, monotonic ms. */
  readonly inNeedSince: Map<string, number>;
  /** Configurations at which a config-set failed, and when: each try interrupts the service. */
  readonly failed: Map<string, { readonly digest: string; readonly at: number; readonly message: string }>;
  /** When a server whose sockets had failed was last configured anew, monotonic ms. */
  readonly repaired: Map<string, number>;
}

type Step = Extract<RolloutStep, { kind: 'configure' | 'restart' }>;
type Acted = Pick<Settled, 'done' | 'refused'> & { readonly message?: string; readonly current?: boolean };

const HELD = 'another pair has an interface or a port that it names';
const FAILED_PAUSE_MS = 300_000;
/** How often sockets that failed are opened anew: their interface may be down for long. */
const REPAIR_PAUSE_MS = 20_000;

/** @param workload What keeps a server's configuration and replaces its pod. */
export const createSettler = (workload: Pick<Workload, 'keep' | 'deletePod'>, clock: Clock): Settler => {
  const memories = new Map<string, Memory>();
  const memoryOf = (uid: string): Memory => {
    const known = memories.get(uid) ?? {
      known: new Map(),
      inNeedSince: new Map(),
      failed: new Map(),
      repaired: new Map(),
    };
    memories.set(uid, known);
    return known;
  };

  const look = async (
    memory: Memory,
    { server, pod, wanted }: WorkloadServer,
    contact: ServerContact | undefined,
    schemaReady: boolean,
    expected: boolean,
    signal?: AbortSignal,
  ): Promise<ServerCondition> => {
    const current = contact && (await isCurrent(memory, server.name, wanted.digest, contact, signal));
    const configCurrent = current === true && needsRepair(memory, server.name, contact) ? false : current;
    // A new image may want a newer schema: its pods wait for the Job.
    const templateCurrent = pod.templateCurrent === false && !schemaReady ? undefined : pod.templateCurrent;
    const inNeed = pod.exists && (templateCurrent === false || configCurrent === false);
    const since = memory.inNeedSince.get(server.name) ?? clock.monotonic();
    if (inNeed) memory.inNeedSince.set(server.name, since);
    else memory.inNeedSince.delete(server.name);
    return {
      name: server.name,
      role: server.role,
      podExists: pod.exists,
      podReady: pod.ready,
      empty: expected && contact?.subnets === 0,
      ...(templateCurrent === undefined ? {} : { templateCurrent }),
      ...(contact === undefined ? {} : { status: contact.status }),
      ...(configCurrent === undefined ? {} : { configCurrent }),
      waitedMs: inNeed ? clock.monotonic() - since : 0,
    };
  };

  /** Sockets of an interface that was down at the start stay closed when it comes up, until config-set opens them. */
  const needsRepair = (memory: Memory, name: string, contact: ServerContact | undefined): boolean =>
    contact?.status.sockets?.status === 'failed' &&
    clock.monotonic() - (memory.repaired.get(name) ?? -Infinity) > REPAIR_PAUSE_MS;

  /** One that has its rows from the operator is to read them itself again. */
  const isCurrent = async (
    memory: Memory,
    name: string,
    digest: string,
    { client, status }: ServerContact,
    signal?: AbortSignal,
  ): Promise<boolean | undefined> => {
    try {
      const running = await runningBootstrap(client, status, memory.known.get(name), clock.now(), signal);
      memory.known.set(name, running);
      return running.digest === digest && !running.carried;
    } catch (error) {
      if (error instanceof KeaUnreachable || error instanceof KeaRefused) return undefined;
      throw error;
    }
  };

  const configure = async (
    memory: Memory,
    topology: Topology,
    target: WorkloadServer,
    { client, status }: ServerContact,
    ground: Ground,
    signal?: AbortSignal,
  ): Promise<PushOutcome> => {
    const { name } = target.server;
    memory.repaired.set(name, clock.monotonic());
    // What it runs is not known while the command is under way.
    memory.known.delete(name);
    const outcome = await pushBootstrap(client, target.wanted.config, target.stored?.config, ground, signal);
    if (outcome.kind !== 'configured' && outcome.kind !== 'carried') return outcome;
    const now = clock.now();
    const startedAt = now - status.uptime * 1000;
    const carried = outcome.kind === 'carried';
    memory.known.set(name, { pid: status.pid, startedAt, configuredAt: now, digest: target.wanted.digest, carried });
    await workload.keep(topology, target, !carried, signal);
    return outcome;
  };

  /** The configuration is tried on the running server first, where it answers: one that it refuses would keep it from starting. */
  const restart = async (
    topology: Topology,
    target: WorkloadServer,
    contact: ServerContact | undefined,
    cover: ServerContact | undefined,
    signal?: AbortSignal,
  ): Promise<Acted> => {
    const { name } = target.server;
    const objection = contact && (await testBootstrap(contact.client, target.wanted.config, signal));
    if (objection?.kind === 'refused') return refusal(name, objection);
    await takeOver(cover, signal);
    await workload.keep(topology, target, false, signal);
    await workload.deletePod(topology, target, signal);
    const message = `server ${name}: the pod was replaced to take a change of image or pod`;
    return { done: { server: name, reason: 'ServerRestarted', message } };
  };

  const reconfigure = async (
    topology: Topology,
    target: WorkloadServer,
    contact: ServerContact,
    footing: Footing,
    signal?: AbortSignal,
  ): Promise<Acted> => {
    const { name } = target.server;
    const memory = memoryOf(topology.uid);
    const before = memory.failed.get(name);
    if (before?.digest === target.wanted.digest && clock.monotonic() - before.at < FAILED_PAUSE_MS) {
      return { message: before.message, refused: { server: name, message: before.message } };
    }
    const why = reasonOf(target, contact, memory.known.get(name));
    const ground = { subnets: footing.subnets, given: await footing.given() };
    const outcome = await configure(memory, topology, target, contact, ground, signal);
    if (outcome.kind === 'failed') {
      const { message } = refusal(name, outcome);
      memory.failed.set(name, { digest: target.wanted.digest, at: clock.monotonic(), message });
    }
    if (outcome.kind === 'carried') {
      const message = `server ${name} took its configuration with the subnets that it had (config-set, ${why}): ${outcome.message}`;
      return { message, done: { server: name, reason: 'ServerCarried', message } };
    }
    if (outcome.kind !== 'configured') return refusal(name, outcome);
    const message = `server ${name} took its new configuration (config-set): ${why}`;
    return { current: true, done: { server: name, reason: 'ServerConfigured', message } };
  };

  /** Why a server is not made to let go of what it serves; undefined: what replaces it is known to be there. */
  const objectionTo = async (
    { idle }: Step,
    target: WorkloadServer,
    contact: ServerContact | undefined,
    footing: Footing,
  ): Promise<string | undefined> => {
    if (idle) {
      const helpless = footing.subnets === undefined && contact !== undefined && (await footing.given()) === undefined;
      return helpless ? 'the database cannot be read, and no subnets are known' : undefined;
    }
    if (footing.subnets === undefined) return 'the database cannot be read';
    const check = await footing.checkDatabase(target);
    return check.kind === 'passed' ? undefined : check.message;
  };

  const carryOut = async (
    step: Step,
    topology: Topology,
    target: WorkloadServer,
    contacts: ReadonlyMap<string, ServerContact>,
    footing: Footing,
    signal?: AbortSignal,
  ): Promise<Acted> => {
    const { name } = target.server;
    const contact = contacts.get(name);
    const objection = await objectionTo(step, target, contact, footing);
    if (objection !== undefined) return { message: `server ${name} waits with its change: ${objection}` };
    const cover = step.cover === undefined ? undefined : contacts.get(step.cover);
    if (step.kind === 'restart') return restart(topology, target, contact, cover, signal);
    return contact === undefined ? {} : reconfigure(topology, target, contact, footing, signal);
  };

  return {
    look: async (topology, state, contacts, expected, signal) => {
      const memory = memoryOf(topology.uid);
      const conditions: ServerCondition[] = [];
      for (const server of state.servers) {
        const contact = contacts.get(server.server.name);
        conditions.push(await look(memory, server, contact, state.schema.complete, expected, signal));
      }
      const standings = new Map(conditions.map((condition) => [condition.name, standingOf(condition, state.schema)]));
      return { conditions, standings };
    },

    act: async (topology, state, contacts, { conditions, standings }, footing, signal) => {
      const servers = new Map(standings);
      const step = nextStep(footing.subnets === undefined ? conditions.map(needsRows) : conditions);
      if (step.kind === 'none') return { servers };
      if (step.kind === 'wait') {
        servers.set(step.server, { current: false, message: step.message });
        return { servers };
      }
      if (step.kind === 'resume') {
        await resume(contacts.get(step.server), signal);
        return { servers };
      }
      if (state.held === true) {
        servers.set(step.server, { current: false, message: `server ${step.server} waits with its change: ${HELD}` });
        return { servers };
      }
      const target = state.servers.find(({ server }) => server.name === step.server);
      if (target === undefined) return { servers };
      const acted = await carryOut(step, topology, target, contacts, footing, signal);
      const { message, current = false, ...result } = acted;
      servers.set(step.server, { current, ...(message === undefined ? {} : { message }) });
      return { servers, ...result };
    },
    forget: (uid) => {
      memories.delete(uid);
    },
  };
};

/** Without the database there is no pull that would bring an empty server its subnets. */
const needsRows = (condition: ServerCondition): ServerCondition =>
  condition.empty && condition.configCurrent === true ? { ...condition, configCurrent: false } : condition;

/** Why a server is configured anew, for people. */
const reasonOf = (
  { wanted, stored }: WorkloadServer,
  { status }: ServerContact,
  known: KnownBootstrap | undefined,
): string => {
  if (known?.digest !== wanted.digest) {
    const changed = stored && changedKeywords(stored.config, wanted.config);
    return changed?.length ? `${changed.join(', ')} changed` : 'it ran another one';
  }
  if (known.carried) return 'its database can be read again';
  return socketProblem(status) ?? 'it has no subnets';
};

const standingOf = (
  { podExists, templateCurrent, configCurrent }: ServerCondition,
  schema: SchemaState,
): ServerStanding => {
  if (configCurrent === undefined) return { current: undefined };
  if (podExists && templateCurrent === undefined) {
    const message = schema.complete ? undefined : schema.message;
    return { current: false, message: message ?? 'waiting to learn whether the pod is to be replaced' };
  }
  return { current: configCurrent && templateCurrent !== false };
};

const refusal = (
  server: string,
  outcome: Exclude<PushOutcome, { kind: 'configured' | 'carried' }>,
): { readonly message: string; readonly refused?: { readonly server: string; readonly message: string } } => {
  switch (outcome.kind) {
    case 'filesPending':
      return { message: `server ${server} waits for its new certificate to reach the pod` };
    case 'refused':
      return {
        message: `server ${server} refuses its configuration: ${outcome.message}`,
        refused: { server, message: outcome.message },
      };
    case 'failed': {
      const after = outcome.restored ? 'it goes on with the former one' : 'it may serve nobody';
      const message = `server ${server} failed to take its configuration, ${after}: ${outcome.message}`;
      return { message, refused: { server, message } };
    }
  }
};

/** Ends the cover: without this the one goes on serving alone and the other stays silent. */
const resume = (covering: ServerContact | undefined, signal?: AbortSignal): Promise<void> =>
  tryCommand(covering, 'ha-maintenance-cancel', signal);

/**
 * Asks the partner to serve all clients before the server goes: without this they wait until the partner has missed it
 * (max-response-delay). A partner that cannot do so is no reason to stay: it takes over by itself.
 */
const takeOver = (cover: ServerContact | undefined, signal?: AbortSignal): Promise<void> =>
  tryCommand(cover, 'ha-maintenance-start', signal);

const tryCommand = async (
  contact: ServerContact | undefined,
  command: 'ha-maintenance-start' | 'ha-maintenance-cancel',
  signal?: AbortSignal,
): Promise<void> => {
  try {
    await contact?.client.call(command, undefined, signal);
  } catch (error) {
    if (!(error instanceof KeaRefused || error instanceof KeaUnreachable)) throw error;
  }
};

/** What is known of the servers of a pair before anything is done to them. */
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import type { KeaStatus } from '../kea/commands.ts';
import { type HaStateName, isAtWork, isInState, SKEW_WARNING } from '../kea/ha.ts';
import type { Clock } from '../runtime/clock.ts';
import { changesPeering } from './bootstrap/ha.ts';
import { type KnownBootstrap, runningBootstrap } from './bootstrap/push.ts';
import type { SchemaState } from './podState.ts';
import type { ServerCondition } from './rollout.ts';
import type { WorkloadServer } from './workload.ts';

/** A server that answered: its control channel, and what it said a moment ago. */
export interface ServerContact {
  readonly client: KeaClient;
  readonly status: KeaStatus;
  /** How many subnets it holds. */
  readonly subnets: number;
  /** It can give out no lease, as it has lost the database that they are in. */
  readonly leaseless: boolean;
  /** How far its clock is ahead of ours, ms. */
  readonly clockOffset?: number;
}

/** How a server stands to the configuration it should run. */
export interface ServerConvergence {
  /** It runs the wanted bootstrap configuration in a pod of the present template; undefined: it does not answer. */
  readonly current: boolean | undefined;
  /** What it waits for, or why it refused. */
  readonly message?: string;
}

/** What is remembered of a pair's servers between passes. */
export interface ServerMemory {
  readonly known: Map<string, KnownBootstrap>;
  /** Since when a server has been in need of a change, monotonic ms. */
  readonly inNeedSince: Map<string, number>;
  /** Configurations at which a config-set failed, and when; with the revision of the rows where it failed at one of them. Each try interrupts the service. */
  readonly failed: Map<
    string,
    { readonly digest: string; readonly revision?: string; readonly at: number; readonly message: string }
  >;
  /** When a server whose sockets had failed was last configured anew, monotonic ms. */
  readonly repaired: Map<string, number>;
  /** When a server that had ended the work with its partner was last brought back to it, monotonic ms. */
  readonly rejoined: Map<string, number>;
  /** How often, and when last, the pod of a server was replaced that its kubelet did not start again, monotonic ms; until it answers. */
  readonly replaced: Map<string, { readonly times: number; readonly at: number }>;
  /** Servers that have to fetch leases from their partner, as that gave some out without telling them. */
  readonly owed: Set<string>;
  /** When the process of a server that fetched all leases started, ms since 1970. */
  readonly fetched: Map<string, number>;
}

export const createServerMemory = (): ServerMemory => ({
  known: new Map(),
  inNeedSince: new Map(),
  failed: new Map(),
  repaired: new Map(),
  rejoined: new Map(),
  replaced: new Map(),
  owed: new Set(),
  fetched: new Map(),
});

/** Between two new pods for a server that its kubelet does not start again: twice as long each time, up to what the kubelet waits itself. */
const REPLACE_PAUSE_MS = 10_000;
const REPLACE_LIMIT_MS = 300_000;
/** How often sockets that failed are opened anew: their interface may be down for long. */
const REPAIR_PAUSE_MS = 20_000;

/** What servers say of themselves and what the pair's workload says of them, put together. */
export const createLook = (memory: ServerMemory, clock: Clock) => {
  const look = async (
    { server, pod, wanted, stored }: WorkloadServer,
    contact: ServerContact | undefined,
    { schemaReady, expected }: { readonly schemaReady: boolean; readonly expected: boolean },
    signal?: AbortSignal,
  ): Promise<ServerCondition> => {
    if (contact !== undefined) memory.replaced.delete(server.name);
    const current = contact && (await isCurrent(server.name, wanted.digest, contact, signal));
    const configCurrent = current === true && needsRepair(server.name, contact) ? false : current;
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
      down: pod.down === true,
      stuck: pod.crashing === true && mayReplace(server.name),
      empty: expected && contact?.subnets === 0,
      leaseless: contact?.leaseless === true,
      jointly: current === false && stored !== undefined && changesPeering(wanted.family, stored.config, wanted.config),
      ...(templateCurrent === undefined ? {} : { templateCurrent }),
      ...(contact === undefined ? {} : { status: contact.status }),
      ...(configCurrent === undefined ? {} : { configCurrent }),
      waitedMs: inNeed ? clock.monotonic() - since : 0,
    };
  };

  /** Sockets of an interface that was down at the start stay closed when it comes up, until config-set opens them. */
  const needsRepair = (name: string, contact: ServerContact | undefined): boolean =>
    contact?.status.sockets?.status === 'failed' &&
    clock.monotonic() - (memory.repaired.get(name) ?? -Infinity) > REPAIR_PAUSE_MS;

  const mayReplace = (name: string): boolean => {
    const { times, at } = memory.replaced.get(name) ?? { times: 0, at: -Infinity };
    return clock.monotonic() - at > Math.min(REPLACE_PAUSE_MS * 2 ** times, REPLACE_LIMIT_MS);
  };

  /** One that has its rows from the operator is to read them itself again. */
  const isCurrent = async (
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

  return look;
};

/** So long at least between two tries to bring servers together: what they ended their work for may not have gone. */
const REJOIN_PAUSE_MS = 120_000;
/** One that was restarted waits for the other to begin anew, and answers nobody until then. */
const REJOIN_PAUSE_UNSERVED_MS = 10_000;

/**
 * Servers that ended their work together (HA state terminated: clocks too far apart, or too many lease updates refused) stay so until somebody
 * makes them begin anew, all of them: one alone waits for the other, and its clients are not answered. A config-set does it, once the clocks agree.
 */
export const rejoining = (
  conditions: readonly ServerCondition[],
  contacts: ReadonlyMap<string, ServerContact>,
  memory: Pick<ServerMemory, 'rejoined'>,
  now: number,
): readonly ServerCondition[] => {
  const active = conditions.filter(({ role }) => role !== 'backup');
  const ended = active.filter(({ status }) => status !== undefined && isInState(status, 'terminated'));
  if (ended.length === 0 || !clocksAgree(active.map(({ name }) => contacts.get(name)))) return conditions;
  const unserved = active.some(({ status }) => status !== undefined && !isAtWork(status));
  const pause = unserved ? REJOIN_PAUSE_UNSERVED_MS : REJOIN_PAUSE_MS;
  if (ended.some(({ name }) => now - (memory.rejoined.get(name) ?? -Infinity) < pause)) return conditions;
  return conditions.map((condition) =>
    ended.includes(condition) ? { ...condition, configCurrent: false, jointly: true } : condition,
  );
};

/** A server in maintenance whose partner does not cover for it any more, as it ended meanwhile, stays so for ever: it is made to begin anew. */
export const abandoned = (conditions: readonly ServerCondition[]): readonly ServerCondition[] => {
  const isIn =
    (state: HaStateName) =>
    ({ status }: ServerCondition) =>
      status !== undefined && isInState(status, state);
  const others = conditions.filter(({ role }) => role !== 'backup');
  const known = others.every(({ status, down }) => status !== undefined || down);
  if (!known || others.some(isIn('partner-in-maintenance'))) return conditions;
  return conditions.map((condition) =>
    isIn('in-maintenance')(condition) ? { ...condition, configCurrent: false } : condition,
  );
};

const clocksAgree = (contacts: readonly (ServerContact | undefined)[]): boolean => {
  const offsets = contacts.map((contact) => contact?.clockOffset);
  const known = offsets.filter((offset) => offset !== undefined);
  return known.length === offsets.length && Math.max(...known) - Math.min(...known) < SKEW_WARNING * 1000;
};

export const convergenceOf = (
  { podExists, templateCurrent, configCurrent }: ServerCondition,
  schema: SchemaState,
): ServerConvergence => {
  if (configCurrent === undefined) return { current: undefined };
  if (podExists && templateCurrent === undefined) {
    const message = schema.complete ? undefined : schema.message;
    return { current: false, message: message ?? 'waiting to learn whether the pod is to be replaced' };
  }
  return { current: configCurrent && templateCurrent !== false };
};

/** Brings the servers of pairs to their bootstrap configuration and pod template, and their clients to a server that answers. */
import { isAtWork, isGettingReady } from '../kea/ha.ts';
import type { Clock } from '../runtime/clock.ts';
import { createCarryOut, type Done, type Footing } from './carryOut.ts';
import {
  abandoned,
  convergenceOf,
  createLook,
  createServerMemory,
  rejoining,
  type ServerConvergence,
} from './convergence.ts';
import { type Contacts, endMaintenance, moveScopes, watchScopes } from './handover.ts';
import { repairHa } from './haRepairs.ts';
import { nextStep, type RolloutStep, type ServerCondition } from './rollout.ts';
import type { Topology } from './topology.ts';
import type { Workload, WorkloadState } from './workload.ts';

/** What is known of the servers before anything is done to them. */
export interface Looked {
  readonly conditions: readonly ServerCondition[];
  /** By server name. */
  readonly convergences: ReadonlyMap<string, ServerConvergence>;
}

/** How the servers stand after what was done to them. */
export interface Settled {
  /** By server name. */
  readonly servers: ReadonlyMap<string, ServerConvergence>;
  /** What was done in this pass; the HA state and the subnets of these servers are to be looked at anew. */
  readonly done: readonly Done[];
  /** A server said no to its configuration: what it said. Nothing changes until the specification does. */
  readonly refused?: string;
  /** A server was told to give back what it had of its partner's: to be looked at again soon. */
  readonly handsBack: boolean;
}

/** The servers of a pair as they were found. */
export interface PairServers {
  readonly topology: Topology;
  readonly state: WorkloadState;
  /** Those that answered. */
  readonly contacts: Contacts;
  /** Whether the pair has subnets that its servers should hold. */
  readonly expected: boolean;
}

export interface Settler {
  look(servers: PairServers, signal?: AbortSignal): Promise<Looked>;
  /**
   * Sees to it that every client has a server that answers, and repairs what HA leaves as it is. Needs no database, and is not to wait for one.
   * @returns Whether anything was moved or repaired: to be looked at again soon.
   */
  repair(servers: PairServers, looked: Looked, signal?: AbortSignal): Promise<boolean>;
  /** Makes the one change that may be made now: at most one in a pass, gated on the partner and on the database. */
  configure(servers: PairServers, looked: Looked, footing: Footing, signal?: AbortSignal): Promise<Settled>;
}

const HELD = 'another pair has an interface or a port that it names';

/**
 * One for each pair, as it knows what was tried.
 * @param workload What keeps a server's configuration, replaces its pod, and takes former servers away.
 */
export const createSettler = (
  workload: Pick<Workload, 'keep' | 'deletePod' | 'removeFormer'>,
  clock: Clock,
): Settler => {
  const memory = createServerMemory();
  const look = createLook(memory, clock);
  const carryOut = createCarryOut(workload, clock);

  return {
    look: async ({ state, contacts, expected }, signal) => {
      const conditions: ServerCondition[] = [];
      for (const server of state.servers) {
        const contact = contacts.get(server.server.name);
        conditions.push(await look(server, contact, { schemaReady: state.schema.complete, expected }, signal));
      }
      const convergences = new Map(
        conditions.map((condition) => [condition.name, convergenceOf(condition, state.schema)]),
      );
      const rejoined = rejoining(conditions, contacts, memory, clock.monotonic());
      return { conditions: abandoned(rejoined), convergences };
    },

    repair: async ({ topology, state, contacts }, { conditions }, signal) => {
      const scopes = await moveScopes(conditions, contacts, signal);
      // Who covered gives the scopes up with its next heartbeat, and who comes back takes its own up with the one after: nobody has them between.
      if (isHandedBack(conditions)) await watchScopes(conditions, contacts, clock, signal, HANDED_BACK_MS);
      const pair = { conditions, contacts, memory, topology, ownLeases: state.ownLeases };
      const repaired = await repairHa(pair, clock, signal);
      return scopes.length > 0 || repaired;
    },

    configure: async ({ topology, state, contacts }, { conditions, convergences }, footing, signal) => {
      const servers = new Map(convergences);
      const nothing = { servers, handsBack: false, done: [] };
      const held = state.held === true;
      const step = nextStep(footing.subnets === undefined ? conditions.map(needsRows) : conditions);
      switch (step.kind) {
        case 'none':
          if (state.formers.length > 0 && !held && conditions.every(isInPlace))
            await workload.removeFormer(topology, signal);
          return nothing;
        case 'wait':
          servers.set(step.server, { current: false, message: step.message });
          return nothing;
        case 'resume': {
          // Without this the one goes on serving alone and the other stays silent.
          const covering = contacts.get(step.server)?.client;
          if (covering !== undefined) await endMaintenance(covering, topology, signal);
          return { ...nothing, handsBack: true };
        }
        case 'configure':
        case 'restart':
      }
      if (held) {
        for (const name of serversOf(step)) {
          servers.set(name, { current: false, message: `server ${name} waits with its change: ${HELD}` });
        }
        return nothing;
      }
      const scene = { topology, state, contacts, conditions, footing, memory };
      const acted = await carryOut(step, scene, signal);
      for (const [name, { message, current = false }] of acted) {
        servers.set(name, { current, ...(message === undefined ? {} : { message }) });
      }
      const done = [...acted.values()].flatMap((result) => result.done ?? []);
      const refused = [...acted.values()].find((result) => result.refused)?.message;
      return { servers, handsBack: false, done, ...(refused === undefined ? {} : { refused }) };
    },
  };
};

/** It takes as long as two heartbeats, as a rule. Everything else of the pass comes after it. */
const HANDED_BACK_MS = 4000;

const isHandedBack = (conditions: readonly ServerCondition[]): boolean => {
  const statuses = conditions.flatMap(({ role, status }) =>
    role === 'backup' || status === undefined ? [] : [status],
  );
  return statuses.some(isGettingReady) && statuses.some(isAtWork);
};

const isInPlace = ({ role, configCurrent }: ServerCondition): boolean => role === 'backup' || configCurrent === true;

const serversOf = (step: Extract<RolloutStep, { kind: 'configure' | 'restart' }>): readonly string[] =>
  step.kind === 'configure' ? [...step.servers, ...(step.moves ?? [])] : [step.server];

/** Without the database there is no pull that would bring an empty server its subnets. */
const needsRows = (condition: ServerCondition): ServerCondition =>
  condition.empty && condition.configCurrent === true ? { ...condition, configCurrent: false } : condition;

/** Gives running servers a configuration, one after the other, while their clients are answered. */
import { keaModeOf } from '../api/roles.ts';
import { haModeOf } from '../kea/ha.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Ground, type KnownBootstrap, pushBootstrap, type PushOutcome } from './bootstrap/push.ts';
import type { ServerContact } from './convergence.ts';
import { type Contacts, ended, gone, leaving, moveScopes, serveAlone, tryCommand, watchScopes } from './handover.ts';
import type { ScopeHolder } from './scopes.ts';
import type { Topology } from './topology.ts';
import type { Workload, WorkloadServer } from './workload.ts';

/** What is known of the pair's servers while they are configured. */
export interface Scene {
  readonly topology: Topology;
  readonly contacts: Contacts;
  readonly holders: readonly ScopeHolder[];
  readonly ground: Ground;
  /** What each server is known to run; changed along. */
  readonly known: Map<string, KnownBootstrap>;
  /** Servers that have to fetch leases from their partner; added to. */
  readonly owed: Set<string>;
}

/** A server's place among those that take a change. */
export interface Place {
  /** Answers for it meanwhile; without one it takes up its scopes again as soon as it has the configuration. */
  readonly cover: string | undefined;
  /** After it the scopes are seen to until the pair works together again. */
  readonly last: boolean;
  /** Servers without a place in the pair, which go once this one has the configuration. */
  readonly formers: readonly string[];
  /** Servers whose pods are to be replaced once this one has the configuration. */
  readonly moves: readonly WorkloadServer[];
}

export interface Reconfigurer {
  configure(
    scene: Scene,
    target: WorkloadServer,
    contact: ServerContact,
    place: Place,
    signal?: AbortSignal,
  ): Promise<PushOutcome>;
  /** Has a server take its configuration by a new pod. */
  replace(scene: Pick<Scene, 'topology' | 'known'>, target: WorkloadServer, signal?: AbortSignal): Promise<void>;
}

export const createReconfigurer = (
  workload: Pick<Workload, 'keep' | 'deletePod' | 'removeFormer'>,
  clock: Clock,
): Reconfigurer => {
  const send = async (
    { topology, known, ground }: Scene,
    target: WorkloadServer,
    { client, status }: ServerContact,
    signal?: AbortSignal,
  ): Promise<PushOutcome> => {
    const { name } = target.server;
    // What it runs is not known while the command is under way.
    known.delete(name);
    const outcome = await pushBootstrap(client, target.wanted.config, target.stored?.config, ground, signal);
    if (!hasTaken(outcome)) return outcome;
    const now = clock.now();
    const startedAt = now - status.uptime * 1000;
    const carried = outcome.kind === 'carried';
    known.set(name, { pid: status.pid, startedAt, configuredAt: now, digest: target.wanted.digest, carried });
    await workload.keep(topology, target, !carried, signal);
    return outcome;
  };

  const replace: Reconfigurer['replace'] = async ({ topology, known }, target, signal) => {
    await workload.keep(topology, target, false, signal);
    known.delete(target.server.name);
    await workload.deletePod(topology, target, signal);
  };

  return {
    replace,
    configure: async (scene, target, contact, { cover, last, formers, moves }, signal) => {
      const { topology, contacts, owed } = scene;
      let { holders } = scene;
      const { name, role } = target.server;
      if (cover !== undefined) await moveScopes(leaving(holders, name), contacts, signal);
      // With load balancing one that finds its partner away, be it for a moment, gives out leases without that one's consent, to tell it later
      // (`communication-recovery`): one that ends before it has told them takes them along.
      const tellsLater = haModeOf(contact.status) === keaModeOf('LoadBalancing');
      if (tellsLater && formers.length > 0) await workload.removeFormer(topology, signal);
      const silenced = tellsLater ? moves.map(({ server }) => contacts.get(server.name)) : [];
      const outcome = await whileSilent(silenced, () => send(scene, target, contact, signal), signal);
      if (outcome.kind === 'refused' || outcome.kind === 'filesPending') {
        if (cover !== undefined) await watchScopes(holders, contacts, clock, signal);
        return outcome;
      }
      const took = hasTaken(outcome);
      // Who served until now, and only then who serves from now on: one would give out what the other does not hear of.
      if (took && !tellsLater && formers.length > 0) await workload.removeFormer(topology, signal);
      for (const moving of took ? moves : []) {
        await replace(scene, moving, signal);
        await ended(contacts.get(moving.server.name), clock, signal);
        holders = gone(holders, moving.server.name);
      }
      if (cover === undefined && role !== 'backup') {
        for (const other of await serveAlone(name, { topology, holders, contacts }, signal)) owed.add(other);
      }
      if (last) await watchScopes(holders, contacts, clock, signal);
      return outcome;
    },
  };
};

const hasTaken = (outcome: PushOutcome): outcome is Extract<PushOutcome, { kind: 'configured' | 'carried' }> =>
  outcome.kind === 'configured' || outcome.kind === 'carried';

/** They serve again by themselves after so long, whatever becomes of this operator. */
const SILENT_SECONDS = 30;

/** Sends a configuration while these servers give out nothing. They go on where it was not taken; else they are about to end. */
const whileSilent = async (
  servers: readonly (ServerContact | undefined)[],
  send: () => Promise<PushOutcome>,
  signal?: AbortSignal,
): Promise<PushOutcome> => {
  const clients = servers.flatMap((contact) => contact?.client ?? []);
  const goOn = async (): Promise<void> => {
    for (const client of clients) await tryCommand(client, 'dhcp-enable', undefined, signal);
  };
  for (const client of clients) await tryCommand(client, 'dhcp-disable', { 'max-period': SILENT_SECONDS }, signal);
  try {
    const outcome = await send();
    if (!hasTaken(outcome)) await goOn();
    return outcome;
  } catch (error) {
    await goOn();
    throw error;
  }
};

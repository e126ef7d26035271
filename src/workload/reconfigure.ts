/** Gives running servers a configuration, one after the other, while their clients are answered. */
import type { Clock } from '../runtime/clock.ts';
import { type Contacts, giveScopes, leaving, moveScopes, orphanedScopes, watchScopes } from './handover.ts';
import { type Ground, type KnownBootstrap, pushBootstrap, type PushOutcome } from './push.ts';
import type { ScopeHolder } from './scopes.ts';
import type { ServerContact } from './standing.ts';
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
}

export interface Reconfigurer {
  /**
   * @param cover The server that answers for it meanwhile; without one it takes up its scopes again as soon as it has the configuration.
   * @param watch Whether to see to the scopes until the pair works together again.
   */
  configure(
    scene: Scene,
    target: WorkloadServer,
    contact: ServerContact,
    cover: string | undefined,
    watch: boolean,
    signal?: AbortSignal,
  ): Promise<PushOutcome>;
}

export const createReconfigurer = (workload: Pick<Workload, 'keep'>, clock: Clock): Reconfigurer => {
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
    if (outcome.kind !== 'configured' && outcome.kind !== 'carried') return outcome;
    const now = clock.now();
    const startedAt = now - status.uptime * 1000;
    const carried = outcome.kind === 'carried';
    known.set(name, { pid: status.pid, startedAt, configuredAt: now, digest: target.wanted.digest, carried });
    await workload.keep(topology, target, !carried, signal);
    return outcome;
  };

  return {
    configure: async (scene, target, contact, cover, watch, signal) => {
      const { topology, contacts, holders } = scene;
      const { name, role } = target.server;
      if (cover !== undefined) await moveScopes(leaving(holders, name), contacts, signal);
      const outcome = await send(scene, target, contact, signal);
      if (outcome.kind === 'refused' || outcome.kind === 'filesPending') {
        if (cover !== undefined) await watchScopes(holders, contacts, clock, signal);
        return outcome;
      }
      if (cover === undefined && role !== 'backup') {
        await giveScopes(name, contact, await orphanedScopes(name, topology, contacts, signal), signal);
      }
      if (watch) await watchScopes(holders, contacts, clock, signal);
      return outcome;
    },
  };
};

/** Makes the one change to the servers of a pair that may be made now (rollout.ts says which). */
import { isInState, socketProblem } from '../kea/ha.ts';
import type { Clock } from '../runtime/clock.ts';
import { changedKeywords } from './bootstrap/config.ts';
import { type Ground, type KnownBootstrap, type PushOutcome, testBootstrap } from './bootstrap/push.ts';
import type { CarriedRows } from './carriedRows.ts';
import type { ServerContact, ServerMemory } from './convergence.ts';
import type { DatabaseCheck } from './database/check.ts';
import { type Contacts, isHeardAtOnce, leaving, moveScopes, tryCommand } from './handover.ts';
import { createReconfigurer, type Place } from './reconfigure.ts';
import type { RolloutStep, ServerCondition } from './rollout.ts';
import type { Topology } from './topology.ts';
import type { Workload, WorkloadServer, WorkloadState } from './workload.ts';

/** What the servers stand on, as far as it is known in this pass. */
export interface Footing {
  /** Ids of the subnets that they find in the database; undefined: it cannot be read. */
  readonly subnets: ReadonlySet<number> | undefined;
  /** Of the rows; undefined where they cannot be read. */
  readonly revision: string | undefined;
  /** The rows to be given to a server that does not find them; undefined: none are known. */
  given(): Promise<CarriedRows | undefined>;
  /** Whether the server's node can read the database that the wanted configuration names. */
  checkDatabase(server: WorkloadServer): Promise<DatabaseCheck>;
}

/** What was done to a server. */
export interface Done {
  readonly server: string;
  readonly reason: 'ServerConfigured' | 'ServerRestarted' | 'ServerCarried';
  readonly message: string;
}

/** What became of one server. */
export interface Acted {
  readonly done?: Done;
  /** It said no to its configuration. */
  readonly refused?: true;
  readonly message?: string;
  /** It runs what it should. */
  readonly current?: boolean;
}

export type Acting = Extract<RolloutStep, { kind: 'configure' | 'restart' }>;

/** A pair in a pass. */
export interface PairScene {
  readonly topology: Topology;
  readonly state: WorkloadState;
  readonly contacts: Contacts;
  readonly conditions: readonly ServerCondition[];
  readonly footing: Footing;
  readonly memory: ServerMemory;
}

/** Gives what became of each server that the step is about, as far as it came. */
export type CarryOut = (step: Acting, scene: PairScene, signal?: AbortSignal) => Promise<ReadonlyMap<string, Acted>>;

/** So long a configuration at which a config-set failed is not tried again: each try interrupts the service. */
const FAILED_PAUSE_MS = 300_000;
const FAILED_AT_ROWS_PAUSE_MS = 15_000;
/** Kea's words where it was not the configuration itself. */
const FAILED_AT_ROWS = 'config backend';

export const createCarryOut = (
  workload: Pick<Workload, 'keep' | 'deletePod' | 'removeFormer'>,
  clock: Clock,
): CarryOut => {
  const reconfigurer = createReconfigurer(workload, clock);

  const configure = async (
    scene: PairScene,
    ground: Ground,
    target: WorkloadServer,
    place: Place,
    signal?: AbortSignal,
  ): Promise<Acted> => {
    const { topology, contacts, conditions: holders, memory } = scene;
    const { name } = target.server;
    const contact = contacts.get(name);
    if (contact === undefined) return {};
    const before = memory.failed.get(name);
    const { revision } = scene.footing;
    const { digest } = target.wanted;
    // What failed at a row is worth a try once the rows have changed.
    const changed = before?.revision !== undefined && before.revision !== revision;
    const pause = changed ? FAILED_AT_ROWS_PAUSE_MS : FAILED_PAUSE_MS;
    if (before?.digest === digest && clock.monotonic() - before.at < pause) {
      return { message: before.message, refused: true };
    }
    const why = reasonOf(target, contact, memory.known.get(name));
    memory.repaired.set(name, clock.monotonic());
    if (isInState(contact.status, 'terminated')) memory.rejoined.set(name, clock.monotonic());
    const pair = { topology, contacts, holders, ground, known: memory.known, owed: memory.owed };
    const outcome = await reconfigurer.configure(pair, target, contact, place, signal);
    if (outcome.kind === 'configured') {
      const message = `server ${name} took its new configuration (config-set): ${why}`;
      return { current: true, done: { server: name, reason: 'ServerConfigured', message } };
    }
    if (outcome.kind === 'carried') {
      const message = `server ${name} took its configuration with the subnets that it had (config-set, ${why}): ${outcome.message}`;
      return { message, done: { server: name, reason: 'ServerCarried', message } };
    }
    const refused = refusal(name, outcome);
    if (outcome.kind === 'failed') {
      const rows = revision !== undefined && outcome.message.includes(FAILED_AT_ROWS) ? { revision } : {};
      memory.failed.set(name, { digest, ...rows, at: clock.monotonic(), message: refused.message });
    }
    return refused;
  };

  /** Each covers for those before it; the last takes over by itself. */
  const configureAll = async (
    step: Extract<Acting, { kind: 'configure' }>,
    scene: PairScene,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, Acted>> => {
    const targets = step.servers.flatMap((name) => find(scene, name) ?? []);
    const moves = (step.moves ?? []).flatMap((name) => find(scene, name) ?? []);
    const objections = await Promise.all(
      [...targets, ...moves].map(async (target) => ({ target, objection: await objectionTo(step, target, scene) })),
    );
    for (const { target, objection } of objections) if (objection !== undefined) return waits(target, objection);
    for (const target of moves) {
      const refused = await refusedByRunning(target, scene, signal);
      if (refused !== undefined) return new Map([[target.server.name, refused]]);
    }
    const { footing } = scene;
    const ground = { subnets: footing.subnets, given: await footing.given() };
    const acted = new Map<string, Acted>();
    for (const target of targets) {
      const last = target === targets.at(-1);
      // They serve until the others can do without them, which those that serve nobody do not show.
      const formers = last && !step.idle ? scene.state.formers : [];
      const place = { cover: last ? step.cover : step.servers.at(-1), last, formers, moves: last ? moves : [] };
      const result = await configure(scene, ground, target, place, signal);
      acted.set(target.server.name, result);
      // With one half of a change that all must have the others would be worse off.
      if (result.done === undefined) return acted;
    }
    for (const { server } of moves)
      acted.set(server.name, { done: podReplaced(server.name, ', once its partner had the change') });
    return acted;
  };

  const restart = async (
    step: Extract<Acting, { kind: 'restart' }>,
    scene: PairScene,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, Acted>> => {
    const { topology, contacts } = scene;
    const target = find(scene, step.server);
    if (target === undefined) return new Map();
    const objection = await objectionTo(step, target, scene);
    if (objection !== undefined) return waits(target, objection);
    const { name } = target.server;
    const refused = await refusedByRunning(target, scene, signal);
    if (refused !== undefined) return new Map([[name, refused]]);
    // Without this clients wait until the partner has missed it (max-response-delay). In maintenance it does not wait for consent to its leases
    // either, which nobody would give while the other is away for seconds: those that renew would get no answer.
    const cover = step.cover === undefined ? undefined : contacts.get(step.cover)?.client;
    if (cover !== undefined) {
      const isHeard = await isHeardAtOnce(target.server, topology, contacts.get(name));
      const covers = isHeard && (await tryCommand(cover, 'ha-maintenance-start', undefined, signal));
      if (!covers) await moveScopes(leaving(scene.conditions, name), contacts, signal);
    }
    const { known, replaced } = scene.memory;
    await reconfigurer.replace({ topology, known }, target, signal);
    if (step.stuck) replaced.set(name, { times: (replaced.get(name)?.times ?? 0) + 1, at: clock.monotonic() });
    const why = step.stuck
      ? ', as its kubelet waited before it started the server again, and nobody else served'
      : ' to take a change of image or pod';
    return new Map([[name, { done: podReplaced(name, why) }]]);
  };

  return (step, scene, signal) =>
    step.kind === 'configure' ? configureAll(step, scene, signal) : restart(step, scene, signal);
};

const find = ({ state }: PairScene, name: string): WorkloadServer | undefined =>
  state.servers.find(({ server }) => server.name === name);

const podReplaced = (server: string, why: string): Done => ({
  server,
  reason: 'ServerRestarted',
  message: `server ${server}: the pod was replaced${why}`,
});

/** A server's configuration is tried on it while it runs, where it answers: one that it refuses would keep it from starting. */
const refusedByRunning = async (
  { server: { name }, wanted }: WorkloadServer,
  { contacts }: PairScene,
  signal?: AbortSignal,
): Promise<Acted | undefined> => {
  const client = contacts.get(name)?.client;
  const refused = client && (await testBootstrap(client, wanted.config, signal));
  return refused?.kind === 'refused' ? refusal(name, refused) : undefined;
};

const waits = ({ server: { name } }: WorkloadServer, why: string): ReadonlyMap<string, Acted> =>
  new Map([[name, { message: `server ${name} waits with its change: ${why}` }]]);

/** Why a server is not made to let go of what it serves; undefined: what replaces it is known to be there. */
const objectionTo = async (
  { idle }: Acting,
  target: WorkloadServer,
  { contacts, footing }: PairScene,
): Promise<string | undefined> => {
  const contact = contacts.get(target.server.name);
  if (!idle) {
    if (footing.subnets === undefined) return 'the database cannot be read';
    const check = await footing.checkDatabase(target);
    return check.kind === 'passed' ? undefined : check.message;
  }
  if (footing.subnets !== undefined || contact === undefined) return undefined;
  // It holds what it needs and is getting ready to serve: nothing is gained by making it begin anew.
  if (contact.subnets > 0 && socketProblem(contact.status) === undefined) return 'the database cannot be read';
  return (await footing.given()) === undefined ? 'the database cannot be read, and no subnets are known' : undefined;
};

/** Why a server is configured anew, for people. */
const reasonOf = (
  { wanted, stored }: WorkloadServer,
  { status }: ServerContact,
  known: KnownBootstrap | undefined,
): string => {
  if (known?.digest !== wanted.digest) {
    const changed = stored && changedKeywords(wanted.family, stored.config, wanted.config);
    return changed?.length ? `${changed.join(', ')} changed` : 'it ran another one';
  }
  if (known.carried) return 'its database can be read again';
  if (isInState(status, 'terminated')) return 'the servers are brought together again';
  return socketProblem(status) ?? 'it has no subnets';
};

const refusal = (
  server: string,
  outcome: Exclude<PushOutcome, { kind: 'configured' | 'carried' }>,
): { readonly message: string; readonly refused?: true } => {
  switch (outcome.kind) {
    case 'filesPending':
      return { message: `server ${server} waits for its new files to reach the pod` };
    case 'refused':
      return {
        message: `server ${server} refuses its configuration: ${outcome.message}`,
        refused: true,
      };
    case 'failed': {
      const after = outcome.restored ? 'it goes on with the former one' : 'it may serve nobody';
      const message = `server ${server} failed to take its configuration, ${after}: ${outcome.message}`;
      return { message, refused: true };
    }
  }
};

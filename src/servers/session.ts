/** The session with one Kea server: how it is, and how it comes to run what is desired. */
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import type { KeaStatus } from '../kea/commands.ts';
import { localOf } from '../kea/ha.ts';
import type { RunningKey } from '../kea/json.ts';
import type { Change } from '../plan/plan.ts';
import type { Clock } from '../runtime/clock.ts';
import { openBackoff } from './backoff.ts';
import { countSubnets, listsAsKnown, readRunning, readSteps } from './confirm.ts';
import {
  type Aim,
  begin,
  type Finished,
  type FollowEvent,
  type Following,
  type Knowledge,
  next,
  type Path,
} from './follow.ts';
import { openHostCache } from './hostCache.ts';
import { type Interval, intervalOf, maySame } from './interval.ts';
import { type LiveBodies, takeLive } from './live.ts';
import { keyOfStep, type Running, type Step, stepsBetween, subnetsIn } from './steps.ts';
import { openUncertainty } from './uncertain.ts';

/** One server as a pass finds it. */
export interface ServerView {
  readonly name: string;
  readonly reachable: boolean;
  readonly status?: KeaStatus;
  readonly version?: string;
  /** How many subnets it holds. */
  readonly subnets?: number;
  /** Why it can give out no lease, whatever its status says. */
  readonly leaseProblem?: string;
  /** How far its clock is ahead of ours, ms; it tells whole seconds. */
  readonly clockOffset?: number;
  /** When it last answered, ms since 1970. */
  readonly lastAnswer?: number;
  /** Why it does not answer. */
  readonly error?: string;
  /** Whom the certificate names of another server that answers in its place. */
  readonly stranger?: string;
}

/** What became of a server in a pass. */
export interface Followed {
  readonly synchronized: boolean;
  readonly path: 'none' | Path;
  readonly steps: number;
  /** Steps that no change of the desired state explains: the server had lost or gained something by itself. */
  readonly drifted: number;
  readonly seconds: number;
  /** What it does not run as it should; absent where that is not known. */
  readonly left?: ReadonlySet<RunningKey>;
  readonly message?: string;
}

/** One Kea server and what is known of it between passes. */
export interface ServerSession {
  readonly client: KeaClient;
  /** As it was when it was last looked at. */
  readonly lastView: () => ServerView | undefined;
  /** Why it can give out no lease; undefined: it can, or keeps them in memory. */
  leaseProblem(signal: AbortSignal): Promise<string | undefined>;
  /** Asks for its state; of a server that was restarted or configured by somebody else nothing is known any more. */
  look(signal: AbortSignal): Promise<ServerView>;
  /** To be told before rows are written: what the server has in memory of them is in doubt, until it has followed. */
  expect(changes: readonly Change[]): void;
  /** Brings the server to the desired state and proves that it runs it. */
  follow(desired: Running, bodies: LiveBodies, signal: AbortSignal): Promise<Followed>;
  /** Compares its lists of subnets and networks, cheap even with many, with what it is known to run; forgets on a difference. */
  verify(signal: AbortSignal): Promise<boolean>;
  /** What became of it when it last followed; undefined where it has changed since, or may have. */
  readonly lastFollowed: () => Followed | undefined;
  /** What it runs is to be read anew, as after a config-set. */
  forget(): void;
  close(): Promise<void>;
}

/** status-get takes 0.2 ms; a server that is busy with a pull answers late. */
const LOOK_TIMEOUT_MS = 4000;

/** @param asksDatabase It has its leases in a database, the loss of which no status tells. */
export const openServer = (client: KeaClient, clock: Clock, asksDatabase = false): ServerSession => {
  let knowledge: Knowledge = { kind: 'unknown' };
  /** When it was last read in full. */
  let readAt = -Infinity;
  let lastFollowed: Followed | undefined;
  let started: (Interval & { readonly pid: number }) | undefined;
  let configured: Interval | undefined;
  let version: string | undefined;
  let lastAnswer: number | undefined;
  let view: ServerView | undefined;
  const { family } = client;
  const uncertainty = openUncertainty(family);
  const hostCache = openHostCache(client);
  const backoff = openBackoff(family, clock);

  /** Of the same two the steps are the same: of 10,000 subnets it takes 3 ms to find them. */
  let compared: { readonly seen: Running; readonly desired: Running; readonly steps: readonly Step[] } | undefined;
  const compare = (seen: Running, desired: Running): readonly Step[] => {
    if (compared?.seen !== seen || compared.desired !== desired) {
      compared = { seen, desired, steps: stepsBetween(seen, desired) };
    }
    return compared.steps;
  };

  const forget = (): void => {
    const { proven } = knowledge;
    knowledge = { kind: 'unknown', ...(proven === undefined ? {} : { proven }) };
    lastFollowed = undefined;
    backoff.forget();
  };

  const recognise = (status: KeaStatus, askedAt: number): void => {
    const answeredAt = clock.monotonic();
    const start = { ...intervalOf(status.uptime, askedAt, answeredAt), pid: status.pid };
    const configuration = intervalOf(status.reload, askedAt, answeredAt);
    const restarted = started?.pid !== start.pid || !maySame(started, start);
    const reconfigured = configured === undefined || !maySame(configured, configuration);
    // Configured by the operator itself, and read since: nothing has changed.
    if (restarted || (reconfigured && readAt < configuration.to)) forget();
    if (restarted) version = undefined;
    started = start;
    configured = configuration;
  };

  const readAll = async (signal: AbortSignal): Promise<Running> => {
    const begin = clock.monotonic();
    const read = await readRunning(client, signal);
    readAt = begin;
    uncertainty.read();
    return read;
  };

  const leaseProblem = async (signal: AbortSignal): Promise<string | undefined> => {
    if (!asksDatabase) return undefined;
    try {
      // The cheapest question that the lease database has to answer.
      await client.call(family.commands.leaseGet, { 'ip-address': family.noAddress }, signal);
      return undefined;
    } catch (error) {
      if (error instanceof KeaRefused) return `its leases cannot be reached: ${error.text}`;
      throw error;
    }
  };

  const pull = async (signal: AbortSignal): Promise<string | undefined> => {
    try {
      await client.call('config-backend-pull', undefined, signal);
      return undefined;
    } catch (error) {
      if (error instanceof KeaRefused) return error.message;
      throw error;
    }
  };

  const take = async (
    path: Path,
    steps: readonly Step[],
    bodies: LiveBodies,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    const refusal = path === 'live' ? await takeLive(client, steps, bodies, { clock, signal }) : await pull(signal);
    if (refusal !== undefined) return refusal;
    uncertainty.clear();
    return undefined;
  };

  /** Does what a state waits for. */
  const eventAfter = async (
    state: Exclude<Following, Finished>,
    bodies: LiveBodies,
    signal: AbortSignal,
  ): Promise<FollowEvent> => {
    if (state.at === 'taking') return { kind: 'taken', refusal: await take(state.path, state.steps, bodies, signal) };
    const part = state.at === 'checking' && state.attempt === 1;
    const read = part ? await readSteps(client, state.before, state.steps, signal) : await readAll(signal);
    return { kind: 'read', running: read };
  };

  return {
    client,
    lastView: () => view,
    leaseProblem,
    lastFollowed: () => lastFollowed,
    look: async (signal) => {
      const timeout = AbortSignal.timeout(LOOK_TIMEOUT_MS);
      const limit = AbortSignal.any([signal, timeout]);
      try {
        const askedAt = clock.monotonic();
        const status = await client.call('status-get', undefined, limit);
        const offset = localOf(status) === undefined ? undefined : await clockOffsetOf(client, clock, limit);
        recognise(status, askedAt);
        version ??= (await client.call('version-get', undefined, limit)).extended;
        const problem = await leaseProblem(limit);
        const subnets = knowledge.kind === 'known' ? subnetsIn(knowledge.running) : await countSubnets(client, limit);
        lastAnswer = clock.now();
        view = {
          name: client.name,
          reachable: true,
          status,
          subnets,
          lastAnswer,
          ...(problem === undefined ? {} : { leaseProblem: problem }),
          ...(offset === undefined ? {} : { clockOffset: offset }),
          ...(version === undefined ? {} : { version }),
        };
      } catch (error) {
        signal.throwIfAborted();
        const late = `${client.name}: status-get: no answer within ${LOOK_TIMEOUT_MS} ms`;
        const stranger = error instanceof KeaUnreachable ? error.stranger : undefined;
        view = {
          name: client.name,
          reachable: false,
          error: timeout.aborted ? late : error instanceof Error ? error.message : String(error),
          ...(stranger === undefined ? {} : { stranger }),
          ...(lastAnswer === undefined ? {} : { lastAnswer }),
        };
      }
      return view;
    },

    expect: (changes) => {
      const hosts = changes.flatMap((change) => (change.kind === 'host' && 'was' in change ? [change.was.body] : []));
      hostCache.changing(hosts);
      uncertainty.writing(changes);
    },

    follow: async (desired, bodies, signal) => {
      const start = clock.monotonic();
      await hostCache.drop(signal);
      const aim: Aim = {
        family,
        desired,
        stepsFrom: (seen) => compare(uncertainty.cast(seen), desired),
        heldBack: (steps) => backoff.refusal(steps, desired),
      };
      let state = begin(knowledge, aim);
      while (state.at !== 'done') {
        if (state.at === 'taking') {
          // Until it is read again, what it runs is not known: what follows may end half way.
          knowledge = { kind: 'unknown' };
          lastFollowed = undefined;
        }
        state = next(state, await eventAfter(state, bodies, signal), aim);
      }
      const { running, left, path, why } = state;
      if (path !== 'none' || left.length === 0) backoff.remember(left, desired, why);
      const { proven } = knowledge;
      const known = left.length === 0 ? desired : proven;
      knowledge = { kind: 'known', running, ...(known === undefined ? {} : { proven: known }) };
      lastFollowed = {
        synchronized: left.length === 0,
        path,
        steps: state.asked,
        drifted: state.drifted,
        seconds: (clock.monotonic() - start) / 1000,
        left: new Set(left.map((step) => keyOfStep(family, step))),
        ...(left.length === 0 || why === undefined ? {} : { message: why }),
      };
      return lastFollowed;
    },

    verify: async (signal) => {
      if (knowledge.kind === 'unknown') return false;
      const same = await listsAsKnown(client, knowledge.running, signal);
      if (!same) forget();
      return same;
    },

    forget,
    close: () => client.close(),
  };
};

/**
 * How far its clock is ahead of ours, ms. status-get has `system-time` too, but as of the last heartbeat of its state machine: in `terminated`, where
 * clocks that are apart end, that stands still.
 */
const clockOffsetOf = async (client: KeaClient, clock: Clock, signal: AbortSignal): Promise<number | undefined> => {
  const before = clock.now();
  try {
    const time = Date.parse((await client.call('ha-heartbeat', undefined, signal))['date-time'] ?? '');
    // It tells whole seconds, cut off: half a second later is the best guess.
    return Number.isNaN(time) ? undefined : time + 500 - (before + clock.now()) / 2;
  } catch (error) {
    if (error instanceof KeaRefused) return undefined;
    throw error;
  }
};

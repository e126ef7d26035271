import { KeaRefused, type KeaClient } from '../kea/client.ts';
import type { KeaStatus } from '../kea/commands.ts';
import type { Clock } from '../runtime/clock.ts';
import { choosePath } from './cost.ts';
import type { LiveBodies } from './live.ts';
import { takeLive } from './live.ts';
import { type Running, type Step, stepsBetween } from './running.ts';
import { readRunning, readSteps } from './confirm.ts';

/** One server as a turn finds it. */
export interface ServerView {
  readonly name: string;
  readonly reachable: boolean;
  readonly status?: KeaStatus;
  readonly version?: string;
  /** When it last answered, ms since 1970. */
  readonly lastAnswer?: number;
  /** Why it does not answer. */
  readonly error?: string;
}

/** What became of a server in a turn. */
export interface Followed {
  readonly synchronized: boolean;
  readonly path: 'none' | 'live' | 'pull';
  readonly steps: number;
  /** Steps that no change of the wish explains: the server had lost or gained something by itself. */
  readonly drifted: number;
  readonly seconds: number;
  readonly message?: string;
}

/** One Kea server and what is known of it between turns. */
export interface ServerSession {
  readonly client: KeaClient;
  /** Whether it answered when it was last looked at. */
  readonly reachable: () => boolean;
  /** Asks for its state; a server that was restarted or configured by somebody else is known no more. */
  look(signal: AbortSignal): Promise<ServerView>;
  /** Brings the server to the wish and proves that it runs it. */
  follow(wished: Running, bodies: LiveBodies, signal: AbortSignal): Promise<Followed>;
  /** Compares its list of subnets and networks, cheap even with many, with what it is known to run; forgets on a difference. */
  verify(signal: AbortSignal): Promise<boolean>;
  /** What it runs is to be read anew, as after a config-set. */
  forget(): void;
  close(): Promise<void>;
}

/** Clocks and whole seconds in Kea's answers differ by so much without a restart. */
const TOLERANCE_MS = 3000;
/** status-get takes 0.2 ms; a server that is busy with a pull answers late. */
const LOOK_TIMEOUT_MS = 4000;

export const openServer = (client: KeaClient, clock: Clock): ServerSession => {
  let running: Running | undefined;
  let started: number | undefined;
  let configured: number | undefined;
  let version: string | undefined;
  let lastAnswer: number | undefined;
  let lost = false;
  let answered = false;

  const moved = (before: number | undefined, now: number): boolean =>
    before === undefined || Math.abs(now - before) > TOLERANCE_MS;

  const recognise = (status: KeaStatus): void => {
    const start = clock.now() - status.uptime * 1000;
    const configuration = clock.now() - status.reload * 1000;
    if (moved(started, start)) {
      running = undefined;
      version = undefined;
      started = start;
    }
    if (moved(configured, configuration)) {
      running = undefined;
      configured = configuration;
    }
  };

  /** A server that was cut off and went on may have hosts in its cache that have changed since. */
  const welcomeBack = async (signal: AbortSignal): Promise<void> => {
    if (!lost) return;
    await client.call('cache-clear', undefined, signal);
    lost = false;
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

  const live = async (steps: readonly Step[], bodies: LiveBodies, signal: AbortSignal): Promise<string | undefined> => {
    try {
      await takeLive(client, steps, bodies, clock, signal);
      return undefined;
    } catch (error) {
      if (error instanceof KeaRefused) return error.message;
      throw error;
    }
  };

  return {
    client,
    reachable: () => answered,
    look: async (signal) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)]);
      try {
        const status = await client.call('status-get', undefined, limit);
        recognise(status);
        await welcomeBack(limit);
        version ??= (await client.call('version-get', undefined, limit)).extended?.split(/\s/)[0];
        lastAnswer = clock.now();
        answered = true;
        return {
          name: client.name,
          reachable: true,
          status,
          lastAnswer,
          ...(version === undefined ? {} : { version }),
        };
      } catch (error) {
        signal.throwIfAborted();
        lost ||= lastAnswer !== undefined;
        answered = false;
        return {
          name: client.name,
          reachable: false,
          error: error instanceof Error ? error.message : String(error),
          ...(lastAnswer === undefined ? {} : { lastAnswer }),
        };
      }
    },

    follow: async (wished, bodies, signal) => {
      const begin = clock.monotonic();
      const known = running !== undefined;
      const before = running ?? (await readRunning(client, signal));
      const steps = stepsBetween(before, wished);
      const done = (path: Followed['path'], left: readonly Step[], message?: string): Followed => ({
        synchronized: left.length === 0,
        path,
        steps: steps.length,
        drifted: known ? 0 : steps.length,
        seconds: (clock.monotonic() - begin) / 1000,
        ...(left.length === 0 || message === undefined ? {} : { message }),
      });
      running = before;
      if (steps.length === 0) return done('none', []);

      // Until it is read again, what it runs is not known: any of the following may end half way.
      running = undefined;
      let path = choosePath(steps, wished.size);
      let message = path === 'live' ? await live(steps, bodies, signal) : await pull(signal);
      let now = await readSteps(client, before, steps, signal);
      let left = stepsBetween(now, wished);
      if (left.length > 0) {
        // What one path did not do the other may: a pull does not see what a live command took away by hand.
        path = path === 'live' ? 'pull' : 'live';
        message = (path === 'live' ? await live(left, bodies, signal) : await pull(signal)) ?? message;
        now = await readRunning(client, signal);
        left = stepsBetween(now, wished);
      }
      running = now;
      return done(path, left, message ?? describeLeft(left));
    },

    verify: async (signal) => {
      if (running === undefined) return false;
      const listed = await client.call('subnet4-list', undefined, signal);
      const ids = new Map(listed?.subnets.map((subnet) => [subnet.id, subnet['shared-network-name'] ?? undefined]));
      for (const [key, item] of running) {
        if (!key.startsWith('subnet/')) continue;
        const id = Number(key.slice('subnet/'.length));
        if (!ids.has(id) || ids.get(id) !== item.network) {
          running = undefined;
          return false;
        }
      }
      return true;
    },

    forget: () => {
      running = undefined;
      configured = undefined;
    },
    close: () => client.close(),
  };
};

const describeLeft = (left: readonly Step[]): string | undefined => {
  const [first] = left;
  return first && `${left.length} object(s) differ after the change, the first: ${first.kind} ${first.key}`;
};

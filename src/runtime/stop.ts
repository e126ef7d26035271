/** A graceful end: one signal for everything, then what was opened is closed, the last first, within a time limit. */
import { type Clock, systemClock } from './clock.ts';
import { asError } from './errors.ts';
import type { Logger } from './log.ts';

export interface Stopper {
  /** Aborted when the program shall end; its reason says why. */
  readonly signal: AbortSignal;
  /** Registers something to close; the last registered is closed first, one after another. */
  onStop(name: string, close: () => Promise<void> | void): void;
  /** Starts the end; later calls join the first. */
  stop(reason: string): Promise<StopReport>;
  /** Resolves when the end has come, whoever started it. */
  readonly stopped: Promise<StopReport>;
}

export interface StopReport {
  readonly reason: string;
  /** Names of what failed to close or was not closed when the time was up. */
  readonly unclosed: readonly string[];
}

export interface StopOptions {
  readonly log?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** Of all closing together. Default 20 s: Kubernetes kills a pod after 30. */
  readonly deadlineMs?: number;
  /** Where SIGTERM and SIGINT come from. Left out: nowhere. */
  readonly process?: Pick<NodeJS.Process, 'on' | 'off'>;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export const createStopper = (options: StopOptions = {}): Stopper => {
  const { log } = options;
  const clock = options.clock ?? systemClock;
  const deadlineMs = options.deadlineMs ?? 20_000;
  const controller = new AbortController();
  const closers: { name: string; close: () => Promise<void> | void }[] = [];
  const { promise: stopped, resolve } = Promise.withResolvers<StopReport>();

  const closeAll = async (unclosed: Set<string>): Promise<void> => {
    // A closer may register another: the list is taken from its end until it is empty.
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) {
      unclosed.add(next.name);
      try {
        await next.close();
        unclosed.delete(next.name);
      } catch (error) {
        log?.error({ err: asError(error), closing: next.name }, 'could not be closed');
      }
    }
  };

  const end = async (reason: string): Promise<StopReport> => {
    const unclosed = new Set<string>();
    const { promise: timeUp, resolve: onTime } = Promise.withResolvers<undefined>();
    const cancel = clock.after(deadlineMs, () => {
      onTime(undefined);
    });
    await Promise.race([closeAll(unclosed), timeUp]);
    cancel();
    for (const signal of SIGNALS) options.process?.off(signal, onSignal);
    const report = { reason, unclosed: [...unclosed, ...closers.map(({ name }) => name)] };
    log?.info(report, report.unclosed.length === 0 ? 'stopped' : 'stopped, but not everything was closed');
    return report;
  };

  const stop = (reason: string): Promise<StopReport> => {
    if (!controller.signal.aborted) {
      log?.info({ reason }, 'stopping');
      controller.abort(new Error(`stopping: ${reason}`));
      void end(reason).then(resolve);
    }
    return stopped;
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    void stop(signal);
  };
  for (const signal of SIGNALS) options.process?.on(signal, onSignal);

  return {
    signal: controller.signal,
    onStop: (name, close) => {
      closers.push({ name, close });
    },
    stop,
    stopped,
  };
};

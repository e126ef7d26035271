/** A terminal that remembers what it was told, and a session of the lease commands with it. */
import type { KubeConfig } from '@kubernetes/client-node';
import { type CliSession, type ConnectFlags, openSession } from '../../src/cli/session.ts';
import { Stopped, type Terminal } from '../../src/cli/terminal.ts';

export interface TestTerminal extends Terminal {
  /** Standard output so far. */
  readonly written: () => string;
  /** Standard error so far, a line each. */
  readonly said: () => readonly string[];
  /** Answers to questions, in turn; where there are none nobody is there. */
  readonly answers: string[];
  /** Called with each line of progress, and each piece of output. */
  onProgress: (text: string) => void;
  interrupt(): void;
}

/** Half an hour before the leases of {@link leaseOf} end. */
const NOW = Date.parse('2026-11-22T14:30:00Z');

/** Its waits are over at once. */
export const createTestTerminal = (): TestTerminal => {
  const written: string[] = [];
  const said: string[] = [];
  const stop = new AbortController();
  let passed = 0;
  const terminal: TestTerminal = {
    written: () => written.join(''),
    said: () => said,
    answers: [],
    onProgress: () => undefined,
    interrupt: () => {
      stop.abort(new Stopped('interrupted'));
    },
    write: (text) => {
      stop.signal.throwIfAborted();
      written.push(text);
      return Promise.resolve();
    },
    say: (text) => said.push(text),
    progress: (text) => {
      if (text !== undefined) terminal.onProgress(text);
    },
    ask: () => Promise.resolve(terminal.answers.shift()),
    signal: stop.signal,
    clock: {
      now: () => NOW,
      monotonic: () => passed,
      after: (ms, fire) => {
        passed += ms;
        const timer = setImmediate(fire);
        return () => {
          clearImmediate(timer);
        };
      },
    },
  };
  return terminal;
};

/** In the namespace dhcp where the flags name none. */
export const testSession = (config: KubeConfig, terminal: Terminal, flags: ConnectFlags = {}): CliSession => {
  const load = (): KubeConfig => {
    config.contexts = config.contexts.map((context) => ({ ...context, namespace: 'dhcp' }));
    return config;
  };
  return openSession(flags, terminal, load);
};

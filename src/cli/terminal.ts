/** What a command says and asks: results to standard output, all else to standard error. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { KnownError } from '../runtime/errors.ts';

export interface Terminal {
  /** Text of the result. Resolves when it is taken, so that whoever reads slowly is not sent everything at once. */
  write(text: string): Promise<void>;
  /** A sentence beside the result. */
  say(text: string): void;
  /** How far a long work is: one line that is written over, and only where a person looks at it. Undefined: away with it. */
  progress(text: string | undefined): void;
  /** The answer to a question; undefined where nobody is there to answer. */
  ask(question: string): Promise<string | undefined>;
  /** Aborted by Ctrl-C, and when nobody reads the result any more. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

const PROGRESS_MS = 100;

/** That of the process. */
export const processTerminal = (): Terminal => {
  const { stdin, stdout, stderr } = process;
  const stop = new AbortController();
  const end = (reason: Stopped['reason']) => (): void => {
    stop.abort(new Stopped(reason));
  };
  process.once('SIGINT', end('interrupted'));
  process.once('SIGTERM', end('interrupted'));
  // `… | head` has what it wants.
  stdout.on('error', end('unread'));
  let shown: string | undefined;
  let shownAt = 0;
  const erase = (): void => {
    if (shown !== undefined) stderr.write('\r\u001b[K');
    shown = undefined;
  };
  return {
    signal: stop.signal,
    clock: systemClock,
    write: async (text) => {
      stop.signal.throwIfAborted();
      if (text === '') return;
      if (stdout.isTTY) erase();
      if (!stdout.write(text)) await once(stdout, 'drain', { signal: stop.signal });
    },
    say: (text) => {
      erase();
      stderr.write(`${text}\n`);
    },
    progress: (text) => {
      if (!stderr.isTTY) return;
      if (text === undefined) {
        erase();
        return;
      }
      if (shown !== undefined && systemClock.monotonic() - shownAt < PROGRESS_MS) return;
      shownAt = systemClock.monotonic();
      erase();
      shown = text.slice(0, Math.max(20, stderr.columns - 1));
      stderr.write(shown);
    },
    ask: async (question) => {
      if (!stdin.isTTY || !stderr.isTTY) return undefined;
      erase();
      const lines = createInterface({ input: stdin, output: stderr });
      // The keyboard is the interface's while it asks: Ctrl-C comes to it, and Ctrl-D is no answer.
      lines.once('SIGINT', end('interrupted'));
      const closed = once(lines, 'close').then(() => '');
      try {
        return await Promise.race([lines.question(question, { signal: stop.signal }), closed]);
      } finally {
        lines.close();
      }
    },
  };
};

/** Why a command ends before its time: somebody asked it to, or nobody reads what it writes. */
export class Stopped extends KnownError {
  override readonly name = 'Stopped';
  readonly reason: 'interrupted' | 'unread';

  constructor(reason: 'interrupted' | 'unread') {
    super(reason);
    this.reason = reason;
  }
}

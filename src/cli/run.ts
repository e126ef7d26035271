/** Runs one command: with the user's kubeconfig, errors as sentences, and an exit code. */
import { type Command, CommanderError } from 'commander';
import { addLeaseCommands, type Run } from './commands.ts';
import { EXIT, exitOf } from './exit.ts';
import type { CliSession } from './session.ts';
import { processTerminal, Stopped } from './terminal.ts';

/** As shells have it of a command that SIGINT ended. */
const INTERRUPTED = 130;

const run: Run = async (flags, work) => {
  const terminal = processTerminal();
  const { signal } = terminal;
  let session: CliSession | undefined;
  try {
    const { openSession } = await import('./session.ts');
    session = openSession(flags, terminal);
    process.exitCode = await work(session);
  } catch (error) {
    if (signal.reason instanceof Stopped) {
      process.exitCode = signal.reason.reason === 'unread' ? EXIT.done : INTERRUPTED;
    } else {
      const { sentenceOf } = await import('./sentence.ts');
      terminal.say(sentenceOf(error));
      process.exitCode = exitOf(error);
    }
  } finally {
    terminal.progress(undefined);
    await session?.client.close();
  }
};

export const leaseCommands = (parent: Command, name: string): void => {
  addLeaseCommands(parent, name, run);
};

const COMPLETE = '__complete';

/** @param words Those after the program's name. */
export const runProgram = async (program: Command, words: readonly string[]): Promise<void> => {
  if (words[0] === COMPLETE) {
    await runComplete(program, words.slice(1));
    return;
  }
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
};

/** A shell waits for it. What is not there by then is left out, be it that a plugin for credentials is slow. */
const COMPLETE_MS = 900;

const runComplete = async (program: Command, words: readonly string[]): Promise<void> => {
  const { candidatesOf, completionOf, completionText } = await import('./complete.ts');
  const completion = completionOf(program, words);
  const { source, candidates, flags, partial } = completion;
  const late = Promise.withResolvers<readonly []>();
  const timer = setTimeout(() => {
    late.resolve([]);
  }, COMPLETE_MS);
  const ofCluster = async () => {
    if (source === undefined) return [];
    const { loadKubeConfig, openSession } = await import('./session.ts');
    const session = openSession(flags, processTerminal(), () => loadKubeConfig(flags), COMPLETE_MS);
    return candidatesOf(session, source, partial);
  };
  const found = await Promise.race([ofCluster().catch(() => []), late.promise]);
  clearTimeout(timer);
  process.stdout.write(completionText(completion, [...candidates, ...found]), () => {
    // Connections, and whatever else is under way, are of no use any more.
    process.exit(EXIT.done);
  });
};

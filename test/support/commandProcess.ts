/** A command of the program in a process of its own, as its pod runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from './postgres.ts';

export interface CommandProcess {
  readonly child: ChildProcess;
  /** What it has logged so far, a JSON object a line. */
  readonly log: () => string;
  /** Whether it still runs as it was started. */
  readonly lives: () => boolean;
  /** HTTP status of a path on its metrics port; 0: no answer. */
  readonly ask: (path: string) => Promise<number>;
  /** Ends it in good order; gives its exit code. */
  stop(): Promise<number | null>;
  /** Its exit code, when it has ended by itself. */
  readonly ended: Promise<number | null>;
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/**
 * @param args Of one that serves probes without `--metrics-port`, which is any free one.
 * @param node Options of the runtime.
 */
export const startCommand = async (
  kubeconfig: string,
  args: readonly string[],
  serves = true,
  node: readonly string[] = [],
): Promise<CommandProcess> => {
  const port = await freePort();
  const child = spawn(process.execPath, [...node, MAIN, ...args, ...(serves ? [`--metrics-port=${port}`] : [])], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const ended = once(child, 'exit').then(() => child.exitCode);
  const lives = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    child,
    log: () => said.join(''),
    lives,
    ask: (path) =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        ({ status }) => status,
        () => 0,
      ),
    stop: async () => {
      if (lives()) child.kill('SIGTERM');
      return ended;
    },
    ended,
  };
};

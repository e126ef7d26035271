import { spawn, type SpawnOptions } from 'node:child_process';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Shows what the command says on standard error while it runs. */
  readonly echo?: boolean;
}

/** Runs a command to its end and gives what it printed; a non-zero exit is an answer, not an error. */
export const tryRun = (command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const settings: SpawnOptions = { env: { ...process.env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] };
    if (options.cwd !== undefined) settings.cwd = options.cwd;
    if (options.timeoutMs !== undefined) settings.timeout = options.timeoutMs;
    const child = spawn(command, args, settings);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      err.push(chunk);
      if (options.echo === true) process.stdout.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const late = signal === null ? '' : `\n${command} was ended by ${signal}`;
      resolve({ code: code ?? 1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() + late });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
  });

/** As tryRun, but a non-zero exit throws with what the command said. */
export const run = async (command: string, args: readonly string[], options: RunOptions = {}): Promise<string> => {
  const ran = await tryRun(command, args, options);
  if (ran.code !== 0) {
    const said = (ran.stderr.trim() || ran.stdout.trim()).slice(-4000);
    throw new Error(`${command} ${args.join(' ')} ended with ${ran.code}:\n${said}`);
  }
  return ran.stdout;
};

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks again and again until the answer is neither undefined nor false. Throws after the time is up, with the last
 * error or with `what` was waited for.
 */
export const until = async <T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined | false>,
  everyMs = 500,
): Promise<T> => {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${seconds} s for ${what}`, last === undefined ? {} : { cause: last });
    }
    await sleep(everyMs);
  }
};

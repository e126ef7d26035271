/** psql as a rival: as a session that stays open and tells itself how long a statement took, and as a command. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { DatabaseTarget } from '../../src/database/target.ts';
import { binary } from '../support/postgres.ts';

export interface Psql {
  /** Milliseconds until the whole result was there; it is written to /dev/null. One at a time. */
  time(statement: string): Promise<number>;
  /** Has a psql of its own carry a statement out, whose result goes to /dev/null. */
  command(statement: string): Promise<void>;
  end(): Promise<void>;
}

export const openPsql = async ({ host, port, name, user, password }: DatabaseTarget): Promise<Psql> => {
  const program = await binary('psql');
  const settings = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1'];
  const args = [...settings, '-h', host, '-p', String(port), '-U', user, '-d', name];
  const env = { ...process.env, PGPASSWORD: password };
  const session = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: session.stdout })[Symbol.asyncIterator]();
  session.stdin.write('\\timing on\n\\o /dev/null\n');
  return {
    async time(statement) {
      session.stdin.write(`${statement};\n`);
      for (;;) {
        const { done, value } = await lines.next();
        if (done === true) throw new Error(`psql ended at: ${statement}`);
        const [, ms] = /^Time: ([\d.]+) ms/.exec(value) ?? [];
        if (ms !== undefined) return Number(ms);
      }
    },
    async command(statement) {
      const child = spawn(program, [...args, '-c', statement], { env, stdio: ['ignore', 'ignore', 'inherit'] });
      await once(child, 'exit');
      if (child.exitCode !== 0) throw new Error(`psql ended with ${child.exitCode} at: ${statement}`);
    },
    async end() {
      session.stdin.end();
      await once(session, 'close');
    },
  };
};

/** psql as a rival: a session that stays open, and tells itself how long a statement took. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { DatabaseTarget } from '../../src/database/target.ts';
import { binary } from '../support/postgres.ts';

export interface Psql {
  /** Milliseconds until the whole result was there; it is written to /dev/null. One at a time. */
  time(statement: string): Promise<number>;
  end(): Promise<void>;
}

const argumentsOf = ({ host, port, name, user }: DatabaseTarget): readonly string[] => [
  ...['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '-h', host, '-p', String(port), '-U', user, '-d', name],
];

export const openPsql = async (target: DatabaseTarget): Promise<Psql> => {
  const child = spawn(await binary('psql'), argumentsOf(target), {
    env: { ...process.env, PGPASSWORD: target.password },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.write('\\timing on\n\\o /dev/null\n');
  return {
    async time(statement) {
      child.stdin.write(`${statement};\n`);
      for (;;) {
        const { done, value } = await lines.next();
        if (done === true) throw new Error(`psql ended at: ${statement}`);
        const [, ms] = /^Time: ([\d.]+) ms/.exec(value) ?? [];
        if (ms !== undefined) return Number(ms);
      }
    },
    async end() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
};

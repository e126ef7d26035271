/** Transactions with a pair’s PostgreSQL database. */
import pg from 'pg';
import { takeRows } from '../../database/client.ts';
import { faultOf, leavesSession, wordsOf } from '../../database/errors.ts';
import { openPool, type PooledSession } from '../../database/pool.ts';
import type { DatabaseTarget } from '../../database/target.ts';
import { withPort } from '../../kea/address.ts';
import { BackendRefused, BackendUnavailable, StaleObservation } from '../backend.ts';

/** One session in a transaction. */
export interface Session {
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Rows as arrays: for many of them. */
  rows(sql: string, values?: readonly unknown[]): Promise<readonly (readonly unknown[])[]>;
  /** Runs a statement that returns nothing; gives the number of rows it touched. */
  run(sql: string, values?: readonly unknown[]): Promise<number>;
  /** What the server has sent so far, in bytes of memory. */
  readonly taken: number;
}

export interface Sessions {
  /**
   * Runs a transaction: commits what the work did, or rolls back and throws one of the backend's errors. All rows of a pair may be read in it; by
   * statements that run by themselves, a few.
   */
  transaction<T>(mode: string, work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs statements each by itself. */
  plain<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

const SETTINGS = {
  application: 'kea-operator',
  sessions: 2,
  connectMs: 10_000,
  /** 50,000 subnets are written in about 5 s. */
  statementMs: 120_000,
  /** The lock that serialises writers among them. */
  lockMs: 15_000,
  parameters: { TimeZone: 'UTC' },
} as const;

/** What a transaction may be answered, in bytes of memory: all rows of 50,000 subnets take some 200 MB, those of 100,000 reservations some 80 MB. */
const ALL_ROWS = 512 * 1024 * 1024;

export const openSessions = (target: DatabaseTarget): Sessions => {
  const pool = openPool(target, SETTINGS);

  const use = async <T>(
    work: (session: Session) => Promise<T>,
    signal?: AbortSignal,
    allowance?: number,
  ): Promise<T> => {
    try {
      return await pool.use((client) => work(sessionOf(client)), signal, allowance);
    } catch (error) {
      signal?.throwIfAborted();
      throw translate(error, target);
    }
  };

  return {
    plain: (work, signal) => use(work, signal),
    transaction: (mode, work, signal) => {
      const transaction = async (session: Session) => {
        await session.run(`BEGIN ${mode}`);
        try {
          const result = await work(session);
          await session.run('COMMIT');
          return result;
        } catch (error) {
          // Where the session is over the server rolls back by itself. Otherwise a failure is a broken connection: it does so then too.
          if (leavesSession(error)) await session.run('ROLLBACK').catch(() => undefined);
          throw error;
        }
      };
      return use(transaction, signal, ALL_ROWS);
    },
    close: () => pool.close(),
  };
};

const sessionOf = (client: PooledSession): Session => ({
  query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
    takeRows(await client.query<Row>(sql, [...values])),
  rows: async (text, values = []) =>
    takeRows(await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' })),
  run: async (sql, values = []) => (await client.query(sql, [...values])).rowCount ?? 0,
  get taken() {
    return client.taken;
  },
});

/** Whatever went wrong as one of the backend's errors; what is no fault of the database stays as it is. */
const translate = (error: unknown, { host, port, name }: DatabaseTarget): unknown => {
  const said = `PostgreSQL ${withPort(host, port)}/${name}: ${wordsOf(error)}`;
  switch (faultOf(error)) {
    case 'Unavailable':
      return new BackendUnavailable(said, { cause: error });
    case 'Conflict':
      return new StaleObservation(said, { cause: error });
    case 'Refused':
      return new BackendRefused(said, new Map(), { cause: error });
    case 'Other':
      return error instanceof pg.DatabaseError ? new Error(said, { cause: error }) : error;
  }
};

import pg from 'pg';
import { postgresTls, type SslMode } from '../runtime/postgresTls.ts';
import { BackendRefused, BackendUnavailable, StaleObservation } from './backend.ts';

/** Where a pair's database is. Holds a secret: never logged. */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** libpq's sslmode; left out: disable. */
  readonly sslMode?: SslMode;
  /** PEM of the CAs that sign the server's certificate. */
  readonly ca?: string;
}

/** One session in a transaction. */
export interface Session {
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Rows as arrays: for many of them. */
  rows(sql: string, values?: readonly unknown[]): Promise<readonly (readonly unknown[])[]>;
  /** Runs a statement that returns nothing; gives the number of rows it touched. */
  run(sql: string, values?: readonly unknown[]): Promise<number>;
}

export interface Sessions {
  /** Runs a transaction: commits what the work did, or rolls back and throws one of the backend's errors. */
  transaction<T>(mode: string, work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs statements each by itself. */
  plain<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

/** For one statement, in ms: 50,000 subnets are written in about 5 s. */
const STATEMENT_MS = 120_000;
/** For the lock that serialises writers, in ms. */
const LOCK_MS = 15_000;
const CONNECT_MS = 10_000;

export function openSessions(connection: PostgresConnection): Sessions {
  const pool = new pg.Pool({
    host: connection.host,
    port: connection.port,
    database: connection.database,
    user: connection.user,
    password: connection.password,
    ssl: postgresTls(connection, connection.sslMode ?? 'disable'),
    max: 2,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'kea-operator',
    statement_timeout: STATEMENT_MS,
    lock_timeout: LOCK_MS,
    idle_in_transaction_session_timeout: STATEMENT_MS,
    // A server that is gone without a word would let a query wait for ever.
    query_timeout: STATEMENT_MS + 10_000,
    options: '-c TimeZone=UTC',
  });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', () => undefined);

  const plain = async <T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    signal?.throwIfAborted();
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw translate(error, connection);
    }
    let broken: Error | undefined;
    const abort = (): void => {
      // Ends the query at once; the server rolls back when it finds the connection closed.
      broken = new Error('aborted');
      client.release(broken);
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await work(sessionOf(client));
    } catch (error) {
      signal?.throwIfAborted();
      const translated = translate(error, connection);
      if (translated instanceof BackendUnavailable) broken = translated;
      throw translated;
    } finally {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted !== true) client.release(broken);
    }
  };

  return {
    plain,
    transaction: (mode, work, signal) =>
      plain(async (session) => {
        await session.run(`BEGIN ${mode}`);
        try {
          const result = await work(session);
          await session.run('COMMIT');
          return result;
        } catch (error) {
          // Fails where the connection is broken: then the server has rolled back by itself.
          await session.run('ROLLBACK').catch(() => undefined);
          throw error;
        }
      }, signal),
    close: () => pool.end(),
  };
}

const sessionOf = (client: pg.PoolClient): Session => ({
  query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(sql, [...values])).rows,
  rows: async (text, values = []) =>
    (await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' })).rows,
  run: async (sql, values = []) => (await client.query(sql, [...values])).rowCount ?? 0,
});

/** SQLSTATE classes and codes: the server is not there, not ready or does not let us in. */
const UNAVAILABLE = /^(08|28|3D|53|57|58|0A000|25006|42501|42P01|3F000|55P03)/;
const CONFLICT = '40';
const REFUSED = /^(22|23)/;

const OWN = [BackendUnavailable, BackendRefused, StaleObservation];

/** Whatever went wrong as one of the backend's errors. pg's own messages hold names and values of rows, never the password. */
function translate(error: unknown, { host, port, database }: PostgresConnection): Error {
  if (!(error instanceof Error)) return new BackendUnavailable(String(error));
  if (OWN.some((kind) => error instanceof kind)) return error;
  const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
  const where = `PostgreSQL ${host}:${port}/${database}`;
  if (UNAVAILABLE.test(code)) return new BackendUnavailable(`${where}: ${error.message}`, { cause: error });
  if (code.startsWith(CONFLICT)) return new StaleObservation(`${where}: ${error.message}`, { cause: error });
  if (REFUSED.test(code)) {
    const detail = error instanceof pg.DatabaseError && error.detail !== undefined ? ` (${error.detail})` : '';
    return new BackendRefused(`${where}: ${error.message}${detail}`, { cause: error });
  }
  return code === '' && isConnectionError(error)
    ? new BackendUnavailable(`${where}: ${error.message || 'no connection'}`, { cause: error })
    : error;
}

/** Errors of the socket have a system code; pg's own about connections and time-outs have none, and these words. */
const isConnectionError = (error: Error): boolean =>
  ('code' in error && typeof error.code === 'string') ||
  error instanceof AggregateError ||
  (error.constructor === Error && /connect|timeout|closed|terminated/i.test(error.message));

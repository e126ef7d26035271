/**
 * The one place where sessions with PostgreSQL are opened and kept: listened to at all times, limited in time, and thrown away where they
 * are no longer sound.
 */
import pg from 'pg';
import { orAborted } from '../runtime/clock.ts';
import { clientConfig, FEW_ROWS, type SessionSettings, SteadyClient } from './client.ts';
import { leavesSession } from './errors.ts';
import type { DatabaseTarget } from './target.ts';

export interface PoolSettings extends SessionSettings {
  /** Sessions at most. */
  readonly sessions: number;
  /** Told of a session that broke while nobody used it; it is replaced. */
  readonly onIdleError?: (error: Error) => void;
}

/** A session while it is used. */
export type PooledSession = Pick<SteadyClient, 'query' | 'taken'>;

export interface DatabasePool {
  /**
   * Does the work in a session of its own and gives it back. Throws what the work throws, pg's errors untranslated (see errors.ts), or the
   * reason of the signal: that ends the query under way at once, and PostgreSQL rolls back when it finds the connection closed.
   * @param allowance What the server may send meanwhile, in bytes of memory; beyond, the session is ended, as a connection that broke.
   */
  use<T>(work: (client: PooledSession) => Promise<T>, signal?: AbortSignal, allowance?: number): Promise<T>;
  /** Ends the sessions, those in use when they are given back. */
  close(): Promise<void>;
}

const IDLE_MS = 30_000;

/** Nothing is connected before it is first used. */
export const openPool = (target: DatabaseTarget, settings: PoolSettings): DatabasePool => {
  const pool = new pg.Pool({
    ...clientConfig(target, settings),
    Client: SteadyClient,
    max: settings.sessions,
    idleTimeoutMillis: IDLE_MS,
  });
  pool.on('error', (error) => settings.onIdleError?.(error));

  return {
    use: async (work, signal, allowance = FEW_ROWS) => {
      const client = await checkOut(pool, signal);
      client.allow(allowance);
      let isOut = true;
      const giveBack = (throwAway: boolean): void => {
        if (!isOut) return;
        isOut = false;
        client.rest();
        client.release(throwAway);
      };
      const abort = (): void => {
        giveBack(true);
      };
      signal?.addEventListener('abort', abort, { once: true });
      try {
        signal?.throwIfAborted();
        return await work(client);
      } catch (error) {
        signal?.throwIfAborted();
        if (!leavesSession(error)) giveBack(true);
        throw error;
      } finally {
        signal?.removeEventListener('abort', abort);
        giveBack(false);
      }
    },
    close: () => pool.end(),
  };
};

/** A caller who gives up does not wait for the connection; that goes back to the pool when it comes. */
const checkOut = async (pool: pg.Pool, signal: AbortSignal | undefined): Promise<SteadyClient & pg.PoolClient> => {
  signal?.throwIfAborted();
  const coming = pool.connect().then(asSteady);
  if (signal === undefined) return coming;
  try {
    return await orAborted(coming, signal);
  } catch (error) {
    void coming.then(
      (client) => {
        client.release();
      },
      () => undefined,
    );
    throw error;
  }
};

/** The pool makes its sessions of the class that it is given; its types do not say so. */
const asSteady = (client: pg.PoolClient): SteadyClient & pg.PoolClient => {
  if (!(client instanceof SteadyClient)) throw new TypeError('the pool made a session of another class');
  return client;
};

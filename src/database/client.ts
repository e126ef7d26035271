/** One session with PostgreSQL: limited in time and in what it may be sent. */
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { intake, type Portion, TooMuch } from '../runtime/intake.ts';
import { BrokenAnswer, createFrameCheck } from './frames.ts';
import type { DatabaseTarget } from './target.ts';
import { postgresTls } from './tls.ts';

/** How a session behaves; times in ms. */
export interface SessionSettings {
  /** What `pg_stat_activity` calls it. */
  readonly application: string;
  readonly connectMs: number;
  /** For one statement, and for a transaction that idles. */
  readonly statementMs: number;
  /** For the wait for a lock; left out: as long as the statement may take. */
  readonly lockMs?: number;
  /** Run-time parameters of PostgreSQL. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A server that is gone without a word cannot keep its own limit: ours comes so much later. */
const ANSWER_MS = 1_000;
/** After so long without a packet the kernel asks for a sign of life, every second (libuv): a machine that is gone is known in 11 s, however long a statement may take. */
const PROBE_AFTER_MS = 1_000;
/** What a server may send that is asked for a few rows, in bytes of memory. */
export const FEW_ROWS = 1024 * 1024;
/** And for a login, or while nobody asks for anything. */
const FEW_WORDS = 64 * 1024;

/** How long the server may take to confirm the end of a session. */
const END_MS = 1_000;

export const clientConfig = (target: DatabaseTarget, settings: SessionSettings): pg.ClientConfig => ({
  host: target.host,
  port: target.port,
  database: target.name,
  user: target.user,
  password: target.password,
  ssl: postgresTls(target, target.sslMode),
  application_name: settings.application,
  connectionTimeoutMillis: settings.connectMs,
  keepAlive: true,
  keepAliveInitialDelayMillis: PROBE_AFTER_MS,
  statement_timeout: settings.statementMs,
  idle_in_transaction_session_timeout: settings.statementMs,
  query_timeout: settings.statementMs + ANSWER_MS,
  ...(settings.lockMs === undefined ? {} : { lock_timeout: settings.lockMs }),
  options: Object.entries(settings.parameters ?? {})
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' '),
});

/** What pg does with every socket, in clear or with TLS, before it reads from it. Its types leave it out. */
interface Attaching {
  attachListeners(stream: Pick<Duplex, 'on'>): void;
}

/**
 * A session that cannot end the process, whatever its server does, from before it is connected until after it is closed: an `error` that
 * nobody hears would, as would one that pg throws while it reads, and as would rows without end. The query under way fails in either case, or the next one.
 */
export class SteadyClient extends pg.Client {
  #portion = this.#open(FEW_WORDS);
  #isOver = false;

  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
    this.once('end', () => {
      this.#isOver = true;
      this.#portion.end();
    });
    const connection = this.connection as unknown as Attaching;
    const attach = connection.attachListeners.bind(connection);
    const check = createFrameCheck((bytes) => {
      this.#portion.take(bytes);
    });
    connection.attachListeners = (stream) => {
      attach(guarded(stream as Duplex, check));
    };
  }

  /** From now on the server may send so much, in bytes of memory; what it sent before is held no more. */
  allow(bytes: number): void {
    this.#portion.end();
    if (!this.#isOver) this.#portion = this.#open(bytes);
  }

  /** What it has sent since, in bytes of memory. */
  get taken(): number {
    return this.#portion.taken;
  }

  /** Nobody asks for anything now. */
  rest(): void {
    this.allow(FEW_WORDS);
  }

  #open(bytes: number): Portion {
    return intake.open(bytes, (why) => this.connection.stream.destroy(why));
  }

  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | undefined {
    const { connection } = this;
    // A server that is gone without a word would keep the socket, and who waits for the end, for a quarter of an hour.
    const timer = setTimeout(() => connection.stream.destroy(), END_MS).unref();
    this.once('end', () => {
      clearTimeout(timer);
    });
    if (callback === undefined) return super.end();
    super.end(callback);
    return undefined;
  }
}

/**
 * The rows of an answer, which has them no more. What is left in an answer of pg (8.23, Node.js 24) outlives the collections of what is young, until all of
 * the heap is collected: with many rows a third of the time goes into that.
 */
export const takeRows = <Row>({ rows }: { readonly rows: Row[] }): Row[] => rows.splice(0);

/** The stream, for one who listens: what that throws, or cannot be PostgreSQL's, ends the stream. */
const guarded = (stream: Duplex, check: (chunk: Buffer) => void): Pick<Duplex, 'on'> => {
  const on = (event: string | symbol, listener: (...args: unknown[]) => void): Duplex => {
    if (event !== 'data') return stream.on(event, listener);
    return stream.on(event, (chunk: Buffer) => {
      try {
        check(chunk);
        listener(chunk);
      } catch (error) {
        stream.destroy(brokenBy(error));
      }
    });
  };
  return { on } as Pick<Duplex, 'on'>;
};

const brokenBy = (error: unknown): Error => {
  if (error instanceof TooMuch) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new BrokenAnswer(`the answer is not PostgreSQL's: ${why}`, { cause: error });
};

/** Connects, does the work and ends the session; what fails is thrown as pg says it. */
export const withSession = async <T>(
  target: DatabaseTarget,
  settings: SessionSettings,
  work: (client: pg.ClientBase) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> => {
  signal?.throwIfAborted();
  const client = new SteadyClient(clientConfig(target, settings));
  const abort = (): void => {
    client.connection.stream.destroy();
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await client.connect();
    client.allow(FEW_ROWS);
    return await work(client);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    await client.end();
  }
};

/** One HTTP exchange with the API server: deadline, error mapping, and the few retries that are always right. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, errors } from 'undici';
import { backoffMs, type BackoffPolicy } from './backoff.ts';
import { type Clock, reasonOf } from './clock.ts';
import { collect, type Collected, type Take } from './collect.ts';
import type { Access, Connection } from './connection.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { ApiError, asError, ConnectionError, type StatusBody } from './errors.ts';
import { ANSWER_BYTES } from './read.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request, before it is known where it goes and who sends it. */
export interface Call {
  readonly method: Method;
  /** Absolute, without a query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Whether doing it twice is the same as doing it once. Default: true of all but POST. */
  readonly idempotent?: boolean;
  /** Of the whole call with its retries. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body comes bit by bit. */
export interface Stream {
  readonly headers: IncomingHttpHeaders;
  readonly body: Dispatcher.ResponseData['body'];
  /** To be called by whoever is done with it. */
  release(): void;
}

/** What the transport tells about every answer (or its absence). */
export interface ClientMetrics {
  /** @param code The HTTP status, or `none` without an answer. */
  onRequest(method: Method, code: number | 'none', seconds: number): void;
}

export interface Transport {
  /**
   * Sends, reads the whole answer, and retries where that is safe.
   * @param start Called before each attempt; what it gives takes the body of a good answer in place of the caller.
   */
  exchange(call: Call, start?: () => Take): Promise<Collected>;
  /** Sends once. The body fails when the signal is aborted or no data came for `idleMs`. */
  stream(call: Call, idleMs: number): Promise<Stream>;
}

export interface TransportOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly userAgent: string;
  readonly metrics?: ClientMetrics | undefined;
}

const RETRY: BackoffPolicy = { initialMs: 250, maxMs: 2_000, jitter: 0.5 };
const MAX_ATTEMPTS = 4;
/** A server that asks for a longer rest is obeyed by the caller's own backoff, not by a call that hangs. */
const LONGEST_RETRY_AFTER_MS = 5_000;

export const createTransport = (options: TransportOptions): Transport => {
  const { connection, clock, metrics } = options;

  /** What undici is told; the deadline is of the whole call, so undici's own limits are not needed but for a stream. */
  const requestOf = (access: Access, call: Call, idleMs: number): Dispatcher.DispatchOptions & { path: string } => ({
    origin: access.origin,
    path: `${access.basePath}${call.path}${queryOf(call)}`,
    method: call.method,
    headers: headersOf(access, call, options.userAgent),
    body: call.body === undefined ? null : JSON.stringify(call.body),
    headersTimeout: 0,
    bodyTimeout: idleMs,
  });

  const measured = async <T>(call: Call, statusOf: (answer: T) => number, send: () => Promise<T>): Promise<T> => {
    const started = clock.monotonic();
    let code: number | 'none' = 'none';
    try {
      const answer = await send();
      code = statusOf(answer);
      return answer;
    } finally {
      metrics?.onRequest(call.method, code, (clock.monotonic() - started) / 1000);
    }
  };

  const attempt = async (call: Call, deadline: Deadline, take?: Take): Promise<Collected> => {
    const access = await connection.access();
    deadline.check();
    const send = () => collect(access.dispatcher, requestOf(access, call, 0), deadline, take);
    const answer = await measured(call, ({ status }) => status, send);
    if (answer.status >= 400) throw apiErrorOf(call, answer);
    return answer;
  };

  const open = async (call: Call, idleMs: number, deadline: Deadline): Promise<Dispatcher.ResponseData> => {
    const access = await connection.access();
    deadline.check();
    const request = { ...requestOf(access, call, idleMs), signal: deadline.emitter };
    const answer = await measured(
      call,
      ({ statusCode }) => statusCode,
      // undici ends a request that waits for a connection only once that is there, or has failed.
      () => deadline.race(access.dispatcher.request(request)),
    );
    const { statusCode: status, headers, body } = answer;
    if (status >= 400) throw apiErrorOf(call, { status, headers, body: await startOf(body) });
    return answer;
  };

  return {
    stream: async (call, idleMs) => {
      const deadline = createDeadline(clock, options.timeoutMs, call.signal);
      try {
        const { headers, body } = await open(call, idleMs, deadline);
        // Only the wait for the headers has a deadline: the body of a watch goes on for minutes.
        deadline.lift();
        // It may end between two readers, or after the last.
        body.on('error', () => undefined);
        const release = (): void => {
          deadline.clear();
          body.destroy();
        };
        return { headers, body, release };
      } catch (error) {
        deadline.clear();
        const failure = translate(error, call, deadline.expired());
        if (isStaleAccess(failure)) connection.reload();
        throw failure;
      }
    },

    exchange: async (call, start) => {
      const deadline = createDeadline(clock, call.timeoutMs ?? options.timeoutMs, call.signal);
      try {
        for (let attempts = 1; ; attempts++) {
          try {
            return await attempt(call, deadline, start?.());
          } catch (error) {
            const failure = translate(error, call, deadline.expired());
            const waitMs = retryWaitMs(failure, call, attempts, connection);
            if (waitMs === undefined) throw failure;
            await deadline.sleep(waitMs);
          }
        }
      } catch (error) {
        throw translate(error, call, deadline.expired());
      } finally {
        deadline.clear();
      }
    },
  };
};

/** How long to wait before the next attempt; undefined when there should be none. */
const retryWaitMs = (failure: Error, call: Call, attempts: number, connection: Connection): number | undefined => {
  if (attempts >= MAX_ATTEMPTS) return undefined;
  // A 401 and a certificate error are refusals before anything was done.
  if (isStaleAccess(failure)) return connection.reload() ? 0 : undefined;
  const idempotent = call.idempotent ?? call.method !== 'POST';
  if (failure instanceof ConnectionError) {
    // An idle connection that the server closes while we write on it: a new one, once and at once.
    return idempotent && failure.reason === 'Unreachable' && attempts === 1 ? 0 : undefined;
  }
  if (!(failure instanceof ApiError)) return undefined;
  // 429 is said before the request is looked at, so it is safe for every method.
  if (failure.status !== 429 && !(failure.status === 503 && idempotent)) return undefined;
  const askedMs = (failure.retryAfterSeconds ?? 0) * 1000;
  return askedMs > LONGEST_RETRY_AFTER_MS ? undefined : Math.max(askedMs, backoffMs(RETRY, attempts));
};

const CERTIFICATE_ERRORS = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS/;

/** Whether the credentials or the CA that we hold may have been replaced. */
const isStaleAccess = (failure: Error): boolean => {
  if (failure instanceof ApiError) return failure.status === 401;
  const code = failure.cause instanceof Error && 'code' in failure.cause ? String(failure.cause.code) : '';
  return failure instanceof ConnectionError && CERTIFICATE_ERRORS.test(code);
};

/** `PATCH /apis/…/widgets/a/status`: what an error message says about the request. Never a query, header or body. */
const describe = (call: Call): string => `${call.method} ${call.path}`;

/** The answer is not quoted: it may be a Secret. */
export const badAnswer = (call: Call): ApiError =>
  new ApiError(502, { reason: 'BadAnswer', message: 'the answer is not JSON, or too large' }, describe(call));

const translate = (error: unknown, call: Call, expired: boolean): Error => {
  if (error instanceof ApiError || error instanceof ConnectionError) return error;
  if (error instanceof SyntaxError) return badAnswer(call);
  if (expired) return new ConnectionError('Timeout', `${describe(call)}: no answer in time`);
  if (call.signal?.aborted) return reasonOf(call.signal);
  const timeout =
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError;
  return new ConnectionError(
    timeout ? 'Timeout' : 'Unreachable',
    `${describe(call)}: ${asError(error).message}`,
    error,
  );
};

/**
 * An error answer as an ApiError. The server quotes refused values in its message, so of a Secret only the fields are
 * repeated, not what was said about them.
 */
const apiErrorOf = (call: Call, answer: Collected): ApiError => {
  const retryAfter = Number(answer.headers['retry-after']);
  return new ApiError(
    answer.status,
    withoutSecrets(call, statusOf(answer.body.toString(), answer.status)),
    describe(call),
    Number.isFinite(retryAfter) ? retryAfter : undefined,
  );
};

const withoutSecrets = (call: Call, status: StatusBody): StatusBody => {
  if (!/\/secrets(\/|$)/.test(call.path) || (status.code !== 422 && status.code !== 400)) return status;
  const fields = (status.details?.causes ?? []).flatMap((cause) => cause.field ?? []);
  const causes = fields.map((field) => ({ field }));
  return {
    ...status,
    message: `the Secret is refused${fields.length > 0 ? ` for ${fields.join(', ')}` : ''}`,
    details: { ...status.details, causes },
  };
};

/** The body of an error, as much of it as an answer may have. */
const startOf = async (body: Dispatcher.ResponseData['body']): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks);
};

/** The server quotes what it refuses, at whatever length; conditions and logs want a sentence. */
const MESSAGE_LENGTH = 4_000;

/** The Status in an error body; anything else (a proxy's page, a plain line) becomes its message. */
const statusOf = (text: string, code: number): StatusBody => {
  try {
    const body: unknown = JSON.parse(text);
    if (isStatus(body)) {
      const { message, ...rest } = body;
      return { ...rest, ...(message === undefined ? {} : { message: message.slice(0, MESSAGE_LENGTH) }), code };
    }
  } catch {
    // Not JSON: the API server's own filters answer in plain text.
  }
  return { code, message: text.trim().slice(0, 200) };
};

const isStatus = (body: unknown): body is StatusBody =>
  typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status';

const queryOf = (call: Call): string => {
  const given = Object.entries(call.query ?? {}).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
};

const headersOf = (access: Access, call: Call, userAgent: string): Record<string, string> => ({
  ...access.headers,
  accept: call.accept ?? 'application/json',
  'user-agent': userAgent,
  ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
});

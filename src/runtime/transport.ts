/** One HTTP exchange with the API server: deadline, error mapping, and the few retries that are always right. */
import type { IncomingHttpHeaders } from 'node:http';
import { errors, type Dispatcher } from 'undici';
import { type BackoffPolicy, backoffMs } from './backoff.ts';
import { type Clock, reasonOf, sleep } from './clock.ts';
import type { Access, Connection } from './connection.ts';
import { ApiError, ConnectionError, type StatusBody, asError } from './errors.ts';

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

/** An answer, its body not read yet. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Dispatcher.ResponseData['body'];
}

/** What the transport tells about every answer (or its absence). */
export interface ClientMetrics {
  /** @param code The HTTP status, or `none` without an answer. */
  onRequest(method: Method, code: number | 'none', seconds: number): void;
}

export interface Transport {
  /** Sends, reads the whole answer, and retries where that is safe. */
  exchange(call: Call): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }>;
  /**
   * Sends once and gives the body as it comes. The body fails when the signal is aborted or no data came for `idleMs`.
   * Whoever is done with it calls `release`.
   */
  stream(call: Call, idleMs: number): Promise<Answer & { release(): void }>;
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

  const send = async (access: Access, call: Call, signal: AbortSignal, idleMs: number): Promise<Answer> => {
    const started = clock.monotonic();
    const seen = (code: number | 'none'): void =>
      metrics?.onRequest(call.method, code, (clock.monotonic() - started) / 1000);
    try {
      const { statusCode, headers, body } = await access.dispatcher.request({
        origin: access.origin,
        path: `${access.basePath}${call.path}${queryOf(call)}`,
        method: call.method,
        headers: headersOf(access, call, options.userAgent),
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal,
        headersTimeout: options.timeoutMs,
        bodyTimeout: idleMs,
      });
      seen(statusCode);
      return { status: statusCode, headers, body };
    } catch (error) {
      seen('none');
      throw error;
    }
  };

  /** One attempt; error answers are thrown. `signal` ends the wait for the body too. */
  const attempt = async (call: Call, signal: AbortSignal, idleMs: number): Promise<Answer> => {
    const access = await connection.access();
    const answer = await send(access, call, signal, idleMs);
    if (answer.status < 400) return answer;
    throw apiErrorOf(call, answer, await answer.body.text());
  };

  return {
    stream: async (call, idleMs) => {
      const deadline = createDeadline(clock, options.timeoutMs, call.signal);
      try {
        // Only the wait for the headers has a deadline: the body of a watch goes on for minutes.
        const answer = await attempt(call, deadline.signal, idleMs);
        deadline.lift();
        const release = (): void => {
          deadline.clear();
          answer.body.destroy();
        };
        return { ...answer, release };
      } catch (error) {
        deadline.clear();
        const failure = translate(error, call, deadline.expired());
        if (isStaleAccess(failure)) connection.reload();
        throw failure;
      }
    },

    exchange: async (call) => {
      const deadline = createDeadline(clock, call.timeoutMs ?? options.timeoutMs, call.signal);
      try {
        for (let attempts = 1; ; attempts++) {
          try {
            const { status, headers, body } = await attempt(call, deadline.signal, options.timeoutMs);
            return { status, headers, text: await body.text() };
          } catch (error) {
            const failure = translate(error, call, deadline.expired());
            const waitMs = retryWaitMs(failure, call, attempts, connection);
            if (waitMs === undefined || deadline.signal.aborted) throw failure;
            await sleep(clock, waitMs, deadline.signal);
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

/** `PATCH /apis/…/toys/a/status`: what an error message says about the request. Never a query, header or body. */
const describe = (call: Call): string => `${call.method} ${call.path}`;

const translate = (error: unknown, call: Call, expired: boolean): Error => {
  if (error instanceof ApiError || error instanceof ConnectionError) return error;
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
const apiErrorOf = (call: Call, answer: Answer, text: string): ApiError => {
  const retryAfter = Number(answer.headers['retry-after']);
  return new ApiError(
    answer.status,
    withoutSecrets(call, statusOf(text, answer.status)),
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

/** The Status in an error body; anything else (a proxy's page, a plain line) becomes its message. */
const statusOf = (text: string, code: number): StatusBody => {
  try {
    const body: unknown = JSON.parse(text);
    if (isStatus(body)) return { ...body, code };
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

interface Deadline {
  readonly signal: AbortSignal;
  expired(): boolean;
  /** Takes the time limit away; the caller's signal goes on to count. */
  lift(): void;
  clear(): void;
}

/**
 * A signal that is aborted by the caller's or after `ms`. AbortSignal.any with AbortSignal.timeout would do, but leaves
 * a timer and a listener behind for every one of some hundred requests a second.
 */
const createDeadline = (clock: Clock, ms: number, outer: AbortSignal | undefined): Deadline => {
  const controller = new AbortController();
  let expired = false;
  const onOuter = (): void => {
    controller.abort(outer === undefined ? undefined : reasonOf(outer));
  };
  const cancel = clock.after(ms, () => {
    expired = true;
    controller.abort(new Error('no answer in time'));
  });
  if (outer?.aborted) onOuter();
  else outer?.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    lift: cancel,
    clear: () => {
      cancel();
      outer?.removeEventListener('abort', onOuter);
    },
  };
};

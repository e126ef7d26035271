/** The HTTPS server of the lease API: who may connect, errors as Status, health, an orderly end. It knows nothing of leases. */
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Clock, sleep } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import { listenEverywhere } from '../runtime/listen.ts';
import type { Logger } from '../runtime/log.ts';
import { authenticate, type RequestHeaderConfig, type User } from './authenticate.ts';
import { readBody } from './body.ts';
import type { ServingCertificate } from './certificate.ts';
import { ApiFailure, type FailureReason, quoted, statusBodyOf } from './failure.ts';
import type { LeaseApiMetrics } from './metrics.ts';
import type { Route } from './routes.ts';

export interface ApiServerOptions {
  readonly certificate: ServingCertificate;
  readonly routes: (userOf: (request: FastifyRequest) => User) => readonly Route[];
  /** What is missing before requests can be answered; undefined: nothing. Never a matter of a database. */
  readonly missing: () => string | undefined;
  readonly metrics: LeaseApiMetrics | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface ApiServer {
  address(): { readonly host: string; readonly port: number };
  /** Why `/readyz` answers 503; undefined: it does not. */
  missing(): string | undefined;
  listen(host: string, port: number): Promise<void>;
  setCertificate(certificate: ServingCertificate): void;
  /** Whom to believe from now on; connections that were made under another CA are ended. */
  setRequestHeaders(config: RequestHeaderConfig): void;
  /** Not ready from now on; goes on serving for `drainMs`, then ends when the last answer is out, or after `graceMs`. */
  stop(drainMs: number, graceMs: number): Promise<void>;
}

/** kube-apiserver keeps idle connections for 90 s: the end that it does not expect must not be ours. */
const KEEP_ALIVE_MS = 120_000;

/**
 * So much may a request have before its body: kube-apiserver names all groups of a user in headers. It passes on up to 1 MiB, which
 * anybody who reaches this port could have held here for every connection.
 */
const HEAD_BYTES = 64 * 1024;
/** The rest of a request that is refused is let come in: a connection that ends before is an error to the proxy in front, and its answer lost. */
const REST_MS = 2_000;

const HEALTH = ['/healthz', '/livez', '/readyz'];

export const createApiServer = (options: ApiServerOptions): ApiServer => {
  const { metrics, clock, log } = options;
  let { certificate } = options;
  let requestHeaders: RequestHeaderConfig | undefined;
  let stopping = false;
  /** The drain is over: no connection is kept past its answer. */
  let closing = false;
  /** Connections that proved themselves under the CA that counts now. */
  let trusted = new WeakSet<object>();
  /** Connections with a request that is not answered yet. */
  const busy = new WeakSet<object>();
  const open = new Set<TLSSocket>();
  /** Beneath them, also those whose TLS handshake is not done. */
  const sockets = new Set<Socket>();

  const tls = () => ({
    ...certificate,
    // An empty list trusts nobody; left out, it would be every public CA.
    ca: requestHeaders === undefined ? [] : [requestHeaders.clientCa],
    // Whoever has no certificate gets an answer that says 401, and may ask for health.
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2' as const,
  });

  const app: FastifyInstance<Server> = Fastify({
    https: { ...tls(), maxHeaderSize: HEAD_BYTES },
    logger: false,
    clientErrorHandler: (error, socket) => {
      // It is told for each further piece of the request.
      if (!socket.writable) return;
      if (!('code' in error) || error.code !== 'HPE_HEADER_OVERFLOW') {
        socket.destroy();
        return;
      }
      socket.end(tooLong());
      setTimeout(() => socket.destroy(), REST_MS).unref();
    },
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
    frameworkErrors: (error, _request, reply) => {
      void fail(reply, error);
    },
  });
  // Of connections that could not be accepted: they concern no other.
  app.server.on('error', (error) => {
    log.warn({ error: error.message }, 'the HTTPS server has a failure');
  });
  /** Connections whose handshake is under way, by the client's end of them. */
  const handshaking = new Map<string, Socket>();
  app.server.on('connection', (socket: Socket) => {
    if (closing) {
      socket.destroy();
      return;
    }
    const end = endOf(socket);
    sockets.add(socket);
    handshaking.set(end, socket);
    socket.once('close', () => {
      sockets.delete(socket);
      if (handshaking.get(end) === socket) handshaking.delete(end);
    });
  });
  app.server.on('secureConnection', (socket: TLSSocket) => {
    handshaking.delete(endOf(socket));
    trusted.add(socket);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  /**
   * Node's own closeIdleConnections leaves those that never had a request; kube-apiserver keeps some in reserve. A handshake that is under way would
   * come to its end by what was believed when it began, and to a connection that nobody looks for any more.
   */
  const endUnused = (): void => {
    for (const socket of handshaking.values()) socket.destroy();
    for (const socket of open) if (!busy.has(socket)) socket.destroySoon();
  };

  const userIn = (request: FastifyRequest): User | undefined => {
    const isTrusted = trusted.has(request.raw.socket);
    return isTrusted && requestHeaders !== undefined ? authenticate(request.raw, requestHeaders) : undefined;
  };
  const userOf = (request: FastifyRequest): User => {
    const user = userIn(request);
    if (user === undefined) throw new ApiFailure('Unauthorized', 'Unauthorized');
    return user;
  };

  const missing = (): string | undefined => {
    if (stopping) return 'the server is stopping';
    return requestHeaders === undefined ? 'whom to believe is not known yet' : options.missing();
  };

  const fail = (reply: FastifyReply, error: unknown): FastifyReply => {
    const failure = failureOf(error);
    if (failure.reason === 'InternalError')
      log.error({ err: asError(error), url: reply.request.url }, 'request failed');
    if (failure.retryAfter !== undefined) void reply.header('retry-after', failure.retryAfter);
    return reply
      .code(failure.code)
      .type('application/json')
      .removeHeader('etag')
      .send(JSON.stringify(statusBodyOf(failure)));
  };

  app.setErrorHandler((error, _request, reply) => fail(reply, error));
  app.setNotFoundHandler((request, reply) => {
    userOf(request);
    return fail(reply, new ApiFailure('NotFound', 'the server could not find the requested resource'));
  });
  // A body is read of a POST that is known, and of nobody but kube-apiserver; one that comes all the same is let pass.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    const isPost = request.method === 'POST' && posts.has(request.routeOptions.url ?? '');
    if (isPost && userIn(request) !== undefined) return readBody(payload);
    payload.resume();
    return undefined;
  });

  /** Paths whose POST has a body that is read. */
  const posts = new Set<string>();

  for (const url of HEALTH) {
    app.get(url, (_request, reply) => {
      const lacking = url === '/readyz' ? missing() : undefined;
      return reply
        .code(lacking === undefined ? 200 : 503)
        .type('text/plain')
        .send(lacking ?? 'ok');
    });
  }

  const verbs = new Map<string, string>();
  for (const { url, verb, method, handle } of options.routes(userOf)) {
    verbs.set(url, verb);
    if (method === 'POST') posts.add(url);
    const methods = method === undefined ? ['GET', 'HEAD'] : [method];
    app.all(url, (request, reply) => {
      userOf(request);
      if (methods.includes(request.method)) return handle(request, reply);
      const message =
        'leases are read-only here: they come and go with the DHCP clients; the server allows get and list, and create of a release';
      throw new ApiFailure('MethodNotAllowed', message);
    });
  }

  app.addHook('onRequest', (request, _reply, done) => {
    busy.add(request.raw.socket);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { socket } = request.raw;
    busy.delete(socket);
    if (closing || !trusted.has(socket)) socket.end();
    done();
    const url = request.routeOptions.url ?? '';
    if (HEALTH.includes(url)) return;
    const seconds = reply.elapsedTime / 1000;
    metrics?.onRequest(verbs.get(url) ?? 'other', reply.statusCode, seconds);
    log.debug({ method: request.method, url: request.url, code: reply.statusCode, seconds }, 'request');
  });

  return {
    missing,
    address: () => {
      const address = app.server.address();
      if (address === null || typeof address === 'string') throw new Error('the server does not listen');
      return { host: address.address, port: address.port };
    },
    listen: async (host, port) => {
      const listen = (at: string) => app.listen({ host: at, port });
      await (host === '::' ? listenEverywhere(listen) : listen(host));
    },
    setCertificate: (next) => {
      certificate = next;
      app.server.setSecureContext(tls());
    },
    setRequestHeaders: (config) => {
      const isNewCa = config.clientCa !== requestHeaders?.clientCa;
      requestHeaders = config;
      if (!isNewCa) return;
      app.server.setSecureContext(tls());
      trusted = new WeakSet();
      endUnused();
    },
    stop: async (drainMs, graceMs) => {
      stopping = true;
      await sleep(clock, drainMs);
      const cancel = clock.after(graceMs, () => {
        log.warn({ graceMs }, 'answers under way are cut off');
        for (const socket of sockets) socket.destroy();
      });
      closing = true;
      const closed = app.close();
      endUnused();
      await closed;
      cancel();
    },
  };
};

/** The client's end of a connection: the same for the socket and for TLS on it. */
const endOf = ({ remoteAddress = '', remotePort = 0 }: Socket): string => `${remoteAddress} ${remotePort}`;

/** An answer as it stands on the wire: of a request that could not be read there is none to reply to. */
const tooLong = (): string => {
  const why = `the request has more than ${HEAD_BYTES / 1024} KiB of URL and headers: the continue token is not one that this API gave, or a selector is too long`;
  const failure = new ApiFailure('BadRequest', why);
  const body = JSON.stringify(statusBodyOf(failure));
  const head = [
    `HTTP/1.1 ${failure.code} Bad Request`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return [...head, '', body].join('\r\n');
};

const failureOf = (error: unknown): ApiFailure => {
  if (error instanceof ApiFailure) return error;
  const code = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  const reason = REFUSED.get(code);
  return reason === undefined
    ? new ApiFailure('InternalError', 'an internal error occurred')
    : new ApiFailure(reason, quoted(asError(error).message));
};

/** What fastify itself refuses: a URL that cannot be decoded, a name that is longer than any, a media type that is none. */
const REFUSED: ReadonlyMap<unknown, FailureReason> = new Map([
  [400, 'BadRequest'],
  [404, 'NotFound'],
  [414, 'NotFound'],
  [415, 'UnsupportedMediaType'],
]);

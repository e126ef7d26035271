/** The server of the probes and the metrics: /healthz, /readyz (both with `?verbose`), /metrics. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { asError } from './errors.ts';
import type { Logger } from './log.ts';
import type { MetricsAccess } from './metricsAccess.ts';

/** True or nothing = good; false or a throw = bad. */
export type Check = () => boolean | undefined | Promise<boolean | undefined>;

export interface HealthOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Default: all addresses, IPv4 and IPv6. */
  readonly host?: string;
  /** /healthz: whether the process should be started anew when it fails. */
  readonly live?: Readonly<Record<string, Check>>;
  /** /readyz: whether the process does its work. */
  readonly ready?: Readonly<Record<string, Check>>;
  readonly registry?: Pick<Registry, 'metrics' | 'contentType'>;
  /** Given, /metrics is for those that it lets; the probes are for everybody. */
  readonly access?: MetricsAccess;
  /** PEM. Given, all is served by HTTPS: a token must not be read on its way. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly log?: Logger;
}

export interface HealthServer {
  readonly port: number;
  /** The certificate that new connections are shown from now on, PEM; of one that was started with some. */
  setTls(tls: { readonly cert: string; readonly key: string }): void;
  close(): Promise<void>;
}

/** Listens. Rejects when the port is taken. */
export const startHealthServer = async (options: HealthOptions): Promise<HealthServer> => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://probe');
    const reply = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      reply(405, 'method not allowed\n');
      return;
    }
    const checks =
      pathname === '/healthz' ? (options.live ?? {}) : pathname === '/readyz' ? (options.ready ?? {}) : null;
    if (checks !== null) {
      const { good, lines } = await runChecks(checks);
      reply(good ? 200 : 503, good && !searchParams.has('verbose') ? 'ok\n' : lines);
    } else if (pathname === '/metrics' && options.registry !== undefined) {
      const status = (await options.access?.(request.headers.authorization)) ?? 200;
      if (status === 200) reply(200, await options.registry.metrics(), options.registry.contentType);
      else reply(status, `${STATUS_CODES[status] ?? ''}\n`);
    } else {
      reply(404, 'not found\n');
    }
  };

  const listener: RequestListener = (request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(`${asError(error).message}\n`);
    });
  };
  const secure = options.tls && createTlsServer(options.tls, listener);
  const server = secure ?? createServer(listener);
  const { promise: listening, resolve, reject } = Promise.withResolvers<undefined>();
  // Later ones are of connections that could not be accepted, and concern no other.
  server.on('error', (error) => {
    reject(error);
    options.log?.warn({ error: error.message }, 'the server of probes and metrics has a failure');
  });
  server.listen({ port: options.port, host: options.host }, () => {
    resolve(undefined);
  });
  await listening;

  return {
    port: (server.address() as AddressInfo).port,
    setTls: (tls) => {
      secure?.setSecureContext(tls);
    },
    close: () =>
      new Promise((done) => {
        server.close(() => {
          done();
        });
        server.closeAllConnections();
      }),
  };
};

/** One line a check, as the API server's own /readyz?verbose. */
const runChecks = async (checks: Readonly<Record<string, Check>>): Promise<{ good: boolean; lines: string }> => {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<{ name: string; failure: string | undefined }> => {
      try {
        return { name, failure: (await check()) === false ? 'not yet' : undefined };
      } catch (error) {
        return { name, failure: asError(error).message };
      }
    }),
  );
  const lines = results.map(({ name, failure }) => (failure === undefined ? `[+]${name} ok` : `[-]${name} ${failure}`));
  return { good: results.every(({ failure }) => failure === undefined), lines: `${lines.join('\n')}\n` };
};

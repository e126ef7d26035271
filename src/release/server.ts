/** Where the leader is asked for releases: HTTPS, for the lease API alone, which shows the certificate that it serves with. */
import type { Server } from 'node:https';
import { checkServerIdentity, TLSSocket } from 'node:tls';
import Fastify, { type FastifyInstance } from 'fastify';
import { asError } from '../runtime/errors.ts';
import { listenEverywhere } from '../runtime/listen.ts';
import type { Logger } from '../runtime/log.ts';
import { RELEASE_PATH, type ReleaseAnswer, type ReleaseRequest, releaseRequest } from './request.ts';

/** PEM. */
export interface ServerTrust {
  readonly cert: string;
  readonly key: string;
  /** The roots of whoever may ask. */
  readonly ca: string;
}

export interface ReleaseServerOptions {
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  readonly trust: ServerTrust;
  /** Name in the certificate of the one that may ask. */
  readonly caller: string;
  readonly release: (request: ReleaseRequest) => Promise<ReleaseAnswer>;
  readonly log: Logger;
}

export interface ReleaseServer {
  readonly port: number;
  setTrust(trust: ServerTrust): void;
  /** Ends it; what is being answered is answered. */
  close(): Promise<void>;
}

const BODY_BYTES = 16 * 1024;
/** To send a request. */
const REQUEST_MS = 10_000;
/** The lease API has two pods, and asks for a few at a time. */
const CONNECTIONS = 128;

/** Listens. Rejects when the port is taken. */
export const startReleaseServer = async (options: ReleaseServerOptions): Promise<ReleaseServer> => {
  const { caller, release, log } = options;
  // Whoever has no certificate of these roots is not listened to.
  const tls = (trust: ServerTrust) => ({
    ...trust,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3' as const,
  });
  const app: FastifyInstance<Server> = Fastify({
    https: tls(options.trust),
    logger: false,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    // A connection is for one request: what it was trusted by is never long ago.
    keepAliveTimeout: 1,
  });
  app.server.maxConnections = CONNECTIONS;
  app.server.on('error', (error) => {
    log.warn({ error: error.message }, 'the server of releases has a failure');
  });
  app.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw;
    const isCaller =
      socket instanceof TLSSocket && checkServerIdentity(caller, socket.getPeerCertificate()) === undefined;
    if (!isCaller) await reply.code(403).send({ message: 'only the lease API may ask' });
  });
  app.setErrorHandler(async (error, _, reply) => {
    const code = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    if (code >= 500) log.error({ err: asError(error) }, 'the request for a release failed');
    await reply.code(code).send({ message: 'it is no request for a release' });
  });
  app.post(RELEASE_PATH, async (request, reply) => {
    const asked = releaseRequest.safeParse(request.body);
    return asked.success ? release(asked.data) : reply.code(400).send({ message: 'it is no request for a release' });
  });
  const listen = (host: string) => app.listen({ host, port: options.port });
  await (options.host === undefined ? listenEverywhere(listen) : listen(options.host));
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server of releases does not listen');
  return {
    port: address.port,
    setTrust: (trust) => {
      app.server.setSecureContext(tls(trust));
    },
    close: () => app.close(),
  };
};

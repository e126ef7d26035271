/** A server that is reached as Kea's control channel is, and answers whatever a test wants. */
import type { Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { KeaClient, KeaEndpoint } from '../../src/kea/client.ts';
import { connectKea } from '../../src/kea/connect.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { createAuthority, type KeyPair, type TestAuthority } from './certificates.ts';

export type FalseAnswer = (response: ServerResponse, socket: Socket) => void;

export interface FalseKea {
  /** What is done once a request was read to its end. */
  answer: FalseAnswer;
  readonly endpoint: KeaEndpoint;
  /** Half a second is the longest that it waits. */
  readonly client: KeaClient;
  /** Resets every connection, beneath TLS. */
  reset(): void;
}

/** Starts one for each test of the file. */
export const useFalseKea = (): FalseKea => {
  let authority: TestAuthority;
  let serving: KeyPair;
  let own: KeyPair;
  let server: Server;
  let endpoint: KeaEndpoint;
  let client: KeaClient;
  const raw = new Set<Socket>();
  const kea = {
    answer: (() => undefined) as FalseAnswer,
    get endpoint() {
      return endpoint;
    },
    get client() {
      return client;
    },
    reset: () => {
      for (const socket of raw) socket.resetAndDestroy();
    },
  };
  beforeAll(async () => {
    authority = await createAuthority();
    [serving, own] = [await authority.issue('kea', '127.0.0.1'), await authority.issue('operator')];
  });
  afterAll(() => authority.close());
  beforeEach(async () => {
    server = createServer({ ...serving }, (request, response) => {
      request.resume().on('end', () => {
        kea.answer(response, request.socket);
      });
    });
    server.on('connection', (socket: Socket) => {
      raw.add(socket);
      socket.on('close', () => raw.delete(socket));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const tls = { ca: authority.ca, ...own };
    endpoint = { name: 'one', url: `https://127.0.0.1:${port}/`, tls, auth: { user: 'u', password: 'p' } };
    client = connectKea(endpoint, DHCPV4, { timeoutMs: 500 });
  });
  afterEach(async () => {
    await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return kea;
};

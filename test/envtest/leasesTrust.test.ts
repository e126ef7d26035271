/** Whom the lease API's TLS server believes while the CA of kube-apiserver's proxy certificate changes, and how it ends. No API server is needed. */
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RequestHeaderConfig } from '../../src/apiserver/authenticate.ts';
import { type ApiServer, createApiServer } from '../../src/apiserver/server.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { createAuthority, type KeyPair, type TestAuthority } from '../support/certificates.ts';
import { sleep, until } from '../support/run.ts';

let own: TestAuthority;
let old: TestAuthority;
let fresh: TestAuthority;
let serving: KeyPair;
let [oldProxy, freshProxy]: KeyPair[] = [];
let server: ApiServer;
let agents: Agent[];
/** Lets the route /slow answer. */
let answer: () => void;

const believing = (authority: TestAuthority): RequestHeaderConfig => ({
  clientCa: authority.ca,
  allowedNames: ['front-proxy-client'],
  usernameHeaders: ['x-remote-user'],
  uidHeaders: [],
  groupHeaders: [],
  extraHeaderPrefixes: [],
});

beforeAll(async () => {
  [own, old, fresh] = await Promise.all([createAuthority(), createAuthority(), createAuthority()]);
  serving = await own.issue('lease API', '127.0.0.1');
  [oldProxy, freshProxy] = await Promise.all([old.issue('front-proxy-client'), fresh.issue('front-proxy-client')]);
});
afterAll(() => Promise.all([own.close(), old.close(), fresh.close()]));

beforeEach(async () => {
  agents = [];
  const { promise, resolve } = Promise.withResolvers<undefined>();
  answer = () => {
    resolve(undefined);
  };
  server = createApiServer({
    certificate: serving,
    missing: () => undefined,
    metrics: undefined,
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    routes: (userOf) => [
      { url: '/apis', verb: 'discovery', handle: (incoming) => ({ user: userOf(incoming).name }) },
      { url: '/slow', verb: 'list', handle: () => promise.then(() => ({})) },
      { url: '/stream', verb: 'list', handle: () => Readable.from(pieces()) },
    ],
  });
  await server.listen('127.0.0.1', 0);
});
afterEach(async () => {
  for (const agent of agents) agent.destroy();
  await server.stop(0, 500);
});

/** Much, in pieces. */
const pieces = async function* (): AsyncGenerator<string> {
  for (let piece = 0; piece < 500; piece++) {
    await sleep(1);
    yield 'x'.repeat(10_000);
  }
};

/** A server that ends a connection with bytes of it unread resets it, and an `error` that nobody hears would fail the whole run. */
const unmoved = <S extends Socket>(socket: S): S => socket.on('error', () => undefined);

/** A client that keeps its connection. */
const client = (identity: KeyPair | undefined): Agent => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: own.ca, ...identity });
  agents.push(agent);
  return agent;
};
interface Answer {
  readonly code: number | undefined;
  /** The port that the client spoke from: the same for the same connection. */
  readonly from: number | undefined;
}
const get = (agent: Agent, path = '/apis'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const target = {
      host: '127.0.0.1',
      port: server.address().port,
      path,
      agent,
      headers: { 'x-remote-user': 'alice' },
    };
    const sent = request(target, (response) => {
      const from = response.socket.localPort;
      response.resume();
      response.on('end', () => {
        resolve({ code: response.statusCode, from });
      });
    });
    sent.on('error', reject);
    sent.end();
  });

it('believes nobody as long as it does not know whom, and is not ready', async () => {
  expect(server.missing()).toBe('whom to believe is not known yet');
  expect((await get(client(oldProxy))).code).toBe(401);
  server.setRequestHeaders(believing(old));
  expect(server.missing()).toBeUndefined();
});

it('believes the certificates of the CA that it was told', async () => {
  server.setRequestHeaders(believing(old));
  expect((await get(client(oldProxy))).code).toBe(200);
  expect((await get(client(freshProxy))).code).toBe(401);
  expect((await get(client(undefined))).code).toBe(401);
});

it('keeps connections through settings of the same CA', async () => {
  server.setRequestHeaders(believing(old));
  const agent = client(oldProxy);
  const { from } = await get(agent);
  server.setRequestHeaders(believing(old));
  expect(await get(agent)).toEqual({ code: 200, from });
});

it('believes a connection of the old CA no more once there is a new one', async () => {
  server.setRequestHeaders(believing(old));
  const [idle, known] = [client(oldProxy), client(freshProxy)];
  const { from } = await get(idle);
  server.setRequestHeaders(believing(fresh));
  await sleep(50);
  const after = await get(idle);
  expect(after.code).toBe(401);
  expect(after.from).not.toBe(from);
  expect((await get(known)).code).toBe(200);
});

it('answers what was asked before the change, and ends the connection then', async () => {
  server.setRequestHeaders(believing(old));
  const agent = client(oldProxy);
  const slow = get(agent, '/slow');
  await sleep(100);
  server.setRequestHeaders(believing(fresh));
  answer();
  const { code, from } = await slow;
  expect(code).toBe(200);
  await sleep(50);
  expect((await get(agent)).from).not.toBe(from);
});

it('does not take up a TLS session of the old CA', async () => {
  server.setRequestHeaders(believing(old));
  const { port } = server.address();
  const target = { host: '127.0.0.1', port, ca: own.ca, maxVersion: 'TLSv1.2' as const, ...oldProxy };
  const first = unmoved(connect(target));
  await once(first, 'secureConnect');
  const session = first.getSession();
  first.destroy();
  expect(session).toBeDefined();
  server.setRequestHeaders(believing(fresh));
  const again = unmoved(connect({ ...target, session }));
  await once(again, 'secureConnect');
  again.write('GET /apis HTTP/1.1\r\nhost: x\r\nx-remote-user: alice\r\nconnection: close\r\n\r\n');
  const [text] = (await once(again, 'data')) as [Buffer];
  expect(text.toString()).toMatch(/^HTTP\/1\.1 401/);
  again.destroy();
});

it('breaks off a handshake that began before it believed another authority', async () => {
  server.setRequestHeaders(believing(old));
  const raw = unmoved(connectTcp(server.address().port, '127.0.0.1'));
  await once(raw, 'connect');
  await sleep(50);
  const closed = once(raw, 'close');
  server.setRequestHeaders(believing(fresh));
  expect(await Promise.race([closed.then(() => 'closed'), sleep(2000).then(() => 'open')])).toBe('closed');
});

it('ends at once with connections that nobody uses', async () => {
  server.setRequestHeaders(believing(old));
  await get(client(oldProxy));
  const unused = unmoved(connect({ host: '127.0.0.1', port: server.address().port, ca: own.ca }));
  await once(unused, 'secureConnect');
  const started = performance.now();
  await server.stop(0, 10_000);
  expect(performance.now() - started).toBeLessThan(2_000);
});

it('ends at once with a client that never speaks', async () => {
  const silent = unmoved(connectTcp(server.address().port, '127.0.0.1'));
  await once(silent, 'connect');
  const started = performance.now();
  await server.stop(0, 10_000);
  expect(performance.now() - started).toBeLessThan(2_000);
  silent.destroy();
});

// An `error` of the server's that nobody hears would fail this run.
it('outlives clients that break off at any point', async () => {
  server.setRequestHeaders(believing(old));
  const { port } = server.address();
  for (const words of ['', 'GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\u0002\0', '\u0016\u0003\u0001\0\u0005hello']) {
    const raw = unmoved(connectTcp(port, '127.0.0.1'));
    await once(raw, 'connect');
    if (words !== '') raw.write(words);
    await sleep(20);
    raw.resetAndDestroy();
  }
  for (const path of ['/slow', '/stream']) {
    const raw = unmoved(connectTcp(port, '127.0.0.1'));
    const socket = unmoved(connect({ socket: raw, host: '127.0.0.1', ca: own.ca, ...oldProxy }));
    await once(socket, 'secureConnect');
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nx-remote-user: alice\r\n\r\n`);
    await sleep(50);
    raw.resetAndDestroy();
  }
  answer();
  await sleep(100);
  expect((await get(client(oldProxy))).code).toBe(200);
});

it('waits with its end for answers under way', async () => {
  server.setRequestHeaders(believing(old));
  const slow = get(client(oldProxy), '/slow');
  await sleep(100);
  const stopped = server.stop(0, 10_000);
  await sleep(100);
  answer();
  expect((await slow).code).toBe(200);
  await stopped;
});

it('is not ready while it drains, and answers all the same', async () => {
  server.setRequestHeaders(believing(old));
  const stopped = server.stop(400, 1_000);
  expect(server.missing()).toBe('the server is stopping');
  expect((await get(client(oldProxy), '/readyz')).code).toBe(503);
  expect((await get(client(oldProxy))).code).toBe(200);
  await stopped;
  await until(
    'the end',
    5,
    () =>
      get(client(oldProxy)).then(
        () => false,
        () => true,
      ),
    50,
  );
});

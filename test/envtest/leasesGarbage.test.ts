/** A thousand requests at once with garbage in every parameter, over real HTTPS: refused in words or answered, and forgotten. No API server is needed. */
import { Agent, request } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leaseRoutes } from '../../src/apiserver/routes.ts';
import { type ApiServer, createApiServer } from '../../src/apiserver/server.ts';
import type { Holder, ReleaseAnswer, ReleaseRequest } from '../../src/release/request.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { createAuthority, type KeyPair, type TestAuthority } from '../support/certificates.ts';
import { collectGarbage } from '../support/garbage.ts';
import { leasesInMemory, NAMELESS } from '../support/leaseSources.ts';
import { type Random, randomFrom } from '../support/random.ts';

const REQUESTS = 1_000;
const ROUNDS = 3;
/** What a process may keep of a request, in bytes. With the connections gone, what is alive goes up and down by 100 KB from round to round. */
const KEPT = 1024;

/** What is alive, bytes: what the allocator keeps for the next ones is no growth. */
const alive = (): number => {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** What is alive once every connection is closed (each has buffers of TLS, 80 KB of both ends) and a collection finds nothing more to free. */
const aliveAtRest = async (): Promise<number> => {
  let before = Number.POSITIVE_INFINITY;
  for (;;) {
    const now = alive();
    const closed = !process.getActiveResourcesInfo().includes('TCPSocketWrap');
    if (closed && before - now < 64 * 1024) return now;
    before = now;
    await setTimeout(100);
  }
};

let own: TestAuthority;
let proxies: TestAuthority;
let proxy: KeyPair;
let server: ApiServer;
/** Of which clients the operator was asked to release a lease: it would, had it been theirs. */
const asked: Holder[] = [];

beforeAll(async () => {
  [own, proxies] = await Promise.all([createAuthority(), createAuthority()]);
  proxy = await proxies.issue('front-proxy-client');
  const leases = Array.from({ length: 2_000 }, (_, n) => ({
    address: `10.0.${n >> 8}.${n & 255}`,
    subnetId: 7,
    hostname: `host-${n}`,
    state: 'Active' as const,
    cltt: 0,
    validLifetime: 60,
  }));
  const source = leasesInMemory(() => leases);
  const operator = ({ holder }: ReleaseRequest): Promise<ReleaseAnswer> => {
    asked.push(holder);
    return Promise.resolve({ outcome: 'Conflict', message: 'the lease is of another client' });
  };
  server = createApiServer({
    certificate: await own.issue('lease API', '127.0.0.1'),
    missing: () => undefined,
    metrics: undefined,
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    routes: (userOf) =>
      leaseRoutes({
        userOf,
        authorizer: { authorize: () => Promise.resolve() },
        sources: () => ({
          in: () => [{ namespace: 'dhcp', pair: 'office', ipFamily: 'IPv4', source }],
          close: () => Promise.resolve(),
        }),
        naming: NAMELESS,
        subnetsOf: () => [{ id: 7, name: 'lan', sharedNetwork: undefined }],
        clock: systemClock,
        onLeases: () => undefined,
        operator,
      }),
  });
  server.setRequestHeaders({
    clientCa: proxies.ca,
    allowedNames: [],
    usernameHeaders: ['x-remote-user'],
    uidHeaders: [],
    groupHeaders: [],
    extraHeaderPrefixes: [],
  });
  await server.listen('127.0.0.1', 0);
});
afterAll(async () => {
  await server.stop(0, 500);
  await Promise.all([own.close(), proxies.close()]);
});

const PIECES = [
  'kea-operator.io/state',
  'spec.address=10.0.0.0/16',
  'spec.hostname=',
  ' in (',
  'a'.repeat(5_000),
  '!'.repeat(500),
  '\u0000',
  '\u001b[2J',
  '%',
  '\ud83d\ude00',
  ',',
  '(',
  ')',
  '=',
  '\\',
  '*',
  "'; DROP TABLE lease4; --",
  '9'.repeat(400),
  '-1',
  'eyJ2IjoyfQ',
] as const;
const KEYS = ['labelSelector', 'fieldSelector', 'continue', 'limit', 'includeObject', 'resourceVersionMatch'] as const;
const PATHS = ['/leases', '/namespaces/dhcp/leases', '/namespaces/dhcp/leases/10.0.0.1'] as const;

const queryOf = (random: Random): string =>
  KEYS.filter(() => random.chance(0.5))
    .map((key) => {
      const parts = Array.from({ length: random.below(5) }, () => random.pick(PIECES));
      return `${key}=${encodeURIComponent(parts.join(''))}`;
    })
    .join('&');

interface Asked {
  readonly path: string;
  readonly body?: string;
  readonly type?: string;
}
const listOrGet = (random: Random): Asked => ({ path: `${random.pick(PATHS)}?${queryOf(random)}` });

const WORDS = ['hwAddress', 'clientId', 'duid', 'hwAdress', '__proto__', 'constructor', 'toString', ...PIECES] as const;
const VALUES = [
  null,
  7,
  [],
  {},
  ['02:00'],
  { hwAddress: '02:00:5e:10:00:01' },
  '02:00:5e:10:00:zz',
  ...PIECES,
] as const;
const TYPES = [
  'application/json',
  'application/json; charset=\u00fc',
  'text/plain',
  'multipart/form-data',
  ';;;',
  '',
] as const;
/** An object with a member of any name and any value, as JSON has it: none says a client and no more. */
const member = (random: Random, value = JSON.stringify(random.pick(VALUES))): string =>
  `{${JSON.stringify(random.pick(WORDS))}:${value}}`;
/** An empty object is a release of whoever has the lease. */
const NO_BODIES = [null, 7, [], ...PIECES] as const;
const BODIES = [
  // What is right, and of another client.
  (): string => '{"spec":{"hwAddress":"02-00-5E-10-00-01"}}',
  (random: Random): string => Array.from({ length: 1 + random.below(5) }, () => random.pick(PIECES)).join(''),
  (random: Random): string => JSON.stringify(random.pick(NO_BODIES)),
  (random: Random): string => member(random),
  (random: Random): string => `{"spec":${member(random)}}`,
  (random: Random): string => `{"kind":${JSON.stringify(random.pick(VALUES))},"spec":{"duid":"00:01"}}`,
  (random: Random): string => member(random, member(random)),
  (random: Random): string => '['.repeat(1 + random.below(60_000)),
  (random: Random): string => `{"spec":{"duid":"${'00'.repeat(random.below(50_000))}`,
] as const;
const release = (random: Random): Asked => {
  const name = random.chance(0.8) ? '10.0.0.1' : encodeURIComponent(random.pick(PIECES));
  const query = random.chance(0.2) ? `?dryRun=${encodeURIComponent(random.pick(PIECES))}` : '';
  const path = `/namespaces/dhcp/leases/${name}/release${query}`;
  return { path, body: random.pick(BODIES)(random), type: random.chance(0.7) ? TYPES[0] : random.pick(TYPES) };
};

const ask = (agent: Agent, { path, body, type }: Asked, user: string): Promise<{ code: number; body: string }> =>
  new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = { 'x-remote-user': user, ...(type === undefined || type === '' ? {} : { 'content-type': type }) };
    const at = { host: '127.0.0.1', port: server.address().port, path: `/apis/state.kea-operator.io/v1alpha1${path}` };
    const sent = request({ ...at, method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });

/** How often each code is the answer. */
const round = async (random: Random, make: (random: Random) => Asked): Promise<ReadonlyMap<number, number>> => {
  const agent = new Agent({ ca: own.ca, ...proxy, keepAlive: true });
  const answers = await Promise.all(
    Array.from({ length: REQUESTS }, () => ask(agent, make(random), `user-${random.below(20)}`)),
  );
  agent.destroy();
  const codes = new Map<number, number>();
  for (const { code, body } of answers) {
    codes.set(code, (codes.get(code) ?? 0) + 1);
    expect(JSON.parse(body), body.slice(0, 200)).toHaveProperty('apiVersion');
  }
  return codes;
};

it.each([
  ['lists and gets', listOrGet, [200, 400, 404, 410, 429], 200],
  ['releases', release, [400, 404, 409, 413, 415], 409],
] as const)('of %s none is an internal error, and nothing is kept of them', async (_what, make, expected, some) => {
  const random = randomFrom(12);
  const sizes: number[] = [];
  for (let n = 0; n < ROUNDS; n++) {
    const codes = await round(random, make);
    expect([...codes.keys()].filter((code) => !(expected as readonly number[]).includes(code))).toEqual([]);
    expect(codes.get(400) ?? 0).toBeGreaterThan(REQUESTS / 4);
    expect(codes.get(some) ?? 0).toBeGreaterThan(0);
    sizes.push(await aliveAtRest());
  }
  // The first round also loads what is loaded once.
  const [before = NaN, last = NaN] = sizes.slice(1).slice(-2);
  expect(last - before).toBeLessThan(REQUESTS * KEPT);
  // What a person misspelt must not be a release of whoever has the lease.
  expect(asked.filter((holder) => Object.keys(holder).length === 0)).toEqual([]);
});

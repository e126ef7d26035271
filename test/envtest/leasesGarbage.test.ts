/** A thousand requests at once with garbage in every parameter, over real HTTPS: refused in words or answered, and forgotten. No API server is needed. */
import { Agent, request } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leaseRoutes } from '../../src/apiserver/routes.ts';
import { type ApiServer, createApiServer } from '../../src/apiserver/server.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { createAuthority, type KeyPair, type TestAuthority } from '../support/certificates.ts';
import { leasesInMemory, NAMELESS } from '../support/leaseSources.ts';
import { type Random, randomFrom } from '../support/random.ts';

const REQUESTS = 1_000;
const ROUNDS = 4;
/** What a process may keep of a thousand requests, in bytes: the buffers of their connections. */
const KEPT = 150 * 1024 * 1024;

let own: TestAuthority;
let proxies: TestAuthority;
let proxy: KeyPair;
let server: ApiServer;

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

const ask = (agent: Agent, path: string, user: string): Promise<{ code: number; body: string }> =>
  new Promise((resolve, reject) => {
    const headers = { 'x-remote-user': user };
    const target = { host: '127.0.0.1', port: server.address().port, path, agent, headers };
    const sent = request(target, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', reject);
    sent.end();
  });

const round = async (random: Random): Promise<ReadonlyMap<number, number>> => {
  const agent = new Agent({ ca: own.ca, ...proxy, keepAlive: true });
  const answers = await Promise.all(
    Array.from({ length: REQUESTS }, () => {
      const path = `/apis/state.kea-operator.io/v1alpha1${random.pick(PATHS)}?${queryOf(random)}`;
      return ask(agent, path, `user-${random.below(20)}`);
    }),
  );
  agent.destroy();
  const codes = new Map<number, number>();
  for (const { code, body } of answers) {
    codes.set(code, (codes.get(code) ?? 0) + 1);
    expect(() => JSON.parse(body) as unknown, body.slice(0, 200)).not.toThrow();
  }
  return codes;
};

it('none is an internal error, and nothing is kept of them', async () => {
  const random = randomFrom(12);
  const sizes: number[] = [];
  for (let n = 0; n < ROUNDS; n++) {
    const codes = await round(random);
    expect([...codes.keys()].filter((code) => ![200, 400, 404, 410, 429].includes(code))).toEqual([]);
    expect(codes.get(400) ?? 0).toBeGreaterThan(REQUESTS / 4);
    expect(codes.get(200) ?? 0).toBeGreaterThan(0);
    sizes.push(process.memoryUsage().rss);
  }
  const [first = 0, ...later] = sizes;
  expect(Math.max(...later) - first).toBeLessThan(KEPT);
});

import fc from 'fast-check';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authenticate, readRequestHeaderConfig } from '../../../src/apiserver/authenticate.ts';
import { ApiFailure, statusBodyOf } from '../../../src/apiserver/failure.ts';
import { leaseRoutes } from '../../../src/apiserver/routes.ts';
import { createFakeClock } from '../../support/fakeClock.ts';
import { fuzz, fuzzAnswers, INPUTS, isLine } from '../../support/fuzz.ts';
import { hostileText } from '../../support/hostile.ts';
import { leasesInMemory, NAMELESS } from '../../support/leaseSources.ts';

const LEASE = { address: '192.0.2.1', subnetId: 1, state: 'Active', cltt: 0, validLifetime: 60 } as const;
const source = leasesInMemory(() => [LEASE]);

let app: FastifyInstance;
let failed: unknown;
beforeAll(() => {
  app = Fastify({ routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true } });
  const routes = leaseRoutes({
    userOf: () => ({ name: 'u', groups: [], extra: {} }),
    authorizer: { authorize: () => Promise.resolve() },
    sources: () => ({
      in: (namespace) =>
        namespace === undefined || namespace === 'dhcp'
          ? [{ namespace: 'dhcp', pair: 'x', ipFamily: 'IPv4', source }]
          : [],
      close: () => Promise.resolve(),
    }),
    naming: NAMELESS,
    subnetsOf: () => [],
    clock: createFakeClock(),
    onLeases: () => undefined,
  });
  for (const { url, handle } of routes) app.get(url, (request, reply) => handle(request, reply));
  app.setErrorHandler((error, _, reply) => {
    if (!(error instanceof ApiFailure)) failed = error;
    else expect(isLine(error.message), error.message).toBe(true);
    return reply
      .code(error instanceof ApiFailure ? error.code : 400)
      .send(error instanceof ApiFailure ? statusBodyOf(error) : {});
  });
});
afterAll(() => app.close());

/** What a URL and a header can hold; the rest is written as bytes, or not at all. */
const encoded = hostileText(600, ['leases', 'namespaces', 'dhcp', '192.0.2.1', '/', '%2f', '..']).map((text) =>
  encodeURIComponent(text.toWellFormed()),
);
const plain = hostileText(600, ['leases', '/', '%', '%zz', '%00', '?', '&', '=', '//', '/.', ';']).map((text) =>
  text.replaceAll(/[^!-~]|#/g, ''),
);
const piece = fc.oneof(encoded, plain);
const ROOT = '/apis/state.kea-operator.io/v1alpha1';
const path = fc.oneof(
  fc.constantFrom(
    '/apis',
    ROOT,
    '/openapi/v2',
    `${ROOT}/leases`,
    `${ROOT}/namespaces/dhcp/leases`,
    `${ROOT}/namespaces/dhcp/leases/192.0.2.1`,
  ),
  piece.map((text) => `${ROOT}/${text}`),
  piece.map((text) => `${ROOT}/namespaces/${text}/leases`),
  piece.map((text) => `${ROOT}/namespaces/dhcp/leases/${text}`),
);
const KEYS = ['limit', 'continue', 'fieldSelector', 'labelSelector', 'resourceVersionMatch', 'includeObject', 'watch'];
/** Selectors that are nearly right. */
const words = [
  'kea-operator.io/state',
  'a/b',
  'in',
  'notin',
  '(',
  ')',
  ',',
  '=',
  '==',
  '!=',
  '!',
  '>',
  ' ',
  'Active',
  '',
];
const fields = ['spec.', 'status.', 'metadata.name', 'address', 'hostname', 'hwAddress', 'duid', 'subnetId', 'state'];
const selector = fc
  .array(fc.constantFrom(...words, ...fields, '\\', '*', '192.0.2.0/24', '0:1', 'printer', '9'.repeat(20)), {
    maxLength: 12,
  })
  .map((parts) => encodeURIComponent(parts.join('')));
const query = fc.array(
  fc.tuple(
    fc.constantFrom(...KEYS),
    fc.oneof(piece, selector, fc.constantFrom('1', '500', 'metadata.name%3D192.0.2.1')),
  ),
  { maxLength: 3 },
);
const request = fc.record({
  path,
  query: query.map((parameters) => parameters.map((pair) => pair.join('=')).join('&')),
  accept: fc.option(plain, { nil: undefined, freq: 1 }),
});

it('a request is answered or refused by name, whatever it asks for', async () => {
  await fuzzAnswers(INPUTS / 10, request, async ({ path, query, accept }) => {
    failed = undefined;
    const headers = accept === undefined ? {} : { accept };
    const answer = await app.inject({ method: 'GET', url: query === '' ? path : `${path}?${query}`, headers });
    // What fastify itself refuses is a URL that cannot be decoded.
    if (failed !== undefined) expect(failed).toMatchObject({ statusCode: 400 });
    expect([200, 304, 400, 404, 405, 406, 410, 414]).toContain(answer.statusCode);
    expect(() => JSON.parse(answer.body) as unknown).not.toThrow();
  });
});

it('a user is who the headers say, whatever else they hold', () => {
  const config = readRequestHeaderConfig({
    'requestheader-client-ca-file': 'CA',
    'requestheader-allowed-names': '[]',
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  });
  const socket = { authorized: true, getPeerCertificate: () => ({ subject: { CN: 'front-proxy' } }) };
  const name = fc.oneof(
    fc.constantFrom(
      'x-remote-user',
      'x-remote-group',
      'x-remote-uid',
      'x-remote-extra-',
      'x-remote-extra-constructor',
      '__proto__',
    ),
    piece.map((text) => `x-remote-extra-${text.toLowerCase()}`),
  );
  const headers = fc.array(fc.tuple(name, fc.array(hostileText(300), { maxLength: 3 })), { maxLength: 6 });
  fuzz(INPUTS / 4, headers, (given) => {
    const headersDistinct = Object.fromEntries(given);
    const user = authenticate({ headersDistinct, socket }, config);
    const known = headersDistinct['x-remote-user']?.find((value) => value !== '');
    expect(user?.name).toBe(known);
    for (const values of Object.values(user?.extra ?? {})) expect(Array.isArray(values)).toBe(true);
  });
});

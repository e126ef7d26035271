/** What a request costs at most: time, and the time of who asks; over real HTTP. What is answered is the matter of the suite behind kube-apiserver. */
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../test/support/fakeClock.ts';
import { NAMELESS } from '../../test/support/leaseSources.ts';
import { until } from '../../test/support/run.ts';
import type { LeasePage } from '../leases/source.ts';
import { ApiFailure, statusBodyOf } from './failure.ts';
import type { GuardedSource } from './guard.ts';
import { leaseRoutes } from './routes.ts';
import type { PairLeases } from './sources.ts';

let app: FastifyInstance;
let clock: FakeClock;
let pairs: PairLeases[];
let address: string;
beforeEach(async () => {
  clock = createFakeClock();
  app = Fastify();
  const routes = leaseRoutes({
    userOf: () => ({ name: 'u', groups: [], extra: {} }),
    authorizer: { authorize: () => Promise.resolve() },
    sources: () => ({
      in: (namespace) => pairs.filter((of) => namespace === undefined || of.namespace === namespace),
      close: () => Promise.resolve(),
    }),
    naming: NAMELESS,
    subnetsOf: () => [],
    clock,
    onLeases: () => undefined,
  });
  for (const { url, handle } of routes) app.get(url, (request, reply) => handle(request, reply));
  app.setErrorHandler((error, _, reply) => {
    const failure = error instanceof ApiFailure ? error : new ApiFailure('InternalError', String(error));
    return reply.code(failure.code).send(statusBodyOf(failure));
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/apis/state.kea-operator.io/v1alpha1`;
});
afterEach(() => app.close());

const lease = { address: '192.0.2.1', subnetId: 1, state: 'Active', cltt: 0, validLifetime: 60 } as const;
/** A pair whose store answers with these pages, and then never again; `hung` tells of how many reads, `ended` how many of them were given up. */
const pairOf = (
  namespace: string,
  ...pages: readonly LeasePage[]
): PairLeases & { readonly hung: () => number; readonly ended: () => number } => {
  const left = [...pages];
  let [hung, ended] = [0, 0];
  const hang = (signal: AbortSignal | undefined): Promise<never> =>
    new Promise((_, reject) => {
      hung++;
      signal?.addEventListener('abort', () => {
        ended++;
        reject(signal.reason as Error);
      });
    });
  const next = (signal: AbortSignal | undefined): Promise<LeasePage> => {
    const page = left.shift();
    return page === undefined ? hang(signal) : Promise.resolve(page);
  };
  const source: GuardedSource = {
    get: (_address, signal) => hang(signal),
    page: (_limit, _after, signal) => next(signal),
    select: (_selection, _limit, _after, signal) => next(signal),
    look: () => Promise.resolve(),
    ofAddresses: () => Promise.resolve([]),
    usage: () => Promise.resolve([]),
    countActive: () => Promise.resolve(new Map()),
    remaining: () => Promise.resolve(new Map()),
    close: () => Promise.resolve(),
  };
  return { namespace, pair: 'x', ipFamily: 'IPv4', source, hung: () => hung, ended: () => ended };
};
/** Moves the time on once the request waits for it. */
const after = async (ms: number): Promise<void> => {
  await until('the limit', 5, () => Promise.resolve(clock.pending > 0), 5);
  await clock.advance(ms);
};

describe('a store that never answers', () => {
  it.each([
    ['one lease', '/namespaces/evil/leases/192.0.2.1'],
    ['one lease by its name', '/namespaces/evil/leases?limit=500&fieldSelector=metadata.name%3D192.0.2.1'],
    ['a page of a selection', '/namespaces/evil/leases?limit=500&labelSelector=kea-operator.io/state%3DActive'],
    ['a page', '/namespaces/evil/leases?limit=500'],
    ['a page across all namespaces', '/leases?limit=500'],
  ])('ends the request for %s after 30 s', async (_, path) => {
    const pair = pairOf('evil');
    pairs = [pair];
    const asked = fetch(address + path);
    await after(30_000);
    const answer = await asked;
    expect([answer.status, await answer.json()]).toMatchObject([
      504,
      {
        reason: 'Timeout',
        message: 'the leases could not be read within 30 s: ask for those of one namespace, or page by page',
      },
    ]);
    expect(pair.ended()).toBe(1);
  });

  it('in the middle of a list breaks the list off after a minute, as one that is whole would have an end', async () => {
    const pair = pairOf('evil', { leases: [lease], next: lease.address });
    pairs = [pair];
    const answer = await fetch(`${address}/namespaces/evil/leases`);
    expect(answer.status).toBe(200);
    await until('the next batch', 5, () => Promise.resolve(pair.hung() === 1), 5);
    await after(60_000);
    await expect(answer.text()).rejects.toThrow();
    expect(pair.ended()).toBe(1);
  });

  it('is not waited for when nobody waits for the answer any more', async () => {
    const pair = pairOf('evil');
    pairs = [pair];
    const gone = new AbortController();
    const asked = fetch(`${address}/namespaces/evil/leases?limit=500`, { signal: gone.signal });
    await until('the request', 5, () => Promise.resolve(clock.pending > 0), 5);
    gone.abort();
    await expect(asked).rejects.toThrow();
    await until('the end', 5, () => Promise.resolve(pair.ended() === 1), 5);
    expect(clock.pending).toBe(0);
  });
});

it('a list across all namespaces tells of pairs that cannot be read in as many words as headers have room for', async () => {
  const failing = (n: number): PairLeases => {
    const pair = pairOf(`n${n}`);
    const look = () => Promise.reject(new ApiFailure('ServiceUnavailable', `${n}: ${'"\u001b\n'.repeat(1000)}`));
    return { ...pair, source: { ...pair.source, look } };
  };
  pairs = [...Array.from({ length: 100 }, (_, n) => failing(n)), pairOf('office', { leases: [lease] })];
  const answer = await fetch(`${address}/leases?limit=500`);
  expect(await answer.json()).toMatchObject({ items: [{ metadata: { namespace: 'office' } }] });
  const warnings = (answer.headers.get('warning') ?? '').split(', 299');
  expect(warnings).toHaveLength(16);
  expect(warnings.at(-1)).toContain('leases of further HAPairs may be missing here');
  for (const warning of warnings) {
    expect(warning.length).toBeLessThan(450);
    expect(warning).toMatch(/^[\x20-\x7e]+$/);
  }
});

it.each([
  ['the pairs of one namespace', '/namespaces/office/leases?limit=500'],
  ['those of all', '/leases?limit=500'],
])('a pair that cannot be read is a warning in a list of %s, where there are others', async (_, path) => {
  const failing = pairOf('office');
  const look = () => Promise.reject(new ApiFailure('ServiceUnavailable', 'leases of HAPair office/y cannot be read'));
  pairs = [pairOf('office', { leases: [lease] }), { ...failing, pair: 'y', source: { ...failing.source, look } }];
  const answer = await fetch(address + path);
  expect([answer.status, answer.headers.get('warning')]).toEqual([
    200,
    '299 - "leases of HAPair office/y cannot be read; its leases are missing here"',
  ]);
  pairs = pairs.map((of) => ({ ...of, source: { ...of.source, look } }));
  expect((await fetch(address + path)).status).toBe(503);
});

it('a page that finds nothing in ten seconds is empty, and says where it goes on', async () => {
  const pair = pairOf('office');
  let parts = 0;
  const select = async () => {
    await clock.advance(2_500);
    parts++;
    return { leases: [], next: `192.0.2.${parts}` };
  };
  pairs = [{ ...pair, source: { ...pair.source, select } }];
  const answer = await fetch(`${address}/namespaces/office/leases?limit=500&fieldSelector=spec.hostname%3Dx*`);
  const { items, metadata } = (await answer.json()) as { items: object[]; metadata: { continue: string } };
  expect([answer.status, items, parts]).toEqual([200, [], 4]);
  expect(JSON.parse(Buffer.from(metadata.continue, 'base64url').toString())).toMatchObject({ v: 2, a: '192.0.2.4' });
});

import { expect, it } from 'vitest';
import { pair, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { emptySources } from '../../test/support/sources.ts';
import type { HAPair } from '../api/index.ts';
import { type KeaClient, KeaUnreachable } from '../kea/client.ts';
import type { ServerFigures } from '../metrics/leases.ts';
import { createLogger } from '../runtime/log.ts';
import type { ServerSession } from '../servers/session.ts';
import { followChildren } from '../sync/gather.ts';
import { createServerFigures, type ServerFiguresDeps } from './serverFigures.ts';

const server = (name: string, call: KeaClient['call'], reachable = true): ServerSession =>
  ({ client: { name, call }, lastView: () => ({ name, reachable }) }) as unknown as ServerSession;

/** What is told of the servers of the pair hq, that many Subnets to each. */
const round = async (servers: readonly ServerSession[], subnets = 1, pairs: readonly HAPair[] = [pair()]) => {
  const caches = emptySources();
  caches.pairs.replace([...pairs]);
  caches.subnets.replace(
    Array.from({ length: subnets }, (_, n) => subnet(`s${n}`, { ...TO_PAIR, cidr: `10.${n >> 8}.${n & 255}.0/24` })),
  );
  const told: ReadonlyMap<string, ServerFigures>[] = [];
  const deps = {
    caches: followChildren(caches),
    sessions: { get: () => ({ connections: { current: () => ({ servers }) } }) },
    metrics: { statistics: (_: unknown, __: unknown, all: ReadonlyMap<string, ServerFigures>) => told.push(all) },
  } as unknown as ServerFiguresDeps;
  const outcome = await createServerFigures(deps)('prod/hq', {
    signal: new AbortController().signal,
    log: createLogger({ level: 'silent' }),
  });
  return { told, again: outcome.requeueAfterMs };
};

it('all that a server counts is asked for, and one that does not answer has no figures', async () => {
  const statistics = new Map([['pkt4-ack-sent', 3]]);
  const a = server('a', (command: string) =>
    command === 'statistic-get-all' ? Promise.resolve(statistics) : Promise.reject(new Error(command)),
  );
  const refuses = server('b', () => Promise.reject(new KeaUnreachable('no answer')));
  const away = server('c', () => Promise.reject(new Error('asked')), false);
  const { told, again } = await round([a, refuses, away]);
  expect(told).toEqual([new Map([['a', statistics]])]);
  expect(again).toBe(30_000);
});

it('with a great many subnets what it counts as a whole is asked for alone, each by its name', async () => {
  const asked = new Set<string>();
  const one = server('a', (command: string, { name }: { name: string }) => {
    asked.add(command);
    return Promise.resolve(new Map([[name, 1]]));
  });
  const { told } = await round([one], 501);
  expect([...asked]).toEqual(['statistic-get']);
  const names = [...(told[0]?.get('a')?.keys() ?? [])];
  expect(names).toContain('pkt4-discover-received');
  expect(names.filter((name) => name.startsWith('subnet'))).toEqual([]);
});

it('of a pair that is gone nothing is told any more', async () => {
  expect(await round([], 0, [])).toEqual({ told: [new Map()], again: undefined });
});

import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { pair, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { emptySources } from '../../test/support/sources.ts';
import type { HAPair, Subnet } from '../api/index.ts';
import { formatRange, type Range } from '../kea/address.ts';
import { type KeaClient, KeaUnreachable } from '../kea/client.ts';
import { IPV4 } from '../kea/ipv4.ts';
import { type LeaseSource, LeasesUnavailable } from '../leases/source.ts';
import type { ServerFigures } from '../metrics/leases.ts';
import type { SubnetStatistics } from '../metrics/statistics.ts';
import { createLogger } from '../runtime/log.ts';
import type { ServerSession } from '../servers/session.ts';
import type { LeaseStatus } from '../status/leaseStatuses.ts';
import { followChildren } from '../sync/gather.ts';
import { createStatistics, type StatisticsDeps } from './statistics.ts';

const POOL = [{ pool: '10.0.0.10-10.0.0.13' }];
const lab = subnet('lab', { ...TO_PAIR, cidr: '10.0.1.0/24' }, { status: { subnetId: 8 } });
const office = subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', pools: POOL }, { status: { subnetId: 7 } });
const young = subnet('young', { ...TO_PAIR, cidr: '10.0.2.0/24', pools: [{ pool: '10.0.2.0/24' }] });

const quiet = () => Promise.resolve([]);

interface World {
  readonly usage?: LeaseSource['usage'];
  readonly pairs?: readonly HAPair[];
  readonly subnets?: readonly Subnet[];
  readonly servers?: readonly ServerSession[];
}

/** Rounds of the figures of the pair hq, each half a minute later. */
const start = ({ usage = quiet, pairs = [pair()], subnets = [lab, office, young], servers = [] }: World) => {
  const caches = emptySources();
  caches.pairs.replace([...pairs]);
  caches.subnets.replace([...subnets]);
  const clock = createFakeClock();
  const told: ReadonlyMap<string, SubnetStatistics>[] = [];
  const figures: ReadonlyMap<string, ServerFigures>[] = [];
  const written: LeaseStatus[] = [];
  const deps = {
    caches: followChildren(caches),
    sessions: { get: () => ({ connections: { current: () => ({ leases: { usage }, servers }) } }) },
    publisher: { publishStatistics: (writes: readonly LeaseStatus[]) => Promise.resolve(written.push(...writes)) },
    metrics: {
      utilization: (_: unknown, __: unknown, all: ReadonlyMap<string, SubnetStatistics>) => told.push(all),
      statistics: (_: unknown, __: unknown, all: ReadonlyMap<string, ServerFigures>) => figures.push(all),
    },
    clock,
  } as unknown as StatisticsDeps;
  const look = createStatistics(deps);
  const round = async () => {
    await look('prod/hq', { signal: new AbortController().signal, log: createLogger({ level: 'silent' }) });
    await clock.advance(30_000);
  };
  return { told, figures, written, round, caches };
};

it('statuses and metrics say how full the pools are, and apart from that what is leased in none', async () => {
  const asked: string[] = [];
  const texts = (ranges: readonly Range[] = []) => ranges.map((range) => formatRange(IPV4, range)).join(' ');
  const { told, written, round } = start({
    usage: (poolsOf) => {
      for (const id of [7, 8, 99])
        asked.push(`${id}: ${texts(poolsOf(id)?.pools)}, without ${texts(poolsOf(id)?.gaps)}`);
      return Promise.resolve([
        { subnetId: 7, assigned: 2, declined: 0, outside: 5, pools: [{ assigned: 2, declined: 0 }] },
        { subnetId: 8, assigned: 3, declined: 0, outside: 0, pools: [] },
        { subnetId: 99, assigned: 1, declined: 0, outside: 0, pools: [] },
      ]);
    },
  });
  await round();
  expect(asked).toEqual([
    '7: 10.0.0.10-10.0.0.13, without 10.0.0.0-10.0.0.9 10.0.0.14-10.0.0.255',
    '8: , without ',
    '99: , without ',
  ]);
  const pools = [{ pool: '10.0.0.10-10.0.0.13', total: 4, assigned: 2, declined: 0, percent: 50 }];
  const sum = { total: 4, assigned: 2, declined: 0, free: 2, percent: 50 };
  const inOffice = { ...sum, outsidePools: 5, pools };
  const inLab = { total: 0, assigned: 0, declined: 0, free: 0, percent: 0, outsidePools: 3 };
  expect(written.map(({ object, status }) => [object.metadata.name, status])).toMatchObject([
    ['lab', { utilization: inLab }],
    [
      'office',
      { utilization: inOffice, conditions: [{ type: 'PoolPressure', status: 'False', reason: 'EnoughFree' }] },
    ],
    ['hq', { utilization: { ...sum, outsidePools: 8 } }],
  ]);
  expect(told.map((all) => Object.fromEntries(all))).toEqual([
    { lab: { ...inLab, cidr: '10.0.1.0/24', subnetId: 8 }, office: { ...inOffice, cidr: '10.0.0.0/24', subnetId: 7 } },
  ]);
});

it.each<readonly [string, World]>([
  ['leases cannot be read', { usage: () => Promise.reject(new LeasesUnavailable('connection refused')) }],
  ['the pair is gone', { pairs: [] }],
])('no figure stands still in the metrics where %s', async (_case, given) => {
  const { told, written, round } = start(given);
  await round();
  expect(told).toEqual([new Map()]);
  expect(written).toEqual([]);
});

describe('of a server', () => {
  const server = (name: string, call: KeaClient['call'], reachable = true): ServerSession =>
    ({ client: { name, call }, lastView: () => ({ name, reachable }) }) as unknown as ServerSession;

  it('all is asked for, and one that does not answer has no figures', async () => {
    const statistics = new Map([['pkt4-ack-sent', 3]]);
    const a = server('a', (command: string) =>
      command === 'statistic-get-all' ? Promise.resolve(statistics) : Promise.reject(new Error(command)),
    );
    const refuses = server('b', () => Promise.reject(new KeaUnreachable('no answer')));
    const away = server('c', () => Promise.reject(new Error('asked')), false);
    const { figures, round } = start({ servers: [a, refuses, away] });
    await round();
    expect(figures).toEqual([new Map([['a', statistics]])]);
  });

  it('with a great many subnets what it counts as a whole is asked for alone, each by its name', async () => {
    const asked: string[] = [];
    const one = server('a', (command: string, { name }: { name: string }) => {
      asked.push(command);
      return Promise.resolve(new Map([[name, asked.length]]));
    });
    const subnets = Array.from({ length: 501 }, (_, n) =>
      subnet(`s${n}`, { ...TO_PAIR, cidr: `10.${n >> 8}.${n & 255}.0/24` }, { status: { subnetId: n + 1 } }),
    );
    const { figures, round } = start({ subnets, servers: [one] });
    await round();
    expect(new Set(asked)).toEqual(new Set(['statistic-get']));
    expect(figures[0]?.get('a')?.has('pkt4-discover-received')).toBe(true);
    expect([...(figures[0]?.get('a')?.keys() ?? [])].filter((name) => name.startsWith('subnet'))).toEqual([]);
  });
});

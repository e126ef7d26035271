import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { pair, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { emptySources } from '../../test/support/sources.ts';
import type { HAPair } from '../api/index.ts';
import { formatRange } from '../kea/address.ts';
import { IPV4 } from '../kea/ipv4.ts';
import { type LeaseSource, LeasesUnavailable } from '../leases/source.ts';
import type { SubnetStatistics } from '../metrics/metrics.ts';
import { createLogger } from '../runtime/log.ts';
import type { StatusWrite } from '../status/types.ts';
import { followChildren } from '../sync/gather.ts';
import { createStatistics, type StatisticsDeps } from './statistics.ts';

const POOL = [{ pool: '10.0.0.10-10.0.0.13' }];
const lab = subnet('lab', { ...TO_PAIR, cidr: '10.0.1.0/24' }, { status: { subnetId: 8 } });
const office = subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', pools: POOL }, { status: { subnetId: 7 } });
const young = subnet('young', { ...TO_PAIR, cidr: '10.0.2.0/24', pools: [{ pool: '10.0.2.0/24' }] });

/** One round of the figures of the pair hq. */
const round = async (usage: LeaseSource['usage'], pairs: readonly HAPair[] = [pair()]) => {
  const caches = emptySources();
  caches.pairs.replace([...pairs]);
  caches.subnets.replace([lab, office, young]);
  const told: ReadonlyMap<string, SubnetStatistics>[] = [];
  const written: StatusWrite[] = [];
  const deps = {
    caches: followChildren(caches),
    sessions: { get: () => ({ connections: { current: () => ({ leases: { usage } }) } }) },
    publisher: { publishStatistics: (writes: readonly StatusWrite[]) => Promise.resolve(written.push(...writes)) },
    metrics: {
      utilization: (_: unknown, __: unknown, subnets: ReadonlyMap<string, SubnetStatistics>) => told.push(subnets),
    },
    clock: createFakeClock(),
  } as unknown as StatisticsDeps;
  const signal = new AbortController().signal;
  await createStatistics(deps)('prod/hq', { signal, log: createLogger({ level: 'silent' }) });
  return { told, written };
};

it('status and metrics say how full the pools are, and apart from that what is leased in none', async () => {
  const asked: string[] = [];
  const { told, written } = await round((gaps) => {
    for (const id of [7, 8, 99])
      asked.push(
        `${id} ${gaps(id)
          .map((gap) => formatRange(IPV4, gap))
          .join(' ')}`.trim(),
      );
    return Promise.resolve([
      { subnetId: 7, assigned: 2, declined: 0, outside: 5 },
      { subnetId: 8, assigned: 3, declined: 0, outside: 0 },
      { subnetId: 99, assigned: 1, declined: 0, outside: 0 },
    ]);
  });
  expect(asked).toEqual(['7 10.0.0.0-10.0.0.9 10.0.0.14-10.0.0.255', '8', '99']);
  const inOffice = { total: 4, assigned: 2, declined: 0, percent: 50, outsidePools: 5 };
  const inLab = { total: 0, assigned: 0, declined: 0, percent: 0, outsidePools: 3 };
  expect(written.map(({ object, status }) => [object.metadata.name, status])).toEqual([
    ['lab', { utilization: inLab }],
    ['office', { utilization: inOffice }],
  ]);
  expect(told.map((subnets) => Object.fromEntries(subnets))).toEqual([{ lab: inLab, office: inOffice }]);
});

it.each<readonly [string, Parameters<typeof round>]>([
  ['leases cannot be read', [() => Promise.reject(new LeasesUnavailable('connection refused'))]],
  ['the pair is gone', [() => Promise.resolve([]), []]],
])('no figure stands still in the metrics where %s', async (_case, given) => {
  const { told, written } = await round(...given);
  expect(told).toEqual([new Map()]);
  expect(written).toEqual([]);
});

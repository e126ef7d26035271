import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { pair, reservation, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { emptySources } from '../../test/support/sources.ts';
import type { HAPair, HostReservation, Subnet } from '../api/index.ts';
import { formatRange, type Range } from '../kea/address.ts';
import { IPV4 } from '../kea/ipv4.ts';
import { INFINITE_LIFETIME, type LeaseSource, LeasesUnavailable } from '../leases/source.ts';
import type { SubnetStatistics } from '../metrics/statistics.ts';
import { createLogger } from '../runtime/log.ts';
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
  /** Left out: no lease may be asked for. */
  readonly ofAddresses?: LeaseSource['ofAddresses'];
  readonly reservations?: readonly HostReservation[];
  readonly pairs?: readonly HAPair[];
  readonly subnets?: readonly Subnet[];
}

/** Rounds of the figures of the pair hq, each half a minute later. */
const start = ({ usage = quiet, pairs = [pair()], subnets = [lab, office, young], ...given }: World) => {
  const caches = emptySources();
  caches.pairs.replace([...pairs]);
  caches.subnets.replace([...subnets]);
  caches.reservations.replace([...(given.reservations ?? [])]);
  const clock = createFakeClock();
  const told: ReadonlyMap<string, SubnetStatistics>[] = [];
  const written: LeaseStatus[] = [];
  const deps = {
    caches: followChildren(caches),
    sessions: {
      get: () => ({ connections: { current: () => ({ leases: { usage, ofAddresses: given.ofAddresses } }) } }),
    },
    publisher: { publishStatistics: (writes: readonly LeaseStatus[]) => Promise.resolve(written.push(...writes)) },
    metrics: {
      utilization: (_: unknown, __: unknown, all: ReadonlyMap<string, SubnetStatistics>) => told.push(all),
    },
    clock,
  } as unknown as StatisticsDeps;
  const look = createStatistics(deps);
  const round = async () => {
    await look('prod/hq', { signal: new AbortController().signal, log: createLogger({ level: 'silent' }) });
    await clock.advance(30_000);
  };
  return { told, written, round };
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

it('of all leases those alone are asked for whose address is reserved, however many are', async () => {
  const ofOffice = { subnetRef: { name: 'office' } };
  const reservations = Array.from({ length: 300 }, (_, n) => {
    const ipAddress = `10.0.${n >> 8}.${n & 255}`;
    return reservation(`host-${n}`, { ...ofOffice, hwAddress: '02:00:00:00:00:01', ipAddress });
  });
  const asked: (readonly string[])[] = [];
  const { written, round } = start({
    reservations,
    ofAddresses: (addresses) => {
      asked.push(addresses);
      const address = '10.0.0.7';
      return Promise.resolve([{ address, subnetId: 7, state: 'Declined', cltt: 0, validLifetime: INFINITE_LIFETIME }]);
    },
  });
  await round();
  expect(asked.map((addresses) => addresses.length)).toEqual([300]);
  const uses = written.flatMap(({ object, status }) => ('use' in status ? [[object.metadata.name, status.use]] : []));
  expect(uses).toContainEqual(['host-7', 'Declined']);
  expect(uses).toContainEqual(['host-8', 'Unused']);
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

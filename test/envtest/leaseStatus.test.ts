/** What statuses, events and metrics say of leases: of a real pair, whose servers keep them in either storage, to a real API server. */
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HAPair, HostReservation, SharedNetwork, Subnet } from '../../src/api/index.ts';
import { HAPAIRS, HOST_RESERVATIONS, SHARED_NETWORKS, SUBNETS } from '../../src/api/resources.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { openLeaseSource } from '../../src/leases/open.ts';
import type { LeaseSource } from '../../src/leases/source.ts';
import { createOperatorMetrics } from '../../src/metrics/metrics.ts';
import { createServerFigures, type ServerFiguresDeps } from '../../src/operator/serverFigures.ts';
import { createStatistics, type StatisticsDeps } from '../../src/operator/statistics.ts';
import type { Reconcile } from '../../src/runtime/controller.ts';
import { createEventRecorder, EVENTS, type KubeEvent } from '../../src/runtime/events.ts';
import { createLogger } from '../../src/runtime/log.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import { createPublisher } from '../../src/status/publish.ts';
import { followChildren } from '../../src/sync/gather.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { installCrds } from '../support/crds.ts';
import { eventually } from '../support/eventually.ts';
import { createFakeClock } from '../support/fakeClock.ts';
import { type KeaLab, type KeaServer, startKeaLab } from '../support/kea.ts';
import { createNamespace } from '../support/kubernetes.ts';
import { type LeaseToAdd, leaseWriter } from '../support/leases.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { until } from '../support/run.ts';
import { emptySources } from '../support/sources.ts';

const SMALL = '10.7.0.10-10.7.0.19';
const LARGE = '10.7.0.100-10.7.0.189';
const SERVED = {
  subnet4: [
    { id: 7, subnet: '10.7.0.0/24', pools: [{ pool: SMALL }, { pool: LARGE }] },
    { id: 8, subnet: '10.8.0.0/24', pools: [{ pool: '10.8.0.1-10.8.0.100' }] },
  ],
};
const PRINTER = '02:00:5e:10:00:01';
const ANOTHER = '02:00:5e:10:00:02';

let api: TestApiServer;
let lab: KeaLab;
let postgres: TestPostgres;
let database: TestDatabase;
const log = createLogger({ level: 'silent' });

beforeAll(async () => {
  [api, lab, postgres] = await Promise.all([startApiServer(), startKeaLab(), startPostgres()]);
  await installCrds(api.client);
  database = await postgres.database();
});
afterAll(async () => {
  await Promise.all([api.stop(), lab.stop()]);
  await database.drop();
  await postgres.stop();
});

const haState = async ({ client }: KeaServer): Promise<string | undefined> =>
  (await client.call('status-get', undefined))['high-availability']?.[0]?.['ha-servers'].local.state;

/** The servers of a pair, and where its leases are read. */
const STORES = {
  PostgreSQL: async () => {
    const settings = { database: { server: postgres, database }, leases: 'postgresql', dhcp4: SERVED } as const;
    const servers = [await lab.server('alone', settings)];
    const at = { namespace: 'postgresql', pair: 'office', ipFamily: 'IPv4', storage: 'PostgreSQL' } as const;
    return { servers, source: openLeaseSource({ ...at, database: database.target }, DHCPV4, () => undefined) };
  },
  Memfile: async () => {
    const servers = await lab.pair('hot-standby', { dhcp4: SERVED });
    await until('the pair', 30, async () => (await haState(servers[1])) === 'hot-standby', 200);
    const at = { namespace: 'memfile', pair: 'office', ipFamily: 'IPv4', storage: 'Memfile' } as const;
    const endpoints = servers.map(({ endpoint }) => endpoint);
    return { servers, source: openLeaseSource({ ...at, servers: endpoints }, DHCPV4, () => undefined) };
  },
} as const;

describe.each(Object.entries(STORES))('leases in %s', (storage, open) => {
  const namespace = storage.toLowerCase();
  const clock = createFakeClock(Date.now());
  const registry = new Registry();
  let servers: readonly KeaServer[];
  let source: LeaseSource;
  let events: ReturnType<typeof createEventRecorder>;
  let look: Reconcile;
  const sources = emptySources();

  const make = (resource: Resource, name: string, spec: object) =>
    api.client.create<KubeObject>(resource, { metadata: { namespace, name }, spec });

  beforeAll(async () => {
    ({ servers, source } = await open());
    await createNamespace(api.client, namespace);
    const ofServer = { name: 'a', node: 'node1', interfaces: ['lan0'] };
    await make(HAPAIRS, 'office', { mode: 'Standalone', servers: [ofServer] });
    await make(SHARED_NETWORKS, 'floor', { haPairRef: { name: 'office' } });
    const sharedNetworkRef = { name: 'floor' };
    await make(SUBNETS, 'desks', { sharedNetworkRef, cidr: '10.7.0.0/24', pools: [{ pool: SMALL }, { pool: LARGE }] });
    await make(SUBNETS, 'phones', { sharedNetworkRef, cidr: '10.8.0.0/24', pools: [{ pool: '10.8.0.1-10.8.0.100' }] });
    const identifier = { hwAddress: PRINTER };
    await make(HOST_RESERVATIONS, 'printer', { subnetRef: { name: 'desks' }, identifier, ipAddress: '10.7.0.5' });
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'Programmed',
      message: '',
      lastTransitionTime: '2026-01-02T03:04:05Z',
    };
    for (const [name, subnetId] of [['desks', 7] as const, ['phones', 8] as const]) {
      const status = { subnetId, conditions: [ready] };
      const how = { fieldManager: 'kea-operator', subresource: 'status' };
      await api.client.apply<KubeObject>(SUBNETS, { metadata: { namespace, name }, status }, how);
    }
    events = createEventRecorder({ client: api.client, controller: 'kea-operator.io/operator', instance: 'test' });
    const sessions = servers.map(({ client }) => ({
      client,
      lastView: () => ({ name: client.name, reachable: true }),
    }));
    const open_ = { leases: source, servers: sessions };
    const deps = {
      caches: followChildren(sources),
      sessions: { get: () => ({ connections: { current: () => open_ } }) },
      publisher: createPublisher(api.client, events, log),
      metrics: createOperatorMetrics(registry),
      clock,
    };
    const parts = [
      createStatistics(deps as unknown as StatisticsDeps),
      createServerFigures(deps as unknown as ServerFiguresDeps),
    ];
    look = async (key, how) => {
      for (const part of parts) await part(key, how);
      return {};
    };
  });
  afterAll(async () => {
    await events.close(1000);
    await source.close();
  });

  /** Looks at the pair as it is now, half a minute after the last time. */
  const round = async (): Promise<void> => {
    sources.pairs.replace((await api.client.list<HAPair>(HAPAIRS, { namespace })).items);
    sources.networks.replace((await api.client.list<SharedNetwork>(SHARED_NETWORKS, { namespace })).items);
    sources.subnets.replace((await api.client.list<Subnet>(SUBNETS, { namespace })).items);
    sources.reservations.replace((await api.client.list<HostReservation>(HOST_RESERVATIONS, { namespace })).items);
    await look(`${namespace}/office`, { signal: new AbortController().signal, log });
    await clock.advance(30_000);
  };
  /** As a client would: both servers have it. */
  const lease = async (...leases: readonly LeaseToAdd[]): Promise<void> => {
    for (const server of servers) {
      const kea = leaseWriter(server);
      await kea.add(...leases);
      await kea.close();
    }
  };
  const range = (from: number, to: number): readonly LeaseToAdd[] =>
    Array.from({ length: to - from + 1 }, (_, n) => ({
      address: `10.7.0.${from + n}`,
      subnetId: 7,
      validLifetime: 3600,
    }));
  const get = (resource: Resource, name: string) => api.client.get<KubeObject>(resource, { namespace, name });
  const status = async (resource: Resource, name: string): Promise<unknown> => (await get(resource, name)).status;
  const pressure = async (resource: Resource, name: string) =>
    conditionsOf(await status(resource, name)).get('PoolPressure');
  const told = async (): Promise<readonly string[]> =>
    (await api.client.list<KubeEvent>(EVENTS, { namespace })).items
      .map(
        ({ involvedObject: { kind, name }, reason, type, series }) =>
          `${kind} ${name}: ${type} ${reason} ${series?.count ?? 1}`,
      )
      .sort();

  it('are counted by pool, and summed up in the SharedNetwork and the HAPair', async () => {
    await lease(...range(10, 13), ...range(100, 129), ...range(200, 201), {
      address: '10.7.0.14',
      subnetId: 7,
      state: 1,
      validLifetime: 3600,
    });
    await lease({ address: '10.8.0.1', subnetId: 8, validLifetime: 3600 });
    await round();
    const desks = { total: 100, assigned: 35, declined: 1, free: 65, percent: 35, outsidePools: 2 };
    expect(await status(SUBNETS, 'desks')).toMatchObject({
      utilization: {
        ...desks,
        pools: [
          { pool: SMALL, total: 10, assigned: 5, declined: 1, percent: 50 },
          { pool: LARGE, total: 90, assigned: 30, declined: 0, percent: 33 },
        ],
      },
    });
    const sum = { total: 200, assigned: 36, declined: 1, free: 164, percent: 18, outsidePools: 2 };
    expect(await status(SHARED_NETWORKS, 'floor')).toMatchObject({ utilization: sum });
    expect(await status(HAPAIRS, 'office')).toMatchObject({ utilization: sum });
    expect(await pressure(SUBNETS, 'desks')).toMatchObject({ status: 'False', reason: 'EnoughFree' });
    expect(conditionsOf(await status(SUBNETS, 'desks')).get('Ready')).toMatchObject({ status: 'True' });
  });

  it('are not told again while nothing moves', async () => {
    const versions = async () =>
      Promise.all(
        [
          [HAPAIRS, 'office'] as const,
          [SHARED_NETWORKS, 'floor'] as const,
          [SUBNETS, 'desks'] as const,
          [HOST_RESERVATIONS, 'printer'] as const,
        ].map(async ([resource, name]) => (await get(resource, name)).metadata.resourceVersion),
      );
    const before = await versions();
    await round();
    await round();
    expect(await versions()).toEqual(before);
  });

  it('tell when a Subnet gets full, once for each step', async () => {
    await lease(...range(130, 174));
    for (let rounds = 0; rounds < 3; rounds++) await round();
    expect(await pressure(SUBNETS, 'desks')).toMatchObject({
      status: 'True',
      reason: 'NearlyFull',
      message: '80 of 100 addresses are given (80 %): add pools, or lower validLifetime',
    });
    await lease(...range(15, 19), ...range(175, 184));
    for (let rounds = 0; rounds < 3; rounds++) await round();
    expect(await pressure(SUBNETS, 'desks')).toMatchObject({
      reason: 'AlmostExhausted',
      message: '95 of 100 addresses are given (95 %): add pools, or lower validLifetime',
    });
    expect(await pressure(SHARED_NETWORKS, 'floor')).toMatchObject({
      status: 'False',
      message: '96 of 200 addresses are given (48 %); Subnet desks has 5 left (95 of 100)',
    });
    const once = ['Subnet desks: Warning AlmostExhausted 1', 'Subnet desks: Warning NearlyFull 1'];
    await eventually(async () => {
      expect(await told()).toEqual(once);
    });
    for (const server of servers) {
      const kea = leaseWriter(server);
      await kea.wipe(7);
      await kea.close();
    }
    await round();
    expect(await pressure(SUBNETS, 'desks')).toMatchObject({ status: 'False', reason: 'EnoughFree' });
    await eventually(async () => {
      expect(await told()).toEqual([...once, 'Subnet desks: Normal EnoughFree 1'].sort());
    });
  });

  it('tell who has what is reserved for another', async () => {
    await lease({
      address: '10.7.0.5',
      subnetId: 7,
      hwAddress: ANOTHER,
      clientId: '01:02:00:5e:10:00:02',
      validLifetime: 3600,
    });
    await round();
    const conflict = {
      // Of a reservation that no pass has looked at.
      observedGeneration: -1,
      use: 'InConflict',
      holder: { address: '10.7.0.5', hwAddress: ANOTHER, clientId: '01:02:00:5e:10:00:02' },
    };
    expect(await status(HOST_RESERVATIONS, 'printer')).toEqual(conflict);
  });

  it('are in the metrics, with what each server counts', async () => {
    const lines = (await registry.metrics()).split('\n');
    const has = (beginning: string) => lines.filter((line) => line.startsWith(beginning)).length;
    const pair = `instance="${namespace}/office"`;
    expect(has(`kea_dhcp4_pool_addresses_total{${pair},subnet="10.7.0.0/24"`)).toBe(2);
    expect(
      has(`kea_dhcp4_packets_received_total{${pair},server="${servers[0]?.name ?? ''}",operation="discover"}`),
    ).toBe(1);
    expect(has(`kea_dhcp4_addresses_reclaimed_total{${pair}`)).toBe(2 * servers.length);
    expect(has(`kea_dhcp4_global4_allocation_fail_total{${pair}`)).toBe(servers.length);
    const own = `namespace="${namespace}",pair="office"`;
    const desks = `subnet="desks",subnet_id="7",cidr="10.7.0.0/24",ip_family="IPv4",shared_network="floor"`;
    expect(lines).toContain(`kea_operator_subnet_addresses{${own},${desks}} 100`);
    for (const name of ['assigned', 'declined', 'outside_pools'])
      expect(has(`kea_operator_subnet_addresses_${name}{${own},${desks}}`)).toBe(1);
    const first = `${own},server="${servers[0]?.name ?? ''}",ip_family="IPv4"`;
    // A Kea that does not count one of them by this name any more would leave it out.
    for (const series of [
      `packets_received_total{${first},type="discover"}`,
      `packets_received_total{${first},type="decline"}`,
      `packets_sent_total{${first},type="nak"}`,
      `packets_dropped_total{${first}}`,
      `allocation_failures_total{${first}}`,
      `leases_reclaimed_total{${first}}`,
    ])
      expect(has(`kea_operator_server_${series}`)).toBe(1);
  });
});

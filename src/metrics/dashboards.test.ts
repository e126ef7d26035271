/** What the two Grafana dashboards that come with Stork ask for is what there is to see. */
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createLeaseMetrics } from './leases.ts';

/** A series that a panel or a variable of a dashboard asks for: its metric, the labels that it selects by or shows, and of these the values that it names. */
interface Query {
  readonly metric: string;
  readonly labels: readonly string[];
  readonly named?: Readonly<Record<string, string>>;
}

const SUBNET = ['instance', 'subnet', 'shared_network'];
const POOL = [...SUBNET, 'pool_id'];
const of = (labels: readonly string[], ...metrics: readonly string[]): readonly Query[] =>
  metrics.map((metric) => ({ metric, labels }));
const packets = (version: 4 | 6, direction: 'received' | 'sent', operations: readonly string[]): readonly Query[] =>
  operations.map((operation) => ({
    metric: `kea_dhcp${version}_packets_${direction}_total`,
    labels: ['instance', 'operation'],
    named: { operation },
  }));

/** Metric names and labels of the queries of kea-dhcp4.json and kea-dhcp6.json, as of Stork 2.5 (grafana/ of its repository). */
const QUERIES: Readonly<Record<'kea-dhcp4' | 'kea-dhcp6', readonly Query[]>> = {
  'kea-dhcp4': [
    ...of(
      SUBNET,
      'kea_dhcp4_addresses_total',
      'kea_dhcp4_addresses_assigned_total',
      'kea_dhcp4_addresses_declined_total',
      'kea_dhcp4_addresses_declined_reclaimed_total',
      'kea_dhcp4_addresses_reclaimed_total',
    ),
    ...of(
      POOL,
      'kea_dhcp4_pool_addresses_total',
      'kea_dhcp4_pool_addresses_assigned_total',
      'kea_dhcp4_pool_addresses_declined_total',
      'kea_dhcp4_pool_addresses_declined_reclaimed_total',
      'kea_dhcp4_pool_addresses_reclaimed_total',
    ),
    ...packets(4, 'received', ['discover', 'request', 'drop']),
    ...packets(4, 'sent', ['offer', 'ack', 'nak']),
    ...of(['instance', 'subnet', 'name'], 'storkserver_subnet_address_utilization'),
    { metric: 'storkserver_shared_network_address_utilization', labels: ['instance', 'name'], named: { family: '4' } },
    ...of(
      ['instance'],
      'storkserver_auth_authorized_machine_total',
      'storkserver_auth_unauthorized_machine_total',
      'storkserver_auth_unreachable_machine_total',
    ),
  ],
  'kea-dhcp6': [
    ...of(
      SUBNET,
      'kea_dhcp6_na_total',
      'kea_dhcp6_na_assigned_total',
      'kea_dhcp6_pd_total',
      'kea_dhcp6_pd_assigned_total',
      'kea_dhcp6_addresses_declined_total',
      'kea_dhcp6_addresses_declined_reclaimed_total',
      'kea_dhcp6_addresses_reclaimed_total',
    ),
    ...of(
      POOL,
      'kea_dhcp6_pool_na_total',
      'kea_dhcp6_pool_na_assigned_total',
      'kea_dhcp6_pool_pd_total',
      'kea_dhcp6_pool_pd_assigned_total',
      'kea_dhcp6_pool_addresses_declined_total',
      'kea_dhcp6_pool_addresses_declined_reclaimed_total',
      'kea_dhcp6_pool_addresses_reclaimed_total',
    ),
    ...packets(6, 'received', ['solicit', 'request', 'drop']),
    ...packets(6, 'sent', ['advertise', 'reply']),
    ...of(
      ['instance', 'subnet', 'name'],
      'storkserver_subnet_address_utilization',
      'storkserver_subnet_pd_utilization',
    ),
    { metric: 'storkserver_shared_network_address_utilization', labels: ['instance', 'name'], named: { family: '6' } },
    ...of(['instance', 'name'], 'storkserver_shared_network_pd_utilization'),
    ...of(
      ['instance'],
      'storkserver_auth_authorized_machine_total',
      'storkserver_auth_unauthorized_machine_total',
      'storkserver_auth_unreachable_machine_total',
    ),
  ],
};

const OF_STORK =
  'of the machines that run an agent of Stork, of which there are none: a pod that is away shows in kea_operator_server_up';
/** What has no series here, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  storkserver_auth_authorized_machine_total: OF_STORK,
  storkserver_auth_unauthorized_machine_total: OF_STORK,
  storkserver_auth_unreachable_machine_total: OF_STORK,
};

const PAIR = { namespace: 'net', pair: 'office' };

/** Whatever a server can be asked for has a value. */
const everything: ReadonlyMap<string, number> = Object.assign(new Map<string, number>(), { get: () => 1 });
const figures = { total: 10, assigned: 4, declined: 1 };

const registry = new Registry();
const metrics = createLeaseMetrics(registry, 'pools');
const desks = { ...figures, cidr: '192.0.2.0/24', subnetId: 7, outsidePools: 2, sharedNetwork: 'floor' };
metrics.utilization(PAIR, 'IPv4', new Map([['desks', { ...desks, pools: [{ ...figures, pool: '192.0.2.0/28' }] }]]));
const desks6 = {
  ...desks,
  cidr: '2001:db8::/64',
  prefixes: 4,
  delegated: 1,
  pools: [{ ...figures, pool: '2001:db8::/80' }],
  pdPools: [{ prefix: '2001:db8:1::/48', total: 4, delegated: 1 }],
};
metrics.utilization(PAIR, 'IPv6', new Map([['desks6', desks6]]));
for (const family of ['IPv4', 'IPv6'] as const)
  metrics.statistics(PAIR, family, new Map([['a', Object.assign(new Map([['', 0]]), everything)]]));

/** The labels of every series of a metric. */
const seriesOf = async (metric: string): Promise<readonly ReadonlyMap<string, string>[]> => {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${metric}{`));
  return lines.map(
    (line) => new Map([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value])),
  );
};

describe.each(Object.entries(QUERIES))('the dashboard %s', (_, queries) => {
  it.each(queries.map((query) => ({ ...query, which: Object.values(query.named ?? {}).join() })))(
    'shows $metric $which',
    async ({ metric, labels, named = {} }) => {
      const series = await seriesOf(metric);
      if (metric in EXCEPTIONS) {
        expect(series).toEqual([]);
        return;
      }
      const meant = series.filter((one) => Object.entries(named).every(([name, value]) => one.get(name) === value));
      expect(meant).not.toEqual([]);
      for (const one of meant) expect([...one.keys()]).toEqual(expect.arrayContaining([...labels]));
    },
  );

  /** A part divided by a whole shows where both have the same labels alone. */
  it.each(queries.filter(({ metric }) => metric.endsWith('_assigned_total')))(
    'divides $metric by what there is',
    async ({ metric }) => {
      expect(await seriesOf(metric)).toEqual(await seriesOf(metric.replace('_assigned', '')));
    },
  );
});

it('every exception is one that a dashboard asks for', () => {
  const asked = new Set(Object.values(QUERIES).flatMap((queries) => queries.map(({ metric }) => metric)));
  expect(Object.keys(EXCEPTIONS).filter((metric) => !asked.has(metric))).toEqual([]);
});

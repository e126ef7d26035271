import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createLeaseMetrics, type MetricsDetail } from './leases.ts';

const PAIR = { namespace: 'net', pair: 'office' };
const figures = { total: 10, assigned: 4, declined: 1 };
const pool = (text: string) => ({ ...figures, pool: text });
const desks = { ...figures, cidr: '192.0.2.0/24', subnetId: 7, outsidePools: 0, pools: [pool('192.0.2.0/28')] };

const start = (detail: MetricsDetail = 'pools') => {
  const registry = new Registry();
  const metrics = createLeaseMetrics(registry, detail);
  const series = async (text: string): Promise<readonly string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.includes(text) && !line.startsWith('#'));
  return { registry, metrics, series };
};

describe('the metrics that Stork has', () => {
  it('tell of a Subnet by its prefix, and of a pool as it is specified', async () => {
    const { metrics, series } = start();
    metrics.utilization(PAIR, 'IPv4', new Map([['desks', { ...desks, sharedNetwork: 'floor' }]]));
    const labels =
      'instance="net/office",subnet="192.0.2.0/24",subnet_id="7",prefix="192.0.2.0/24",shared_network="floor"';
    expect(await series('kea_dhcp4_')).toEqual([
      `kea_dhcp4_addresses_total{${labels}} 10`,
      `kea_dhcp4_addresses_assigned_total{${labels}} 4`,
      `kea_dhcp4_addresses_declined_total{${labels}} 1`,
      `kea_dhcp4_pool_addresses_total{${labels},pool_id="192.0.2.0/28"} 10`,
      `kea_dhcp4_pool_addresses_assigned_total{${labels},pool_id="192.0.2.0/28"} 4`,
      `kea_dhcp4_pool_addresses_declined_total{${labels},pool_id="192.0.2.0/28"} 1`,
    ]);
    expect(await series('storkserver_')).toEqual([
      'storkserver_subnet_address_utilization{instance="net/office",subnet="192.0.2.0/24",name="floor"} 0.4',
      'storkserver_shared_network_address_utilization{instance="net/office",family="4",name="floor"} 0.4',
    ]);
  });

  it('tell of servers what each says, of a pool where it is the only one', async () => {
    const { metrics, series } = start();
    const two = { ...desks, cidr: '192.0.3.0/24', subnetId: 8, pools: [pool('192.0.3.0/28'), pool('192.0.3.32/28')] };
    metrics.utilization(PAIR, 'IPv4', new Map(Object.entries({ desks, two })));
    const told = {
      'pkt4-ack-sent': 3,
      'reclaimed-leases': 9,
      'subnet[7].reclaimed-leases': 4,
      'subnet[7].pool[0].reclaimed-leases': 2,
      'subnet[8].reclaimed-leases': 5,
      'subnet[8].pool[0].reclaimed-leases': 5,
      'subnet[99].reclaimed-leases': 1,
    };
    metrics.statistics(PAIR, 'IPv4', new Map([['a', new Map(Object.entries(told))]]));
    const of = (id: number) =>
      `instance="net/office",server="a",subnet="192.0.${id - 5}.0/24",subnet_id="${id}",prefix="192.0.${id - 5}.0/24",shared_network=""`;
    expect((await series('server="a"')).filter((line) => line.startsWith('kea_dhcp'))).toEqual([
      `kea_dhcp4_addresses_reclaimed_total{${of(7)}} 4`,
      `kea_dhcp4_addresses_reclaimed_total{${of(8)}} 5`,
      `kea_dhcp4_pool_addresses_reclaimed_total{${of(7)},pool_id="192.0.2.0/28"} 2`,
      'kea_dhcp4_global4_addresses_reclaimed_total{instance="net/office",server="a"} 9',
      'kea_dhcp4_packets_sent_total{instance="net/office",server="a",operation="ack"} 3',
    ]);
    metrics.statistics(PAIR, 'IPv4', new Map());
    expect(await series('server=')).toEqual([]);
  });

  it('are of the family that they are named after', async () => {
    const { metrics, series } = start();
    const subnet = { ...desks, cidr: '2001:db8::/64', prefixes: 4, delegated: 1 };
    metrics.utilization(PAIR, 'IPv6', new Map([['desks', subnet]]));
    expect(await series('kea_dhcp4_')).toEqual([]);
    expect((await series('kea_dhcp6_')).map((line) => line.replace(/\{.*\}/, ''))).toEqual([
      'kea_dhcp6_na_total 10',
      'kea_dhcp6_na_assigned_total 4',
      'kea_dhcp6_addresses_declined_total 1',
      'kea_dhcp6_pd_total 4',
      'kea_dhcp6_pd_assigned_total 1',
      'kea_dhcp6_pool_na_total 10',
      'kea_dhcp6_pool_na_assigned_total 4',
      'kea_dhcp6_pool_addresses_declined_total 1',
    ]);
  });
});

describe('the counters of servers', () => {
  const of = (name: string, labels: string, value: number) =>
    `kea_operator_server_${name}_total{namespace="net",pair="office",server="a",${labels}} ${value}`;

  it.each([
    [
      'IPv4',
      {
        'pkt4-received': 9,
        'pkt4-discover-received': 4,
        'pkt4-receive-drop': 2,
        'pkt4-parse-failed': 1,
        'pkt4-nak-sent': 3,
        'v4-allocation-fail': 5,
        'v4-allocation-fail-no-pools': 5,
        'reclaimed-leases': 6,
        'subnet[7].v4-allocation-fail': 5,
      },
      [
        of('packets_received', 'ip_family="IPv4",type="discover"', 4),
        of('packets_sent', 'ip_family="IPv4",type="nak"', 3),
        of('packets_dropped', 'ip_family="IPv4"', 2),
        of('allocation_failures', 'ip_family="IPv4"', 5),
        of('leases_reclaimed', 'ip_family="IPv4"', 6),
      ],
    ],
    [
      'IPv6',
      { 'pkt6-solicit-received': 4, 'pkt6-reply-sent': 3, 'pkt6-dhcpv4-response-sent': 1, 'v6-allocation-fail': 0 },
      [
        of('packets_received', 'ip_family="IPv6",type="solicit"', 4),
        of('packets_sent', 'ip_family="IPv6",type="reply"', 3),
        of('packets_sent', 'ip_family="IPv6",type="dhcpv4-response"', 1),
        of('allocation_failures', 'ip_family="IPv6"', 0),
      ],
    ],
  ] as const)('of %s tell packets by type, each once, and go with the server', async (family, told, lines) => {
    const { metrics, series } = start('servers');
    metrics.statistics(PAIR, family, new Map([['a', new Map(Object.entries(told))]]));
    expect(await series('kea_operator_server_')).toEqual(lines);
    metrics.statistics(PAIR, family, new Map());
    expect(await series('kea_operator_server_')).toEqual([]);
  });

  it('say that they are counters', async () => {
    const { registry } = start();
    expect(await registry.metrics()).toContain('# TYPE kea_operator_server_packets_sent_total counter');
  });
});

it.each<readonly [MetricsDetail, readonly string[], readonly string[]]>([
  ['servers', ['kea_dhcp4_packets_sent_total', 'utilization'], ['kea_operator_subnet', 'subnet=', 'pool_id']],
  ['subnets', ['kea_operator_subnet', 'kea_dhcp4_addresses_total', 'kea_dhcp4_packets_sent_total'], ['pool_id']],
  ['pools', ['kea_operator_subnet', 'pool_id'], []],
])('with the detail %s there is what is asked for', async (detail, there, missing) => {
  const { metrics, series } = start(detail);
  metrics.utilization(PAIR, 'IPv4', new Map([['desks', { ...desks, sharedNetwork: 'floor' }]]));
  metrics.statistics(PAIR, 'IPv4', new Map([['a', new Map([['pkt4-ack-sent', 3]])]]));
  for (const text of there) expect(await series(text)).not.toEqual([]);
  for (const text of missing) expect(await series(text)).toEqual([]);
});

import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createOperatorMetrics } from './metrics.ts';

const PAIR = { namespace: 'net', pair: 'office' };
const OTHER = { namespace: 'net', pair: 'lab' };
const statistics = { cidr: '192.0.2.0/24', subnetId: 7, total: 10, assigned: 4, declined: 1, outsidePools: 2 };
const start = () => {
  const registry = new Registry();
  const metrics = createOperatorMetrics(registry);
  /** Series and their values that hold a text. */
  const series = async (text: string): Promise<readonly string[]> => {
    // What is dropped goes a moment later.
    await new Promise(setImmediate);
    const lines = (await registry.metrics()).split('\n');
    return lines.filter((line) => line.includes(text) && !line.startsWith('#'));
  };
  return { metrics, series };
};

describe('the metrics of a pair', () => {
  it('tell leases in pools and outside apart', async () => {
    const { metrics, series } = start();
    metrics.utilization(PAIR, 'IPv4', new Map([['desks', statistics]]));
    const of = (state: string, value: number) =>
      `kea_operator_subnet_addresses{namespace="net",pair="office",subnet="desks",ip_family="IPv4",state="${state}"} ${value}`;
    const all = [of('total', 10), of('assigned', 4), of('declined', 1), of('outside_pools', 2)];
    expect(await series('subnet_addresses')).toEqual(all);
  });

  it('count the prefixes of a Subnet that delegates some, until it delegates none', async () => {
    const { metrics, series } = start();
    const subnet = (more: object) => new Map([['desks', { ...statistics, ...more }]]);
    metrics.utilization(PAIR, 'IPv6', subnet({ prefixes: 256, delegated: 3, delegatedOutsidePools: 1 }));
    const of = (state: string, value: number) =>
      `kea_operator_subnet_prefixes{namespace="net",pair="office",subnet="desks",ip_family="IPv6",state="${state}"} ${value}`;
    expect(await series('subnet_prefixes')).toEqual([of('total', 256), of('delegated', 3), of('outside_pools', 1)]);
    metrics.utilization(PAIR, 'IPv6', subnet({}));
    expect(await series('subnet_prefixes')).toEqual([]);
    expect(await series('subnet_addresses')).toHaveLength(4);
  });

  it('have nothing of a Subnet that went, or whose figures cannot be read', async () => {
    const { metrics, series } = start();
    metrics.utilization(OTHER, 'IPv4', new Map([['desks', statistics]]));
    metrics.utilization(
      PAIR,
      'IPv4',
      new Map([
        ['desks', statistics],
        ['guests', statistics],
      ]),
    );
    metrics.utilization(PAIR, 'IPv4', new Map([['guests', statistics]]));
    expect((await series('subnet="desks"')).filter((line) => line.includes('pair="office"'))).toEqual([]);
    expect(await series('subnet="guests"')).toHaveLength(4);
    expect(await series('kea_dhcp4_addresses_total{instance="net/office"')).toHaveLength(1);
    metrics.utilization(PAIR, 'IPv4', new Map());
    expect(await series('office"')).toEqual([]);
    expect(await series('pair="lab"')).toHaveLength(4);
  });

  it('have nothing of a server that went', async () => {
    const { metrics, series } = start();
    const server = (name: string) => ({ name, serving: true, synchronized: false });
    metrics.servers(PAIR, 'IPv4', [server('a'), server('spare')]);
    metrics.servers(PAIR, 'IPv4', [server('a')]);
    expect(await series('server=')).toEqual([
      'kea_operator_server_up{namespace="net",pair="office",server="a",ip_family="IPv4"} 1',
      'kea_operator_server_synchronized{namespace="net",pair="office",server="a",ip_family="IPv4"} 0',
    ]);
  });

  it('are all gone with the pair, and no other pair’s', async () => {
    const { metrics, series } = start();
    for (const pair of [PAIR, OTHER]) {
      metrics.objects(pair, 'IPv4', 3, 1);
      metrics.changes(pair, 'subnet', 'create', 3);
      metrics.driftCorrected(pair, 1);
      metrics.preflightRefused(pair, 1);
      metrics.serverTookChange(pair, 'pull', 0.3);
      metrics.servers(pair, 'IPv4', [{ name: 'a', serving: true, synchronized: true }]);
      metrics.utilization(pair, 'IPv4', new Map([['desks', statistics]]));
      metrics.statistics(pair, 'IPv4', new Map([['a', new Map([['pkt4-ack-sent', 3]])]]));
    }
    const before = await series('lab"');
    metrics.forget(PAIR);
    expect(await series('office"')).toEqual([]);
    expect(await series('lab"')).toEqual(before);
  });
});

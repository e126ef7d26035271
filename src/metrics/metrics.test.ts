import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createOperatorMetrics } from './metrics.ts';
import type { PassFacts } from './pairs.ts';

const PAIR = { namespace: 'net', pair: 'office' };
const OTHER = { namespace: 'net', pair: 'lab' };
const statistics = { cidr: '192.0.2.0/24', subnetId: 7, total: 10, assigned: 4, declined: 1, outsidePools: 2 };
const facts: PassFacts = {
  paused: false,
  databaseUp: true,
  servers: [
    { name: 'a', serving: true, synchronized: true, state: 'load-balancing', clockSkew: 0.5, unackedClients: 0 },
  ],
  objects: { accepted: 3, rejected: 1 },
  withheld: 0,
  certificates: new Map([['ca', 2_000_000_000_000]]),
  succeededAt: 1_000,
};
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
  const LABELS = 'namespace="net",pair="office",subnet="desks",subnet_id="7",cidr="192.0.2.0/24"';

  it('tell of a Subnet what there is, what is given of it and what is outside, each by itself', async () => {
    const { metrics, series } = start();
    metrics.utilization(PAIR, 'IPv4', new Map([['desks', { ...statistics, sharedNetwork: 'floor' }]]));
    const of = (name: string, value: number) =>
      `kea_operator_subnet_addresses${name}{${LABELS},ip_family="IPv4",shared_network="floor"} ${value}`;
    const all = [of('', 10), of('_assigned', 4), of('_declined', 1), of('_outside_pools', 2)];
    expect(await series('subnet_addresses')).toEqual(all);
  });

  it('count the prefixes of a Subnet that delegates some, until it delegates none', async () => {
    const { metrics, series } = start();
    const subnet = (more: object) => new Map([['desks', { ...statistics, ...more }]]);
    metrics.utilization(PAIR, 'IPv6', subnet({ prefixes: 256, delegated: 3, delegatedOutsidePools: 1 }));
    const of = (name: string, value: number) =>
      `kea_operator_subnet_prefixes${name}{${LABELS},ip_family="IPv6",shared_network=""} ${value}`;
    expect(await series('subnet_prefixes')).toEqual([of('', 256), of('_assigned', 3), of('_outside_pools', 1)]);
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

  it('are all gone with the pair, and no other pair’s', async () => {
    const { metrics, series } = start();
    for (const pair of [PAIR, OTHER]) {
      metrics.pass(pair, 'IPv4', facts);
      metrics.conditions(pair, [{ type: 'Ready', status: 'True', reason: 'Ready' }]);
      metrics.changes(pair, 'subnet', 'create', 3);
      metrics.driftCorrected(pair, 1);
      metrics.preflightRefused(pair, 1);
      metrics.serverTookChange(pair, 'pull', 0.3);
      metrics.utilization(pair, 'IPv4', new Map([['desks', statistics]]));
      metrics.statistics(pair, 'IPv4', new Map([['a', new Map([['pkt4-ack-sent', 3]])]]));
    }
    const before = await series('lab"');
    metrics.forget(PAIR);
    expect(await series('office"')).toEqual([]);
    expect(await series('lab"')).toEqual(before);
  });

  it('are gone where another process leads, but for what this one counted', async () => {
    const { metrics, series } = start();
    metrics.pass(PAIR, 'IPv4', facts);
    metrics.conditions(PAIR, [{ type: 'Ready', status: 'True', reason: 'Ready' }]);
    metrics.utilization(PAIR, 'IPv4', new Map([['desks', statistics]]));
    metrics.statistics(PAIR, 'IPv4', new Map([['a', new Map([['pkt4-ack-sent', 3]])]]));
    metrics.driftCorrected(PAIR, 2);
    metrics.forgetAll();
    const left = await series('office"');
    expect(left.map((line) => line.replace(/\{.*\}/, ''))).toEqual([
      'kea_operator_drift_corrected_total 2',
      'kea_operator_preflight_refused_total 0',
    ]);
  });

  it('of what happens seldom begin with 0, so that the first time is seen', async () => {
    const { metrics, series } = start();
    metrics.pass(PAIR, 'IPv4', facts);
    metrics.driftCorrected(PAIR, 2);
    metrics.pass(PAIR, 'IPv6', facts);
    expect(await series('drift_corrected')).toEqual([
      'kea_operator_drift_corrected_total{namespace="net",pair="office"} 2',
    ]);
    expect(await series('preflight_refused')).toEqual([
      'kea_operator_preflight_refused_total{namespace="net",pair="office"} 0',
    ]);
  });
});

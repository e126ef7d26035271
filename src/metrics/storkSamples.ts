/** The samples of the metrics that Stork has, of what is known of pairs. */
import type { Version } from '../kea/family.ts';
import type { Sample } from './gauges.ts';
import type { SubnetStatistics } from './statistics.ts';
import type { Counted, Packets, Ratio, StorkMetric, Told } from './stork.ts';

/** What is known of a family of a pair. */
export interface StorkFacts {
  readonly instance: string;
  readonly version: Version;
  readonly subnets: readonly SubnetStatistics[];
  /** By server, its statistics by Kea's names. */
  readonly servers: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

type Labels = Sample['labels'];

/** The samples of a metric. What is not known has none. */
export function* samplesOf(metric: StorkMetric, facts: StorkFacts): Generator<Sample> {
  if (metric.version !== undefined && metric.version !== facts.version) return;
  if ('figure' in metric) yield* counted(metric, facts);
  else if ('figures' in metric) yield* ratios(metric, facts);
  else yield* ofServers(metric, facts);
}

const subnetLabels = ({ cidr, subnetId, sharedNetwork = '' }: SubnetStatistics): Labels => ({
  subnet: cidr,
  subnet_id: subnetId,
  prefix: cidr,
  shared_network: sharedNetwork,
});

function* counted({ scope, figure }: Counted, { instance, subnets }: StorkFacts): Generator<Sample> {
  for (const subnet of subnets) {
    const labels = { instance, ...subnetLabels(subnet) };
    if (scope === 'subnet') {
      const value = subnet[figure];
      if (value !== undefined) yield { labels, value };
      continue;
    }
    const parts =
      scope === 'pool'
        ? (subnet.pools ?? []).map(({ pool, ...figures }) => ({ id: pool, figures }))
        : (subnet.pdPools ?? []).map(({ prefix, ...figures }) => ({ id: prefix, figures }));
    for (const { id, figures } of parts) {
      const value = (figures as Readonly<Partial<Record<string, number>>>)[figure];
      if (value !== undefined) yield { labels: { ...labels, pool_id: id }, value };
    }
  }
}

function* ratios({ scope, figures: [whole, part] }: Ratio, facts: StorkFacts): Generator<Sample> {
  const { instance, version: family, subnets } = facts;
  const networks = new Map<string, { total: number; given: number }>();
  for (const subnet of subnets) {
    const { cidr, sharedNetwork: name = '' } = subnet;
    const [total, given] = [subnet[whole] ?? 0, subnet[part] ?? 0];
    if (total > 0 && scope === 'ratioOfSubnet')
      yield { labels: { instance, subnet: cidr, name }, value: given / total };
    if (name === '') continue;
    const sum = networks.get(name) ?? { total: 0, given: 0 };
    networks.set(name, { total: sum.total + total, given: sum.given + given });
  }
  if (scope === 'ratioOfSubnet') return;
  for (const [name, { total, given }] of networks)
    if (total > 0) yield { labels: { instance, family, name }, value: given / total };
}

function* ofServers(metric: Told | Packets, { instance, subnets, servers }: StorkFacts): Generator<Sample> {
  for (const [server, statistics] of servers) {
    const own = { instance, server };
    const sample = function* (labels: Labels, statistic: string): Generator<Sample> {
      const value = statistics.get(statistic);
      if (value !== undefined) yield { labels, value };
    };
    if ('operations' in metric) {
      for (const [operation, statistic] of Object.entries(metric.operations))
        yield* sample({ ...own, operation }, statistic);
      continue;
    }
    const { scope, statistic } = metric;
    if (scope === 'server') {
      yield* sample(own, statistic);
      continue;
    }
    for (const subnet of subnets) {
      const labels = { ...own, ...subnetLabels(subnet) };
      if (scope === 'subnetOfServer') {
        yield* sample(labels, `subnet[${subnet.subnetId}].${statistic}`);
        continue;
      }
      // Kea tells pools apart by an id that rows cannot have, so that all of a subnet are number 0: it is of one pool where there is one.
      const [only, ...others] = subnet.pools ?? [];
      if (only === undefined || others.length > 0) continue;
      yield* sample({ ...labels, pool_id: only.pool }, `subnet[${subnet.subnetId}].pool[0].${statistic}`);
    }
  }
}

/** The metrics of leases and servers' statistics: our own, and those that Stork has. */
import type { Registry } from 'prom-client';
import { IP_FAMILIES, type IPFamily } from '../kea/families.ts';
import { createGauges, type Sample } from './gauges.ts';
import type { PairLabels, SubnetStatistics } from './statistics.ts';
import { labelsOf, STORK_METRICS, type StorkScope } from './stork.ts';
import { samplesOf, type StorkFacts } from './storkSamples.ts';

/** How much is told, each with what comes before: of servers as a whole, of each Subnet, of each pool. */
export const METRICS_DETAILS = ['servers', 'subnets', 'pools'] as const;
export type MetricsDetail = (typeof METRICS_DETAILS)[number];

/** Statistics of a server, by Kea's names. */
export type ServerFigures = ReadonlyMap<string, number>;

export interface LeaseMetrics {
  /** All Subnets of the pair whose figures are known, by name: those that are missing here are not told of any more. */
  utilization(pair: PairLabels, ipFamily: IPFamily, subnets: ReadonlyMap<string, SubnetStatistics>): void;
  /** All servers of the pair whose statistics are known, by name; so too here. */
  statistics(pair: PairLabels, ipFamily: IPFamily, servers: ReadonlyMap<string, ServerFigures>): void;
  forget(pair: PairLabels): void;
  forgetAll(): void;
}

interface Told {
  readonly subnets: ReadonlyMap<string, SubnetStatistics>;
  readonly servers: ReadonlyMap<string, ServerFigures>;
}

interface Known extends Told {
  readonly pair: PairLabels;
  readonly ipFamily: IPFamily;
  /** The same for all of Stork's metrics, of which there are many. */
  readonly facts: StorkFacts;
}

const NONE = new Map<string, never>();

const NEEDED: Readonly<Record<StorkScope, MetricsDetail>> = {
  server: 'servers',
  ratioOfNetwork: 'servers',
  subnet: 'subnets',
  ratioOfSubnet: 'subnets',
  subnetOfServer: 'subnets',
  pool: 'pools',
  pdPool: 'pools',
  poolOfServer: 'pools',
};

export const createLeaseMetrics = (registry: Registry, detail: MetricsDetail): LeaseMetrics => {
  const known = new Map<string, Known>();
  const gauge = createGauges(registry);
  const isTold = (needed: MetricsDetail): boolean => METRICS_DETAILS.indexOf(needed) <= METRICS_DETAILS.indexOf(detail);

  const put = (pair: PairLabels, ipFamily: IPFamily, more: Partial<Told>): void => {
    const key = `${pair.namespace}/${pair.pair}/${ipFamily}`;
    const { subnets = NONE, servers = NONE } = { ...known.get(key), ...more };
    const { version } = IP_FAMILIES[ipFamily];
    const facts = { instance: `${pair.namespace}/${pair.pair}`, version, subnets: [...subnets.values()], servers };
    if (subnets.size + servers.size === 0) known.delete(key);
    else known.set(key, { pair, ipFamily, subnets, servers, facts });
  };

  const ofSubnets = (states: (subnet: SubnetStatistics) => Readonly<Record<string, number | undefined>>) =>
    function* (): Generator<Sample> {
      for (const { pair, ipFamily, subnets } of known.values()) {
        for (const [subnet, statistics] of subnets) {
          for (const [state, value] of Object.entries(states(statistics)))
            if (value !== undefined) yield { labels: { ...pair, subnet, ip_family: ipFamily, state }, value };
        }
      }
    };
  if (isTold('subnets')) {
    const labelNames = ['namespace', 'pair', 'subnet', 'ip_family', 'state'];
    gauge({
      name: 'kea_operator_subnet_addresses',
      help: 'Addresses of a Subnet: total in its pools, assigned and declined of these, and outside_pools: leased ones that are in none.',
      labelNames,
      samples: ofSubnets(({ total, assigned, declined, outsidePools: outside_pools }) => {
        return { total, assigned, declined, outside_pools };
      }),
    });
    gauge({
      name: 'kea_operator_subnet_prefixes',
      help: 'Prefixes of a Subnet of IPv6 that delegates some: total in its pdPools, delegated of these, and outside_pools: delegated ones that are in none.',
      labelNames,
      samples: ofSubnets(({ prefixes: total, delegated, delegatedOutsidePools: outside_pools }) => {
        return { total, delegated, outside_pools };
      }),
    });
  }

  for (const metric of STORK_METRICS) {
    if (!isTold(NEEDED[metric.scope])) continue;
    const samples = (): Iterable<Sample> => [...known.values()].flatMap(({ facts }) => [...samplesOf(metric, facts)]);
    gauge({ name: metric.name, help: metric.help, labelNames: labelsOf(metric), samples });
  }

  return {
    utilization: (pair, ipFamily, subnets) => {
      put(pair, ipFamily, { subnets });
    },
    statistics: (pair, ipFamily, servers) => {
      put(pair, ipFamily, { servers });
    },
    forget: (pair) => {
      for (const [key, one] of known)
        if (one.pair.namespace === pair.namespace && one.pair.pair === pair.pair) known.delete(key);
    },
    forgetAll: () => {
      known.clear();
    },
  };
};

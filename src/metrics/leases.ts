/** The metrics of leases and servers' statistics: our own, and those that Stork has. */
import type { Registry } from 'prom-client';
import { IP_FAMILIES, type IPFamily } from '../kea/families.ts';
import { createGauges, type Sample } from './gauges.ts';
import { SERVER_COUNTERS } from './serverCounters.ts';
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

const SUBNET_LABELS = ['namespace', 'pair', 'subnet', 'subnet_id', 'cidr', 'ip_family', 'shared_network'];

/** Each is a metric of its own, so that a sum counts nothing twice. */
const SUBNET_METRICS = [
  { name: 'kea_operator_subnet_addresses', figure: 'total', help: 'Addresses in the pools of a Subnet.' },
  {
    name: 'kea_operator_subnet_addresses_assigned',
    figure: 'assigned',
    help: 'Those leased, the declined ones among them.',
  },
  {
    name: 'kea_operator_subnet_addresses_declined',
    figure: 'declined',
    help: 'Those that clients found in use by somebody else.',
  },
  {
    name: 'kea_operator_subnet_addresses_outside_pools',
    figure: 'outsidePools',
    help: 'Leased addresses of a Subnet that are in none of its pools.',
  },
  {
    name: 'kea_operator_subnet_prefixes',
    figure: 'prefixes',
    help: 'Prefixes in the pdPools of a Subnet of IPv6 that delegates some.',
  },
  { name: 'kea_operator_subnet_prefixes_assigned', figure: 'delegated', help: 'Those that clients have.' },
  {
    name: 'kea_operator_subnet_prefixes_outside_pools',
    figure: 'delegatedOutsidePools',
    help: 'Delegated prefixes of a Subnet that are in none of its pdPools.',
  },
] as const;

export const createLeaseMetrics = (registry: Registry, detail: MetricsDetail): LeaseMetrics => {
  const known = new Map<string, Known>();
  const { gauge, counter } = createGauges(registry);
  const isTold = (needed: MetricsDetail): boolean => METRICS_DETAILS.indexOf(needed) <= METRICS_DETAILS.indexOf(detail);

  const put = (pair: PairLabels, ipFamily: IPFamily, more: Partial<Told>): void => {
    const key = `${pair.namespace}/${pair.pair}/${ipFamily}`;
    const { subnets = NONE, servers = NONE } = { ...known.get(key), ...more };
    const { version } = IP_FAMILIES[ipFamily];
    const facts = { instance: `${pair.namespace}/${pair.pair}`, version, subnets: [...subnets.values()], servers };
    if (subnets.size + servers.size === 0) known.delete(key);
    else known.set(key, { pair, ipFamily, subnets, servers, facts });
  };

  if (isTold('subnets')) {
    for (const { name, help, figure } of SUBNET_METRICS) {
      const samples = function* (): Generator<Sample> {
        for (const { pair, ipFamily, subnets } of known.values()) {
          for (const [subnet, statistics] of subnets) {
            const { cidr, subnetId: subnet_id, sharedNetwork: shared_network = '' } = statistics;
            const value = statistics[figure];
            const labels = { ...pair, subnet, subnet_id, cidr, ip_family: ipFamily, shared_network };
            if (value !== undefined) yield { labels, value };
          }
        }
      };
      gauge({ name, help, labelNames: SUBNET_LABELS, samples });
    }
  }
  for (const { name, help, labelNames: more, statistics } of SERVER_COUNTERS) {
    const samples = function* (): Generator<Sample> {
      for (const { pair, ipFamily, servers } of known.values()) {
        for (const [server, figures] of servers) {
          for (const { labels, statistic } of statistics(IP_FAMILIES[ipFamily].version)) {
            const value = figures.get(statistic);
            if (value !== undefined) yield { labels: { ...pair, server, ip_family: ipFamily, ...labels }, value };
          }
        }
      }
    };
    counter({ name, help, labelNames: ['namespace', 'pair', 'server', 'ip_family', ...more], samples });
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

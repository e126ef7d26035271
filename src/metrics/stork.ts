/**
 * The metrics that Stork has of Kea, under its names and with its labels, so that its dashboards show figures: which series there are, and where each comes
 * from. What Stork reads of Kea's statistics, though they lie after commands that change subnets, is counted here: addresses and prefixes, leased and declined.
 */
import type { Version } from '../kea/family.ts';

/** What the series of a metric are of. All have the label `instance`, NAMESPACE/PAIR. */
export type StorkScope =
  /** `subnet` and `prefix` (both the prefix of the Subnet), `subnet_id`, `shared_network`. */
  | 'subnet'
  /** The same, and `pool_id`: the pool as in the specification. */
  | 'pool'
  | 'pdPool'
  /** A ratio; `subnet`, and `name` of the shared network. */
  | 'ratioOfSubnet'
  /** A ratio; `family` (4 or 6), and `name`. */
  | 'ratioOfNetwork'
  /** `server`. */
  | 'server'
  /** `server`, and those of a Subnet. */
  | 'subnetOfServer'
  /** `server`, and those of a pool. */
  | 'poolOfServer';

interface StorkMetricBase {
  readonly name: string;
  readonly help: string;
  /** Left out: of both families. */
  readonly version?: Version;
}

/** Counted in the lease store: a figure of `status.utilization`. */
export interface Counted extends StorkMetricBase {
  readonly scope: 'subnet' | 'pool' | 'pdPool';
  readonly figure: 'total' | 'assigned' | 'declined' | 'prefixes' | 'delegated';
}

/** What of the first is taken by the second. */
export interface Ratio extends StorkMetricBase {
  readonly scope: 'ratioOfSubnet' | 'ratioOfNetwork';
  readonly figures: readonly ['total', 'assigned'] | readonly ['prefixes', 'delegated'];
}

/** A statistic of a server, by Kea's name; of a subnet what follows `subnet[17].`, of a pool what follows `subnet[17].pool[0].`. */
export interface Told extends StorkMetricBase {
  readonly scope: 'server' | 'subnetOfServer' | 'poolOfServer';
  readonly statistic: string;
}

/** Statistics of a server, by the value of the label `operation`. */
export interface Packets extends StorkMetricBase {
  readonly scope: 'server';
  readonly operations: Readonly<Record<string, string>>;
}

export type StorkMetric = Counted | Ratio | Told | Packets;

const packets = (version: Version, direction: 'received' | 'sent', names: readonly string[], more = {}): Packets => ({
  name: `kea_dhcp${version}_packets_${direction}_total`,
  help: `Packets ${direction} since the server started, by type.`,
  version,
  scope: 'server',
  operations: { ...Object.fromEntries(names.map((name) => [name, `pkt${version}-${name}-${direction}`])), ...more },
});

/** What Kea could not read, and what it would not answer, is told with what it received. */
const refused = (version: Version) => ({
  drop: `pkt${version}-receive-drop`,
  'parse-failed': `pkt${version}-parse-failed`,
});

const FAILURES = {
  '': 'at all',
  _shared_network: 'in a shared network, all of whose subnets were tried',
  _subnet: 'in a subnet of no shared network',
  _no_pools: 'as no pool was for the client',
  _classes: 'to a client of classes, whose pools may be guarded by them',
} as const;

const failures = (version: Version): readonly Told[] =>
  Object.entries(FAILURES).flatMap(([which, why]): readonly Told[] => {
    const statistic = `v${version}-allocation-fail${which.replaceAll('_', '-')}`;
    const help = `Times that a server had nothing to give ${why}.`;
    const name = `allocation_fail${which}_total`;
    return [
      { name: `kea_dhcp${version}_${name}`, help, version, scope: 'subnetOfServer', statistic },
      { name: `kea_dhcp${version}_global${version}_${name}`, help, version, scope: 'server', statistic },
    ];
  });

/** Statistics that Kea has of each pool, each subnet, and all together. */
const told = (
  version: Version,
  name: string,
  statistic: string,
  help: string,
  scopes: readonly Told['scope'][] = ['subnetOfServer', 'poolOfServer', 'server'],
): readonly Told[] =>
  scopes.map((scope) => {
    const level = { server: `global${version}_`, subnetOfServer: '', poolOfServer: 'pool_' }[scope];
    return { name: `kea_dhcp${version}_${level}${name}`, help, version, scope, statistic };
  });

const DECLINED = 'Addresses that clients found in use by somebody else';
const RECLAIMED = 'Leases that ended and were taken back since the server started.';
const RECOVERED = 'Declined addresses whose probation is over, since the server started.';
const GIVEN = 'Addresses given since the server started, or read its subnets anew.';
const GIVEN_PD = 'Prefixes given since the server started, or read its subnets anew.';
const CONFLICTS = 'Reserved addresses that another client had when they were to be given.';

export const STORK_METRICS: readonly StorkMetric[] = [
  { name: 'kea_dhcp4_addresses_total', version: 4, scope: 'subnet', figure: 'total', help: 'Addresses in pools.' },
  {
    name: 'kea_dhcp4_addresses_assigned_total',
    version: 4,
    scope: 'subnet',
    figure: 'assigned',
    help: 'Those leased.',
  },
  { name: 'kea_dhcp4_addresses_declined_total', version: 4, scope: 'subnet', figure: 'declined', help: `${DECLINED}.` },
  { name: 'kea_dhcp4_pool_addresses_total', version: 4, scope: 'pool', figure: 'total', help: 'Addresses of a pool.' },
  {
    name: 'kea_dhcp4_pool_addresses_assigned_total',
    version: 4,
    scope: 'pool',
    figure: 'assigned',
    help: 'Those leased.',
  },
  {
    name: 'kea_dhcp4_pool_addresses_declined_total',
    version: 4,
    scope: 'pool',
    figure: 'declined',
    help: `${DECLINED}.`,
  },
  ...told(4, 'addresses_reclaimed_total', 'reclaimed-leases', RECLAIMED),
  ...told(4, 'addresses_declined_reclaimed_total', 'reclaimed-declined-addresses', RECOVERED),
  ...told(4, 'cumulative_addresses_assigned_total', 'cumulative-assigned-addresses', GIVEN),
  ...told(4, 'addresses_declined_total', 'declined-addresses', `${DECLINED}, as the server counts them.`, ['server']),
  ...told(4, 'reservation_conflicts_total', 'v4-reservation-conflicts', CONFLICTS, ['subnetOfServer', 'server']),
  ...told(4, 'lease_reuses_total', 'v4-lease-reuses', 'Leases given again without being written.', [
    'subnetOfServer',
    'server',
  ]),
  ...failures(4),
  packets(
    4,
    'received',
    ['discover', 'offer', 'request', 'ack', 'nak', 'release', 'decline', 'inform', 'unknown'],
    refused(4),
  ),
  packets(4, 'sent', ['offer', 'ack', 'nak']),

  { name: 'kea_dhcp6_na_total', version: 6, scope: 'subnet', figure: 'total', help: 'Addresses in pools.' },
  { name: 'kea_dhcp6_na_assigned_total', version: 6, scope: 'subnet', figure: 'assigned', help: 'Those leased.' },
  { name: 'kea_dhcp6_addresses_declined_total', version: 6, scope: 'subnet', figure: 'declined', help: `${DECLINED}.` },
  { name: 'kea_dhcp6_pd_total', version: 6, scope: 'subnet', figure: 'prefixes', help: 'Prefixes to delegate.' },
  {
    name: 'kea_dhcp6_pd_assigned_total',
    version: 6,
    scope: 'subnet',
    figure: 'delegated',
    help: 'Those that clients have.',
  },
  { name: 'kea_dhcp6_pool_na_total', version: 6, scope: 'pool', figure: 'total', help: 'Addresses of a pool.' },
  { name: 'kea_dhcp6_pool_na_assigned_total', version: 6, scope: 'pool', figure: 'assigned', help: 'Those leased.' },
  {
    name: 'kea_dhcp6_pool_addresses_declined_total',
    version: 6,
    scope: 'pool',
    figure: 'declined',
    help: `${DECLINED}.`,
  },
  { name: 'kea_dhcp6_pool_pd_total', version: 6, scope: 'pdPool', figure: 'total', help: 'Prefixes of a pdPool.' },
  {
    name: 'kea_dhcp6_pool_pd_assigned_total',
    version: 6,
    scope: 'pdPool',
    figure: 'delegated',
    help: 'Those that clients have.',
  },
  ...told(6, 'addresses_reclaimed_total', 'reclaimed-leases', RECLAIMED),
  ...told(6, 'addresses_declined_reclaimed_total', 'reclaimed-declined-addresses', RECOVERED),
  ...told(6, 'cumulative_nas_assigned_total', 'cumulative-assigned-nas', GIVEN),
  ...told(6, 'cumulative_pds_assigned_total', 'cumulative-assigned-pds', GIVEN_PD, ['subnetOfServer', 'server']),
  ...told(6, 'addresses_declined_total', 'declined-addresses', `${DECLINED}, as the server counts them.`, ['server']),
  ...failures(6),
  packets(
    6,
    'received',
    [
      ...['solicit', 'advertise', 'request', 'reply', 'renew', 'rebind', 'release', 'decline', 'confirm', 'infrequest'],
      'unknown',
    ],
    refused(6),
  ),
  packets(6, 'sent', ['advertise', 'reply']),
  {
    name: 'kea_dhcp6_packets_received_dhcp4_total',
    help: 'Packets of DHCPv4 within DHCPv6 received since the server started.',
    version: 6,
    scope: 'server',
    operations: { query: 'pkt6-dhcpv4-query-received', response: 'pkt6-dhcpv4-response-received' },
  },
  {
    name: 'kea_dhcp6_packets_sent_dhcp4_total',
    help: 'Packets of DHCPv4 within DHCPv6 sent since the server started.',
    version: 6,
    scope: 'server',
    operations: { response: 'pkt6-dhcpv4-response-sent' },
  },

  {
    name: 'storkserver_subnet_address_utilization',
    scope: 'ratioOfSubnet',
    figures: ['total', 'assigned'],
    help: 'Part of the addresses of a Subnet that is given, from 0 to 1.',
  },
  {
    name: 'storkserver_subnet_pd_utilization',
    scope: 'ratioOfSubnet',
    figures: ['prefixes', 'delegated'],
    help: 'Part of the prefixes of a Subnet that is given, from 0 to 1.',
  },
  {
    name: 'storkserver_shared_network_address_utilization',
    scope: 'ratioOfNetwork',
    figures: ['total', 'assigned'],
    help: 'Part of the addresses of a SharedNetwork that is given, from 0 to 1.',
  },
  {
    name: 'storkserver_shared_network_pd_utilization',
    scope: 'ratioOfNetwork',
    figures: ['prefixes', 'delegated'],
    help: 'Part of the prefixes of a SharedNetwork that is given, from 0 to 1.',
  },
];

const OF_SUBNET = ['subnet', 'subnet_id', 'prefix', 'shared_network'] as const;

/** The labels of each scope, beside `instance`. */
export const STORK_LABELS: Readonly<Record<StorkScope, readonly string[]>> = {
  subnet: OF_SUBNET,
  pool: [...OF_SUBNET, 'pool_id'],
  pdPool: [...OF_SUBNET, 'pool_id'],
  ratioOfSubnet: ['subnet', 'name'],
  ratioOfNetwork: ['family', 'name'],
  server: ['server'],
  subnetOfServer: ['server', ...OF_SUBNET],
  poolOfServer: ['server', ...OF_SUBNET, 'pool_id'],
};

export const labelsOf = (metric: StorkMetric): readonly string[] => [
  'instance',
  ...STORK_LABELS[metric.scope],
  ...('operations' in metric ? ['operation'] : []),
];

/** The statistics of a server as a whole that a family has a series of: all that is asked of one with a great many subnets. */
export const globalStatistics = (version: Version): readonly string[] =>
  STORK_METRICS.flatMap((metric) => {
    if (metric.version !== version || metric.scope !== 'server') return [];
    return 'operations' in metric ? Object.values(metric.operations) : [metric.statistic];
  });

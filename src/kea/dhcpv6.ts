/** DHCPv6: what Kea calls things, and the columns of its tables (schema 29 of the configuration backend). */
import { DHCPV6_COMMANDS, DHCPV6_SUBNETS } from './dhcpv6Commands.ts';
import type { Family } from './family.ts';
import { IPV6 } from './ipv6.ts';
import { columnOf } from './keywords.ts';

/** Of subnets and shared networks alike. */
const IN_COMMON = [
  'interface',
  'interface_id',
  'preferred_lifetime',
  'min_preferred_lifetime',
  'max_preferred_lifetime',
  'valid_lifetime',
  'min_valid_lifetime',
  'max_valid_lifetime',
  'renew_timer',
  'rebind_timer',
  'calculate_tee_times',
  't1_percent',
  't2_percent',
  'rapid_commit',
  'reservations_global',
  'reservations_in_subnet',
  'reservations_out_of_pool',
  'allocator',
  'pd_allocator',
  'relay',
  'user_context',
  'client_classes',
  'evaluate_additional_classes',
  'ddns_send_updates',
  'ddns_override_no_update',
  'ddns_override_client_update',
  'ddns_replace_client_name',
  'ddns_generated_prefix',
  'ddns_qualifying_suffix',
  'ddns_ttl_percent',
  'ddns_ttl',
  'ddns_ttl_min',
  'ddns_ttl_max',
  'cache_threshold',
  'cache_max_age',
  'modification_ts',
] as const;

/** Of both kinds of pools. */
const OF_POOLS = [
  'id',
  'subnet_id',
  'client_classes',
  'evaluate_additional_classes',
  'user_context',
  'modification_ts',
] as const;
const GIVEN_TO_POOLS = ['id', 'subnet_id', 'modification_ts'] as const;

export const DHCPV6: Family = {
  version: 6,
  daemon: 'kea-dhcp6',
  messageLogger: 'dhcp6',
  json: { root: 'Dhcp6', subnets: DHCPV6_SUBNETS, subnetId: 'subnet-id6' },
  optionSpace: 'dhcp6',
  identifiers: ['hw-address', 'duid'],
  packetQueue: 'kea-ring6',
  leaseFile: 'kea-leases6.csv',
  noAddress: '::',
  frozen: [
    'preferred-lifetime',
    'min-preferred-lifetime',
    'max-preferred-lifetime',
    'renew-timer',
    'rebind-timer',
    'valid-lifetime',
    'min-valid-lifetime',
    'max-valid-lifetime',
    'calculate-tee-times',
    't1-percent',
    't2-percent',
    'store-extended-info',
    'cache-threshold',
    'cache-max-age',
    'allocator',
    'pd-allocator',
    // Not of Kea's list: its parser gives a subnet of a command the default, and that outranks the network's.
    'rapid-commit',
  ],
  addressing: IPV6,
  commands: DHCPV6_COMMANDS,
  tables: {
    network: {
      name: 'dhcp6_shared_network',
      columns: ['id', 'name', ...IN_COMMON],
      given: ['id', 'modification_ts'],
    },
    subnet: {
      name: 'dhcp6_subnet',
      columns: ['subnet_id', 'subnet_prefix', 'shared_network_name', ...IN_COMMON],
      given: ['modification_ts'],
    },
    pool: {
      name: 'dhcp6_pool',
      columns: ['start_address', 'end_address', ...OF_POOLS],
      given: GIVEN_TO_POOLS,
    },
    pdPool: {
      name: 'dhcp6_pd_pool',
      columns: [
        'prefix',
        'prefix_length',
        'delegated_prefix_length',
        'excluded_prefix',
        'excluded_prefix_length',
        ...OF_POOLS,
      ],
      given: GIVEN_TO_POOLS,
    },
    reserved: 'ipv6_reservations',
    options: 'dhcp6_options',
    servers: 'dhcp6_server',
    auditRevisions: 'dhcp6_audit_revision',
    leases: 'lease6',
    leaseStatistics: 'lease6_stat',
  },
  leaseFigures: { assigned: 'assigned-nas', declined: 'declined-addresses', delegated: 'assigned-pds' },
  createAuditRevision: 'createAuditRevisionDHCP6',
  leaseAddress: {
    type: 'inet',
    write: IPV6.format,
    toText: (column) => `host(${column})`,
    fromText: (text) => `${text}::inet`,
  },
  ownColumn: (keyword: string): string => `dhcp6_${columnOf(keyword)}`,
};

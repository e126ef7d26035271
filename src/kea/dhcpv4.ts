/** What Kea calls things of DHCPv4: its tables, with all their columns (schema 29 of the configuration backend). */
import { columnOf, fieldsAt } from './keywords.ts';

/** A table of Kea's, with all its columns; test/contract holds them against a real database. */
export interface KeaTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Those that neither keywords nor anything of a wish are in: numbers and times that the database gives. */
  readonly given: readonly string[];
}

/** Of subnets and shared networks alike. */
const IN_COMMON = [
  'interface',
  'valid_lifetime',
  'min_valid_lifetime',
  'max_valid_lifetime',
  'renew_timer',
  'rebind_timer',
  'calculate_tee_times',
  't1_percent',
  't2_percent',
  'offer_lifetime',
  'next_server',
  'server_hostname',
  'boot_file_name',
  'reservations_global',
  'reservations_in_subnet',
  'reservations_out_of_pool',
  'allocator',
  'match_client_id',
  'authoritative',
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

export const TABLES = {
  network: {
    name: 'dhcp4_shared_network',
    columns: ['id', 'name', ...IN_COMMON],
    given: ['id', 'modification_ts'],
  },
  subnet: {
    name: 'dhcp4_subnet',
    columns: [
      'subnet_id',
      'subnet_prefix',
      'shared_network_name',
      ...IN_COMMON,
      'interface_4o6',
      'interface_id_4o6',
      'subnet_4o6',
    ],
    given: ['modification_ts'],
  },
  pool: {
    name: 'dhcp4_pool',
    columns: [
      'id',
      'start_address',
      'end_address',
      'subnet_id',
      'client_classes',
      'evaluate_additional_classes',
      'user_context',
      'modification_ts',
    ],
    given: ['id', 'subnet_id', 'modification_ts'],
  },
} as const satisfies Readonly<Record<string, KeaTable>>;

/** Columns of a table for keywords that are not in the table of keywords: a difference, so that none is forgotten. */
export const emptyColumns = (level: keyof typeof TABLES): readonly string[] => {
  const { columns, given }: KeaTable = TABLES[level];
  const written = new Set(fieldsAt(level, 4).flatMap((field) => (field.in === 'column' ? field.columns : [])));
  return columns.filter((column) => !given.includes(column) && !written.has(column));
};

/** The column of the hosts table that is the family's own for a keyword. */
export const hostColumn = (keyword: string): string =>
  keyword === 'ip-address' ? 'ipv4_address' : `dhcp4_${columnOf(keyword)}`;

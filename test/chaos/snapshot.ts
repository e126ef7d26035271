/** What has to be the same before and after a case. */
import { SUBNETS } from '../../src/api/resources.ts';
import { PODS } from '../../src/workload/objects.ts';
import { NAMESPACE } from '../support/install.ts';
import { until } from '../support/run.ts';
import type { Lease } from './judge.ts';
import { type Lab, systemPods } from './lab.ts';

export interface Snapshot {
  /** The pair's rows as text, without times, and without the router of the subnet that beats. */
  readonly rows: readonly string[];
  /** `name prefix=id` of every Subnet. */
  readonly ids: readonly string[];
  /** `id prefix` of every subnet id that was ever given. */
  readonly ledger: readonly string[];
  /** Active leases of every server, by its name; of the database where they are there. */
  readonly leases: ReadonlyMap<string, readonly Lease[]>;
  /** Which operator this is, and how often it was started. */
  readonly operator: string;
}

const ROWS = `
SELECT 'subnet ' || subnet_id || ' ' || subnet_prefix || ' ' || coalesce(shared_network_name, '-') FROM dhcp4_subnet
UNION ALL SELECT 'network ' || name FROM dhcp4_shared_network
UNION ALL SELECT 'pool ' || subnet_id || ' ' || host(start_address) || '-' || host(end_address) FROM dhcp4_pool
UNION ALL SELECT 'option ' || scope_id || ' ' || coalesce(dhcp4_subnet_id::text, shared_network_name, host_id::text, '-') || ' ' || code || ' ' || coalesce(formatted_value, encode(value, 'hex'))
  FROM dhcp4_options WHERE dhcp4_subnet_id IS DISTINCT FROM (SELECT subnet_id FROM dhcp4_subnet WHERE subnet_prefix = '10.21.0.0/24')
UNION ALL SELECT 'host ' || coalesce(dhcp4_subnet_id::text, '-') || ' ' || encode(dhcp_identifier, 'hex') || ' ' || coalesce(('0.0.0.0'::inet + ipv4_address)::text, '-') FROM hosts
ORDER BY 1`;

const LEDGER = "SELECT subnet_id || ' ' || prefix FROM kea_operator.subnet_id ORDER BY 1";

const lines = (printed: string): readonly string[] => printed.split('\n').filter((line) => line !== '');

interface KeaLease {
  readonly 'ip-address': string;
  readonly 'hw-address'?: string;
  readonly 'subnet-id': number;
  readonly state: number;
  readonly cltt: number;
  readonly 'valid-lft': number;
}

const leasesOf = async (lab: Lab, server: string): Promise<readonly Lease[]> => {
  // One that has just lost its database, as after that was restarted, has none for a while. Result 3: it has none.
  const answer = await until(`leases of ${server}`, 30, async () => {
    const found = await lab.ask(server, 'lease4-get-all');
    return (found.result === 0 || found.result === 3) && found;
  });
  const now = Date.now() / 1000;
  return ((answer.arguments?.leases ?? []) as readonly KeaLease[])
    .filter((lease) => lease.state === 0 && lease.cltt + lease['valid-lft'] > now)
    .map((lease) => ({
      address: lease['ip-address'],
      client: lease['hw-address'] ?? '',
      subnetId: lease['subnet-id'],
      ends: lease.cltt + lease['valid-lft'],
    }));
};

/** Where leases are: at every server that is no backup's of the other, or once in the database. */
const allLeases = async (lab: Lab): Promise<ReadonlyMap<string, readonly Lease[]>> => {
  const { shape, spec } = lab.present;
  const servers = shape.storage === 'PostgreSQL' ? spec.servers.slice(0, 1) : spec.servers;
  return new Map(await Promise.all(servers.map(async ({ name }) => [name, await leasesOf(lab, name)] as const)));
};

export const takeSnapshot = async (lab: Lab): Promise<Snapshot> => {
  const [rows, ledger, subnets, leases, operators] = await Promise.all([
    lab.sql(ROWS),
    lab.sql(LEDGER),
    lab.client.list(SUBNETS, { namespace: NAMESPACE }),
    allLeases(lab),
    lab.client.list(PODS, {
      namespace: systemPods('operator').namespace,
      labelSelector: systemPods('operator').selector,
    }),
  ]);
  return {
    rows: lines(rows),
    ledger: lines(ledger),
    ids: subnets.items
      .map(({ metadata, spec, status }) => `${metadata.name} ${spec.cidr}=${status?.subnetId ?? 'none'}`)
      .toSorted(),
    leases,
    operator: operators.items
      .map(({ metadata, status }) => `${metadata.uid ?? ''} ${status?.containerStatuses?.[0]?.restartCount ?? 0}`)
      .join(' '),
  };
};

/** Ids that two prefixes have or had. */
export const idsGivenTwice = (snapshots: readonly Snapshot[]): readonly string[] => {
  const prefixes = new Map<string, Set<string>>();
  const add = (id: string, prefix: string): void => {
    prefixes.set(id, (prefixes.get(id) ?? new Set()).add(prefix));
  };
  for (const { ledger, ids } of snapshots) {
    for (const line of ledger) add(...(line.split(' ') as [string, string]));
    for (const line of ids) {
      const [, prefix = '', id = ''] = /^\S+ (\S+)=(\S+)$/.exec(line) ?? [];
      if (id !== 'none') add(id, prefix);
    }
  }
  return [...prefixes].filter(([, own]) => own.size > 1).map(([id, own]) => `${id}: ${[...own].join(', ')}`);
};

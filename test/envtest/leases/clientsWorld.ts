/** What clients of other makers find: a namespace with one pair that has its leases in PostgreSQL, and one that has them in memory. */
import { HOST_RESERVATIONS, SHARED_NETWORKS, SUBNETS } from '../../../src/api/resources.ts';
import { leaseWriter } from '../../support/leases.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import type { World } from './world.ts';

export const NAMESPACE = 'mixed';

const DESKS = Array.from({ length: 12 }, (_, n) => `10.7.0.${n + 1}`);
const MEMORY = ['10.8.0.9', '10.8.0.10', '10.8.0.100'];

export const LEASES = { expired: '10.7.0.2', declined: '10.7.0.3', withoutSubnet: '10.9.0.1' } as const;

/** In the order of the pairs, and of addresses in each. */
export const NAMES: readonly string[] = [...MEMORY, ...DESKS, LEASES.withoutSubnet];

/** What a selection is and which leases it has. */
export interface Selection {
  readonly labels?: string;
  readonly fields?: string;
  readonly names: readonly string[];
}

const PREFIX = 'kea-operator.io/';
const among = (...names: readonly string[]): readonly string[] => NAMES.filter((name) => names.includes(name));
const without = (...names: readonly string[]): readonly string[] => NAMES.filter((name) => !names.includes(name));

export const SELECTIONS: readonly Selection[] = [
  { labels: `${PREFIX}pair=memory`, names: MEMORY },
  { labels: `${PREFIX}pair in (memory, office),${PREFIX}state!=Active`, names: among(LEASES.expired, LEASES.declined) },
  { labels: `${PREFIX}subnet`, names: DESKS },
  { labels: `!${PREFIX}subnet`, names: without(...DESKS) },
  { labels: `${PREFIX}shared-network==floor`, names: DESKS },
  { labels: `${PREFIX}family=IPv6`, names: [] },
  { labels: `${PREFIX}type notin (Prefix)`, names: NAMES },
  { labels: 'team=network', names: [] },
  { labels: '!team', names: NAMES },
  { fields: 'metadata.name=10.7.0.5', names: ['10.7.0.5'] },
  { fields: 'status.state=Declined', names: [LEASES.declined] },
  { fields: 'spec.hwAddress=02-00-00-00-00-05', names: ['10.7.0.5'] },
  { fields: 'spec.hwAddress=0200.0000.0099', names: MEMORY },
  { fields: 'spec.clientId=01:02:00:00:00:00:06', names: ['10.7.0.6'] },
  { fields: 'spec.hostname=PHONE-10', names: ['10.7.0.10'] },
  { fields: 'spec.hostname=phone-*', names: ['10.7.0.10', '10.7.0.11', '10.7.0.12'] },
  { fields: 'status.address=10.7.0.8/30', names: ['10.7.0.8', '10.7.0.9', '10.7.0.10', '10.7.0.11'] },
  { fields: 'spec.subnetId=9', names: [LEASES.withoutSubnet] },
  { fields: 'spec.subnet=desks,spec.state=Expired', names: [LEASES.expired] },
  {
    labels: `${PREFIX}subnet=desks`,
    fields: 'spec.address=10.7.0.0/29,status.state=Active',
    names: ['10.7.0.1', '10.7.0.4', '10.7.0.5', '10.7.0.6', '10.7.0.7'],
  },
];

/** Makes it; gives the database, to be dropped. */
export const furnish = async (world: World): Promise<TestDatabase> => {
  const { client } = world.server;
  const options = { fieldManager: 'test' };
  await world.namespace(NAMESPACE);
  const database = await world.postgres.database();
  await database.query(`
    INSERT INTO lease4 (address, hwaddr, client_id, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, pool_id)
    SELECT ('10.7.0.0'::inet + n) - '0.0.0.0'::inet, decode('020000' || lpad(to_hex(n), 6, '0'), 'hex'),
      decode('01020000' || lpad(to_hex(n), 6, '0'), 'hex'), 3600,
      date_trunc('second', now()) + CASE n WHEN 2 THEN interval '-5 minutes' ELSE interval '30 minutes' END,
      7, true, true, CASE WHEN n < 10 THEN 'desk-' ELSE 'phone-' END || n, CASE n WHEN 3 THEN 1 ELSE 0 END, 0
    FROM generate_series(1, ${DESKS.length}) n`);
  await database.query(`
    INSERT INTO lease4 (address, hwaddr, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, pool_id)
    VALUES ('${LEASES.withoutSubnet}'::inet - '0.0.0.0'::inet, '\\x020000000098', 3600, now() + interval '1 hour', 9, false, false, '', 0, 0)`);
  const pair = 'office';
  await world.pair({
    namespace: NAMESPACE,
    pair,
    ipFamily: 'IPv4',
    storage: 'PostgreSQL',
    database: database.target,
  });

  const deletionPolicy = 'Protect' as const;
  const at = (name: string) => ({ metadata: { name, namespace: NAMESPACE } });
  await client.apply(
    SHARED_NETWORKS,
    { ...at('floor'), spec: { haPairRef: { name: pair }, deletionPolicy, ipFamily: 'IPv4' } },
    options,
  );
  const spec = { cidr: '10.7.0.0/16', sharedNetworkRef: { name: 'floor' }, deletionPolicy };
  await client.apply(SUBNETS, { ...at('desks'), spec }, options);
  const status = { subnetId: 7, haPair: pair };
  await client.patch(SUBNETS, at('desks').metadata, { status }, { subresource: 'status' });
  const reserved = {
    subnetRef: { name: 'desks' },
    identifier: { hwAddress: '02:00:00:00:00:05' },
    ipAddress: '10.7.0.5',
  };
  await client.apply(HOST_RESERVATIONS, { ...at('fifth-desk'), spec: reserved }, options);

  const memory = await world.lab.server('mixed', { dhcp4: { subnet4: [{ id: 8, subnet: '10.8.0.0/16' }] } });
  const kea = leaseWriter(memory);
  for (const address of MEMORY) {
    await kea.add({ address, subnetId: 8, hwAddress: '02:00:00:00:00:99', validLifetime: 3_600 });
  }
  await kea.close();
  await world.pair({
    namespace: NAMESPACE,
    pair: 'memory',
    ipFamily: 'IPv4',
    storage: 'Memfile',
    servers: [memory.endpoint],
  });
  return database;
};

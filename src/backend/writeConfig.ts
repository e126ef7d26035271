import type { NetworkChange, SubnetChange } from '../plan/plan.ts';
import type { Writer } from './batches.ts';
import { expectAll, itemsOf } from './batches.ts';
import {
  NETWORK_COLUMNS,
  OTHER_NETWORK_COLUMNS,
  OTHER_SUBNET_COLUMNS,
  networkOptionRecords,
  poolOptionRecords,
  poolRecords,
  sharedNetworkRecord,
  subnetOptionRecords,
  subnetRecord,
} from './rows.ts';
import { declared, from, names, put, set, taken } from './sql.ts';
import type { Columns } from './sql.ts';
import { OWNERS, putOptions } from './writeOptions.ts';

export async function writeNetworks(
  { session, serverId }: Writer,
  op: NetworkChange['op'],
  changes: readonly NetworkChange[],
): Promise<void> {
  const keys = changes.map(({ key }) => key);
  const items = itemsOf(changes);
  switch (op) {
    case 'remove':
      await session.run('DELETE FROM dhcp4_shared_network WHERE name = ANY($1)', [keys]);
      return;
    case 'release':
      await session.run(release('dhcp4_shared_network', 'name', 'text'), [userContexts(changes)]);
      return;
    case 'create':
      await put(
        session,
        `WITH made AS (
           INSERT INTO dhcp4_shared_network (name, ${names(NETWORK_COLUMNS)}, modification_ts)
           SELECT r.name, ${taken(NETWORK_COLUMNS)}, clock_timestamp() ${from(`name text, ${declared(NETWORK_COLUMNS)}`)}
           RETURNING id)
         INSERT INTO dhcp4_shared_network_server (shared_network_id, server_id, modification_ts)
         SELECT id, $2, clock_timestamp() FROM made`,
        items.map(sharedNetworkRecord),
        serverId,
      );
      break;
    case 'update':
      expectAll(
        await put(
          session,
          `UPDATE dhcp4_shared_network n
           SET ${set(NETWORK_COLUMNS, OTHER_NETWORK_COLUMNS)}, modification_ts = clock_timestamp()
           ${from(`name text, ${declared(NETWORK_COLUMNS)}`)} WHERE n.name = r.name`,
          items.map(sharedNetworkRecord),
        ),
        items.length,
        'shared networks',
      );
      await session.run('DELETE FROM dhcp4_options WHERE scope_id = 4 AND shared_network_name = ANY($1)', [keys]);
  }
  await putOptions(session, OWNERS.network, items.flatMap(networkOptionRecords), serverId);
}

const SUBNET_COLUMNS: Columns = [['subnet_prefix', 'text'], ['shared_network_name', 'text'], ...NETWORK_COLUMNS];

/** Pools have no audit trigger and options announce nothing on their own: the row of their subnet is written with them, always. */
export async function writeSubnets(
  { session, serverId }: Writer,
  op: SubnetChange['op'],
  changes: readonly SubnetChange[],
): Promise<void> {
  const keys = changes.map(({ key }) => key);
  const items = itemsOf(changes);
  switch (op) {
    case 'remove':
      await session.run('DELETE FROM dhcp4_subnet WHERE subnet_id = ANY($1)', [keys]);
      return;
    case 'release':
      await session.run(release('dhcp4_subnet', 'subnet_id', 'bigint'), [userContexts(changes)]);
      return;
    case 'create':
      await put(
        session,
        `WITH made AS (
           INSERT INTO dhcp4_subnet (subnet_id, ${names(SUBNET_COLUMNS)}, modification_ts)
           SELECT r.subnet_id, ${taken(SUBNET_COLUMNS)}, clock_timestamp() ${from(`subnet_id bigint, ${declared(SUBNET_COLUMNS)}`)}
           RETURNING subnet_id)
         INSERT INTO dhcp4_subnet_server (subnet_id, server_id, modification_ts)
         SELECT subnet_id, $2, clock_timestamp() FROM made`,
        items.map(subnetRecord),
        serverId,
      );
      break;
    case 'update':
      expectAll(
        await put(
          session,
          `UPDATE dhcp4_subnet s
           SET ${set(SUBNET_COLUMNS, OTHER_SUBNET_COLUMNS)}, modification_ts = clock_timestamp()
           ${from(`subnet_id bigint, ${declared(SUBNET_COLUMNS)}`)} WHERE s.subnet_id = r.subnet_id`,
          items.map(subnetRecord),
        ),
        items.length,
        'subnets',
      );
      // A trigger takes the pools' options with them.
      await session.run('DELETE FROM dhcp4_pool WHERE subnet_id = ANY($1)', [keys]);
      await session.run('DELETE FROM dhcp4_options WHERE scope_id = 1 AND dhcp4_subnet_id = ANY($1)', [keys]);
  }
  await put(
    session,
    `INSERT INTO dhcp4_pool (subnet_id, start_address, end_address, client_classes, modification_ts)
     SELECT r.subnet_id, r.first, r.last, r.client_classes, clock_timestamp()
     ${from('subnet_id bigint, first inet, last inet, client_classes text')}`,
    items.flatMap(poolRecords),
  );
  await putOptions(session, OWNERS.subnet, items.flatMap(subnetOptionRecords), serverId);
  await putOptions(session, OWNERS.pool, items.flatMap(poolOptionRecords), serverId);
}

/** The marker goes, and the user's part of the context stays; every other column stays as it is. */
const release = (table: string, key: string, type: string): string =>
  `UPDATE ${table} t SET user_context = r.user_context, modification_ts = clock_timestamp()
   ${from(`key ${type}, user_context json`)} WHERE t.${key} = r.key`;

const userContexts = (changes: readonly (NetworkChange | SubnetChange)[]): string =>
  JSON.stringify(
    changes.map(({ key, ...change }) => ({
      key,
      user_context: change.op === 'release' ? (change.item.body['user-context'] ?? null) : null,
    })),
  );

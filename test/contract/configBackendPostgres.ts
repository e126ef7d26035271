import { openBackend } from '../../src/backend/open.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { HostBody, NetworkPart } from '../../src/kea/state.ts';
import type { TestDatabase, TestPostgres } from '../support/postgres.ts';
import type { Harness } from './backends.ts';

/** A database of its own, with what other users do written in plain SQL. */
export const openPostgresHarness = async (
  server: TestPostgres,
): Promise<Harness & { readonly database: TestDatabase }> => {
  const database = await server.database();
  const backend = openBackend(database.target, DHCPV4);
  const tagIds = async (tags: readonly string[]): Promise<readonly number[]> => {
    const ids: number[] = [];
    for (const tag of tags) {
      const [row] = await database.query<{ id: number }>(
        `WITH made AS (INSERT INTO dhcp4_server (tag) VALUES ($1) ON CONFLICT (tag) DO NOTHING RETURNING id)
         SELECT id FROM made UNION SELECT id FROM dhcp4_server WHERE tag = $1`,
        [tag],
      );
      ids.push(row?.id ?? 0);
    }
    return ids;
  };
  // By hand, without an audit revision.
  await database.query("SELECT set_config('kea.disable_audit', 'true', false)");
  const renewTimer = (body: NetworkPart): number | null => body['renew-timer'] ?? null;
  return {
    backend,
    database,
    async foreignNetwork(body, tags) {
      const servers = await tagIds(tags);
      await database.query('INSERT INTO dhcp4_shared_network (name, renew_timer) VALUES ($1, $2)', [
        body.name,
        renewTimer(body),
      ]);
      await database.query(
        `INSERT INTO dhcp4_shared_network_server (shared_network_id, server_id)
           SELECT n.id, s FROM dhcp4_shared_network n, unnest($2::bigint[]) AS s WHERE n.name = $1`,
        [body.name, servers],
      );
    },
    async foreignSubnet(body, tags) {
      const servers = await tagIds(tags);
      await database.query('INSERT INTO dhcp4_subnet (subnet_id, subnet_prefix, renew_timer) VALUES ($1, $2, $3)', [
        body.id,
        body.subnet,
        renewTimer(body),
      ]);
      await database.query('INSERT INTO dhcp4_subnet_server (subnet_id, server_id) SELECT $1, unnest($2::bigint[])', [
        body.id,
        servers,
      ]);
    },
    async foreignHost(body: HostBody) {
      await database.query(
        `INSERT INTO hosts (dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id, ipv4_address, hostname, dhcp4_next_server, user_context)
         VALUES (decode($1, 'hex'), 0, $2, 0, $3, 0, '')`,
        [body.identifier, body['subnet-id'], body.hostname ?? null],
      );
    },
    async lease(address, subnetId) {
      await database.query(
        `INSERT INTO lease4 (address, subnet_id, valid_lifetime, expire, state) VALUES ($1::inet - '0.0.0.0'::inet, $2, 60, now(), 0)`,
        [address, subnetId],
      );
    },
    async close() {
      await backend.close();
      await database.drop();
    },
  };
};

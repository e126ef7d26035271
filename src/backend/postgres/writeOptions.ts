import type { Session } from './connection.ts';
import { HOST_KEY_COLUMNS } from './rows.ts';
import type { RowRecord } from './rows.ts';
import { from, put } from './sql.ts';

/** SQL: the row `h` of hosts is the one that the record `r` names. */
export const SAME_HOST = `h.dhcp_identifier = decode(r.identifier, 'hex')
  AND h.dhcp_identifier_type = r.type AND h.dhcp4_subnet_id = r.subnet_id`;

/** Whose an option is: Kea's scope, the column that names the owner, and how the owner is found. */
interface OptionOwner {
  readonly scope: number;
  readonly column: string;
  readonly value: string;
  readonly declared: string;
  readonly join: string;
}

export const OWNERS = {
  network: { scope: 4, column: 'shared_network_name', value: 'r.name', declared: 'name text', join: '' },
  subnet: { scope: 1, column: 'dhcp4_subnet_id', value: 'r.subnet_id', declared: 'subnet_id bigint', join: '' },
  pool: {
    scope: 5,
    column: 'pool_id',
    value: 'p.id',
    declared: 'subnet_id bigint, first inet',
    join: 'JOIN dhcp4_pool p ON p.subnet_id = r.subnet_id AND p.start_address = r.first',
  },
  host: {
    scope: 3,
    column: 'host_id',
    value: 'h.host_id',
    declared: HOST_KEY_COLUMNS,
    join: `JOIN hosts h ON ${SAME_HOST}`,
  },
} as const satisfies Record<string, OptionOwner>;

const OPTION_TYPES =
  'code smallint, space text, value text, formatted_value text, persistent boolean, cancelled boolean, client_classes text';

/** Options of configuration carry the server tag too, as Kea's own writer does it; those of reservations do not. */
export async function putOptions(
  session: Session,
  owner: OptionOwner,
  records: readonly RowRecord[],
  serverId: number | undefined,
): Promise<void> {
  const insert = `
    INSERT INTO dhcp4_options (code, space, value, formatted_value, persistent, cancelled, client_classes,
      scope_id, ${owner.column}, modification_ts)
    SELECT r.code, r.space, decode(r.value, 'hex'), r.formatted_value, r.persistent, r.cancelled, r.client_classes,
      ${owner.scope}, ${owner.value}, clock_timestamp()
    ${from(`${owner.declared}, ${OPTION_TYPES}`)} ${owner.join}`;
  if (serverId === undefined) {
    await put(session, insert, records);
    return;
  }
  await put(
    session,
    `WITH made AS (${insert} RETURNING option_id)
     INSERT INTO dhcp4_options_server (option_id, server_id, modification_ts)
     SELECT option_id, $2, clock_timestamp() FROM made`,
    records,
    serverId,
  );
}

/** Writes of options, whoever has them. */
import { type Family, perFamily } from '../../kea/family.ts';
import type { Writer } from './batches.ts';
import { HOST_KEY_COLUMNS, subnetIdColumn } from './hostRows.ts';
import type { RowRecord } from './records.ts';
import { from, put } from './sql.ts';

/** SQL: the row `h` of hosts is the one that the record `r` names. */
export const sameHost = (family: Family): string => `h.dhcp_identifier = decode(r.identifier, 'hex')
  AND h.dhcp_identifier_type = r.type AND h.${subnetIdColumn(family)} = r.subnet_id`;

/** Whose an option is: Kea's scope, the column that names the owner, and how the owner is found. */
interface OptionOwner {
  readonly scope: number;
  readonly column: string;
  readonly value: string;
  readonly declared: string;
  readonly join: string;
  /** It carries the server tag too, as Kea's own writer does it. */
  readonly tagged: boolean;
}

export const ownersOf = perFamily(
  (family) =>
    ({
      network: {
        scope: 4,
        column: 'shared_network_name',
        value: 'r.name',
        declared: 'name text',
        join: '',
        tagged: true,
      },
      subnet: {
        scope: 1,
        column: subnetIdColumn(family),
        value: 'r.subnet_id',
        declared: 'subnet_id bigint',
        join: '',
        tagged: true,
      },
      pool: {
        scope: 5,
        column: 'pool_id',
        value: 'p.id',
        declared: 'subnet_id bigint, first inet',
        join: `JOIN ${family.tables.pool.name} p ON p.subnet_id = r.subnet_id AND p.start_address = r.first`,
        tagged: true,
      },
      pdPool: {
        scope: 6,
        column: 'pd_pool_id',
        value: 'p.id',
        declared: 'subnet_id bigint, prefix text, prefix_length smallint',
        join: `JOIN ${family.tables.pdPool?.name ?? ''} p
          ON p.subnet_id = r.subnet_id AND p.prefix = r.prefix AND p.prefix_length = r.prefix_length`,
        tagged: true,
      },
      class: {
        scope: 2,
        column: 'dhcp_client_class',
        value: 'r.class',
        declared: 'class text',
        join: '',
        tagged: false,
      },
      host: {
        scope: 3,
        column: 'host_id',
        value: 'h.host_id',
        declared: HOST_KEY_COLUMNS,
        join: `JOIN hosts h ON ${sameHost(family)}`,
        tagged: false,
      },
    }) as const satisfies Record<string, OptionOwner>,
);

const OPTION_TYPES =
  'code integer, space text, value text, formatted_value text, persistent boolean, cancelled boolean, client_classes text';

export const putOptions = async (
  { session, serverId, family: { tables } }: Writer,
  owner: OptionOwner,
  records: readonly RowRecord[],
): Promise<void> => {
  const insert = `
    INSERT INTO ${tables.options} (code, space, value, formatted_value, persistent, cancelled, client_classes,
      scope_id, ${owner.column}, modification_ts)
    SELECT r.code, r.space, decode(r.value, 'hex'), r.formatted_value, r.persistent, r.cancelled, r.client_classes,
      ${owner.scope}, ${owner.value}, clock_timestamp()
    ${from(`${owner.declared}, ${OPTION_TYPES}`)} ${owner.join}`;
  if (!owner.tagged) {
    await put(session, insert, records);
    return;
  }
  await put(
    session,
    `WITH made AS (${insert} RETURNING option_id)
     INSERT INTO ${tables.options}_server (option_id, server_id, modification_ts)
     SELECT option_id, $2, clock_timestamp() FROM made`,
    records,
    serverId,
  );
};

import type { HostBody, Item } from '../../kea/state.ts';
import type { ChangeOf } from '../../plan/plan.ts';
import { expectAll, itemsOf, type Writer } from './batches.ts';
import {
  HOST_KEY_COLUMNS,
  hostColumns,
  hostKeyOf,
  hostOptionRecords,
  hostRecord,
  reservedRecords,
  subnetIdColumn,
} from './hostRows.ts';
import { type Columns, declared, from, names, put } from './sql.ts';
import { ownersOf, putOptions, sameHost } from './writeOptions.ts';

/** Reservations are live at once and announced by nobody: no audit, no server tag, no modification_ts. */
export const writeHosts = async (
  writer: Writer,
  op: ChangeOf<'host'>['op'],
  changes: readonly ChangeOf<'host'>[],
): Promise<void> => {
  const { session, family } = writer;
  const items = itemsOf(changes);
  const columns = hostColumns(family);
  const typed: Columns = columns.map(([column]) => [column, 'text']);
  const isSame = sameHost(family);
  const records = items.map((item) => hostRecord(family, item));
  switch (op) {
    case 'remove': {
      const gone = changes.map((change) => hostKeyOf(change.op === 'remove' ? change.was : change.item));
      await put(
        session,
        `DELETE FROM hosts h USING json_to_recordset($1::json) AS r(${HOST_KEY_COLUMNS}) WHERE ${isSame}`,
        gone,
      );
      return;
    }
    case 'release':
      await put(
        session,
        `UPDATE hosts h SET user_context = r.user_context ${from(`${HOST_KEY_COLUMNS}, user_context text`)} WHERE ${isSame}`,
        records,
      );
      return;
    case 'create':
      await put(
        session,
        `INSERT INTO hosts (dhcp_identifier, dhcp_identifier_type, ${subnetIdColumn(family)}, ${names(typed)})
         SELECT decode(r.identifier, 'hex'), r.type, r.subnet_id, ${columns.map(([, value]) => value).join(', ')}
         ${from(`${HOST_KEY_COLUMNS}, ${declared(typed)}`)}`,
        records,
      );
      break;
    case 'update':
      expectAll(
        await put(
          session,
          `UPDATE hosts h SET ${columns.map(([column, value]) => `${column} = ${value}`).join(', ')}
           ${from(`${HOST_KEY_COLUMNS}, ${declared(typed)}`)} WHERE ${isSame}`,
          records,
        ),
        items.length,
        'reservations',
      );
      await put(
        session,
        `DELETE FROM ${family.tables.options} o USING hosts h, json_to_recordset($1::json) AS r(${HOST_KEY_COLUMNS})
         WHERE o.scope_id = 3 AND o.host_id = h.host_id AND ${isSame}`,
        items.map(hostKeyOf),
      );
  }
  await putReserved(writer, op, items);
  await putOptions(writer, ownersOf(family).host, items.flatMap(hostOptionRecords));
};

/** The addresses and prefixes of reservations, where they are rows of their own; in the order in which clients get them. */
const putReserved = async (
  { session, family }: Writer,
  op: ChangeOf<'host'>['op'],
  items: readonly Item<HostBody>[],
): Promise<void> => {
  const { reserved } = family.tables;
  if (reserved === undefined) return;
  const isSame = sameHost(family);
  if (op === 'update') {
    await put(
      session,
      `DELETE FROM ${reserved} v USING hosts h, json_to_recordset($1::json) AS r(${HOST_KEY_COLUMNS})
       WHERE v.host_id = h.host_id AND ${isSame}`,
      items.map(hostKeyOf),
    );
  }
  await put(
    session,
    `INSERT INTO ${reserved} (address, prefix_len, type, host_id)
     SELECT r.address::inet, r.prefix_len, r.lease_type, h.host_id
     FROM ROWS FROM (json_to_recordset($1::json) AS (${HOST_KEY_COLUMNS}, address text, prefix_len smallint, lease_type smallint))
       WITH ORDINALITY AS r (identifier, type, subnet_id, address, prefix_len, lease_type, place)
     JOIN hosts h ON ${isSame} ORDER BY r.place`,
    items.flatMap(reservedRecords),
  );
};

import type { ChangeOf } from '../plan/plan.ts';
import type { Writer } from './batches.ts';
import { expectAll, itemsOf } from './batches.ts';
import { HOST_COLUMNS, HOST_KEY_COLUMNS, hostKeyOf, hostOptionRecords, hostRecord } from './rows.ts';
import { declared, from, names, put } from './sql.ts';
import type { Columns } from './sql.ts';
import { OWNERS, SAME_HOST, putOptions } from './writeOptions.ts';

const COLUMNS: Columns = HOST_COLUMNS.map(([column]) => [column, 'text']);

/** Reservations are live at once and announced by nobody: no audit, no server tag, no modification_ts. */
export async function writeHosts(
  { session }: Writer,
  op: ChangeOf<'host'>['op'],
  changes: readonly ChangeOf<'host'>[],
): Promise<void> {
  const items = itemsOf(changes);
  switch (op) {
    case 'remove': {
      const gone = changes.map((change) => hostKeyOf(change.op === 'remove' ? change.was : change.item));
      await put(
        session,
        `DELETE FROM hosts h USING json_to_recordset($1::json) AS r(${HOST_KEY_COLUMNS}) WHERE ${SAME_HOST}`,
        gone,
      );
      return;
    }
    case 'release':
      await put(
        session,
        `UPDATE hosts h SET user_context = NULL ${from(HOST_KEY_COLUMNS)} WHERE ${SAME_HOST}`,
        items.map(hostKeyOf),
      );
      return;
    case 'create':
      await put(
        session,
        `INSERT INTO hosts (dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id, ${names(COLUMNS)})
         SELECT decode(r.identifier, 'hex'), r.type, r.subnet_id, ${HOST_COLUMNS.map(([, value]) => value).join(', ')}
         ${from(`${HOST_KEY_COLUMNS}, ${declared(COLUMNS)}`)}`,
        items.map(hostRecord),
      );
      break;
    case 'update':
      expectAll(
        await put(
          session,
          `UPDATE hosts h SET ${HOST_COLUMNS.map(([column, value]) => `${column} = ${value}`).join(', ')}
           ${from(`${HOST_KEY_COLUMNS}, ${declared(COLUMNS)}`)} WHERE ${SAME_HOST}`,
          items.map(hostRecord),
        ),
        items.length,
        'reservations',
      );
      await put(
        session,
        `DELETE FROM dhcp4_options o USING hosts h, json_to_recordset($1::json) AS r(${HOST_KEY_COLUMNS})
         WHERE o.scope_id = 3 AND o.host_id = h.host_id AND ${SAME_HOST}`,
        items.map(hostKeyOf),
      );
  }
  await putOptions(session, OWNERS.host, items.flatMap(hostOptionRecords), undefined);
}

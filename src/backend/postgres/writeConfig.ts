/** Writes of networks and subnets, with their pools and options. */
import { emptyColumns } from '../../kea/columns.ts';
import { type Family, perFamily } from '../../kea/family.ts';
import { columnOf } from '../../kea/keywords.ts';
import type { BodyOf, InMemory } from '../../kea/kinds.ts';
import { DERIVED_KEYWORDS, type Item } from '../../kea/state.ts';
import type { ChangeOf } from '../../plan/plan.ts';
import { expectAll, itemsOf, type Writer } from './batches.ts';
import { subnetIdColumn } from './hostRows.ts';
import type { RowRecord } from './records.ts';
import {
  columnsOf,
  networkOptionRecords,
  networkRecord,
  pdPoolOptionRecords,
  pdPoolRecords,
  poolOptionRecords,
  poolRecords,
  subnetOptionRecords,
  subnetRecord,
} from './rows.ts';
import { type Columns, declared, from, names, put, set, taken } from './sql.ts';
import { ownersOf, putOptions } from './writeOptions.ts';

/** What the operator sets where nobody has: nobody would keep it right any more. */
const DERIVED: readonly string[] = DERIVED_KEYWORDS.map(columnOf);

/** A table of configuration, whose rows belong to a server tag and have rows of other tables for parts. */
export interface Table<K extends InMemory> {
  readonly name: string;
  /** The column that rows are known by, whatever their tags. */
  readonly key: string;
  /** What the table of server tags knows a row by: its own column, and the row's. */
  readonly tagged: readonly [column: string, by: string];
  /** The key among them. */
  readonly columns: Columns;
  readonly emptied: readonly string[];
  readonly record: (item: Item<BodyOf<K>>) => RowRecord;
  /** Before an update: takes the parts away that rows with the keys $1 have. */
  readonly clearParts: readonly string[];
  /** The parts do not go with the row: those of an earlier one may be there. */
  readonly partsStay?: true;
  readonly putParts: (writer: Writer, items: readonly Item<BodyOf<K>>[]) => Promise<void>;
}

export const writerOf =
  <K extends InMemory>(tableOf: (family: Family) => Table<K>) =>
  async (writer: Writer, op: ChangeOf<K>['op'], changes: readonly ChangeOf<K>[]): Promise<void> => {
    const { session, serverId } = writer;
    const { name, key, tagged, columns, emptied, record, clearParts, partsStay, putParts } = tableOf(writer.family);
    const changed = columns.filter(([column]) => column !== key);
    const keys = changes.map((change) => change.key);
    const items = itemsOf(changes);
    const records = items.map(record);
    const update = (assignments: string): Promise<number> =>
      put(
        session,
        `UPDATE ${name} t SET ${assignments}, modification_ts = clock_timestamp()
         ${from(declared(columns))} WHERE t.${key} = r.${key}`,
        records,
      );
    if (op === 'update' || (partsStay && op !== 'release')) {
      for (const statement of clearParts) await session.run(statement, [keys]);
    }
    switch (op) {
      case 'remove':
        await session.run(`DELETE FROM ${name} WHERE ${key} = ANY($1)`, [keys]);
        return;
      case 'release':
        // The marker goes with what was derived, and the user's part of the context stays; every other column stays as it is.
        await update(
          set(
            columns.filter(([column]) => column === 'user_context' || DERIVED.includes(column)),
            [],
          ),
        );
        return;
      case 'create':
        await put(
          session,
          `WITH made AS (
             INSERT INTO ${name} (${names(columns)}, modification_ts)
             SELECT ${taken(columns)}, clock_timestamp() ${from(declared(columns))}
             RETURNING ${tagged[1]})
           INSERT INTO ${name}_server (${tagged[0]}, server_id, modification_ts)
           SELECT ${tagged[1]}, $2, clock_timestamp() FROM made`,
          records,
          serverId,
        );
        break;
      case 'update':
        expectAll(await update(set(changed, emptied)), records.length, `rows of ${name}`);
    }
    await putParts(writer, items);
  };

export const writeNetworks = writerOf<'network'>(
  perFamily((family) => {
    const { network, options } = family.tables;
    return {
      name: network.name,
      key: 'name',
      tagged: ['shared_network_id', 'id'],
      columns: columnsOf(family, 'network'),
      emptied: emptyColumns(family, 'network'),
      record: (item) => networkRecord(family, item),
      clearParts: [`DELETE FROM ${options} WHERE scope_id = 4 AND shared_network_name = ANY($1)`],
      putParts: (writer, items) => putOptions(writer, ownersOf(family).network, items.flatMap(networkOptionRecords)),
    };
  }),
);

/** Pools have no audit trigger and options announce nothing on their own: the row of their subnet is written with them, always. */
export const writeSubnets = writerOf<'subnet'>(
  perFamily((family) => {
    const { subnet, pool, pdPool, options } = family.tables;
    const pools: Columns = [
      ['subnet_id', 'bigint'],
      ['start_address', 'inet'],
      ['end_address', 'inet'],
      ...columnsOf(family, 'pool'),
    ];
    const pdPools: Columns = [['subnet_id', 'bigint'], ...columnsOf(family, 'pd-pool')];
    const owners = ownersOf(family);
    return {
      name: subnet.name,
      key: 'subnet_id',
      tagged: ['subnet_id', 'subnet_id'],
      columns: columnsOf(family, 'subnet'),
      emptied: emptyColumns(family, 'subnet'),
      record: (item) => subnetRecord(family, item),
      clearParts: [
        // A trigger takes the pools' options with them.
        ...[pool, ...(pdPool ? [pdPool] : [])].map(({ name }) => `DELETE FROM ${name} WHERE subnet_id = ANY($1)`),
        `DELETE FROM ${options} WHERE scope_id = 1 AND ${subnetIdColumn(family)} = ANY($1)`,
      ],
      putParts: async (writer, items) => {
        await put(
          writer.session,
          `INSERT INTO ${pool.name} (${names(pools)}, modification_ts)
           SELECT ${taken(pools)}, clock_timestamp() ${from(declared(pools))}`,
          items.flatMap((item) => poolRecords(family, item)),
        );
        await putOptions(writer, owners.subnet, items.flatMap(subnetOptionRecords));
        await putOptions(writer, owners.pool, items.flatMap(poolOptionRecords));
        if (!pdPool) return;
        await put(
          writer.session,
          `INSERT INTO ${pdPool.name} (${names(pdPools)}, modification_ts)
           SELECT ${taken(pdPools)}, clock_timestamp() ${from(declared(pdPools))}`,
          items.flatMap((item) => pdPoolRecords(family, item)),
        );
        await putOptions(writer, owners.pdPool, items.flatMap(pdPoolOptionRecords));
      },
    };
  }),
);

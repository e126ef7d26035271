/** Writes of definitions of options. */
import type { ChangeOf } from '../../plan/plan.ts';
import { expectAll, itemsOf, type Writer } from './batches.ts';
import { columnsOf, optionDefRecord } from './rows.ts';
import { declared, from, names, put, set, taken } from './sql.ts';

/** Nothing in the database makes space and code unique: several servers may have definitions of one option, and only the pair's own is meant. */
export const writeOptionDefs = async (
  { session, family, serverId }: Writer,
  op: ChangeOf<'option-def'>['op'],
  changes: readonly ChangeOf<'option-def'>[],
): Promise<void> => {
  const { name } = family.tables.optionDef;
  const columns = columnsOf(family, 'option-def');
  const records = itemsOf(changes).map((item) => optionDefRecord(family, item));
  const isOwn = (table: string): string =>
    `EXISTS (SELECT FROM ${name}_server l WHERE l.option_def_id = ${table}.id AND l.server_id = $2)`;
  const isSame = (table: string): string =>
    `${table}.class_id IS NULL AND ${table}.space = r.space AND ${table}.code = r.code`;
  switch (op) {
    case 'remove': {
      const keys = changes.map(({ key }) => {
        const slash = key.lastIndexOf('/');
        return { space: key.slice(0, slash), code: Number(key.slice(slash + 1)) };
      });
      // What is adopted from another tag is removed, to be made anew.
      await put(
        session,
        `DELETE FROM ${name} d USING json_to_recordset($1::json) AS r(space text, code bigint)
         WHERE ${isSame('d')} AND (${isOwn('d')} OR NOT EXISTS (SELECT FROM ${name} o WHERE ${isSame('o')} AND ${isOwn('o')}))`,
        keys,
        serverId,
      );
      return;
    }
    case 'create':
      await put(
        session,
        `WITH made AS (
           INSERT INTO ${name} (${names(columns)}, modification_ts)
           SELECT ${taken(columns)}, clock_timestamp() ${from(declared(columns))}
           RETURNING id)
         INSERT INTO ${name}_server (option_def_id, server_id, modification_ts)
         SELECT id, $2, clock_timestamp() FROM made`,
        records,
        serverId,
      );
      return;
    case 'update':
    case 'release': {
      const changed = op === 'update' ? columns : columns.filter(([column]) => column === 'user_context');
      const touched = await put(
        session,
        `UPDATE ${name} d SET ${set(changed, [])}, modification_ts = clock_timestamp()
         ${from(declared(columns))} WHERE ${isSame('d')} AND ${isOwn('d')}`,
        records,
        serverId,
      );
      if (op === 'update') expectAll(touched, records.length, `rows of ${name}`);
    }
  }
};

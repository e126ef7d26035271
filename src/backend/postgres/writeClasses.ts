/** Writes of client classes, with their options, definitions and places. */
import { emptyColumns } from '../../kea/columns.ts';
import { perFamily } from '../../kea/family.ts';
import type { Writer } from './batches.ts';
import { classDefinitionRecords, classOptionRecords, classRecord, columnsOf, placeRecord } from './rows.ts';
import { type Columns, declared, from, names, put, taken } from './sql.ts';
import { writerOf } from './writeConfig.ts';
import { ownersOf, putOptions } from './writeOptions.ts';

/**
 * Kea reads all classes again where one of them changes. Options of a class announce nothing and outlive it: they are written and removed with it, always.
 *
 * What a class hangs on is in its own row (`depend_on_known_directly`, whatever it hangs on by). Rows of the table of dependencies are not needed for that,
 * and forbid to remove a class or to move it: those that are there are removed.
 */
export const writeClasses = writerOf<'class'>(
  perFamily((family) => {
    const { class: table, optionDef, options } = family.tables;
    const { name } = table;
    const inside: Columns = [['class', 'text'], ...columnsOf(family, 'option-def')];
    const definition = columnsOf(family, 'option-def');
    const ids = `SELECT id FROM ${name} WHERE name = ANY($1)`;
    return {
      name,
      key: 'name',
      tagged: ['class_id', 'id'],
      columns: columnsOf(family, 'class'),
      emptied: emptyColumns(family, 'class'),
      record: (item) => classRecord(family, item),
      clearParts: [
        `DELETE FROM ${name}_dependency WHERE class_id IN (${ids}) OR dependency_id IN (${ids})`,
        `DELETE FROM ${optionDef.name} WHERE class_id IN (${ids})`,
        `DELETE FROM ${options} WHERE scope_id = 2 AND dhcp_client_class = ANY($1)`,
      ],
      partsStay: true,
      putParts: async (writer, items) => {
        // A trigger has given them the last places.
        await put(
          writer.session,
          `UPDATE ${name}_order o SET order_index = r.place, depend_on_known_indirectly = false
           ${from('name text, place bigint')} JOIN ${name} n ON n.name = r.name WHERE o.class_id = n.id`,
          items.map(placeRecord),
        );
        await put(
          writer.session,
          `INSERT INTO ${optionDef.name} (class_id, ${names(definition)}, modification_ts)
           SELECT n.id, ${taken(definition)}, clock_timestamp() ${from(declared(inside))} JOIN ${name} n ON n.name = r.class`,
          items.flatMap((item) => classDefinitionRecords(family, item)),
        );
        await putOptions(writer, ownersOf(family).class, items.flatMap(classOptionRecords));
        await announceDefinitions(writer);
      },
    };
  }),
);

/**
 * Kea makes the options of all classes, whosever they are, with those definitions alone that it reads in the same pull: without them text is an error, and
 * nothing is taken of the pull. So whoever writes a class announces the definitions with it.
 */
const announceDefinitions = async ({ session, family: { tables }, serverId }: Writer): Promise<void> => {
  const { name } = tables.optionDef;
  await session.run(
    `UPDATE ${name} SET modification_ts = clock_timestamp()
     WHERE id IN (SELECT l.option_def_id FROM ${name}_server l JOIN ${tables.servers} s ON s.id = l.server_id WHERE s.id = $1 OR s.tag = 'all')`,
    [serverId],
  );
};

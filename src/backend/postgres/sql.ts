/** Statements over many records at once. */
import { BackendRefused } from '../backend.ts';
import type { Session } from './connection.ts';
import type { RowRecord } from './records.ts';

/** Names and types of columns. */
export type Columns = readonly (readonly [name: string, type: string])[];

/** SQL: the records of the JSON parameter $1 as a table `r`. */
export const from = (columns: string): string => `FROM json_to_recordset($1::json) AS r(${columns})`;
export const declared = (columns: Columns): string => columns.map(([name, type]) => `${name} ${type}`).join(', ');
export const names = (columns: Columns): string => columns.map(([name]) => name).join(', ');
export const taken = (columns: Columns): string => columns.map(([name]) => `r.${name}`).join(', ');
export const set = (columns: Columns, emptied: readonly string[]): string =>
  [...columns.map(([name]) => `${name} = r.${name}`), ...emptied.map((name) => `${name} = NULL`)].join(', ');

/** Runs a statement over records; gives the number of rows it touched. Throws BackendRefused for what is too long to be one text (512 MB). */
export const put = (
  session: Session,
  sql: string,
  records: readonly RowRecord[],
  ...more: unknown[]
): Promise<number> => (records.length === 0 ? Promise.resolve(0) : session.run(sql, [textOf(records), ...more]));

const textOf = (records: readonly RowRecord[]): string => {
  try {
    return JSON.stringify(records);
  } catch (error) {
    throw new BackendRefused('it cannot be written as JSON', new Map(), { cause: error });
  }
};

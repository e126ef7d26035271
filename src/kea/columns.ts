/** Tables of configuration, by the levels whose keywords are in their columns. */
import type { Family, KeaTable } from './family.ts';
import { type Field, fieldsAt } from './keywords.ts';

/** Levels whose keywords are in columns of a table of their own. */
export const CONFIG_LEVELS = ['network', 'subnet', 'pool', 'pd-pool', 'class', 'option-def'] as const;
export type ConfigLevel = (typeof CONFIG_LEVELS)[number];

const TABLES = {
  network: 'network',
  subnet: 'subnet',
  pool: 'pool',
  'pd-pool': 'pdPool',
  class: 'class',
  'option-def': 'optionDef',
} as const satisfies Record<ConfigLevel, keyof Family['tables']>;
const NO_TABLE: KeaTable = { name: '', columns: [], given: [] };

/** The table of a level; without columns where the family has none. */
export const tableOf = (tables: Family['tables'], level: ConfigLevel): KeaTable => tables[TABLES[level]] ?? NO_TABLE;

/** Columns of a table for keywords that are not in the table of keywords: a difference, so that none is forgotten. */
export const emptyColumns = ({ tables, version }: Family, level: ConfigLevel): readonly string[] => {
  const { columns, given } = tableOf(tables, level);
  const fields: readonly Field[] = fieldsAt(level, version);
  const written = new Set(fields.flatMap((field) => (field.in === 'column' ? field.columns : [])));
  return columns.filter((column) => !given.includes(column) && !written.has(column));
};

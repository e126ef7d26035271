/** What rows of all tables have in common. */

/** A record for `json_to_recordset`: one row to write. */
export type RowRecord = Readonly<Record<string, unknown>>;

/** What is kept as it is. */
const asItIs = (value: unknown): unknown => value ?? undefined;
export const WORD = { write: asItIs, read: asItIs };

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** JSON text of a list, as Kea keeps relays, classes and types. What is none is taken for nothing there. */
const listOf = <T>(text: unknown, isOne: (value: unknown) => value is T): readonly T[] | undefined => {
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every(isOne) ? list : undefined;
  } catch {
    return undefined;
  }
};
export const textList = (text: unknown): readonly string[] | undefined =>
  listOf(text, (value): value is string => typeof value === 'string');
export const numberList = (text: unknown): readonly number[] | undefined =>
  listOf(text, (value): value is number => typeof value === 'number');

/** What rows of all tables have in common. */

/** A record for `json_to_recordset`: one row to write. */
export type RowRecord = Readonly<Record<string, unknown>>;

/** What is kept as it is. */
const asItIs = (value: unknown): unknown => value ?? undefined;
export const WORD = { write: asItIs, read: asItIs };

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** JSON text of a list of words, as Kea keeps relays and classes. What is none is taken for nothing there. */
export const textList = (text: unknown): readonly string[] | undefined => {
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((word) => typeof word === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
};

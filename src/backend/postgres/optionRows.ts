/** Options as rows, whoever has them. */
import type { Family } from '../../kea/family.ts';
import type { OptionData } from '../../kea/state.ts';
import { isText, type RowRecord, textList } from './records.ts';

/** Columns of an option as SQL, in the order of OptionRow. */
export const OPTION_COLUMNS =
  "o.code, o.space, encode(o.value, 'hex'), o.formatted_value, o.persistent, o.cancelled, o.client_classes";

type OptionRow = readonly [
  code: unknown,
  space: unknown,
  value: unknown,
  formatted: unknown,
  persistent: unknown,
  cancelled: unknown,
  classes: unknown,
];

/** Of each keyword of an option what the columns say. */
const OPTION: { readonly [K in keyof OptionData]-?: (row: OptionRow, family: Family) => OptionData[K] } = {
  code: ([code]) => Number(code),
  space: ([, space], { optionSpace }) => (isText(space) ? space : optionSpace),
  data: ([, , value, formatted]) => (isText(formatted) ? formatted : isText(value) ? value : undefined),
  'csv-format': ([, , , formatted]) => isText(formatted),
  'always-send': ([, , , , persistent]) => (persistent === true ? true : undefined),
  'never-send': ([, , , , , cancelled]) => (cancelled === true ? true : undefined),
  'client-classes': ([, , , , , , classes]) => textList(classes),
};
const OPTION_READERS = Object.entries(OPTION);

export const optionOf = (family: Family, columns: readonly unknown[]): OptionData => {
  const row = columns as OptionRow;
  return Object.fromEntries(
    OPTION_READERS.flatMap(([keyword, read]) => {
      const value = read(row, family);
      return value === undefined ? [] : [[keyword, value] as const];
    }),
  ) as unknown as OptionData;
};

/** The records of the options of an owner. */
export const optionRecords = (
  owner: RowRecord,
  body: { readonly 'option-data'?: readonly OptionData[] },
): readonly RowRecord[] =>
  (body['option-data'] ?? []).map(
    ({
      code,
      space,
      data,
      'csv-format': csv,
      'always-send': always,
      'never-send': never,
      'client-classes': classes,
    }) => ({
      ...owner,
      code,
      space,
      value: csv ? null : (data ?? null),
      formatted_value: csv ? (data ?? null) : null,
      persistent: always ?? false,
      cancelled: never ?? false,
      client_classes: classes ? JSON.stringify(classes) : null,
    }),
  );

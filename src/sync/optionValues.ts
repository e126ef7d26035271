/** Values of options that are there for a definition: they have to fit it, or Kea reads no rows at all. */
import { type AnyRow, type KeaState, optionsOfRow, ROW_KINDS, rowsOf } from '../kea/kinds.ts';
import { once } from '../kea/once.ts';
import { type OptionData, type OptionDefKey, optionDefKey } from '../kea/state.ts';

type Values = ReadonlyMap<OptionDefKey, ReadonlyMap<string, OptionData>>;

/** Each value once, whoever has it. */
const valuesIn = once((desired: KeaState): Values => {
  const values = new Map([...desired.optionDefs.keys()].map((key) => [key, new Map<string, OptionData>()]));
  for (const kind of ROW_KINDS) {
    for (const item of rowsOf(desired, kind).values()) {
      for (const option of optionsOfRow({ kind, item } as AnyRow)) {
        const { space, code, data, 'csv-format': csv } = option;
        const value = { space, code, 'csv-format': csv, ...(data === undefined ? {} : { data }) };
        values.get(optionDefKey(option))?.set(`${csv} ${data}`, value);
      }
    }
  }
  return values;
});

/** Those that are to fit a row that is a definition. */
export const valuesFor = (row: AnyRow, desired: KeaState): readonly OptionData[] =>
  row.kind === 'option-def' ? [...(valuesIn(desired).get(optionDefKey(row.item.body))?.values() ?? [])] : [];

/** The types of options' values: Kea's names, and the numbers that rows have for them. */
const NUMBERS = {
  empty: 0,
  binary: 1,
  boolean: 2,
  int8: 3,
  int16: 4,
  int32: 5,
  uint8: 6,
  uint16: 7,
  uint32: 8,
  'ipv4-address': 10,
  'ipv6-address': 11,
  'ipv6-prefix': 12,
  psid: 13,
  string: 14,
  tuple: 15,
  fqdn: 16,
  internal: 17,
  record: 254,
} as const;

export type OptionType = keyof typeof NUMBERS;

export const OPTION_TYPES = Object.keys(NUMBERS) as readonly OptionType[];

const NAMES = new Map<number, OptionType>(OPTION_TYPES.map((type) => [NUMBERS[type], type]));

export const isOptionType = (text: string): text is OptionType => Object.hasOwn(NUMBERS, text);
export const optionTypeNumber = (type: OptionType): number => NUMBERS[type];
/** Undefined of a number that Kea's schema does not know. */
export const optionTypeOf = (number: unknown): OptionType | undefined => NAMES.get(Number(number));

/** The types of a record's fields, which are separated by commas. */
export const recordFields = (types: string): readonly string[] =>
  types
    .split(',')
    .map((type) => type.trim())
    .filter((type) => type !== '');

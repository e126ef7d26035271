/** Values of options as text, field by field. */
import { parsePrefix } from './address.ts';
import { IPV4 } from './ipv4.ts';
import { IPV6 } from './ipv6.ts';
import { areTuples, encodeField, keepsBytes, LABEL } from './optionBytes.ts';
import type { FieldType, KnownOption } from './optionDefinition.ts';
import { resolverProblem } from './optionResolver.ts';

/** A value as text: how Kea writes it, or its bytes where Kea would not read the text everywhere as it is meant. */
export type FieldValue =
  | { readonly data: string; readonly problem?: never }
  | { readonly bytes: Buffer; readonly problem?: never }
  | { readonly problem: string };

export interface FieldRules {
  /** Bytes that Kea can send of an option whose bytes it does not keep. */
  readonly longest: number;
  /** Whether bytes are wanted anyway: rows do not keep text of options in spaces other than that of the standard ones. */
  readonly asBytes: boolean;
}

/** Fields separated by commas, in one spelling each. */
export const parseFields = (data: string, definition: KnownOption, { longest, asBytes }: FieldRules): FieldValue => {
  const [first] = definition.fields;
  if (first === 'text') {
    // Its bytes are never more than its letters and four.
    return data.trim().length + 4 > longest ? { problem: tooLong(longest) } : { data: data.trim() };
  }
  if (first === 'resolver') {
    const problem = resolverProblem(data, isDomainName);
    return problem === undefined ? { data: data.trim() } : { problem };
  }
  const given = splitFields(data);
  const types = typesFor(definition, given.length);
  if (typeof types === 'string') return { problem: types };
  const spelled: string[] = [];
  for (const [index, type] of types.entries()) {
    const text = given[index]?.text ?? '';
    const value = isFreeText(type) ? (isText(type, text) ? text : undefined) : canonicalField(type, text);
    if (value === undefined) return { problem: complaint(type, text) };
    spelled.push(value);
  }
  const bytes = Buffer.concat(spelled.map((value, index) => encodeField(types[index] ?? 'string', value)));
  if (bytes.length > longest && !keepsBytes(definition)) return { problem: tooLong(longest) };
  // The reader of the hosts table splits at every comma and knows no escapes: text that needs one travels as bytes, everywhere.
  return asBytes || given.some(({ escaped }) => escaped) ? { bytes } : { data: spelled.join(', ') };
};

export const tooLong = (longest: number): string =>
  `it is longer than the ${longest} bytes that Kea can send of it: shorten it`;

/** PostgreSQL has no NUL in text. */
const isText = (type: FieldType, text: string): boolean =>
  text !== '' && !text.includes('\0') && (type !== 'shortTuple' || Buffer.byteLength(text) <= 255);

/** The type of each given field, or what is wrong with their number: Kea drops what is too many in silence. */
const typesFor = (definition: KnownOption, given: number): readonly FieldType[] | string => {
  const { fields, list, group } = definition;
  const [first] = fields;
  const last = fields.at(-1) ?? 'text';
  const repeats = list || first === 'routes';
  if (given < fields.length) return `it takes ${fields.length} fields separated by commas, and ${given} are given`;
  if (given % group !== 0)
    return `its values come in groups of ${group}, as an address and its router do, and the number given is ${given}`;
  if (given === fields.length || repeats) {
    return [...fields, ...Array.from({ length: given - fields.length }, () => last)];
  }
  const escape = isFreeText(last) ? '; write a comma within text as \\,' : '';
  return `it takes ${fields.length === 1 ? 'one field' : `${fields.length} fields`}, and ${given} are given, separated by commas${escape}`;
};

const isFreeText = (type: FieldType): boolean => type === 'string' || type === 'tuple' || type === 'shortTuple';

interface Field {
  readonly text: string;
  /** Whether the spelling had a backslash. */
  readonly escaped: boolean;
}

/** Kea's comma-separated values: a backslash keeps the comma (or backslash) after it; space around a value, and a comma at the end, do not count. */
const splitFields = (data: string): readonly Field[] => {
  const fields: string[] = [''];
  for (const [piece] of data.matchAll(/\\[\s\S]|[\s\S]/g)) {
    if (piece === ',') fields.push('');
    else fields.push((fields.pop() ?? '') + piece);
  }
  if (fields.length > 1 && fields.at(-1)?.trim() === '') fields.pop();
  return fields.map((field) => ({ text: field.trim().replace(/\\([,\\])/g, '$1'), escaped: field.includes('\\') }));
};

const HEX = /^([0-9a-f]{2})+$/i;

const INTEGERS: Partial<Record<FieldType, readonly [min: number, max: number]>> = {
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
};

const BIT: readonly [number, number] = [0, 1];

/** The one spelling of a field's value; undefined where the text is no such value, or free text. */
const canonicalField = (type: FieldType, text: string): string | undefined => {
  switch (type) {
    case 'ipv4':
      return IPV4.parse(text) === undefined ? undefined : text;
    case 'ipv6':
      return IPV6.parse(text) === undefined ? undefined : text;
    case 'prefix':
      return canonicalPrefix(text);
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'int8':
    case 'int16':
    case 'int32':
      return canonicalInteger(text, INTEGERS[type] ?? [0, 0]);
    case 'boolean':
      return canonicalBoolean(text);
    case 'fqdn':
      return isDomainName(text) ? text : undefined;
    case 'binary':
      return canonicalBytes(text);
    case 'counted':
      return HEX.test(text) && parseInt(text.slice(0, 2), 16) === text.length / 2 - 1 ? text.toUpperCase() : undefined;
    case 'tuples':
      return HEX.test(text) && areTuples(Buffer.from(text, 'hex')) ? text.toUpperCase() : undefined;
    case 'psid':
      return canonicalPsid(text);
    case 'routes':
      return canonicalRoute(text);
    case 'string':
    case 'tuple':
    case 'shortTuple':
    case 'text':
    case 'resolver':
      return undefined;
  }
};

/** What is no decimal number may be a hexadecimal one, with `0x` or without. */
const canonicalInteger = (text: string, [min, max]: readonly [number, number]): string | undefined => {
  const [, sign = '', digits = ''] = /^([+-]?)(\d{1,12}|(?:0x)?[0-9a-f]{1,8})$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  const size = /^\d+$/.test(digits) ? Number(digits) : parseInt(digits, 16);
  const value = sign === '-' ? 0 - size : size;
  return value >= min && value <= max ? String(value) : undefined;
};

/** A word, or a decimal number. */
const canonicalBoolean = (text: string): string | undefined => {
  const word = text.toLowerCase();
  if (word === 'true' || word === 'false') return word;
  const number = /^[+-]?\d+$/.test(text) ? canonicalInteger(text, BIT) : undefined;
  return number && String(number === '1');
};

/** Blanks between digits do not count. */
const canonicalBytes = (text: string): string | undefined => {
  const digits = text.replace(/\s/g, '');
  return HEX.test(digits) ? digits.toUpperCase() : undefined;
};

/** `2001:db8::/32`; blanks do not count. */
const canonicalPrefix = (text: string): string | undefined => {
  const prefix = parsePrefix(IPV6, text.replace(/[ \t]/g, ''));
  return prefix?.canonical ? prefix.text : undefined;
};

const isDomainName = (text: string): boolean => {
  const labels = text.replace(/\.$/, '').split('.');
  return text.length <= 254 && labels.every((label) => LABEL.test(label));
};

/** `PSID/length`: the number must fit into so many bits. */
const canonicalPsid = (text: string): string | undefined => {
  const [, psid = '', length = ''] = /^(\d{1,5})\s*\/\s*(\d{1,2})$/.exec(text) ?? [];
  if (psid === '' || Number(length) > 16) return undefined;
  const limit = Number(length) === 0 ? 65_536 : 2 ** Number(length);
  return Number(psid) < limit ? `${Number(psid)}/${Number(length)}` : undefined;
};

/** `10.229.0.0/16 - 10.229.0.1` */
const canonicalRoute = (text: string): string | undefined => {
  const [destination = '', router = '', ...more] = text.split('-').map((part) => part.trim());
  const prefix = parsePrefix(IPV4, destination);
  return prefix?.canonical && IPV4.parse(router) !== undefined && more.length === 0
    ? `${prefix.text} - ${router}`
    : undefined;
};

/** What the value of an option is made of, for people. */
export const shapeOf = ({ fields, list, group }: KnownOption): string =>
  fields.map((type) => (type === 'string' ? 'text without zero bytes at its end' : NOUNS[type])).join(', ') +
  (list ? `, ${group > 1 ? `in groups of ${group}, ` : ''}once or more` : '');

const NOUNS: Record<FieldType, string> = {
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  prefix: 'a prefix of IPv6 with zeros after its length, e.g. 2001:db8::/32',
  uint8: 'a number from 0 to 255',
  uint16: 'a number from 0 to 65535',
  uint32: 'a number from 0 to 4294967295',
  int8: 'a number from -128 to 127',
  int16: 'a number from -32768 to 32767',
  int32: 'a number from -2147483648 to 2147483647',
  boolean: 'true or false',
  string: 'text',
  fqdn: 'a domain name of letters, digits, -, _ and *',
  binary: 'hexadecimal: two digits for each byte',
  counted: 'hexadecimal: the number of bytes that follow, and these',
  tuples: 'hexadecimal: the number of bytes that follow in two bytes, and these, once or more',
  psid: 'a port set as PSID/length, e.g. 3/4',
  tuple: 'text',
  shortTuple: 'text of 255 bytes at most',
  routes: 'a route as network/length - router, e.g. 10.229.0.0/16 - 10.229.0.1',
  text: 'text',
  resolver: 'a resolver (RFC 9463)',
};

const complaint = (type: FieldType, text: string): string => {
  if (text === '') return `a value is empty, where ${NOUNS[type]} is needed`;
  const remedy = type === 'fqdn' ? ': separate names by commas, and write other letters in the form xn--' : '';
  return `'${text}' is not ${NOUNS[type]}${remedy}`;
};

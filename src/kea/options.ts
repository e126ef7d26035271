import { Address6 } from 'ip-address';
import { parseAddress, parsePrefix } from './address.ts';
import { nearestOptionName, optionByCode, optionByName } from './optionTable.ts';
import type { FieldType, OptionDefinition } from './optionTable.ts';
import type { OptionData } from './state.ts';

/** `optionData` as the custom resources have it. */
export interface OptionInput {
  readonly name?: string | undefined;
  readonly code?: number | undefined;
  /** Left out: `dhcp4`. */
  readonly space?: string | undefined;
  readonly data?: string | undefined;
  /** Left out: true. */
  readonly csvFormat?: boolean | undefined;
  readonly alwaysSend?: boolean | undefined;
  readonly neverSend?: boolean | undefined;
  readonly clientClasses?: readonly string[] | undefined;
}

/** The API server fills nothing in within lists, so the defaults are here. */
interface Option extends OptionInput {
  readonly space: string;
  readonly csvFormat: boolean;
}

export type ParsedOption =
  { readonly ok: true; readonly option: OptionData } | { readonly ok: false; readonly message: string };

export type ParsedOptions =
  { readonly ok: true; readonly options: readonly OptionData[] } | { readonly ok: false; readonly message: string };

/**
 * All of a list, or the first one that is wrong, named by its place: `optionData[0] routers: 'x' is not an IPv4 address`. An option
 * comes once: of several with one code Kea makes copies of the first when it reads them from rows, whatever their classes.
 */
export function parseOptions(inputs: readonly OptionInput[], path = 'optionData'): ParsedOptions {
  const options: OptionData[] = [];
  const places = new Map<string, number>();
  for (const [index, input] of inputs.entries()) {
    const parsed = parseOption(input);
    if (!parsed.ok) return { ok: false, message: `${path}[${index}] ${parsed.message}` };
    const { option } = parsed;
    const key = `${option.space} ${option.code}`;
    const earlier = places.get(key);
    if (earlier !== undefined) {
      const label = input.name ?? `option ${option.code}`;
      return { ok: false, message: `${path}[${index}] ${label}: it is there already, as ${path}[${earlier}]` };
    }
    places.set(key, index);
    options.push(option);
  }
  return { ok: true, options };
}

/**
 * An option as Kea is to hold it, by code, with its value in one spelling; or what is wrong with it, for the one who wrote it. It is
 * stricter than Kea where Kea drops a part of the value in silence (fields too many), and follows Kea otherwise.
 */
export function parseOption(given: OptionInput): ParsedOption {
  const input: Option = { ...given, space: given.space ?? 'dhcp4', csvFormat: given.csvFormat ?? true };
  const found = resolve(input);
  if (typeof found === 'string') return refuse(found);
  const { code, definition } = found;
  const label = definition?.name ?? `option ${code}`;
  const value = parseValue(input, definition);
  if (value.problem !== undefined) return refuse(`${label}: ${value.problem}`);
  return {
    ok: true,
    option: {
      code,
      space: input.space,
      ...(value.data === undefined ? {} : { data: value.data }),
      'csv-format': value.data !== undefined && !value.bytes,
      ...(input.alwaysSend ? { 'always-send': true } : {}),
      ...(input.neverSend ? { 'never-send': true } : {}),
      ...(input.clientClasses?.length ? { 'client-classes': [...new Set(input.clientClasses)].sort() } : {}),
    },
  };
}

const refuse = (message: string): ParsedOption => ({ ok: false, message });

/** Which option is meant, or why none. Only the space dhcp4 has definitions here. */
function resolve(input: Option): { code: number; definition: OptionDefinition | undefined } | string {
  const { name, code, space } = input;
  if (space !== 'dhcp4') {
    if (code === undefined)
      return `${name ?? ''}: give the code: names are known in the space dhcp4 only, not in '${space}'`;
    if (input.csvFormat && input.data !== undefined) {
      return `option ${code}: the space '${space}' has no definitions: give data in hexadecimal and csvFormat: false`;
    }
    return { code, definition: undefined };
  }
  if (name === undefined) {
    if (code === undefined) return 'give name or code';
    return { code, definition: optionByCode(code) };
  }
  const definition = optionByName(name);
  if (!definition) {
    const near = nearestOptionName(name);
    return `'${name}' is not an option that Kea knows${near ? `; did you mean '${near}'?` : '; give its code, and data in hexadecimal with csvFormat: false'}`;
  }
  if (code !== undefined && code !== definition.code)
    return `${name}: its code is ${definition.code}, not ${code}: correct one of them, or leave it out`;
  return { code: definition.code, definition };
}

/** `bytes`: data is hexadecimal digits. */
type Value =
  | { readonly data: string | undefined; readonly bytes?: boolean; readonly problem?: never }
  | { readonly problem: string };

function parseValue(input: Option, definition: OptionDefinition | undefined): Value {
  const data = input.data === undefined || input.data.trim() === '' ? undefined : input.data;
  if (!input.csvFormat) return data === undefined ? missingOrNone(input, definition) : parseHex(data);
  if (data === undefined) return missingOrNone(input, definition);
  if (!definition) return { problem: 'Kea has no definition of it: give data in hexadecimal and csvFormat: false' };
  if (definition.fields.length === 0) {
    return { problem: 'it has no value of its own: leave data out, or give hexadecimal and csvFormat: false' };
  }
  return parseFields(data, definition);
}

/** Without a value: fine for an option that is never sent, that has none, or that Kea does not know (a flag such as 80, rapid commit). */
const missingOrNone = (input: Option, definition: OptionDefinition | undefined): Value =>
  input.neverSend || !definition || definition.fields.length === 0
    ? { data: undefined }
    : { problem: 'data is missing' };

/** Kea's spellings of bytes: digits, with 0x, with colons or spaces between bytes, or text in single quotes. */
function parseHex(data: string): Value {
  const text = data.trim();
  const quoted = /^'\s*(.*?)\s*'$/s.exec(text)?.[1];
  if (quoted) return { data: hex(Buffer.from(quoted)), bytes: true };
  const bytes = /[: ]/.test(text)
    ? text.split(text.includes(':') ? ':' : ' ').map((byte) => byte.padStart(2, '0'))
    : (text
        .replace(/^0x/, '')
        .replace(/^(?=.(?:..)*$)/, '0')
        .match(/..?/g) ?? []);
  return bytes.length > 0 && bytes.every((byte) => /^[0-9a-f]{2}$/i.test(byte))
    ? { data: bytes.join('').toUpperCase(), bytes: true }
    : { problem: `'${data}' is not hexadecimal` };
}

const hex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();

function parseFields(data: string, definition: OptionDefinition): Value {
  const [first] = definition.fields;
  if (first === 'text') return { data: data.trim() };
  const given = splitFields(data);
  const types = typesFor(definition, given.length);
  if (typeof types === 'string') return { problem: types };
  const spelled: string[] = [];
  for (const [index, type] of types.entries()) {
    const text = given[index]?.text ?? '';
    const value = isFreeText(type) ? (isText(text) ? text : undefined) : canonicalField(type, text);
    if (value === undefined) return { problem: complaint(type, text) };
    spelled.push(value);
  }
  // The reader of the hosts table splits at every comma and knows no escapes: text that needs one travels as bytes, everywhere.
  return given.some(({ escaped }) => escaped)
    ? {
        data: hex(Buffer.concat(spelled.map((value, index) => encodeField(types[index] ?? 'string', value)))),
        bytes: true,
      }
    : { data: spelled.join(', ') };
}

/** On the wire; of the types that stand beside free text in an option. */
function encodeField(type: FieldType, value: string): Buffer {
  if (type === 'boolean') return Buffer.of(value === 'true' ? 1 : 0);
  if (type === 'uint8') return Buffer.of(Number(value));
  const text = Buffer.from(value);
  return type === 'tuple' ? Buffer.concat([Buffer.of(text.length >> 8, text.length & 0xff), text]) : text;
}

/** PostgreSQL has no NUL in text. */
const isText = (text: string): boolean => text !== '' && !text.includes('\0');

/** The type of each given field, or what is wrong with their number: Kea drops what is too many in silence. */
function typesFor(definition: OptionDefinition, given: number): readonly FieldType[] | string {
  const { fields, list } = definition;
  const [first] = fields;
  const last = fields.at(-1) ?? 'text';
  const repeats = list || first === 'routes';
  if (given < fields.length) return `it takes ${fields.length} fields separated by commas, and ${given} are given`;
  if (given === fields.length || repeats) {
    return [...fields, ...Array.from({ length: given - fields.length }, () => last)];
  }
  const escape = isFreeText(last) ? '; write a comma within text as \\,' : '';
  return `it takes ${fields.length === 1 ? 'one field' : `${fields.length} fields`}, and ${given} are given, separated by commas${escape}`;
}

const isFreeText = (type: FieldType): boolean => type === 'string' || type === 'tuple';

interface Field {
  readonly text: string;
  /** Whether the spelling had a backslash. */
  readonly escaped: boolean;
}

/** Kea's comma-separated values: a backslash keeps the comma (or backslash) after it; space around a value, and a comma at the end, do not count. */
function splitFields(data: string): readonly Field[] {
  const fields: string[] = [''];
  for (const [piece] of data.matchAll(/\\[\s\S]|[\s\S]/g)) {
    if (piece === ',') fields.push('');
    else fields.push((fields.pop() ?? '') + piece);
  }
  if (fields.length > 1 && fields.at(-1)?.trim() === '') fields.pop();
  return fields.map((field) => ({ text: field.trim().replace(/\\([,\\])/g, '$1'), escaped: field.includes('\\') }));
}

const INTEGERS: Partial<Record<FieldType, readonly [min: number, max: number]>> = {
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
  int32: [-2_147_483_648, 2_147_483_647],
};

/** The one spelling of a field's value; undefined where the text is no such value, or free text. */
function canonicalField(type: FieldType, text: string): string | undefined {
  switch (type) {
    case 'ipv4':
      return parseAddress(text) === undefined ? undefined : text;
    case 'ipv6':
      return Address6.isValid(text) && !/[%/]/.test(text) ? text : undefined;
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'int32':
      return canonicalInteger(text, INTEGERS[type] ?? [0, 0]);
    case 'boolean':
      return { true: 'true', '1': 'true', false: 'false', '0': 'false' }[text.toLowerCase()];
    case 'fqdn':
      return isDomainName(text) ? text : undefined;
    case 'binary':
      return /^([0-9a-f]{2})+$/i.test(text) ? text.toUpperCase() : undefined;
    case 'psid':
      return canonicalPsid(text);
    case 'routes':
      return canonicalRoute(text);
    case 'string':
    case 'tuple':
    case 'text':
      return undefined;
  }
}

function canonicalInteger(text: string, [min, max]: readonly [number, number]): string | undefined {
  if (!/^([+-]?\d{1,12}|0x[0-9a-f]{1,8})$/i.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? String(value) : undefined;
}

function isDomainName(text: string): boolean {
  if (text === '.') return true;
  const labels = text.replace(/\.$/, '').split('.');
  return text.length <= 254 && labels.every((label) => /^[^\s\\]{1,63}$/.test(label));
}

/** `PSID/length`: the number must fit into so many bits. */
function canonicalPsid(text: string): string | undefined {
  const [, psid = '', length = ''] = /^(\d{1,5})\s*\/\s*(\d{1,2})$/.exec(text) ?? [];
  if (psid === '' || Number(length) > 16) return undefined;
  const limit = Number(length) === 0 ? 65_536 : 2 ** Number(length);
  return Number(psid) < limit ? `${Number(psid)}/${Number(length)}` : undefined;
}

/** `10.229.0.0/16 - 10.229.0.1` */
function canonicalRoute(text: string): string | undefined {
  const [destination = '', router = '', ...more] = text.split('-').map((part) => part.trim());
  const prefix = parsePrefix(destination);
  return prefix?.canonical && parseAddress(router) !== undefined && more.length === 0
    ? `${prefix.text} - ${router}`
    : undefined;
}

const NOUNS: Record<FieldType, string> = {
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  uint8: 'a number from 0 to 255',
  uint16: 'a number from 0 to 65535',
  uint32: 'a number from 0 to 4294967295',
  int32: 'a number from -2147483648 to 2147483647',
  boolean: 'true or false',
  string: 'text',
  fqdn: 'a domain name',
  binary: 'hexadecimal: two digits for each byte, nothing between them',
  psid: 'a port set as PSID/length, e.g. 3/4',
  tuple: 'text',
  routes: 'a route as network/length - router, e.g. 10.229.0.0/16 - 10.229.0.1',
  text: 'text',
};

const complaint = (type: FieldType, text: string): string =>
  text === '' ? `a value is empty, where ${NOUNS[type]} is needed` : `'${text}' is not ${NOUNS[type]}`;

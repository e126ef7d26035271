/** Values of options as bytes on the wire. */
import { parseBytes } from './bytes.ts';
import type { FieldType, OptionDefinition } from './optionTable.ts';

/** The one spelling of bytes: digits in upper case, nothing between them. */
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

/** The bytes of an option's value in one of Kea's spellings, which puts a zero before an odd number of digits; undefined: none of them. */
export const readHex = (data: string): Buffer | undefined => {
  const text = data.trim();
  const [, digits = ''] = /^(?:0x)?([0-9A-Fa-f]+)$/.exec(text) ?? [];
  return parseBytes(digits.length % 2 === 1 ? `0${digits}` : text);
};

/** Bytes of the types that are all of one size, whatever they are. */
const SIZES: Partial<Record<FieldType, number>> = {
  ipv4: 4,
  ipv6: 16,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  int32: 4,
  psid: 3,
};

const integer = (size: number) => (value: string) =>
  Buffer.from(
    Number(value)
      .toString(16)
      .padStart(size * 2, '0'),
    'hex',
  );

const encodeRoute = (value: string): Buffer => {
  const [network = '', width = '', router = ''] = value.split(/ - |\//);
  const octets = (address: string): number[] => address.split('.').map(Number);
  return Buffer.from([Number(width), ...octets(network).slice(0, Math.ceil(Number(width) / 8)), ...octets(router)]);
};

/** Of the types whose bytes matter (`keepsBytes`, escaped text, sub-options); of others the text will do. */
const ENCODERS: Partial<Record<FieldType, (value: string) => Buffer>> = {
  ipv4: (value) => Buffer.from(value.split('.').map(Number)),
  boolean: (value) => Buffer.of(value === 'true' ? 1 : 0),
  uint8: integer(1),
  uint16: integer(2),
  uint32: integer(4),
  counted: (value) => Buffer.from(value, 'hex'),
  routes: encodeRoute,
  fqdn: (value) =>
    Buffer.concat([
      ...value
        .split('.')
        .filter((label) => label !== '')
        .map(counted),
      Buffer.of(0),
    ]),
  tuple: (value) => Buffer.concat([Buffer.of(Buffer.byteLength(value) >> 8), counted(value)]),
};

/** A field's value in its canonical spelling, on the wire. */
export const encodeField = (type: FieldType, value: string): Buffer => ENCODERS[type]?.(value) ?? Buffer.from(value);

const counted = (text: string): Buffer => Buffer.concat([Buffer.of(Buffer.byteLength(text) & 0xff), Buffer.from(text)]);

/** What Kea sends of an option whose bytes it does not keep; of a longer one nothing, nor of any option with a greater code. */
export const UNSPLIT = 253;

/**
 * Whether Kea keeps the bytes of an option. Of others it keeps the numbers and addresses that it read, and cannot do what it does with
 * bytes: send a long value in parts, and make the option anew.
 */
export const keepsBytes = ({ code, fields, list }: OptionDefinition): boolean => {
  const [first, second] = fields;
  if (first === undefined || code === 79 || code === 124) return false;
  if (second !== undefined) return true;
  return !(
    first.includes('int') ||
    first === 'routes' ||
    first === 'tuple' ||
    first === 'text' ||
    (first === 'ipv4' && list)
  );
};

/** A field of a value. */
interface Part {
  readonly type: FieldType;
  readonly bytes: Buffer;
}

/** The fields that bytes are a value of, whole; undefined: they are none. */
export const splitBytes = ({ fields, list, group }: OptionDefinition, bytes: Buffer): readonly Part[] | undefined => {
  const last = fields.at(-1);
  const repeats = list || last === 'routes' || last === 'text';
  const parts: Part[] = [];
  let at = 0;
  while (at < bytes.length || parts.length < fields.length) {
    const type = fields[parts.length] ?? (repeats ? last : undefined);
    const size = type && sizeOf(type, bytes.subarray(at), fields.length === 1);
    if (type === undefined || size === undefined) return undefined;
    parts.push({ type, bytes: bytes.subarray(at, at + size) });
    at += size;
  }
  return parts.length % group === 0 ? parts : undefined;
};

/**
 * Whether bytes are a value of the option, whole: Kea reads the fields that it knows out of them, and sends no more than those. Of a
 * container (no fields) they have to be its sub-options.
 */
export const isValue = (definition: OptionDefinition, bytes: Buffer, subOption: SubOptionCheck): boolean =>
  definition.fields.length === 0 ? isChain(bytes, subOption) : splitBytes(definition, bytes) !== undefined;

const nameSize = (bytes: Buffer): number | undefined => {
  let at = 0;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    at += 1 + length;
    if (length === 0) return at > 1 && at <= 255 ? at : undefined;
    if (!LABEL.test(bytes.toString('latin1', at - length, at))) return undefined;
  }
};

/** How many bytes a field at their front takes; undefined: they are none of its type. */
const VARIABLE: Partial<Record<FieldType, (bytes: Buffer) => number | undefined>> = {
  boolean: ([byte = 0]) => (byte > 1 ? undefined : 1),
  fqdn: nameSize,
  counted: ([length = 0]) => 1 + length,
  tuple: ([high = 0, low = 0]) => 2 + high * 256 + low,
  text: ([high = 0, low = 0]) => 2 + high * 256 + low,
  routes: ([width = 0]) => (width > 32 ? undefined : 1 + Math.ceil(width / 8) + 4),
  // Kea drops zero bytes at the end of text.
  string: (bytes) => (bytes.at(-1) === 0 ? undefined : bytes.length),
};

/** The same for any type, where enough bytes are there; `alone`: the field is the whole value, so that it cannot be empty. */
const sizeOf = (type: FieldType, bytes: Buffer, alone: boolean): number | undefined => {
  const variable = VARIABLE[type];
  const size = SIZES[type] ?? (variable ? variable(bytes) : bytes.length);
  return size === undefined || size > bytes.length || (alone && bytes.length === 0) ? undefined : size;
};

const FILLERS: Partial<Record<FieldType, Buffer>> = {
  string: Buffer.from('-'),
  boolean: Buffer.alloc(1),
  binary: Buffer.alloc(1),
  counted: Buffer.alloc(1),
  fqdn: Buffer.of(1, 97, 0),
  tuple: Buffer.alloc(2),
  routes: Buffer.alloc(5),
};

/**
 * Some value of the option, for one that is never sent: a row without a value fails the pull of everything ("option buffer truncated"),
 * and a reservation with one leaves its client without an answer; config-test takes both.
 */
export const anyValue = ({ fields }: OptionDefinition): Buffer =>
  Buffer.concat(fields.map((type) => FILLERS[type] ?? Buffer.alloc(SIZES[type] ?? 0)));

/** What Kea makes of a label with other characters, as of the root, is nothing, or a refusal of everything. */
export const LABEL = /^[A-Za-z0-9_*-]{1,63}$/;

/** Whether the bytes are right for the sub-option of the code. */
type SubOptionCheck = (code: number, bytes: Buffer) => boolean;

/** Code, length, value, one after another and each code once; Kea sends them in the order of codes. */
const isChain = (bytes: Buffer, subOption: SubOptionCheck): boolean => {
  const links = readChain(bytes);
  return (
    links?.every(({ code, value }, index) => code > (links[index - 1]?.code ?? -1) && subOption(code, value)) ?? false
  );
};

interface Link {
  readonly code: number;
  readonly value: Buffer;
}

/** The sub-options that bytes are; undefined: the last one is cut. */
export const readChain = (bytes: Buffer): readonly Link[] | undefined => {
  const links: Link[] = [];
  for (let at = 0; at < bytes.length;) {
    const [code = 0, length] = bytes.subarray(at, at + 2);
    if (length === undefined || at + 2 + length > bytes.length) return undefined;
    links.push({ code, value: bytes.subarray(at + 2, at + 2 + length) });
    at += 2 + length;
  }
  return links;
};

/** Values of options as bytes on the wire. */
import { parsePrefix } from './address.ts';
import { parseBytes } from './bytes.ts';
import { IPV6 } from './ipv6.ts';
import type { FieldType, KnownOption } from './optionDefinition.ts';
import { resolverSize } from './optionResolver.ts';

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
  int8: 1,
  int16: 2,
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

const signed = (size: number) => (value: string) => {
  const bytes = Buffer.alloc(size);
  bytes.writeIntBE(Number(value), 0, size);
  return bytes;
};

const address6 = (address: bigint): Buffer => Buffer.from(address.toString(16).padStart(32, '0'), 'hex');

const encodePrefix = (value: string): Buffer => {
  const { first = 0n, length = 0 } = parsePrefix(IPV6, value) ?? {};
  return Buffer.concat([Buffer.of(length), address6(first).subarray(0, Math.ceil(length / 8))]);
};

/** `3/4`: the number stands in the highest of 16 bits. */
const encodePortSet = (value: string): Buffer => {
  const [set, width] = value.split('/').map(Number);
  return Buffer.concat([Buffer.of(width ?? 0), integer(2)(String(((set ?? 0) << (16 - (width ?? 0))) & 0xff_ff))]);
};

const bytesOf = (value: string): Buffer => Buffer.from(value, 'hex');

const encodeRoute = (value: string): Buffer => {
  const [network = '', width = '', router = ''] = value.split(/ - |\//);
  const octets = (address: string): number[] => address.split('.').map(Number);
  return Buffer.from([Number(width), ...octets(network).slice(0, Math.ceil(Number(width) / 8)), ...octets(router)]);
};

/** Of the types whose bytes are not those of their text. */
const ENCODERS: Partial<Record<FieldType, (value: string) => Buffer>> = {
  ipv4: (value) => Buffer.from(value.split('.').map(Number)),
  ipv6: (value) => address6(IPV6.parse(value) ?? 0n),
  prefix: encodePrefix,
  psid: encodePortSet,
  boolean: (value) => Buffer.of(value === 'true' ? 1 : 0),
  uint8: integer(1),
  uint16: integer(2),
  uint32: integer(4),
  int8: signed(1),
  int16: signed(2),
  int32: signed(4),
  binary: bytesOf,
  counted: bytesOf,
  tuples: bytesOf,
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
  shortTuple: (value) => counted(value),
};

/** A field's value in its canonical spelling, on the wire. */
export const encodeField = (type: FieldType, value: string): Buffer => ENCODERS[type]?.(value) ?? Buffer.from(value);

const counted = (text: string): Buffer => Buffer.concat([Buffer.of(Buffer.byteLength(text) & 0xff), Buffer.from(text)]);

/** Types of which Kea has lists of their own kind. */
const OWN_LISTS: readonly FieldType[] = ['ipv4', 'ipv6', 'tuple', 'shortTuple'];

/**
 * Whether Kea keeps the bytes of an option. Of others it keeps the numbers and addresses that it read, and cannot do what it does with
 * bytes: send a long value in parts, and make the option anew.
 */
export const keepsBytes = ({ fields, list, special }: KnownOption): boolean => {
  const [first, second] = fields;
  if (first === undefined || special) return false;
  if (second !== undefined) return true;
  return !(first.includes('int') || first === 'routes' || first === 'text' || (list && OWN_LISTS.includes(first)));
};

/** A field of a value. */
interface Part {
  readonly type: FieldType;
  readonly bytes: Buffer;
}

/** The fields that bytes begin with, and what is after them; undefined: they are none. */
const readFields = (
  { fields, list, group }: KnownOption,
  bytes: Buffer,
): { readonly parts: readonly Part[]; readonly rest: Buffer } | undefined => {
  const last = fields.at(-1);
  const repeats = list || last === 'routes' || last === 'text';
  const parts: Part[] = [];
  let at = 0;
  while (at < bytes.length || parts.length < fields.length) {
    const type = fields[parts.length] ?? (repeats ? last : undefined);
    if (type === undefined) break;
    const size = sizeOf(type, bytes.subarray(at), fields.length === 1);
    if (size === undefined) return undefined;
    parts.push({ type, bytes: bytes.subarray(at, at + size) });
    at += size;
  }
  return parts.length % group === 0 ? { parts, rest: bytes.subarray(at) } : undefined;
};

/** What comes after the fields of a value. */
export const bytesAfterFields = (definition: KnownOption, bytes: Buffer): Buffer =>
  definition.fields.length === 0 ? bytes : (readFields(definition, bytes)?.rest ?? Buffer.alloc(0));

/** The fields that bytes are a value of, whole; undefined: they are none. */
export const splitBytes = (definition: KnownOption, bytes: Buffer): readonly Part[] | undefined => {
  const read = readFields(definition, bytes);
  return read?.rest.length === 0 ? read.parts : undefined;
};

/**
 * Whether bytes are a value of the option, whole: Kea reads the fields that it knows out of them, and sends no more than those. What an
 * option carries (`chain`: it is whether bytes are its sub-options) comes after its fields, or is all that it has.
 */
export const isValue = (definition: KnownOption, bytes: Buffer, chain?: (bytes: Buffer) => boolean): boolean => {
  if (definition.fields.length === 0) return chain?.(bytes) ?? bytes.length === 0;
  const rest = readFields(definition, bytes)?.rest;
  return rest !== undefined && (rest.length === 0 || (chain?.(rest) ?? false));
};

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

/** Whether they are values, each after its length in two bytes. */
export const areTuples = (bytes: Buffer): boolean => {
  let at = 0;
  while (at < bytes.length) at += 2 + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  return at === bytes.length;
};

/** How many bytes a field at their front takes; undefined: they are none of its type. */
const VARIABLE: Partial<Record<FieldType, (bytes: Buffer) => number | undefined>> = {
  boolean: ([byte = 0]) => (byte > 1 ? undefined : 1),
  fqdn: nameSize,
  counted: ([length = 0]) => 1 + length,
  tuple: ([high = 0, low = 0]) => 2 + high * 256 + low,
  shortTuple: ([length = 0]) => 1 + length,
  tuples: (bytes) => (areTuples(bytes) ? bytes.length : undefined),
  prefix: ([width = 0]) => (width > 128 ? undefined : 1 + Math.ceil(width / 8)),
  resolver: (bytes) => resolverSize(bytes, nameSize),
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
  shortTuple: Buffer.alloc(1),
  routes: Buffer.alloc(5),
  prefix: Buffer.alloc(1),
  tuples: Buffer.alloc(2),
  resolver: Buffer.of(0, 1, 0, 3, 1, 97, 0),
};

/**
 * Some value of the option, for one that is never sent: a row without a value fails the pull of everything ("option buffer truncated"),
 * and a reservation with one leaves its client without an answer; config-test takes both.
 */
export const anyValue = ({ fields }: KnownOption): Buffer =>
  Buffer.concat(fields.map((type) => FILLERS[type] ?? Buffer.alloc(SIZES[type] ?? 0)));

/** What Kea makes of a label with other characters, as of the root, is nothing, or a refusal of everything. */
export const LABEL = /^[A-Za-z0-9_*-]{1,63}$/;

interface Link {
  readonly code: number;
  readonly value: Buffer;
}

/** Bytes of the code of a sub-option, and of its length as well. */
type Width = 1 | 2;

/** The sub-options that bytes are; undefined: the last one is cut. */
export const readChain = (bytes: Buffer, width: Width): readonly Link[] | undefined => {
  const links: Link[] = [];
  const head = 2 * width;
  for (let at = 0; at < bytes.length;) {
    if (at + head > bytes.length) return undefined;
    const code = bytes.readUIntBE(at, width);
    const length = bytes.readUIntBE(at + width, width);
    if (at + head + length > bytes.length) return undefined;
    links.push({ code, value: bytes.subarray(at + head, at + head + length) });
    at += head + length;
  }
  return links;
};

/** Sub-options one after another. */
export const writeChain = (links: readonly Link[], width: Width): Buffer =>
  Buffer.concat(
    links.flatMap(({ code, value }) => {
      const head = Buffer.alloc(2 * width);
      head.writeUIntBE(code, 0, width);
      head.writeUIntBE(value.length, width, width);
      return [head, value];
    }),
  );

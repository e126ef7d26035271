/** The options of a pair as a whole, which its servers have in their configurations. */
import { noSuchClass } from './classRules.ts';
import { IPV6 } from './ipv6.ts';
import { enterpriseOf, type KnownOptions, optionAt } from './knownOptions.ts';
import { keepsBytes, splitBytes } from './optionBytes.ts';
import type { FieldType } from './optionDefinition.ts';
import { type OptionInput, parseOptions } from './options.ts';
import type { ClassDefinition, OptionData } from './state.ts';
import { definitionsIn } from './subOptions.ts';

/** What the options of a pair may refer to. */
export interface Referable {
  readonly known: KnownOptions;
  /** Whether a packet can ever be in the client class. */
  readonly knowsClass: (name: string) => boolean;
}

export type GlobalOptions =
  | {
      readonly ok: true;
      readonly options: readonly OptionData[];
      /** The pair's, without which Kea would not read them: the configuration has to have them too. */
      readonly definitions: readonly ClassDefinition[];
    }
  | { readonly ok: false; readonly message: string };

/** The first guard of an option that is no class, with its place; undefined: there is none. Kea takes it in silence, and sends the option to nobody. */
export const guardProblem = (
  { knowsClass }: Pick<Referable, 'knowsClass'>,
  inputs: readonly OptionInput[],
  path: string,
): string | undefined => {
  for (const [index, { clientClasses = [] }] of inputs.entries()) {
    const unknown = clientClasses.find((name) => !knowsClass(name));
    if (unknown !== undefined) return `${path}[${index}].clientClasses: ${noSuchClass(unknown)}`;
  }
  return undefined;
};

/**
 * The options of a server's configuration. Kea makes them anew whenever it reads rows: from their text, or else from their bytes, which
 * it does not have any more of some (`keepsBytes`). A list of addresses is empty then, and others fail
 * the config-set ("option buffer truncated"). So those are text here.
 */
export const parseGlobalOptions = (
  { known, knowsClass }: Referable,
  inputs: readonly OptionInput[],
  path: string,
): GlobalOptions => {
  const unguarded = guardProblem({ knowsClass }, inputs, path);
  if (unguarded !== undefined) return { ok: false, message: unguarded };
  const parsed = parseOptions(known, inputs, path);
  if (!parsed.ok) return parsed;
  const options: OptionData[] = [];
  for (const option of parsed.options) {
    const kept = keptOption(known, option);
    if (!kept) {
      const message = `${path}: option ${option.code}: the options of a HAPair cannot hold these bytes: give text without commas and backslashes, or the option in the lists of the SharedNetworks and Subnets`;
      return { ok: false, message };
    }
    options.push(kept);
  }
  return { ok: true, options, definitions: [...definitionsIn(known, parsed.options).values()] };
};

/** The option as Kea keeps it; undefined: it keeps it in no way. */
const keptOption = (known: KnownOptions, option: OptionData): OptionData | undefined => {
  const { space, data, 'csv-format': csv } = option;
  // Those of enterprises stay as they are.
  const definition = enterpriseOf(space) === undefined ? optionAt(known, option) : undefined;
  if (csv || data === undefined || !definition || definition.fields.length === 0 || keepsBytes(definition))
    return option;
  const texts = splitBytes(definition, Buffer.from(data, 'hex'))?.map(({ type, bytes }) => TEXTS[type]?.(bytes));
  if (!texts || texts.some((text) => text === undefined)) return undefined;
  return { ...option, data: texts.join(', '), 'csv-format': true };
};

/** Text that is the same after any number of readings. */
const plainText = (bytes: Buffer): string | undefined => {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) && text === text.trim() && /^[^,\\\0]+$/.test(text) ? text : undefined;
};

const address = (bytes: Buffer): string => bytes.join('.');
const address6 = (bytes: Buffer): string => IPV6.format(BigInt(`0x${bytes.toString('hex')}`));
const upper = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();
const number = (bytes: Buffer): string => String(bytes.readUIntBE(0, bytes.length));

const signed = (bytes: Buffer): string => String(bytes.readIntBE(0, bytes.length));

const route = (bytes: Buffer): string => {
  const network = Buffer.alloc(4);
  bytes.copy(network, 0, 1, bytes.length - 4);
  return `${address(network)}/${bytes[0]} - ${address(bytes.subarray(-4))}`;
};

/** The value of a field as text, of the types in such options. */
const TEXTS: Partial<Record<FieldType, (bytes: Buffer) => string | undefined>> = {
  ipv4: address,
  ipv6: address6,
  uint8: number,
  uint16: number,
  uint32: number,
  int8: signed,
  int16: signed,
  int32: signed,
  boolean: ([byte]) => String(byte === 1),
  counted: upper,
  tuples: upper,
  string: plainText,
  tuple: (bytes) => plainText(bytes.subarray(2)),
  shortTuple: (bytes) => plainText(bytes.subarray(1)),
  routes: route,
};

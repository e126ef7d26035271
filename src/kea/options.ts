/** DHCP options, read as people write them. */
import { equalBodies } from './canonical.ts';
import { carriedBy, isCarried, isDefined, isRaw, type KnownOptions, optionAt, optionNamed } from './knownOptions.ts';
import { adviceOnName } from './optionAdvice.ts';
import { anyValue, hex, keepsBytes, readHex } from './optionBytes.ts';
import type { KnownOption } from './optionDefinition.ts';
import { parseFields, shapeOf, tooLong } from './optionFields.ts';
import { whyNotConfigured } from './optionTable.ts';
import type { OptionData } from './state.ts';
import { fits, joinSubOptions, mayComeAgain, type Placed, splitOption } from './subOptions.ts';

/** `optionData` as the custom resources have it. */
export interface OptionInput {
  readonly name?: string | undefined;
  readonly code?: number | undefined;
  /** Left out: that of the standard options. */
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

/** What is wrong with an option. */
export interface OptionRefusal {
  readonly ok: false;
  readonly message: string;
  /** It comes right by itself once there is an OptionDefinition of its name. */
  readonly awaits?: true;
}

export type ParsedOption = { readonly ok: true; readonly option: OptionData } | OptionRefusal;

export type ParsedOptions = { readonly ok: true; readonly options: readonly OptionData[] } | OptionRefusal;

/**
 * All of a list, or the first one that is wrong, named by its place: `optionData[0] routers: 'x' is not an IPv4 address`. An option
 * comes once: of several with one code Kea makes copies of the first when it reads them from rows, whatever their classes.
 */
export const parseOptions = (
  known: KnownOptions,
  inputs: readonly OptionInput[],
  path = 'optionData',
): ParsedOptions => {
  const placed: Placed[] = [];
  const places = new Map<string, { readonly index: number; readonly depth: number; readonly option: OptionData }>();
  for (const [index, input] of inputs.entries()) {
    const parsed = parseOption(known, input);
    if (!parsed.ok) return { ...parsed, message: `${path}[${index}] ${parsed.message}` };
    const place = `${path}[${index}] ${input.name ?? `option ${parsed.option.code}`}`;
    for (const [depth, option] of splitOption(known, parsed.option).entries()) {
      const key = `${option.space} ${option.code}`;
      const earlier = places.get(key);
      if (earlier !== undefined && !mayComeAgain(known, option.space)) {
        // Two that carry one space carry the same, be it in their bytes.
        if (depth + earlier.depth > 0 && equalBodies(option, earlier.option)) continue;
        return refuse(`${place}: it is there already, as ${path}[${earlier.index}]`);
      }
      places.set(key, { index, depth, option });
      placed.push({ option, place });
    }
  }
  const joined = joinSubOptions(known, placed);
  return joined.problem === undefined ? { ok: true, options: joined.options } : refuse(joined.problem);
};

/**
 * An option as Kea is to hold it, by code, with its value in one spelling; or what is wrong with it, for the one who wrote it. It is
 * stricter than Kea where Kea drops a part of the value in silence (fields too many), and follows Kea otherwise.
 */
export const parseOption = (known: KnownOptions, given: OptionInput): ParsedOption => {
  const input: Option = {
    ...given,
    space: given.space ?? known.family.optionSpace,
    csvFormat: given.csvFormat ?? true,
  };
  const found = resolve(known, input);
  if (typeof found === 'string') return refuse(found);
  if ('ok' in found) return found;
  const { code, definition } = found;
  const label = definition?.name ?? `option ${code}`;
  const value = parseValue(known, input, code, definition);
  if (value.problem !== undefined) {
    const { problem, ...awaits } = value;
    return { ...refuse(`${label}: ${problem}`), ...awaits };
  }
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
};

const refuse = (message: string) => ({ ok: false, message }) as const;

/** Which option is meant, or why none. */
const resolve = (
  known: KnownOptions,
  input: Option,
): { code: number; definition: KnownOption | undefined } | OptionRefusal | string => {
  const { name, code, space } = input;
  const isStandard = space === known.family.optionSpace;
  const { codes, width, words } = known.rules;
  if (!isStandard && !isCarried(known, space)) {
    const message = `${name ?? `option ${code}`}: no option carries what is in the space '${space}': ${words.spaces}; one of your own travels in an option whose OptionDefinition has it in encapsulate`;
    return { ...refuse(message), awaits: true };
  }
  const definition = name === undefined ? undefined : optionNamed(known, name, space);
  if (definition) {
    if (code === undefined || code === definition.code) return { code: definition.code, definition };
    return `${name}: its code is ${definition.code}, not ${code}: correct one of them, or leave it out`;
  }
  const coded = code === undefined ? undefined : optionAt(known, { space, code });
  // Of bytes that have no definition Kea does not look at the name either.
  if (name !== undefined && (code === undefined || coded || input.csvFormat)) return unknownName(known, name, space);
  if (code === undefined) return 'give name or code';
  const [least, greatest] = isStandard ? codes : [0, 256 ** width - 1];
  if (code < least || code > greatest) return `option ${code}: codes in the space ${space} are ${least} to ${greatest}`;
  return { code, definition: coded };
};

const unknownName = (known: KnownOptions, name: string, space: string): OptionRefusal => {
  const advice = adviceOnName(known, name, space);
  if (advice !== undefined) return refuse(`'${name}' is not an option that Kea knows; ${advice}`);
  const message = `${name}: no OptionDefinition of the HAPair has that name in the space ${space}: it waits until there is one; create it, or give code, and data in hexadecimal with csvFormat: false`;
  return { ...refuse(message), awaits: true };
};

/** `bytes`: data is hexadecimal digits. */
type Value =
  | { readonly data: string | undefined; readonly bytes?: boolean; readonly problem?: never }
  | { readonly problem: string; readonly awaits?: true };

const parseValue = (known: KnownOptions, input: Option, code: number, definition: KnownOption | undefined): Value => {
  const { space, csvFormat } = input;
  const { sentAnyway, longest, words } = known.rules;
  const isStandard = space === known.family.optionSpace;
  const unwanted = isStandard ? whyNotConfigured(known.family, code) : undefined;
  if (unwanted !== undefined) return { problem: unwanted };
  if (input.neverSend && isStandard && sentAnyway.has(code)) {
    return { problem: 'Kea sends it all the same: leave neverSend out, and the option where it comes from' };
  }
  const data = input.data === undefined || input.data.trim() === '' ? undefined : input.data;
  if (data === undefined) return missingOrNone(input, definition);
  const carried = carriedBy(known, { space, code });
  const isOwn = isDefined(known, { space, code });
  if (definition?.fields.length === 0 && carried === undefined) {
    return { problem: 'it has no value: leave data out' };
  }
  if (!csvFormat) return parseHex(known, data, { code, space, definition });
  if (!definition) {
    return {
      problem: `no OptionDefinition of the HAPair has that code in the space ${space}: it waits until there is one; create it, or give data in hexadecimal with csvFormat: false`,
      awaits: true,
    };
  }
  if (definition.fields.length === 0) {
    return {
      problem: `it has no fields: give hexadecimal and csvFormat: false, or leave data out and give ${isOwn ? `its sub-options, which are in the space ${carried}` : words.subOptions(carried ?? '')}`,
    };
  }
  // Bytes are right where the definition comes later, or has gone: text would fail the pull of everything.
  const value = parseFields(data, definition, { longest, asBytes: !isStandard || isOwn });
  if (value.problem !== undefined) return value;
  return 'bytes' in value ? { data: hex(value.bytes), bytes: true } : { data: value.data };
};

/** Without a value: fine for an option that is never sent, that has none, or that Kea does not know (a flag). */
const missingOrNone = (input: Option, definition: KnownOption | undefined): Value => {
  if (!definition || definition.fields.length === 0) return { data: undefined };
  if (!input.neverSend) return { problem: 'data is missing' };
  return { data: hex(anyValue(definition)) || undefined, bytes: true };
};

/** An option that was found. */
interface Found {
  readonly code: number;
  readonly space: string;
  readonly definition: KnownOption | undefined;
}

/** Bytes have to be what Kea makes the option of: it reads them, and sends what it understood. */
const parseHex = (known: KnownOptions, data: string, found: Found): Value => {
  const { code, definition } = found;
  const bytes = readHex(data);
  if (!bytes) return { problem: `'${data}' is not hexadecimal` };
  const { longest } = known.rules;
  const areKept = !definition || isRaw(known, found) || keepsBytes(definition);
  if (!areKept && bytes.length > longest) return { problem: tooLong(longest) };
  return fits(known, found, bytes)
    ? { data: hex(bytes), bytes: true }
    : {
        problem: `its bytes have to be ${wanted(known, code, definition)}, whole, and nothing after: Kea would send only what it makes of these`,
      };
};

const wanted = (known: KnownOptions, code: number, definition: KnownOption | undefined): string => {
  const { vendor, words } = known.rules;
  if (code === vendor.code) return words.vendor;
  return definition && definition.fields.length > 0 ? shapeOf(definition) : words.chain;
};

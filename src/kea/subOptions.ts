/** Options that carry others: 43, 125 and their like, and in DHCPv6 17, 94 and theirs. */
import {
  carriedBy,
  type Carrier,
  enterpriseOf,
  isCarried,
  isDefined,
  isRaw,
  type KnownOptions,
  optionAt,
  type Which,
} from './knownOptions.ts';
import { bytesAfterFields, hex, isValue, readChain, splitBytes, writeChain } from './optionBytes.ts';
import { type ClassDefinition, type OptionData, type OptionDefKey, optionDefKey } from './state.ts';

/** An option with how it is named to the one who wrote it: `optionData[2] option 1`. */
export interface Placed {
  readonly option: OptionData;
  readonly place: string;
}

export type Joined =
  { readonly options: readonly OptionData[]; readonly problem?: never } | { readonly problem: string };

/** Whether several options of one code may stand in a list: sub-options whose container is one option to Kea, whatever is in it. */
export const mayComeAgain = (known: KnownOptions, space: string): boolean =>
  known.rules.containers.get(space)?.again ?? false;

/**
 * Puts sub-options where Kea sends them from. Kea has them as options of their own, which go out under conditions that it checks without
 * a word: the container has to stand in the same list (43, 122, and what a pair defines), or somewhere (125), and those of 125 are sent only
 * where they are always sent. Those of Kea's own containers and of vendors are bytes of what they travel in. Where a pair defines that, they stay
 * beside it: Kea reads bytes in it by the definitions of before, which may be others.
 */
export const joinSubOptions = (known: KnownOptions, all: readonly Placed[]): Joined => {
  const isStandard = ({ option }: Placed): boolean => option.space === known.family.optionSpace;
  let given = all;
  const packed: Placed[] = [];
  const implied: Placed[] = [];
  for (const [space, carriers] of known.carried) {
    const inside = given.filter(({ option }) => option.space === space);
    const standing = given.filter(({ option }) =>
      carriers.some((one) => one.space === option.space && one.definition.code === option.code),
    );
    const [first] = inside;
    if (!first) {
      const hollow = standing.find(({ option }) => !isWhole(option));
      if (hollow) return { problem: `${hollow.place}: it has neither data nor sub-options: give one of them` };
      continue;
    }
    const nobody = standing.length === 0 ? impliedCarrier(known, carriers, first) : [];
    if (typeof nobody === 'string') return { problem: nobody };
    implied.push(...nobody);
    const full: Placed[] = [];
    for (const carrier of [...standing, ...nobody]) {
      const option = packCarrier(known, carrier, inside, first);
      if (typeof option === 'string') return { problem: option };
      full.push({ ...carrier, option });
    }
    packed.push(...full.filter(isStandard));
    const others = given.filter((placed) => !inside.includes(placed) && !standing.includes(placed));
    given = [...others, ...full.filter((placed) => !isStandard(placed))];
  }
  const vendor = joinVendor(known, given);
  if (vendor.problem !== undefined) return vendor;
  const plain = [...all, ...implied].map(({ option }) => option);
  const top = packed.map(({ option }) => (isDefined(known, option) ? withoutInside(option, plain) : option));
  return { options: [...vendor.options, ...top, ...insideOf(known, top, plain)] };
};

/** A carrier as it was before anything was put into it, but sent as often as that has to be. */
const withoutInside = (option: OptionData, plain: readonly OptionData[]): OptionData => {
  const bare = plain.find(({ space, code }) => space === option.space && code === option.code);
  return { ...(bare ?? option), ...(option['always-send'] ? { 'always-send': true } : {}) };
};

/** What travels in the carriers that a pair defines, at any depth. */
const insideOf = (
  known: KnownOptions,
  top: readonly OptionData[],
  plain: readonly OptionData[],
): readonly OptionData[] => {
  const spaces = new Set<string>();
  const enter = (option: OptionData): void => {
    const space = carriedBy(known, option);
    if (space === undefined || spaces.has(space)) return;
    spaces.add(space);
    plain.filter((one) => one.space === space).forEach(enter);
  };
  top.filter((option) => isDefined(known, option)).forEach(enter);
  return plain.filter(({ space }) => spaces.has(space));
};

/** Needs no sub-options: it has bytes, or is never sent. */
const isWhole = (option: OptionData): boolean => option.data !== undefined || option['never-send'] === true;

/** A carrier that nobody gave: one that has nothing but sub-options, where it is clear which. */
const impliedCarrier = (
  known: KnownOptions,
  carriers: readonly Carrier[],
  first: Placed,
): readonly Placed[] | string => {
  const [only, ...others] = carriers.filter(({ definition }) => definition.fields.length === 0);
  if (only && (others.length === 0 || !isDefined(known, whichOf(only)))) {
    return [{ option: { ...whichOf(only), 'csv-format': false }, place: first.place }];
  }
  const names = new Set(carriers.map(({ definition: { name, code } }) => `${name} (${code})`));
  return names.size === 1
    ? `${first.place}: it travels in ${[...names].join('')}, which is not in the list: give that too, or leave it out`
    : `${first.place}: it travels in ${[...names].join(' or ')}, and none of them is in the list: give one of them too, or leave it out`;
};

const whichOf = ({ space, definition: { code } }: Carrier): Which => ({ space, code });

const isAlwaysSent = (options: readonly Placed[]): boolean => options.some(({ option }) => option['always-send']);

/** The bytes of sub-options, in the order of codes, or what is wrong with them. */
const linksOf = ({ rules: { width } }: KnownOptions, code: number, inside: readonly Placed[]): Buffer | string => {
  const most = 256 ** width - 1;
  const links: { code: number; value: Buffer }[] = [];
  for (const { option, place } of inside.toSorted((a, b) => a.option.code - b.option.code)) {
    if (option['client-classes'] || option['never-send']) {
      return `${place}: it goes wherever option ${code} goes: set clientClasses and neverSend of that one`;
    }
    const value = Buffer.from(option.data ?? '', 'hex');
    if (value.length > most) return `${place}: it is longer than the ${most} bytes of a sub-option`;
    links.push({ code: option.code, value });
  }
  return writeChain(links, width);
};

/** The carrier with its sub-options as bytes, after its fields if it has any; or what is wrong with them. */
const packCarrier = (
  known: KnownOptions,
  { option, place }: Placed,
  inside: readonly Placed[],
  first: Placed,
): OptionData | string => {
  const own = Buffer.from(option.data ?? '', 'hex');
  if (option['never-send'] || hasSubOptions(known, option, own)) {
    return `${first.place}: ${place} has ${isFielded(known, option) ? 'sub-options in its data' : 'data of its own'}, or is never sent: leave one of them out`;
  }
  const links = linksOf(known, option.code, inside);
  if (typeof links === 'string') return links;
  const value = Buffer.concat([own, links]);
  const { longest } = known.rules;
  if (!isRaw(known, option) && option.space === known.family.optionSpace && value.length > longest) {
    return `${first.place}: the sub-options of option ${option.code} have ${value.length} bytes with their codes and lengths, and ${longest} fit into it`;
  }
  return {
    ...option,
    data: hex(value),
    'csv-format': false,
    ...(isAlwaysSent(inside) ? { 'always-send': true } : {}),
  };
};

const isFielded = (known: KnownOptions, option: OptionData): boolean =>
  (optionAt(known, option)?.fields.length ?? 0) > 0;

/** Whether sub-options are in the bytes already. */
const hasSubOptions = (known: KnownOptions, option: OptionData, bytes: Buffer): boolean => {
  const definition = optionAt(known, option);
  return definition && isFielded(known, option) ? splitBytes(definition, bytes) === undefined : bytes.length > 0;
};

/** The bytes of the vendor's option before its sub-options: the number of the enterprise, and that of their bytes. */
const vendorHead = (known: KnownOptions): number => (known.rules.vendor.counted ? 5 : 4);

const isVendorOption = (known: KnownOptions, { space, code }: Which): boolean =>
  space === known.family.optionSpace && code === known.rules.vendor.code;

/** Sub-options of 125, and the container that names their enterprise: each list has one, as rows keep one option of a code. */
const joinVendor = (known: KnownOptions, given: readonly Placed[]): Joined => {
  const { vendor, width, longest } = known.rules;
  const options = given.map(({ option }) => option);
  const inside = given.filter(({ option }) => option.space !== known.family.optionSpace && !option['never-send']);
  const [first] = inside;
  if (!first) return { options };
  const container = given.find(({ option }) => isVendorOption(known, option));
  if (container?.option['never-send']) {
    return {
      problem: `${first.place}: ${container.place} is never sent, and its sub-options with it: leave one of them out`,
    };
  }
  const enterprise = container ? namedBy(container.option) : (enterpriseOf(first.option.space) ?? 0);
  const other = inside.find(({ option }) => enterpriseOf(option.space) !== enterprise);
  if (other) {
    const problem = `${other.place}: one list can have the sub-options of one enterprise, which is ${enterprise} here: put others into the list of another level, such as the SharedNetwork's or the HAPair's`;
    return { problem };
  }
  const size = inside.reduce((sum, { option }) => sum + 2 * width + (option.data ?? '').length / 2, 0);
  const room = longest - vendorHead(known);
  if (size > room) {
    return {
      problem: `${first.place}: the sub-options of ${first.option.space} have ${size} bytes with their codes and lengths, and ${room} fit into option ${vendor.code}`,
    };
  }
  const always = isAlwaysSent(inside);
  const sent = new Set([...inside.map(({ option }) => option), ...(always && container ? [container.option] : [])]);
  return {
    options: [
      ...options.map((option) => (sent.has(option) ? { ...option, 'always-send': true as const } : option)),
      ...(container ? [] : [containerOf(known, enterprise, always, classesOf(inside))]),
    ],
  };
};

/** The enterprise that an option 125 names. */
const namedBy = ({ data = '', 'csv-format': csv }: OptionData): number => (csv ? Number(data) : parseInt(data, 16));

/** Of a container that nobody wrote: without a client that gets something in it, it is not sent. */
const classesOf = (inside: readonly Placed[]): readonly string[] => {
  const guards = inside.map(({ option }) => option['client-classes'] ?? []);
  return guards.every((classes) => classes.length > 0) ? [...new Set(guards.flat())].sort() : [];
};

const containerOf = (
  known: KnownOptions,
  enterprise: number,
  always: boolean,
  classes: readonly string[],
): OptionData => ({
  code: known.rules.vendor.code,
  space: known.family.optionSpace,
  data: String(enterprise),
  'csv-format': true,
  ...(always ? { 'always-send': true } : {}),
  ...(classes.length > 0 ? { 'client-classes': classes } : {}),
});

/** Sub-options in the bytes of an option that a pair defines each by itself, as if they had been given so. */
const splitCarrier = (known: KnownOptions, option: OptionData): readonly OptionData[] => {
  const carried = carriedBy(known, option);
  const definition = optionAt(known, option);
  if (!isDefined(known, option) || !definition || carried === undefined || option['never-send']) return [option];
  const { data = '', ...rest } = option;
  const bytes = Buffer.from(data, 'hex');
  const after = bytesAfterFields(definition, bytes);
  const own = hex(bytes.subarray(0, bytes.length - after.length));
  return [
    { ...rest, ...(own === '' ? {} : { data: own }) },
    ...(readChain(after, known.rules.width) ?? []).flatMap(({ code, value }) =>
      splitCarrier(known, {
        code,
        space: carried,
        ...(value.length > 0 ? { data: hex(value) } : {}),
        'csv-format': false,
      }),
    ),
  ];
};

/** The options that one is to Kea. */
export const splitOption = (known: KnownOptions, option: OptionData): readonly OptionData[] =>
  isVendorOption(known, option) ? splitVendor(known, option) : splitCarrier(known, option);

/** An option 125 whose bytes go on after the enterprise's number is that number, and the sub-options each by itself: Kea sends only so much of it. */
const splitVendor = (known: KnownOptions, option: OptionData): readonly OptionData[] => {
  const { data, 'csv-format': csv, 'always-send': always, 'client-classes': classes } = option;
  if (csv || data === undefined || option['never-send']) return [option];
  const bytes = Buffer.from(data, 'hex');
  const enterprise = bytes.readUInt32BE();
  const inside = readChain(bytes.subarray(vendorHead(known)), known.rules.width) ?? [];
  return [
    containerOf(known, enterprise, always ?? false, classes ?? []),
    ...inside.map(({ code, value }) => ({
      code,
      space: `vendor-${enterprise}`,
      ...(value.length > 0 ? { data: hex(value) } : {}),
      'csv-format': false,
      ...(always ? { 'always-send': true as const } : {}),
      ...(classes ? { 'client-classes': classes } : {}),
    })),
  ];
};

/** Whether bytes are a vendor's option that Kea can send: an enterprise's number, the length of the rest, and sub-options in the order of codes. */
const isVendorValue = (known: KnownOptions, bytes: Buffer): boolean => {
  if (bytes.length < 4) return false;
  if (bytes.length === 4) return true;
  const space = `vendor-${bytes.readUInt32BE()}`;
  const head = vendorHead(known);
  if (known.rules.vendor.counted && bytes[4] !== bytes.length - head) return false;
  return (bytes.length === head || isCarried(known, space)) && isChain(known, space, bytes.subarray(head));
};

/** Code, length, value, one after another and each code once, or where that may be several times; Kea sends them in the order of codes. */
const isChain = (known: KnownOptions, space: string, bytes: Buffer): boolean => {
  const links = readChain(bytes, known.rules.width);
  const least = mayComeAgain(known, space) ? 0 : 1;
  return (
    links?.every(
      ({ code, value }, index) => code >= (links[index - 1]?.code ?? -1) + least && fits(known, { space, code }, value),
    ) ?? false
  );
};

/** Whether Kea sends the bytes of an option as they are. */
export const fits = (known: KnownOptions, option: Which, bytes: Buffer): boolean => {
  if (isVendorOption(known, option)) return isVendorValue(known, bytes);
  if (isRaw(known, option)) return true;
  const definition = optionAt(known, option);
  const carried = carriedBy(known, option);
  const chain = carried === undefined ? undefined : (rest: Buffer): boolean => isChain(known, carried, rest);
  return !definition || isValue(definition, bytes, chain);
};

/** The definitions of the pair that options are made by, those of sub-options in their bytes too. */
export const definitionsIn = (
  known: KnownOptions,
  options: readonly OptionData[],
): ReadonlyMap<OptionDefKey, ClassDefinition> => {
  const found = new Map<OptionDefKey, ClassDefinition>();
  const enter = (option: Which, bytes: Buffer): void => {
    const key = optionDefKey(option);
    const own = known.own.get(key);
    if (own) found.set(key, own);
    const definition = optionAt(known, option);
    const space = carriedBy(known, option);
    if (!definition || space === undefined) return;
    const links = readChain(bytesAfterFields(definition, bytes), known.rules.width) ?? [];
    for (const { code, value } of links) enter({ space, code }, value);
  };
  for (const option of options) {
    enter(option, Buffer.from(option['csv-format'] ? '' : (option.data ?? ''), 'hex'));
  }
  return found;
};

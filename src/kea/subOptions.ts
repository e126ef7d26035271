/** Options that carry others: 43, 125 and their like, and in DHCPv6 17, 94 and theirs. */
import type { Family } from './family.ts';
import { hex, isValue, readChain, writeChain } from './optionBytes.ts';
import { optionByCode, optionRules } from './optionTable.ts';
import type { OptionData } from './state.ts';

/** An option with how it is named to the one who wrote it: `optionData[2] option 1`. */
export interface Placed {
  readonly option: OptionData;
  readonly place: string;
}

export type Joined =
  { readonly options: readonly OptionData[]; readonly problem?: never } | { readonly problem: string };

/** The number of the enterprise whose sub-options a space holds. */
const enterpriseOf = (space: string): number | undefined => {
  const [, digits] = /^vendor-([1-9]\d{0,9})$/.exec(space) ?? [];
  return digits !== undefined && Number(digits) <= 4_294_967_295 ? Number(digits) : undefined;
};

/** Whether some option carries what is in the space. */
export const isCarried = (family: Family, space: string): boolean => {
  const { containers, nested } = optionRules(family);
  return containers.has(space) || nested.has(space) || enterpriseOf(space) !== undefined;
};

/** The space of what an option carries, if it is one that carries others than those of an enterprise. */
export const carriedBy = (family: Family, code: number, space: string): string | undefined => {
  const { containers, nested } = optionRules(family);
  const carried = space === family.optionSpace ? containers : containers.has(space) ? nested : undefined;
  return [...(carried ?? [])].find(([, container]) => container.code === code)?.[0];
};

/** Whether several options of one code may stand in a list: sub-options whose container is one option to Kea, whatever is in it. */
export const mayComeAgain = (family: Family, space: string): boolean =>
  optionRules(family).containers.get(space)?.again ?? false;

/**
 * Puts sub-options where Kea sends them from. Kea has them as options of their own, which go out under conditions that it checks without
 * a word: the container has to stand in the same list (43, 122), or somewhere (125), and those of 125 are sent only where they are always sent.
 */
export const joinSubOptions = (family: Family, all: readonly Placed[]): Joined => {
  const { containers } = optionRules(family);
  const joined = joinNested(family, all);
  if (typeof joined === 'string') return { problem: joined };
  const given = joined;
  const isStandard = ({ space }: OptionData): boolean => space === family.optionSpace;
  const plain = given.filter(({ option: { space } }) => !containers.has(space));
  const packed: OptionData[] = [];
  for (const [space, { code }] of containers) {
    const inside = given.filter(({ option }) => option.space === space);
    const container = given.find(({ option }) => isStandard(option) && option.code === code);
    if (inside.length === 0 && (!container || isWhole(container.option))) continue;
    const option = packContainer(family, code, container, inside);
    if (typeof option === 'string') return { problem: option };
    packed.push(option);
  }
  const replaced = new Set(packed.map(({ code }) => code));
  const options = plain.filter(({ option }) => !isStandard(option) || !replaced.has(option.code));
  const vendor = joinVendor(family, options);
  return vendor.problem === undefined ? { options: [...vendor.options, ...packed] } : vendor;
};

/** Needs no sub-options: it has bytes, or is never sent. */
const isWhole = (option: OptionData): boolean => option.data !== undefined || option['never-send'] === true;

/** Sub-options of sub-options behind the fields of each that carries them, as Kea puts them; or what is wrong with them. */
const joinNested = (family: Family, given: readonly Placed[]): readonly Placed[] | string => {
  let joined = given;
  for (const [space, carrier] of optionRules(family).nested) {
    const inside = given.filter(({ option }) => option.space === space);
    const [first] = inside;
    if (!first) continue;
    const isCarrier = ({ option }: Placed): boolean => carriedBy(family, option.code, option.space) === space;
    if (!given.some(isCarrier)) {
      return `${first.place}: it travels in ${carrier.name} (${carrier.code}), which is not in the list: give that too, or leave it out`;
    }
    const links = linksOf(family, carrier.code, inside);
    if (typeof links === 'string') return links;
    joined = joined
      .filter(({ option }) => option.space !== space)
      .map((placed) =>
        isCarrier(placed)
          ? {
              ...placed,
              option: {
                ...placed.option,
                data: (placed.option.data ?? '') + hex(links),
                ...(isAlwaysSent(inside) ? { 'always-send': true as const } : {}),
              },
            }
          : placed,
      );
  }
  return joined;
};

const isAlwaysSent = (options: readonly Placed[]): boolean => options.some(({ option }) => option['always-send']);

/** The bytes of sub-options, in the order of codes, or what is wrong with them. */
const linksOf = (family: Family, code: number, inside: readonly Placed[]): Buffer | string => {
  const { width } = optionRules(family);
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

/** The container with its sub-options as bytes, or what is wrong with them. */
const packContainer = (
  family: Family,
  code: number,
  container: Placed | undefined,
  inside: readonly Placed[],
): OptionData | string => {
  const [first] = inside;
  if (!first) return `${container?.place ?? ''}: it has neither data nor sub-options: give one of them`;
  if (container && isWhole(container.option)) {
    return `${first.place}: ${container.place} has data of its own, or is never sent: leave one of them out`;
  }
  const value = linksOf(family, code, inside);
  if (typeof value === 'string') return value;
  const { longest, own } = optionRules(family);
  if (!own.some((definition) => definition.code === code) && value.length > longest) {
    return `${first.place}: the sub-options of option ${code} have ${value.length} bytes with their codes and lengths, and ${longest} fit into it`;
  }
  return {
    ...container?.option,
    code,
    space: family.optionSpace,
    data: hex(value),
    'csv-format': false,
    ...(isAlwaysSent(inside) ? { 'always-send': true } : {}),
  };
};

/** The bytes of the vendor's option before its sub-options: the number of the enterprise, and that of their bytes. */
const vendorHead = (family: Family): number => (optionRules(family).vendor.counted ? 5 : 4);

const isVendorOption = (family: Family, code: number, space: string): boolean =>
  space === family.optionSpace && code === optionRules(family).vendor.code;

/** Sub-options of 125, and the container that names their enterprise: each list has one, as rows keep one option of a code. */
const joinVendor = (family: Family, given: readonly Placed[]): Joined => {
  const { vendor, width, longest } = optionRules(family);
  const options = given.map(({ option }) => option);
  const inside = given.filter(({ option }) => option.space !== family.optionSpace && !option['never-send']);
  const [first] = inside;
  if (!first) return { options };
  const container = given.find(({ option }) => isVendorOption(family, option.code, option.space));
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
  const room = longest - vendorHead(family);
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
      ...(container ? [] : [containerOf(family, enterprise, always, classesOf(inside))]),
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

const containerOf = (family: Family, enterprise: number, always: boolean, classes: readonly string[]): OptionData => ({
  code: optionRules(family).vendor.code,
  space: family.optionSpace,
  data: String(enterprise),
  'csv-format': true,
  ...(always ? { 'always-send': true } : {}),
  ...(classes.length > 0 ? { 'client-classes': classes } : {}),
});

/** An option 125 whose bytes go on after the enterprise's number is that number, and the sub-options each by itself: Kea sends only so much of it. */
export const splitVendor = (family: Family, option: OptionData): readonly OptionData[] => {
  const { data, 'csv-format': csv, 'always-send': always, 'client-classes': classes } = option;
  const isVendor = isVendorOption(family, option.code, option.space);
  if (!isVendor || csv || data === undefined || option['never-send']) return [option];
  const bytes = Buffer.from(data, 'hex');
  const enterprise = bytes.readUInt32BE();
  const inside = readChain(bytes.subarray(vendorHead(family)), optionRules(family).width) ?? [];
  return [
    containerOf(family, enterprise, always ?? false, classes ?? []),
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
const isVendorValue = (family: Family, bytes: Buffer): boolean => {
  if (bytes.length < 4) return false;
  if (bytes.length === 4) return true;
  const space = `vendor-${bytes.readUInt32BE()}`;
  const head = vendorHead(family);
  if (optionRules(family).vendor.counted && bytes[4] !== bytes.length - head) return false;
  return (bytes.length === head || isCarried(family, space)) && isChain(family, space, bytes.subarray(head));
};

/** Code, length, value, one after another and each code once, or where that may be several times; Kea sends them in the order of codes. */
const isChain = (family: Family, space: string, bytes: Buffer): boolean => {
  const links = readChain(bytes, optionRules(family).width);
  const least = mayComeAgain(family, space) ? 0 : 1;
  return (
    links?.every(
      ({ code, value }, index) => code >= (links[index - 1]?.code ?? -1) + least && fits(family, code, space, value),
    ) ?? false
  );
};

/** Whether Kea sends the bytes of an option as they are. */
export const fits = (family: Family, code: number, space: string, bytes: Buffer): boolean => {
  if (isVendorOption(family, code, space)) return isVendorValue(family, bytes);
  if (isOwn(family, code, space)) return true;
  const definition = optionByCode(family, code, space);
  const carried = carriedBy(family, code, space);
  const chain = carried === undefined ? undefined : (rest: Buffer): boolean => isChain(family, carried, rest);
  return !definition || isValue(definition, bytes, chain);
};

/** Whether servers have a definition of their own of it, which takes any bytes. */
export const isOwn = (family: Family, code: number, space: string): boolean =>
  optionRules(family).own.some((definition) => definition.code === code && definition.space === space);

/** Options that carry others: 43, 125 and their like. */
import { hex, isValue, readChain, UNSPLIT } from './optionBytes.ts';
import { optionByCode } from './optionTable.ts';
import type { OptionData } from './state.ts';

/** An option with how it is named to the one who wrote it: `optionData[2] option 1`. */
export interface Placed {
  readonly option: OptionData;
  readonly place: string;
}

export type Joined =
  { readonly options: readonly OptionData[]; readonly problem?: never } | { readonly problem: string };

/** The options that sub-options travel in, by the space of these. */
const CONTAINERS: ReadonlyMap<string, number> = new Map([
  ['vendor-encapsulated-options-space', 43],
  ['cablelabs-client-conf', 122],
]);

const VENDOR_OPTIONS = 125;
/** What an option can hold, without the enterprise's number and its own length. */
const VENDOR_ROOM = UNSPLIT - 5;

/**
 * Kea's own definition of 43 takes its bytes for sub-options, and drops what is none; access points want plain text there. Kea lets
 * this one of the standard options be defined otherwise.
 */
export const RAW_VENDOR_OPTIONS = {
  name: 'vendor-encapsulated-options',
  code: 43,
  space: 'dhcp4',
  type: 'binary',
} as const;

/** The number of the enterprise whose sub-options a space holds. */
const enterpriseOf = (space: string): number | undefined => {
  const [, digits] = /^vendor-([1-9]\d{0,9})$/.exec(space) ?? [];
  return digits !== undefined && Number(digits) <= 4_294_967_295 ? Number(digits) : undefined;
};

/** Whether some option carries what is in the space. */
export const isCarried = (space: string): boolean => CONTAINERS.has(space) || enterpriseOf(space) !== undefined;

/**
 * Puts sub-options where Kea sends them from. Kea has them as options of their own, which go out under conditions that it checks without
 * a word: the container has to stand in the same list (43, 122), or somewhere (125), and those of 125 are sent only where they are always sent.
 */
export const joinSubOptions = (given: readonly Placed[]): Joined => {
  const plain = given.filter(({ option: { space } }) => !CONTAINERS.has(space));
  const packed: OptionData[] = [];
  for (const [space, code] of CONTAINERS) {
    const inside = given.filter(({ option }) => option.space === space);
    const container = given.find(({ option }) => option.space === 'dhcp4' && option.code === code);
    if (inside.length === 0 && (!container || isWhole(container.option))) continue;
    const option = packContainer(code, container, inside);
    if (typeof option === 'string') return { problem: option };
    packed.push(option);
  }
  const replaced = new Set(packed.map(({ code }) => code));
  const options = plain.filter(({ option: { space, code } }) => space !== 'dhcp4' || !replaced.has(code));
  const vendor = joinVendor(options);
  return vendor.problem === undefined ? { options: [...vendor.options, ...packed] } : vendor;
};

/** Needs no sub-options: it has bytes, or is never sent. */
const isWhole = (option: OptionData): boolean => option.data !== undefined || option['never-send'] === true;

/** The container with its sub-options as bytes, or what is wrong with them. */
const packContainer = (code: number, container: Placed | undefined, inside: readonly Placed[]): OptionData | string => {
  const [first] = inside;
  if (!first) return `${container?.place ?? ''}: it has neither data nor sub-options: give one of them`;
  if (container && isWhole(container.option)) {
    return `${first.place}: ${container.place} has data of its own, or is never sent: leave one of them out`;
  }
  const links: Buffer[] = [];
  for (const { option, place } of inside.toSorted((a, b) => a.option.code - b.option.code)) {
    if (option['client-classes'] || option['never-send']) {
      return `${place}: it goes wherever option ${code} goes: set clientClasses and neverSend of that one`;
    }
    const value = Buffer.from(option.data ?? '', 'hex');
    if (value.length > 255) return `${place}: it is longer than the 255 bytes of a sub-option`;
    links.push(Buffer.of(option.code, value.length), value);
  }
  const value = Buffer.concat(links);
  if (code !== RAW_VENDOR_OPTIONS.code && value.length > UNSPLIT) {
    return `${first.place}: the sub-options of option ${code} have ${value.length} bytes with their codes and lengths, and ${UNSPLIT} fit into it`;
  }
  return {
    ...container?.option,
    code,
    space: 'dhcp4',
    data: hex(value),
    'csv-format': false,
    ...(inside.some(({ option }) => option['always-send']) ? { 'always-send': true } : {}),
  };
};

/** Sub-options of 125, and the container that names their enterprise: each list has one, as rows keep one option of a code. */
const joinVendor = (given: readonly Placed[]): Joined => {
  const options = given.map(({ option }) => option);
  const inside = given.filter(({ option }) => option.space !== 'dhcp4' && !option['never-send']);
  const [first] = inside;
  if (!first) return { options };
  const container = given.find(({ option }) => option.space === 'dhcp4' && option.code === VENDOR_OPTIONS);
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
  const size = inside.reduce((sum, { option }) => sum + 2 + (option.data ?? '').length / 2, 0);
  if (size > VENDOR_ROOM) {
    return {
      problem: `${first.place}: the sub-options of ${first.option.space} have ${size} bytes with their codes and lengths, and ${VENDOR_ROOM} fit into option 125`,
    };
  }
  const always = inside.some(({ option }) => option['always-send']);
  const sent = new Set([...inside.map(({ option }) => option), ...(always && container ? [container.option] : [])]);
  return {
    options: [
      ...options.map((option) => (sent.has(option) ? { ...option, 'always-send': true as const } : option)),
      ...(container ? [] : [containerOf(enterprise, always, classesOf(inside))]),
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

const containerOf = (enterprise: number, always: boolean, classes: readonly string[]): OptionData => ({
  code: VENDOR_OPTIONS,
  space: 'dhcp4',
  data: String(enterprise),
  'csv-format': true,
  ...(always ? { 'always-send': true } : {}),
  ...(classes.length > 0 ? { 'client-classes': classes } : {}),
});

/** An option 125 whose bytes go on after the enterprise's number is that number, and the sub-options each by itself: Kea sends only so much of it. */
export const splitVendor = (option: OptionData): readonly OptionData[] => {
  const { data, 'csv-format': csv, 'always-send': always, 'client-classes': classes } = option;
  const isVendor = option.space === 'dhcp4' && option.code === VENDOR_OPTIONS;
  if (!isVendor || csv || data === undefined || option['never-send']) return [option];
  const bytes = Buffer.from(data, 'hex');
  const enterprise = bytes.readUInt32BE();
  const inside = readChain(bytes.subarray(5)) ?? [];
  return [
    containerOf(enterprise, always ?? false, classes ?? []),
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

/** Whether bytes are an option 125 that Kea can send: an enterprise's number, the length of the rest, and sub-options in the order of codes. */
const isVendorValue = (bytes: Buffer): boolean => {
  if (bytes.length < 4) return false;
  if (bytes.length === 4) return true;
  const space = `vendor-${bytes.readUInt32BE()}`;
  return (
    bytes[4] === bytes.length - 5 &&
    (bytes.length === 5 || isCarried(space)) &&
    isValue({ code: VENDOR_OPTIONS, name: '', fields: [], list: false, group: 1 }, bytes.subarray(5), checkIn(space))
  );
};

const checkIn =
  (space: string) =>
  (code: number, bytes: Buffer): boolean =>
    fits(code, space, bytes);

/** Whether Kea sends the bytes of an option as they are. */
export const fits = (code: number, space: string, bytes: Buffer): boolean => {
  if (space === 'dhcp4' && code === VENDOR_OPTIONS) return isVendorValue(bytes);
  if (space === 'dhcp4' && code === RAW_VENDOR_OPTIONS.code) return true;
  const definition = optionByCode(code, space);
  return !definition || isValue(definition, bytes, checkIn('cablelabs-client-conf'));
};

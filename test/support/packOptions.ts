/** What a client has to get for options as they are written: packed by the RFCs alone, knowing nothing of how the operator or Kea does it. */
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { FieldType } from '../../src/kea/optionDefinition.ts';
import type { OptionInput } from '../../src/kea/options.ts';
import { optionDefinitions } from '../../src/kea/optionTable.ts';

const number = (size: number) => (text: string) =>
  Buffer.from(
    BigInt.asUintN(size * 8, BigInt(text))
      .toString(16)
      .padStart(size * 2, '0'),
    'hex',
  );
const octets = (text: string): Buffer => Buffer.from(text.split('.').map(Number));
const withLength = (size: number, value: Buffer): Buffer => Buffer.concat([number(size)(String(value.length)), value]);
const name = (text: string): Buffer =>
  Buffer.concat([
    ...text
      .replace(/\.$/, '')
      .split('.')
      .map((label) => withLength(1, Buffer.from(label))),
    Buffer.of(0),
  ]);

const ipv6 = (text: string): Buffer => {
  const [left = '', right] = text.split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const zeros = 8 - groups(left).length - groups(right).length;
  return Buffer.concat(
    [...groups(left), ...Array.from({ length: zeros }, () => '0'), ...groups(right)].map((group) =>
      number(2)(`0x${group}`),
    ),
  );
};

const route = (text: string): Buffer => {
  const [, network = '', width = '', router = ''] = /^(.+)\/(\d+)\s*-\s*(.+)$/.exec(text) ?? [];
  return Buffer.concat([number(1)(width), octets(network).subarray(0, Math.ceil(Number(width) / 8)), octets(router)]);
};

const portSet = (text: string): Buffer => {
  const [set = '', length = ''] = text.split('/').map((part) => part.trim());
  return Buffer.concat([number(1)(length), number(2)(String(Number(set) << (16 - Number(length))))]);
};

/** RFC 9463: `100, resolver.example., 192.0.2.1 192.0.2.2, alpn=dot\,doq`. */
const resolver = (text: string): Buffer => {
  const [priority = '', domain = '', addresses = '', alpn] = text.split(/(?<!\\),/).map((part) => part.trim());
  const protocols = alpn
    ?.replace('alpn=', '')
    .split('\\,')
    .map((protocol) => withLength(1, Buffer.from(protocol)));
  return withLength(
    2,
    Buffer.concat([
      number(2)(priority),
      withLength(1, name(domain)),
      withLength(1, Buffer.concat(addresses.split(' ').map(octets))),
      ...(protocols ? [Buffer.of(0, 1), withLength(2, Buffer.concat(protocols))] : []),
    ]),
  );
};

/** The same of DHCPv6, where all lengths have two bytes; without parameters or addresses where there are none. */
const resolver6 = (text: string): Buffer => {
  const [priority = '', domain = '', addresses, alpn] = text.split(/(?<!\\),/).map((part) => part.trim());
  const protocols = alpn
    ?.replace('alpn=', '')
    .split('\\,')
    .map((protocol) => withLength(1, Buffer.from(protocol)));
  return Buffer.concat([
    number(2)(priority),
    withLength(2, name(domain)),
    ...(addresses === undefined ? [] : [withLength(2, Buffer.concat(addresses.split(' ').map(ipv6)))]),
    ...(protocols ? [Buffer.of(0, 1), withLength(2, Buffer.concat(protocols))] : []),
  ]);
};

const prefix = (text: string): Buffer => {
  const [address = '', width = ''] = text.split('/');
  return Buffer.concat([number(1)(width), ipv6(address).subarray(0, Math.ceil(Number(width) / 8))]);
};

const FIELDS: Readonly<Record<FieldType, (text: string) => Buffer>> = {
  ipv4: octets,
  ipv6,
  prefix,
  uint8: number(1),
  uint16: number(2),
  uint32: number(4),
  int8: number(1),
  int16: number(2),
  int32: number(4),
  boolean: (text) => Buffer.of(text === 'true' || text === '1' ? 1 : 0),
  string: (text) => Buffer.from(text),
  fqdn: name,
  binary: (text) => Buffer.from(text, 'hex'),
  counted: (text) => Buffer.from(text, 'hex'),
  psid: portSet,
  tuple: (text) => withLength(2, Buffer.from(text)),
  shortTuple: (text) => withLength(1, Buffer.from(text)),
  routes: route,
  text: resolver,
  resolver: resolver6,
  tuples: (text) => Buffer.from(text, 'hex'),
};

/** The value of a field, unescaped. */
export const packField = (type: FieldType, text: string): Buffer => FIELDS[type](text);

/** The value of one option. */
export const packValue = (option: OptionInput, family = DHCPV4): Buffer => {
  const { name: called, code, space = family.optionSpace, data = '', csvFormat = true } = option;
  if (data === '') return Buffer.of();
  if (!csvFormat) return /^'.*'$/s.test(data) ? Buffer.from(data.slice(1, -1)) : Buffer.from(data, 'hex');
  const definition = optionDefinitions(family)
    .get(space)
    ?.find((one) => one.name === called || one.code === code);
  const { fields = [] } = definition ?? {};
  const [whole] = fields;
  if (whole === 'text' || whole === 'resolver') return FIELDS[whole](data);
  return Buffer.concat(
    data.split(/(?<!\\),/).map((part, index) => {
      const text = part.trim().replace(/\\,/g, ',');
      const type = fields[index] ?? fields.at(-1);
      if (type === undefined) throw new Error(`no definition of option ${called ?? code}`);
      return FIELDS[type](text);
    }),
  );
};

export const codeOf = ({ name: called, code, space = 'dhcp4' }: OptionInput): number =>
  code ??
  optionDefinitions(DHCPV4)
    .get(space)
    ?.find((one) => one.name === called)?.code ??
  0;

const chain = (links: ReadonlyMap<number, Buffer>): Buffer =>
  Buffer.concat(
    [...links]
      .toSorted(([a], [b]) => a - b)
      .map(([code, value]) => Buffer.concat([Buffer.of(code), withLength(1, value)])),
  );

const CONTAINERS = [
  [43, 'vendor-encapsulated-options-space'],
  [122, 'cablelabs-client-conf'],
] as const;

/** The options of one level: of 43 and 122 the nearest level's are sent, and of 125 what all levels have. */
interface Level {
  readonly plain: ReadonlyMap<number, Buffer>;
  readonly always: ReadonlySet<number>;
  readonly never: ReadonlySet<number>;
  /** The enterprise whose container the level has, or has sub-options of. */
  readonly enterprise: number | undefined;
  /** Sub-options of 125: `3561/1`. */
  readonly inside: ReadonlyMap<string, Buffer>;
  readonly insideNever: ReadonlySet<string>;
}

const levelOf = (options: readonly OptionInput[]): Level => {
  const plain = new Map<number, Buffer>();
  const always = new Set<number>();
  const inside = new Map<string, Buffer>();
  let enterprise: number | undefined;
  for (const option of options.filter(({ neverSend }) => !neverSend)) {
    const { space = 'dhcp4', alwaysSend } = option;
    const code = codeOf(option);
    const container = space.startsWith('vendor-') && !CONTAINERS.some(([, own]) => own === space) ? 125 : undefined;
    if (space === 'dhcp4' && code === 125) {
      const value = packValue(option);
      enterprise = value.readUInt32BE();
      for (let at = 5; at < value.length; at += 2 + (value[at + 1] ?? 0)) {
        inside.set(`${enterprise}/${value[at]}`, value.subarray(at + 2, at + 2 + (value[at + 1] ?? 0)));
      }
    } else if (container === 125) {
      enterprise ??= Number(space.replace('vendor-', ''));
      inside.set(`${enterprise}/${code}`, packValue(option));
    } else if (space === 'dhcp4') {
      plain.set(code, packValue(option));
    }
    const carrier = container ?? CONTAINERS.find(([, own]) => own === space)?.[0] ?? code;
    if (alwaysSend) always.add(carrier);
  }
  for (const [code, space] of CONTAINERS) {
    const links = options.filter((option) => option.space === space);
    if (links.length > 0) plain.set(code, chain(new Map(links.map((link) => [codeOf(link), packValue(link)]))));
  }
  const cancelled = options.filter(({ neverSend }) => neverSend);
  const never = cancelled.filter(({ space = 'dhcp4' }) => space === 'dhcp4').map(codeOf);
  const insideNever = cancelled
    .filter(({ space = '' }) => space.startsWith('vendor-'))
    .map((option) => `${(option.space ?? '').replace('vendor-', '')}/${codeOf(option)}`);
  return { plain, always, never: new Set(never), enterprise, inside, insideNever: new Set(insideNever) };
};

/** Sent whether a client asks or not. */
const BASIC = [3, 6, 15, 54];

/** The options that a client gets of the lists of all levels, the nearest first; asked: the codes that it names. */
export const expectedOptions = (
  lists: readonly (readonly OptionInput[])[],
  asked: readonly number[],
): ReadonlyMap<number, Buffer> => {
  const levels = lists.map(levelOf);
  const result = new Map<number, Buffer>();
  const wanted = new Set([...asked, ...BASIC, ...levels.flatMap(({ always }) => [...always])]);
  for (const code of wanted) {
    if (levels.some(({ never }) => never.has(code))) continue;
    const values = levels.flatMap(({ plain }) => plain.get(code) ?? []);
    const [first] = values;
    const value = code === 125 ? vendorOptions(levels) : code === 124 ? vendorClasses(values) : first;
    if (value) result.set(code, value);
  }
  return result;
};

/** Options 124, the nearest of each enterprise. */
const vendorClasses = (values: readonly Buffer[]): Buffer | undefined => {
  const of = new Map(values.toReversed().map((value) => [value.readUInt32BE(), value]));
  return of.size === 0 ? undefined : Buffer.concat(values.filter((value) => of.get(value.readUInt32BE()) === value));
};

/** Options 125 of all enterprises, one after another. */
const vendorOptions = (levels: readonly Level[]): Buffer | undefined => {
  const enterprises = [...new Set(levels.flatMap(({ enterprise }) => enterprise ?? []))];
  if (enterprises.length === 0) return undefined;
  return Buffer.concat(
    enterprises.map((enterprise) => {
      const links = new Map<number, Buffer>();
      for (const { inside } of levels) {
        for (const [key, value] of inside) {
          const [of, code] = key.split('/').map(Number);
          if (of !== enterprise || code === undefined || links.has(code)) continue;
          if (!levels.some(({ insideNever }) => insideNever.has(key))) links.set(code, value);
        }
      }
      return Buffer.concat([number(4)(String(enterprise)), withLength(1, chain(links))]);
    }),
  );
};

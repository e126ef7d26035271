import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { knownOptions } from '../../src/kea/knownOptions.ts';
import type { FieldType, KnownOption } from '../../src/kea/optionDefinition.ts';
import { type OptionInput, parseOptions } from '../../src/kea/options.ts';
import { optionDefinitions, whyNotConfigured } from '../../src/kea/optionTable.ts';
import { packValue } from './packOptions.ts';
import type { Random } from './random.ts';

/** A client that asks for 108 is offered no address. */
const TABLE = (optionDefinitions(DHCPV4).get('dhcp4') ?? []).filter(
  ({ code }) => whyNotConfigured(DHCPV4, code) === undefined && code !== 108,
);
/** Codes that Kea has no definition of. */
const UNKNOWN = [84, 95, 120, 128, 150, 160, 176, 209, 224, 252, 254] as const;
const WORDS = ['a', 'x y', 'ü', '"q"', "it's", '\\,', 'C:/boot', '日本', '%{}', '#', 'tftp://h/f?m=$M&x=1'] as const;
const LABELS = ['a', 'Example', 'org', 'x-1', '_tcp', '*', 'n'.repeat(63)] as const;
const SPACES = ['vendor-4491', 'vendor-3561', 'vendor-encapsulated-options-space', 'cablelabs-client-conf'] as const;

const times = (count: number, make: () => string): string[] => Array.from({ length: count }, make);
const address = (random: Random): string => times(4, () => String(random.below(256))).join('.');
const octets = (random: Random, count: number): string =>
  times(count, () => random.below(256).toString(16).padStart(2, '0')).join('');
const text = (random: Random): string =>
  random.chance(0.05)
    ? 'x'.repeat(200 + random.below(200))
    : `t${times(1 + random.below(3), () => random.pick(WORDS)).join('')}.`;
const domain = (random: Random): string =>
  times(1 + random.below(3), () => random.pick(LABELS)).join('.') + (random.chance(0.3) ? '.' : '');

const resolver = (random: Random, address: (random: Random) => string): string => {
  const addresses = times(1 + random.below(2), () => address(random)).join(' ');
  return `${random.below(65_536)}, r${random.below(9)}.example.org., ${addresses}${random.chance(0.5) ? ', alpn=dot\\,doq' : ''}`;
};

const FIELDS: Readonly<Record<FieldType, (random: Random) => string>> = {
  ipv4: address,
  ipv6: (random) => `2001:db8${random.chance(0.5) ? '::' : ':1:0:0:0:0:'}${random.below(65_536).toString(16)}`,
  prefix: (random) => `2001:db8:${random.below(65_536).toString(16)}::/48`,
  uint8: (random) => String(random.below(256)),
  uint16: (random) => String(random.below(65_536)),
  uint32: (random) => String(random.below(4_294_967_296)),
  int8: (random) => String(random.below(256) - 128),
  int16: (random) => String(random.below(65_536) - 32_768),
  int32: (random) => String(random.below(4_294_967_296) - 2_147_483_648),
  boolean: (random) => random.pick(['true', 'false', '1', '0']),
  string: text,
  fqdn: domain,
  binary: (random) => octets(random, 1 + random.below(6)),
  counted: (random) => `03${octets(random, 3)}`,
  tuples: (random) => `0003${octets(random, 3)}`,
  psid: (random) => `${random.below(16)}/${4 + random.below(13)}`,
  tuple: text,
  shortTuple: (random) => text(random).slice(0, 100),
  routes: (random) => `${random.below(256)}.${random.below(256)}.0.0/${16 + random.below(8)} - ${address(random)}`,
  text: (random) => resolver(random, address),
  resolver: (random) => resolver(random, FIELDS.ipv6),
};

/** A value of a field as text, with its commas escaped. */
export const randomField = (type: FieldType, random: Random): string => FIELDS[type](random);

/** Fields as text, of the right types. */
const fieldsOf = ({ fields, list, group }: KnownOption, random: Random): string => {
  const last = fields.at(-1) ?? 'binary';
  const most = random.chance(0.05) ? 70 : 3;
  const more = list || last === 'routes' ? random.below(most) * group + (group - 1) : 0;
  return [...fields, ...Array.from({ length: more }, () => last)]
    .map((type) => FIELDS[type](random))
    .join(random.pick([',', ', ', ' , ']));
};

/** An option that may be right: as text, as the bytes of such text, as any bytes, or as none. */
const randomOption = (random: Random): OptionInput => {
  const space = random.chance(0.3) ? random.pick(SPACES) : 'dhcp4';
  const known = space === 'dhcp4' ? TABLE : (optionDefinitions(DHCPV4).get(space) ?? []);
  const definition = random.chance(0.85) ? known[random.below(known.length)] : undefined;
  const code = definition?.code ?? (space === 'dhcp4' ? UNKNOWN[random.below(UNKNOWN.length)] : 1 + random.below(20));
  const option: OptionInput = {
    ...(definition && random.chance(0.5) ? { name: definition.name } : { code }),
    ...(space === 'dhcp4' ? {} : { space }),
    ...(random.chance(0.2) ? { alwaysSend: true } : {}),
  };
  if (random.chance(0.05)) return { ...option, alwaysSend: false, neverSend: true };
  if (random.chance(0.05)) return option;
  if (definition && definition.fields.length > 0 && random.chance(0.6)) {
    const value = { ...option, data: fieldsOf(definition, random) };
    return random.chance(0.3) ? { ...option, csvFormat: false, data: packValue(value).toString('hex') } : value;
  }
  return { ...option, csvFormat: false, data: anyBytes(random, code ?? 0) };
};

/** Bytes of any length; of containers often sub-options, which the operator has to tell from others. */
const anyBytes = (random: Random, code: number): string => {
  const links = times(1 + random.below(3), () => `${octets(random, 1)}02${octets(random, 2)}`).join('');
  if (code === 125 && random.chance(0.8)) {
    const length = (links.length / 2).toString(16).padStart(2, '0');
    return `0000${random.pick(['118b', '0de9'])}${length}${links}`;
  }
  if (code === 122 && random.chance(0.8)) return `0104${octets(random, 4)}0801${octets(random, 1)}`;
  return random.chance(0.4) ? links : octets(random, 1 + random.below(8));
};

/** A list that is accepted where it is to stand. */
export const acceptedOptions = (
  random: Random,
  isAccepted = (list: readonly OptionInput[]): boolean => parseOptions(knownOptions(DHCPV4), list).ok,
): readonly OptionInput[] => {
  for (;;) {
    const list = Array.from({ length: 1 + random.below(5) }, () => randomOption(random));
    if (isAccepted(list)) return list;
  }
};

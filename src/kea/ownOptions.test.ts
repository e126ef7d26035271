import { describe, expect, it } from 'vitest';
import { DHCPV4 } from './dhcpv4.ts';
import { DHCPV6 } from './dhcpv6.ts';
import type { Family } from './family.ts';
import { knownOptions } from './knownOptions.ts';
import { type OptionInput, parseOption } from './options.ts';
import type { ClassDefinition, OptionData } from './state.ts';

const of = (code: number, more: Partial<ClassDefinition> = {}): ClassDefinition => ({
  space: 'dhcp4',
  code,
  name: `own-${code}`,
  type: 'string',
  ...more,
});

/** What is written of a value for a definition, as hexadecimal digits. */
const valueOf = (family: Family, shape: Partial<ClassDefinition>, given: Partial<OptionInput>) => {
  const definition = of(230, { space: family.optionSpace, ...shape });
  const parsed = parseOption(knownOptions(family, [definition]), { name: 'own-230', ...given });
  return parsed.ok ? { data: parsed.option.data, 'csv-format': parsed.option['csv-format'] } : parsed.message;
};

const TYPES: readonly [shape: Partial<ClassDefinition>, data: string, hex: string][] = [
  [{ type: 'binary' }, '01 0a', '010A'],
  [{ type: 'boolean' }, 'True', '01'],
  [{ type: 'boolean', array: true }, '1, 0', '0100'],
  [{ type: 'int8' }, '-128', '80'],
  [{ type: 'int8', array: true }, '-1, 1', 'FF01'],
  [{ type: 'int16' }, '-2', 'FFFE'],
  [{ type: 'int32' }, '-2147483648', '80000000'],
  [{ type: 'uint8' }, 'ff', 'FF'],
  [{ type: 'uint16' }, '0x0a', '000A'],
  [{ type: 'uint32', array: true }, '1,2,', '0000000100000002'],
  [{ type: 'ipv4-address', array: true }, '192.0.2.1,192.0.2.2', 'C0000201C0000202'],
  [{ type: 'ipv6-address' }, '2001:DB8::1', '20010DB8000000000000000000000001'],
  [{ type: 'ipv6-prefix' }, '2001:db8:: / 32', '2020010DB8'],
  [{ type: 'ipv6-prefix' }, '::/0', '00'],
  [{ type: 'ipv6-prefix', array: true }, '2001:db8::/33, ::1/128', '2120010DB80080' + '0'.repeat(31) + '1'],
  [{ type: 'psid' }, '3/4', '043000'],
  [{ type: 'psid', array: true }, '3/4, 0/0', '043000000000'],
  [{ type: 'string' }, 'a\\,b', '612C62'],
  [{ type: 'fqdn' }, 'a.B', '0161014200'],
  [{ type: 'fqdn', array: true }, 'a, b.', '016100016200'],
  [{ type: 'record', 'record-types': 'uint16, string' }, '512, hello', '020068656C6C6F'],
  [{ type: 'record', 'record-types': 'uint8, psid, fqdn' }, '1, 3/4, a', '01043000016100'],
  [
    { type: 'record', 'record-types': 'uint8, ipv4-address', array: true },
    '5, 192.0.2.1, 192.0.2.2',
    '05C0000201C0000202',
  ],
];

describe('options of a pair’s own definitions', () => {
  it.each(TYPES.map(([shape, data, hex]) => [JSON.stringify(shape), data, shape, hex] as const))(
    'are bytes of what was written: %s %s',
    (_, data, shape, hex) => {
      const expected = { data: hex, 'csv-format': false };
      expect(valueOf(DHCPV4, shape, { data })).toEqual(expected);
      expect(valueOf(DHCPV4, shape, { data: hex, csvFormat: false })).toEqual(expected);
    },
  );

  it.each<[family: Family, hex: string]>([
    [DHCPV4, '01610262' + '63'],
    [DHCPV6, '00016100026263'],
  ])('have tuples as their family has them: $daemon', (family, hex) => {
    const shape = { type: 'tuple', array: true } as const;
    expect(valueOf(family, shape, { data: 'a, bc' })).toEqual({ data: hex, 'csv-format': false });
    expect(valueOf(family, shape, { data: hex, csvFormat: false })).toEqual({ data: hex, 'csv-format': false });
  });

  it.each<[shape: Partial<ClassDefinition>, given: Partial<OptionInput>, says: string]>([
    [{ type: 'empty' }, { data: '1' }, 'own-230: it has no value: leave data out'],
    [{ type: 'uint8' }, {}, 'own-230: data is missing'],
    [{ type: 'uint8' }, { data: '256' }, "own-230: '256' is not a number from 0 to 255"],
    [{ type: 'int8' }, { data: '-129' }, "own-230: '-129' is not a number from -128 to 127"],
    [{ type: 'int16' }, { data: '8000', csvFormat: false, code: 230 }, ''],
    [
      { type: 'uint16' },
      { data: '01', csvFormat: false },
      'own-230: its bytes have to be a number from 0 to 65535, whole',
    ],
    [{ type: 'boolean' }, { data: '2' }, "own-230: '2' is not true or false"],
    [{ type: 'boolean' }, { data: '-1' }, "own-230: '-1' is not true or false"],
    [{ type: 'psid' }, { data: '16/4' }, "own-230: '16/4' is not a port set"],
    [{ type: 'ipv6-prefix' }, { data: '2001:db8::1/32' }, "own-230: '2001:db8::1/32' is not a prefix of IPv6"],
    [{ type: 'binary' }, { data: '0x01' }, "own-230: '0x01' is not hexadecimal: two digits for each byte"],
    [
      { type: 'string' },
      { data: 'a,b' },
      'own-230: it takes one field, and 2 are given, separated by commas; write a comma',
    ],
    [{ type: 'tuple', array: true }, { data: 'x'.repeat(256) }, 'is not text of 255 bytes at most'],
    [
      { type: 'record', 'record-types': 'uint8, uint16' },
      { data: '1' },
      'own-230: it takes 2 fields separated by commas, and 1 are given',
    ],
    [{ type: 'uint8' }, { data: '1', code: 231 }, 'own-230: its code is 230, not 231'],
    [
      { type: 'uint8' },
      { data: '1', name: 'own-23' },
      "'own-23' is not an option that Kea knows; did you mean 'own-230'?",
    ],
  ])('are refused: %j %j', (shape, given, says) => {
    const said = valueOf(DHCPV4, shape, given);
    if (says === '') expect(said).toEqual({ data: '8000', 'csv-format': false });
    else expect(said).toContain(says);
  });

  it('have some value of their type where they are never sent', () => {
    for (const [shape] of TYPES) {
      const { data = '' } = valueOf(DHCPV4, shape, { neverSend: true }) as Partial<OptionData>;
      expect(valueOf(DHCPV4, shape, { data, csvFormat: false })).toMatchObject({ data });
    }
  });

  it('are looked up in what was made of a list of definitions once', () => {
    const definitions = [of(230)];
    expect(knownOptions(DHCPV4, definitions)).toBe(knownOptions(DHCPV4, definitions));
    expect(knownOptions(DHCPV4)).toBe(knownOptions(DHCPV4));
    expect(knownOptions(DHCPV4, definitions)).not.toBe(knownOptions(DHCPV6, definitions));
  });

  it('can be of 43, which a class may define', () => {
    const known = knownOptions(DHCPV4, [of(43, { name: 'vendor-encapsulated-options', type: 'uint16' })]);
    expect(parseOption(known, { name: 'vendor-encapsulated-options', data: '258' })).toMatchObject({
      option: { code: 43, data: '0102' },
    });
    expect(parseOption(known, { code: 43, data: '01', csvFormat: false })).toMatchObject({ ok: false });
  });
});

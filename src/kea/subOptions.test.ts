import { describe, expect, it } from 'vitest';
import { DHCPV4 } from './dhcpv4.ts';
import { knownOptions } from './knownOptions.ts';
import { type OptionInput, parseOption, parseOptions } from './options.ts';
import { optionDefinitions, whyNotConfigured } from './optionTable.ts';

const bytes = (code: number, data: string, rest: Partial<OptionInput> = {}): OptionInput => ({
  code,
  csvFormat: false,
  data,
  ...rest,
});
const inside = (code: number, data: string, rest: Partial<OptionInput> = {}) =>
  bytes(code, data, { space: 'vendor-encapsulated-options-space', ...rest });
const vendor = (code: number, data: string, rest: Partial<OptionInput> = {}) =>
  bytes(code, data, { space: 'vendor-3561', ...rest });

describe('bytes that Kea would send in part are refused', () => {
  const cases: readonly [sentence: string, option: OptionInput, shape: string][] = [
    ['too many for a number', bytes(26, '0005DC'), 'a number from 0 to 65535'],
    ['too few for a number', bytes(26, '05'), 'a number from 0 to 65535'],
    ['half an address in a list', bytes(3, 'C0000201C000'), 'an IPv4 address, once or more'],
    ['one address of a pair', bytes(33, 'C0000201'), 'an IPv4 address, in groups of 2, once or more'],
    ['text that ends in a zero byte', bytes(66, '61626300'), 'text without zero bytes at its end'],
    ['bytes after a name', bytes(137, '02616200FF'), 'a domain name of letters, digits, -, _ and *'],
    ['a name without its end', bytes(137, '026162'), 'a domain name of letters, digits, -, _ and *'],
    ['a name with a semicolon', bytes(119, '03613B6200'), 'a domain name of letters, digits, -, _ and *, once or more'],
    [
      'a name that points to another',
      bytes(119, '016100C000'),
      'a domain name of letters, digits, -, _ and *, once or more',
    ],
    ['a counted text that is cut', bytes(143, '000561'), 'text, once or more'],
    [
      'a route without its router',
      bytes(121, '080A'),
      'a route as network/length - router, e.g. 10.229.0.0/16 - 10.229.0.1',
    ],
    [
      'a vendor class that is cut',
      bytes(124, '0000118B0301'),
      'a number from 0 to 4294967295, hexadecimal: the number of bytes that follow, and these',
    ],
    [
      'sub-options that are cut',
      bytes(122, '0104C000'),
      'a chain of sub-options as code, length and value, each once, right and in the order of codes',
    ],
    [
      'sub-options in another order',
      bytes(122, '0302AABB0104C0000201'),
      'a chain of sub-options as code, length and value, each once, right and in the order of codes',
    ],
    [
      'a sub-option of the wrong size',
      bytes(122, '0103C00002'),
      'a chain of sub-options as code, length and value, each once, right and in the order of codes',
    ],
    [
      'a sub-option of a vendor of the wrong size',
      bytes(2, 'C000', { space: 'vendor-4491' }),
      'an IPv4 address, once or more',
    ],
  ];
  it.each(cases)('%s', (_, option, shape) => {
    const message = expect.stringMatching(
      /: its bytes have to be .*: Kea would send only what it makes of these$/,
    ) as string;
    expect(parseOption(knownOptions(DHCPV4), option)).toEqual({ ok: false, message });
    expect(parseOption(knownOptions(DHCPV4), option)).toMatchObject({
      message: expect.stringContaining(`have to be ${shape}, whole`) as string,
    });
  });

  it.each(['00', '0000118B05', '0000118B0302', '0000118B060204C00002', '0000118B080501AA0201BB', '0000000003010100'])(
    'of option 125: %s',
    (data) => {
      expect(parseOption(knownOptions(DHCPV4), bytes(125, data))).toMatchObject({
        message: expect.stringContaining('the number of an enterprise in four bytes') as string,
      });
    },
  );
});

describe('values that Kea cannot send in parts are refused where they are longer than 253 bytes', () => {
  const many = (count: number, text: string) => Array.from({ length: count }, () => text).join(', ');
  it.each<[sentence: string, right: OptionInput, long: OptionInput]>([
    ['addresses', { code: 6, data: many(63, '192.0.2.1') }, { code: 6, data: many(64, '192.0.2.1') }],
    ['addresses as bytes', bytes(6, 'C0000201'.repeat(63)), bytes(6, 'C0000201'.repeat(64))],
    ['numbers', { code: 25, data: many(126, '1500') }, { code: 25, data: many(127, '1500') }],
    [
      'routes',
      { code: 121, data: many(31, '10.0.0.0/24 - 192.0.2.1') },
      { code: 121, data: many(32, '10.0.0.0/24 - 192.0.2.1') },
    ],
    ['counted texts', { code: 143, data: 'x'.repeat(251) }, { code: 143, data: 'x'.repeat(252) }],
    ['a scope', { code: 79, data: `true, ${'x'.repeat(252)}` }, { code: 79, data: `true, ${'x'.repeat(253)}` }],
    [
      'a vendor class',
      { code: 124, data: `1, F8${'AB'.repeat(248)}` },
      { code: 124, data: `1, F9${'AB'.repeat(249)}` },
    ],
    ['a resolver', { code: 162, data: `1, ${'x'.repeat(246)}` }, { code: 162, data: `1, ${'x'.repeat(247)}` }],
    ['sub-options', bytes(122, `03FB${'AB'.repeat(251)}`), bytes(122, `03FC${'AB'.repeat(252)}`)],
  ])('%s', (_, right, long) => {
    expect(parseOption(knownOptions(DHCPV4), right)).toMatchObject({ ok: true });
    expect(parseOption(knownOptions(DHCPV4), long)).toEqual({
      ok: false,
      message: expect.stringMatching(
        /: it is longer than the 253 bytes that Kea can send of it: shorten it$/,
      ) as string,
    });
  });
  it.each([{ code: 66, data: 'x'.repeat(1000) }, bytes(43, 'AB'.repeat(1000)), bytes(252, 'AB'.repeat(1000))])(
    'and others are not: %#',
    (option) => {
      expect(parseOption(knownOptions(DHCPV4), option)).toMatchObject({ ok: true });
    },
  );
});

describe('sub-options of option 43', () => {
  it('are the bytes of it, in the order of codes', () => {
    expect(
      parseOptions(knownOptions(DHCPV4), [{ code: 43, alwaysSend: true }, inside(2, 'AA'), inside(1, 'C0000205')]),
    ).toEqual({
      ok: true,
      options: [{ code: 43, space: 'dhcp4', data: '0104C00002050201AA', 'csv-format': false, 'always-send': true }],
    });
  });
  it('need no option 43 beside them', () => {
    expect(parseOptions(knownOptions(DHCPV4), [inside(1, 'C0000205', { alwaysSend: true })])).toEqual({
      ok: true,
      options: [{ code: 43, space: 'dhcp4', data: '0104C0000205', 'csv-format': false, 'always-send': true }],
    });
  });
  it.each<[sentence: string, options: readonly OptionInput[], message: string]>([
    [
      'there are none, and no bytes',
      [{ name: 'vendor-encapsulated-options' }],
      'optionData[0] vendor-encapsulated-options: it has neither data nor sub-options: give one of them',
    ],
    [
      'there are bytes beside them',
      [inside(1, 'AA'), bytes(43, '0101BB')],
      'optionData[0] option 1: optionData[1] option 43 has data of its own, or is never sent: leave one of them out',
    ],
    [
      'one is for some clients',
      [inside(1, 'AA', { clientClasses: ['phones'] })],
      'optionData[0] option 1: it goes wherever option 43 goes: set clientClasses and neverSend of that one',
    ],
    [
      'one is never sent',
      [{ code: 1, space: 'vendor-encapsulated-options-space', neverSend: true }],
      'optionData[0] option 1: it goes wherever option 43 goes: set clientClasses and neverSend of that one',
    ],
    [
      'one is too long',
      [inside(1, 'AA'.repeat(256))],
      'optionData[0] option 1: it is longer than the 255 bytes of a sub-option',
    ],
  ])('are refused where %s', (_, options, message) => {
    expect(parseOptions(knownOptions(DHCPV4), options)).toEqual({ ok: false, message });
  });
});

describe('sub-options of option 125', () => {
  const container = { code: 125, space: 'dhcp4', data: '3561', 'csv-format': true };
  const sent = (code: number, data: string) => ({
    code,
    space: 'vendor-3561',
    data,
    'csv-format': false,
    'always-send': true,
  });
  it.each<[sentence: string, options: readonly OptionInput[], expected: readonly object[]]>([
    ['with it', [{ name: 'vivso-suboptions', data: '3561' }, vendor(1, 'AA')], [container, sent(1, 'AA')]],
    [
      'with it, for all clients',
      [{ name: 'vivso-suboptions', data: '3561' }, vendor(1, 'AA', { alwaysSend: true })],
      [{ ...container, 'always-send': true }, sent(1, 'AA')],
    ],
    ['without it', [vendor(1, 'AA')], [sent(1, 'AA'), container]],
    [
      'without it, for all clients',
      [vendor(1, 'AA', { alwaysSend: true })],
      [sent(1, 'AA'), { ...container, 'always-send': true }],
    ],
    [
      'without it, for some clients',
      [vendor(1, 'AA', { clientClasses: ['b'] }), vendor(2, 'BB', { clientClasses: ['a', 'b'] })],
      [
        { ...sent(1, 'AA'), 'client-classes': ['b'] },
        { ...sent(2, 'BB'), 'client-classes': ['a', 'b'] },
        { ...container, 'client-classes': ['a', 'b'] },
      ],
    ],
    ['in its bytes', [bytes(125, '00000DE9060101AA0201BB')], [container, sent(1, 'AA'), sent(2, 'BB')]],
    [
      'of which one is taken away',
      [{ code: 1, space: 'vendor-3561', neverSend: true }],
      [{ code: 1, space: 'vendor-3561', 'csv-format': false, 'never-send': true }],
    ],
  ])('are sent wherever it is: %s', (_, options, expected) => {
    expect(parseOptions(knownOptions(DHCPV4), options)).toEqual({ ok: true, options: expected });
  });
  it.each<[sentence: string, options: readonly OptionInput[], message: string]>([
    [
      'they are of two enterprises',
      [vendor(1, 'AA'), bytes(2, 'BB', { space: 'vendor-4' })],
      "optionData[1] option 2: one list can have the sub-options of one enterprise, which is 3561 here: put others into the list of another level, such as the SharedNetwork's or the HAPair's",
    ],
    [
      'they are of another than the option names',
      [{ code: 125, data: '9' }, vendor(1, 'AA')],
      "optionData[1] option 1: one list can have the sub-options of one enterprise, which is 9 here: put others into the list of another level, such as the SharedNetwork's or the HAPair's",
    ],
    [
      'the option is never sent',
      [{ code: 125, neverSend: true }, vendor(1, 'AA')],
      'optionData[1] option 1: optionData[0] option 125 is never sent, and its sub-options with it: leave one of them out',
    ],
    [
      'one is there twice',
      [bytes(125, '00000DE9030101AA'), vendor(1, 'BB')],
      'optionData[1] option 1: it is there already, as optionData[0]',
    ],
    [
      'they are too long together',
      [vendor(1, 'AA'.repeat(130)), vendor(2, 'BB'.repeat(130))],
      'optionData[0] option 1: the sub-options of vendor-3561 have 264 bytes with their codes and lengths, and 248 fit into option 125',
    ],
  ])('are refused where %s', (_, options, message) => {
    expect(parseOptions(knownOptions(DHCPV4), options)).toEqual({ ok: false, message });
  });
});

describe('options that no configuration gives', () => {
  const refused = (optionDefinitions(DHCPV4).get('dhcp4') ?? []).filter(
    ({ code }) => whyNotConfigured(DHCPV4, code) !== undefined,
  );
  it.each(refused.map(({ name, code }) => [name, code] as const))('are refused by name and code: %s', (name, code) => {
    for (const given of [{ name }, { code }, bytes(code, '01'), { code, neverSend: true }]) {
      expect(parseOption(knownOptions(DHCPV4), given)).toEqual({
        ok: false,
        message: `${name}: ${whyNotConfigured(DHCPV4, code) ?? ''}`,
      });
    }
  });
  it('say what to do instead', () => {
    expect(parseOption(knownOptions(DHCPV4), { name: 'dhcp-lease-time', data: '600' })).toEqual({
      ok: false,
      message: 'dhcp-lease-time: the server sets it: use validLifetime',
    });
  });
  it.each([
    ['dhcp-server-identifier', '192.0.2.1'],
    ['dhcp-renewal-time', '300'],
    ['dhcp-rebinding-time', '600'],
    ['vendor-class-identifier', 'PXEClient'],
  ])('are not those that Kea sends as configured: %s', (name, data) => {
    expect(parseOption(knownOptions(DHCPV4), { name, data })).toMatchObject({ ok: true });
  });
});

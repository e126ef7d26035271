/** Sub-options, and the options of a server, in DHCPv6. */
import { describe, expect, it } from 'vitest';
import { anyClass } from '../../test/support/referable.ts';
import { DHCPV6 } from './dhcpv6.ts';
import { parseGlobalOptions } from './globalOptions.ts';
import { knownOptions } from './knownOptions.ts';
import { type OptionInput, parseOptions } from './options.ts';

const bytes = (code: number, data: string, rest: Partial<OptionInput> = {}): OptionInput => ({
  code,
  csvFormat: false,
  data,
  ...rest,
});

describe('sub-options', () => {
  const ntp = (data: string, rest: Partial<OptionInput> = {}): OptionInput => ({
    space: 'v6-ntp-server-suboptions',
    name: 'ntp-server-address',
    data,
    ...rest,
  });
  const address = (last: string): string => `20010DB800000000000000000000000${last}`;
  const rule = { space: 's46-cont-mape-options', name: 's46-rule', data: '1, 0, 24, 192.0.2.0, 2001:db8::/32' };
  const ports = { space: 's46-rule-options', name: 's46-portparams', data: '0, 3/4' };
  const packed = (code: number, data: string) => ({ code, space: 'dhcp6', data, 'csv-format': false });
  const vendor = (code: number, data: string, rest: Partial<OptionInput> = {}) =>
    bytes(code, data, { space: 'vendor-3561', ...rest });
  const container = { code: 17, space: 'dhcp6', data: '3561', 'csv-format': true };
  const sent = (code: number, data: string) => ({
    code,
    space: 'vendor-3561',
    data,
    'csv-format': false,
    'always-send': true,
  });

  it.each<[sentence: string, options: readonly OptionInput[], expected: readonly object[]]>([
    [
      'several of one code in one container',
      [ntp('2001:db8::1'), ntp('2001:db8::2')],
      [packed(56, `00010010${address('1')}00010010${address('2')}`)],
    ],
    [
      'for all clients',
      [{ name: 'ntp-server' }, ntp('2001:db8::1', { alwaysSend: true })],
      [{ ...packed(56, `00010010${address('1')}`), 'always-send': true }],
    ],
    [
      'inside others',
      [rule, { ...ports, alwaysSend: true }],
      [{ ...packed(94, '00590014010018C00002002020010DB8005D000400043000'), 'always-send': true }],
    ],
    ['of an enterprise', [vendor(65_000, 'AA')], [sent(65_000, 'AA'), container]],
    [
      'of an enterprise in bytes',
      [bytes(17, '00000DE900010001AAFDE80002BBCC')],
      [container, sent(1, 'AA'), sent(65_000, 'BBCC')],
    ],
  ])('are put where Kea sends them from: %s', (_, options, expected) => {
    expect(parseOptions(knownOptions(DHCPV6), options)).toEqual({ ok: true, options: expected });
  });

  it.each<[sentence: string, options: readonly OptionInput[], message: string]>([
    [
      'what carries them is not there',
      [ports],
      'optionData[0] s46-portparams: it travels in s46-rule (89), which is not in the list: give that too, or leave it out',
    ],
    [
      'one inside others is for some clients',
      [rule, { ...ports, clientClasses: ['a'] }],
      'optionData[1] s46-portparams: it goes wherever option 89 goes: set clientClasses and neverSend of that one',
    ],
    [
      'one inside others is there twice',
      [rule, ports, ports],
      'optionData[2] s46-portparams: it is there already, as optionData[1]',
    ],
    [
      'there are none, and no bytes',
      [{ name: 's46-cont-lw' }],
      'optionData[0] s46-cont-lw: it has neither data nor sub-options: give one of them',
    ],
    [
      'they are of two enterprises',
      [vendor(1, 'AA'), bytes(2, 'BB', { space: 'vendor-4' })],
      "optionData[1] option 2: one list can have the sub-options of one enterprise, which is 3561 here: put others into the list of another level, such as the SharedNetwork's or the HAPair's",
    ],
    [
      'they are too long together',
      Array.from({ length: 40 }, (_, code) => vendor(code, 'AA'.repeat(2000))),
      'optionData[0] option 0: the sub-options of vendor-3561 have 80160 bytes with their codes and lengths, and 65531 fit into option 17',
    ],
  ])('are refused where %s', (_, options, message) => {
    expect(parseOptions(knownOptions(DHCPV6), options)).toEqual({ ok: false, message });
  });
});

describe('bytes that Kea does not keep are text in the options of a server', () => {
  it.each<[what: string, option: OptionInput, text: string]>([
    ['addresses', bytes(23, '20010DB8000000000000000000000001'), '2001:db8::1'],
    ['a number', bytes(82, '00000046'), '70'],
    ['a vendor class', bytes(16, '0000118B000301020300020405'), '4491, 000301020300020405'],
    ['counted texts', bytes(60, '000161000162'), 'a, b'],
  ])('%s', (_, option, text) => {
    expect(parseGlobalOptions(anyClass(knownOptions(DHCPV6)), [option], 'options')).toMatchObject({
      ok: true,
      options: [{ data: text, 'csv-format': true }],
    });
  });
  it.each<[what: string, option: OptionInput]>([
    ['one address', bytes(12, '20010DB8000000000000000000000001')],
    ['a resolver', bytes(144, '000A0003016100')],
    ['sub-options', bytes(95, '005B00052020010DB8')],
  ])('and those that it keeps stay bytes: %s', (_, option) => {
    expect(parseGlobalOptions(anyClass(knownOptions(DHCPV6)), [option], 'options')).toMatchObject({
      ok: true,
      options: [{ data: option.data, 'csv-format': false }],
    });
  });
});

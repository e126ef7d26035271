import { describe, expect, it } from 'vitest';
import { anyClass } from '../../test/support/referable.ts';
import { DHCPV4 } from './dhcpv4.ts';
import { parseGlobalOptions } from './globalOptions.ts';
import { knownOptions } from './knownOptions.ts';
import type { OptionInput } from './options.ts';

const PATH = 'spec.dhcp4.optionData';
const parsed = (option: OptionInput) => parseGlobalOptions(anyClass(knownOptions(DHCPV4)), [option], PATH);
const bytes = (code: number, data: string): OptionInput => ({ code, csvFormat: false, data });

describe('bytes that Kea does not keep are text in the options of a server', () => {
  it.each<[what: string, option: OptionInput, text: string]>([
    ['addresses', bytes(6, 'C0000201C0000202'), '192.0.2.1, 192.0.2.2'],
    ['a number', bytes(26, '05DC'), '1500'],
    ['a negative number', bytes(2, 'FFFFF1F0'), '-3600'],
    ['numbers', bytes(25, '00440128'), '68, 296'],
    ['routes', bytes(121, '080AC000020100C0000201'), '10.0.0.0/8 - 192.0.2.1, 0.0.0.0/0 - 192.0.2.1'],
    ['a scope', bytes(79, '0168657265'), 'true, here'],
    ['a vendor class', bytes(124, '0000118B03010203'), '4491, 03010203'],
    ['counted texts', bytes(143, '000161000162'), 'a, b'],
    ['some value of what is never sent', { code: 23, neverSend: true }, '0'],
  ])('%s', (_, option, text) => {
    expect(parsed(option)).toMatchObject({ ok: true, options: [{ data: text, 'csv-format': true }] });
  });

  it.each<[what: string, option: OptionInput]>([
    ['text', bytes(66, '612C62')],
    ['the vendor’s options', bytes(43, '0104C0000201')],
    ['sub-options', bytes(122, '0104C0000201')],
    ['an option that Kea has no definition of', bytes(150, 'C0000201')],
    ['one address', bytes(28, 'C00002FF')],
  ])('and those that it keeps stay bytes: %s', (_, option) => {
    expect(parsed(option)).toMatchObject({ ok: true, options: [{ data: option.data, 'csv-format': false }] });
  });

  it.each([{ name: 'slp-service-scope', data: 'true, a\\,b' }, bytes(143, '0003612C62'), bytes(79, '01FF')])(
    'text that is none in any spelling is refused: %j',
    (option) => {
      expect(parsed(option)).toEqual({
        ok: false,
        message: expect.stringMatching(
          /^spec\.dhcp4\.optionData: option \d+: .*: give text without commas and backslashes, or the option in the lists of the SharedNetworks and Subnets$/,
        ) as string,
      });
    },
  );

  it('names the place of a wrong one', () => {
    expect(parsed({ name: 'routers', data: 'x' })).toEqual({
      ok: false,
      message: `${PATH}[0] routers: 'x' is not an IPv4 address`,
    });
  });
});

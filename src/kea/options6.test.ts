/** Options of DHCPv6. */
import { describe, expect, it } from 'vitest';
import { DHCPV4 } from './dhcpv4.ts';
import { DHCPV6 } from './dhcpv6.ts';
import { knownOptions } from './knownOptions.ts';
import { type OptionInput, parseOption } from './options.ts';
import { optionRules, whyNotConfigured } from './optionTable.ts';

const bytes = (code: number, data: string, rest: Partial<OptionInput> = {}): OptionInput => ({
  code,
  csvFormat: false,
  data,
  ...rest,
});

describe('parseOption accepts', () => {
  const cases: readonly [sentence: string, given: OptionInput, expected: object][] = [
    ['a name', { name: 'dns-servers', data: '2001:db8::1' }, { code: 23, data: '2001:db8::1' }],
    ['a code', { code: 23, data: '2001:db8::1,2001:db8::2,' }, { code: 23, data: '2001:db8::1, 2001:db8::2' }],
    ['the space', { space: 'dhcp6', name: 'preference', data: '0xff' }, { code: 7, data: '255' }],
    [
      'domain names',
      { name: 'domain-search', data: 'a.example,b.example.' },
      { code: 24, data: 'a.example, b.example.' },
    ],
    [
      'a record that ends in a list',
      { name: 'rdnss-selection', data: '2001:db8::1, 3, a.example, b.example' },
      { code: 74, data: '2001:db8::1, 3, a.example, b.example' },
    ],
    ['texts, each counted', { name: 'bootfile-param', data: 'a, b' }, { code: 60, data: 'a, b' }],
    [
      'a time zone with a comma, as bytes',
      { name: 'new-posix-timezone', data: 'CET-1CEST\\,M3' },
      { code: 41, data: '4345542D31434553542C4D33', 'csv-format': false },
    ],
    [
      'a vendor class, whose texts follow their lengths',
      { name: 'vendor-class', data: '343, 000a48545450436c69656e74' },
      { code: 16, data: '343, 000A48545450436C69656E74' },
    ],
    [
      'a resolver with its own commas, as it stands',
      { name: 'v6-dnr', data: ' 10, dot1.example., 2001:db8::1 2001:db8::2, alpn=dot\\,h2 dohpath=/q{?dns} port=853 ' },
      { code: 144, data: '10, dot1.example., 2001:db8::1 2001:db8::2, alpn=dot\\,h2 dohpath=/q{?dns} port=853' },
    ],
    [
      'the name of a resolver alone',
      { name: 'v6-dnr', data: '10, dot1.example.' },
      { code: 144, data: '10, dot1.example.' },
    ],
    [
      'a resolver as bytes',
      bytes(144, '000a0003016100001020010db80000000000000000000000010001000403646f74'),
      { code: 144, data: '000A0003016100001020010DB80000000000000000000000010001000403646F74', 'csv-format': false },
    ],
    ['an option without a value', { name: 'addr-reg-enable' }, { code: 148, 'csv-format': false }],
    ['a code that Kea has no definition of', bytes(65_535, 'aa'), { code: 65_535, data: 'AA', 'csv-format': false }],
    [
      'to keep back any option',
      { name: 'dns-servers', neverSend: true },
      { code: 23, data: '00'.repeat(16), 'csv-format': false, 'never-send': true },
    ],
    [
      'the code 0 of a vendor',
      bytes(0, 'aa', { space: 'vendor-3561' }),
      { code: 0, space: 'vendor-3561', data: 'AA', 'csv-format': false },
    ],
    [
      'a sub-option that Kea knows, as bytes',
      { space: 'vendor-4491', name: 'time-offset', data: '-3600' },
      { code: 38, space: 'vendor-4491', data: 'FFFFF1F0', 'csv-format': false },
    ],
    [
      'a prefix, as bytes',
      { space: 's46-cont-mapt-options', name: 's46-dmr', data: '2001:db8:: / 44' },
      { code: 91, space: 's46-cont-mapt-options', data: '2C20010DB80000', 'csv-format': false },
    ],
    [
      'a set of ports, as bytes',
      { space: 's46-rule-options', name: 's46-portparams', data: '6, 3/4' },
      { code: 93, space: 's46-rule-options', data: '06043000', 'csv-format': false },
    ],
    ['more bytes than DHCPv4 could send', bytes(23, '20010db8000000000000000000000001'.repeat(40)), { code: 23 }],
  ];
  it.each(cases)('%s', (_, given, expected) => {
    expect(parseOption(knownOptions(DHCPV6), given)).toMatchObject({
      ok: true,
      option: {
        space: 'dhcp6',
        ...('csv-format' in expected ? {} : { 'csv-format': given.csvFormat ?? true }),
        ...expected,
      },
    });
  });
});

const HEX = 'it waits until there is one; create it, or give code, and data in hexadecimal with csvFormat: false';
const SPACES =
  'the standard options are in dhcp6, the sub-options of 17 in vendor- and the number of the enterprise, such as vendor-4491, those of 56 in v6-ntp-server-suboptions, those of 94, 95 and 96 in s46-cont-mape-options, s46-cont-mapt-options and s46-cont-lw-options; one of your own travels in an option whose OptionDefinition has it in encapsulate';

describe('parseOption refuses', () => {
  const cases: readonly [sentence: string, given: OptionInput, message: string][] = [
    [
      'an address of IPv4',
      { name: 'dns-servers', data: '192.0.2.1' },
      "dns-servers: '192.0.2.1' is not an IPv6 address",
    ],
    [
      'an address with a zone',
      { name: 'dns-servers', data: 'fe80::1%eth0' },
      "dns-servers: 'fe80::1%eth0' is not an IPv6 address",
    ],
    ['the code 0', bytes(0, '01'), 'option 0: codes in the space dhcp6 are 1 to 65535'],
    ['a code of three bytes', bytes(65_536, '01'), 'option 65536: codes in the space dhcp6 are 1 to 65535'],
    [
      'such a code of a vendor',
      bytes(65_536, '01', { space: 'vendor-9' }),
      'option 65536: codes in the space vendor-9 are 0 to 65535',
    ],
    [
      'routers',
      { name: 'routers', data: '2001:db8::1' },
      "'routers' is not an option that Kea knows; clients of DHCPv6 learn their routers from router advertisements: leave it out",
    ],
    [
      'a name of DHCPv4',
      { name: 'domain-name-servers', data: '2001:db8::1' },
      "'domain-name-servers' is not an option that Kea knows; did you mean 'dns-servers'?",
    ],
    [
      'a mistyped name',
      { name: 'dns_server', data: '2001:db8::1' },
      "'dns_server' is not an option that Kea knows; did you mean 'dns-servers'?",
    ],
    [
      'a name like no other',
      { name: 'wpad-url', data: 'x' },
      `wpad-url: no OptionDefinition of the HAPair has that name in the space dhcp6: ${HEX}`,
    ],
    [
      'the space of DHCPv4',
      { space: 'dhcp4', name: 'routers', data: '192.0.2.1' },
      `routers: no option carries what is in the space 'dhcp4': ${SPACES}`,
    ],
    [
      'a space that relays alone use',
      bytes(65, '01', { space: 'rsoo-opts' }),
      `option 65: no option carries what is in the space 'rsoo-opts': ${SPACES}`,
    ],
    [
      'a value where there is none',
      { name: 'addr-reg-enable', data: '1' },
      'addr-reg-enable: it has no value: leave data out',
    ],
    ['bytes where there are none', bytes(148, '01'), 'addr-reg-enable: it has no value: leave data out'],
    [
      'fields of a container',
      { name: 'ntp-server', data: '2001:db8::1' },
      'ntp-server: it has no fields: give hexadecimal and csvFormat: false, or leave data out and give its sub-options, which are in the space v6-ntp-server-suboptions',
    ],
    [
      'a prefix with bits after its length',
      { space: 's46-cont-mapt-options', name: 's46-dmr', data: '2001:db8::1/32' },
      "s46-dmr: '2001:db8::1/32' is not a prefix of IPv6 with zeros after its length, e.g. 2001:db8::/32",
    ],
    [
      'a vendor class whose texts are cut',
      { name: 'vendor-class', data: '343, 000A4854' },
      "vendor-class: '000A4854' is not hexadecimal: the number of bytes that follow in two bytes, and these, once or more",
    ],
    [
      'a resolver without a name',
      { name: 'v6-dnr', data: '10' },
      'v6-dnr: it takes a number, a domain name, addresses separated by spaces, and parameters, all separated by commas; the last two may be left out',
    ],
    [
      'a resolver with addresses of IPv4',
      { name: 'v6-dnr', data: '10, a.example., 192.0.2.1' },
      "v6-dnr: '192.0.2.1' is not an IPv6 address: separate addresses by spaces",
    ],
    [
      'a priority that is none',
      { name: 'v6-dnr', data: 'x, a.example.' },
      "v6-dnr: 'x' is not a number from 0 to 65535",
    ],
    ['a name of a resolver that is none', { name: 'v6-dnr', data: '1, a..b' }, "v6-dnr: 'a..b' is not a domain name"],
    [
      'parameters without an address',
      { name: 'v6-dnr', data: '1, a.example., , alpn=dot' },
      'v6-dnr: it needs an address after the name, where anything is',
    ],
    [
      'a parameter that Kea does not know',
      { name: 'v6-dnr', data: '1, a.example., 2001:db8::1, ipv6hint=::1' },
      "v6-dnr: 'ipv6hint=::1' is none of alpn=, port= and dohpath= with a value",
    ],
    [
      'a parameter that is there twice',
      { name: 'v6-dnr', data: '1, a.example., 2001:db8::1, port=1 port=2' },
      'v6-dnr: port is there twice',
    ],
    [
      'a protocol that no resolver has',
      { name: 'v6-dnr', data: '1, a.example., 2001:db8::1, alpn=tls' },
      "v6-dnr: 'tls' is none of the protocols dot, doq, h2 and h3: separate them by \\,",
    ],
    [
      'a port that is none',
      { name: 'v6-dnr', data: '1, a.example., 2001:db8::1, port=65536' },
      "v6-dnr: '65536' is not a number from 0 to 65535",
    ],
    [
      'HTTP without its path',
      { name: 'v6-dnr', data: '1, a.example., 2001:db8::1, alpn=h3' },
      'v6-dnr: h2 and h3 need dohpath, e.g. dohpath=/q{?dns}',
    ],
    [
      'a path without its variable',
      { name: 'v6-dnr', data: '1, a.example., 2001:db8::1, dohpath=/q' },
      "v6-dnr: dohpath '/q' has no {?dns} in it",
    ],
  ];
  it.each(cases)('%s', (_, given, message) => {
    expect(parseOption(knownOptions(DHCPV6), given)).toMatchObject({ ok: false, message });
  });

  it.each<[sentence: string, option: OptionInput, shape: string]>([
    ['half an address', bytes(23, '20010db8'), 'an IPv6 address, once or more'],
    ['a text that is cut', bytes(60, '000561'), 'text, once or more'],
    ['a name without its end', bytes(64, '026162'), 'a domain name of letters, digits, -, _ and *'],
    [
      'a vendor class that is cut',
      bytes(16, '0000118b000301'),
      'a number from 0 to 4294967295, hexadecimal: the number of bytes that follow in two bytes, and these, once or more',
    ],
    [
      'a prefix that is cut',
      bytes(95, '005b00032c2001'),
      'a chain of sub-options as code and length in two bytes each and value, right and in the order of codes',
    ],
    [
      'sub-options in another order',
      bytes(56, '000300030161000001001020010db8000000000000000000000001'),
      'a chain of sub-options as code and length in two bytes each and value, right and in the order of codes',
    ],
    [
      'ports of a rule that are cut',
      bytes(95, '0059000e010018c00002002020010db8005d'),
      'a chain of sub-options as code and length in two bytes each and value, right and in the order of codes',
    ],
    ['a resolver without all of its address', bytes(144, '000a0003016100001020010db8'), 'a resolver (RFC 9463)'],
    ['half a resolver', bytes(144, '000a00'), 'a resolver (RFC 9463)'],
    ['a resolver with a length alone', bytes(144, '000a000301610000'), 'a resolver (RFC 9463)'],
    [
      'a resolver with parameters that are cut',
      bytes(144, '000a0003016100001020010db80000000000000000000000010001'),
      'a resolver (RFC 9463)',
    ],
    [
      'a resolver with a parameter that Kea does not know',
      bytes(144, '000a0003016100001020010db800000000000000000000000100020000'),
      'a resolver (RFC 9463)',
    ],
    [
      'a resolver with a value that is cut',
      bytes(144, '000a0003016100001020010db80000000000000000000000010001000361'),
      'a resolver (RFC 9463)',
    ],
  ])('bytes that Kea would send in part, or not take: %s', (_, option, shape) => {
    expect(parseOption(knownOptions(DHCPV6), option)).toMatchObject({
      ok: false,
      message: expect.stringContaining(`its bytes have to be ${shape}, whole`) as string,
    });
  });

  it.each(['00', '0000118b05', '0000118b00200004c0000001', '0000118b0021000161002000', '00000000000100010a'])(
    'bytes that are no option 17: %s',
    (data) => {
      expect(parseOption(knownOptions(DHCPV6), bytes(17, data))).toMatchObject({
        message: expect.stringContaining('the number of an enterprise in four bytes, and sub-options') as string,
      });
    },
  );

  const refused = optionRules(DHCPV6).standard.filter(({ code }) => whyNotConfigured(DHCPV6, code) !== undefined);
  it.each(refused.map(({ name, code }) => [name, code] as const))('what no configuration gives: %s', (name, code) => {
    for (const given of [{ name }, { code }, bytes(code, '01'), { code, neverSend: true }]) {
      expect(parseOption(knownOptions(DHCPV6), given)).toEqual({
        ok: false,
        message: `${name}: ${whyNotConfigured(DHCPV6, code) ?? ''}`,
      });
    }
  });

  it('and says what to use instead', () => {
    expect(parseOption(knownOptions(DHCPV6), { name: 'rapid-commit' })).toEqual({
      ok: false,
      message: 'rapid-commit: the server sets it: use rapidCommit',
    });
  });
});

it('DHCPv4 has codes of its own', () => {
  expect(parseOption(knownOptions(DHCPV4), bytes(300, '01'))).toEqual({
    ok: false,
    message: 'option 300: codes in the space dhcp4 are 1 to 254',
  });
  expect(parseOption(knownOptions(DHCPV4), bytes(256, '01', { space: 'vendor-9' }))).toEqual({
    ok: false,
    message: 'option 256: codes in the space vendor-9 are 0 to 255',
  });
});

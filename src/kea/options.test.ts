import { describe, expect, it } from 'vitest';
import { DHCPV4 } from './dhcpv4.ts';
import { knownOptions } from './knownOptions.ts';
import { type OptionInput, parseOption, parseOptions } from './options.ts';

const input = (given: Partial<OptionInput>): OptionInput => ({
  space: 'dhcp4',
  csvFormat: true,
  alwaysSend: false,
  neverSend: false,
  ...given,
});

describe('parseOption accepts', () => {
  const cases: readonly [sentence: string, given: Partial<OptionInput>, expected: object][] = [
    ['a name', { name: 'routers', data: '192.0.2.1' }, { code: 3, data: '192.0.2.1' }],
    ['a code', { code: 3, data: '192.0.2.1' }, { code: 3, data: '192.0.2.1' }],
    [
      'a list, in one spelling',
      { name: 'domain-name-servers', data: '192.0.2.1,192.0.2.2 ,  192.0.2.3,' },
      { code: 6, data: '192.0.2.1, 192.0.2.2, 192.0.2.3' },
    ],
    [
      'text with an escaped comma, as bytes',
      { name: 'tftp-server-name', data: 'a\\,b' },
      { code: 66, data: '612C62', 'csv-format': false },
    ],
    [
      'text with a backslash, as bytes',
      { name: 'root-path', data: 'C:\\\\x' },
      { code: 17, data: '433A5C78', 'csv-format': false },
    ],
    [
      'records with an escaped comma, as bytes',
      { name: 'slp-service-scope', data: 'true, a\\,b' },
      { code: 79, data: '01612C62', 'csv-format': false },
    ],
    [
      'counted texts with an escaped comma, as bytes',
      { name: 'v4-sztp-redirect', data: 'a\\,b, c' },
      { code: 143, data: '0003612C62000163', 'csv-format': false },
    ],
    [
      'domain names',
      { name: 'domain-search', data: 'a.example.org,example.org.' },
      { code: 119, data: 'a.example.org, example.org.' },
    ],
    ['numbers in hexadecimal', { name: 'interface-mtu', data: '0x5DC' }, { code: 26, data: '1500' }],
    ['a negative offset', { name: 'time-offset', data: '-3600' }, { code: 2, data: '-3600' }],
    ['booleans as numbers', { name: 'ip-forwarding', data: '1' }, { code: 19, data: 'true' }],
    [
      'routes',
      { name: 'classless-static-route', data: '10.0.0.0/8-192.0.2.1,0.0.0.0/0 - 192.0.2.2' },
      { code: 121, data: '10.0.0.0/8 - 192.0.2.1, 0.0.0.0/0 - 192.0.2.2' },
    ],
    ['records', { name: 'slp-service-scope', data: 'true, here' }, { code: 79, data: 'true, here' }],
    [
      'records that end in a list',
      { name: 'option-6rd', data: '14, 32, 2001:db8::, 192.0.2.1, 192.0.2.2' },
      { code: 212, data: '14, 32, 2001:db8::, 192.0.2.1, 192.0.2.2' },
    ],
    ['a port set', { name: 'v4-portparams', data: '4, 3 / 4' }, { code: 159, data: '4, 3/4' }],
    [
      'a resolver with its own commas, as it stands',
      { name: 'v4-dnr', data: ' 10, dot1.example.org., 192.0.2.1 ' },
      { code: 162, data: '10, dot1.example.org., 192.0.2.1' },
    ],
    [
      'an option that is never sent, with some value, as Kea demands one of rows',
      { name: 'domain-search', neverSend: true },
      { code: 119, data: '016100', 'csv-format': false, 'never-send': true },
    ],
    [
      'a flag that Kea has no definition of',
      { code: 254, alwaysSend: true },
      { code: 254, 'csv-format': false, 'always-send': true },
    ],
    [
      'hexadecimal for an unknown code',
      { code: 252, csvFormat: false, data: '68747470' },
      { code: 252, 'csv-format': false, data: '68747470' },
    ],
    [
      'hexadecimal with colons',
      { code: 252, csvFormat: false, data: 'a:0b:c' },
      { code: 252, 'csv-format': false, data: '0A0B0C' },
    ],
    [
      'hexadecimal with spaces',
      { code: 252, csvFormat: false, data: '0a 0b' },
      { code: 252, 'csv-format': false, data: '0A0B' },
    ],
    [
      'hexadecimal with dashes',
      { code: 252, csvFormat: false, data: '0a-0b' },
      { code: 252, 'csv-format': false, data: '0A0B' },
    ],
    [
      'hexadecimal with 0x',
      { code: 252, csvFormat: false, data: '0xabc' },
      { code: 252, 'csv-format': false, data: '0ABC' },
    ],
    [
      'quoted text as bytes',
      { code: 252, csvFormat: false, data: "'http'" },
      { code: 252, 'csv-format': false, data: '68747470' },
    ],
    [
      'hexadecimal in a vendor space',
      { code: 2, space: 'vendor-4491', csvFormat: false, data: 'c0000201' },
      { code: 2, space: 'vendor-4491', 'csv-format': false, data: 'C0000201' },
    ],
    [
      'text of a sub-option that Kea knows, as bytes',
      { name: 'tftp-servers', space: 'vendor-4491', data: '192.0.2.1, 192.0.2.2' },
      { code: 2, space: 'vendor-4491', 'csv-format': false, data: 'C0000201C0000202' },
    ],
    [
      'bytes of the vendor’s options, whatever they are',
      { code: 43, csvFormat: false, data: "'192.0.2.5'" },
      { code: 43, 'csv-format': false, data: '3139322E302E322E35' },
    ],
    [
      'classes, sorted',
      { code: 3, data: '192.0.2.1', clientClasses: ['b', 'a'] },
      { code: 3, data: '192.0.2.1', 'client-classes': ['a', 'b'] },
    ],
  ];
  it.each(cases)('%s', (_, given, expected) => {
    expect(parseOption(knownOptions(DHCPV4), input(given))).toEqual({
      ok: true,
      option: { space: 'dhcp4', 'csv-format': true, ...expected },
    });
  });
});

describe('parseOption refuses', () => {
  const cases: readonly [sentence: string, given: Partial<OptionInput>, message: string][] = [
    ['what is no address', { name: 'routers', data: 'x' }, "routers: 'x' is not an IPv4 address"],
    [
      'the second of a list',
      { name: 'routers', data: '192.0.2.1, 192.0.2.300' },
      "routers: '192.0.2.300' is not an IPv4 address",
    ],
    [
      'an empty field',
      { name: 'routers', data: '192.0.2.1, , 192.0.2.2' },
      'routers: a value is empty, where an IPv4 address is needed',
    ],
    [
      'two values where one is taken',
      { name: 'broadcast-address', data: '192.0.2.255, 192.0.2.0' },
      'broadcast-address: it takes one field, and 2 are given, separated by commas',
    ],
    [
      'a bare comma in text, which Kea would cut off there',
      { name: 'domain-name', data: 'a,b' },
      'domain-name: it takes one field, and 2 are given, separated by commas; write a comma within text as \\,',
    ],
    [
      'too few fields',
      { name: 'option-6rd', data: '1, 2' },
      'option-6rd: it takes 4 fields separated by commas, and 2 are given',
    ],
    [
      'a number out of range',
      { name: 'default-ip-ttl', data: '256' },
      "default-ip-ttl: '256' is not a number from 0 to 255",
    ],
    ['a negative number', { name: 'interface-mtu', data: '-1' }, "interface-mtu: '-1' is not a number from 0 to 65535"],
    [
      'a word for a boolean that every object knows',
      { name: 'ip-forwarding', data: 'constructor' },
      "ip-forwarding: 'constructor' is not true or false",
    ],
    ['a word for a boolean', { name: 'ip-forwarding', data: 'yes' }, "ip-forwarding: 'yes' is not true or false"],
    [
      'a name with an empty label',
      { name: 'domain-search', data: 'a..b' },
      "domain-search: 'a..b' is not a domain name of letters, digits, -, _ and *: separate names by commas, and write other letters in the form xn--",
    ],
    [
      'a route with bits after its length',
      { name: 'classless-static-route', data: '10.1.0.0/8 - 192.0.2.1' },
      "classless-static-route: '10.1.0.0/8 - 192.0.2.1' is not a route as network/length - router, e.g. 10.229.0.0/16 - 10.229.0.1",
    ],
    [
      'a port set that does not fit',
      { name: 'v4-portparams', data: '4, 16/4' },
      "v4-portparams: '16/4' is not a port set as PSID/length, e.g. 3/4",
    ],
    ['text with a NUL, which no table can hold', { name: 'root-path', data: 'a\0b' }, "root-path: 'a\0b' is not text"],
    ['a value that is missing', { name: 'routers' }, 'routers: data is missing'],
    [
      'a value for an option that has none',
      { name: 'vendor-encapsulated-options', data: '1' },
      'vendor-encapsulated-options: it has no fields: give hexadecimal and csvFormat: false, or leave data out and give its sub-options',
    ],
    [
      'fields for a code without definition',
      { code: 252, data: 'http://wpad/' },
      'option 252: no OptionDefinition of the HAPair has that code in the space dhcp4: it waits until there is one; create it, or give data in hexadecimal with csvFormat: false',
    ],
    ['what is not hexadecimal', { code: 252, csvFormat: false, data: 'wpad' }, "option 252: 'wpad' is not hexadecimal"],
    [
      'a quote, a great deal of space, and no quote',
      { code: 252, csvFormat: false, data: `'${' '.repeat(4000)}x` },
      `option 252: ''${' '.repeat(4000)}x' is not hexadecimal`,
    ],
    ['bytes of three digits', { code: 252, csvFormat: false, data: 'abc:d' }, "option 252: 'abc:d' is not hexadecimal"],
    [
      'a mistyped name',
      { name: 'router', data: '192.0.2.1' },
      "'router' is not an option that Kea knows; did you mean 'routers'?",
    ],
    [
      'a name with underscores',
      { name: 'domain_name_servers', data: '192.0.2.1' },
      "'domain_name_servers' is not an option that Kea knows; did you mean 'domain-name-servers'?",
    ],
    [
      'a name like no other',
      { name: 'wpad-url', data: 'x' },
      'wpad-url: no OptionDefinition of the HAPair has that name in the space dhcp4: it waits until there is one; create it, or give code, and data in hexadecimal with csvFormat: false',
    ],
    [
      'a code that is not the name’s',
      { name: 'routers', code: 4, data: '192.0.2.1' },
      'routers: its code is 3, not 4: correct one of them, or leave it out',
    ],
    [
      'fields in a vendor space',
      { code: 2, space: 'vendor-3561', data: '192.0.2.1' },
      'option 2: no OptionDefinition of the HAPair has that code in the space vendor-3561: it waits until there is one; create it, or give data in hexadecimal with csvFormat: false',
    ],
    [
      'a name in a vendor space',
      { name: 'tftp-servers', space: 'vendor-3561', data: '192.0.2.1' },
      'tftp-servers: no OptionDefinition of the HAPair has that name in the space vendor-3561: it waits until there is one; create it, or give code, and data in hexadecimal with csvFormat: false',
    ],
    [
      'a name like no other, with a code, as text',
      { name: 'wpad-url', code: 252, data: 'x' },
      'wpad-url: no OptionDefinition of the HAPair has that name in the space dhcp4: it waits until there is one; create it, or give code, and data in hexadecimal with csvFormat: false',
    ],
    [
      'a space that no option carries',
      { code: 1, space: 'my-space', csvFormat: false, data: '01' },
      "option 1: no option carries what is in the space 'my-space': those of option 43 are in vendor-encapsulated-options-space, those of 125 in vendor- and the number of the enterprise, such as vendor-4491; one of your own travels in an option whose OptionDefinition has it in encapsulate",
    ],
    [
      'to keep back what Kea always sends',
      { name: 'routers', neverSend: true },
      'routers: Kea sends it all the same: leave neverSend out, and the option where it comes from',
    ],
    [
      'the name of the root',
      { name: 'v4-lost', data: '.' },
      "v4-lost: '.' is not a domain name of letters, digits, -, _ and *: separate names by commas, and write other letters in the form xn--",
    ],
    [
      'half a pair of addresses',
      { name: 'static-routes', data: '192.0.2.1' },
      'static-routes: its values come in groups of 2, as an address and its router do, and the number given is 1',
    ],
    [
      'a list of names with a semicolon',
      { name: 'domain-search', data: 'a.example;b.example' },
      "domain-search: 'a.example;b.example' is not a domain name of letters, digits, -, _ and *: separate names by commas, and write other letters in the form xn--",
    ],
  ];
  it.each(cases)('%s', (_, given, message) => {
    expect(parseOption(knownOptions(DHCPV4), input(given))).toMatchObject({ ok: false, message });
  });

  it.each<[string, Partial<OptionInput>, boolean]>([
    ['a name like no other', { name: 'wpad-url', data: 'x' }, true],
    ['a code without definition', { code: 252, data: 'x' }, true],
    ['a space that nothing carries', { name: 'own', space: 'mine', data: 'x' }, true],
    ['a slip of a name', { name: 'router', data: '192.0.2.1' }, false],
    ['a wrong value', { name: 'routers', data: 'x' }, false],
  ])('%s may come right by an OptionDefinition, or not', (_, given, awaits) => {
    const parsed = parseOption(knownOptions(DHCPV4), input(given));
    expect(!parsed.ok && parsed.awaits === true).toBe(awaits);
  });
});

describe('parseOptions', () => {
  it('names the place of the first wrong one', () => {
    const list = [
      input({ name: 'routers', data: '192.0.2.1' }),
      input({ name: 'routers', data: 'x' }),
      input({ name: 'y' }),
    ];
    expect(parseOptions(knownOptions(DHCPV4), list)).toEqual({
      ok: false,
      message: "optionData[1] routers: 'x' is not an IPv4 address",
    });
    expect(parseOptions(knownOptions(DHCPV4), list, 'pools[0].optionData')).toMatchObject({
      message: expect.stringMatching(/^pools\[0\]\.optionData\[1\] /) as string,
    });
  });
  it('takes an option once, by name or code', () => {
    const list = [
      input({ name: 'routers', data: '192.0.2.1' }),
      input({ code: 6, data: '192.0.2.1' }),
      input({ code: 3, data: '192.0.2.2' }),
    ];
    expect(parseOptions(knownOptions(DHCPV4), list)).toEqual({
      ok: false,
      message: 'optionData[2] option 3: it is there already, as optionData[0]',
    });
    const vendor = input({ code: 3, space: 'vendor-4491', csvFormat: false, data: '01' });
    expect(parseOptions(knownOptions(DHCPV4), [input({ code: 3, data: '192.0.2.1' }), vendor])).toMatchObject({
      ok: true,
    });
  });
  it('gives all of a right list', () => {
    expect(parseOptions(knownOptions(DHCPV4), [input({ code: 3, data: '192.0.2.1' })])).toEqual({
      ok: true,
      options: [{ code: 3, space: 'dhcp4', data: '192.0.2.1', 'csv-format': true }],
    });
  });
});

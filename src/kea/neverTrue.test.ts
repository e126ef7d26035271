import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DHCPV4 } from './dhcpv4.ts';
import { DHCPV6 } from './dhcpv6.ts';
import { knownOptions } from './knownOptions.ts';
import { neverTrueIn } from './neverTrue.ts';

const [FOUR, SIX] = [knownOptions(DHCPV4), knownOptions(DHCPV6)];
const OWN = knownOptions(DHCPV4, [{ name: 'floor', code: 224, space: 'dhcp4', type: 'uint8' }]);

describe('is never true', () => {
  it.each<readonly [string, typeof FOUR, string, string, string | undefined]>([
    ['bytes in quotes', FOUR, "option[93].hex == '00:07'", '2 bytes, or 2 more for each further value', '0x0007'],
    [
      'the same on the other side',
      FOUR,
      "'00:07' == option[93].hex",
      '2 bytes, or 2 more for each further value',
      '0x0007',
    ],
    ['as many letters as the option may have bytes', FOUR, "option[93].hex == '00:07:00'", '8 letters', undefined],
    ['an option by its name', FOUR, "option[client-system].hex == '00-07'", '5 letters', '0x0007'],
    ['an address in quotes', FOUR, "pkt4.giaddr == '10.0.0.1'", '4 bytes', '10.0.0.1'],
    ['one of IPv6', SIX, "relay6[0].linkaddr == '2001:db8::1:2:3:4'", 'at most 16 bytes', '2001:db8::1:2:3:4'],
    ['where a packet came from', SIX, "pkt.src == 'fe80::1'", '16 bytes', 'fe80::1'],
    ['an address of the hardware in quotes', FOUR, "pkt4.mac == '02:00:5e:10:00:01'", '17 letters', '0x02005e100001'],
    ['more letters than are cut out', FOUR, "substring(option[60].hex,0,9) == 'HTTPClient'", 'at most 9', undefined],
    ['fewer bytes than are cut out', FOUR, 'substring(pkt4.mac, -3, -2) == 0x02005e', 'at most 2 bytes', undefined],
    ['a number that the option has no room for', FOUR, 'option[93].hex == 0x000007', '3 bytes', undefined],
    ['a number, which has four bytes', OWN, 'option[224].hex == 7', '4 bytes, as each number is', undefined],
    ['within others', FOUR, "not (option[60].exists and option[53].hex == '01') or member('a')", '1 byte', undefined],
  ])('%s', (_case, known, expression, why, instead) => {
    const [found, ...more] = neverTrueIn(known, expression);
    expect(more).toEqual([]);
    expect(found?.why).toContain(why);
    expect(found?.instead).toBe(instead);
  });
});

describe('may be true', () => {
  it.each<readonly [string, typeof FOUR, string]>([
    ['bytes', FOUR, 'option[93].hex == 0x0007'],
    ['two values of a list', FOUR, 'option[93].hex == 0x00070009'],
    ['a number of four bytes', FOUR, 'option[51].hex == 3600'],
    ['letters of an option that is text', FOUR, "option[60].hex == 'PXEClient'"],
    ['colons in one that is text', FOUR, "option[12].hex == '00:07'"],
    ['colons in one that may be anything', FOUR, "option[61].hex == '01:02'"],
    ['an option that nobody defines', FOUR, "option[230].hex == '00:07'"],
    ['what is within an option', FOUR, "relay4[2].hex == '00:07'"],
    ['an option within an option', FOUR, "option[43].option[1].hex == '00:07'"],
    ['no value, where the option is not there', FOUR, "option[93].hex == ''"],
    ['as many letters as are cut out', FOUR, "substring(option[60].hex,0,9) == 'PXEClient'"],
    ['all that is there', FOUR, "substring(option[60].hex,4,all) == 'a longer text than four'"],
    ['what is put together', FOUR, "substring(option[60].hex,0,2) + 'x' == 'ab' + 'c'"],
    ['what is put together behind', FOUR, "substring(option[60].hex,0,1) == 'ab' + 'c'"],
    ['what is made longer', FOUR, "hexstring(substring(pkt4.mac,0,3),':') == '02:00:5e'"],
    ['an address', FOUR, 'pkt4.giaddr == 10.0.0.1'],
    ['an address of IPv6', SIX, 'relay6[0].linkaddr == 2001:db8::1'],
    ['the text of an address', FOUR, "addrtotext(pkt4.giaddr) == '10.0.0.1'"],
    ['two values of packets', FOUR, 'pkt4.giaddr == pkt4.ciaddr'],
    ['no comparison', FOUR, "member('a') and not option[93].exists"],
    ['what cannot be read', FOUR, "== substring(,) == 'a' ) =="],
  ])('%s', (_case, known, expression) => {
    expect(neverTrueIn(known, expression)).toEqual([]);
  });
});

it('reads any text, whatever Kea says of it', () => {
  const words = [
    '==',
    '(',
    ')',
    ',',
    '+',
    'and',
    'not',
    "'00:07'",
    '0x07',
    '7',
    'option[93].hex',
    'substring',
    'pkt4.mac',
  ];
  const texts = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((some) => some.join(' '));
  fc.assert(
    fc.property(fc.oneof(texts, fc.string()), (text) => {
      for (const found of neverTrueIn(FOUR, text)) expect(found.why).not.toBe('');
    }),
  );
});

import { describe, expect, it } from 'vitest';
import { firstClash, optionDefProblem } from './definitionRules.ts';
import { DHCPV4 } from './dhcpv4.ts';
import { DHCPV6 } from './dhcpv6.ts';
import type { OptionDefBody } from './state.ts';

const of = (more: Partial<OptionDefBody> = {}): OptionDefBody => ({
  space: 'dhcp4',
  code: 222,
  name: 'site-servers',
  type: 'ipv4-address',
  ...more,
});
const of6 = (more: Partial<OptionDefBody> = {}): OptionDefBody => of({ space: 'dhcp6', code: 4222, ...more });

describe('a definition of an option', () => {
  it.each<[what: string, more: Partial<OptionDefBody>]>([
    ['a list of addresses', { array: true }],
    ['a record', { type: 'record', 'record-types': 'uint16, string' }],
    ['a record whose last field comes again', { type: 'record', 'record-types': 'uint8, ipv4-address', array: true }],
    ['an option that carries others', { type: 'empty', encapsulate: 'my-space' }],
    ['the greatest code', { code: 254 }],
    [
      'a list of addresses of the other family after another',
      { type: 'record', 'record-types': 'ipv6-address, ipv6-address', array: true },
    ],
    ['a list of tuples', { type: 'tuple', array: true }],
    ['a sub-option of 43', { space: 'vendor-encapsulated-options-space', code: 1 }],
    ['any code of a space of one’s own', { space: 'my-space', code: 0 }],
    ['a sub-option of an enterprise', { space: 'vendor-9', code: 255 }],
  ])('may be %s', (_, more) => {
    expect(optionDefProblem(DHCPV4, of(more))).toBeUndefined();
  });

  it.each<[more: Partial<OptionDefBody>, says: string]>([
    [{ name: '' }, "name: '' has to be letters and digits"],
    [{ name: 'two words' }, "name: 'two words' has to be"],
    [{ name: '-x' }, "name: '-x' has to be"],
    [{ name: 'x'.repeat(129) }, 'no more than 128'],
    [{ space: 'a.b' }, "space: 'a.b' has to be"],
    [{ name: 'routers' }, "name: 'routers' is a name of Kea's own, of option 3"],
    [{ code: 0 }, 'code: 0 cannot be defined in the space dhcp4: its codes are 1 to 254'],
    [{ code: 255 }, 'code: 255 cannot'],
    [{ space: 'my-space', code: 256 }, 'its codes are 0 to 255'],
    [{ code: 1.5 }, 'code: 1.5 cannot'],
    [{ code: 6 }, 'code: option 6 of the space dhcp4 is defined already, as domain-name-servers'],
    [{ code: 43 }, 'code: option 43 of the space dhcp4 is defined already'],
    [{ space: 'vendor-4491', code: 2 }, 'code: option 2 of the space vendor-4491 is defined already, as tftp-servers'],
    [{ type: 'nonsense' as never }, "type: 'nonsense' is none that Kea knows"],
    [{ type: 'internal' }, 'type: internal is for options of Kea alone'],
    [{ type: 'record' }, 'recordTypes: a record has two fields or more'],
    [{ type: 'record', 'record-types': 'uint8' }, 'recordTypes: a record has two fields or more'],
    [{ 'record-types': 'uint8, uint8' }, 'recordTypes: only a record has fields'],
    [{ type: 'record', 'record-types': 'uint8, any' }, "recordTypes: 'any' is no type"],
    [{ type: 'record', 'record-types': 'uint8, record' }, 'recordTypes: a field of a record cannot be of type record'],
    [{ type: 'record', 'record-types': 'uint8, empty' }, 'cannot be of type empty'],
    [{ type: 'record', 'record-types': 'string, uint8' }, 'recordTypes: string can be the last field alone'],
    [{ type: 'record', 'record-types': 'binary, string' }, 'recordTypes: binary can be'],
    [{ type: 'record', 'record-types': 'uint8, string', array: true }, 'array: a list of values of type string'],
    [
      { type: 'tuple' },
      'type: Kea ends, with all that it serves, when a client sends such an option with an empty tuple',
    ],
    [{ type: 'record', 'record-types': 'uint8, tuple' }, 'recordTypes: Kea ends, with all that it serves'],
    [{ type: 'record', 'record-types': 'uint8, tuple', array: true }, 'recordTypes: Kea ends, with all that it serves'],
    [{ type: 'string', array: true }, 'array: a list of values of type string'],
    [{ type: 'empty', array: true }, 'array: a list of values of type empty'],
    [{ array: true, encapsulate: 'my-space' }, 'encapsulate: an option with a list of values'],
    [{ type: 'string', encapsulate: 'my-space' }, 'encapsulate: nothing can come after a value of type string'],
    [
      { type: 'record', 'record-types': 'uint8, binary', encapsulate: 'my-space' },
      'encapsulate: nothing can come after a value of type binary',
    ],
    [{ encapsulate: 'vendor-9' }, 'encapsulate: vendor-9 is of a vendor, and travels in option 125 alone'],
    [{ space: 'cablelabs-client-conf' }, 'space: Kea knows itself what is in cablelabs-client-conf'],
    [
      { type: 'ipv6-address', array: true },
      'array: Kea writes a list of values of type ipv6-address as the other family does',
    ],
    [{ encapsulate: 'dhcp4' }, 'encapsulate: an option cannot carry those of its own space'],
    [{ space: 'my-space', encapsulate: 'dhcp4' }, 'encapsulate: dhcp4 is the space of the standard options'],
    [{ encapsulate: 'a b' }, "encapsulate: 'a b' has to be"],
    [{ 'user-context': { a: 1 } }, 'userContext: Kea reads none'],
  ])('is wrong as %j', (more, says) => {
    expect(optionDefProblem(DHCPV4, of(more))).toContain(says);
  });

  it('of DHCPv6 has the codes that rows can hold', () => {
    expect(optionDefProblem(DHCPV6, of6({ code: 32_767 }))).toBeUndefined();
    expect(optionDefProblem(DHCPV6, of6({ code: 32_768 }))).toContain('its codes are 1 to 32767');
    expect(optionDefProblem(DHCPV6, of6({ array: true }))).toContain('array: Kea writes a list of values of type ipv4');
    expect(optionDefProblem(DHCPV6, of6({ space: 's46-rule-options' }))).toContain('space: Kea knows itself what is');
    expect(optionDefProblem(DHCPV6, of6({ code: 0 }))).toContain('its codes are 1 to 32767');
    expect(optionDefProblem(DHCPV6, of6({ code: 23 }))).toContain('is defined already, as dns-servers');
  });

  it('comes once, by its code and by its name, in its space', () => {
    const [one, name, code, other] = [of(), of({ code: 223 }), of({ name: 'b' }), of({ space: 'my-space' })];
    expect(firstClash([one, other, of({ code: 223, name: 'b' })])).toBeUndefined();
    expect(firstClash([one, other, name])).toEqual([name, one]);
    expect(firstClash([other, one, code])).toEqual([code, one]);
  });
});

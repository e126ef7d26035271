import { describe, expect, it } from 'vitest';
import { FULL } from '../../test/support/rows.ts';
import { classDefinitions, classProblem } from './classRules.ts';
import { DHCPV4 } from './dhcpv4.ts';
import { DHCPV6 } from './dhcpv6.ts';
import { FAMILIES } from './families.ts';
import { RAW_VENDOR_OPTIONS } from './optionTable4.ts';
import type { ClassBody, OptionData } from './state.ts';

const of = (more: Partial<ClassBody> = {}): ClassBody => ({ name: 'gold', 'order-index': 1024, ...more });
const option = (code: number, data: string, more: Partial<OptionData> = {}): OptionData => ({
  code,
  space: 'dhcp4',
  data,
  'csv-format': true,
  ...more,
});
const definition = (code: number, name = 'mine', space = 'dhcp4') =>
  ({ space, code, name, type: 'ipv4-address' }) as const;

describe('a client class', () => {
  it.each(FAMILIES)('of $daemon may have all that rows can', (family) => {
    expect(classProblem(family, FULL[family.version].clientClass.body)).toBeUndefined();
  });

  it.each<[what: string, more: Partial<ClassBody>]>([
    ['nothing but a name', {}],
    ['blanks within its name', { name: 'a class' }],
    ['a name that Kea makes, to give its clients something', { name: 'VENDOR_CLASS_docsis3.0' }],
    ['the name DROP, with a test', { name: 'DROP', test: "member('KNOWN')" }],
    ['bytes of an option that nobody defines', { 'option-data': [option(230, '0102', { 'csv-format': false })] }],
    ['an option of its own', { 'option-def': [definition(224)], 'option-data': [option(224, '192.0.2.1')] }],
    ['another definition of 43', { 'option-def': [definition(43, 'vendor-encapsulated-options')] }],
  ])('may have %s', (_, more) => {
    expect(classProblem(DHCPV4, of(more))).toBeUndefined();
  });

  it.each<[more: Partial<ClassBody>, says: string]>([
    [{ name: '' }, 'name: a class needs one'],
    [{ name: 'x'.repeat(129) }, 'name: it is longer than 128 characters'],
    [{ name: "it's" }, 'expressions and reservations cannot name it'],
    [{ name: 'a,b' }, 'expressions and reservations cannot name it'],
    [{ name: ' a' }, 'expressions and reservations cannot name it'],
    [{ name: 'a\nb' }, 'expressions and reservations cannot name it'],
    [{ name: 'kea-operator/HA_a/boot' }, "name: classes whose names begin with kea-operator/ are the operator's own"],
    [{ 'template-test': 'pkt4.mac' }, 'templateTest: Kea has no place for it'],
    [{ test: 'option[60].hex' }, "test: 'option' is at character 1"],
    [{ test: "member('gold')" }, "test: it asks for members of 'gold' itself"],
    [{ test: 'option[my-own].exists' }, "test: option 'my-own' is not one of Kea's own: give its code"],
    [{ name: 'KNOWN', test: "member('ALL')" }, 'test: Kea itself says who is in KNOWN'],
    [{ name: 'ALL', 'only-in-additional-list': true }, 'onlyInAdditionalList: Kea looks at ALL'],
    [{ name: 'DROP', 'only-in-additional-list': true }, 'onlyInAdditionalList: Kea looks at DROP'],
    [{ 'next-server': '255.255.255.255' }, 'nextServer: it is the address of all hosts'],
    [{ 'server-hostname': 'ä'.repeat(32) }, 'serverHostname: it is longer than 63 bytes'],
    [{ 'boot-file-name': 'x'.repeat(128) }, 'bootFileName: it is longer than 127 bytes'],
    [{ 'min-valid-lifetime': 5 }, 'valid-lifetime: rows have no bounds without it'],
    [{ 'valid-lifetime': 5, 'min-valid-lifetime': 6 }, 'valid-lifetime: 5 is not between 6 and 5'],
    [{ 'valid-lifetime': 5, 'max-valid-lifetime': 4 }, 'valid-lifetime: 5 is not between 5 and 4'],
    [{ 'option-def': [definition(130)] }, 'optionDef[0]: a class can define options 43 and 224 to 254'],
    [{ 'option-def': [definition(230, 'x', 'my-space')] }, 'optionDef[0]: a class can define'],
    [{ 'option-def': [definition(230, 'a b')] }, "optionDef[0] name: 'a b' has to be"],
    [{ 'option-def': [definition(230), definition(231)] }, 'have the same code or name'],
  ])('is wrong as %j', (more, says) => {
    expect(classProblem(DHCPV4, of(more))).toContain(says);
  });

  it('has a definition of 43 of its own, where it has that option', () => {
    const options = { 'option-data': [option(43, '6869', { 'csv-format': false })] };
    const definitions = classDefinitions(DHCPV4, options);
    expect(definitions).toEqual([RAW_VENDOR_OPTIONS]);
    expect(classDefinitions(DHCPV4, { ...options, 'option-def': definitions })).toEqual(definitions);
    expect(classProblem(DHCPV4, of({ ...options, 'option-def': definitions }))).toBeUndefined();
    expect(classDefinitions(DHCPV6, { 'option-data': [option(43, '6869')] })).toEqual([]);
  });
});

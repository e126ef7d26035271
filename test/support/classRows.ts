/** Keywords of client classes and of definitions of options, all of them, for tests of rows. */
import type { Fields } from '../../src/kea/keywords.ts';
import type { ClassDefinition } from '../../src/kea/state.ts';

export const option = (code: number, data: string, space = 'dhcp4') => ({ code, space, data, 'csv-format': true });
export const option6 = (code: number, data: string) => option(code, data, 'dhcp6');

/** Of definitions of options. Kea reads no user-context of theirs. */
export const OPTION_DEF_KEYWORDS: Required<Omit<ClassDefinition, 'space' | 'code' | 'name' | 'encapsulate'>> = {
  type: 'record',
  array: true,
  'record-types': 'uint16, ipv4-address',
};

/** What both families have of classes. A template is none of the rows. */
type ClassKeywords<F extends 4 | 6> = Required<
  Omit<Fields<'class', F>, 'name' | 'order-index' | 'template-test' | 'depend-on-known'>
>;

export const CLASS_KEYWORDS: ClassKeywords<4> = {
  test: "option[60].text == 'gold' and not member('phones')",
  'only-in-additional-list': true,
  'offer-lifetime': 30,
  'next-server': '192.0.2.9',
  'server-hostname': 'boot3.example.org',
  'boot-file-name': '/pxe/gold',
  'valid-lifetime': 600,
  'min-valid-lifetime': 500,
  'max-valid-lifetime': 700,
  'option-def': [{ space: 'dhcp4', code: 224, name: 'gold-servers', type: 'ipv4-address', array: true }],
  'option-data': [
    option(6, '192.0.2.55'),
    { ...option(224, '192.0.2.56, 192.0.2.57'), 'always-send': true },
    { code: 67, space: 'dhcp4', data: '612C62', 'csv-format': false },
  ],
  'user-context': { site: { floor: 3, name: 'Ägypten "3"' }, tags: ['a', 'b'] },
};

export const CLASS6_KEYWORDS: ClassKeywords<6> = {
  test: "option[16].exists and not member('phones')",
  'only-in-additional-list': true,
  'valid-lifetime': 600,
  'min-valid-lifetime': 500,
  'max-valid-lifetime': 700,
  'preferred-lifetime': 400,
  'min-preferred-lifetime': 300,
  'max-preferred-lifetime': 500,
  'option-data': [option6(23, '2001:db8::55'), { code: 59, space: 'dhcp6', data: '612C62', 'csv-format': false }],
  'user-context': { site: { floor: 3, name: 'Ägypten "3"' }, tags: ['a', 'b'] },
};

/** Clients that somebody names wrongly: reservations, classes, and the options that they are to get. */
import { option, PAIR, type Rest } from './wrongForms.ts';

const OFFICE = { subnetRef: { name: 'office' } };
const OFFICE6 = { subnetRef: { name: 'office-ipv6' } };
const mac = (last: string) => ({ identifier: { hwAddress: `02:00:5e:10:77:${last}` } });
const duid = (last: string) => ({ identifier: { duid: `00:01:77:${last}` } });

export const reservations: readonly Rest[] = [
  [
    'outside',
    { ...OFFICE, ...mac('01'), ipAddress: '10.0.0.9' },
    'AddressOutsidePrefix',
    'ipAddress',
    'choose an address',
  ],
  [
    'broadcast',
    { ...OFFICE, ...mac('02'), ipAddress: '198.51.100.255' },
    'AddressOutsidePrefix',
    'ipAddress',
    'choose another',
  ],
  ['address', { ...OFFICE, ...mac('03'), ipAddress: '198.51.100.20' }, 'AddressConflict', 'ipAddress', 'printer'],
  [
    'client',
    { ...OFFICE, identifier: { hwAddress: '0200.5e10.0001'.replaceAll('.', '') } },
    'IdentifierConflict',
    'identifier',
    'printer',
  ],
  ['global', { ...PAIR, ...mac('04') }, 'ReservationNotLookedUp', 'global reservations', 'set reservationsGlobal'],
  ['nowhere', { subnetRef: { name: 'nobody' }, ...mac('05') }, 'RefNotFound', 'subnetRef', 'create it'],
  [
    'option',
    { ...OFFICE, ...mac('06'), ...option({ name: 'routers', data: 'x' }) },
    'InvalidOption',
    'optionData[0] routers',
    'IPv4 address',
  ],
  [
    'family',
    { ...OFFICE, ...mac('07'), ipAddresses: ['2001:db8:1::9'] },
    'FamilyMismatch',
    'ipAddresses',
    'leave it out',
  ],
  [
    'outside6',
    { ...OFFICE6, ...duid('01'), ipAddresses: ['2001:db8:2::9'] },
    'AddressOutsidePrefix',
    'ipAddresses',
    'choose',
  ],
  [
    'routers6',
    { ...OFFICE6, ...duid('02'), ipAddresses: ['2001:db8:1::'] },
    'AddressOutsidePrefix',
    'ipAddresses',
    'choose',
  ],
  [
    'twice6',
    { ...OFFICE6, ...duid('04'), ipAddresses: ['2001:db8:1::5', '2001:DB8:1:0::5'] },
    'InvalidSpec',
    'ipAddresses',
    '2001:db8:1::5',
  ],
  ['family6', { ...OFFICE6, ...duid('05'), ipAddress: '198.51.100.77' }, 'FamilyMismatch', 'ipAddress', 'leave it out'],
  ['client6', { ...OFFICE6, identifier: { clientId: "'phone'" } }, 'ReservationNotLookedUp', 'identifier', 'duid'],
];

export const classes: readonly Rest[] = [
  ['syntax', { test: "option[60].text = 'x'" }, 'InvalidSpec', 'test', 'compare by =='],
  ['half', { test: "substring(option[60].hex, 0) == 'x'" }, 'InvalidSpec', 'test', 'where , has to be'],
  ['option-name', { test: 'option[tray].exists' }, 'InvalidSpec', "test: option 'tray'", 'give its code'],
  ['other-family', { test: 'pkt6.msgtype == 1' }, 'InvalidSpec', 'test', 'pkt6'],
  ['other-family6', { ipFamily: 'IPv6', test: 'pkt4.hlen == 6' }, 'InvalidSpec', 'test', 'pkt4'],
  ['itself', { test: "member('wrong-itself')" }, 'InvalidSpec', 'test', 'never true'],
  ['nobody', { test: "member('nobody')" }, 'UnknownClientClass', 'test: there is no client class nobody', 'create it'],
  ['hen', { test: "member('wrong-egg')" }, 'ClassCycle', 'test', 'take one of the member() out'],
  ['egg', { test: "member('wrong-hen')" }, 'ClassCycle', 'test', 'take one of the member() out'],
  ['built-in', { name: 'UNKNOWN', test: 'option[60].exists' }, 'InvalidSpec', 'test: Kea itself says', 'leave it out'],
  ['all-hosts', { nextServer: '255.255.255.255' }, 'InvalidSpec', 'nextServer', 'give that of one'],
  ['value', option({ name: 'routers', data: 'x' }), 'InvalidOption', 'optionData[0] routers', 'IPv4 address'],
  [
    'option-guard',
    option({ name: 'routers', data: '192.0.2.1', clientClasses: ['nobody'] }),
    'UnknownClientClass',
    'optionData[0].clientClasses',
    'create a ClientClass',
  ],
];

export const definitions: readonly Rest[] = [
  ['standard', { code: 3, type: 'string' }, 'InvalidSpec', 'code', '3'],
  ['standard-name', { name: 'routers', code: 231, type: 'string' }, 'InvalidSpec', 'name', 'routers'],
  [
    'text-first',
    { code: 232, type: 'record', recordTypes: ['string', 'uint8'] },
    'InvalidSpec',
    'recordTypes',
    'string',
  ],
  ['standard6', { ipFamily: 'IPv6', code: 23, type: 'string' }, 'InvalidSpec', 'code', '23'],
  ['all-within', { code: 233, type: 'empty', encapsulate: 'dhcp4' }, 'InvalidSpec', 'encapsulate', 'dhcp4'],
];

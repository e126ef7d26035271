import { hostReservationFamilyChanges, hostReservationFamilyRefusals } from './familyRefusals.ts';
import { anew, type ChangeRefusal, type Refusal } from './refusal.ts';
import { optionRefusals, optionRefusalsIPv4 } from './sharedRefusals.ts';

const identifier = (fields: object) => ({ identifier: fields });
const oneIdentifier = 'give exactly one of hwAddress, clientId, circuitId, duid or flexId';
const bytes = (least: number) =>
  `must be ${String(least)} to 128 bytes: hexadecimal digits as 01:02:0a, 01 02 0a or 0x01020a, or text in single quotes as 'port-7'`;
const hardware =
  'must be a hardware address of 1 to 20 bytes in hexadecimal digits, as 02:00:5e:10:00:01, 02-00-5e-10-00-01 or 02005e100001';
const hostName =
  'must be a host name, such as printer-3 or printer-3.example.org: labels of 1 to 63 letters, digits, - and _ with a dot between them, each with a letter or digit at both ends';

export const hostReservationRefusals: readonly Refusal[] = [
  {
    because: 'a reservation without a place holds nowhere',
    spec: { subnetRef: undefined },
    field: 'spec',
    says: 'give exactly one of subnetRef or haPairRef (haPairRef makes the reservation global)',
  },
  {
    because: 'a reservation is of a subnet or global',
    spec: { haPairRef: { name: 'office' } },
    field: 'spec',
    says: 'give exactly one of subnetRef or haPairRef (haPairRef makes the reservation global)',
  },
  { because: 'nobody is recognised by nothing', spec: identifier({}), field: 'spec.identifier', says: oneIdentifier },
  {
    because: 'Kea recognises a reservation by one identifier',
    spec: identifier({ hwAddress: '02:00:5e:10:00:01', duid: '000300' }),
    field: 'spec.identifier',
    says: oneIdentifier,
  },
  {
    because: 'a hardware address without separators lacks a digit, of whichever byte',
    spec: identifier({ hwAddress: '2005e100001' }),
    field: 'spec.identifier.hwAddress',
    says: hardware,
  },
  {
    because: 'a hardware address in the way of switches is refused in words',
    spec: identifier({ hwAddress: '0200.5e10.0001' }),
    field: 'spec.identifier.hwAddress',
    says: hardware,
  },
  {
    because: 'a client identifier of one byte is none (RFC 2132)',
    spec: identifier({ clientId: '01' }),
    field: 'spec.identifier.clientId',
    says: bytes(2),
  },
  {
    because: 'text stands in quotes, as Kea would take it for digits',
    spec: identifier({ circuitId: 'port-7' }),
    field: 'spec.identifier.circuitId',
    says: bytes(1),
  },
  {
    because: 'half a byte',
    spec: identifier({ flexId: '012' }),
    field: 'spec.identifier.flexId',
    says: bytes(1),
  },
  {
    because: 'a DUID is never text',
    spec: identifier({ duid: "'printer'" }),
    field: 'spec.identifier.duid',
    says: 'must be a DUID of 3 to 128 bytes: hexadecimal digits, as 00:03:00:01:02:00:5e:10:00:01',
  },
  {
    because: 'an address has no prefix length',
    spec: { ipAddress: '192.0.2.9/24' },
    field: 'spec.ipAddress',
    says: 'must be an IPv4 address, such as 192.0.2.10',
  },
  {
    because: 'a host name has no spaces',
    spec: { hostname: 'printer 3' },
    field: 'spec.hostname',
    says: hostName,
  },
  {
    because: 'nothing stands between two dots of a host name',
    spec: { hostname: 'printer..example.org' },
    field: 'spec.hostname',
    says: hostName,
  },
  {
    because: 'a label of a name has 63 characters at most, or clients that send option 81 get no name at all',
    spec: { hostname: `${'x'.repeat(64)}.example.org` },
    field: 'spec.hostname',
    says: hostName,
  },
  {
    because: 'one column of 255 characters holds all classes',
    spec: { clientClasses: ['a', 'b', 'c'].map((letter) => letter.repeat(100)) },
    field: 'spec.clientClasses',
    says: 'the names of the classes together must not be longer than 255 characters',
  },
  {
    because: 'the packet has 128 bytes for the boot file',
    spec: { bootFileName: 'x'.repeat(128) },
    field: 'spec.bootFileName',
    says: 'Too long: may not be more than 127 bytes',
  },
  {
    because: 'Kea reads no classes with the options of a reservation',
    spec: { optionData: [{ code: 3 }, { code: 6, clientClasses: ['KNOWN'] }] },
    field: 'spec.optionData',
    says: 'clientClasses of an option means nothing in a reservation, as Kea sends its options to the client whatever its classes: leave it out',
  },
  {
    because: 'a control character has no place in a boot file',
    spec: { bootFileName: 'a\0b' },
    field: 'spec.bootFileName',
    says: 'must be plain ASCII text without control characters',
  },
  {
    because: "the operator's own mark is not the user's to set",
    spec: { userContext: { 'kea-operator': { object: 'mine' } } },
    field: 'spec.userContext',
    says: "the key kea-operator is the operator's own: choose another",
  },
  ...optionRefusals('spec', (fields) => ({ ...fields })),
  ...optionRefusalsIPv4('spec', (fields) => ({ ipAddress: '192.0.2.9', ...fields })),
  ...hostReservationFamilyRefusals,
];

export const hostReservationChanges: readonly ChangeRefusal[] = [
  {
    because: 'a client is recognised by one identifier from now on as well',
    to: { identifier: { hwAddress: '02:00:5e:10:00:01', duid: '000300' } },
    field: 'spec.identifier',
    says: oneIdentifier,
  },
  {
    because: 'a reservation does not move to another subnet',
    to: { subnetRef: { name: 'other' } },
    field: 'spec.subnetRef',
    says: anew('subnetRef'),
  },
  {
    because: 'a reservation of a subnet does not become global',
    to: { subnetRef: undefined, haPairRef: { name: 'office' } },
    field: 'spec.subnetRef',
    says: anew('subnetRef'),
  },
  ...hostReservationFamilyChanges,
];

import { anew, type ChangeRefusal, type Refusal } from './refusal.ts';
import { guardRefusals, lifetimeRefusals, optionRefusals, optionRefusalsIPv4 } from './sharedRefusals.ts';

const definitions = (fields: object) => ({ optionDef: [{ name: 'site', code: 230, type: 'string', ...fields }] });
const className = 'must be the name of a client class: without commas, quotes or spaces at its ends';

export const clientClassRefusals: readonly Refusal[] = [
  {
    because: 'an expression of blanks asks for nothing',
    spec: { test: '  ' },
    field: 'spec.test',
    says: "must be an expression of Kea, such as substring(option[60].hex,0,9) == 'PXEClient': leave it out for none",
  },
  {
    because: 'a class has one way to find its clients',
    spec: { templateTest: 'option[12].text' },
    field: 'spec.templateTest',
    says: 'a class has test or templateTest: leave one of them out',
  },
  {
    because: "the operator's own classes have such names",
    spec: { name: 'kea-operator/HA_a/boot' },
    field: 'spec.name',
    says: "names that begin with kea-operator/ are those of the operator's own classes: choose another",
  },
  { because: 'expressions have names in quotes', spec: { name: "it's" }, field: 'spec.name', says: className },
  {
    because: 'a name with a comma would be two',
    spec: { name: 'a,b' },
    field: 'spec.name',
    says: className,
  },
  {
    because: 'Kea sends the boot server as four bytes',
    spec: { nextServer: 'boot.example.org' },
    field: 'spec.nextServer',
    says: 'must be an IPv4 address, such as 192.0.2.10',
  },
  {
    because: 'the packet has 128 bytes for the boot file',
    spec: { bootFileName: 'x'.repeat(128) },
    field: 'spec.bootFileName',
    says: 'Too long: may not be more than 127 bytes',
  },
  {
    because: 'DHCPv6 has no boot server',
    spec: { ipFamily: 'IPv6', nextServer: '192.0.2.10' },
    field: 'spec.nextServer',
    says: 'nextServer is of DHCPv4 alone: leave it out of an IPv6 ClientClass',
  },
  {
    because: 'DHCPv6 has no boot file beside its options',
    spec: { ipFamily: 'IPv6', bootFileName: 'ipxe.efi' },
    field: 'spec.bootFileName',
    says: 'bootFileName is of DHCPv4 alone: leave it out of an IPv6 ClientClass',
  },
  {
    because: 'an offer of DHCPv6 is not kept',
    spec: { ipFamily: 'IPv6', offerLifetime: 60 },
    field: 'spec.offerLifetime',
    says: 'offerLifetime is of DHCPv4 alone: leave it out of an IPv6 ClientClass',
  },
  {
    because: 'classes of DHCPv6 have no definitions of their own',
    spec: { ipFamily: 'IPv6', ...definitions({ space: 'dhcp4' }) },
    field: 'spec.optionDef',
    says: 'optionDef is of DHCPv4 alone: leave it out of an IPv6 ClientClass',
  },
  {
    because: 'a lease of DHCPv4 has one lifetime',
    spec: { preferredLifetime: 600 },
    field: 'spec.preferredLifetime',
    says: 'preferredLifetime is of DHCPv6 alone: leave it out of an IPv4 ClientClass',
  },
  {
    because: 'the place of a class is not this far off',
    spec: { order: 1_000_001 },
    field: 'spec.order',
    says: 'should be less than or equal to 1000000',
  },
  {
    because: "the operator's own mark is not the user's to set",
    spec: { userContext: { 'kea-operator': { object: 'mine' } } },
    field: 'spec.userContext',
    says: "the key kea-operator is the operator's own: choose another",
  },
  {
    because: 'what a standard option is no class says',
    spec: definitions({ code: 3 }),
    field: 'spec.optionDef[0].code',
    says: 'a class defines the codes 43 and 224 to 254 of the space dhcp4 alone: make an OptionDefinition for others',
  },
  {
    because: 'a record of nothing',
    spec: definitions({ type: 'record' }),
    field: 'spec.optionDef[0].recordTypes',
    says: 'recordTypes belongs to the type record, and to that alone: give both, or neither',
  },
  ...lifetimeRefusals('spec', (fields) => ({ ...fields })).filter(({ field }) => !field.endsWith('Percent')),
  ...optionRefusals('spec', (fields) => ({ ...fields })),
  ...optionRefusalsIPv4('spec', (fields) => ({ ...fields })),
  ...guardRefusals('spec', (fields) => ({ ...fields })),
];

export const clientClassChanges: readonly ChangeRefusal[] = [
  {
    because: 'a class does not go to another pair',
    to: { haPairRef: { name: 'other' } },
    field: 'spec.haPairRef',
    says: anew('haPairRef'),
  },
  {
    because: 'a class does not change its family',
    to: { ipFamily: 'IPv6' },
    field: 'spec.ipFamily',
    says: anew('ipFamily'),
  },
  {
    because: 'others know a class by its name',
    from: { name: 'gold' },
    to: { name: 'silver' },
    field: 'spec.name',
    says: anew('name'),
  },
];

export const optionDefinitionRefusals: readonly Refusal[] = [
  {
    because: 'code 0 is padding',
    spec: { code: 0 },
    field: 'spec.code',
    says: 'should be greater than or equal to 1',
  },
  {
    because: 'code 255 ends a packet of DHCPv4',
    spec: { code: 255 },
    field: 'spec.code',
    says: 'codes of DHCPv4 are 1 to 254, and to 255 in other spaces than dhcp4: correct code',
  },
  {
    because: 'a code of DHCPv4 is one byte in every space',
    spec: { code: 256, space: 'vendor-4491' },
    field: 'spec.code',
    says: 'codes of DHCPv4 are 1 to 254, and to 255 in other spaces than dhcp4: correct code',
  },
  {
    because: 'a code of DHCPv6 is two bytes',
    spec: { code: 65_536, ipFamily: 'IPv6' },
    field: 'spec.code',
    says: 'should be less than or equal to 65535',
  },
  {
    because: 'the space is of the other family',
    spec: { space: 'dhcp6' },
    field: 'spec.space',
    says: 'space is that of the other family: correct it or ipFamily, or leave it out',
  },
  {
    because: 'Kea takes no dots in the name of an option space',
    spec: { space: 'my.space' },
    field: 'spec.space',
    says: 'must be the name of an option space, such as dhcp4: letters, digits, - and _',
  },
  {
    because: 'an option name has no spaces',
    spec: { name: 'printer queue' },
    field: 'spec.name',
    says: 'must be the name of an option, such as printer-queue: letters, digits, - and _, a letter or digit at both ends',
  },
  {
    because: 'Kea has no such type',
    spec: { type: 'text' },
    field: 'spec.type',
    says: '"empty", "record"',
  },
  {
    because: 'a record of nothing',
    spec: { type: 'record' },
    field: 'spec.recordTypes',
    says: 'recordTypes belongs to the type record, and to that alone: give both, or neither',
  },
  {
    because: 'fields of what is no record',
    spec: { recordTypes: ['uint8'] },
    field: 'spec.recordTypes',
    says: 'recordTypes belongs to the type record, and to that alone: give both, or neither',
  },
  {
    because: 'a record has no records in it',
    spec: { type: 'record', recordTypes: ['uint8', 'record'] },
    field: 'spec.recordTypes[1]',
    says: '"tuple", "fqdn"',
  },
  {
    because: 'nobody could tell where one text of a list ends',
    spec: { array: true },
    field: 'spec.array',
    says: 'a list of texts has no ends to tell them apart by, and nothing cannot repeat: use the type tuple, or leave array out',
  },
  {
    because: 'a list has no end that other options could follow',
    spec: { type: 'uint8', array: true, encapsulate: 'mine' },
    field: 'spec.encapsulate',
    says: 'a list has no room for options after it: leave array or encapsulate out',
  },
  {
    because: 'Kea ends when a client sends an empty tuple',
    spec: { type: 'tuple' },
    field: 'spec.type',
    says: 'any client could end the servers by an option with an empty tuple in it: only a list of tuples is safe; set array: true, or use the type string',
  },
  {
    because: 'Kea ends over a tuple in a record as well',
    spec: { type: 'record', recordTypes: ['uint8', 'tuple'] },
    field: 'spec.type',
    says: 'any client could end the servers by an option with an empty tuple in it: only a list of tuples is safe; set array: true, or use the type string',
  },
];

export const optionDefinitionChanges: readonly ChangeRefusal[] = [
  {
    because: 'a definition does not go to another pair',
    to: { haPairRef: { name: 'other' } },
    field: 'spec.haPairRef',
    says: anew('haPairRef'),
  },
  {
    because: 'a definition does not change its family',
    to: { ipFamily: 'IPv6' },
    field: 'spec.ipFamily',
    says: anew('ipFamily'),
  },
];

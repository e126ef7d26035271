/** Wrong inputs in fields that several kinds have. */
import type { Refusal, Within } from './refusal.ts';

/** `at` says where the fields stand: `spec` or `spec.dhcp4`. */
export const lifetimeRefusals = (at: string, within: Within): Refusal[] => [
  {
    because: 'the shortest lease is longer than the usual one',
    spec: within({ minValidLifetime: 600, validLifetime: 300 }),
    field: `${at}.minValidLifetime`,
    says: 'minValidLifetime must not be greater than validLifetime',
  },
  {
    because: 'the longest lease is shorter than the usual one',
    spec: within({ validLifetime: 600, maxValidLifetime: 300 }),
    field: `${at}.validLifetime`,
    says: 'validLifetime must not be greater than maxValidLifetime',
  },
  {
    because: 'the shortest lease is longer than the longest',
    spec: within({ minValidLifetime: 600, maxValidLifetime: 300 }),
    field: `${at}.minValidLifetime`,
    says: 'minValidLifetime must not be greater than maxValidLifetime',
  },
  {
    because: 'T1 as a part of the lease is greater than T2',
    spec: within({ t1Percent: 0.8, t2Percent: 0.5 }),
    field: `${at}.t1Percent`,
    says: 't1Percent must be less than t2Percent',
  },
  {
    because: 'T1 is the whole lease',
    spec: within({ t1Percent: 1 }),
    field: `${at}.t1Percent`,
    says: 'must be greater than 0 and less than 1, such as 0.5',
  },
  {
    because: 'a lease of no seconds is none',
    spec: within({ validLifetime: 0 }),
    field: `${at}.validLifetime`,
    says: 'should be greater than or equal to 1',
  },
  {
    because: 'Kea keeps lifetimes in 32 bits',
    spec: within({ validLifetime: 4_294_967_296 }),
    field: `${at}.validLifetime`,
    says: 'should be less than or equal to 4294967295',
  },
];

/** Of the names of clients. */
export const clientNameRefusals = (at: string, within: Within): Refusal[] => [
  ...['ddnsTtlPercent', 'ddnsTtlMin', 'ddnsTtlMax'].map((other): Refusal => ({
    because: `Kea refuses ddns-ttl beside another: ${other}`,
    spec: within({ ddnsTtl: 600, [other]: other === 'ddnsTtlPercent' ? 0.5 : 300 }),
    field: `${at}.${other}`,
    says: `ddnsTtl is a time by itself, and ${other} is about one that is computed: leave one of them out`,
  })),
  {
    because: 'the least time is greater than the greatest',
    spec: within({ ddnsTtlMin: 600, ddnsTtlMax: 300 }),
    field: `${at}.ddnsTtlMin`,
    says: 'ddnsTtlMin must not be greater than ddnsTtlMax',
  },
  {
    because: 'a blank ends a label of DNS',
    spec: within({ ddnsGeneratedPrefix: 'a b' }),
    field: `${at}.ddnsGeneratedPrefix`,
    says: 'must be the beginning of a label of DNS: letters, digits, - and _',
  },
  {
    because: 'an empty label ends a name of DNS',
    spec: within({ ddnsQualifyingSuffix: 'example..org' }),
    field: `${at}.ddnsQualifyingSuffix`,
    says: 'must be a domain name, such as example.org',
  },
];

/** Of options where the family is told, and is IPv4. */
export const optionRefusalsIPv4 = (at: string, within: Within): Refusal[] => [
  {
    because: 'code 255 ends a packet of DHCPv4',
    spec: within({ optionData: [{ code: 3 }, { code: 255 }] }),
    field: `${at}.optionData`,
    says: 'codes of DHCPv4 are 1 to 254, and to 255 in other spaces than dhcp4: correct code 255',
  },
  {
    because: 'a DHCPv4 option code is one byte',
    spec: within({ optionData: [{ code: 256, space: 'vendor-4491' }] }),
    field: `${at}.optionData`,
    says: 'codes of DHCPv4 are 1 to 254, and to 255 in other spaces than dhcp4: correct code 256',
  },
];

/** Of any options. */
export const optionRefusals = (at: string, within: Within): Refusal[] => {
  const option = (fields: object) => within({ optionData: [fields] });
  return [
    {
      because: 'an option has neither name nor code',
      spec: option({ data: '192.0.2.1' }),
      field: `${at}.optionData[0]`,
      says: 'give name (e.g. routers), or code (e.g. 3), or both where they agree',
    },
    {
      because: 'code 0 is padding',
      spec: option({ code: 0 }),
      field: `${at}.optionData[0].code`,
      says: 'code must be 1 or greater, and in the space dhcp4 at most 254: the codes 0 and 255 mean padding and end there',
    },
    {
      because: 'an option name has no spaces',
      spec: option({ name: 'domain name servers' }),
      field: `${at}.optionData[0].name`,
      says: 'must be the name of a DHCP option as Kea knows it, such as routers: no spaces, no commas',
    },
    {
      because: 'Kea takes no dots in the name of an option space',
      spec: option({ code: 1, space: 'my.space' }),
      field: `${at}.optionData[0].space`,
      says: 'must be the name of an option space, such as dhcp4: letters, digits, - and _',
    },
    {
      because: 'an option cannot be sent always and never',
      spec: option({ code: 3, alwaysSend: true, neverSend: true }),
      field: `${at}.optionData[0].neverSend`,
      says: 'alwaysSend and neverSend contradict each other: set one of them at most',
    },
  ];
};

/** Of classes that guard an option: everywhere but in a HostReservation, whose options take none. */
export const guardRefusals = (at: string, within: Within): Refusal[] => {
  const option = (fields: object) => within({ optionData: [fields] });
  return [
    {
      because: 'a class name with a comma would be two in the database',
      spec: option({ code: 3, clientClasses: ['a,b'] }),
      field: `${at}.optionData[0].clientClasses[0]`,
      says: 'must be the name of a client class: without commas, quotes or spaces at its ends',
    },
    {
      because: 'a class is named twice',
      spec: option({ code: 3, clientClasses: ['a', 'a'] }),
      field: `${at}.optionData[0].clientClasses[1]`,
      says: 'Duplicate value: "a"',
    },
  ];
};

/** Fields that Subnet and SharedNetwork share. */
export const networkRefusals: Refusal[] = [
  {
    because: 'a network hangs on one interface',
    spec: { interface: 'eth0, eth1' },
    field: 'spec.interface',
    says: 'must be the name of one network interface, such as eth0: no *, no address, no spaces',
  },
  {
    because: 'a relay agent is an address',
    spec: { relay: { ipAddresses: ['relay.example.org'] } },
    field: 'spec.relay.ipAddresses[0]',
    says: 'must be an IP address, such as 192.0.2.10 or 2001:db8::10',
  },
  {
    because: 'a relay agent is named twice',
    spec: { relay: { ipAddresses: ['192.0.2.1', '192.0.2.1'] } },
    field: 'spec.relay.ipAddresses[1]',
    says: 'Duplicate value: "192.0.2.1"',
  },
  {
    because: 'the packet has 64 bytes for the name of the boot server',
    spec: { serverHostname: 'x'.repeat(64) },
    field: 'spec.serverHostname',
    says: 'Too long: may not be more than 63 bytes',
  },
  {
    because: 'Kea counts bytes, and shows others than ASCII as something else',
    spec: { serverHostname: 'ü'.repeat(60) },
    field: 'spec.serverHostname',
    says: 'must be plain ASCII text without control characters',
  },
  {
    because: 'Kea takes an unknown allocator from the database in silence',
    spec: { allocator: 'sequential' },
    field: 'spec.allocator',
    says: 'supported values: "iterative", "random", "flq"',
  },
  {
    because: "the operator's own mark is not the user's to set",
    spec: { userContext: { 'kea-operator': { object: 'mine' } } },
    field: 'spec.userContext',
    says: "the key kea-operator is the operator's own: choose another",
  },
  ...lifetimeRefusals('spec', (fields) => ({ ...fields })),
  ...clientNameRefusals('spec', (fields) => ({ ...fields })),
  ...optionRefusals('spec', (fields) => ({ ...fields })),
  ...optionRefusalsIPv4('spec', (fields) => ({ ...fields })),
  ...guardRefusals('spec', (fields) => ({ ...fields })),
];

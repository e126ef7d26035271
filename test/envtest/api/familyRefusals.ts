/** Wrong inputs that mix the address families, or are wrong in IPv6 alone. */
import { anew, type ChangeRefusal, type Refusal, type Within } from './refusal.ts';

const BOTH = { ipFamilies: ['IPv4', 'IPv6'] };
const otherPorts =
  'controlPort and haPort of dhcp6 must be other ports than controlPort and haPort: the daemons of both families share a node';

export const haPairFamilyRefusals: readonly Refusal[] = [
  {
    because: 'a pair that serves no family serves nobody',
    spec: { ipFamilies: [] },
    field: 'spec.ipFamilies',
    says: 'should have at least 1 items',
  },
  {
    because: 'a family is not one that there is',
    spec: { ipFamilies: ['IPv6', 'DHCPv4'] },
    field: 'spec.ipFamilies[1]',
    says: 'supported values: "IPv4", "IPv6"',
  },
  {
    because: 'a family is named twice',
    spec: { ipFamilies: ['IPv6', 'IPv6'] },
    field: 'spec.ipFamilies[1]',
    says: 'Duplicate value: "IPv6"',
  },
  {
    because: 'the control channels of both daemons cannot share a port',
    spec: { ...BOTH, dhcp6: { controlPort: 8000 } },
    field: 'spec.dhcp6',
    says: otherPorts,
  },
  {
    because: 'the partner of the one family is not heard on the port of the other',
    spec: { ...BOTH, controlPort: 8003 },
    field: 'spec.dhcp6',
    says: otherPorts,
  },
  {
    because: 'control channel and HA listener of one daemon cannot share a port, whether it runs or not',
    spec: { dhcp6: { haPort: 8002 } },
    field: 'spec.dhcp6.haPort',
    says: 'controlPort and haPort of dhcp6 must differ',
  },
  {
    because: 'there is no port 70000 in IPv6 either',
    spec: { dhcp6: { controlPort: 70_000 } },
    field: 'spec.dhcp6.controlPort',
    says: 'should be less than or equal to 65535',
  },
  {
    because: 'kea-dhcp6 finds no client by circuit-id',
    spec: { dhcp6: { hostReservationIdentifiers: ['duid', 'circuit-id'] } },
    field: 'spec.dhcp6.hostReservationIdentifiers[1]',
    says: 'supported values: "hw-address", "duid", "flex-id"',
  },
];

/** Of options where the family is told, and is IPv6. */
export const optionRefusalsIPv6 = (at: string, within: Within): readonly Refusal[] => [
  {
    because: 'a DHCPv6 option code is two bytes',
    spec: within({ optionData: [{ code: 65_536 }] }),
    field: `${at}.optionData[0].code`,
    says: 'should be less than or equal to 65535',
  },
];

/** Fields of the globals of the other family: there are none, so that the API server itself refuses them. */
export const foreignGlobals: readonly (readonly [globals: 'dhcp4' | 'dhcp6', field: string, value: unknown])[] = [
  ['dhcp4', 'preferredLifetime', 300],
  ['dhcp4', 'pdAllocator', 'flq'],
  ['dhcp4', 'controlPort', 8000],
  ['dhcp6', 'offerLifetime', 60],
  ['dhcp6', 'nextServer', '192.0.2.1'],
  ['dhcp6', 'bootFileName', 'boot.efi'],
  ['dhcp6', 'authoritative', true],
  ['dhcp6', 'matchClientId', false],
  ['dhcp6', 'echoClientId', false],
  ['dhcp6', 'dhcpSocketType', 'udp'],
];

/** Of the preferred lifetimes of DHCPv6; `at` says where the fields stand. */
export const preferredRefusals = (at: string, within: Within): readonly Refusal[] => [
  {
    because: 'the shortest preferred lifetime is longer than the usual one',
    spec: within({ minPreferredLifetime: 600, preferredLifetime: 300 }),
    field: `${at}.minPreferredLifetime`,
    says: 'minPreferredLifetime must not be greater than preferredLifetime',
  },
  {
    because: 'the longest preferred lifetime is shorter than the usual one',
    spec: within({ preferredLifetime: 600, maxPreferredLifetime: 300 }),
    field: `${at}.preferredLifetime`,
    says: 'preferredLifetime must not be greater than maxPreferredLifetime',
  },
  {
    because: 'the shortest preferred lifetime is longer than the longest',
    spec: within({ minPreferredLifetime: 600, maxPreferredLifetime: 300 }),
    field: `${at}.minPreferredLifetime`,
    says: 'minPreferredLifetime must not be greater than maxPreferredLifetime',
  },
  {
    because: 'clients refuse an address that they prefer for longer than it is valid (RFC 8415)',
    spec: within({ preferredLifetime: 900, validLifetime: 600 }),
    field: `${at}.preferredLifetime`,
    says: 'preferredLifetime must not be greater than validLifetime',
  },
];

const ofDHCPv4 = (what: string): readonly (readonly [field: string, value: unknown, says: string])[] =>
  (
    [
      ['offerLifetime', 60],
      ['nextServer', '192.0.2.1'],
      ['serverHostname', 'boot.example.org'],
      ['bootFileName', 'boot.efi'],
      ['matchClientId', false],
      ['authoritative', true],
    ] as const
  ).map(([field, value]) => [field, value, `${field} is of DHCPv4 alone: leave it out of an IPv6 ${what}`]);

const ofDHCPv6 = (what: string): readonly (readonly [field: string, value: unknown, says: string])[] =>
  (
    [
      ['preferredLifetime', 300],
      ['minPreferredLifetime', 300],
      ['maxPreferredLifetime', 300],
      ['pdAllocator', 'random'],
      ['rapidCommit', true],
      ['interfaceId', 'lan7'],
    ] as const
  ).map(([field, value]) => [field, value, `${field} is of DHCPv6 alone: leave it out of an IPv4 ${what}`]);

/** Of Subnet and SharedNetwork alike. @param ofIPv6 What makes a right one of IPv6. */
const networkFamilyRefusals = (what: string, saidBy: string, ofIPv6: object): readonly Refusal[] => [
  ...ofDHCPv4(what).map(([field, value, says]) => ({
    because: `DHCPv6 has no ${field}`,
    spec: { ...ofIPv6, [field]: value },
    field: `spec.${field}`,
    says,
  })),
  ...ofDHCPv6(what).map(([field, value, says]) => ({
    because: `DHCPv4 has no ${field}`,
    spec: { [field]: value },
    field: `spec.${field}`,
    says,
  })),
  {
    because: 'a relay agent has an address of the family of its clients, and the answer names the one that has not',
    spec: { relay: { ipAddresses: ['192.0.2.1', '2001:db8::1'] } },
    field: 'spec.relay.ipAddresses',
    says: `relay agent 2001:db8::1 has no address of the family of ${saidBy}: correct it, or leave it out`,
  },
  {
    because: 'a relay agent of DHCPv6 has an IPv6 address',
    spec: { ...ofIPv6, relay: { ipAddresses: ['192.0.2.1'] } },
    field: 'spec.relay.ipAddresses',
    says: `relay agent 192.0.2.1 has no address of the family of ${saidBy}: correct it, or leave it out`,
  },
  {
    because: 'the packets of a relay agent have no zone with its address',
    spec: { ...ofIPv6, relay: { ipAddresses: ['fe80::1%eth0'] } },
    field: 'spec.relay.ipAddresses[0]',
    says: 'must be an IP address, such as 192.0.2.10 or 2001:db8::10',
  },
  {
    because: 'Kea counts bytes of an interface id, and shows others than ASCII as something else',
    spec: { ...ofIPv6, interfaceId: 'für' },
    field: 'spec.interfaceId',
    says: 'must be plain ASCII text without control characters',
  },
  {
    because: 'an interface id of 129 bytes',
    spec: { ...ofIPv6, interfaceId: 'x'.repeat(129) },
    field: 'spec.interfaceId',
    says: 'Too long: may not be more than 128 bytes',
  },
  {
    because: 'Kea takes an unknown allocator of prefixes from the database in silence',
    spec: { ...ofIPv6, pdAllocator: 'sequential' },
    field: 'spec.pdAllocator',
    says: 'supported values: "iterative", "random", "flq"',
  },
  ...preferredRefusals('spec', (fields) => ({ ...ofIPv6, ...fields })),
  ...optionRefusalsIPv6('spec', (fields) => ({ ...ofIPv6, ...fields })),
];

export const sharedNetworkFamilyRefusals: readonly Refusal[] = [
  {
    because: 'a link with both families has a network of each',
    spec: { ipFamily: 'DualStack' },
    field: 'spec.ipFamily',
    says: 'supported values: "IPv4", "IPv6"',
  },
  ...networkFamilyRefusals('SharedNetwork', 'ipFamily', { ipFamily: 'IPv6' }),
];

const PREFIX = '2001:db8:1::/64';
const pool = (text: string) => ({ cidr: PREFIX, pools: [{ pool: text }] });
const rangeOfIPv6 = 'must be two IPv6 addresses, as 2001:db8:1::10-2001:db8:1::99, or a prefix, as 2001:db8:1:1::/80';
const delegated = { prefix: '2001:db8:8000::/48', delegatedLen: 56 };
const delegate = (fields: object) => ({ cidr: PREFIX, pdPools: [{ ...delegated, ...fields }] });
const prefixForm = 'must be an IPv6 prefix in CIDR notation, such as 2001:db8:8000::/48';
const excluded =
  'excludedPrefix must be a part of the first prefix of delegatedLen bits in prefix: choose one that is longer, and begins as prefix does';

export const subnetFamilyRefusals: readonly Refusal[] = [
  {
    because: 'there is no prefix of 129 bits',
    spec: { cidr: '2001:db8::/129' },
    field: 'spec.cidr',
    says: 'must be a prefix in CIDR notation, such as 192.0.2.0/24 or 2001:db8:1::/64',
  },
  {
    because: 'an IPv6 address has zeros left out in one place',
    spec: { cidr: '2001::db8::/64' },
    field: 'spec.cidr',
    says: 'must be a prefix in CIDR notation, such as 192.0.2.0/24 or 2001:db8:1::/64',
  },
  {
    because: 'an IPv6 address alone is no prefix',
    spec: { cidr: '2001:db8:1::' },
    field: 'spec.cidr',
    says: 'must be a prefix in CIDR notation, such as 192.0.2.0/24 or 2001:db8:1::/64',
  },
  {
    because: 'Kea would take an IPv6 prefix with host bits for another subnet',
    spec: { cidr: '2001:db8:1::1/64' },
    field: 'spec.cidr',
    says: 'must be a network address, without bits after the prefix length: write 2001:db8:1::/64',
  },
  ...(
    [
      ['::/0', '::/8'],
      ['::1/128', '::/8'],
      ['fe80::/64', 'fe80::/10'],
      ['ff05::/16', 'ff00::/8'],
    ] as const
  ).map(([cidr, range]) => ({
    because: 'no client takes an IPv6 address that no host can have',
    spec: { cidr },
    field: 'spec.cidr',
    says: `${cidr} overlaps ${range}, of which no host can have an address: choose another prefix`,
  })),
  {
    because: 'a pool of IPv6 lies in no subnet of IPv4',
    spec: { pools: [{ pool: '2001:db8::1-2001:db8::9' }] },
    field: 'spec.pools',
    says: 'pool 2001:db8::1-2001:db8::9 does not lie within 192.0.2.0/24: correct the pool or cidr',
  },
  {
    because: 'a pool of IPv4 lies in no subnet of IPv6',
    spec: pool('192.0.2.0/25'),
    field: 'spec.pools',
    says: `pool 192.0.2.0/25 does not lie within ${PREFIX}: correct the pool or cidr`,
  },
  {
    because: 'a range has addresses of one family',
    spec: { pools: [{ pool: '192.0.2.1-2001:db8::1' }] },
    field: 'spec.pools[0].pool',
    says: 'must be two addresses of one family, as 192.0.2.10-192.0.2.99 or 2001:db8:1::10-2001:db8:1::99, or a prefix, as 192.0.2.64/26',
    also: ['spec.pools'],
  },
  {
    because: 'the addresses of a range are whole',
    spec: pool('2001:db8:1::10-2001:db8:1::99::'),
    field: 'spec.pools[0].pool',
    says: rangeOfIPv6,
  },
  {
    because: 'an IPv6 prefix as a pool has no host bits',
    spec: pool('2001:db8:1::1/80'),
    field: 'spec.pools[0].pool',
    says: 'must be a network address, without bits after the prefix length: write 2001:db8:1::/80',
  },
  {
    because: 'a pool of IPv6 begins in the subnet and ends beside it',
    spec: pool('2001:db8:1::10 - 2001:db8:1:1::'),
    field: 'spec.pools',
    says: `pool 2001:db8:1::10 - 2001:db8:1:1:: does not lie within ${PREFIX}: correct the pool or cidr`,
  },
  {
    because: 'DHCPv4 delegates no prefixes',
    spec: { pdPools: [delegated] },
    field: 'spec.pdPools',
    says: 'pdPools is of DHCPv6 alone: leave it out of an IPv4 Subnet',
  },
  {
    because: 'a prefix of IPv4 is not delegated',
    spec: delegate({ prefix: '10.0.0.0/8' }),
    field: 'spec.pdPools[0].prefix',
    says: prefixForm,
  },
  {
    because: 'a prefix that is cut up has a length',
    spec: delegate({ prefix: '2001:db8:8000::' }),
    field: 'spec.pdPools[0].prefix',
    says: prefixForm,
  },
  {
    because: 'a prefix that is cut up has no host bits',
    spec: delegate({ prefix: '2001:db8:8000::1/48' }),
    field: 'spec.pdPools[0].prefix',
    says: 'must be a network address, without bits after the prefix length: write 2001:db8:8000::/48',
  },
  {
    because: 'a pool of prefixes says how long they are',
    spec: delegate({ delegatedLen: undefined }),
    field: 'spec.pdPools[0].delegatedLen',
    says: 'Required value',
  },
  {
    because: 'no prefix has 129 bits',
    spec: delegate({ delegatedLen: 129 }),
    field: 'spec.pdPools[0].delegatedLen',
    says: 'should be less than or equal to 128',
  },
  {
    because: 'no prefix that is delegated is greater than its pool',
    spec: delegate({ delegatedLen: 40 }),
    field: 'spec.pdPools[0].delegatedLen',
    says: 'delegatedLen must be greater than the length of prefix: prefixes that are delegated are parts of it',
  },
  {
    because: 'an excluded prefix is of IPv6',
    spec: delegate({ excludedPrefix: '192.0.2.0/24' }),
    field: 'spec.pdPools[0].excludedPrefix',
    says: prefixForm,
    also: ['spec.pdPools[0].excludedPrefix'],
  },
  {
    because: 'an excluded prefix lies in one that is delegated',
    spec: delegate({ excludedPrefix: '2001:db8:8001::/64' }),
    field: 'spec.pdPools[0].excludedPrefix',
    says: excluded,
  },
  {
    because: 'an excluded prefix leaves something of the one that is delegated',
    spec: delegate({ excludedPrefix: '2001:db8:8000::/56' }),
    field: 'spec.pdPools[0].excludedPrefix',
    says: excluded,
  },
  ...networkFamilyRefusals('Subnet', 'cidr', { cidr: PREFIX }),
];

const GLOBAL = { subnetRef: undefined, haPairRef: { name: 'office' } };
const SIX = { ...GLOBAL, ipFamily: 'IPv6' };

export const hostReservationFamilyRefusals: readonly Refusal[] = [
  {
    because: 'a reservation of a Subnet is of the family of that',
    spec: { ipFamily: 'IPv6' },
    field: 'spec.ipFamily',
    says: 'ipFamily is said of global reservations alone: leave it out, as this one has the family of its Subnet',
  },
  {
    because: 'a family is not one that there is',
    spec: { ...GLOBAL, ipFamily: 'ipv6' },
    field: 'spec.ipFamily',
    says: 'supported values: "IPv4", "IPv6"',
  },
  {
    because: 'the field of IPv4 takes no IPv6 address',
    spec: { ipAddress: '2001:db8:1::9' },
    field: 'spec.ipAddress',
    says: 'must be an IPv4 address, such as 192.0.2.10',
  },
  {
    because: 'the field of IPv6 takes no IPv4 address',
    spec: { ipAddresses: ['2001:db8:1::9', '192.0.2.9'] },
    field: 'spec.ipAddresses[1]',
    says: 'must be an IPv6 address, such as 2001:db8::10',
  },
  {
    because: 'an IPv4 address in the spelling of IPv6 is none of a client',
    spec: { ipAddresses: ['::ffff:192.0.2.9'] },
    field: 'spec.ipAddresses[0]',
    says: 'must be an IPv6 address, such as 2001:db8::10',
  },
  {
    because: 'an IPv6 address has no prefix length',
    spec: { ipAddresses: ['2001:db8:1::9/128'] },
    field: 'spec.ipAddresses[0]',
    says: 'must be an IPv6 address, such as 2001:db8::10',
  },
  {
    because: 'an address is named twice',
    spec: { ipAddresses: ['2001:db8:1::9', '2001:db8:1::9'] },
    field: 'spec.ipAddresses[1]',
    says: 'Duplicate value: "2001:db8:1::9"',
  },
  {
    because: 'a prefix of IPv4 is not delegated',
    spec: { prefixes: ['192.0.2.0/24'] },
    field: 'spec.prefixes[0]',
    says: prefixForm,
  },
  {
    because: 'a prefix that is delegated has no host bits',
    spec: { prefixes: ['2001:db8:8000::1/56'] },
    field: 'spec.prefixes[0]',
    says: 'must be a network address, without bits after the prefix length: write 2001:db8:8000::/56',
  },
  {
    because: 'nobody has 17 prefixes',
    spec: { prefixes: Array.from({ length: 17 }, (_, n) => `2001:db8:${n.toString(16)}::/48`) },
    field: 'spec.prefixes',
    says: 'must have at most 16 items',
  },
  ...(
    [
      ['ipAddresses', ['2001:db8:1::9']],
      ['prefixes', ['2001:db8:8000::/56']],
    ] as const
  ).flatMap(([field, value]) => [
    {
      because: `a reservation is of one family, and ${field} of the other than ipAddress`,
      spec: { ipAddress: '192.0.2.9', [field]: value },
      field: 'spec.ipAddress',
      says: 'ipAddress is of DHCPv4, ipAddresses and prefixes of DHCPv6: give those of one family',
    },
    {
      because: `a global reservation with ${field} says that it is of IPv6`,
      spec: { ...GLOBAL, [field]: value },
      field: `spec.${field}`,
      says: `${field} is of DHCPv6: set ipFamily to IPv6, or leave it out`,
    },
  ]),
  {
    because: 'a global reservation of IPv6 keeps no IPv4 address',
    spec: { ...SIX, ipAddress: '192.0.2.9' },
    field: 'spec.ipAddress',
    says: 'ipAddress is of DHCPv4: give ipAddresses in its place, or leave it out',
  },
  ...(
    [
      ['nextServer', '192.0.2.1'],
      ['serverHostname', 'boot.example.org'],
      ['bootFileName', 'boot.efi'],
    ] as const
  ).map(([field, value]) => ({
    because: `packets of DHCPv6 have no ${field}`,
    spec: { ...SIX, [field]: value },
    field: `spec.${field}`,
    says: `${field} is of DHCPv4 alone: leave it out of an IPv6 HostReservation`,
  })),
  {
    because: 'kea-dhcp6 finds no client by circuit id',
    spec: { ...SIX, identifier: { circuitId: "'port-7'" } },
    field: 'spec.identifier',
    says: 'clientId and circuitId are of DHCPv4 alone: recognise a client of DHCPv6 by duid or hwAddress',
  },
  {
    because: 'a client with IPv6 addresses is found by no client identifier',
    spec: { ipAddresses: ['2001:db8:1::9'], identifier: { clientId: '01:02:03' } },
    field: 'spec.identifier',
    says: 'clientId and circuitId are of DHCPv4 alone: recognise a client of DHCPv6 by duid or hwAddress',
  },
];

export const sharedNetworkFamilyChanges: readonly ChangeRefusal[] = [
  {
    because: 'a network of another family is another network',
    to: { ipFamily: 'IPv6' },
    field: 'spec.ipFamily',
    says: anew('ipFamily'),
  },
];

export const subnetFamilyChanges: readonly ChangeRefusal[] = [
  {
    because: 'a prefix of another family is another subnet',
    to: { cidr: PREFIX },
    field: 'spec.cidr',
    says: anew('cidr'),
  },
];

export const hostReservationFamilyChanges: readonly ChangeRefusal[] = [
  {
    because: 'a global reservation does not become one of IPv6',
    from: GLOBAL,
    to: { ipFamily: 'IPv6' },
    field: 'spec.ipFamily',
    says: anew('ipFamily'),
  },
  {
    because: 'a global reservation of IPv6 stays one',
    from: SIX,
    to: { ipFamily: 'IPv4' },
    field: 'spec.ipFamily',
    says: anew('ipFamily'),
  },
];

/** Wrong inputs that mix the address families, or are wrong in IPv6 alone: of HAPair and HostReservation. */
import { anew, type ChangeRefusal, type Refusal, type Within } from './refusal.ts';

export const prefixForm = 'must be an IPv6 prefix in CIDR notation, such as 2001:db8:8000::/48';

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

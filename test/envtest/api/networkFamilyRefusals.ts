/** Wrong inputs that mix the address families, or are wrong in IPv6 alone: of Subnet and SharedNetwork. */
import { optionRefusalsIPv6, preferredRefusals, prefixForm } from './familyRefusals.ts';
import { anew, type ChangeRefusal, type Refusal } from './refusal.ts';

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

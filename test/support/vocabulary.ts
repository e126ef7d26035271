/** What worlds that change step by step are made of (histories.ts): of each family prefixes, pools and addresses that are in each other's way. */
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import type { Family } from '../../src/kea/family.ts';
import type { HostBody, SubnetBody } from '../../src/kea/state.ts';

/** What objects of a family say that those of the other do not. */
export interface Vocabulary {
  readonly family: Family;
  /** Of the HAPair. */
  readonly globals: string;
  readonly networks: object;
  /** Of global reservations. */
  readonly hosts: object;
  readonly options: readonly object[];
  readonly prefixes: readonly string[];
  readonly pools: readonly object[];
  readonly reserved: readonly object[];
  readonly hostOptions: readonly object[];
  readonly changed: object;
  readonly foreign: readonly SubnetBody[];
  readonly foreignHost: Partial<HostBody>;
}

const IPV4_WORDS: Vocabulary = {
  family: DHCPV4,
  globals: 'dhcp4',
  networks: {},
  hosts: {},
  options: [
    { optionData: [{ name: 'routers', data: '10.0.0.1' }] },
    { optionData: [{ name: 'routers', data: '10.0.0.120,10.0.1.10' }] },
    { optionData: [{ name: 'routers', data: '10.0.1.10' }] },
    { optionData: [{ name: 'routers', data: 'x' }] },
  ],
  prefixes: ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.2.128/25', '10.0.0.0/23', '10.0.3.0/24'],
  pools: [
    { pools: [{ pool: '10.0.0.100-10.0.0.199' }] },
    { pools: [{ pool: '10.0.1.10/32', clientClasses: ['gold'] }] },
  ],
  reserved: ['10.0.0.9', '10.0.0.120', '10.0.1.9', '10.0.1.10', '10.0.2.200'].map((ipAddress) => ({ ipAddress })),
  hostOptions: [{ optionData: [{ name: 'routers', data: '10.0.0.130' }] }],
  changed: { 'next-server': '10.0.0.7' },
  foreign: [{ id: 3, subnet: '10.0.3.0/24' }],
  foreignHost: { 'ip-address': '10.0.0.9' },
};

const IPV6_WORDS: Vocabulary = {
  family: DHCPV6,
  globals: 'dhcp6',
  networks: { ipFamily: 'IPv6' },
  hosts: { ipFamily: 'IPv6' },
  options: [
    { rapidCommit: true },
    { relay: { ipAddresses: ['2001:db8:0:1::150'] } },
    { relay: { ipAddresses: ['2001:db8:1:800::7'] } },
    { preferredLifetime: 300 },
    { interfaceId: 'lan7' },
    { nextServer: '10.0.0.1' },
  ],
  prefixes: [
    '2001:db8::/64',
    '2001:db8:0:1::/64',
    '2001:db8:0:2::/64',
    '2001:db8:0:2::/80',
    '2001:db8::/63',
    '2001:db8:1:7::/64',
    '2001:db8:2::/64',
  ],
  pools: [
    { pools: [{ pool: '2001:db8::100-2001:db8::1ff' }] },
    { pools: [{ pool: '2001:db8:0:1::/112', clientClasses: ['gold'] }] },
    ...[
      ['2001:db8:1::/48', 56],
      ['2001:db8:1:800::/56', 64],
      ['2001:db8:0:2:8000::/68', 80],
      ['2001:db8:3::/48', 56],
    ].map(([prefix, delegatedLen]) => ({ pdPools: [{ prefix, delegatedLen }] })),
    {
      pdPools: [
        { prefix: '2001:db8:2::/63', delegatedLen: 64 },
        { prefix: '2001:db8:3::/56', delegatedLen: 60 },
      ],
    },
  ],
  reserved: [
    ...['2001:db8::9', '2001:db8::120', '2001:db8:0:1::9', '2001:db8:0:2:8000::1'].map((one) => ({
      ipAddresses: [one],
    })),
    { ipAddresses: ['2001:db8::8'], prefixes: ['2001:db8:1:100::/56'] },
    ...['2001:db8:1:100::/56', '2001:db8:1:810::/64', '2001:db8:3:100::/56', '2001:db8:9::/56', '2001:db8:9::/60'].map(
      (one) => ({ prefixes: [one] }),
    ),
  ],
  hostOptions: [{ optionData: [{ name: 'dns-servers', data: '2001:db8::53' }] }],
  changed: { 'rapid-commit': true },
  foreign: [
    { id: 3, subnet: '2001:db8:1:7::/64' },
    {
      id: 3,
      subnet: '2001:db8:7::/64',
      'pd-pools': [{ prefix: '2001:db8:1:100::', 'prefix-len': 56, 'delegated-len': 64 }],
    },
  ],
  foreignHost: { prefixes: ['2001:db8:1:100::/56'] },
};

export const vocabularyOf = ({ version }: Pick<Family, 'version'>): Vocabulary =>
  version === 4 ? IPV4_WORDS : IPV6_WORDS;

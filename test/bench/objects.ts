import type { HostReservation, Subnet } from '../../src/api/index.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import type { Family } from '../../src/kea/family.ts';
import { NAMESPACE } from '../support/install.ts';

const API = 'kea-operator.io/v1alpha1';
type Input<T extends { spec: object }> = Omit<T, 'spec' | 'status'> & { spec: Partial<T['spec']> };

/** What is measured of a family, by the same steps. */
export interface BenchFamily {
  readonly family: Family;
  readonly pair: string;
  /** Of server a, b. */
  readonly pods: readonly [string, string];
  /** The subnet of the clients' LAN, which perfdhcp loads. */
  readonly lan: Partial<Subnet['spec']>;
  /** Subnet number n: one pool and two options, and of IPv6 a pool of prefixes. */
  readonly subnet: (n: number) => Partial<Subnet['spec']>;
  /** What reservation number `host` of subnet n keeps. */
  readonly reserved: (n: number, host: number) => Partial<HostReservation['spec']>;
  /** The option that is changed, and its values. */
  readonly option: { readonly name: string; readonly code: number; readonly value: (n: number) => string };
  /** What the load sends. */
  readonly message: 'DISCOVER' | 'SOLICIT';
}

const pairOf = (ipFamily: string): string => `
apiVersion: ${API}
kind: HAPair
metadata: {name: campus, namespace: ${NAMESPACE}}
spec:
  mode: HotStandby
  ipFamilies: [${ipFamily}]
  servers:
    - {name: a, node: node1, interfaces: [lan0]}
    - {name: b, node: node2, interfaces: [lan0]}
  logSeverity: WARN
`;

const said = (space: string) => ({ space, csvFormat: true, alwaysSend: false, neverSend: false });
const prefix4 = (n: number): string => `10.${n >> 8}.${n & 255}`;
const prefix6 = (n: number): string => `2001:db9:${n.toString(16)}:`;

export const BENCH4: BenchFamily = {
  family: DHCPV4,
  pair: pairOf('IPv4'),
  pods: ['campus-a-0', 'campus-b-0'],
  lan: { cidr: '198.51.100.0/24', pools: [{ pool: '198.51.100.20-198.51.100.250' }] },
  subnet: (n) => ({
    cidr: `${prefix4(n)}.0/24`,
    pools: [{ pool: `${prefix4(n)}.100-${prefix4(n)}.199` }],
    optionData: [
      { name: 'routers', data: `${prefix4(n)}.1`, ...said('dhcp4') },
      { name: 'domain-name-servers', data: '192.0.2.53', ...said('dhcp4') },
    ],
  }),
  reserved: (n, host) => ({ ipAddress: `${prefix4(n)}.${host}` }),
  option: { name: 'routers', code: 3, value: (n) => `10.0.7.${n + 2}` },
  message: 'DISCOVER',
};

export const BENCH6: BenchFamily = {
  family: DHCPV6,
  pair: pairOf('IPv6'),
  pods: ['campus-a-v6-0', 'campus-b-v6-0'],
  lan: { cidr: '2001:db8:1::/64', interface: 'lan0', pools: [{ pool: '2001:db8:1::1:0-2001:db8:1::1:ffff' }] },
  subnet: (n) => ({
    cidr: `${prefix6(n)}:/64`,
    pools: [{ pool: `${prefix6(n)}:1000-${prefix6(n)}:1fff` }],
    pdPools: [{ prefix: `2001:dba:${n.toString(16)}::/48`, delegatedLen: 56 }],
    optionData: [
      { name: 'dns-servers', data: `${prefix6(n)}:53`, ...said('dhcp6') },
      { name: 'sntp-servers', data: '2001:db8::123', ...said('dhcp6') },
    ],
  }),
  reserved: (n, host) => ({ ipAddresses: [`${prefix6(n)}:${host.toString(16)}`] }),
  option: { name: 'dns-servers', code: 23, value: (n) => `2001:db8::${(n + 2).toString(16)}` },
  message: 'SOLICIT',
};

const subnetOf = (name: string, spec: Partial<Subnet['spec']>): Input<Subnet> => ({
  apiVersion: API,
  kind: 'Subnet',
  metadata: { name, namespace: NAMESPACE },
  spec: { haPairRef: { name: 'campus' }, ...spec },
});

export const lanSubnet = ({ lan }: BenchFamily): Input<Subnet> => subnetOf('lan', lan);

export const benchSubnet = ({ subnet }: BenchFamily, n: number): Input<Subnet> =>
  subnetOf(`bench-${n}`, { ...subnet(n), deletionPolicy: 'Delete' });

/** Reservation number n, spread over the given number of subnets. */
export const benchReservation = ({ reserved }: BenchFamily, n: number, subnets: number): Input<HostReservation> => {
  const subnet = n % subnets;
  const host = 2 + Math.floor(n / subnets);
  const hex = n.toString(16).padStart(6, '0');
  return {
    apiVersion: API,
    kind: 'HostReservation',
    metadata: { name: `bench-${n}`, namespace: NAMESPACE },
    spec: {
      subnetRef: { name: `bench-${subnet}` },
      identifier: { hwAddress: `02:00:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}` },
      hostname: `host-${n}`,
      ...reserved(subnet, host),
    },
  };
};

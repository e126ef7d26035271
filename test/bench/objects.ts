import type { HostReservation, Subnet } from '../../src/api/index.ts';
import { NAMESPACE } from '../support/install.ts';

export const BENCH_PAIR = `
apiVersion: kea-operator.io/v1alpha1
kind: HAPair
metadata: {name: campus, namespace: ${NAMESPACE}}
spec:
  mode: HotStandby
  servers:
    - {name: a, node: node1, interfaces: [lan0]}
    - {name: b, node: node2, interfaces: [lan0]}
  logSeverity: WARN
`;

const API = 'kea-operator.io/v1alpha1';
type Input<T extends { spec: object }> = Omit<T, 'spec' | 'status'> & { spec: Partial<T['spec']> };

/** The subnet of the clients' LAN, which perfdhcp loads. */
export const lanSubnet = (): Input<Subnet> => ({
  apiVersion: API,
  kind: 'Subnet',
  metadata: { name: 'lan', namespace: NAMESPACE },
  spec: { haPairRef: { name: 'campus' }, cidr: '198.51.100.0/24', pools: [{ pool: '198.51.100.20-198.51.100.250' }] },
});

/** Subnet number n: 10.x.y.0/24 with one pool and two options. */
export const benchSubnet = (n: number): Input<Subnet> => {
  const prefix = `10.${n >> 8}.${n & 255}`;
  return {
    apiVersion: API,
    kind: 'Subnet',
    metadata: { name: `bench-${n}`, namespace: NAMESPACE },
    spec: {
      haPairRef: { name: 'campus' },
      cidr: `${prefix}.0/24`,
      pools: [{ pool: `${prefix}.100-${prefix}.199` }],
      optionData: [
        { name: 'routers', data: `${prefix}.1`, space: 'dhcp4', csvFormat: true, alwaysSend: false, neverSend: false },
        {
          name: 'domain-name-servers',
          data: '192.0.2.53',
          space: 'dhcp4',
          csvFormat: true,
          alwaysSend: false,
          neverSend: false,
        },
      ],
      deletionPolicy: 'Delete',
    },
  };
};

/** Reservation number n, spread over the given number of subnets. */
export const benchReservation = (n: number, subnets: number): Input<HostReservation> => {
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
      ipAddress: `10.${subnet >> 8}.${subnet & 255}.${host}`,
      hostname: `host-${n}`,
    },
  };
};

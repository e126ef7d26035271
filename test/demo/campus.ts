/** What the demo and the end-to-end tests apply: a pair on two nodes, and a campus whose clients are on the nodes' LAN. */
export const PAIR = `
apiVersion: kea-operator.io/v1alpha1
kind: HAPair
metadata: {name: campus, namespace: dhcp}
spec:
  mode: HotStandby
  servers:
    - {name: a, node: node1, interfaces: [lan0]}
    - {name: b, node: node2, interfaces: [lan0]}
  # Short timers, so that a demo need not wait a minute for a failover. A partner counts as down only when it leaves clients waiting as well:
  # with maxUnackedClients: 0 a cut wire between the servers would let both answer everybody.
  ha: {heartbeatDelay: 1000, maxResponseDelay: 4000, maxAckDelay: 1000, maxUnackedClients: 2}
  dhcp4:
    validLifetime: 3600
    optionData:
      - {name: domain-name, data: example.org}
`;

export const NETWORKS = `
apiVersion: kea-operator.io/v1alpha1
kind: SharedNetwork
metadata: {name: building-1, namespace: dhcp}
spec:
  haPairRef: {name: campus}
---
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: office, namespace: dhcp}
spec:
  sharedNetworkRef: {name: building-1}
  cidr: 198.51.100.0/24
  pools:
    - pool: 198.51.100.100-198.51.100.149
  optionData:
    - {name: routers, data: 198.51.100.1}
    - {name: domain-name-servers, data: 198.51.100.53}
---
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: guests, namespace: dhcp}
spec:
  sharedNetworkRef: {name: building-1}
  cidr: 203.0.113.0/24
  pools:
    - pool: 203.0.113.10-203.0.113.99
  optionData:
    - {name: routers, data: 203.0.113.1}
`;

/** Beside IPv4 on the same LAN; routers get a prefix of their own. */
export const IPV6 = `
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: office-ipv6, namespace: dhcp}
spec:
  haPairRef: {name: campus}
  cidr: 2001:db8:1::/64
  interface: lan0
  pools:
    - pool: 2001:db8:1::1000-2001:db8:1::1fff
  pdPools:
    - {prefix: '2001:db8:8000::/40', delegatedLen: 56}
  optionData:
    - {name: dns-servers, data: 2001:db8:1::53}
`;

export const PRINTER_MAC = '02:00:5e:10:00:01';
export const PRINTER_ADDRESS = '198.51.100.20';

export const RESERVATIONS = `
apiVersion: kea-operator.io/v1alpha1
kind: HostReservation
metadata: {name: printer, namespace: dhcp}
spec:
  subnetRef: {name: office}
  identifier: {hwAddress: '${PRINTER_MAC}'}
  ipAddress: ${PRINTER_ADDRESS}
  hostname: printer
---
apiVersion: kea-operator.io/v1alpha1
kind: HostReservation
metadata: {name: camera, namespace: dhcp}
spec:
  subnetRef: {name: office}
  identifier: {hwAddress: '02:00:5e:10:00:02'}
  ipAddress: 198.51.100.21
`;

export const WRONG_SUBNET = `
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: mistake, namespace: dhcp}
spec:
  haPairRef: {name: campus}
  cidr: 198.51.100.128/25
  pools:
    - pool: 198.51.100.200-198.51.100.210
`;

export const UNREADABLE_SUBNET = `
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: typo, namespace: dhcp}
spec:
  haPairRef: {name: campus}
  cidr: 198.51.100.7/24
`;

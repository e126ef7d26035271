/** The office of docs/leases.md: a pair in hot standby whose clients are on the LAN, and a shop with leases in PostgreSQL in a namespace of its own. */
import { makeNamespace, NAMESPACE, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { askPod, cluster, kubectl, serverPods } from './context.ts';
import { leaseState } from './leaseSteps.ts';
import { LINK, makeLink, removeLink } from './ownLink.ts';

const SHOP_NODE = 'node3';
const BRANCH = 'branch';
/** The client that is at the office and, as a copy of it says, at the shop. */
const PRINTER_MAC = '02:00:5e:10:00:01';
/** Of which somebody else has the address. */
const TAKEN = '10.7.0.3';

const OFFICE = `
apiVersion: kea-operator.io/v1alpha1
kind: HAPair
metadata: {name: office, namespace: ${NAMESPACE}}
spec:
  mode: HotStandby
  ipFamilies: [IPv4, IPv6]
  servers:
    - {name: a, node: node1, interfaces: [lan0]}
    - {name: b, node: node2, interfaces: [lan0]}
  ha: {heartbeatDelay: 1000, maxResponseDelay: 4000, maxAckDelay: 1000, maxUnackedClients: 2}
---
apiVersion: kea-operator.io/v1alpha1
kind: SharedNetwork
metadata: {name: campus, namespace: ${NAMESPACE}}
spec:
  haPairRef: {name: office}
  interface: lan0
---
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: desks, namespace: ${NAMESPACE}}
spec:
  sharedNetworkRef: {name: campus}
  cidr: 10.7.0.0/16
  subnetId: 7
  deletionPolicy: Delete
  pools: [{pool: 10.7.0.1-10.7.0.200}]
---
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: guests, namespace: ${NAMESPACE}}
spec:
  sharedNetworkRef: {name: campus}
  cidr: 10.9.0.0/24
  subnetId: 8
  deletionPolicy: Delete
  pools: [{pool: 10.9.0.10-10.9.0.14}]
---
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: homes, namespace: ${NAMESPACE}}
spec:
  haPairRef: {name: office}
  cidr: 2001:db8:9::/64
  subnetId: 9
  interface: lan0
  deletionPolicy: Delete
  pools: [{pool: 2001:db8:9::a-2001:db8:9::ff}]
  pdPools: [{prefix: '2001:db8:8000::/40', delegatedLen: 56}]
---
apiVersion: kea-operator.io/v1alpha1
kind: HostReservation
metadata: {name: plotter, namespace: ${NAMESPACE}}
spec:
  subnetRef: {name: desks}
  identifier: {hwAddress: '02:00:5e:10:00:09'}
  ipAddress: 10.7.0.9
  hostname: plotter
`;

const SHOP = `
apiVersion: kea-operator.io/v1alpha1
kind: HAPair
metadata: {name: shop, namespace: ${BRANCH}}
spec:
  mode: Standalone
  leaseStorage: PostgreSQL
  servers: [{name: only, node: ${SHOP_NODE}, interfaces: [${LINK}]}]
---
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: counter, namespace: ${BRANCH}}
spec:
  haPairRef: {name: shop}
  cidr: 10.8.0.0/16
  subnetId: 8
  deletionPolicy: Delete
  pools: [{pool: 10.8.0.1-10.8.0.99}]
`;

/** The clients of other tests keep their own hardware addresses. */
const client = (name: string, ...words: readonly string[]): Promise<string> =>
  cluster.run(['client', `page-${name}`, ...words], { timeoutMs: 60_000 });

const hasAddress = (name: string, mac: string): Promise<string> =>
  client(name, 'ip', 'link', 'set', 'eth0', 'address', mac);

/** A client of DHCPv4 with that hardware address, which asks for that address. */
const takesAddress = async (name: string, address: string, mac: string, ...more: readonly string[]) => {
  await hasAddress(name, mac);
  const printed = await client(name, 'dhcp', '-r', address, ...more);
  if (!printed.includes(`ip=${address} `)) throw new Error(`${name} did not get ${address}: ${printed}`);
};

const named = (name: string): readonly string[] => ['-x', `hostname:${name}`];

export const laptopComes = (name = 'laptop'): Promise<void> =>
  takesAddress('laptop', '10.7.0.5', '02:00:5e:10:00:05', ...named(name));

const utilisation = (subnet: string, field: string): Promise<string> =>
  kubectl('get', 'subnet', subnet, '-o', `jsonpath={.status.utilization.${field}}`);

export const makeScene = async (): Promise<void> => {
  await makeLink(SHOP_NODE);
  await makeNamespace(cluster, BRANCH);
  await cluster.apply(`${OFFICE}---${SHOP}`);
  await waitCondition(cluster, 'hapair/office', 'Ready', { status: 'True' }, 240);
  for (const subnet of ['desks', 'guests', 'homes'])
    await waitCondition(cluster, `subnet/${subnet}`, 'Ready', { status: 'True' }, 120);
  await waitCondition(cluster, 'hostreservation/plotter', 'Ready', { status: 'True' });
  await waitCondition(cluster, 'subnet/counter', 'Ready', { status: 'True' }, 120, BRANCH);
  await waitCondition(cluster, 'hapair/shop', 'Ready', { status: 'True' }, 120, BRANCH);
  await clientsCome();
};

/** They take their leases; the phone gives its back. */
export const clientsCome = async (): Promise<void> => {
  await takesAddress('printer', '10.7.0.1', PRINTER_MAC, ...named('printer-3'));
  await hasAddress('phone', '02:00:5e:10:00:02');
  await client('phone', 'dhcp', '--daemon', '--wait', '30', '-r', '10.7.0.2', ...named('phone'));
  await client('squatter', 'ip', 'addr', 'replace', `${TAKEN}/16`, 'dev', 'eth0');
  await hasAddress('clock', '02:00:5e:10:00:03');
  // It asks by ARP who has the address, and takes the next one that is free.
  await client('clock', 'dhcp', '-r', TAKEN, '-a', '-A', '1', ...named('clock'));
  await laptopComes();
  await hasAddress('router', '02:00:5e:10:00:07');
  await cluster.dhcp6('page-router');
  for (const n of [10, 11, 12, 13]) await takesAddress(`guest-${n}`, `10.9.0.${n}`, `02:00:5e:10:00:${n}`);
  // A client that gives its address back does not hear whether it was heard.
  await until('the phone’s lease to be given back', 60, async () => {
    await client('phone', 'dhcp', '--renew');
    await client('phone', 'dhcp', '--release');
    const heard = until('the servers to hear it', 5, async () => (await leaseState('10.7.0.2')) !== 'Active');
    return heard.then(
      () => true,
      () => false,
    );
  });
  await client('phone', 'dhcp', '--stop');

  const copy = { 'ip-address': '10.8.0.1', 'hw-address': PRINTER_MAC, hostname: 'printer-3', 'subnet-id': 8 };
  await askPod(BRANCH, 'shop-only-0', 'lease4-update', { ...copy, 'force-create': true });
  // Kea keeps what a client gave back for it.
  await until('the phone’s lease to be reclaimed', 120, async () => (await leaseState('10.7.0.2')) === 'Reclaimed');
  await until('leases to be counted', 180, async () => {
    const counted = await Promise.all([
      utilisation('desks', 'assigned'),
      utilisation('guests', 'assigned'),
      utilisation('homes', 'delegated'),
    ]);
    return counted.join() === '4,4,1';
  });
};

export const removeScene = async (): Promise<void> => {
  await kubectl('delete', 'hostreservations,subnets,sharednetworks,hapairs', '--all', '--timeout=180s');
  await kubectl('delete', 'role,rolebinding', 'helpdesk', '--ignore-not-found');
  await cluster.kubectl(['delete', 'namespace', BRANCH, '--ignore-not-found', '--timeout=120s']);
  await until('the servers to be gone', 120, async () =>
    [await serverPods(), await serverPods('kea-dhcp6')].every((pods) => pods === ''),
  );
};

/** What Kubernetes still has of the office, whose pair has both families. */
export const leftOfOffice = async (): Promise<readonly string[]> => {
  const names = await kubectl('get', 'all,secrets,configmaps,serviceaccounts,jobs,hapairs', '-o', 'name');
  return names.split('\n').filter((name) => name.includes('/office'));
};

export const leaveShop = (): Promise<void> => removeLink(SHOP_NODE);

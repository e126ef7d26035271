/** A pair that serves IPv4 gets IPv6 beside it and gives it up again, while the clients of IPv4 notice nothing; then IPv6 has a pair alone. */
import { expect, it } from 'vitest';
import { IPV6 } from '../demo/campus.ts';
import { type ClientLease6, parseLease6 } from '../support/cluster.ts';
import { haStates, NAMESPACE, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster, kubectl, patch, serverPods } from './context.ts';
import { beginList, leaseState } from './leaseSteps.ts';
import { mistakes } from './mistakes.ts';
import { storedLeases } from './storedLeases.ts';

/** Where the relay agent is on the LAN, and on the link behind it. */
const RELAY = { own: '2001:db8:1::fe/64', link: '2001:db8:2::1/64' };
/** The nodes' addresses on the LAN. */
const SERVERS = { a: '2001:db8:1::2', b: '2001:db8:1::3' };

const BRANCH = `
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: branch-ipv6, namespace: ${NAMESPACE}}
spec:
  haPairRef: {name: campus}
  cidr: 2001:db8:2::/64
  deletionPolicy: Delete
  pools:
    - pool: 2001:db8:2::1000-2001:db8:2::1fff
  pdPools:
    - {prefix: '2001:db8:9000::/40', delegatedLen: 56}
`;

const camera = (mac: string): string => `
apiVersion: kea-operator.io/v1alpha1
kind: HostReservation
metadata: {name: camera-ipv6, namespace: ${NAMESPACE}}
spec:
  subnetRef: {name: office-ipv6}
  identifier: {hwAddress: '${mac}'}
  ipAddresses: [2001:db8:1::2000]
`;

/** Both servers work, each for a half of the clients. */
const SIX = `
apiVersion: kea-operator.io/v1alpha1
kind: HAPair
metadata: {name: six, namespace: ${NAMESPACE}}
spec:
  mode: LoadBalancing
  ipFamilies: [IPv6]
  leaseStorage: PostgreSQL
  servers:
    - {name: a, node: node1, interfaces: [lan0]}
    - {name: b, node: node2, interfaces: [lan0]}
  ha: {heartbeatDelay: 1000, maxResponseDelay: 4000, maxAckDelay: 1000, maxUnackedClients: 0}
---
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: six, namespace: ${NAMESPACE}}
spec:
  haPairRef: {name: six}
  cidr: 2001:db8:6::/64
  interface: lan0
  deletionPolicy: Delete
  # Each renewal is written, and so is seen.
  cacheMaxAge: 0
  pools:
    - {pool: '2001:db8:6::/112', clientClasses: [plain]}
    - {pool: '2001:db8:6::1:0/112', clientClasses: [gold]}
  pdPools:
    - {prefix: '2001:db8:a000::/40', delegatedLen: 56, clientClasses: [plain]}
    - {prefix: '2001:db8:b000::/40', delegatedLen: 56, clientClasses: [gold]}
`;

const classOfSix = (name: string, test: string): string => `
apiVersion: kea-operator.io/v1alpha1
kind: ClientClass
metadata: {name: ${name}, namespace: ${NAMESPACE}}
spec: {haPairRef: {name: six}, ipFamily: IPv6, test: "${test}"}
`;

/** Some of each half: their DUIDs, and so their halves, follow from their names. */
const CLIENTS_OF_SIX = ['red6', 'green6', 'white6', 'grey6'];
const GOLD_OF_SIX = ['gold6', 'amber6', 'ochre6', 'honey6', 'brass6', 'maize6'];
const leasesOfSix = (): Promise<readonly ClientLease6[]> =>
  Promise.all(CLIENTS_OF_SIX.map((client) => cluster.dhcp6(client)));

/** By a Renew, which names the server that is off: who answers it has its DUID. A Rebind, which names none, comes later, and is none of it. */
const renewed = async (client: string): Promise<ClientLease6> => {
  const line = await cluster.run(['client', client, 'dhcpcd', '--renew']);
  expect(line).toMatch(/^LEASE RENEW6 /);
  return parseLease6(line);
};

export const ipv6 = (): void => {
  let before: string;
  let router: ClientLease6;
  let brown: ClientLease6;
  let held: readonly ClientLease6[];

  it('comes to a pair without a restart of what serves IPv4', async () => {
    before = await serverPods();
    await patch('hapair/campus', { ipFamilies: ['IPv4', 'IPv6'] });
    await cluster.apply(IPV6);
    await waitCondition(cluster, 'subnet/office-ipv6', 'Ready', { status: 'True' }, 120);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 120);
    expect([...(await haStates(cluster, 'IPv6')).values()]).toEqual(['hot-standby', 'hot-standby']);
    expect(await serverPods()).toBe(before);
  });

  it('gives a router an address and a prefix, and shows both', async () => {
    router = await cluster.dhcp6('router');
    expect(router).toMatchObject({
      ip: expect.stringMatching(/^2001:db8:1::1[0-9a-f]{3}$/) as string,
      prefix: expect.stringMatching(/^2001:db8:80[0-9a-f:]*\/56$/) as string,
      dns: '2001:db8:1::53',
    });
    const name = router.prefix.replace('/', '-');
    await until('the prefix to be listed', 60, () => kubectl('get', 'leases', name));
    expect(await kubectl('get', 'leases', name, '-o', 'jsonpath={.spec.type} {.spec.subnet}')).toBe(
      'Prefix office-ipv6',
    );
  });

  it('takes a change without a restart', async () => {
    const pods = await serverPods('kea-dhcp6');
    await patch('subnet/office-ipv6', { optionData: [{ name: 'dns-servers', data: '2001:db8:1::54' }] });
    await until('the new name server', 30, async () => (await cluster.dhcp6('phone6')).dns === '2001:db8:1::54');
    expect(await serverPods('kea-dhcp6')).toBe(pods);
  });

  it('gives a client that may commit rapidly its address by one answer; it renews that, and gives it back', async () => {
    await patch('subnet/office-ipv6', { rapidCommit: true });
    await waitCondition(cluster, 'subnet/office-ipv6', 'Ready', { status: 'True' });
    const lease = await cluster.join6('tablet6', 'option dhcp6_rapid_commit');
    expect(lease.ip).toMatch(/^2001:db8:1::1[0-9a-f]{3}$/);
    expect(lease.prefix).toMatch(/^2001:db8:80[0-9a-f:]*\/56$/);
    const log = await cluster.run(['client', 'tablet6', 'dhcpcd', '--log']);
    expect(log).toContain('REPLY6');
    expect(log).not.toContain('ADV ');
    expect(await renewed('tablet6')).toMatchObject({ ip: lease.ip, prefix: lease.prefix });
    await cluster.run(['client', 'tablet6', 'dhcpcd', '--release']);
    await until('the lease to be gone', 30, async () => (await leaseState(lease.ip)) !== 'Active');
  });

  it('tells of an address that a client declines, as another one uses it', async () => {
    await cluster.run([
      'client',
      'squatter6',
      'ip',
      '-6',
      'addr',
      'add',
      '2001:db8:1::2000/64',
      'dev',
      'eth0',
      'nodad',
    ]);
    await cluster.apply(camera((await cluster.run(['client', 'camera6', 'mac'])).trim()));
    await waitCondition(cluster, 'hostreservation/camera-ipv6', 'Ready', { status: 'True' });
    await cluster.join6('camera6');
    await until('the lease to be declined', 30, async () => (await leaseState('2001:db8:1::2000')) === 'Declined');
    await cluster.run(['client', 'camera6', 'dhcpcd', '--stop']);
    await kubectl('delete', 'hostreservation', 'camera-ipv6', '--timeout=60s');
  });

  it('hears relay agents on an address of a server, and serves the link behind', async () => {
    await patch('hapair/campus', {
      servers: [
        { name: 'a', node: 'node1', interfaces: [`lan0/${SERVERS.a}`] },
        { name: 'b', node: 'node2', interfaces: [`lan0/${SERVERS.b}`] },
      ],
    });
    await cluster.apply(BRANCH);
    await waitCondition(cluster, 'subnet/branch-ipv6', 'Ready', { status: 'True' }, 120);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 120);
    await cluster.run(['client', 'relay', 'relay6', RELAY.own, RELAY.link, SERVERS.a, SERVERS.b]);
    await cluster.run(['client', 'kiosk6', 'behind', 'relay']);
    const { ip, prefix } = await cluster.dhcp6('kiosk6');
    expect(ip).toMatch(/^2001:db8:2::1[0-9a-f]{3}$/);
    expect(prefix).toMatch(/^2001:db8:90[0-9a-f:]*\/56$/);
    // Those on the LAN are heard as before.
    expect((await cluster.dhcp6('router')).prefix).toBe(router.prefix);
    await kubectl('delete', 'subnet', 'branch-ipv6', '--timeout=60s');
    expect(await serverPods()).toBe(before);
  });

  mistakes();

  it('keeps address and prefix through a power-off of the primary', async () => {
    const tablet = await cluster.join6('tablet6');
    await cluster.run(['power-off', 'node1']);
    // By clients that nobody answers the partner sees that it has to; what they are told meanwhile they have to ask again.
    await until('server b to serve alone', 90, async () => {
      await Promise.all(['desk6', 'phone6', 'badge6'].map((client) => cluster.dhcp6(client).catch(() => undefined)));
      return (await haStates(cluster, 'IPv6')).get('b') === 'partner-down';
    });
    expect(await cluster.dhcp6('router')).toMatchObject({
      ip: router.ip,
      prefix: router.prefix,
      server: router.server,
    });
    expect(await renewed('tablet6')).toMatchObject({ ip: tablet.ip, prefix: tablet.prefix });
    await cluster.run(['client', 'tablet6', 'dhcpcd', '--stop']);
    await cluster.run(['power-on', 'node1']);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
  });

  it('goes from a pair when its last object has gone, and not before', async () => {
    const serving = await serverPods();
    await patch('hapair/campus', { ipFamilies: ['IPv4'] });
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'Unknown', reason: 'ReferencesExist' });
    expect((await cluster.dhcp6('router')).prefix).toBe(router.prefix);
    await patch('subnet/office-ipv6', { deletionPolicy: 'Delete' });
    await kubectl('delete', 'subnet', 'office-ipv6', '--timeout=60s');
    await until('the servers of IPv6 to be gone', 60, async () => (await serverPods('kea-dhcp6')) === '');
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 60);
    expect(await serverPods()).toBe(serving);
  });

  it('alone has a pair whose servers share the work, and the addresses and prefixes', async () => {
    await cluster.apply(SIX);
    // The end of a DUID by the link layer is the hardware address.
    const macs = await Promise.all(
      GOLD_OF_SIX.map(async (client) => (await cluster.run(['client', client, 'mac'])).trim().replaceAll(':', '')),
    );
    const isGold = macs.map((mac) => `substring(option[1].hex, 4, 6) == 0x${mac}`).join(' or ');
    await cluster.apply(`${classOfSix('gold', isGold)}---${classOfSix('plain', "not member('gold')")}`);
    await waitCondition(cluster, 'subnet/six', 'Ready', { status: 'True' }, 180);
    await waitCondition(cluster, 'hapair/six', 'Ready', { status: 'True' }, 60);
    expect([...(await haStates(cluster, 'IPv6', 'six')).values()]).toEqual(['load-balancing', 'load-balancing']);
    const leases = await leasesOfSix();
    const isLow = ({ ip }: ClientLease6): boolean => /^2001:db8:6::[0-7]?[0-9a-f]{0,3}$/.test(ip);
    const isLowPrefix = ({ prefix }: ClientLease6): boolean => /^2001:db8:a0[0-7]/.test(prefix);
    expect(new Set(leases.map(isLow))).toEqual(new Set([true, false]));
    expect(leases.map(isLowPrefix)).toEqual(leases.map(isLow));
    held = leases;
    // Of the half of the server that is going to be switched off.
    brown = await cluster.join6('brown6');
    expect(isLow(brown)).toBe(true);
  });

  it('has a pool for some clients alone, of which each server gives out its half', async () => {
    const leases = await Promise.all(GOLD_OF_SIX.map((client) => cluster.dhcp6(client)));
    expect(leases.map(({ ip }) => ip)).toEqual(
      GOLD_OF_SIX.map(() => expect.stringMatching(/^2001:db8:6::1:[0-9a-f]{1,4}$/) as string),
    );
    expect(leases.map(({ prefix }) => prefix)).toEqual(
      GOLD_OF_SIX.map(() => expect.stringMatching(/^2001:db8:b0/) as string),
    );
    const isLow = ({ ip }: ClientLease6): boolean => /^2001:db8:6::1:([0-7][0-9a-f]{3}|[0-9a-f]{1,3})$/.test(ip);
    expect(new Set(leases.map(isLow))).toEqual(new Set([true, false]));
    const isLowPrefix = ({ prefix }: ClientLease6): boolean => /^2001:db8:b0[0-7]/.test(prefix);
    expect(leases.map(isLowPrefix)).toEqual(leases.map(isLow));
  });

  storedLeases();

  it('has one server that answers for both while the other is off', async () => {
    const list = await beginList('six');
    await cluster.run(['power-off', 'node1']);
    await until(
      'server b to serve alone',
      60,
      async () => (await haStates(cluster, 'IPv6', 'six')).get('b') === 'partner-down',
    );
    await list.finish();
    expect(await leasesOfSix()).toEqual(held);
    expect(await renewed('brown6')).toMatchObject({ ip: brown.ip, prefix: brown.prefix });
    await cluster.run(['power-on', 'node1']);
    await waitCondition(cluster, 'hapair/six', 'Ready', { status: 'True' }, 180);
    expect(await leasesOfSix()).toEqual(held);
    await cluster.run(['client', 'brown6', 'dhcpcd', '--stop']);
    await kubectl('delete', 'subnet/six', 'clientclass/gold', 'clientclass/plain', 'hapair/six', '--timeout=120s');
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
  });
};

/** On a cluster of IPv6 alone: nodes, pods, Services and control plane have no other addresses; on the LAN are clients of both families. */
import { beforeAll, describe, expect, it } from 'vitest';
import { IPV6, NETWORKS } from '../demo/campus.ts';
import { cluster, kubectl, patch, serverPods } from '../e2e/context.ts';
import type { ClientLease, ClientLease6 } from '../support/cluster.ts';
import { haStates, installCheckout, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';

/** The address of a in its node's status, that of b in the specification. */
const pairWith = (addressOfB: string): string => `
apiVersion: kea-operator.io/v1alpha1
kind: HAPair
metadata: {name: campus, namespace: dhcp}
spec:
  ipFamilies: [IPv6]
  servers:
    - {name: a, node: node1, interfaces: [lan0]}
    - {name: b, node: node2, interfaces: [lan0], address: '${addressOfB}'}
  ha: {heartbeatDelay: 1000, maxResponseDelay: 4000, maxAckDelay: 1000, maxUnackedClients: 2}
`;

const FAMILIES = ['IPv4', 'IPv6'] as const;
const ADDRESSES = '{.status.addresses[?(@.type=="InternalIP")].address} {.status.podIP} {.spec.clusterIP} ';

beforeAll(() => installCheckout(cluster));

describe('a pair on a cluster of IPv6 alone', () => {
  let router: ClientLease6;
  let tablet: ClientLease;

  it('has servers that reach each other, and the database', async () => {
    const address = await kubectl(
      'get',
      'node',
      'node2',
      '-o',
      'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}',
    );
    await cluster.apply(pairWith(address.toUpperCase()));
    await cluster.apply(IPV6);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
    await waitCondition(cluster, 'subnet/office-ipv6', 'Ready', { status: 'True' });
    expect([...(await haStates(cluster, 'IPv6')).values()]).toEqual(['hot-standby', 'hot-standby']);
    const list = `jsonpath={range .items[*]}${ADDRESSES}{end}`;
    const addresses = (await cluster.kubectl(['get', 'nodes,pods,services', '-A', '-o', list])).split(/\s+/);
    // A headless Service has none.
    expect(addresses.filter((one) => one !== '' && one !== 'None' && !one.includes(':'))).toEqual([]);
  });

  it('gives an address and a prefix, and shows both', async () => {
    router = await cluster.dhcp6('router');
    expect(router).toMatchObject({
      ip: expect.stringMatching(/^2001:db8:1::1[0-9a-f]{3}$/) as string,
      prefix: expect.stringMatching(/^2001:db8:80[0-9a-f:]*\/56$/) as string,
    });
    await until('both to be listed', 60, async () => {
      const leases = await kubectl('get', 'leases.state.kea-operator.io');
      return leases.includes(router.ip) && leases.includes(router.prefix);
    });
  });

  it('takes a change without a restart', async () => {
    const before = await serverPods('kea-dhcp6');
    await patch('subnet/office-ipv6', { optionData: [{ name: 'dns-servers', data: '2001:db8:1::54' }] });
    await until('the new name server', 30, async () => (await cluster.dhcp6('phone6')).dns === '2001:db8:1::54');
    expect(await serverPods('kea-dhcp6')).toBe(before);
  });

  it('gets IPv4 beside it, for clients of the LAN', async () => {
    const before = await serverPods('kea-dhcp6');
    await patch('hapair/campus', { ipFamilies: [...FAMILIES] });
    await cluster.apply(NETWORKS);
    await waitCondition(cluster, 'subnet/office', 'Ready', { status: 'True' }, 120);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 120);
    tablet = await cluster.join('tablet');
    expect(tablet).toMatchObject({ ip: expect.stringMatching(/^198\.51\.100\.1/) as string, server: '198.51.100.2' });
    expect(await serverPods('kea-dhcp6')).toBe(before);
  });

  it('keeps leases of both families through a power-off of the primary', async () => {
    await cluster.run(['power-off', 'node1']);
    // By clients that nobody answers the partner sees that it has to.
    await Promise.all(['desk', 'phone', 'badge'].flatMap((name) => [cluster.join(name), cluster.join6(`${name}6`)]));
    await until('server b to serve alone', 60, async () => {
      const states = await Promise.all(FAMILIES.map((family) => haStates(cluster, family)));
      return states.every((of) => of.get('b') === 'partner-down');
    });
    const { ip, prefix, server } = router;
    expect(await cluster.dhcp6('router')).toMatchObject({ ip, prefix, server });
    expect(await cluster.renew('tablet')).toMatchObject({ ip: tablet.ip, server: '198.51.100.3' });
  });
});

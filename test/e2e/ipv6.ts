/** A pair that serves IPv4 gets IPv6 beside it and gives it up again, while the clients of IPv4 notice nothing. */
import { expect, it } from 'vitest';
import { IPV6 } from '../demo/campus.ts';
import type { ClientLease6 } from '../support/cluster.ts';
import { haStates, NAMESPACE, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster, kubectl, serverPods } from './context.ts';

const patch = (what: string, spec: object): Promise<string> =>
  kubectl('patch', what, '--type=merge', '-p', JSON.stringify({ spec }));

const podsOfIPv6 = async (): Promise<readonly string[]> => {
  const selector = 'app.kubernetes.io/name=kea-dhcp6';
  const names = await cluster.kubectl(['get', 'pods', '-n', NAMESPACE, '-l', selector, '-o', 'name']);
  return names.split('\n').filter((name) => name !== '');
};

export const ipv6 = (): void => {
  let before: string;
  let router: ClientLease6;

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
      'IA_PD office-ipv6',
    );
  });

  it('takes a change without a restart', async () => {
    const pods = await podsOfIPv6();
    await patch('subnet/office-ipv6', { optionData: [{ name: 'dns-servers', data: '2001:db8:1::54' }] });
    await until('the new name server', 30, async () => (await cluster.dhcp6('phone6')).dns === '2001:db8:1::54');
    expect(await podsOfIPv6()).toEqual(pods);
  });

  it('keeps address and prefix through a power-off of the primary', async () => {
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
    await until('the servers of IPv6 to be gone', 60, async () => (await podsOfIPv6()).length === 0);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 60);
    expect(await serverPods()).toBe(serving);
  });
};

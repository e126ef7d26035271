import { expect, it } from 'vitest';
import {
  NETWORKS,
  PAIR,
  PRINTER_ADDRESS,
  PRINTER_MAC,
  RESERVATIONS,
  UNREADABLE_SUBNET,
  WRONG_SUBNET,
} from '../demo/campus.ts';
import { haStates, NAMESPACE, SYSTEM, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { askServer, cluster, kubectl, serverPods } from './context.ts';
import { beginList } from './leaseSteps.ts';

/** It names a HAPair that never comes. */
const LOST_SUBNET = `
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: lost, namespace: ${NAMESPACE}}
spec: {haPairRef: {name: nowhere}, cidr: 203.0.113.0/24}
`;

export const serving = (): void => {
  it('says by helm test that it works', async () => {
    expect(await cluster.helm(['test', 'kea-operator', '-n', SYSTEM, '--timeout', '90s'])).toContain(
      'Phase:          Succeeded',
    );
  });

  it('brings up a pair in hot standby', async () => {
    await cluster.apply(LOST_SUBNET);
    await cluster.apply(PAIR);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
    expect([...(await haStates(cluster)).values()]).toEqual(['hot-standby', 'hot-standby']);
  });

  it('programs networks, subnets and reservations, which may come before what they refer to', async () => {
    await cluster.apply(RESERVATIONS);
    const early = await waitCondition(cluster, 'hostreservation/printer', 'Ready', { status: 'Unknown' });
    expect(early).toMatchObject({ reason: 'RefNotFound', message: expect.stringMatching(/^waiting for /) as string });
    await cluster.apply(NETWORKS);
    for (const what of ['sharednetwork/building-1', 'subnet/office', 'subnet/guests', 'hostreservation/printer']) {
      await waitCondition(cluster, what, 'Ready', { status: 'True' });
    }
  });

  it('serves a client without a reservation from the pool, with the options of its subnet', async () => {
    const lease = await cluster.dora('laptop');
    expect(lease.ip).toMatch(/^198\.51\.100\.1[0-4]\d$/);
    expect(lease).toMatchObject({ router: '198.51.100.1', dns: '198.51.100.53' });
  });

  it('serves a client with a reservation its own address', async () => {
    expect((await cluster.dora('printer', { mac: PRINTER_MAC })).ip).toBe(PRINTER_ADDRESS);
  });

  it('shows both by kubectl get leases', async () => {
    // kubectl remembers for hours that "leases" once meant only the built-in ones; this makes it look anew.
    await until('the lease API', 60, async () =>
      (await cluster.kubectl(['api-resources', '--api-group=state.kea-operator.io'])).includes('leases'),
    );
    await until('the leases to be listed', 60, async () => {
      const text = await kubectl('get', 'leases');
      return text.includes(PRINTER_ADDRESS) && /198\.51\.100\.1[0-4]\d/.test(text);
    });
    expect(await kubectl('get', 'leases', PRINTER_ADDRESS, '-o', 'jsonpath={.spec.subnet}')).toBe('office');
  });

  it('tells the use of a reservation and of a subnet in their status', async () => {
    await until('statistics', 90, async () => {
      const use = await kubectl('get', 'hostreservation', 'printer', '-o', 'jsonpath={.status.use}/{.status.address}');
      const total = await kubectl('get', 'subnet', 'office', '-o', 'jsonpath={.status.utilization.total}');
      return use === `InUse/${PRINTER_ADDRESS}` && total === '50';
    });
    expect(await kubectl('get', 'hostreservation', 'camera', '-o', 'jsonpath={.status.use}')).toBe('Unused');
  });

  it('changes a pool and an option on both servers without a restart', async () => {
    const before = await serverPods();
    const spec = {
      pools: [{ pool: '198.51.100.150-198.51.100.199' }],
      optionData: [
        { name: 'routers', data: '198.51.100.1' },
        { name: 'domain-name-servers', data: '198.51.100.54' },
      ],
    };
    await kubectl('patch', 'subnet', 'office', '--type=merge', '-p', JSON.stringify({ spec }));
    await waitCondition(cluster, 'subnet/office', 'Programmed', { status: 'True' });
    const id = Number(await kubectl('get', 'subnet', 'office', '-o', 'jsonpath={.status.subnetId}'));
    for (const server of ['a', 'b'] as const) {
      expect(JSON.stringify(await askServer(server, 'subnet4-get', { id }))).toContain('198.51.100.150');
    }
    const lease = await cluster.dora('tablet');
    expect(lease.ip).toMatch(/^198\.51\.100\.1[5-9]\d$/);
    expect(lease.dns).toBe('198.51.100.54');
    expect(await serverPods()).toBe(before);
  });

  it('changes a global on both servers by config-set, without a restart', async () => {
    const before = await serverPods();
    await kubectl('patch', 'hapair', 'campus', '--type=merge', '-p', '{"spec":{"dhcp4":{"validLifetime":1800}}}');
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 120);
    await until('a lease of half an hour', 60, async () => (await cluster.dora('phone')).lease === 1800);
    expect(await serverPods()).toBe(before);
  });

  it('refuses wrong Subnets with a message, and goes on with the others', async () => {
    const typo = await cluster.tryKubectl(['apply', '-f', '-'], { input: UNREADABLE_SUBNET });
    expect(typo.code).not.toBe(0);
    expect(typo.stderr).toContain('cidr');
    await cluster.apply(WRONG_SUBNET);
    const { message } = await waitCondition(cluster, 'subnet/mistake', 'Accepted', {
      status: 'False',
      reason: 'PrefixOverlap',
    });
    expect(message).toContain('office');
    await waitCondition(cluster, 'subnet/office', 'Ready', { status: 'True' });
    await kubectl('delete', 'subnet', 'mistake', '--timeout=60s');
  });

  it('rejects what refers to nothing once a minute is over, and not before', async () => {
    const rejected = { status: 'False', reason: 'RefNotFound' };
    const { message } = await waitCondition(cluster, 'subnet/lost', 'Ready', rejected);
    expect(message).toContain('HAPair nowhere, which does not exist');
    const since = '.status.conditions[?(@.type=="Ready")].lastTransitionTime';
    const path = `jsonpath={.metadata.creationTimestamp} {${since}}`;
    const [born = 0, told = 0] = (await kubectl('get', 'subnet', 'lost', '-o', path)).split(' ').map(Date.parse);
    expect(told - born).toBeGreaterThanOrEqual(60_000);
    expect(told - born).toBeLessThan(75_000);
    await kubectl('delete', 'subnet', 'lost', '--timeout=60s');
  });

  it('goes on through a power-off of the primary, and heals', async () => {
    const first = await cluster.join('tablet');
    const list = await beginList('campus');
    await cluster.run(['power-off', 'node1']);
    // By clients that nobody answers the partner sees that it has to.
    await Promise.all(['desk', 'phone', 'camera', 'badge'].map((client) => cluster.join(client)));
    await until('server b to serve alone', 60, async () => (await haStates(cluster)).get('b') === 'partner-down');
    await list.finish();
    const renewed = await cluster.renew('tablet');
    expect(renewed).toMatchObject({ ip: first.ip, server: '198.51.100.3' });
    await cluster.run(['power-on', 'node1']);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
    expect([...(await haStates(cluster)).values()]).toEqual(['hot-standby', 'hot-standby']);
  });
};

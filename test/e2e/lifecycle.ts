import { expect, it } from 'vitest';
import { NETWORKS } from '../demo/campus.ts';
import { NAMESPACE, SOURCES, SYSTEM, upgradeOperator, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster, kubectl, serverPods, subnetIds } from './context.ts';

const manySubnets = (count: number): string =>
  Array.from(
    { length: count },
    (_, n) => `
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: lab-${n}, namespace: ${NAMESPACE}, labels: {lab: 'true'}}
spec:
  haPairRef: {name: campus}
  cidr: 10.20.${n}.0/24
  pools: [{pool: 10.20.${n}.10-10.20.${n}.99}]
  deletionPolicy: Delete
`,
  ).join('---');

export const lifecycle = (): void => {
  it('keeps a subnet whose leases are active, and says how many', async () => {
    await kubectl('delete', 'subnet', 'office', '--wait=false');
    const { message } = await waitCondition(cluster, 'subnet/office', 'Ready', {
      status: 'Unknown',
      reason: 'LeasesActive',
    });
    expect(message).toMatch(/\d+/);
    expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);
  });

  it('gives re-created Subnets their ids again', async () => {
    const before = await subnetIds();
    await kubectl('patch', 'subnet', 'office', '--type=merge', '-p', '{"spec":{"deletionPolicy":"Delete"}}');
    await kubectl('patch', 'subnet', 'guests', '--type=merge', '-p', '{"spec":{"deletionPolicy":"Delete"}}');
    // The first goes by itself: its deletion waits for nothing any more.
    await kubectl('delete', 'subnet', 'office', 'guests', '--ignore-not-found', '--timeout=120s');
    await kubectl('wait', '--for=delete', 'subnet/office', 'subnet/guests', '--timeout=60s');
    expect(await subnetIds()).toBe('');
    await cluster.apply(NETWORKS);
    for (const name of ['office', 'guests'])
      await waitCondition(cluster, `subnet/${name}`, 'Ready', { status: 'True' });
    expect(await subnetIds()).toBe(before);
    expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);
  });

  it('withholds the deletion of nearly everything until it is allowed by its number', async () => {
    await cluster.apply(manySubnets(30));
    for (const n of [0, 29]) await waitCondition(cluster, `subnet/lab-${n}`, 'Ready', { status: 'True' });
    // As Argo CD prunes.
    await kubectl('delete', 'subnets', '-l', 'lab=true', '--cascade=foreground', '--wait=false');
    const { message } = await waitCondition(cluster, 'hapair/campus', 'Programmed', {
      status: 'False',
      reason: 'MassDeletionWithheld',
    });
    expect(message).toContain('30');
    await kubectl('annotate', 'hapair', 'campus', 'kea-operator.io/allow-mass-deletion=30');
    await until(
      'the subnets to go',
      120,
      async () => (await kubectl('get', 'subnets', '-l', 'lab=true', '-o', 'name')) === '',
    );
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' });
  });

  it('goes on serving through helm upgrade, without a restart of a server', async () => {
    const before = await serverPods();
    await upgradeOperator(cluster, { values: ['logLevel=info'] });
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 120);
    expect(await serverPods()).toBe(before);
    expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);
  });
};

/** The last of the operator; whoever comes next installs it anew. */
export const end = (): void => {
  it('leaves no finalizer stuck and the servers serving after helm uninstall', async () => {
    const secrets = (namespace = SYSTEM) => cluster.kubectl(['get', 'secrets', '-n', namespace, '-o', 'name']);
    expect(await secrets(SOURCES)).toBe(`secret/lease-source.${NAMESPACE}.campus\n`);
    await cluster.helm(['uninstall', 'kea-operator', '-n', SYSTEM, '--wait', '--timeout', '5m']);
    // The database's data stays, and with it the password and the CA by which a new release and the servers use it.
    expect((await secrets()).trim().split('\n').sort()).toEqual([
      'secret/kea-operator-ca',
      'secret/kea-operator-postgresql',
    ]);
    expect(await cluster.kubectl(['get', 'leases.coordination.k8s.io', '-n', SYSTEM, '-o', 'name'])).toBe('');
    expect(await cluster.kubectl(['get', 'namespace', SOURCES, '--ignore-not-found'])).toBe('');
    const apis = await cluster.kubectl(['get', 'apiservices', '-o', 'name']);
    expect(apis).not.toContain('state.kea-operator.io');
    expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);
    await kubectl('delete', 'hostreservations,subnets,sharednetworks,hapairs', '--all', '--timeout=60s');
    await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--timeout=120s']);
  });
};

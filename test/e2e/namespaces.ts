import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  forgetRelease,
  installOperator,
  makeNamespace,
  NAMESPACE,
  SOURCES,
  SYSTEM,
  waitCondition,
} from '../support/install.ts';
import { until } from '../support/run.ts';
import { askPod, cluster, kubectl, serverPods, sql, subnetIds } from './context.ts';
import { LINK, makeLink, removeLink } from './ownLink.ts';

const NODE = 'node3';
const BRANCH = 'branch';
const REGISTRATION = 'apiservice.apiregistration.k8s.io/v1alpha1.state.kea-operator.io\n';
/** Longer than several passes take. */
const LONG_ENOUGH_MS = 8_000;

const OBJECTS = `
apiVersion: kea-operator.io/v1alpha1
kind: HAPair
metadata: {name: lab, namespace: ${BRANCH}}
spec:
  mode: Standalone
  servers: [{name: only, node: ${NODE}, interfaces: [${LINK}]}]
---
apiVersion: kea-operator.io/v1alpha1
kind: SharedNetwork
metadata: {name: floor, namespace: ${BRANCH}}
spec: {haPairRef: {name: lab}}
---
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: benches, namespace: ${BRANCH}}
spec:
  sharedNetworkRef: {name: floor}
  cidr: 192.0.2.0/24
  pools: [{pool: 192.0.2.100-192.0.2.199}]
---
apiVersion: kea-operator.io/v1alpha1
kind: HostReservation
metadata: {name: scope, namespace: ${BRANCH}}
spec:
  subnetRef: {name: benches}
  identifier: {hwAddress: '02:00:5e:20:00:01'}
  ipAddress: 192.0.2.20
`;

/** Of which pairs the lease API is told. */
const told = (): Promise<string> => cluster.kubectl(['get', 'secrets', '-n', SOURCES, '-o', 'name']);
const apiServices = (): Promise<string> => cluster.kubectl(['get', 'apiservices', '-o', 'name']);

const serves = async (): Promise<void> => {
  expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);
};

/** Sessions of the servers of `campus` in their database. */
const sessions = (): Promise<string> =>
  sql(
    `SELECT string_agg(DISTINCT application_name, ', ' ORDER BY application_name) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'kea-dhcp4 %'`,
  );

export const namespaces = (): void => {
  beforeAll(() => makeLink(NODE));
  afterAll(() => removeLink(NODE));

  it('goes with its pair and with a Subnet that its leases hold, and nothing of it stays', async () => {
    const before = await serverPods();
    await makeNamespace(cluster, BRANCH);
    await cluster.apply(OBJECTS);
    await waitCondition(cluster, 'hapair/lab', 'Ready', { status: 'True' }, 180, BRANCH);
    await waitCondition(cluster, 'subnet/benches', 'Ready', { status: 'True' }, 90, BRANCH);
    const inBranch = ['-n', BRANCH];
    const id = await cluster.kubectl(['get', 'subnet', 'benches', ...inBranch, '-o', 'jsonpath={.status.subnetId}']);
    const lease = { 'ip-address': '192.0.2.100', 'hw-address': '02:00:5e:20:00:02', 'subnet-id': Number(id) };
    await askPod(BRANCH, 'lab-only-0', 'lease4-add', lease);
    await cluster.kubectl(['delete', 'subnet', 'benches', ...inBranch, '--wait=false']);
    const held = { status: 'Unknown', reason: 'LeasesActive' };
    await waitCondition(cluster, 'subnet/benches', 'Ready', held, 90, BRANCH);
    expect(await told()).toContain(`secret/lease-source.${BRANCH}.lab\n`);

    await cluster.kubectl(['delete', 'namespace', BRANCH, '--timeout=60s']);
    for (const wait of [0, LONG_ENOUGH_MS]) {
      await pause(wait);
      expect(await told()).toBe(`secret/lease-source.${NAMESPACE}.campus\n`);
    }
    expect(await apiServices()).toContain(REGISTRATION);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' });
    expect(await serverPods()).toBe(before);
    await serves();
  });

  it('takes the registration of the lease API along where it is the operator’s, so that others can go; installed anew the operator takes the pair up', async () => {
    const [before, ids] = [await serverPods(), await subnetIds()];
    const { ip } = await cluster.join('kiosk');
    await cluster.kubectl(['delete', 'namespace', SYSTEM, '--timeout=120s']);
    expect(await apiServices()).not.toContain('state.kea-operator.io');
    await makeNamespace(cluster, 'passing');
    await cluster.kubectl(['delete', 'namespace', 'passing', '--timeout=30s']);
    await serves();
    expect((await cluster.renew('kiosk')).ip).toBe(ip);

    // The password of the database went with the namespace, and the database is of no use without it.
    await forgetRelease(cluster);
    await installOperator(cluster);
    await serves();
    // What the pair says of itself is of the time before, until there are rows again.
    const row = "SELECT 'office=' || subnet_id FROM dhcp4_subnet WHERE subnet_prefix = '198.51.100.0/24'";
    const written = await until('the rows', 240, async () => (await sql(row)).trim() || undefined, 1000);
    expect(ids).toContain(`${written} `);
    await kubectl('patch', 'subnet', 'office', '--type=merge', '-p', '{"spec":{"renewTimer":600}}');
    await waitCondition(cluster, 'subnet/office', 'Ready', { status: 'True' }, 180);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
    // The database has another authority now, and the servers have that by a file that their kubelets bring. The standby asks for nobody's host: it finds
    // out that its session has ended when it has to.
    await until(
      'the server that serves to be in the database again',
      120,
      async () => (await sessions()).includes(`kea-dhcp4 ${NAMESPACE}.campus a`),
      1000,
    );
    await until('the registration', 60, async () => (await apiServices()).includes(REGISTRATION), 1000);
    expect(await subnetIds()).toBe(ids);
    expect(await serverPods()).toBe(before);
    expect(await told()).toBe(`secret/lease-source.${NAMESPACE}.campus\n`);
    expect((await cluster.renew('kiosk')).ip).toBe(ip);
    await serves();
  });
};

/** The leases of a pair that has them in memory: each step of its clients, who may see and release them, and an API that is killed. */
import { afterAll, expect, it } from 'vitest';
import { NAMESPACE, SYSTEM, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster, kubectl } from './context.ts';
import { beginList, killLeaseApi, LEASES, leaseState, seenSoon, seesEachStep } from './leaseSteps.ts';

/** Of a client that finds somebody else at it. */
const TAKEN = '198.51.100.30';

const clockManifest = (mac: string): string => `
apiVersion: kea-operator.io/v1alpha1
kind: HostReservation
metadata: {name: clock, namespace: ${NAMESPACE}}
spec:
  subnetRef: {name: office}
  identifier: {hwAddress: '${mac}'}
  ipAddress: ${TAKEN}
`;

/** What a user may do, in the namespace of the pair alone. */
const roleOf = (user: string, ...rules: readonly string[]): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ${user}, namespace: ${NAMESPACE}}
rules: [${rules.join(', ')}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ${user}, namespace: ${NAMESPACE}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${user}}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: ${user}}]
`;
const READ = '{apiGroups: [state.kea-operator.io], resources: [leases], verbs: [get, list]}';
const RELEASE = '{apiGroups: [state.kea-operator.io], resources: [leases/release], verbs: [create]}';

const as = (user: string, ...args: readonly string[]) => cluster.tryKubectl(['--as', user, ...args]);

/** Asks for the release of a lease, of whoever has it or of that client. */
const release = (user: string, address: string, spec: object = {}) =>
  cluster.tryKubectl(['--as', user, 'create', '--raw', `${LEASES}/${address}/release`, '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'state.kea-operator.io/v1alpha1', kind: 'LeaseRelease', spec }),
  });

export const leases = (): void => {
  afterAll(async () => {
    await kubectl('delete', 'role,rolebinding', 'reader', 'helper', '--ignore-not-found');
    await kubectl('delete', 'hostreservation', 'clock', '--ignore-not-found', '--timeout=60s');
  });

  it('are seen as a client takes one, renews it and gives it back', async () => {
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 120);
    await seesEachStep({
      take: async () => (await cluster.join('lamp')).ip,
      renew: () => cluster.renew('lamp'),
      release: () => cluster.run(['client', 'lamp', 'dhcp', '--release']),
    });
    await cluster.run(['client', 'lamp', 'dhcp', '--stop']);
  });

  it('are seen as a client declines one', async () => {
    await cluster.run(['client', 'squatter', 'ip', 'addr', 'add', `${TAKEN}/24`, 'dev', 'eth0']);
    await cluster.apply(clockManifest((await cluster.run(['client', 'clock', 'mac'])).trim()));
    await waitCondition(cluster, 'hostreservation/clock', 'Ready', { status: 'True' });
    // It asks by ARP who has the address, and takes another one.
    const printed = await cluster.run(['client', 'clock', 'dhcp', '-a', '-A', '1'], { timeoutMs: 60_000 });
    await seenSoon('the lease to be declined', async () => (await leaseState(TAKEN)) === 'Declined');
    expect(printed).not.toContain(`ip=${TAKEN} `);
  });

  it('are shown to a user of the namespace, and to nobody else', async () => {
    await cluster.apply(roleOf('reader', READ));
    const inNamespace = ['get', 'leases', '-n', NAMESPACE, '-o', 'name'];
    await until('the right', 10, async () => (await as('reader', ...inNamespace)).stdout.includes(TAKEN), 200);
    expect((await as('reader', 'get', 'leases', '-A')).stderr).toContain('(Forbidden)');
    expect((await as('reader', 'get', 'leases.state.kea-operator.io', '-n', SYSTEM)).stderr).toContain('(Forbidden)');
    expect((await as('nobody', ...inNamespace)).stderr).toContain('(Forbidden)');
  });

  it('are released by whoever may, if they are still of that client, and by nobody else', async () => {
    const { ip } = await cluster.dora('kettle');
    const hwAddress = (await cluster.run(['client', 'kettle', 'mac'])).trim();
    expect((await release('reader', ip)).stderr).toMatch(/\(Forbidden\).*leases\/release/);
    await cluster.apply(roleOf('helper', READ, RELEASE));
    const other = { hwAddress: '02:00:5e:00:00:99' };
    await until('the right', 10, async () => (await release('helper', ip, other)).stderr.includes('(Conflict)'), 200);
    expect(await leaseState(ip)).toBe('Active');

    const released = await release('helper', ip, { hwAddress });
    expect(released).toMatchObject({ code: 0 });
    expect(JSON.parse(released.stdout)).toMatchObject({ kind: 'Status', status: 'Success' });
    await seenSoon('that it is free', async () => (await leaseState(ip)) !== 'Active');
    expect((await release('helper', ip)).stderr).toContain('(NotFound)');
    // So is an address that was declined, and then found free again.
    expect(await release('helper', TAKEN)).toMatchObject({ code: 0 });
    await seenSoon('that it is free', async () => (await leaseState(TAKEN)) === '');
  });

  it('are listed on by the token of a page though every process of the lease API was killed', async () => {
    const list = await beginList('campus');
    await killLeaseApi();
    await list.finish();
  });
};

import { expect, it } from 'vitest';
import { silences } from '../chaos/judge.ts';
import { NETWORKS } from '../demo/campus.ts';
import { parseLease } from '../support/cluster.ts';
import { NAMESPACE, SOURCES, SYSTEM, upgradeOperator, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster, kubectl, serverPods, sql, subnetIds } from './context.ts';
import { startAsking } from './probe.ts';

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

/** While a server fetches leases its partner answers nobody, which takes a second. Without a partner a restart takes longer than this. */
const LONGEST_SILENCE_MS = 5_000;

const ELSEWHERE = /^(198\.51\.100|203\.0\.113)\./;

/** Beside office and guests on their LAN; a client gets an address of it that asks for one. */
const ATTIC = `
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: attic, namespace: ${NAMESPACE}}
spec:
  sharedNetworkRef: {name: building-1}
  cidr: 192.0.2.0/24
  pools: [{pool: 192.0.2.10-192.0.2.19}]
  deletionPolicy: Drain
`;

interface ServerPods {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string; readonly creationTimestamp: string };
    readonly status: {
      readonly conditions?: readonly {
        readonly type: string;
        readonly status: string;
        readonly lastTransitionTime: string;
      }[];
    };
  }[];
}

const CAMPUS = 'app.kubernetes.io/name=kea-dhcp4,kea-operator.io/pair=campus';

/** The servers by their pods, in the order in which they were made, and since when each is ready. */
const serversOf = async (): Promise<
  readonly { readonly uid: string; readonly made: string; readonly ready: string | undefined }[]
> => {
  const { items } = await cluster.json<ServerPods>(['get', 'pods', '-n', NAMESPACE, '-l', CAMPUS]);
  return items
    .map(({ metadata, status }) => ({
      uid: metadata.uid,
      made: metadata.creationTimestamp,
      ready: status.conditions?.find(({ type, status: is }) => type === 'Ready' && is === 'True')?.lastTransitionTime,
    }))
    .toSorted((a, b) => a.made.localeCompare(b.made));
};

export const lifecycle = (): void => {
  it('drains a Subnet: its client is refused and moves on, strangers get other addresses, and it goes with the last lease', async () => {
    await cluster.apply(ATTIC);
    await waitCondition(cluster, 'subnet/attic', 'Ready', { status: 'True' });
    const joined = await cluster.run(['client', 'tenant', 'dhcp', '--daemon', '--wait', '30', '-r', '192.0.2.10']);
    expect(parseLease(joined).ip).toBe('192.0.2.10');
    await kubectl('delete', 'subnet', 'attic', '--wait=false');
    const draining = { status: 'Unknown', reason: 'Draining' };
    expect((await waitCondition(cluster, 'subnet/attic', 'Ready', draining)).message).toMatch(/^1 lease is left, /);
    expect((await cluster.dora('visitor', { requested: '192.0.2.11' })).ip).toMatch(ELSEWHERE);
    expect((await cluster.renew('tenant')).ip).toMatch(ELSEWHERE);
    expect(await cluster.run(['client', 'tenant', 'dhcp', '--log'])).toContain('EVENT nak');
    await cluster.run(['client', 'tenant', 'dhcp', '--stop']);
    await kubectl('wait', '--for=delete', 'subnet/attic', '--timeout=60s');
    expect(await sql("SELECT 1 FROM dhcp4_subnet WHERE subnet_prefix = '192.0.2.0/24'")).toBe('');
  });

  it('starts the servers anew by an annotation, the second when the first is ready, and no client waits for seconds', async () => {
    const before = new Set((await serversOf()).map(({ uid }) => uid));
    const asking = await startAsking();
    const from = Date.now();
    try {
      const now = new Date().toISOString();
      await kubectl('annotate', 'hapair', 'campus', '--overwrite', `kea-operator.io/restartedAt=${now}`);
      const [first, second] = await until('both servers to be new and ready', 90, async () => {
        const servers = await serversOf();
        const done = servers.length === before.size && servers.every(({ uid, ready }) => !before.has(uid) && ready);
        return done ? servers : undefined;
      });
      expect(second?.made.localeCompare(first?.ready ?? '')).toBeGreaterThanOrEqual(0);
    } finally {
      const silent = silences(await asking.stop(), { from, to: Date.now() });
      expect(silent.filter((silence) => silence.to - silence.from > LONGEST_SILENCE_MS)).toEqual([]);
    }
  });

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
    // The first goes by itself: its deletion waits for nothing any more. Both at a time, with the reservations, would be all that the pair has.
    await kubectl('wait', '--for=delete', 'subnet/office', '--timeout=60s');
    await kubectl('delete', 'subnet', 'guests', '--timeout=60s');
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

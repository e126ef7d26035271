import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { lineOf } from '../support/forms.ts';
import { NAMESPACE, SOURCES, SYSTEM, upgradeOperator, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster, kubectl } from './context.ts';
import { look, metrics, NODES, type Place, tellers } from './places.ts';

/** The namespace of what is there to be found. */
const PLANTED = 'planted';
/** May be the name of a Subnet: metrics tell nothing but names. */
const MARKER = `planted-${randomUUID()}`;

/** Tells the marker by its command line, environment and log. */
const pod = (name: string, node: string, then: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${PLANTED}, annotations: {planted: ${MARKER}}}
spec:
  nodeName: ${node}
  serviceAccountName: reader
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 1
  containers:
    - name: planted
      image: docker.io/kea-operator/kea-server:3.0.4
      imagePullPolicy: Never
      command: [sh, -c, 'echo "$PLANTED"; ${then}', ${MARKER}]
      env:
        - {name: PLANTED, valueFrom: {secretKeyRef: {name: planted, key: value}}}
`;

const OBJECTS = `
apiVersion: v1
kind: Secret
metadata: {name: planted, namespace: ${PLANTED}}
stringData: {value: ${MARKER}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: planted, namespace: ${PLANTED}}
data: {value: ${Buffer.from(`user:${MARKER}`).toString('base64')}}
---
apiVersion: v1
kind: Event
metadata: {name: planted, namespace: ${PLANTED}}
involvedObject: {kind: Pod, name: again, namespace: ${PLANTED}}
type: Normal
reason: Planted
message: ${MARKER}
---
apiVersion: kea-operator.io/v1alpha1
kind: Subnet
metadata: {name: ${MARKER}, namespace: ${NAMESPACE}}
spec:
  haPairRef: {name: campus}
  cidr: 10.40.0.0/24
  pools: [{pool: 10.40.0.10-10.40.0.99}]
  deletionPolicy: Delete
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader, namespace: ${PLANTED}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ${PLANTED}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: '${SYSTEM}:kea-operator-metrics-reader'}
subjects: [{kind: ServiceAccount, name: reader, namespace: ${PLANTED}}]
`;

/** Where the marker has to be found, if the search sees what it looks at. */
const MARKED = [
  ...['pods', 'configmaps', 'events', 'events.events.k8s.io'].map((kind) => `objects of ${kind}`),
  ...['hapairs', 'subnets'].map((kind) => `objects of ${kind}.kea-operator.io`),
  ...['hapairs', 'pods'].map((kind) => `description of ${kind}`),
  ...NODES.flatMap((node) => [`cmdline of ${node}`, `environ of ${node}`, `log of ${PLANTED}/${node} planted`]),
  `former log of ${PLANTED}/again planted`,
  'metrics of operator',
];

/** Places that have something to tell of all that is secret, each of which has to be there. */
const TELLING = [
  ...[
    'statefulsets.apps',
    'deployments.apps',
    'jobs.batch',
    'leases.coordination.k8s.io',
    'leases.state.kea-operator.io',
  ].map((kind) => `objects of ${kind}`),
  ...['a', 'b'].map((server) => `log of ${NAMESPACE}/campus-${server}-0 kea`),
  `log of ${SYSTEM}/kea-operator-postgresql-0 postgresql`,
  'metrics of leases',
];

interface Secrets {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly data?: Readonly<Record<string, string>>;
  }[];
}

/** Every password and every private key of the pair and of the operator, by its Secret and key. */
const known = async (): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  for (const namespace of [NAMESPACE, SYSTEM, SOURCES]) {
    const { items } = await cluster.json<Secrets>(['get', 'secrets', '-n', namespace]);
    for (const { metadata, data = {} } of items) {
      for (const [key, value] of Object.entries(data)) {
        if (!/^password|\.key$/.test(key)) continue;
        found.set(`${namespace}/${metadata.name} ${key}`, lineOf(Buffer.from(value, 'base64').toString()));
      }
    }
  }
  return found;
};

const inPlanted = (...args: readonly string[]): Promise<string> => cluster.kubectl(['-n', PLANTED, ...args]);

let token: string;

const expectNothingTold = async (): Promise<void> => {
  const secrets = await known();
  expect([...secrets.keys()]).toEqual(
    expect.arrayContaining([
      `${NAMESPACE}/campus-kea-database password`,
      `${NAMESPACE}/campus-kea-control password`,
      `${NAMESPACE}/campus-kea-ca tls.key`,
      `${SYSTEM}/kea-operator-postgresql password`,
      `${SYSTEM}/kea-operator-ca tls.key`,
      `${SYSTEM}/kea-operator-metrics-tls tls.key`,
    ]),
  );
  // Where they are they are found.
  const home: Place = { name: 'Secrets', text: await cluster.kubectl(['get', 'secrets', '-A', '-o', 'yaml']) };
  expect([...secrets].filter(([, secret]) => tellers([home], secret).length === 0).map(([name]) => name)).toEqual([]);
  const places = await look(token);
  const telling = places.filter(({ text }) => text.trim() !== '').map(({ name }) => name);
  expect(telling).toEqual(expect.arrayContaining([...TELLING]));
  for (const container of ['operator', 'leases']) {
    expect(
      telling.filter((name) => name.startsWith(`log of ${SYSTEM}/`) && name.endsWith(` ${container}`)),
    ).not.toEqual([]);
  }
  const told = [...secrets].flatMap(([name, secret]) => tellers(places, secret).map((place) => `${name}: ${place}`));
  expect(told, told.join('; ')).toEqual([]);
};

export const secrets = (): void => {
  beforeAll(async () => {
    await cluster.kubectl(['create', 'namespace', PLANTED]);
    const pods = [
      ...NODES.map((node) => pod(node, node, 'while sleep 60; do :; done')),
      pod('again', 'node3', 'sleep 2'),
    ];
    await cluster.apply([OBJECTS, ...pods].join('---'));
    await kubectl('annotate', 'hapair', 'campus', `planted=${MARKER}`);
    token = (await inPlanted('create', 'token', 'reader', '--duration=1h')).trim();
    await inPlanted('wait', '--for=condition=Ready', '--timeout=60s', ...NODES.map((node) => `pod/${node}`));
    await waitCondition(cluster, `subnet/${MARKER}`, 'Ready', { status: 'True' });
  });
  afterAll(async () => {
    const spec = { logSeverity: null, dhcp4: { validLifetime: 1800 } };
    await kubectl('patch', 'hapair', 'campus', '--type=merge', '-p', JSON.stringify({ spec }));
    await kubectl('annotate', 'hapair', 'campus', 'planted-');
    await kubectl('delete', 'subnet', MARKER, '--timeout=60s');
    await cluster.kubectl(['delete', 'clusterrolebinding', PLANTED]);
    await cluster.kubectl(['delete', 'namespace', PLANTED, '--timeout=120s']);
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
  });

  it('are found by the search wherever something like them is planted', async () => {
    const restarts = ['get', 'pod', 'again', '-o', 'jsonpath={.status.containerStatuses[0].restartCount}'];
    await until('a second start', 60, async () => Number(await inPlanted(...restarts)) > 0);
    await until('its former log', 60, async () =>
      (await cluster.tryKubectl(['logs', 'again', '-n', PLANTED, '--previous'])).stdout.includes(MARKER),
    );
    await until('the name in the metrics', 90, async () => tellers(await metrics(token), MARKER).length > 0, 2000);
    // A node does not have the former log for a moment while it starts the container again.
    await eventually(async () => {
      expect(tellers(await look(token), MARKER)).toEqual(expect.arrayContaining(MARKED));
    }, 90_000);
  });

  it('are told nowhere, whatever servers, database and operator went through', expectNothingTold);

  it('are told nowhere while servers and operator log all that they can', async () => {
    await kubectl('patch', 'hapair', 'campus', '--type=merge', '-p', '{"spec":{"logSeverity":"DEBUG"}}');
    await upgradeOperator(cluster, { values: ['logLevel=debug'] });
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
    // A whole configuration, a row, leases and a packet of a client, while that is logged.
    await kubectl('patch', 'hapair', 'campus', '--type=merge', '-p', '{"spec":{"dhcp4":{"validLifetime":1900}}}');
    await kubectl('patch', 'subnet', MARKER, '--type=merge', '-p', '{"spec":{"renewTimer":77}}');
    await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
    await waitCondition(cluster, `subnet/${MARKER}`, 'Ready', { status: 'True' });
    await until('a lease of the new length', 60, async () => (await cluster.dora('laptop')).lease === 1900);
    await kubectl('get', 'leases.state.kea-operator.io');
    expect(await kubectl('logs', 'campus-a-0', '-c', 'kea')).toContain(' DEBUG [kea-dhcp4.');
    await expectNothingTold();
  });
};

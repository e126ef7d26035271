/** The workload on a real API server. Without controllers the test plays those that it needs: pods and finished Jobs are written by it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HAPAIRS } from '../../src/api/resources.ts';
import type { HAPair } from '../../src/api/index.ts';
import { createFakeClock, type FakeClock } from '../support/fakeClock.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { DatabaseTarget } from '../../src/workload/databaseTarget.ts';
import { decoded, DISRUPTION_BUDGETS, EVENTS, JOBS, PODS, SECRETS, STATEFUL_SETS } from '../../src/workload/objects.ts';
import { createObjectStore, NameTaken, type WorkloadClient } from '../../src/workload/store.ts';
import { readStored } from '../../src/workload/storedBootstrap.ts';
import { resolveTopology, type Topology } from '../../src/workload/topology.ts';
import { createWorkload, type Workload, type WorkloadState } from '../../src/workload/workload.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { installCrds } from '../support/crds.ts';
import { makePair } from '../support/pair.ts';

const DATABASE: DatabaseTarget = {
  host: 'db.example.org',
  port: 5432,
  name: 'kea',
  user: 'kea',
  password: 'secret',
  sslMode: 'verify-full',
  ca: 'PEM',
};

let server: TestApiServer;
let clock: FakeClock;
let workload: Workload;
let writes: string[];
let namespaces = 0;
let namespace: string;

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.client);
});
afterAll(() => server.stop());
beforeEach(async () => {
  namespace = `work-${++namespaces}`;
  const path = '/api/v1/namespaces';
  await server.client.raw({
    method: 'POST',
    path,
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  });
  clock = createFakeClock(Date.parse('2026-01-01T00:00:00Z'));
  writes = [];
  const client: WorkloadClient = {
    get: (...args) => server.client.get(...args),
    list: (...args) => server.client.list(...args),
    delete: (...args) => server.client.delete(...args),
    apply: (resource, object, options) => {
      writes.push(`${resource.kind}/${object.metadata.name}`);
      return server.client.apply(resource, object, options);
    },
  };
  const defaults = { image: 'docker.io/kea-operator/kea-server:3.0.4' };
  workload = createWorkload({ client, store: createObjectStore(client), clock, defaults });
});

const createPair = async (overrides: Readonly<Record<string, unknown>> = {}, name = 'office'): Promise<HAPair> => {
  const wish = makePair(overrides);
  return server.client.create(HAPAIRS, { ...wish, metadata: { name, namespace } });
};
const topologyOf = (pair: HAPair): Topology => {
  const { topology } = resolveTopology(pair, new Map(pair.spec.servers.map(({ node }) => [node, { internalIPs: [] }])));
  if (topology === undefined) throw new Error('no addresses');
  return topology;
};
const ensure = (pair: HAPair, answering: readonly string[] = [], held = false): Promise<WorkloadState> =>
  workload.ensure({
    pair,
    topology: topologyOf(pair),
    database: DATABASE,
    answering: new Set(answering),
    proven: new Map(),
    held,
  });

/** As the Job controller does when the pod of a Job has ended well. */
const finishJobs = async (): Promise<void> => {
  const { items } = await server.client.list(JOBS, { namespace });
  const time = '2026-01-01T00:00:00Z';
  for (const job of items) {
    const status = {
      startTime: time,
      completionTime: time,
      succeeded: 1,
      conditions: ['SuccessCriteriaMet', 'Complete'].map((type) => ({
        type,
        status: 'True',
        lastProbeTime: time,
        lastTransitionTime: time,
      })),
    };
    await server.client.patch(
      JOBS,
      job.metadata,
      { status },
      {
        subresource: 'status',
      },
    );
  }
};

/** As the StatefulSet controller and the kubelet do: a pod of the set's template, ready or not. */
const startPod = async (name: string, ready: boolean): Promise<void> => {
  const set = await server.client.get(STATEFUL_SETS, { namespace, name });
  const { template } = set.spec as { template: { metadata: { labels: Record<string, string> }; spec: object } };
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-0`, namespace, labels: template.metadata.labels },
    spec: template.spec,
  };
  await server.client.create(PODS, pod as never);
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  await server.client.patch(
    PODS,
    { namespace, name: `${name}-0` },
    { status: { conditions } },
    { subresource: 'status' },
  );
};
const bootstrapOf = async (name: string) => {
  const secret = await server.client.get(SECRETS, { namespace, name: `${name}-bootstrap` });
  return decoded(secret);
};

describe('ensure', () => {
  it('makes everything, the servers only after the schema', async () => {
    const pair = await createPair();
    const first = await ensure(pair);
    expect(first.problems).toEqual([{ reason: 'SchemaNotReady', message: 'the schema job is starting' }]);
    expect((await server.client.list(STATEFUL_SETS, { namespace })).items).toEqual([]);
    await finishJobs();
    const second = await ensure(pair);
    expect(second.problems).toEqual([]);
    expect(second.servers.map(({ server: { name }, pod }) => [name, pod.exists])).toEqual([
      ['a', false],
      ['b', false],
    ]);
    const sets = (await server.client.list(STATEFUL_SETS, { namespace })).items;
    expect(sets.map(({ metadata }) => metadata.name)).toEqual(['office-a', 'office-b']);
    expect(sets[0]?.metadata.ownerReferences).toMatchObject([
      { kind: 'HAPair', uid: pair.metadata.uid, controller: true },
    ]);
    expect((await server.client.list(DISRUPTION_BUDGETS, { namespace })).items[0]?.spec).toMatchObject({
      minAvailable: 1,
    });
    const names = (await server.client.list(SECRETS, { namespace })).items.map(({ metadata }) => metadata.name);
    expect(names).toEqual(['office-a-bootstrap', 'office-b-bootstrap', 'office-kea-ca', 'office-kea-control']);
    expect(second.servers[0]?.endpoint).toMatchObject({
      url: 'https://192.0.2.1:8000/',
      auth: { user: 'kea-operator' },
    });
  });

  it('writes nothing when nothing has changed, and puts back what somebody changed', async () => {
    const pair = await createPair();
    await ensure(pair);
    await finishJobs();
    await ensure(pair);
    writes = [];
    await ensure(pair);
    expect(writes).toEqual([]);
    await server.client.patch(STATEFUL_SETS, { namespace, name: 'office-a' }, { spec: { replicas: 0 } });
    await server.client.delete(SECRETS, { namespace, name: 'office-b-bootstrap' });
    await ensure(pair);
    expect(writes.sort()).toEqual(['Secret/office-b-bootstrap', 'StatefulSet/office-a']);
    expect((await server.client.get(STATEFUL_SETS, { namespace, name: 'office-a' })).spec).toMatchObject({
      replicas: 1,
    });
  });

  it('starts no server of a pair that is held, and leaves as it is what was started before, also for its next start', async () => {
    const pair = await createPair();
    await ensure(pair, [], true);
    await finishJobs();
    await ensure(pair, [], true);
    expect((await server.client.list(STATEFUL_SETS, { namespace })).items).toEqual([]);
    await ensure(pair);
    const before = readStored(await bootstrapOf('office-a'))?.digest;
    writes = [];
    pair.spec = makePair({ mode: 'Standalone', servers: [{ ...pair.spec.servers[0], interfaces: ['lan1'] }] }).spec;
    pair.spec.resources = { limits: { memory: '1Gi' } };
    await ensure(pair, [], true);
    expect((await server.client.list(STATEFUL_SETS, { namespace })).items).toHaveLength(2);
    expect(writes.filter((what) => what.startsWith('StatefulSet'))).toEqual([]);
    expect(readStored(await bootstrapOf('office-a'))?.digest).toBe(before);
    expect((await ensure(pair)).formers).toEqual(['b']);
    await workload.removeFormer(topologyOf(pair));
    expect((await server.client.list(STATEFUL_SETS, { namespace })).items).toHaveLength(1);
    expect(readStored(await bootstrapOf('office-a'))?.digest).not.toBe(before);
  });

  it('gives a running server its configuration for the next start only when it is kept', async () => {
    const pair = await createPair();
    await ensure(pair);
    await finishJobs();
    await ensure(pair);
    await startPod('office-a', true);
    await startPod('office-b', false);
    const before = readStored(await bootstrapOf('office-a'))?.digest;
    pair.spec = makePair({ dhcp4: { validLifetime: 600 } }).spec;
    const { servers } = await ensure(pair, []);
    expect(readStored(await bootstrapOf('office-a'))?.digest).toBe(before);
    expect(readStored(await bootstrapOf('office-b'))?.digest).toBe(servers[1]?.wanted.digest);
    const [a] = servers;
    if (a === undefined) throw new Error('no server');
    await workload.keep(topologyOf(pair), a, true);
    expect(readStored(await bootstrapOf('office-a'))?.digest).toBe(a.wanted.digest);
    expect(a.wanted.digest).not.toBe(before);
  });

  it('renews certificates after two thirds of their time, without a new pod template', async () => {
    const pair = await createPair();
    await ensure(pair);
    await finishJobs();
    const first = await ensure(pair);
    await startPod('office-a', true);
    const generation = (await server.client.get(STATEFUL_SETS, { namespace, name: 'office-a' })).metadata.generation;
    await clock.advance(61 * 86_400_000);
    const later = await ensure(pair);
    expect(later.servers[0]?.wanted.digest).not.toBe(first.servers[0]?.wanted.digest);
    expect(later.servers[0]?.stored?.digest).toBe(first.servers[0]?.wanted.digest);
    const files = Object.keys(await bootstrapOf('office-a')).filter((name) => name.endsWith('.key'));
    expect(files).toHaveLength(2);
    const set = await server.client.get(STATEFUL_SETS, { namespace, name: 'office-a' });
    expect(set.metadata.generation).toBe(generation);
  });

  it.each(['office-kea-control', 'office-kea-ca'])(
    'lets servers start anew with new credentials when %s was deleted',
    async (name) => {
      const pair = await createPair();
      await ensure(pair);
      await finishJobs();
      await ensure(pair);
      await startPod('office-a', true);
      await server.client.delete(SECRETS, { namespace, name });
      const { servers } = await ensure(pair, []);
      expect(readStored(await bootstrapOf('office-a'))?.digest).toBe(servers[0]?.wanted.digest);
    },
  );

  it('does not take over a Secret that somebody else made', async () => {
    const pair = await createPair();
    await server.client.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'office-kea-control', namespace },
    });
    await expect(ensure(pair)).rejects.toThrow(NameTaken);
  });

  it('keeps two pairs apart whose servers would have one name', async () => {
    const alone = (name: string, last: number) => ({
      mode: 'Standalone',
      servers: [{ name, node: name, interfaces: ['lan0'], address: `192.0.2.${last}` }],
    });
    const first = await createPair(alone('a-b', 1), 'office');
    const second = await createPair(alone('b', 2), 'office-a');
    await ensure(first);
    await expect(ensure(second)).rejects.toThrow('the Secret "office-a-b-bootstrap" is there already');
  });

  it('removes what was a server’s when the specification has it no more', async () => {
    const servers = ['a', 'b', 'c'].map((name, n) => ({
      name,
      node: name,
      interfaces: ['lan0'],
      address: `192.0.2.${n + 1}`,
    }));
    const pair = await createPair({ servers });
    await ensure(pair);
    await finishJobs();
    await ensure(pair);
    pair.spec = makePair({ servers: servers.slice(0, 2) }).spec;
    expect((await ensure(pair)).formers).toEqual(['c']);
    await workload.removeFormer(topologyOf(pair));
    const left = [
      ...(await server.client.list(STATEFUL_SETS, { namespace })).items,
      ...(await server.client.list(SECRETS, { namespace })).items,
    ].map(({ metadata }) => metadata.name);
    expect(left.filter((name) => name.startsWith('office-c'))).toEqual([]);
    expect(left).toContain('office-b');
  });

  it('says that pods are forbidden, as the events of the StatefulSet do', async () => {
    const pair = await createPair();
    await ensure(pair);
    await finishJobs();
    await ensure(pair);
    const { metadata } = await server.client.get(STATEFUL_SETS, { namespace, name: 'office-a' });
    await server.client.create(EVENTS, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'office-a.1', namespace },
      involvedObject: { kind: 'StatefulSet', name: 'office-a', namespace, uid: metadata.uid ?? '' },
      reason: 'FailedCreate',
      message:
        'create Pod office-a-0 in StatefulSet office-a failed error: pods "office-a-0" is forbidden: violates PodSecurity',
      lastTimestamp: '2026-01-01T00:00:00Z',
    } as never);
    const { problems, servers } = await ensure(pair);
    expect(problems).toEqual([
      { reason: 'WorkloadForbidden', message: expect.stringContaining('violates PodSecurity') as string },
    ]);
    expect(servers[0]?.pod.message).toContain('forbidden');
    const set = await server.client.get(STATEFUL_SETS, { namespace, name: 'office-a' });
    expect(set.metadata.annotations).toHaveProperty('kea-operator.io/tried-again');
  });
});

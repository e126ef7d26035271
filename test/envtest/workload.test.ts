import { describe, expect, it } from 'vitest';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import { readStored } from '../../src/workload/bootstrap/stored.ts';
import { CORE_EVENTS, DISRUPTION_BUDGETS, JOBS, SECRETS, STATEFUL_SETS } from '../../src/workload/objects.ts';
import { NameTaken } from '../../src/workload/store.ts';
import { makePair, topologyOf } from '../support/pair.ts';
import { useWorkloadBench } from '../support/workloadBench.ts';

const bench = useWorkloadBench();
const { createPair, ensure, finishJobs, settle, startPod, bootstrapOf } = bench;

describe('ensure', () => {
  it('makes everything, the servers only after the schema', async () => {
    const pair = await createPair();
    const first = await ensure(pair);
    expect(first.problems).toEqual([{ reason: 'SchemaNotReady', message: 'the schema job is starting' }]);
    expect((await bench.server.client.list(STATEFUL_SETS, { namespace: bench.namespace })).items).toEqual([]);
    await finishJobs();
    const second = await ensure(pair);
    expect(second.problems).toEqual([]);
    expect(second.servers.map(({ server: { name }, pod }) => [name, pod.exists])).toEqual([
      ['a', false],
      ['b', false],
    ]);
    const sets = (await bench.server.client.list(STATEFUL_SETS, { namespace: bench.namespace })).items;
    expect(sets.map(({ metadata }) => metadata.name)).toEqual(['office-a', 'office-b']);
    expect(sets[0]?.metadata.ownerReferences).toBeUndefined();
    expect(
      (await bench.server.client.list(DISRUPTION_BUDGETS, { namespace: bench.namespace })).items[0]?.spec,
    ).toMatchObject({
      minAvailable: 1,
    });
    const names = (await bench.server.client.list(SECRETS, { namespace: bench.namespace })).items.map(
      ({ metadata }) => metadata.name,
    );
    expect(names).toEqual(['office-a-bootstrap', 'office-b-bootstrap', 'office-kea-ca', 'office-kea-control']);
    expect(second.servers[0]?.endpoint).toMatchObject({
      url: 'https://192.0.2.1:8000/',
      auth: { user: 'kea-operator' },
    });
  });

  it('writes nothing when nothing has changed, and puts back what somebody changed', async () => {
    const pair = await createPair();
    await settle(pair);
    bench.writes = [];
    await ensure(pair);
    expect(bench.writes).toEqual([]);
    await bench.server.client.patch(
      STATEFUL_SETS,
      { namespace: bench.namespace, name: 'office-a' },
      { spec: { replicas: 0 } },
    );
    await bench.server.client.delete(SECRETS, { namespace: bench.namespace, name: 'office-b-bootstrap' });
    await ensure(pair);
    expect(bench.writes.sort()).toEqual(['Secret/office-b-bootstrap', 'StatefulSet/office-a']);
    expect(
      (await bench.server.client.get(STATEFUL_SETS, { namespace: bench.namespace, name: 'office-a' })).spec,
    ).toMatchObject({
      replicas: 1,
    });
  });

  it('gives each family servers of its own, and both what they have in common', async () => {
    const pair = await createPair({ ipFamilies: ['IPv4', 'IPv6'] });
    await settle(pair);
    const six = { family: DHCPV6 };
    const { problems, formers, servers } = await ensure(pair, [], six);
    expect([problems, formers]).toEqual([[], []]);
    expect(servers[0]?.endpoint.url).toBe('https://192.0.2.1:8002/');
    const namesOf = async (resource: Resource): Promise<string[]> =>
      (await bench.server.client.list(resource, { namespace: bench.namespace })).items.map(
        ({ metadata }) => metadata.name,
      );
    expect(await namesOf(STATEFUL_SETS)).toEqual(['office-a', 'office-a-v6', 'office-b', 'office-b-v6']);
    expect(await namesOf(DISRUPTION_BUDGETS)).toEqual(['office-kea', 'office-kea-v6']);
    expect(await namesOf(SECRETS)).toEqual([
      'office-a-bootstrap',
      'office-a-v6-bootstrap',
      'office-b-bootstrap',
      'office-b-v6-bootstrap',
      'office-kea-ca',
      'office-kea-control',
    ]);
    expect(await namesOf(JOBS)).toHaveLength(1);
    const budgets = (await bench.server.client.list(DISRUPTION_BUDGETS, { namespace: bench.namespace })).items;
    const sets = (await bench.server.client.list(STATEFUL_SETS, { namespace: bench.namespace })).items;
    // A budget counts the pods of its family alone.
    const counted = budgets.map(({ spec }) => {
      const { matchLabels } = (spec as { selector: { matchLabels: Record<string, string> } }).selector;
      return sets
        .filter((set) => {
          const { template } = set.spec as { template: { metadata: { labels: Record<string, string> } } };
          return Object.entries(matchLabels).every(([label, value]) => template.metadata.labels[label] === value);
        })
        .map(({ metadata }) => metadata.name);
    });
    expect(counted).toEqual([
      ['office-a', 'office-b'],
      ['office-a-v6', 'office-b-v6'],
    ]);
    bench.writes = [];
    await ensure(pair);
    await ensure(pair, [], six);
    expect(bench.writes).toEqual([]);

    await startPod('office-b', true);
    await startPod('office-b-v6', true);
    pair.spec = makePair({ mode: 'Standalone', servers: [pair.spec.servers[0]] }).spec;
    expect((await ensure(pair, [], six)).formers).toEqual(['b']);
    await bench.workload.removeFormer(topologyOf(pair, DHCPV6));
    expect(await namesOf(STATEFUL_SETS)).toEqual(['office-a', 'office-a-v6', 'office-b']);
    expect((await ensure(pair)).formers).toEqual(['b']);
  });

  it('starts no server of a pair that is held, and leaves as it is what was started before, also for its next start', async () => {
    const pair = await createPair();
    await ensure(pair, [], { held: true });
    await finishJobs();
    await ensure(pair, [], { held: true });
    expect((await bench.server.client.list(STATEFUL_SETS, { namespace: bench.namespace })).items).toEqual([]);
    await ensure(pair);
    const before = readStored(DHCPV4, await bootstrapOf('office-a'))?.digest;
    bench.writes = [];
    pair.spec = makePair({ mode: 'Standalone', servers: [{ ...pair.spec.servers[0], interfaces: ['lan1'] }] }).spec;
    pair.spec.resources = { limits: { memory: '1Gi' } };
    await ensure(pair, [], { held: true });
    expect((await bench.server.client.list(STATEFUL_SETS, { namespace: bench.namespace })).items).toHaveLength(2);
    expect(bench.writes.filter((what) => what.startsWith('StatefulSet'))).toEqual([]);
    expect(readStored(DHCPV4, await bootstrapOf('office-a'))?.digest).toBe(before);
    expect((await ensure(pair)).formers).toEqual(['b']);
    await bench.workload.removeFormer(topologyOf(pair));
    expect((await bench.server.client.list(STATEFUL_SETS, { namespace: bench.namespace })).items).toHaveLength(1);
    expect(readStored(DHCPV4, await bootstrapOf('office-a'))?.digest).not.toBe(before);
  });

  it('starts no server of a pair that the installation does not allow, and lets those that run go on with every change', async () => {
    const notAllowed = 'HAPairs of the namespace evil may not have servers on lan0 of node1';
    const pair = await createPair({
      mode: 'Standalone',
      servers: [{ name: 'a', node: 'node1', interfaces: ['lan0'], address: '192.0.2.1' }],
    });
    await ensure(pair, [], { notAllowed });
    await finishJobs();
    expect((await ensure(pair, [], { notAllowed })).problems).toEqual([{ reason: 'NotAllowed', message: notAllowed }]);
    const sets = () => bench.server.client.list(STATEFUL_SETS, { namespace: bench.namespace });
    expect((await sets()).items).toEqual([]);
    await ensure(pair);
    const generation = (await sets()).items[0]?.metadata.generation ?? 0;
    pair.spec = { ...pair.spec, resources: { limits: { memory: '1Gi' } } };
    expect((await ensure(pair, [], { notAllowed })).problems).toEqual([]);
    expect((await sets()).items.map(({ metadata }) => metadata.generation)).toEqual([generation + 1]);
    pair.spec = makePair().spec;
    expect((await ensure(pair, [], { notAllowed })).problems).toEqual([{ reason: 'NotAllowed', message: notAllowed }]);
    expect((await sets()).items.map(({ metadata }) => metadata.name)).toEqual(['office-a']);
  });

  it('gives a running server its configuration for the next start only when it is kept', async () => {
    const pair = await createPair();
    await settle(pair);
    await startPod('office-a', true);
    await startPod('office-b', false);
    const before = readStored(DHCPV4, await bootstrapOf('office-a'))?.digest;
    pair.spec = makePair({ dhcp4: { validLifetime: 600 } }).spec;
    const { servers } = await ensure(pair, []);
    expect(readStored(DHCPV4, await bootstrapOf('office-a'))?.digest).toBe(before);
    expect(readStored(DHCPV4, await bootstrapOf('office-b'))?.digest).toBe(servers[1]?.wanted.digest);
    const [a] = servers;
    if (a === undefined) throw new Error('no server');
    await bench.workload.keep(topologyOf(pair), a, true);
    expect(readStored(DHCPV4, await bootstrapOf('office-a'))?.digest).toBe(a.wanted.digest);
    expect(a.wanted.digest).not.toBe(before);
  });

  it('renews certificates after two thirds of their time, without a new pod template', async () => {
    const pair = await createPair();
    const first = await settle(pair);
    await startPod('office-a', true);
    const generation = (await bench.server.client.get(STATEFUL_SETS, { namespace: bench.namespace, name: 'office-a' }))
      .metadata.generation;
    await bench.clock.advance(61 * 86_400_000);
    const later = await ensure(pair);
    expect(later.servers[0]?.wanted.digest).not.toBe(first.servers[0]?.wanted.digest);
    expect(later.servers[0]?.stored?.digest).toBe(first.servers[0]?.wanted.digest);
    const files = Object.keys(await bootstrapOf('office-a')).filter((name) => name.endsWith('.key'));
    expect(files).toHaveLength(2);
    const set = await bench.server.client.get(STATEFUL_SETS, { namespace: bench.namespace, name: 'office-a' });
    expect(set.metadata.generation).toBe(generation);
  });

  it.each(['office-kea-control', 'office-kea-ca'])(
    'lets servers start anew with new credentials when %s was deleted',
    async (name) => {
      const pair = await createPair();
      await settle(pair);
      await startPod('office-a', true);
      await bench.server.client.delete(SECRETS, { namespace: bench.namespace, name });
      const { servers } = await ensure(pair, []);
      expect(readStored(DHCPV4, await bootstrapOf('office-a'))?.digest).toBe(servers[0]?.wanted.digest);
    },
  );

  it('does not take over a Secret that somebody else made', async () => {
    const pair = await createPair();
    await bench.server.client.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'office-kea-control', namespace: bench.namespace },
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
    await expect(ensure(second)).rejects.toThrow('the Secret "office-a-b-bootstrap" is that of the server');
  });

  it('removes what was a server’s when the specification has it no more', async () => {
    const servers = ['a', 'b', 'c'].map((name, n) => ({
      name,
      node: name,
      interfaces: ['lan0'],
      address: `192.0.2.${n + 1}`,
    }));
    const pair = await createPair({ servers });
    await settle(pair);
    pair.spec = makePair({ servers: servers.slice(0, 2) }).spec;
    expect((await ensure(pair)).formers).toEqual(['c']);
    await bench.workload.removeFormer(topologyOf(pair));
    const left = [
      ...(await bench.server.client.list(STATEFUL_SETS, { namespace: bench.namespace })).items,
      ...(await bench.server.client.list(SECRETS, { namespace: bench.namespace })).items,
    ].map(({ metadata }) => metadata.name);
    expect(left.filter((name) => name.startsWith('office-c'))).toEqual([]);
    expect(left).toContain('office-b');
  });

  it('says that pods are forbidden, as the events of the StatefulSet do', async () => {
    const pair = await createPair();
    await settle(pair);
    const { metadata } = await bench.server.client.get(STATEFUL_SETS, { namespace: bench.namespace, name: 'office-a' });
    await bench.server.client.create(CORE_EVENTS, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'office-a.1', namespace: bench.namespace },
      involvedObject: { kind: 'StatefulSet', name: 'office-a', namespace: bench.namespace, uid: metadata.uid ?? '' },
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
    const set = await bench.server.client.get(STATEFUL_SETS, { namespace: bench.namespace, name: 'office-a' });
    expect(set.metadata.annotations).toHaveProperty('kea-operator.io/tried-again');
  });
});

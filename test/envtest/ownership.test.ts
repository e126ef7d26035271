/** Whose the objects of a pair are, beside the garbage collector of Kubernetes itself. */
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HAPair } from '../../src/api/index.ts';
import { API_VERSION, FINALIZER } from '../../src/api/kind.ts';
import { HAPAIRS } from '../../src/api/resources.ts';
import { FAMILIES } from '../../src/kea/families.ts';
import { removeFinalizer } from '../../src/runtime/finalizer.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { disown, removeBelongings } from '../../src/workload/belongings.ts';
import { CLAIMS, DISRUPTION_BUDGETS, JOBS, SECRETS, STATEFUL_SETS } from '../../src/workload/objects.ts';
import { eventually } from '../support/eventually.ts';
import { useWorkloadBench } from '../support/workloadBench.ts';

const bench = useWorkloadBench();
const { createPair, ensure, settle } = bench;
const KINDS = [STATEFUL_SETS, JOBS, DISRUPTION_BUDGETS, SECRETS] as const;

beforeAll(() => bench.server.startControllers('garbage-collector-controller'));

/** Everything that was made in the namespace, with its uid and what a restart would follow from. */
const made = async (): Promise<readonly string[]> => {
  const lists = await Promise.all(
    [...KINDS, CLAIMS].map((kind) => bench.server.client.list<KubeObject>(kind, { namespace: bench.namespace })),
  );
  return lists
    .flatMap(({ items }) => items)
    .map(({ kind, metadata: { name, uid = '', generation = 0 } }) => `${kind}/${name} ${uid} ${generation}`)
    .sort();
};

const deletePair = (pair: HAPair, propagationPolicy: 'Foreground' | 'Background') =>
  bench.server.client.delete(HAPAIRS, pair.metadata, { propagationPolicy });

/** Long enough for the collector, which takes some 100 ms: the control below shows that it is at work. */
const COLLECTION_MS = 3000;

/** As version 0.1 made them. */
const giveOwner = async (pair: HAPair): Promise<void> => {
  const { name, uid = '' } = pair.metadata;
  const owner = { apiVersion: API_VERSION, kind: 'HAPair', name, uid, controller: true, blockOwnerDeletion: true };
  const labels = { 'app.kubernetes.io/instance': name };
  const selection = { namespace: bench.namespace, labelSelector: `kea-operator.io/pair=${name}` };
  for (const kind of KINDS) {
    for (const { metadata } of (await bench.server.client.list<KubeObject>(kind, selection)).items) {
      await bench.server.client.patch<KubeObject>(kind, metadata, { metadata: { ownerReferences: [owner], labels } });
    }
  }
};

const of = (name: string, objects: readonly string[]) => objects.filter((what) => what.includes(`/${name}-`));

describe('the garbage collector', () => {
  it.each(['Foreground', 'Background'] as const)(
    'takes nothing of a pair that is deleted in the %s while its finalizer holds it',
    async (policy) => {
      const pair = await createPair({}, 'office', [FINALIZER]);
      await settle(pair);
      const before = await made();
      await deletePair(pair, policy);
      await pause(COLLECTION_MS);
      expect(await made()).toEqual(before);
    },
  );

  it('takes nothing by the owner references of version 0.1 where these were taken away before', async () => {
    const pair = await createPair({}, 'office', [FINALIZER]);
    const control = await createPair({}, 'control', [FINALIZER]);
    for (const one of [pair, control]) {
      await settle(one);
      await giveOwner(one);
    }
    const before = of('office', await made());
    await disown(bench.server.client, pair);
    const { metadata } = await bench.server.client.get(SECRETS, {
      namespace: bench.namespace,
      name: 'office-kea-control',
    });
    expect(metadata.ownerReferences).toBeUndefined();
    expect(metadata.labels).not.toHaveProperty('app.kubernetes.io/instance');
    await deletePair(pair, 'Foreground');
    await deletePair(control, 'Foreground');
    await eventually(async () => {
      expect(of('control', await made())).toEqual([]);
    });
    expect(of('office', await made())).toEqual(before);
  });

  it('is left what others say of owners', async () => {
    const pair = await createPair();
    await settle(pair);
    const at = { namespace: bench.namespace, name: 'office-kea-ca' };
    const theirs = await bench.server.client.create(SECRETS, {
      metadata: { namespace: bench.namespace, name: 'theirs' },
    });
    const ownerOf = ({ apiVersion, kind, metadata: { name, uid = '' } }: KubeObject) => ({
      apiVersion,
      kind,
      name,
      uid,
    });
    const ownerReferences = [ownerOf(theirs), ownerOf({ ...pair, apiVersion: API_VERSION, kind: 'HAPair' })];
    await bench.server.client.patch(SECRETS, at, { metadata: { ownerReferences } });
    await disown(bench.server.client, pair);
    expect((await bench.server.client.get(SECRETS, at)).metadata.ownerReferences).toEqual([ownerOf(theirs)]);
  });
});

describe('a pair without its finalizer', () => {
  it('leaves everything, and takes it up unchanged when it is made again', async () => {
    const pair = await createPair({}, 'office', [FINALIZER]);
    await settle(pair);
    await bench.startPod('office-a', true);
    const before = await made();
    await deletePair(pair, 'Background');
    await removeFinalizer(bench.server.client, HAPAIRS, pair, FINALIZER);
    await pause(COLLECTION_MS);
    const again = await createPair();
    expect(again.metadata.uid).not.toBe(pair.metadata.uid);
    await disown(bench.server.client, again);
    const { servers } = await ensure(again, ['a']);
    expect(await made()).toEqual(before);
    expect(servers[0]?.stored?.digest).toBe(servers[0]?.wanted.digest);
    expect(servers[0]?.pod.exists).toBe(true);
  });
});

describe('the end of a pair', () => {
  it('takes what was made for it, the sets first, also of former servers, and leaves leases and whatever is another’s', async () => {
    const neighbour = await createPair({}, 'lab');
    await settle(neighbour);
    const neighbours = of('lab', await made());
    const storage = { type: 'PersistentVolumeClaim', size: '1Gi' };
    const pair = await createPair({ storage });
    await settle(pair);
    const strange = { namespace: bench.namespace, name: 'office-kea-database' };
    await bench.server.client.create(SECRETS, { metadata: strange });
    const order: string[] = [];
    const client = {
      ...bench.server.client,
      delete: (...args: Parameters<typeof bench.server.client.delete>) => {
        order.push(`${args[0].kind}/${args[1].name}`);
        return bench.server.client.delete(...args);
      },
    };
    const shrunk: HAPair = { ...pair, spec: { ...pair.spec, servers: pair.spec.servers.slice(0, 1) } };
    await removeBelongings(client, shrunk, FAMILIES);
    expect(order.slice(0, 2)).toEqual(['StatefulSet/office-a', 'StatefulSet/office-b']);
    await eventually(async () => {
      expect(of('office', await made()).map((what) => what.split(' ')[0])).toEqual([
        'PersistentVolumeClaim/office-a-leases',
        'PersistentVolumeClaim/office-b-leases',
        'Secret/office-kea-database',
      ]);
    });
    expect(of('lab', await made())).toEqual(neighbours);
    await removeBelongings(client, shrunk, FAMILIES);
  });
});

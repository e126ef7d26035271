/** What tools of GitOps and people at a terminal do with the objects: compare them with manifests, select them, and sort their events. */
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { API_VERSION, FINALIZER, GROUP } from '../../../src/api/kind.ts';
import { HAPAIRS, HOST_RESERVATIONS } from '../../../src/api/resources.ts';
import { createEventRecorder } from '../../../src/runtime/events.ts';
import type { KubeObject } from '../../../src/runtime/object.ts';
import { CORE_EVENTS } from '../../../src/workload/objects.ts';
import type { TestApiServer } from '../../support/apiserver.ts';
import { eventually } from '../../support/eventually.ts';
import { createFakeClock } from '../../support/fakeClock.ts';
import { GOLDEN } from '../../support/golden.ts';
import { resourceOf, RIGHT } from './refusal.ts';

type Kubectl = (...args: readonly string[]) => Promise<string>;

const SAMPLES = `${import.meta.dirname}/../../../manifests/samples`;
/** The samples, and the golden case that has every field. */
const MANIFESTS: readonly (readonly [name: string, text: string])[] = [
  ...readdirSync(SAMPLES).map((file) => [file, readFileSync(`${SAMPLES}/${file}`, 'utf8')] as const),
  ['every keyword', readFileSync(`${GOLDEN}/every-keyword/in.yaml`, 'utf8')],
];

export const gitopsTests = (server: () => TestApiServer, kubectl: Kubectl): void => {
  test('what was applied differs from its manifest in nothing, and is not written twice', async () => {
    const { client, directory } = server();
    const objects = MANIFESTS.flatMap(([name, text]) => {
      const namespace = `diff-${name.replace(/[^a-z]/g, '-')}`;
      return parseAllDocuments(text)
        .map((document) => document.toJS() as KubeObject)
        .filter(({ kind }) => kind in RIGHT)
        .map((object) => ({ ...object, apiVersion: API_VERSION, metadata: { ...object.metadata, namespace } }));
    });
    const namespaces = [...new Set(objects.map(({ metadata }) => metadata.namespace))];
    await Promise.all(namespaces.map((namespace) => kubectl('create', 'namespace', namespace)));
    const file = `${directory}/manifests.yaml`;
    await writeFile(file, objects.map((object) => stringify(object)).join('---\n'));
    const apply = (): Promise<string> => kubectl('apply', '--server-side', '-f', file);
    await apply();
    // As the operator has them.
    for (const { kind, metadata } of objects) {
      const status = { observedGeneration: 1, warningCount: 1 };
      const write = { fieldManager: 'operator', subresource: 'status' } as const;
      await client.patch(resourceOf(kind), metadata, { metadata: { finalizers: [FINALIZER] } });
      await client.apply<KubeObject>(resourceOf(kind), { metadata, status }, write);
    }
    const versions = (): Promise<string> =>
      kubectl('get', '-f', file, '-o', 'jsonpath={.items[*].metadata.resourceVersion}');
    const before = await versions();
    expect(before.split(' ')).toHaveLength(objects.length);
    await expect(kubectl('diff', '--server-side', '-f', file)).resolves.toBe('');
    await expect(kubectl('diff', '-f', file)).resolves.toBe('');
    await apply();
    expect(await versions()).toBe(before);
  });

  describe('kubectl get', () => {
    const reservation = (name: string, subnet: string, ipAddress: string) => ({
      apiVersion: API_VERSION,
      kind: 'HostReservation',
      metadata: { namespace: 'selected', name },
      spec: { ...RIGHT.HostReservation, subnetRef: { name: subnet }, ipAddress },
    });

    test('selects HostReservations by Subnet, address and HAPair', async () => {
      await kubectl('create', 'namespace', 'selected');
      const { client } = server();
      for (const one of [reservation('desk', 'office', '192.0.2.7'), reservation('bench', 'lab', '192.0.2.8')]) {
        await client.create(HOST_RESERVATIONS, one);
      }
      await client.apply<KubeObject>(
        HOST_RESERVATIONS,
        { metadata: { namespace: 'selected', name: 'bench' }, status: { haPair: 'science' } },
        { fieldManager: 'operator', subresource: 'status' },
      );
      const select = (selector: string): Promise<string> =>
        kubectl('get', 'hres', '-n', 'selected', '--field-selector', selector, '-o', 'name');
      const told = await Promise.all(
        [
          'spec.subnetRef.name=office',
          'spec.ipAddress=192.0.2.8',
          'status.haPair=science',
          'status.haPair!=science',
        ].map(select),
      );
      const name = (of: string): string => `hostreservation.${GROUP}/${of}\n`;
      expect(told).toEqual([name('desk'), name('bench'), name('bench'), name('desk')]);
    });

    test('knows the short names of all, and where another API has the kind Subnet the long one', async () => {
      const words = ['hap', 'dnet', 'shnet', 'dsub', 'hres', 'cclass', 'optdef', `subnets.${GROUP}`];
      await expect(kubectl('get', words.join(','), '-n', 'selected')).resolves.toBeDefined();
    });

    test('leaves hr to the HelmReleases of Flux', async () => {
      await expect(kubectl('get', 'hr')).rejects.toThrow(/the server doesn't have a resource type "hr"/);
    });
  });

  test('events come in the order in which things happened, however people sort them', async () => {
    const namespace = 'told';
    await kubectl('create', 'namespace', namespace);
    const { client } = server();
    const metadata = { namespace, name: 'office' };
    const pair = await client.create<KubeObject>(HAPAIRS, { metadata, spec: RIGHT.HAPair });
    const clock = createFakeClock();
    const recorder = createEventRecorder({ client, controller: 'kea-operator.io/operator', instance: 'test', clock });
    const tell = (reason: string): void => {
      recorder.record(pair, { type: 'Normal', reason, action: 'Check', note: 'for the test' });
    };
    /** As the kubelet and most others write them. */
    const another = (reason: string, seconds: number) => {
      const time = new Date(clock.now() + seconds * 1000).toISOString().replace('.000', '');
      const involvedObject = { kind: 'Pod', name: 'office-a-0', namespace };
      const times = { firstTimestamp: time, lastTimestamp: time, count: 1 };
      return client.create(CORE_EVENTS, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { namespace, name: reason.toLowerCase() },
        ...{ reason, message: '', type: 'Normal', involvedObject, ...times },
      });
    };
    await another('Latest', 120);
    await another('Second', 20);
    tell('Third');
    await clock.advance(10_000);
    tell('First');
    await eventually(async () => {
      const { items } = await client.list(CORE_EVENTS, { namespace });
      expect(items).toHaveLength(4);
    });
    await clock.advance(50_000);
    tell('Third');
    await recorder.close(10_000);

    const reasons = async (...args: readonly string[]): Promise<readonly string[]> => {
      const text = await kubectl(...args, '-n', namespace, '--no-headers');
      return [...text.matchAll(/\b(First|Second|Third|Latest)\b/g)].map(([reason]) => reason);
    };
    const sorted = ['First', 'Second', 'Third', 'Latest'];
    expect(await reasons('get', 'events', '--sort-by=.lastTimestamp')).toEqual(sorted);
    expect(await reasons('events')).toEqual(sorted);
    // When each was first told.
    expect(await reasons('get', 'events', '--sort-by=.metadata.creationTimestamp')).toHaveLength(sorted.length);
    expect(await reasons('get', 'events', '--sort-by=.firstTimestamp')).toEqual(['Third', 'First', 'Second', 'Latest']);
  });
};

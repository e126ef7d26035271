/** How the custom resources stand in Argo CD, by its own code, and what kustomize makes of them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kinds } from '../../src/api/index.ts';
import { API_VERSION } from '../../src/api/kind.ts';
import { HAPAIRS, SUBNETS } from '../../src/api/resources.ts';
import { compareText } from '../../src/kea/canonical.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import { ARGOCD, askArgocd, type Health, healthOf, kustomize, manifestsIn, tracked } from '../support/argocd.ts';
import { ROOT } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { GOLDEN } from '../support/golden.ts';
import { createNamespace } from '../support/kubernetes.ts';
import { useOperatorBench } from '../support/operatorBench.ts';
import { chartTests } from './gitops/chart.ts';

const bench = useOperatorBench({ releasesPort: 20_944 });

const get = ({ kind, metadata }: KubeObject): Promise<KubeObject> => {
  const plural = kinds.find((known) => known.kind === kind)?.plural ?? '';
  return bench.server.client.get<KubeObject>({ ...HAPAIRS, kind, plural }, metadata);
};

const observed = ({ status }: KubeObject): unknown =>
  (status as { observedGeneration?: number } | undefined)?.observedGeneration;

/** All that newcomers copy, and all that can be said. */
const manifests = async (): Promise<readonly KubeObject[]> => {
  const samples = join(ROOT, 'manifests/samples');
  const files = [...(await readdir(samples)).map((name) => join(samples, name)), join(GOLDEN, 'every-keyword/in.yaml')];
  const all = await Promise.all(
    files.map(async (file, index) =>
      manifestsIn(await readFile(file, 'utf8')).map((object) => ({
        ...object,
        // Golden cases leave it out.
        apiVersion: file.startsWith(GOLDEN) ? API_VERSION : object.apiVersion,
        metadata: { ...object.metadata, namespace: object.metadata.namespace ?? `of-${index}` },
      })),
    ),
  );
  const examples = (await kustomize(join(ARGOCD, 'dhcp'))).map((object) => inNamespace(object, 'dhcp'));
  return [...all, ...examples].flat().filter(({ apiVersion }) => apiVersion === API_VERSION);
};

const inNamespace = (object: KubeObject, namespace: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

describe('Argo CD', () => {
  chartTests(bench);

  it.each(['client', 'server'] as const)(
    'applies manifests by the %s and finds them in sync for ever, once the operator has looked at them',
    async (apply) => {
      const all = (await manifests()).map((object) =>
        tracked(inNamespace(object, `${apply}-${object.metadata.namespace ?? ''}`)),
      );
      const namespaces = new Set(all.map(({ metadata }) => metadata.namespace ?? ''));
      for (const namespace of namespaces) await createNamespace(bench.server.client, namespace);
      const { kubeconfig } = bench.server;
      await askArgocd({ kubeconfig, apply, manifests: all });
      await eventually(async () => {
        const unseen = [];
        for (const object of all) {
          const live = await get(object);
          if (observed(live) !== live.metadata.generation) unseen.push(`${live.kind}/${live.metadata.name}`);
        }
        expect(unseen).toEqual([]);
      }, 60_000);
      expect((await askArgocd({ kubeconfig, compare: true, manifests: all })).differences).toEqual([]);
      // A comparison that finds nothing is to find something where there is something.
      const [pair] = all;
      if (pair === undefined) throw new Error('no manifests');
      const changed = { ...pair, metadata: { ...pair.metadata, labels: { changed: 'yes' } } };
      const { differences } = await askArgocd({ kubeconfig, compare: true, manifests: [changed] });
      expect(differences.map(({ mode }) => mode)).toEqual(['client', 'structured', 'server']);
    },
  );

  it('prunes in the foreground what is not protected, and waits for what is until that is taken back', async () => {
    const lab = await bench.lab();
    const at = (name: string) => ({ namespace: lab.namespace, name });
    const prune = (resource: Resource, name: string) =>
      bench.server.client.delete(resource, at(name), { propagationPolicy: 'Foreground' });
    const gone = (resource: Resource, name: string): Promise<void> =>
      eventually(async () => {
        await expect(bench.server.client.get(resource, at(name))).rejects.toThrow('404');
      }, 30_000);
    await lab.createSubnet('office', '10.0.0.0/24');
    await lab.createSubnet('guests', '10.0.1.0/24', 'Delete');
    await lab.write({
      subnets: [lab.subnetRow('office', 1, '10.0.0.0/24'), lab.subnetRow('guests', 2, '10.0.1.0/24')],
    });
    await lab.lease('10.0.0.5', 1);
    await lab.createPair();
    for (const name of ['office', 'guests']) {
      await eventually(async () => {
        expect(await lab.condition(SUBNETS, name, 'Ready')).toMatchObject({ status: 'True' });
      }, 30_000);
    }
    for (const name of ['guests', 'office']) await prune(SUBNETS, name);
    await gone(SUBNETS, 'guests');
    await eventually(async () => {
      expect(await lab.condition(SUBNETS, 'office', 'Ready')).toMatchObject({ reason: 'LeasesActive' });
    });
    await bench.server.client.patch(SUBNETS, at('office'), { spec: { deletionPolicy: 'Delete' } });
    await gone(SUBNETS, 'office');
  });

  it('tells the health of objects as the operator and time go on', async () => {
    const lab = await bench.lab();
    const healthIn = async (resource: Resource, name: string): Promise<Health | null | undefined> =>
      (await healthOf([await bench.server.client.get(resource, { namespace: lab.namespace, name })]))[0];
    const becomes = async (resource: Resource, name: string, health: Partial<Record<keyof Health, unknown>>) =>
      eventually(async () => {
        expect(await healthIn(resource, name), name).toMatchObject(health);
      }, 30_000);

    await bench.stopOperator();
    await lab.createPair();
    await lab.createSubnet('office', '10.0.0.0/24');
    await lab.createSubnet('wrong', '10.0.0.0/23');
    await lab.createSubnet('early', '10.1.0.0/24', 'Delete', 'pair-to-come');
    const waiting = {
      status: 'Progressing',
      message: expect.stringMatching(/^Waiting for the operator to look at/) as unknown,
    };
    for (const name of ['office', 'wrong', 'early']) expect(await healthIn(SUBNETS, name)).toEqual(waiting);
    await lab.write({ subnets: [lab.subnetRow('office', 1, '10.0.0.0/24')] });
    await lab.lease('10.0.0.5', 1);
    await bench.startOperator();
    await becomes(SUBNETS, 'office', { status: 'Healthy', message: expect.stringMatching(/^Programmed: /) });
    await becomes(SUBNETS, 'wrong', { status: 'Degraded', message: expect.stringMatching(/^PrefixOverlap: /) });
    await becomes(SUBNETS, 'early', { status: 'Progressing', message: expect.stringMatching(/^RefNotFound: /) });
    await becomes(HAPAIRS, 'office', { status: 'Progressing' });

    await bench.server.client.delete(SUBNETS, { namespace: lab.namespace, name: 'office' });
    expect(await healthIn(SUBNETS, 'office')).toEqual({ status: 'Progressing', message: 'Pending deletion' });
    const at = { namespace: lab.namespace, name: 'office' };
    await bench.server.client.patch(HAPAIRS, at, { spec: { paused: true } });
    await becomes(HAPAIRS, 'office', { status: 'Suspended', message: expect.stringMatching(/^Paused: /) });
    await bench.stopOperator();
    await bench.server.client.patch(HAPAIRS, at, { spec: { paused: false } });
    expect(await healthIn(HAPAIRS, 'office')).toEqual(waiting);
    await bench.startOperator();
  });

  it('reads in every status of the golden cases what Ready says', async () => {
    const files = await readdir(GOLDEN, { recursive: true });
    const statuses = files.filter((file) => /\/status[^/]*\.yaml$/.test(file));
    const objects = (await Promise.all(statuses.map(reportedIn))).flat();
    const healths = await healthOf(objects);
    const told = objects.map(({ status }, index) => {
      const conditions = conditionsOf(status);
      const ready = conditions.get('Ready');
      return { said: `${ready?.status} ${ready?.reason}`, status: ready?.status, health: healths[index]?.status };
    });
    const found = Map.groupBy(told, ({ status, health }) => `${status} ${health}`);
    const reasonsOf = (key: string) => [...new Set(found.get(key)?.map(({ said }) => said))].toSorted(compareText);
    expect([...found.keys()].filter((key) => !EXPECTED.has(key))).toEqual([]);
    expect(found.get('True Healthy')?.length).toBeGreaterThan(100);
    expect(found.get('False Degraded')?.length).toBeGreaterThan(100);
    expect(reasonsOf('Unknown Suspended')).toEqual(['Unknown DryRun']);
    expect(reasonsOf('Unknown Progressing')).toContain('Unknown LeasesActive');
  });

  it('judges the test data as its own repository would', async () => {
    const layout = join(ARGOCD, 'resource_customizations/kea-operator.io/_');
    const { tests } = parse(await readFile(join(layout, 'health_test.yaml'), 'utf8')) as {
      readonly tests: readonly { readonly healthStatus: Health; readonly inputPath: string }[];
    };
    const objects = await Promise.all(
      tests.map(async ({ inputPath }) => parse(await readFile(join(layout, inputPath), 'utf8')) as object),
    );
    expect(await healthOf(objects)).toEqual(tests.map(({ healthStatus }) => healthStatus));
    const files = await readdir(join(layout, 'testdata'));
    expect(tests.map(({ inputPath }) => inputPath).toSorted()).toEqual(files.map((name) => `testdata/${name}`).sort());
  });

  it('knows every field of the Applications', async () => {
    const applications = manifestsIn(await readFile(join(ARGOCD, 'applications.yaml'), 'utf8'));
    expect(applications).toHaveLength(2);
    await askArgocd({ applications });
    const wrong = { ...applications[0], spec: { project: 'default', sync: {} } };
    await expect(askArgocd({ applications: [wrong] })).rejects.toThrow('unknown field "sync"');
  });
});

/** Of a condition Ready and the health by it. */
const EXPECTED: ReadonlySet<string> = new Set([
  'True Healthy',
  'False Degraded',
  // RefNotFound and ParentRejected, where nothing says that it is Stalled.
  'False Progressing',
  'Unknown Progressing',
  'Unknown Suspended',
]);

/** The objects of a golden case's status, as far as health is concerned. */
const reportedIn = async (file: string): Promise<readonly KubeObject[]> => {
  const { statuses } = parse(await readFile(join(GOLDEN, file), 'utf8')) as {
    readonly statuses: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  return Object.entries(statuses).map(([object, fields]) => {
    const [kind = '', name = ''] = object.split('/');
    const conditions = Object.entries(fields).flatMap(([type, text]) => {
      const said = typeof text === 'string' ? CONDITION.exec(text) : null;
      if (said === null) return [];
      const [, status, reason, message] = said;
      return [{ type, status, reason, message, lastTransitionTime: '2026-01-02T00:00:00Z' }];
    });
    const metadata = { name, namespace: 'prod', generation: 1 };
    return { apiVersion: API_VERSION, kind, metadata, status: { observedGeneration: 1, conditions } };
  });
};
const CONDITION = /^(True|False|Unknown) (\w+): (.*)$/s;

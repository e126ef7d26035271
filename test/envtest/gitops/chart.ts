/** The chart's own objects, applied and compared as Argo CD does it, while Kubernetes' controllers and the operator write. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../../src/runtime/object.ts';
import { FIELD_MANAGER } from '../../../src/workload/store.ts';
import { askArgocd, tracked } from '../../support/argocd.ts';
import { renderChart, type Rendered } from '../../support/chart.ts';
import { type Crd, CRDS } from '../../support/crds.ts';
import { eventually } from '../../support/eventually.ts';
import type { OperatorBench } from '../../support/operatorBench.ts';
import { binary } from '../../support/postgres.ts';
import { run } from '../../support/run.ts';

const BUNDLED = { postgresql: { bundled: true, persistence: { enabled: true } } };

/** All kinds of objects that the chart has. */
const EVERYTHING = {
  ...BUNDLED,
  operator: { replicas: 2 },
  leases: { replicas: 2 },
  metrics: {
    service: { enabled: true },
    serviceMonitor: { enabled: true },
    podMonitor: { enabled: true },
    prometheusRule: { enabled: true },
    dashboards: { enabled: true },
  },
  networkPolicy: { enabled: true, nodes: ['10.0.0.0/24', '2001:db8::/64'], apiServer: ['10.0.9.1/32'] },
};

/** Those that write to objects of the kinds of the chart. */
const CONTROLLERS = [
  'clusterrole-aggregation-controller',
  'deployment-controller',
  'disruption-controller',
  'replicaset-controller',
  'serviceaccount-token-controller',
  'statefulset-controller',
  'validatingadmissionpolicy-status-controller',
];
/** On a quiet machine it is seconds. */
const PATIENCE_MS = 60_000;
const WITH_STATUS = ['Deployment', 'PodDisruptionBudget', 'StatefulSet', 'ValidatingAdmissionPolicy'];

type Live = Rendered & { readonly metadata: { readonly managedFields: readonly { readonly manager: string }[] } };

/** What a sync applies. */
const withoutHooks = async (values: object): Promise<readonly Rendered[]> =>
  (await renderChart(values)).filter(({ metadata: { annotations } }) => annotations?.['helm.sh/hook'] === undefined);

export const chartTests = (bench: OperatorBench): void => {
  /** As the API server has them, with who wrote what. */
  const live = async (objects: readonly object[]): Promise<readonly Live[]> => {
    const args = ['--kubeconfig', bench.server.kubeconfig, 'get', '-f', '-', '-o', 'json', '--show-managed-fields'];
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    const list = JSON.parse(await run(await binary('kubectl'), args, { input })) as { items: readonly Live[] };
    return list.items;
  };
  const installMonitors = async (): Promise<void> => {
    const directory = await binary('prometheus-crds');
    for (const name of await readdir(directory)) {
      const crd = parse(await readFile(join(directory, name), 'utf8')) as Crd;
      await bench.server.client.apply(CRDS, crd, { fieldManager: 'test' });
    }
  };
  let prepared: Promise<void> | undefined;
  const prepare = (): Promise<void> => {
    prepared ??= (async () => {
      await installMonitors();
      await bench.server.startControllers(...CONTROLLERS);
    })();
    return prepared;
  };

  describe('the objects of the chart', () => {
    it.each([
      // Its definitions are too long for the annotation of the other way.
      { apply: 'client', what: 'everything but definitions', values: EVERYTHING, without: 'CustomResourceDefinition' },
      { apply: 'server', what: 'everything', values: EVERYTHING, without: '' },
      { apply: 'server', what: 'what there is by default', values: {}, without: '' },
    ] as const)(
      'are in sync, applied by the $apply: $what, also when controllers and operator have written',
      async ({ apply, values, without }) => {
        await prepare();
        const manifests = (await withoutHooks(values)).filter(({ kind }) => kind !== without).map(tracked);
        const { kubeconfig } = bench.server;
        // A kind that has just been defined is not served at once.
        await eventually(() => askArgocd({ kubeconfig, apply, manifests }), PATIENCE_MS);
        const objects = await eventually(async () => {
          const now = await live(manifests);
          expect(now.filter(unwritten).map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([]);
          return now;
        }, PATIENCE_MS);
        expect(objects).toHaveLength(manifests.length);
        const ours = objects.filter(({ metadata }) =>
          metadata.managedFields.some(({ manager }) => manager === FIELD_MANAGER),
        );
        expect(ours.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([]);
        const { differences } = await askArgocd({ kubeconfig, compare: true, manifests });
        expect(differences.map(({ mode, kind, name }) => `${mode}: ${kind}/${name}`)).toEqual([]);
      },
    );

    it('are taken over from a release whose claim templates say no type', async () => {
      const chart = await withoutHooks({ ...BUNDLED, fullnameOverride: 'earlier' });
      const [set] = chart.filter(({ kind }) => kind === 'StatefulSet').map(withoutClaimTypes);
      if (set === undefined) throw new Error('no StatefulSet');
      const { kubeconfig } = bench.server;
      await askArgocd({ kubeconfig, apply: 'server', manifests: [set] });
      // Claim templates cannot be changed: that this is no change, kube-apiserver has to say.
      const applied = askArgocd({ kubeconfig, apply: 'server', manifests: chart });
      await expect(applied).resolves.toMatchObject({ differences: [] });
    });
  });
};

/** What somebody is still to write to. */
const unwritten = ({ kind, type, metadata, status, data }: Rendered): boolean =>
  WITH_STATUS.includes(kind)
    ? (status as { readonly observedGeneration?: number } | undefined)?.observedGeneration !== metadata.generation
    : type === 'kubernetes.io/service-account-token' && data === undefined;

/** As version 0.1 of the chart had it: of claim templates neither apiVersion nor kind. */
const withoutClaimTypes = (set: Rendered): Rendered => {
  const spec = set.spec as { readonly volumeClaimTemplates?: readonly KubeObject[] };
  const volumeClaimTemplates = (spec.volumeClaimTemplates ?? []).map(
    ({ apiVersion: _, kind: __, ...template }) => template,
  );
  return { ...set, spec: { ...spec, volumeClaimTemplates } };
};

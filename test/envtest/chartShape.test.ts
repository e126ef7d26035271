/** What values change in the objects of the chart, as helm renders it. No API server is needed. */
import { describe, expect, it } from 'vitest';
import { renderChart, type Rendered } from '../support/chart.ts';
import { VALUE_SETS } from '../support/chartValues.ts';

interface Container {
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly securityContext: object;
  readonly resources?: object;
}
interface PodSpec {
  readonly serviceAccountName?: string;
  readonly containers: readonly Container[];
  readonly tolerations?: readonly { readonly key?: string }[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly priorityClassName?: string;
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly affinity?: object;
  readonly topologySpreadConstraints?: readonly object[];
  readonly securityContext: object;
}
interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations?: object };
  readonly spec: PodSpec;
}

/** The pods of the release by component, those of hooks too. */
const podsOf = (objects: readonly Rendered[]): ReadonlyMap<string, Pod> =>
  new Map(
    objects.flatMap((object): readonly (readonly [string, Pod])[] => {
      const { template } = (object.spec ?? {}) as { readonly template?: Pod };
      const pod = object.kind === 'Pod' ? (object as unknown as Pod) : template;
      return pod === undefined ? [] : [[pod.metadata.labels['app.kubernetes.io/component'] ?? '', pod]];
    }),
  );
const valuesOf = (what: string): object => {
  const set = VALUE_SETS.find((one) => one.what === what);
  if (set === undefined) throw new Error(`no such set of values: ${what}`);
  return set.values;
};
const render = async (what: string) => {
  const objects = await renderChart(valuesOf(what));
  return { objects, pods: podsOf(objects) };
};
const ANYTHING = expect.anything() as unknown;
const COMPONENTS = ['operator', 'leases', 'postgresql', 'uninstall', 'test'];

describe('a registry for all images', () => {
  it('is that of every image, of the one of servers and of what HAPairs may name too, and its pull Secrets go with it', async () => {
    const { pods } = await render('a registry for all images');
    expect([...pods.keys()].sort()).toEqual(COMPONENTS.toSorted());
    for (const { spec } of pods.values()) {
      expect(spec.containers.every(({ image }) => image.startsWith('registry.local:5000/mirror/kea-operator/'))).toBe(
        true,
      );
      expect(spec.imagePullSecrets).toEqual([{ name: 'one' }, { name: 'two' }]);
    }
    const args = pods.get('operator')?.spec.containers[0]?.args ?? [];
    expect(args).toEqual(
      expect.arrayContaining([
        '--kea-image=registry.local:5000/mirror/kea-operator/kea-server:3.0.4',
        '--kea-image-pull-secret=one',
        '--kea-image-pull-secret=two',
      ]),
    );
    expect(args.join()).not.toContain('docker.io');
  });
});

it('the servers’ image is fetched as its own policy says, with the Secrets of all', async () => {
  const { pods } = await render('images by digest');
  const args = pods.get('operator')?.spec.containers[0]?.args ?? [];
  expect(args).toEqual(expect.arrayContaining(['--kea-image-pull-policy=Never', '--kea-image-pull-secret=registry']));
});

describe('names', () => {
  it('of the release are nowhere where there is another namespace', async () => {
    const { objects, pods } = await render('other names');
    const namespaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
    expect([...namespaces].sort()).toEqual(['kube-system', 'network', 'network-leases']);
    expect(JSON.stringify(objects)).not.toContain('kea-system');
    for (const { metadata } of pods.values()) expect(metadata.labels['app.kubernetes.io/name']).toBe('dhcp');
  });

  it('are as long as names may be', async () => {
    const { objects } = await render('one name for all');
    const named = objects.filter(({ metadata }) => metadata.name.startsWith('a-name-that-is'));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ metadata }) => metadata.name.length > 63)).toEqual([]);
  });
});

describe('labels and annotations', () => {
  it('of everything are those of every object and pod', async () => {
    const { objects, pods } = await render('labels of everything');
    const without = [...objects, ...pods.values()].filter(({ metadata: { labels } }) => labels?.team !== 'net');
    expect(without).toEqual([]);
  });

  it('of a component are its object’s and its pods’, beside the chart’s own', async () => {
    const { objects, pods } = await render('labels and annotations');
    for (const [component, { metadata }] of pods) {
      if (component === 'test') continue;
      expect(metadata.labels).toMatchObject({
        'sidecar.istio.io/inject': 'false',
        'app.kubernetes.io/instance': 'kea-operator',
      });
      expect(metadata.annotations).toMatchObject({ 'prometheus.io/scrape': 'false' });
    }
    const owners = objects.filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind));
    expect(owners).toHaveLength(4);
    for (const { metadata } of owners) {
      expect(metadata.labels).toMatchObject({ a: 'b' });
      expect(metadata.annotations).toMatchObject({ 'reloader.stakater.com/auto': 'true' });
    }
    expect(owners.find(({ kind }) => kind === 'Job')?.metadata.annotations).toMatchObject({
      'helm.sh/hook': 'pre-delete',
    });
  });

  it('do not make the bundled PostgreSQL start anew with each version of the chart', async () => {
    const { pods } = await render('a bundled PostgreSQL for trying out');
    expect(Object.keys(pods.get('postgresql')?.metadata.labels ?? {}).sort()).toEqual([
      'app.kubernetes.io/component',
      'app.kubernetes.io/instance',
      'app.kubernetes.io/name',
    ]);
  });
});

describe('where pods go', () => {
  it('is said for each component, beside the nodes that are lost', async () => {
    const { pods } = await render('nodes with taints');
    for (const { spec } of pods.values()) {
      expect(spec.tolerations).toContainEqual({ key: 'infra', operator: 'Exists', effect: 'NoSchedule' });
      expect(spec.nodeSelector).toEqual({ 'node-role.kubernetes.io/infra': '' });
      expect(spec.priorityClassName).toBe('system-cluster-critical');
    }
    for (const component of ['operator', 'leases'])
      expect(pods.get(component)?.spec.tolerations?.map(({ key }) => key)).toContain('node.kubernetes.io/unreachable');
  });

  it('is for Job and test where the operator goes, unless they say otherwise', async () => {
    const { pods } = await render('nodes with taints for the operator alone, which the Job takes over');
    for (const component of ['uninstall', 'test']) {
      expect(pods.get(component)?.spec.tolerations).toEqual([{ operator: 'Exists' }]);
      expect(pods.get(component)?.spec.nodeSelector).toEqual({ infra: 'true' });
    }
    expect(pods.get('leases')?.spec.nodeSelector).toBeUndefined();
  });

  it('are nodes of their own where there are several, with a budget for those who drain', async () => {
    const { objects, pods } = await render('several of each');
    for (const component of ['operator', 'leases'])
      expect(pods.get(component)?.spec.affinity).toMatchObject({
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100 }] },
      });
    const budgets = objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
    expect(budgets.map(({ metadata }) => metadata.name).sort()).toEqual(['kea-operator', 'kea-operator-leases']);
    const alone = await render('nothing');
    expect(alone.pods.get('operator')?.spec.affinity).toBeUndefined();
    expect(alone.objects.filter(({ kind }) => kind === 'PodDisruptionBudget')).toHaveLength(1);
  });

  it('is the values’ own word where they have one, and a spread is of the component’s pods', async () => {
    const own = await render('a podAntiAffinity in place of the chart’s');
    expect(own.pods.get('leases')?.spec.affinity).toEqual({
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [ANYTHING] },
    });
    const spread = await render('affinity and spread');
    expect(spread.pods.get('leases')?.spec.affinity).toMatchObject({ nodeAffinity: {}, podAntiAffinity: {} });
    expect(spread.pods.get('operator')?.spec.topologySpreadConstraints).toMatchObject([
      { labelSelector: { matchLabels: { 'app.kubernetes.io/component': 'operator' } } },
    ]);
  });
});

describe('containers', () => {
  it('have arguments and variables after the chart’s own', async () => {
    const [container] =
      (await render('a proxy and authorities of its own')).pods.get('operator')?.spec.containers ?? [];
    expect(container?.args?.at(0)).toBe('operator');
    expect(container?.args?.at(-1)).toBe('--log-level=debug');
    expect(container?.env?.map(({ name }) => name)).toEqual(['NAMESPACE', 'POD_NAME', 'NODE_EXTRA_CA_CERTS', 'TOKEN']);
  });

  it('have requests and a limit of memory, by default and in Jobs too', async () => {
    const { pods } = await render('a bundled PostgreSQL for trying out');
    for (const { spec } of pods.values())
      for (const { resources } of spec.containers)
        expect(resources).toMatchObject({
          requests: { cpu: ANYTHING, memory: ANYTHING },
          limits: { memory: ANYTHING },
        });
  });

  it('are restricted by default, and by what values add to it', async () => {
    for (const what of ['a bundled PostgreSQL for trying out', 'security contexts of OpenShift']) {
      for (const { spec } of (await render(what)).pods.values()) {
        expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
        for (const { securityContext } of spec.containers)
          expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
      }
    }
    const { pods } = await render('security contexts of OpenShift');
    for (const component of ['operator', 'uninstall'])
      expect(pods.get(component)?.spec.securityContext).toMatchObject({ runAsUser: 1_000_650_000 });
  });
});

describe('rights', () => {
  it('that somebody else gives are not the chart’s, and its rules are for the accounts that they are given to', async () => {
    const { objects, pods } = await render('accounts and rights that somebody else makes');
    const own = objects.filter(
      ({ kind, metadata }) => /Role|ServiceAccount/.test(kind) && !/(metrics-reader|-test)$/.test(metadata.name),
    );
    expect(own.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([]);
    expect(['operator', 'leases', 'uninstall'].map((name) => pods.get(name)?.spec.serviceAccountName)).toEqual([
      'theirs',
      'theirs-leases',
      'theirs-uninstall',
    ]);
    const policies = JSON.stringify(objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy'));
    expect(policies).toContain('system:serviceaccount:kea-system:theirs-uninstall');
    expect(pods.get('operator')?.spec.containers[0]?.args?.join()).not.toContain('--lease-api-owner');
  });

  it('are those of an account with another name', async () => {
    const { objects, pods } = await render('accounts of other names with annotations');
    const account = objects.find(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === 'dhcp');
    expect(account?.metadata.annotations).toHaveProperty(['eks.amazonaws.com/role-arn']);
    expect(pods.get('operator')?.spec.serviceAccountName).toBe('dhcp');
    const bound = objects.flatMap(({ kind, metadata, subjects }) =>
      kind.endsWith('RoleBinding') && /^(kea-system:)?kea-operator(-pairs)?$/.test(metadata.name)
        ? (subjects as readonly { readonly name: string }[]).map(({ name }) => name)
        : [],
    );
    expect([new Set(bound), bound.length]).toEqual([new Set(['dhcp']), 4]);
  });

  it('of helm test are none', async () => {
    const { objects, pods } = await render('nothing');
    const account = pods.get('test')?.spec.serviceAccountName;
    expect(account).toBe('kea-operator-test');
    expect(JSON.stringify(objects.filter(({ kind }) => kind.endsWith('Binding')))).not.toContain(account);
  });
});

describe('values that are wrong', () => {
  it.each<[string, object, string]>([
    ['a name that nobody knows', { operator: { podLabel: {} } }, "additional properties 'podLabel' not allowed"],
    ['labels by which pods are found', { commonLabels: { 'app.kubernetes.io/name': 'x' } }, 'commonLabels'],
    ['the same of pods', { leases: { podLabels: { 'app.kubernetes.io/component': 'x' } } }, 'podLabels'],
    [
      'an account that is nobody’s',
      { leases: { serviceAccount: { create: false } } },
      'leases.serviceAccount.name is needed where leases.serviceAccount.create is false',
    ],
    ['a registry that is a list', { global: { imageRegistry: ['a'] } }, 'imageRegistry'],
    ['a policy that Kubernetes does not have', { keaImage: { pullPolicy: 'Sometimes' } }, 'pullPolicy'],
    [
      'an affinity at the wrong place',
      { operator: { affinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } } },
      'affinity',
    ],
  ])('as %s, are refused', async (_, values, says) => {
    await expect(renderChart(values)).rejects.toThrow(says);
  });
});

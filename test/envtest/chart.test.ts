/** What the chart makes of its values, as helm renders it. No API server is needed. */
import { describe, expect, it } from 'vitest';
import { renderChart, type Rendered, SYSTEM } from '../support/chart.ts';

interface NetworkPolicy {
  readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}
interface Rule {
  readonly ports?: readonly { readonly port?: string | number; readonly protocol?: string }[];
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
}
type Peer = Readonly<Record<'ipBlock' | 'podSelector' | 'namespaceSelector', object | undefined>>;

const networkPolicies = async (values: object): Promise<ReadonlyMap<string, NetworkPolicy>> => {
  const objects = (await renderChart(values)).filter(({ kind }) => kind === 'NetworkPolicy');
  return new Map(objects.map((object) => [object.metadata.name, object.spec as NetworkPolicy]));
};
const NODES = { networkPolicy: { enabled: true, nodes: ['10.0.0.0/24', '10.0.1.0/24'] } };
const both = (more: object = {}) => ({
  networkPolicy: { ...NODES.networkPolicy, apiServer: ['10.0.9.1/32'], ...more },
});
const bundled = { postgresql: { bundled: true } };
const cidrs = (peers: readonly Peer[] = []) =>
  peers.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : [(ipBlock as { readonly cidr: string }).cidr]));

describe('network policies', () => {
  it('there are none unless they are asked for', async () => {
    expect(await networkPolicies({ ...bundled, networkPolicy: { nodes: ['10.0.0.0/24'] } })).toEqual(new Map());
  });

  it.each<[string, object, readonly string[]]>([
    ['nothing of addresses', { networkPolicy: { enabled: true } }, ['kea-operator', 'kea-operator-leases']],
    ['no lease API', { leases: { enabled: false }, networkPolicy: { enabled: true } }, ['kea-operator']],
    [
      'a bundled PostgreSQL',
      { ...bundled, networkPolicy: { enabled: true } },
      ['kea-operator', 'kea-operator-leases', 'kea-operator-postgresql'],
    ],
    ['nodes alone', NODES, ['kea-operator', 'kea-operator-leases']],
    ['nodes and kube-apiserver', both(), ['kea-operator', 'kea-operator-leases', 'kea-operator-egress']],
    [
      'kube-apiserver alone, as the servers on their nodes could not be reached',
      { networkPolicy: { enabled: true, apiServer: ['10.0.9.1/32'] } },
      ['kea-operator', 'kea-operator-leases'],
    ],
  ])('with %s are for whom something is known', async (_, values, names) => {
    expect([...(await networkPolicies(values)).keys()].sort()).toEqual(names.toSorted());
  });

  it('let anybody come to PostgreSQL where nobody says where the servers come from, and let it go nowhere', async () => {
    const policies = await networkPolicies({ ...bundled, networkPolicy: { enabled: true } });
    expect(policies.get('kea-operator-postgresql')).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ port: 'postgresql' }] }],
    });
    expect(policies.get('kea-operator-postgresql')?.ingress?.[0]).not.toHaveProperty('from');
    expect(policies.get('kea-operator-postgresql')).not.toHaveProperty('egress');
  });

  it('let to PostgreSQL the servers from their nodes, what makes the schema anywhere, operator and lease API', async () => {
    const policies = await networkPolicies({ ...bundled, ...NODES });
    const [rule] = policies.get('kea-operator-postgresql')?.ingress ?? [];
    expect(cidrs(rule?.from)).toEqual(NODES.networkPolicy.nodes);
    expect(rule?.from?.filter(({ ipBlock }) => ipBlock === undefined)).toEqual([
      {
        podSelector: {
          matchLabels: { 'app.kubernetes.io/name': 'kea-operator', 'app.kubernetes.io/instance': 'kea-operator' },
          matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'In', values: ['operator', 'leases'] }],
        },
      },
      {
        namespaceSelector: {},
        podSelector: {
          matchLabels: {
            'app.kubernetes.io/managed-by': 'kea-operator',
            'app.kubernetes.io/component': 'schema',
          },
        },
      },
    ]);
  });

  it('let operator and lease API reach kube-apiserver, the nodes, name servers, PostgreSQL, and what is said', async () => {
    const extra = { to: [{ ipBlock: { cidr: '10.5.0.0/16' } }], ports: [{ protocol: 'TCP', port: 5432 }] };
    const policies = await networkPolicies({ ...bundled, ...both({ egress: [extra] }) });
    const egress = policies.get('kea-operator-egress')?.egress ?? [];
    expect(egress.flatMap(({ to }) => cidrs(to))).toEqual(['10.0.9.1/32', '10.0.0.0/24', '10.0.1.0/24', '10.5.0.0/16']);
    expect(egress[0]).toEqual({
      ports: [
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ],
    });
    expect(egress.at(-1)).toEqual(extra);
    expect(JSON.stringify(egress[2])).toContain('"app.kubernetes.io/component":"postgresql"');
  });

  it('let the lease API ask the operator, and nobody else', async () => {
    const policies = await networkPolicies(both());
    const component = (name: string) => ({
      podSelector: {
        matchLabels: {
          'app.kubernetes.io/name': 'kea-operator',
          'app.kubernetes.io/instance': 'kea-operator',
          'app.kubernetes.io/component': name,
        },
      },
    });
    const rules = policies.get('kea-operator')?.ingress ?? [];
    expect(rules.filter(({ ports }) => ports?.some(({ port }) => port === 'internal'))).toEqual([
      { ports: [{ port: 'internal' }], from: [component('leases')] },
    ]);
    expect(policies.get('kea-operator-egress')?.egress).toContainEqual({
      to: [component('operator')],
      // The second is where helm test asks whether it is ready.
      ports: [
        { protocol: 'TCP', port: 9443 },
        { protocol: 'TCP', port: 8080 },
      ],
    });
  });

  it('are refused where the operator could not reach its database', async () => {
    const database = { host: 'db.example.org', adminSecret: 'pg' };
    await expect(renderChart({ database, ...both() })).rejects.toThrow(
      'networkPolicy.egress has to let the operator reach database.host',
    );
  });

  it('let those read metrics who are named, and the kubelets look after their pods', async () => {
    const prometheus = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } };
    const policies = await networkPolicies({
      networkPolicy: { ...NODES.networkPolicy, metricsFrom: [prometheus] },
    });
    for (const name of ['kea-operator', 'kea-operator-leases']) {
      const rule = policies.get(name)?.ingress?.find(({ ports }) => ports?.[0]?.port === 'metrics');
      expect(rule?.from?.[0]).toEqual(prometheus);
      expect(cidrs(rule?.from)).toEqual(NODES.networkPolicy.nodes);
    }
    expect(policies.get('kea-operator-leases')?.ingress?.[0]).toEqual({ ports: [{ port: 'https' }] });
  });
});

it('leases are released by who may edit a namespace, and not by who may view it', async () => {
  const roles = (await renderChart()).filter(({ metadata: { labels } }) =>
    Object.keys(labels ?? {}).some((label) => label.startsWith('rbac.authorization.k8s.io/aggregate-to-')),
  );
  const release = { apiGroups: ['state.kea-operator.io'], resources: ['leases/release'], verbs: ['create'] };
  const [role, ...others] = roles.filter(({ rules }) => JSON.stringify(rules).includes(JSON.stringify(release)));
  expect([role?.metadata.name, others]).toEqual(['kea-system:kea-operator-edit', []]);
  expect(role?.metadata.labels).not.toHaveProperty(['rbac.authorization.k8s.io/aggregate-to-view']);
});

describe('few namespaces', () => {
  const WATCHED = { watchNamespaces: ['dhcp', 'lab'], aggregateRoles: false };
  const argumentsOf = (objects: readonly Rendered[], name: string): readonly string[] => {
    const object = objects.find(({ kind, metadata }) => /^(Deployment|Job)$/.test(kind) && metadata.name === name);
    const { template } = object?.spec as {
      readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } };
    };
    return template.spec.containers[0]?.args ?? [];
  };

  it('are told to each process', async () => {
    const objects = await renderChart(WATCHED);
    for (const name of ['kea-operator', 'kea-operator-leases', 'kea-operator-uninstall']) {
      const args = argumentsOf(objects, name);
      expect(args).toEqual(expect.arrayContaining(['--watch-namespace=dhcp', '--watch-namespace=lab']));
    }
  });

  it('leave no role of the cluster that reaches into a namespace', async () => {
    const roles = (await renderChart(WATCHED)).filter(({ kind }) => kind === 'ClusterRole');
    const rules = roles.flatMap((role) => role.rules as readonly { readonly resources?: readonly string[] }[]);
    expect([...new Set(rules.flatMap(({ resources = [] }) => resources))].sort()).toEqual([
      'apiservices',
      'clusterroles',
      'customresourcedefinitions',
      'namespaces',
      'nodes',
      'subjectaccessreviews',
      'tokenreviews',
    ]);
  });

  it('are where the Roles are, beside the release’s own', async () => {
    const roles = (await renderChart(WATCHED)).filter(({ kind }) => kind === 'Role');
    expect([...new Set(roles.map(({ metadata }) => metadata.namespace))].sort()).toEqual([
      'dhcp',
      SYSTEM,
      'kea-system-leases',
      'lab',
    ]);
  });
});

/** Sets of values that people give the chart, each with what it is for. */

export interface ValueSet {
  readonly what: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const COMPONENTS = ['operator', 'leases', 'postgresql', 'uninstall'] as const;
/** The same of each component. */
const everywhere = (values: object): Readonly<Record<string, unknown>> => ({
  ...Object.fromEntries(COMPONENTS.map((component) => [component, values])),
});
const bundled = (postgresql: object = {}) => ({ postgresql: { bundled: true, ...postgresql } });
const withBundled = (values: Readonly<Record<string, unknown>>) => ({
  ...values,
  ...bundled(values.postgresql as object | undefined),
});
const CIDRS = { nodes: ['10.0.0.0/24', '2001:db8::/64'], apiServer: ['10.0.9.1/32'] };
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const DATABASE = { host: 'db.example.org', adminSecret: 'pg-admin', caSecret: 'pg-ca' };
const BESIDE_PROMETHEUS = { enabled: true, labels: { release: 'prometheus' }, annotations: { by: 'network' } };
const MONITOR = {
  ...BESIDE_PROMETHEUS,
  interval: '30s',
  scrapeTimeout: '10s',
  jobLabel: 'app.kubernetes.io/name',
  relabelings: [{ sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'node' }],
  metricRelabelings: [{ sourceLabels: ['__name__'], regex: 'nodejs_.*', action: 'drop' }],
};

export const VALUE_SETS: readonly ValueSet[] = [
  { what: 'nothing', values: {} },
  { what: 'a bundled PostgreSQL for trying out', values: bundled() },
  {
    what: 'one that keeps its data in a claim',
    values: bundled({ persistence: { enabled: true, size: '5Gi', storageClassName: 'fast' } }),
  },
  {
    what: 'one that keeps its data on a node',
    values: bundled({ persistence: { enabled: true, hostPath: '/srv/pg' }, nodeSelector: { disk: 'ssd' } }),
  },
  { what: 'a database outside', values: { database: DATABASE } },
  { what: 'no lease API', values: { leases: { enabled: false } } },
  { what: 'several of each', values: { operator: { replicas: 3 }, leases: { replicas: 4 } } },
  { what: 'DHCP leases that leave the word leases alone', values: { leases: { claimShortName: false } } },
  { what: 'few namespaces', values: { watchNamespaces: ['dhcp', 'lab'], aggregateRoles: false } },
  {
    what: 'bounds of HAPairs',
    values: {
      allowed: {
        hostPaths: [],
        images: ['registry.example.org/dhcp/*'],
        priorityClasses: ['dhcp'],
        servers: [{ namespaces: ['lab-*'], nodes: ['n1'], interfaces: ['eth1'] }],
      },
    },
  },
  { what: 'definitions that somebody else installs', values: { crds: { install: false } } },
  { what: 'definitions that go with the release', values: { crds: { keep: false } } },
  {
    what: 'a registry for all images',
    values: withBundled({
      global: {
        imageRegistry: 'registry.local:5000/mirror',
        imagePullSecrets: ['one', { name: 'two' }],
        other: { of: 'a parent' },
      },
    }),
  },
  {
    what: 'images by digest',
    values: withBundled({
      image: { digest: DIGEST, pullPolicy: 'Always' },
      keaImage: { digest: DIGEST, pullPolicy: 'Never' },
      postgresql: { image: { digest: DIGEST, pullPolicy: 'Never' } },
      imagePullSecrets: [{ name: 'registry' }],
    }),
  },
  {
    what: 'tags that YAML reads as numbers',
    values: withBundled({ image: { tag: 1.2 }, keaImage: { tag: 3 }, postgresql: { image: { tag: 17 } } }),
  },
  { what: 'other names', values: withBundled({ nameOverride: 'dhcp', namespaceOverride: 'network' }) },
  { what: 'one name for all', values: withBundled({ fullnameOverride: 'a-name-that-is-as-long-as-a-name-may-be' }) },
  {
    what: 'labels of everything',
    values: withBundled({ commonLabels: { 'example.org/cost-center': '42', team: 'net' } }),
  },
  {
    what: 'labels and annotations',
    values: withBundled(
      everywhere({
        labels: { a: 'b' },
        annotations: { 'reloader.stakater.com/auto': 'true' },
        podLabels: { 'sidecar.istio.io/inject': 'false' },
        podAnnotations: { 'prometheus.io/scrape': 'false' },
      }),
    ),
  },
  {
    what: 'nodes with taints',
    values: withBundled(
      everywhere({
        nodeSelector: { 'node-role.kubernetes.io/infra': '' },
        tolerations: [{ key: 'infra', operator: 'Exists', effect: 'NoSchedule' }],
        priorityClassName: 'system-cluster-critical',
      }),
    ),
  },
  {
    what: 'nodes with taints for the operator alone, which the Job takes over',
    values: { operator: { tolerations: [{ operator: 'Exists' }], nodeSelector: { infra: 'true' } } },
  },
  {
    what: 'affinity and spread',
    values: withBundled({
      ...everywhere({
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'arch', operator: 'Exists' }] }],
            },
          },
        },
      }),
      operator: {
        replicas: 2,
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
        ],
      },
    }),
  },
  {
    what: 'a podAntiAffinity in place of the chart’s',
    values: {
      leases: {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'topology.kubernetes.io/zone', labelSelector: { matchLabels: { a: 'b' } } },
            ],
          },
        },
      },
    },
  },
  {
    what: 'a proxy and authorities of its own',
    values: {
      operator: {
        extraArgs: ['--log-level=debug'],
        extraEnv: [
          { name: 'NODE_EXTRA_CA_CERTS', value: '/ca/ca.crt' },
          { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
        ],
        extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
        extraVolumeMounts: [{ name: 'ca', mountPath: '/ca', readOnly: true }],
      },
    },
  },
  {
    what: 'the same of each component',
    values: withBundled(
      everywhere({
        extraEnv: [{ name: 'TZ', value: 'UTC' }],
        extraVolumes: [{ name: 'more', emptyDir: {} }],
        extraVolumeMounts: [{ name: 'more', mountPath: '/more' }],
        dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
        hostAliases: [{ ip: '10.0.0.9', hostnames: ['db.example.org'] }],
        runtimeClassName: 'gvisor',
      }),
    ),
  },
  {
    what: 'security contexts of OpenShift',
    values: withBundled({
      operator: {
        podSecurityContext: { runAsUser: 1000650000, fsGroup: 1000650000 },
        securityContext: { capabilities: { add: ['NET_BIND_SERVICE'] } },
      },
    }),
  },
  {
    what: 'resources with limits for a quota',
    values: withBundled({
      ...everywhere({ resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: 1, memory: '512Mi' } } }),
      test: { resources: { limits: { cpu: '100m', memory: '256Mi' } } },
    }),
  },
  {
    what: 'strategies and revisions',
    values: withBundled({
      operator: { updateStrategy: { type: 'Recreate' }, revisionHistoryLimit: 0 },
      leases: { revisionHistoryLimit: 2 },
      postgresql: { updateStrategy: { type: 'OnDelete' }, revisionHistoryLimit: 1 },
    }),
  },
  {
    what: 'accounts and rights that somebody else makes',
    values: {
      rbac: { create: false },
      operator: { serviceAccount: { create: false, name: 'theirs' } },
      leases: { serviceAccount: { create: false, name: 'theirs-leases' } },
      uninstall: { serviceAccount: { create: false, name: 'theirs-uninstall' } },
    },
  },
  {
    what: 'accounts of other names with annotations',
    values: {
      operator: {
        serviceAccount: { name: 'dhcp', annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/x' } },
      },
    },
  },
  {
    what: 'network policies for a bundled PostgreSQL',
    values: {
      ...bundled(),
      networkPolicy: {
        enabled: true,
        ...CIDRS,
        metricsFrom: [{ podSelector: { matchLabels: { app: 'prometheus' } } }],
      },
    },
  },
  {
    what: 'network policies for a database outside',
    values: {
      database: DATABASE,
      networkPolicy: {
        enabled: true,
        ...CIDRS,
        egress: [{ to: [{ ipBlock: { cidr: '10.5.0.5/32' } }], ports: [{ protocol: 'TCP', port: 5432 }] }],
      },
    },
  },
  { what: 'metrics for everybody', values: { metrics: { authentication: false, port: 9090, detail: 'subnets' } } },
  { what: 'a PodMonitor', values: { metrics: { podMonitor: MONITOR } } },
  {
    what: 'a ServiceMonitor in the namespace of its Prometheus',
    values: {
      metrics: { serviceMonitor: { ...MONITOR, namespace: 'monitoring', tlsConfig: { insecureSkipVerify: true } } },
    },
  },
  {
    what: 'alerts and dashboards',
    values: {
      metrics: {
        prometheusRule: {
          ...BESIDE_PROMETHEUS,
          interval: '1m',
          alertLabels: { team: 'network' },
          runbookBaseUrl: 'https://git.example.org/kea-operator/src/branch/main',
          alerts: {
            KeaSubnetUsageHigh: { threshold: 75, for: '2h' },
            KeaPairPaused: { enabled: false },
            KeaServerDown: { labels: { severity: 'critical' } },
          },
        },
        dashboards: { ...BESIDE_PROMETHEUS, folder: 'DHCP' },
      },
    },
  },
  {
    what: 'objects beside it',
    values: {
      extraObjects: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'beside', namespace: 'kea-system' },
          data: { a: 'b' },
        },
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include "kea-operator.fullname" . }}-beside\n  namespace: {{ .Release.Namespace }}\n',
      ],
    },
  },
  { what: 'no helm test', values: { test: { enabled: false } } },
];

/** What the chart makes for those who read metrics, as helm renders it. No API server is needed. */
import { describe, expect, it } from 'vitest';
import { renderChart, type Rendered, SYSTEM } from '../support/chart.ts';

describe('metrics', () => {
  const PROBES = ['livenessProbe', 'readinessProbe'] as const;
  const containerOf = (objects: readonly Rendered[]) => {
    const { spec } =
      objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'kea-operator') ?? {};
    type Probe = Readonly<Record<(typeof PROBES)[number], { readonly httpGet: { readonly scheme: string } }>>;
    const [container] = (spec as { template: { spec: { containers: (Probe & { args: string[] })[] } } }).template.spec
      .containers;
    if (container === undefined) throw new Error('no container');
    return container;
  };

  it.each([
    [true, 'HTTPS'],
    [false, 'HTTP'],
  ])('with authentication %s are, as the probes on their port, served by %s', async (authentication, scheme) => {
    const container = containerOf(await renderChart({ metrics: { authentication } }));
    expect(PROBES.map((probe) => container[probe].httpGet.scheme)).toEqual([scheme, scheme]);
    expect(container.args.includes('--metrics-authentication')).toBe(authentication);
  });

  it('are as many as is asked for', async () => {
    for (const detail of ['servers', 'subnets', 'pools'])
      expect(containerOf(await renderChart({ metrics: { detail } })).args).toContain(`--metrics-detail=${detail}`);
  });

  const MONITORS = [
    ['serviceMonitor', 'ServiceMonitor', 'endpoints'],
    ['podMonitor', 'PodMonitor', 'podMetricsEndpoints'],
  ] as const;
  const find = (objects: readonly Rendered[], kind: string, name?: string) =>
    objects.find((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
  const ours = (objects: readonly Rendered[]) =>
    objects.filter(({ metadata }) => metadata.name.endsWith('metrics-reader')).map(({ kind }) => kind);

  describe.each(MONITORS)('by a %s', (value, kind, endpoints) => {
    const enabled = (more: object = {}, metrics: object = {}) =>
      renderChart({ metrics: { ...metrics, [value]: { enabled: true, ...more } } });

    it('are read with a token that is good for nothing else, of processes that are known by their CA', async () => {
      const objects = await enabled();
      const { spec, metadata } = find(objects, kind) ?? {};
      expect(metadata?.namespace).toBe(SYSTEM);
      expect(spec).toMatchObject({
        namespaceSelector: { matchNames: [SYSTEM] },
        selector: { matchLabels: { 'app.kubernetes.io/name': 'kea-operator' } },
      });
      expect(spec).toHaveProperty(endpoints, [
        {
          port: 'metrics',
          path: '/metrics',
          scheme: 'https',
          honorLabels: true,
          tlsConfig: {
            ca: { secret: { name: 'kea-operator-metrics-ca', key: 'ca.crt' } },
            serverName: `kea-operator-metrics.${SYSTEM}.svc`,
          },
          authorization: { credentials: { name: 'kea-operator-metrics-reader', key: 'token' } },
        },
      ]);
      expect(ours(objects).toSorted()).toEqual(['ClusterRole', 'ClusterRoleBinding', 'Secret', 'ServiceAccount']);
      const role = objects.find((object) => object.kind === 'ClusterRole' && object.metadata.name.endsWith('-reader'));
      expect(role?.rules).toEqual([{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]);
    });

    it('are read without one where they are everybody’s', async () => {
      const objects = await enabled({}, { authentication: false });
      expect(find(objects, kind)?.spec).toHaveProperty(endpoints, [
        { port: 'metrics', path: '/metrics', honorLabels: true },
      ]);
      expect(ours(objects)).toEqual([]);
    });

    it('are read as is asked for', async () => {
      const drop = [{ action: 'drop', sourceLabels: ['pool_id'], regex: '.+' }];
      const { metadata, spec } =
        find(
          await enabled({
            labels: { release: 'prometheus' },
            annotations: { note: 'ours' },
            interval: '1m',
            scrapeTimeout: '20s',
            jobLabel: 'app.kubernetes.io/name',
            honorLabels: false,
            relabelings: [{ targetLabel: 'site', replacement: 'hq' }],
            metricRelabelings: drop,
          }),
          kind,
        ) ?? {};
      expect(metadata).toMatchObject({ labels: { release: 'prometheus' }, annotations: { note: 'ours' } });
      expect(spec).toMatchObject({
        jobLabel: 'app.kubernetes.io/name',
        [endpoints]: [
          {
            interval: '1m',
            scrapeTimeout: '20s',
            honorLabels: false,
            relabelings: [{ targetLabel: 'site', replacement: 'hq' }],
            metricRelabelings: drop,
          },
        ],
      });
    });

    it('of another namespace are read with a token that lies there, by a CA that is named', async () => {
      const namespace = 'monitoring';
      await expect(enabled({ namespace })).rejects.toThrow(`name that in metrics.${value}.tlsConfig`);
      const tlsConfig = { ca: { configMap: { name: 'kea', key: 'ca.crt' } }, serverName: 'x' };
      const objects = await enabled({ namespace, tlsConfig });
      expect(find(objects, kind)?.metadata.namespace).toBe(namespace);
      expect(find(objects, kind)?.spec).toMatchObject({
        namespaceSelector: { matchNames: [SYSTEM] },
        [endpoints]: [{ tlsConfig }],
      });
      for (const of of ['ServiceAccount', 'Secret'])
        expect(find(objects, of, 'kea-operator-metrics-reader')?.metadata.namespace).toBe(namespace);
      expect(find(objects, 'ClusterRoleBinding', `${SYSTEM}:kea-operator-metrics-reader`)?.subjects).toEqual([
        { kind: 'ServiceAccount', name: 'kea-operator-metrics-reader', namespace },
      ]);
      await enabled({ namespace }, { authentication: false });
    });

    it.each([{ interval: '1 minute' }, { labels: { a: 1 } }, { every: '1m' }])('are not read by %j', async (wrong) => {
      await expect(enabled(wrong)).rejects.toThrow("values don't meet the specifications of the schema");
    });
  });

  it('have a Service that is not balanced, as each process tells of itself', async () => {
    const labels = { team: 'net' };
    const service = find(
      await renderChart({ metrics: { service: { labels, annotations: labels } } }),
      'Service',
      'kea-operator-metrics',
    );
    expect(service).toMatchObject({
      metadata: { labels, annotations: labels },
      spec: { clusterIP: 'None', publishNotReadyAddresses: true, ports: [{ name: 'metrics', targetPort: 'metrics' }] },
    });
    const without = { service: { enabled: false } };
    expect(find(await renderChart({ metrics: without }), 'Service', 'kea-operator-metrics')).toBe(undefined);
    const monitored = { ...without, serviceMonitor: { enabled: true } };
    expect(find(await renderChart({ metrics: monitored }), 'Service', 'kea-operator-metrics')).toBeDefined();
  });

  it('wait for their certificate without keeping a process from its start', async () => {
    const secret = { secretName: 'kea-operator-metrics-tls', optional: true };
    for (const authentication of [true, false]) {
      const objects = await renderChart({ metrics: { authentication } });
      for (const name of ['kea-operator', 'kea-operator-leases']) {
        const { spec } = find(objects, 'Deployment', name) ?? {};
        const { volumes = [] } = (spec as { template: { spec: { volumes?: { name: string }[] } } }).template.spec;
        const found = volumes.filter((volume) => volume.name === 'metrics-tls');
        expect(found).toEqual(authentication ? [{ name: 'metrics-tls', secret }] : []);
      }
    }
  });
});

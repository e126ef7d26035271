import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makePair, topologyOf } from '../../test/support/pair.ts';
import type { HAPair } from '../api/index.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import { databaseCheckJob, disruptionBudget, leaseClaim, schemaJob, statefulSet } from './manifests.ts';
import { fitsSchemaJob } from './podState.ts';
import type { PodContext, PodDefaults } from './podTemplate.ts';

const DEFAULTS: PodDefaults = { image: 'docker.io/kea-operator/kea-server:3.0.4' };
const TLS = { sslMode: 'verify-full', hasCa: true } as const;

const setOf = (pair: HAPair, defaults = DEFAULTS, tls: PodContext['tls'] = TLS) => {
  const topology = topologyOf(pair);
  const [server] = topology.servers;
  if (server === undefined) throw new Error('no server');
  return statefulSet({ spec: pair.spec, topology, defaults, tls }, server);
};
const jobOf = (pair: HAPair, defaults = DEFAULTS, target = 'db:5432/kea') =>
  schemaJob({ spec: pair.spec, topology: topologyOf(pair), defaults, tls: TLS }, target);

const checkOf = (pair: HAPair) => {
  const topology = topologyOf(pair);
  const [server] = topology.servers;
  if (server === undefined) throw new Error('no server');
  const context = { spec: pair.spec, topology, defaults: DEFAULTS, tls: TLS };
  return databaseCheckJob(context, server, { attempt: 1, digest: 'd', revision: 1 });
};
const templateOf = ({ spec }: { readonly spec?: object }) =>
  (
    spec as {
      readonly template: {
        readonly spec: {
          readonly initContainers?: readonly { readonly resources?: object }[];
          readonly containers: readonly { readonly resources?: object }[];
        };
      };
    }
  ).template.spec;

describe('manifests', () => {
  it('of a pair are as they were', async () => {
    const pair = makePair();
    const objects = [setOf(pair), jobOf(pair), disruptionBudget(topologyOf(pair))];
    await expect(
      objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n'),
    ).toMatchFileSnapshot('testdata/pair.snap');
  });

  it('of a server of DHCPv6 have names, labels, ports and leases of their own, and one capability', () => {
    const pair = makePair({ ipFamilies: ['IPv4', 'IPv6'] });
    const [four, six] = [DHCPV4, DHCPV6].map((family) => {
      const topology = topologyOf(pair, family);
      const [server] = topology.servers;
      if (server === undefined) throw new Error('no server');
      const set = statefulSet({ spec: pair.spec, topology, defaults: DEFAULTS, tls: TLS }, server);
      return { set, text: JSON.stringify(set), budget: disruptionBudget(topology)?.metadata.name };
    });
    expect(six?.set).toMatchObject({
      metadata: { name: 'office-a-v6', labels: { 'app.kubernetes.io/name': 'kea-dhcp6' } },
      spec: { selector: { matchLabels: { 'app.kubernetes.io/name': 'kea-dhcp6' } } },
    });
    for (const part of [
      '"add":["NET_BIND_SERVICE"]',
      '"name":"KEA_DAEMON","value":"kea-dhcp6"',
      '192.0.2.1:8002',
      'net/office/a-v6',
      'office-kea-rows-v6',
      'inet6',
    ]) {
      expect([part, six?.text.includes(part), four?.text.includes(part)]).toEqual([part, true, false]);
    }
    expect([four?.budget, six?.budget]).toEqual(['office-kea', 'office-kea-v6']);
  });

  it('have no claim but where memfile leases are to be in one', () => {
    const pair = makePair({ storage: { type: 'PersistentVolumeClaim', storageClassName: 'fast', size: '2Gi' } });
    const topology = topologyOf(pair);
    const [server] = topology.servers;
    if (server === undefined) throw new Error('no server');
    expect(JSON.stringify(setOf(pair))).toContain('"persistentVolumeClaim":{"claimName":"office-a-leases"}');
    expect(JSON.stringify(setOf(pair))).not.toContain('hostPath');
    expect(leaseClaim(pair.spec, topology, server)).toMatchObject({
      metadata: { name: 'office-a-leases', labels: { 'kea-operator.io/pair': 'office' } },
      spec: { storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } },
    });
    const { metadata } = leaseClaim(pair.spec, topology, server);
    expect(metadata).not.toHaveProperty('ownerReferences');
    // Without an owner an Application of Argo CD that is called like the pair would prune it by this label.
    expect(metadata.labels).not.toHaveProperty(['app.kubernetes.io/instance']);
  });

  interface Container {
    readonly image: string;
    readonly command: readonly string[];
    readonly securityContext: { readonly runAsUser?: number };
    readonly resources?: object;
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
  }
  interface PodSpec {
    readonly initContainers: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
  }
  const podOf = (pair: HAPair): PodSpec =>
    (setOf(pair).spec as { readonly template: { readonly spec: PodSpec } }).template.spec;
  const own = { image: 'registry.example.org/mine:1' };

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['of the operator', {}],
    ['of the pair', own],
  ])('let root run nothing but the operator’s own image, where the servers run that %s', (_, overrides) => {
    const { initContainers, containers } = podOf(makePair(overrides));
    const root = [...initContainers, ...containers].filter(({ securityContext }) => securityContext.runAsUser === 0);
    expect(root.map(({ image }) => image)).toEqual([DEFAULTS.image]);
  });

  it('give every container of a server what the servers are given: a quota may ask it of each', () => {
    const resources = { limits: { cpu: '1', memory: '256Mi' } };
    const { initContainers, containers } = podOf(makePair({ resources }));
    expect([...initContainers, ...containers].map((one) => one.resources)).toEqual([resources, resources, resources]);
  });

  it.each(['/var/lib/kea-operator', '/srv/kea'])(
    'mount no more of %s than the server’s own directory, which the kubelet opens without following a way out',
    (hostPath) => {
      const { initContainers, containers, volumes } = podOf(makePair({ storage: { type: 'HostPath', hostPath } }));
      expect(volumes.find(({ name }) => name === 'leases')?.hostPath?.path).toBe(hostPath);
      const mounts = [...initContainers, ...containers].flatMap(({ volumeMounts = [] }) =>
        volumeMounts.filter(({ name }) => name === 'leases'),
      );
      const mount = { name: 'leases', mountPath: '/var/lib/kea', subPath: 'net/office/a' };
      expect(mounts).toEqual([mount, mount]);
    },
  );

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['leases are in PostgreSQL', { leaseStorage: 'PostgreSQL' }],
    ['leases are in a claim', { storage: { type: 'PersistentVolumeClaim', size: '1Gi' } }],
  ])('give root to nobody where %s', (_, overrides) => {
    const text = JSON.stringify(setOf(makePair(overrides)));
    expect(text).not.toContain('hostPath');
    expect(text).not.toContain('subPath');
    expect(text).not.toContain('"runAsUser":0');
  });

  it.each<[string, Readonly<Record<string, unknown>>, readonly string[]]>([
    ['a pair with an image of its own, whose servers need the operator’s too', own, [DEFAULTS.image]],
    ['a pair with the operator’s image', {}, []],
    ['a pair with an image of its own and no directory on a node', { ...own, leaseStorage: 'PostgreSQL' }, []],
  ])('fetch with the schema job of %s what its servers could not start without', (_, overrides, images) => {
    const { template } = jobOf(makePair(overrides)).spec as {
      readonly template: { readonly spec: { readonly initContainers?: readonly Container[] } };
    };
    expect((template.spec.initContainers ?? []).map(({ image }) => image)).toEqual(images);
  });

  it.each([
    [
      'the operator’s',
      {},
      { ...DEFAULTS, imagePullPolicy: 'Never', imagePullSecrets: ['one'] },
      { image: DEFAULTS.image, imagePullPolicy: 'Never' },
      [{ name: 'one' }],
    ],
    [
      'the pair’s own',
      { image: 'r/kea:9', imagePullPolicy: 'Always', imagePullSecrets: [{ name: 'two' }] },
      { ...DEFAULTS, imagePullPolicy: 'Never', imagePullSecrets: ['one'] },
      { image: 'r/kea:9', imagePullPolicy: 'Always' },
      [{ name: 'two' }],
    ],
  ])('take the image as %s settings say', (_whose, overrides, defaults, image, secrets) => {
    for (const object of [setOf(makePair(overrides), defaults), jobOf(makePair(overrides), defaults)]) {
      expect(object.spec).toMatchObject({ template: { spec: { containers: [image], imagePullSecrets: secrets } } });
    }
  });

  it.each<[string, Readonly<Record<string, unknown>>, object]>([
    [
      'taints that the pair bears, after those that every server does',
      { tolerations: [{ key: 'dhcp', operator: 'Exists', effect: 'NoSchedule' }] },
      {
        spec: {
          tolerations: expect.arrayContaining([{ key: 'dhcp', operator: 'Exists', effect: 'NoSchedule' }]) as unknown,
        },
      },
    ],
    ['its priority class', { priorityClassName: 'dhcp' }, { spec: { priorityClassName: 'dhcp' } }],
    [
      'its labels, beside those by which pods are found',
      { podLabels: { team: 'net', 'sidecar.istio.io/inject': 'false' } },
      { metadata: { labels: { team: 'net', 'sidecar.istio.io/inject': 'false', 'kea-operator.io/pair': 'office' } } },
    ],
    ['its annotations', { podAnnotations: { 'a.org/b': 'c' } }, { metadata: { annotations: { 'a.org/b': 'c' } } }],
  ])('give pods of servers and Jobs %s', (_what, overrides, template) => {
    const pair = makePair(overrides);
    for (const object of [setOf(pair), jobOf(pair), checkOf(pair)]) expect(object.spec).toMatchObject({ template });
    expect(JSON.stringify(setOf(pair).spec)).toContain('node.kubernetes.io/unreachable');
  });

  it('let nothing that a pair says of its pods take the place of what they are known by', () => {
    const pair = makePair();
    const spec = {
      ...pair.spec,
      podLabels: { 'kea-operator.io/pair': 'other' },
      podAnnotations: { 'kea-operator.io/control-address': 'other' },
    };
    expect(JSON.stringify(setOf({ ...pair, spec }))).not.toContain('"other"');
  });

  it.each([
    ['as it is, where it is as short as a time', '2026-11-28T10:00:00Z', '2026-11-28T10:00:00Z'],
    ['by its hash, where it is long', 'x'.repeat(100_000), expect.stringMatching(/^[a-z0-9]{4,20}$/) as unknown],
    ['by its hash, where it is no line', 'a\nb', expect.stringMatching(/^[a-z0-9]{4,20}$/) as unknown],
  ])('tell pods of a time of a restart %s', (_how, restartedAt, told) => {
    const pair = makePair();
    const topology = topologyOf(pair);
    const [server] = topology.servers;
    if (server === undefined) throw new Error('no server');
    const set = statefulSet({ spec: pair.spec, topology, defaults: DEFAULTS, tls: TLS, restartedAt }, server);
    expect(set.spec).toMatchObject({
      template: { metadata: { annotations: { 'kea-operator.io/restartedAt': told } } },
    });
  });

  it('ask for Jobs what the pair asks for its servers, as the quota of its namespace may', () => {
    const resources = { requests: { cpu: 1, memory: '1Gi' }, limits: { cpu: 2, memory: '1Gi' } };
    const pair = makePair({ ...own, resources });
    for (const object of [setOf(pair), jobOf(pair), checkOf(pair)]) {
      const { initContainers = [], containers } = templateOf(object);
      expect([...initContainers, ...containers].map((container) => container.resources)).toEqual(
        [...initContainers, ...containers].map(() => resources),
      );
    }
  });

  it('name the schema job by what it is made of', () => {
    const pair = makePair();
    expect(jobOf(pair).metadata.name).toBe(jobOf(makePair({ dhcp4: { validLifetime: 60 } })).metadata.name);
    const others = [jobOf(pair, { image: 'other' }), jobOf(pair, DEFAULTS, 'elsewhere:5432/kea')];
    expect(new Set([jobOf(pair), ...others].map(({ metadata }) => metadata.name)).size).toBe(3);
  });

  it.each([
    ['that is done fits, however its pod was made', {}, { resources: { limits: { memory: '1Gi' } } }, true, true],
    ['that waits for a node is made anew with a toleration', {}, { tolerations: [{ key: 'dhcp' }] }, false, false],
    ['that is under way goes on where nothing changed', {}, { dhcp4: { validLifetime: 60 } }, false, true],
    ['of another schema does not fit', { image: 'other' }, {}, true, false],
  ])('a schema job %s', (_what, before, after, complete, fits) => {
    const job = jobOf(makePair({ ...own, ...before }));
    const conditions = complete ? [{ type: 'Complete', status: 'True' }] : [];
    expect(fitsSchemaJob({ ...job, status: { conditions } }, jobOf(makePair({ ...own, ...after })))).toBe(fits);
  });

  it('change the pod for a new control address, and not for a new configuration', () => {
    const template = (overrides: Readonly<Record<string, unknown>>): string =>
      JSON.stringify(setOf(makePair(overrides)).spec);
    expect(template({ controlPort: 8443 })).not.toBe(template({}));
    expect(template({ dhcp4: { validLifetime: 60 }, ha: { heartbeatDelay: 500 }, logSeverity: 'WARN' })).toBe(
      template({}),
    );
  });

  it('have no disruption budget for one server, which would only forbid every drain', () => {
    const alone = makePair({
      mode: 'Standalone',
      servers: [{ name: 'a', node: 'n', interfaces: ['lan0'], address: '192.0.2.1' }],
    });
    expect(disruptionBudget(topologyOf(alone))).toBeUndefined();
  });
});

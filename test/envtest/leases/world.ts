/** A real API server with our kinds, the lease API behind its aggregation layer, and leases in real stores of either kind. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { HAPAIRS, HOST_RESERVATIONS, SHARED_NETWORKS, SUBNETS } from '../../../src/api/resources.ts';
import { type DesiredApiServiceParts, manageApiService } from '../../../src/apiserver/registration.ts';
import { SOURCE_SECRETS } from '../../../src/apiserver/sources.ts';
import { type LeaseApi, type LeaseApiOptions, startLeaseApi } from '../../../src/apiserver/start.ts';
import { type LeaseSourceDescriptor, leaseSourceSecret } from '../../../src/leases/descriptor.ts';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/log.ts';
import type { KubeObject } from '../../../src/runtime/object.ts';
import type { Resource } from '../../../src/runtime/resource.ts';
import { type Authority, bundleOf, ensureAuthority, issueLeaf } from '../../../src/workload/certificates.ts';
import { startApiServer, type TestApiServer } from '../../support/apiserver.ts';
import { clientOf, installRights, renderChart } from '../../support/chart.ts';
import { installCrds } from '../../support/crds.ts';
import { type KeaLab, startKeaLab } from '../../support/kea.ts';
import { binary, startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { type Ran, tryRun, until } from '../../support/run.ts';

export const SYSTEM = 'kea-system';
export const SOURCES = 'kea-system-leases';
export const SERVICE = 'kea-operator-leases';

export interface World {
  readonly server: TestApiServer;
  readonly lab: KeaLab;
  readonly postgres: TestPostgres;
  readonly api: () => LeaseApi;
  readonly registry: Registry;
  readonly authority: Authority;
  /** PEM files of the serving certificate. */
  readonly certificate: { readonly certFile: string; readonly keyFile: string };
  readonly directory: string;
  /** Runs kubectl, with a discovery cache of its own unless one is named; another one where its path is given. */
  kubectl(
    args: readonly string[],
    options?: { readonly cache?: string; readonly input?: string; readonly program?: string },
  ): Promise<Ran>;
  namespace(name: string): Promise<void>;
  /** What a user and the operator leave in the cluster of a pair: the HAPair and the lease source descriptor. */
  pair(descriptor: LeaseSourceDescriptor): Promise<void>;
  /** A Subnet with the status that the operator would have written. */
  subnet(at: {
    namespace: string;
    name: string;
    pair: string;
    cidr: string;
    subnetId: number;
    /** The SharedNetwork that it is in; it is made. */
    network?: string;
  }): Promise<void>;
  /** A HostReservation in a Subnet. */
  reservation(namespace: string, name: string, spec: object): Promise<void>;
  /** Starts the lease API again where it was, after `api().stop()`. */
  startApi(): Promise<void>;
  /** Writes the EndpointSlice, as the endpoint slice controller would: whether the API's pod is ready. */
  endpoint(ready: boolean): Promise<void>;
  /** Keeps the APIService in the background, as the operator does; time runs `speed` times as fast for it. */
  manage(desired: Partial<DesiredApiServiceParts>, speed?: number): { stop(): Promise<void> };
  /** Resolves when kube-apiserver gets answers of the lease API. */
  available(): Promise<void>;
  stop(): Promise<void>;
}

const plain = (group: string, version: string, plural: string, kind: string, namespaced: boolean): Resource => ({
  group,
  version,
  plural,
  kind,
  namespaced,
});
const NAMESPACES = plain('', 'v1', 'namespaces', 'Namespace', false);
const SERVICES = plain('', 'v1', 'services', 'Service', true);
const SLICES = plain('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice', true);
export const ROLES = plain('rbac.authorization.k8s.io', 'v1', 'roles', 'Role', true);
export const BINDINGS = plain('rbac.authorization.k8s.io', 'v1', 'rolebindings', 'RoleBinding', true);

/** @param more What the lease API is started with besides. */
export const startWorld = async (more: Pick<LeaseApiOptions, 'operator'> = {}): Promise<World> => {
  const [server, lab, postgres, kubectlProgram, directory] = await Promise.all([
    startApiServer(),
    startKeaLab(),
    startPostgres(),
    binary('kubectl'),
    mkdtemp(join(tmpdir(), 'kea-operator-leases-')),
  ]);
  const { client } = server;
  const apply = (resource: Resource, object: Omit<KubeObject, 'apiVersion' | 'kind'> & Record<string, unknown>) =>
    client.apply(resource, object, { fieldManager: 'test' });
  const namespace = async (name: string): Promise<void> => {
    await apply(NAMESPACES, { metadata: { name } });
  };
  await installCrds(client);
  await namespace(SYSTEM);
  await installRights(client, await renderChart());
  const account = await clientOf(server, 'kea-operator-leases');

  const authority = await ensureAuthority('lease API', undefined, Date.now());
  const leaf = { commonName: SERVICE, dnsNames: [`${SERVICE}.${SYSTEM}.svc`], use: 'server' as const };
  const { cert, key } = await issueLeaf(authority, leaf, Date.now());
  const certificate = { certFile: join(directory, 'tls.crt'), keyFile: join(directory, 'tls.key') };
  await writeFile(certificate.certFile, cert);
  await writeFile(certificate.keyFile, key);

  const registry = new Registry();
  const log = createLogger({ level: process.env.LEASE_API_LOG === undefined ? 'silent' : 'debug' });
  const start = (port: number): Promise<LeaseApi> =>
    startLeaseApi({
      client: account,
      sources: SOURCES,
      host: lab.network.address,
      port,
      certificate,
      certificateIntervalMs: 200,
      log,
      ...more,
      ...(port === 0 ? { registry } : {}),
    });
  let api = await start(0);
  const port = Number(new URL(api.url).port);
  const untilReady = (): Promise<true> =>
    until('the lease API', 20, async () => Promise.resolve(api.missing() === undefined), 50);

  const endpoint = async (ready: boolean): Promise<void> => {
    await apply(SLICES, {
      metadata: { name: `${SERVICE}-1`, namespace: SYSTEM, labels: { 'kubernetes.io/service-name': SERVICE } },
      addressType: 'IPv4',
      ports: [{ name: 'https', port, protocol: 'TCP' }],
      endpoints: [{ addresses: [lab.network.address], conditions: { ready } }],
    });
  };
  await apply(SERVICES, {
    metadata: { name: SERVICE, namespace: SYSTEM },
    spec: { ports: [{ name: 'https', port: 443, targetPort: port }] },
  });
  await endpoint(true);

  let caches = 0;
  const kubectl: World['kubectl'] = (args, { cache = `cache${++caches}`, input, program = kubectlProgram } = {}) =>
    tryRun(
      program,
      [`--kubeconfig=${server.kubeconfig}`, `--cache-dir=${join(directory, cache)}`, '--request-timeout=60s', ...args],
      { timeoutMs: 90_000, ...(input === undefined ? {} : { input }) },
    );

  return {
    server,
    lab,
    postgres,
    api: () => api,
    registry,
    authority,
    certificate,
    directory,
    kubectl,
    namespace,
    endpoint,
    async pair(descriptor) {
      const at = { name: descriptor.pair, namespace: descriptor.namespace };
      const servers = [{ name: 'server1', node: 'node1', interfaces: ['eth0'] }];
      await apply(HAPAIRS, { metadata: at, spec: { mode: 'Standalone', servers } });
      await apply(SOURCE_SECRETS, { ...leaseSourceSecret(descriptor, SOURCES) });
    },
    async subnet({ namespace: where, name, pair, cidr, subnetId, network }) {
      const at = { name, namespace: where };
      const haPairRef = { name: pair };
      if (network !== undefined) {
        await apply(SHARED_NETWORKS, { metadata: { name: network, namespace: where }, spec: { haPairRef } });
      }
      const spec = network === undefined ? { cidr, haPairRef } : { cidr, sharedNetworkRef: { name: network } };
      await apply(SUBNETS, { metadata: at, spec });
      const status = { status: { subnetId, haPair: pair } };
      await client.patch(SUBNETS, at, status, { subresource: 'status' });
    },
    async reservation(where, name, spec) {
      await apply(HOST_RESERVATIONS, { metadata: { name, namespace: where }, spec });
    },
    async startApi() {
      api = await start(port);
      await untilReady();
    },
    manage(desired, speed = 1) {
      const stop = new AbortController();
      const work = manageApiService(
        {
          client,
          desired: () => ({
            caBundle: bundleOf(authority),
            service: { name: SERVICE, namespace: SYSTEM, port: 443 },
            claimShortName: true,
            ...desired,
          }),
          log,
          clock: faster(speed),
        },
        stop.signal,
      );
      return {
        stop: () => {
          stop.abort();
          return work;
        },
      };
    },
    async available() {
      await untilReady();
      const path = '/apis/state.kea-operator.io/v1alpha1';
      await until(
        'the aggregation layer',
        60,
        async () => (await client.raw({ method: 'GET', path })) !== undefined,
        200,
      );
    },
    async stop() {
      await api.stop(0, 1_000);
      await account.close();
      await Promise.all([server.stop(), lab.stop(), postgres.stop()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
};

/** A minute passes in 60/speed seconds. */
const faster = (speed: number): Clock => ({
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * speed,
  after: (ms, fire) => systemClock.after(ms / speed, fire),
});

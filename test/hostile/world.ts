/** The cluster as one who has rights in a namespace sees it, and as those see it whom that must not concern. */
import { KubeConfig } from '@kubernetes/client-node';
import { HAPAIRS, HOST_RESERVATIONS, SHARED_NETWORKS, SUBNETS } from '../../src/api/resources.ts';
import { createKubeClient, type KubeClient } from '../../src/runtime/client.ts';
import { createConnection } from '../../src/runtime/connection.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { parallelEach } from '../../src/runtime/parallel.ts';
import { collectionPath, type Resource } from '../../src/runtime/resource.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import { PODS } from '../../src/workload/objects.ts';
import { makeLink, removeLink } from '../e2e/ownLink.ts';
import type { Cluster } from '../support/cluster.ts';
import { makeNamespace, NAMESPACE, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';

/** Where the servers of both are, each on an interface of its own. */
export const NODE = 'node3';
/** The namespace of the tenant, who may write everything there, and Subnets and reservations in that of the pair `campus`. */
export const EVIL = 'evil';
/** The namespace of those whom none of it must concern, with the pair `branch`. */
export const OTHERS = 'others';
/** On everything that the tenant makes in the namespace of the pair. */
const LABEL = 'made-by';

export interface World {
  readonly cluster: Cluster;
  /** With the rights of an administrator. */
  readonly client: KubeClient;
  /** With those of the tenant. */
  readonly tenant: KubeClient;
  /** Takes away what the tenant has made. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const ACCOUNT = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: tenant, namespace: ${EVIL}}
`;
const binding = (namespace: string, role: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tenant, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role}}
subjects: [{kind: ServiceAccount, name: tenant, namespace: ${EVIL}}]
`;

const clientWith = (kubeconfig: string, token?: string): KubeClient => {
  const load = (): KubeConfig => {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    if (token === undefined) return config;
    config.addUser({ name: 'tenant', token });
    config.addContext({ name: 'tenant', user: 'tenant', cluster: config.getCurrentCluster()?.name ?? '' });
    config.setCurrentContext('tenant');
    return config;
  };
  return createKubeClient({ connection: createConnection({ load }) });
};

const BRANCH = `
apiVersion: kea-operator.io/v1alpha1
kind: HAPair
metadata: {name: branch, namespace: ${OTHERS}}
spec:
  mode: Standalone
  servers: [{name: only, node: ${NODE}, interfaces: [lan0]}]
  controlPort: 8010
`;

export const openWorld = async (cluster: Cluster): Promise<World> => {
  await makeNamespace(cluster, EVIL);
  await makeNamespace(cluster, OTHERS);
  await makeLink(NODE);
  await cluster.apply(BRANCH);
  await waitCondition(cluster, 'hapair/branch', 'Ready', { status: 'True' }, 120, OTHERS);
  await cluster.apply([ACCOUNT, binding(EVIL, 'admin'), binding(NAMESPACE, 'edit')].join('---'));
  const token = (await cluster.kubectl(['create', 'token', 'tenant', '-n', EVIL, '--duration=2h'])).trim();
  const kubeconfig = (await cluster.run(['kubeconfig'])).trim();
  const [client, tenant] = [clientWith(kubeconfig), clientWith(kubeconfig, token)];
  return {
    cluster,
    client,
    tenant,
    clear: async () => {
      const everything = [HOST_RESERVATIONS, SUBNETS, SHARED_NETWORKS, HAPAIRS, PODS] as const;
      for (const resource of everything) await deleteAll(client, resource, EVIL);
      const others = [HOST_RESERVATIONS, SUBNETS, SHARED_NETWORKS] as const;
      for (const resource of others) await deleteAll(client, resource, NAMESPACE, `${LABEL}=tenant`);
    },
    close: async () => {
      await cluster.kubectl(['delete', 'namespace', EVIL, OTHERS, '--timeout=120s']);
      await removeLink(NODE);
      await cluster.kubectl(['delete', 'rolebinding', 'tenant', '-n', NAMESPACE]);
      await client.close();
      await tenant.close();
    },
  };
};

/** Some at a time: the API server answers with what it deletes. */
const deleteAll = (client: KubeClient, resource: Resource, namespace: string, labels = ''): Promise<true> => {
  const search = new URLSearchParams({ limit: '200', ...(labels === '' ? {} : { labelSelector: labels }) });
  const path = `${collectionPath(resource, namespace)}?${search.toString()}`;
  return until(
    `every ${resource.kind} of the tenant in ${namespace} to be gone`,
    180,
    async () => {
      const left = await client.list(resource, {
        namespace,
        limit: 1,
        ...(labels === '' ? {} : { labelSelector: labels }),
      });
      if (left.items.length === 0) return true;
      await client.raw({ method: 'DELETE', path, body: { propagationPolicy: 'Background', gracePeriodSeconds: 0 } });
      await letThrough(client);
      return undefined;
    },
    50,
  );
};

/** So many removals at once the pair withholds until an administrator lets them through. */
const letThrough = async (client: KubeClient): Promise<void> => {
  const at = { namespace: NAMESPACE, name: 'campus' };
  const { status } = await client.get<KubeObject>(HAPAIRS, at);
  const { reason, message = '' } = conditionsOf(status).get('Programmed') ?? {};
  const [, count] = /allow-mass-deletion to "(\d+)"/.exec(message) ?? [];
  if (reason !== 'MassDeletionWithheld' || count === undefined) return;
  const annotations = { 'kea-operator.io/allow-mass-deletion': count };
  await client.patch<KubeObject>(HAPAIRS, at, { metadata: { annotations } });
};

/** An object as the tenant writes it. */
export interface Written {
  readonly resource: Resource;
  readonly namespace: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly spec: unknown;
}

/** Writes them as the tenant, some at once. Gives those that the API server took. */
export const write = async ({ tenant }: World, objects: readonly Written[]): Promise<readonly Written[]> => {
  const failed = await parallelEach(objects, 20, async (object) => {
    const { resource, namespace, metadata, spec } = object;
    const labels = { [LABEL]: 'tenant', ...(metadata.labels as object | undefined) };
    await tenant.create<KubeObject>(resource, { metadata: { ...metadata, namespace, labels }, spec });
  });
  const refused = new Set(failed.map(({ item }) => item));
  return objects.filter((object) => !refused.has(object));
};

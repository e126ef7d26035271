/** Kinds of Kubernetes that the workload uses, as far as they are read. */
import { TENANT_BOUNDS } from '../api/resources.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';

/** The parts of Kubernetes' own kinds that the workload reads. What is written is wider and checked by the API server. */

export interface Secret extends KubeObject {
  type?: string;
  /** Values in base64. */
  data?: Record<string, string>;
}

export interface StatefulSet extends KubeObject {
  spec?: object;
  status?: { observedGeneration?: number; updateRevision?: string };
}

interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: object;
    terminated?: { exitCode?: number; message?: string };
  };
  lastState?: { terminated?: { exitCode?: number; message?: string } };
}

export interface Pod extends KubeObject {
  spec?: { nodeName?: string };
  status?: {
    phase?: string;
    /** RFC 3339. */
    startTime?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

export interface Job extends KubeObject {
  spec?: object;
  status?: {
    succeeded?: number;
    failed?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

export interface CoreEvent extends KubeObject {
  reason?: string;
  message?: string;
  lastTimestamp?: string;
  eventTime?: string;
  involvedObject?: { kind?: string; name?: string; uid?: string };
}

export interface Node extends KubeObject {
  status?: { addresses?: { type: string; address: string }[] };
}

type Anything = KubeObject & { spec?: object };

const core = { group: '', version: 'v1', namespaced: true } as const;
/** Anybody may make one that looks like a pair's. */
const bounds = TENANT_BOUNDS;

export const SECRETS: Resource<Secret> = { ...core, plural: 'secrets', kind: 'Secret' };
export const PODS: Resource<Pod> = { ...core, plural: 'pods', kind: 'Pod', bounds };
export const CORE_EVENTS: Resource<CoreEvent> = { ...core, plural: 'events', kind: 'Event', bounds };
export const CLAIMS: Resource<Anything> = { ...core, plural: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim' };
export const NODES: Resource<Node> = { ...core, plural: 'nodes', kind: 'Node', namespaced: false };
export const STATEFUL_SETS: Resource<StatefulSet> = {
  group: 'apps',
  version: 'v1',
  plural: 'statefulsets',
  kind: 'StatefulSet',
  namespaced: true,
  bounds,
};
export const JOBS: Resource<Job> = {
  group: 'batch',
  version: 'v1',
  plural: 'jobs',
  kind: 'Job',
  namespaced: true,
  bounds,
};
export const DISRUPTION_BUDGETS: Resource<Anything> = {
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
};

/** A Secret's values, decoded. */
export const decoded = (secret: Secret): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );

export const encoded = (data: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));

/** A node's InternalIPs, for topology.ts. */
export const nodeFactsOf = (node: Node): { internalIPs: readonly string[] } => ({
  internalIPs: (node.status?.addresses ?? [])
    .filter((address) => address.type === 'InternalIP')
    .map(({ address }) => address),
});

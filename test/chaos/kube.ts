/** Built-in kinds with what only the cases look at. */
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import type { Pod } from '../../src/workload/objects.ts';

export interface Node extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
export interface Deployment extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly availableReplicas?: number; readonly updatedReplicas?: number };
}
export interface StatefulSet extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly readyReplicas?: number;
    readonly updateRevision?: string;
    readonly observedGeneration?: number;
  };
}

const resource = <T extends KubeObject>(group: string, kind: string, namespaced = true): Resource<T> => ({
  group,
  version: 'v1',
  plural: `${kind.toLowerCase()}s`,
  kind,
  namespaced,
});

export const NODES = resource<Node>('', 'Node', false);
export const DEPLOYMENTS = resource<Deployment>('apps', 'Deployment');
export const STATEFULSETS = resource<StatefulSet>('apps', 'StatefulSet');

export const isReady = ({ status }: Pod | Node): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

/** What the operator's caches keep of objects: what somebody here reads. They hold those of all tenants. */
import { ANNOTATIONS } from '../api/kind.ts';
import type { KubeObject } from '../runtime/object.ts';
import { PAIR_LABEL } from '../workload/labels.ts';
import type { Node, Pod } from '../workload/objects.ts';

const READ_ANNOTATIONS: readonly string[] = Object.values(ANNOTATIONS);

const identityOf = ({ metadata: { name, namespace, uid, resourceVersion } }: KubeObject): KubeObject['metadata'] => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  ...(uid === undefined ? {} : { uid }),
  ...(resourceVersion === undefined ? {} : { resourceVersion }),
});

/** A custom resource without labels, owners, and the annotations of others. */
export const keptOfDesired = <T extends KubeObject>(object: T): T => {
  const { generation, creationTimestamp, deletionTimestamp, finalizers, annotations = {} } = object.metadata;
  const read = Object.entries(annotations).filter(([name]) => READ_ANNOTATIONS.includes(name));
  object.metadata = {
    ...identityOf(object),
    ...(generation === undefined ? {} : { generation }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(finalizers === undefined ? {} : { finalizers }),
    ...(read.length === 0 ? {} : { annotations: Object.fromEntries(read) }),
  };
  return object;
};

/** That there is a change is all that is read of a pod here. */
export const keptOfPod = (pod: Pod): Pod => {
  const pair = pod.metadata.labels?.[PAIR_LABEL];
  const { apiVersion, kind } = pod;
  return {
    apiVersion,
    kind,
    metadata: { ...identityOf(pod), ...(pair === undefined ? {} : { labels: { [PAIR_LABEL]: pair } }) },
  };
};

/** The addresses of a node; of a name that changes nothing else is known. */
export const keptOfNode = (node: Node): Node => {
  const { apiVersion, kind, status } = node;
  const addresses = status?.addresses;
  return {
    apiVersion,
    kind,
    metadata: identityOf(node),
    ...(addresses === undefined ? {} : { status: { addresses } }),
  };
};

/** What the operator's caches keep of objects: what somebody here reads. They hold those of all tenants. */
import { ANNOTATIONS } from '../api/kind.ts';
import type { KubeObject } from '../runtime/object.ts';
import { DAEMON_LABEL, PAIR_LABEL, SERVER_LABEL } from '../workload/labels.ts';
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

const READ_LABELS: readonly string[] = [PAIR_LABEL, SERVER_LABEL, DAEMON_LABEL];

/** Whose it is, and that there is a change, is all that is read of a pod here. */
export const keptOfPod = (pod: Pod): Pod => {
  const { apiVersion, kind } = pod;
  const labels = Object.entries(pod.metadata.labels ?? {}).filter(([name]) => READ_LABELS.includes(name));
  return {
    apiVersion,
    kind,
    metadata: { ...identityOf(pod), ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }) },
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

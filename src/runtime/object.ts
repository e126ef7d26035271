/**
 * The shape that every Kubernetes object has, and the key by which caches and queues name one.
 * Source: k8s.io/apimachinery/pkg/apis/meta/v1/types.go. Only the fields that a controller works with are named.
 */

/** An owner of an object: the garbage collector removes the object when its last owner is gone. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** `metadata` of an object. What the API server fills in is absent on a manifest that was not sent yet. */
export interface ObjectMeta {
  name: string;
  /** Absent on cluster-scoped objects. */
  namespace?: string;
  uid?: string;
  /** Opaque: compared for equality only. */
  resourceVersion?: string;
  /** Counts changes of the spec; status and metadata writes leave it alone. */
  generation?: number;
  /** RFC 3339, whole seconds. */
  creationTimestamp?: string;
  /** Set once deletion was asked for: the object goes when its last finalizer does. */
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
}

/** One condition of a status, by the API conventions (metav1.Condition). */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** One CamelCase word that programs may compare. */
  reason: string;
  message: string;
  /** RFC 3339; moves only when `status` does. */
  lastTransitionTime: string;
  observedGeneration?: number;
}

/**
 * Any Kubernetes object. A kind whose spec is required says so by extension:
 * `interface Widget extends KubeObject<ToySpec, ToyStatus> { spec: ToySpec }`.
 */
export interface KubeObject<Spec = unknown, Status = unknown> {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Spec;
  status?: Status;
  /** Set by our client where a part is beyond the bounds of the resource: its largest members were not read. */
  unread?: Unread;
}

/** What of an object is beyond which bound. */
export interface Unread {
  readonly part: 'spec' | 'metadata';
  /** The member of the part that most of it is in. */
  readonly field: string;
  readonly what: 'bytes' | 'levels' | 'values';
  readonly found: number;
  readonly most: number;
}

/** One page of a list. */
export interface List<T> {
  metadata: {
    /** The state of the store that this list shows: where a watch goes on from. */
    resourceVersion: string;
    /** Present while there are more pages. */
    continue?: string;
    remainingItemCount?: number;
  };
  items: T[];
}

/** The namespace and name of an object; `object.metadata` is one. */
export interface NamespacedName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** `namespace/name`; of a cluster-scoped object `/name`. */
export type Key = `${string}/${string}`;

/** The key of an object, or of a namespace and name. */
export const keyOf = (object: KubeObject | NamespacedName): Key => {
  const { namespace, name } = 'metadata' in object ? object.metadata : object;
  return `${namespace ?? ''}/${name}`;
};

/** The namespace and name in a key; cluster-scoped keys have no `namespace`. */
export const parseKey = (key: Key): NamespacedName => {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  return slash === 0 ? { name } : { namespace: key.slice(0, slash), name };
};

/** Whether two objects are the same one: a name that was deleted and created again is not. */
export const isSameObject = (a: KubeObject, b: KubeObject): boolean => a.metadata.uid === b.metadata.uid;

/** Labels as the labelSelector of a list: objects that have all of them. */
export const selectorOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

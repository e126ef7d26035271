/** Resources of the Kubernetes API and their paths. */
import type { KubeObject, NamespacedName } from './object.ts';

/**
 * A kind of object as the REST API addresses it. The type parameter names the TypeScript type of its objects, so that
 * `client.get(widgets, …)` gives a `Widget`.
 */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Of the spec, the status and any other part but metadata. Left out: an object has that of an answer alone. */
  readonly bounds?: Bounds;
  /** Never present: it ties the type of the objects to the resource. */
  readonly objectType?: T;
}

/** How much of a part of an object is read. */
export interface Bounds {
  /** Of its JSON. */
  readonly bytes: number;
  /** Objects and lists within one another, the part itself among them. */
  readonly levels: number;
  /** Fields and list entries, at every level: each takes some 100 bytes of memory, and as little as 3 of JSON. */
  readonly values: number;
}

/** CustomResourceDefinitions; whoever reads them says of what type he takes them to be. */
export const DEFINITIONS = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
} as const satisfies Resource;

const API_VERSIONS = new WeakMap<Resource, string>();

/** `apps/v1`, or `v1` for the core group. The same string each time, as every object of the resource holds it. */
export const apiVersionOf = (resource: Resource): string => {
  const { group, version } = resource;
  const known = API_VERSIONS.get(resource) ?? (group === '' ? version : `${group}/${version}`);
  API_VERSIONS.set(resource, known);
  return known;
};

/** The path of a collection, across all namespaces when none is named. */
export const collectionPath = (resource: Resource, namespace?: string): string => {
  const root = resource.group === '' ? '/api' : `/apis/${resource.group}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}/${resource.version}${scope}/${resource.plural}`;
};

/**
 * The path of one object or of a subresource of it.
 * @throws TypeError when a namespaced resource is addressed without a namespace: the path would name another thing.
 */
export const objectPath = (resource: Resource, at: NamespacedName, subresource?: string): string => {
  if (at.name === '') throw new TypeError(`a ${resource.kind} needs a name`);
  if (resource.namespaced && !at.namespace) throw new TypeError(`${resource.kind} "${at.name}" needs a namespace`);
  const path = `${collectionPath(resource, at.namespace)}/${encodeURIComponent(at.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
};

/** From a {@link Kind} to its CustomResourceDefinition. */
import { cel, type CelRule } from './cel.ts';
import { GROUP, type Kind, type PrinterColumn, SERVED_VERSION, UNOBSERVED } from './kind.ts';
import { type Structural, toStructural } from './structural.ts';

/** `kubectl get dhcp` lists the objects of all kinds of this category. */
export const CATEGORY = 'dhcp';

/** One version of a custom resource. */
export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: Structural };
  readonly subresources: { readonly status: Record<string, never> };
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
  readonly additionalPrinterColumns: readonly PrinterColumn[];
}

/** apiextensions.k8s.io/v1 CustomResourceDefinition, as far as it is used here. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced';
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames?: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly CrdVersion[];
  };
}

const rulesOf = (rules: readonly CelRule[]): Structural => (rules.length > 0 ? cel(...rules) : {});

/** The schema of the whole object. Kubernetes itself knows apiVersion, kind and metadata. */
export const objectSchema = (kind: Kind): Structural => ({
  type: 'object',
  description: kind.description,
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string', description: `Group and version: ${GROUP}/${SERVED_VERSION}.` },
    kind: { type: 'string', description: `The kind: ${kind.kind}.` },
    metadata: { type: 'object' },
    spec: toStructural(kind.spec, 'spec'),
    status: { ...toStructural(kind.status, 'status'), default: UNOBSERVED },
  },
  ...rulesOf(kind.rules ?? []),
});

const version = (name: string, storage: boolean, kind: Kind): CrdVersion => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: objectSchema(kind) },
  subresources: { status: {} },
  ...(kind.selectable.length > 0 ? { selectableFields: kind.selectable.map((jsonPath) => ({ jsonPath })) } : {}),
  additionalPrinterColumns: kind.columns,
});

/**
 * The CustomResourceDefinition of a kind.
 * @param kind The stored version: names and scope are taken from it.
 * @param older Versions served beside it; they must differ in schema only by what pruning and defaults can bridge, as
 *   there is no conversion webhook.
 */
export const customResourceDefinition = (
  kind: Kind,
  older: Readonly<Record<string, Kind>> = {},
): CustomResourceDefinition => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.plural}.${GROUP}`, labels: { 'app.kubernetes.io/name': 'kea-operator' } },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: {
      kind: kind.kind,
      listKind: `${kind.kind}List`,
      plural: kind.plural,
      singular: kind.singular,
      ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
      categories: [CATEGORY],
    },
    versions: [
      version(SERVED_VERSION, true, kind),
      ...Object.entries(older).map(([name, olderKind]) => version(name, false, olderKind)),
    ],
  },
});

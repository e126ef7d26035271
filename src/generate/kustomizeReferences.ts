/** What kustomize has to know of the custom resources: which of their fields name another object, which it may rename. */
import { objectSchema } from '../api/crd.ts';
import { GROUP, type Kind } from '../api/kind.ts';
import type { Structural } from '../api/structural.ts';
import { toYaml } from './yaml.ts';

/** The kind that a field names by its value, by the field's name; of an object with `name` it is that. */
const NAMED_BY: Readonly<Record<string, string>> = {
  haPairRef: 'HAPair',
  sharedNetworkRef: 'SharedNetwork',
  subnetRef: 'Subnet',
  clientClasses: 'ClientClass',
  evaluateAdditionalClasses: 'ClientClass',
  optionData: 'OptionDefinition',
  imagePullSecrets: 'Secret',
  credentialsSecretRef: 'Secret',
  adminSecretRef: 'Secret',
  caSecretRef: 'Secret',
};
const IS_REFERENCE = /(Refs?|Secrets?)$/;

interface Reference {
  /** The kind that is named. */
  readonly named: string;
  /** As kustomize has it: with slashes, and through lists as if they were not there. */
  readonly path: string;
}

/** All fields of a schema that name other objects. */
export const namingFieldsIn = (schema: Structural, path: string): readonly Reference[] => {
  const { properties = {}, items } = schema;
  if (items !== undefined) return namingFieldsIn(items, path);
  return Object.entries(properties).flatMap(([field, node]) => {
    const at = `${path}/${field}`;
    const within = namingFieldsIn(node, at);
    const named = NAMED_BY[field];
    if (named === undefined) {
      if (IS_REFERENCE.test(field)) throw new Error(`${at}: say in NAMED_BY of which kind it names an object`);
      return within;
    }
    const isObject = (node.items ?? node).properties?.name !== undefined;
    return [{ named, path: isObject ? `${at}/name` : at }, ...within];
  });
};

/** A configuration of kustomize's, of how names change where names are given. */
export const kustomizeReferences = (kinds: readonly Kind[]): string => {
  const references = kinds.flatMap((kind) =>
    namingFieldsIn(objectSchema(kind).properties?.spec ?? {}, 'spec').map((reference) => ({ kind, ...reference })),
  );
  const named = [...new Set(references.map((reference) => reference.named))];
  const nameReference = named.map((kind) => ({
    ...(kind === 'Secret' ? { kind, version: 'v1' } : { kind, group: GROUP }),
    fieldSpecs: references
      .filter((reference) => reference.named === kind)
      .map(({ kind: of, path }) => ({ kind: of.kind, group: GROUP, path })),
  }));
  return `# Generated from src/api by \`npm run generate\`: change it there.
# In a kustomization.yaml: configurations: [kea-operator-kustomize.yaml]
${toYaml({ nameReference })}`;
};

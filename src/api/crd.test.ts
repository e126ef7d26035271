import { describe, expect, test } from 'vitest';
import type { CelRule } from './cel.ts';
import { customResourceDefinition, objectSchema } from './crd.ts';
import { kinds } from './index.ts';
import type { Structural } from './structural.ts';
import { subnetKind } from './subnet.ts';

/** Every node of a schema with its path. */
const nodes = (schema: Structural, path: string): (readonly [string, Structural])[] => [
  [path, schema],
  ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => nodes(field, `${path}.${name}`)),
  ...(schema.items === undefined ? [] : nodes(schema.items, `${path}[]`)),
];

const pathsWhere = (all: readonly (readonly [string, Structural])[], bad: (node: Structural) => boolean): string[] =>
  all.filter(([, node]) => bad(node)).map(([path]) => path);

describe.each(kinds.map((kind) => [kind.kind, kind] as const))('%s', (_name, kind) => {
  const root = objectSchema(kind);
  const fields = ['spec', 'status'].flatMap((part) => nodes(root.properties?.[part] ?? {}, part));

  test('says of every field what it means, in a sentence', () => {
    expect(pathsWhere(fields, ({ description }) => !/^.+[.]$/s.test(description ?? ''))).toEqual([]);
  });

  test('bounds every list and every text that has no format or choices, for the cost budget of CEL', () => {
    const unbounded = ({ type, maxItems, maxLength, format, enum: choices }: Structural): boolean =>
      (type === 'array' && maxItems === undefined) ||
      (type === 'string' && maxLength === undefined && format !== 'date-time' && choices === undefined);
    expect(pathsWhere(fields, unbounded)).toEqual([]);
  });

  test('gives every integer a format and a least value', () => {
    expect(
      pathsWhere(
        fields,
        (node) => node.type === 'integer' && (node.format === undefined || node.minimum === undefined),
      ),
    ).toEqual([]);
  });

  test('has rules whose message is a line for people, not a repetition of the rule', () => {
    const rules = nodes(root, '').flatMap(([, node]) => (node['x-kubernetes-validations'] ?? []) as readonly CelRule[]);
    expect(rules.filter(({ message }) => message.includes('self.') || message.includes('\n'))).toEqual([]);
  });
});

test('a kind in two versions stores the present one and serves both', () => {
  const { versions } = customResourceDefinition(subnetKind, { v1alpha0: subnetKind }).spec;
  expect(versions.map(({ name, served, storage }) => ({ name, served, storage }))).toEqual([
    { name: 'v1alpha1', served: true, storage: true },
    { name: 'v1alpha0', served: true, storage: false },
  ]);
});

/** What the chart says of itself: of every value, and to those who look for charts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { KubeObject } from '../../src/runtime/object.ts';
import { sceneIn } from '../support/manifests.ts';
import { compileWith } from '../support/objects.ts';

const ROOT = join(import.meta.dirname, '../..');
const CHART = join(ROOT, 'charts/kea-operator');
const read = (path: string): string => readFileSync(path, 'utf8');

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}
const root = JSON.parse(read(join(CHART, 'values.schema.json'))) as Schema & {
  readonly definitions: Readonly<Record<string, Schema>>;
};
const resolved = (schema: Schema): Schema =>
  schema.$ref === undefined ? schema : { ...root.definitions[schema.$ref.replace('#/definitions/', '')], ...schema };

type Value = readonly [path: string, schema: Schema];
const valuesIn = (schema: Schema, path: string): readonly Value[] =>
  Object.entries(resolved(schema).properties ?? {}).flatMap(([name, field]): readonly Value[] => {
    const here = `${path}${path === '' ? '' : '.'}${name}`;
    const { items } = resolved(field);
    return [
      [here, resolved(field)],
      ...valuesIn(field, here),
      ...(items === undefined ? [] : valuesIn(items, `${here}[]`)),
    ];
  });
const values = valuesIn(root, '');

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** Paths of all values that have a default; free maps as a whole. */
const defaultsIn = (value: unknown, path: string): readonly string[] => {
  const schema = values.find(([one]) => one === path)?.[1];
  const open = path !== '' && schema?.properties === undefined;
  if (!isMap(value) || open) return [path];
  return Object.entries(value).flatMap(([name, inner]) => defaultsIn(inner, path === '' ? name : `${path}.${name}`));
};

describe('the values of the chart', () => {
  it('have each a sentence in the schema', () => {
    expect(
      values.filter(([, { description }]) => !/^[A-Z].*\.$/s.test(description ?? '')).map(([path]) => path),
    ).toEqual([]);
    expect(values.length).toBeGreaterThan(150);
  });

  it('are refused where nobody knows them, at every level', () => {
    const open = [['', root] as const, ...values].filter(
      ([, { properties, additionalProperties }]) => properties !== undefined && additionalProperties !== false,
    );
    // Of what others say for all charts, of a part of Kubernetes’ own kinds, and of a name in either spelling.
    expect(open.map(([path]) => path).filter((path) => !/\.extraEnv\[\]$|^imagePullSecrets/.test(path))).toEqual([
      'global',
    ]);
  });

  it('have their defaults in values.yaml, each in the schema', () => {
    const known = new Set(values.map(([path]) => path));
    const defaults = defaultsIn(parse(read(join(CHART, 'values.yaml'))), '');
    expect(defaults.filter((path) => !known.has(path))).toEqual([]);
  });

  it('have each a sentence in the table of README.md', () => {
    const rows = read(join(CHART, 'README.md'))
      .split('\n')
      .filter((line) => line.startsWith('| '));
    expect(rows.filter((row) => /\| *\|$/.test(row))).toEqual([]);
    expect(rows.length).toBeGreaterThan(130);
  });
});

/** What Artifact Hub reads of a chart, as far as there is something to say; signKey and screenshots are not there. */
const ARTIFACT_HUB = z.strictObject({
  alternativeName: z.string(),
  category: z.enum([
    'ai-machine-learning',
    'database',
    'integration-delivery',
    'monitoring-logging',
    'networking',
    'security',
    'storage',
    'streaming-messaging',
  ]),
  license: z.literal('Apache-2.0'),
  prerelease: z.boolean(),
  operator: z.boolean(),
  operatorCapabilities: z.enum(['Basic Install', 'Seamless Upgrades', 'Full Lifecycle', 'Deep Insights', 'Auto Pilot']),
  links: z.array(z.strictObject({ name: z.string(), url: z.url() })),
  images: z.array(z.strictObject({ name: z.string(), image: z.string() })),
  crds: z.array(
    z.strictObject({
      kind: z.string(),
      version: z.string(),
      name: z.string(),
      displayName: z.string(),
      description: z.string(),
    }),
  ),
  crdsExamples: z.array(z.looseObject({})),
  changes: z.array(
    z.strictObject({
      kind: z.enum(['added', 'changed', 'deprecated', 'removed', 'fixed', 'security']),
      description: z.string(),
    }),
  ),
});

describe('Chart.yaml', () => {
  const chart = parse(read(join(CHART, 'Chart.yaml'))) as {
    readonly name: string;
    readonly icon: string;
    readonly appVersion: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
  const told = (name: string): unknown => parse(chart.annotations[`artifacthub.io/${name}`] ?? '');

  it('has the icon of the project', () => {
    const [, data = ''] = chart.icon.split('base64,');
    expect(Buffer.from(data, 'base64').toString()).toBe(read(join(CHART, 'icon.svg')));
  });

  it('names the definitions that there are', () => {
    const crds = readdirSync(join(ROOT, 'crds')).map((name) => {
      const { spec, metadata } = parse(read(join(ROOT, 'crds', name))) as {
        readonly metadata: { readonly name: string };
        readonly spec: {
          readonly names: { readonly kind: string };
          readonly versions: readonly { readonly name: string }[];
        };
      };
      return { kind: spec.names.kind, version: spec.versions[0]?.name, name: metadata.name };
    });
    const named = told('crds') as readonly { readonly kind: string }[];
    expect(named.toSorted((a, b) => a.kind.localeCompare(b.kind))).toMatchObject(
      crds.toSorted((a, b) => a.kind.localeCompare(b.kind)),
    );
  });

  it('names the images that its values do', () => {
    const { image, keaImage, postgresql } = parse(read(join(CHART, 'values.yaml'))) as Readonly<
      Record<string, Record<string, string>>
    > & { readonly postgresql: { readonly image: Record<string, string> } };
    const name = (of: Readonly<Record<string, string>> = {}) =>
      `${of.registry ?? ''}/${of.repository ?? ''}:${of.tag === '' ? chart.appVersion : (of.tag ?? '')}`;
    const images = told('images') as readonly { readonly image: string }[];
    expect(images.map((one) => one.image)).toEqual([name(image), name(keaImage), name(postgresql.image)]);
  });

  it('has of every kind an example, and all are accepted', () => {
    const examples = told('crdsExamples') as readonly KubeObject[];
    const crds = told('crds') as readonly { readonly kind: string }[];
    expect(examples.map(({ kind }) => kind)).toEqual(crds.map(({ kind }) => kind));
    const { verdicts, pending } = compileWith(sceneIn(examples));
    expect([...verdicts].filter(([, verdict]) => !verdict.accepted)).toEqual([]);
    expect([verdicts.size, pending.size]).toEqual([examples.length - 1, 0]);
  });

  it('says nothing that Artifact Hub does not read', () => {
    const annotations = Object.fromEntries(
      Object.entries(chart.annotations).map(([key, text]) => [
        key.replace('artifacthub.io/', ''),
        parse(text) as unknown,
      ]),
    );
    expect(ARTIFACT_HUB.parse(annotations)).toEqual(annotations);
    expect(chart.name).toContain(annotations.alternativeName);
  });

  it('claims no more than what is there', () => {
    expect(chart.annotations['artifacthub.io/operatorCapabilities']).toBe('Seamless Upgrades');
  });
});

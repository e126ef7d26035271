/** What kustomize, as kubectl has it, makes of the custom resources. No API server is needed. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { objectSchema } from '../../src/api/crd.ts';
import { kinds } from '../../src/api/index.ts';
import { API_VERSION } from '../../src/api/kind.ts';
import type { Structural } from '../../src/api/structural.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { kustomize } from '../support/argocd.ts';
import { ROOT } from '../support/cluster.ts';

const EXAMPLES = join(ROOT, 'examples');

/** Names of objects that fields of these names, or names in them, are of. */
const NAMES: readonly (readonly [field: RegExp, name: string])[] = [
  [/^haPairRef$/, 'hapair'],
  [/^sharedNetworkRef$/, 'sharednetwork'],
  [/^subnetRef$/, 'subnet'],
  [/Classes$/, 'clientclass'],
  [/^optionData$/, 'optiondefinition'],
  [/Secrets?(Ref)?$/, 'secret'],
];

/** All fields of a specification that name an object, and nothing else. */
const namingIn = (schema: Structural): object => {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([field, node]): [string, unknown][] => {
    const name = NAMES.find(([pattern]) => pattern.test(field))?.[1];
    const inner = node.items ?? node;
    const within = inner.properties === undefined ? {} : namingIn(inner);
    const named = name === undefined ? within : inner.properties === undefined ? name : { ...within, name };
    if (typeof named === 'object' && Object.keys(named).length === 0) return [];
    return [[field, node.items === undefined ? named : [named]]];
  });
  return Object.fromEntries(fields);
};

/** Texts and what they are in. */
const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : value instanceof Object ? Object.values(value).flatMap(textsIn) : [];

it('changes every reference with the name of what it names, a Secret that it makes too', async () => {
  const objects = kinds.map((kind) => ({
    apiVersion: API_VERSION,
    kind: kind.kind,
    metadata: { name: kind.kind.toLowerCase() },
    spec: namingIn(objectSchema(kind).properties?.spec ?? {}),
  }));
  const directory = await mkdtemp(join(tmpdir(), 'kea-operator-kustomize-'));
  try {
    const configuration = 'kea-operator-kustomize.yaml';
    await copyFile(join(EXAMPLES, 'kustomize/prod', configuration), join(directory, configuration));
    await writeFile(join(directory, 'objects.yaml'), objects.map((object) => stringify(object)).join('---\n'));
    const kustomization = {
      namePrefix: 'prod-',
      nameSuffix: '-hq',
      resources: ['objects.yaml'],
      configurations: [configuration],
      secretGenerator: [{ name: 'secret', literals: ['username=kea'] }],
    };
    await writeFile(join(directory, 'kustomization.yaml'), stringify(kustomization));
    const made = await kustomize(directory);
    expect(made).toHaveLength(kinds.length + 1);
    const names = new Set(made.map(({ metadata }) => metadata.name));
    const specs = made.map(({ spec }) => spec);
    expect(textsIn(specs).length).toBeGreaterThan(30);
    expect(textsIn(specs).filter((text) => !names.has(text))).toEqual([]);
    expect([...names].find((name) => name.startsWith('prod-secret-hq-'))).toMatch(/-hq-[a-z0-9]{10}$/);
  } finally {
    await rm(directory, { recursive: true });
  }
});

/** Annotations of an example's objects of a kind. */
const annotationsOf = (objects: readonly KubeObject[], kind: string): unknown =>
  objects.find((object) => object.kind === kind)?.metadata.annotations;

it('gives the HAPairs of the examples what guards them', async () => {
  expect(annotationsOf(await kustomize(join(EXAMPLES, 'argocd/dhcp')), 'HAPair')).toEqual({
    'argocd.argoproj.io/sync-options': 'Prune=confirm,Delete=confirm',
  });
  const flux = { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' };
  const made = await kustomize(join(EXAMPLES, 'flux/dhcp'));
  expect(annotationsOf(made, 'HAPair')).toEqual({ ...flux, 'kustomize.toolkit.fluxcd.io/force': 'disabled' });
  expect(annotationsOf(made, 'Namespace')).toEqual(flux);
});

it('puts each kind into its wave, where waves are wanted, beside the guards', async () => {
  const directory = await mkdtemp(join(EXAMPLES, 'argocd/.test-'));
  try {
    const kustomization = { resources: ['../dhcp'], components: ['../waves'] };
    await writeFile(join(directory, 'kustomization.yaml'), stringify(kustomization));
    const made = await kustomize(directory);
    const waves = made.map(({ kind, metadata: { annotations } }) => [
      kind,
      annotations?.['argocd.argoproj.io/sync-wave'],
    ]);
    expect(Object.fromEntries(waves)).toEqual({
      HAPair: '0',
      OptionDefinition: '1',
      ClientClass: '1',
      SharedNetwork: '1',
      Subnet: '2',
      HostReservation: '3',
    });
    expect(annotationsOf(made, 'HAPair')).toHaveProperty(
      ['argocd.argoproj.io/sync-options'],
      'Prune=confirm,Delete=confirm',
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});

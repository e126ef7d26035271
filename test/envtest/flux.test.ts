/** Flux's own types read what the examples have of its kinds. No API server is needed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { KubeObject } from '../../src/runtime/object.ts';
import { kustomize, manifestsIn } from '../support/argocd.ts';
import { ROOT } from '../support/cluster.ts';
import { binary } from '../support/postgres.ts';
import { run } from '../support/run.ts';

const FLUX = join(ROOT, 'examples/flux');

/** Of each object what is wrong with it; nothing where Flux knows all of it. */
const wrongIn = async (objects: readonly object[]): Promise<readonly string[]> =>
  JSON.parse(await run(await binary('flux-judge'), [], { input: JSON.stringify(objects) })) as readonly string[];

const examples = async (): Promise<readonly KubeObject[]> =>
  [
    ...manifestsIn(await readFile(join(FLUX, 'cluster.yaml'), 'utf8')),
    ...(await kustomize(join(FLUX, 'operator'))),
  ].filter(({ apiVersion }) => apiVersion.includes('.fluxcd.io/'));

it('knows every field of the examples', async () => {
  const objects = await examples();
  expect(objects.map(({ kind }) => kind)).toEqual(['GitRepository', 'Kustomization', 'Kustomization', 'HelmRelease']);
  expect(await wrongIn(objects)).toEqual(['', '', '', '']);
});

it('would find what is misspelt, at any depth, durations and kinds too', async () => {
  const objects = await examples();
  const misspelt = objects.map((object) => ({ ...object, spec: { ...(object.spec as object), intervall: '1h' } }));
  const unknown = Array(4).fill(expect.stringContaining('unknown field "spec.intervall"'));
  expect(await wrongIn(misspelt)).toEqual(unknown);
  const [repository, , , release] = objects;
  const wrong = [
    { ...repository, spec: { interval: 'hourly' } },
    { ...repository, kind: 'GitRepo' },
    { ...release, spec: { interval: '1h', install: { remediation: { retry: 3 } } } },
  ];
  expect(await wrongIn(wrong)).toEqual([
    expect.stringContaining('invalid duration "hourly"'),
    expect.stringContaining('no kind "GitRepo" is registered'),
    expect.stringContaining('unknown field "spec.install.remediation.retry"'),
  ]);
});

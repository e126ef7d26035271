/** The examples of GitOps are what people copy into their repositories: each object must be accepted. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { manifestsIn } from '../support/argocd.ts';
import { sceneIn } from '../support/manifests.ts';
import { compileWith } from '../support/objects.ts';

const BASE = fileURLToPath(new URL('../../examples/kustomize/base/', import.meta.url));

const objects = readdirSync(BASE)
  .filter((file) => file !== 'kustomization.yaml')
  .flatMap((file) => manifestsIn(readFileSync(BASE + file, 'utf8')))
  .map((object) => ({ ...object, metadata: { ...object.metadata, namespace: 'prod' } }));

test('every object of the base is accepted', () => {
  const { verdicts, pending } = compileWith(sceneIn(objects));
  expect([...verdicts].filter(([, verdict]) => !verdict.accepted)).toEqual([]);
  expect(verdicts.size).toBe(objects.length - 1);
  expect(pending.size).toBe(0);
});

test('the kustomization of the base names every file', () => {
  const [kustomization] = manifestsIn(readFileSync(`${BASE}kustomization.yaml`, 'utf8'));
  const files = readdirSync(BASE).filter((file) => file !== 'kustomization.yaml');
  expect((kustomization as { resources?: readonly string[] }).resources?.toSorted()).toEqual(files.toSorted());
});

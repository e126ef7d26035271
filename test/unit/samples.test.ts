/** The samples are what newcomers apply first: each object of them must be accepted. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { sceneIn } from '../support/manifests.ts';
import { compileWith } from '../support/objects.ts';

const folder = fileURLToPath(new URL('../../manifests/samples/', import.meta.url));
const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('default') }),
});

const objects = readdirSync(folder)
  .flatMap((name) => parseAllDocuments(readFileSync(folder + name, 'utf8')))
  .map((document) => manifest.parse(document.toJS()));

test.each(['default', 'campus', 'branch'])('every sample of the namespace %s is accepted', (namespace) => {
  const { pair, ...children } = sceneIn(objects.filter(({ metadata }) => metadata.namespace === namespace));
  const { verdicts, pending } = compileWith({ pair, ...children });
  expect([...verdicts].filter(([, verdict]) => !verdict.accepted)).toEqual([]);
  expect(verdicts.size).toBe(Object.values(children).flat().length);
  expect(pending.size).toBe(0);
});

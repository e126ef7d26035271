/** Our CustomResourceDefinitions on a test API server, as `crds/` has them. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { kinds } from '../../src/api/index.ts';
import { GROUP, SERVED_VERSION } from '../../src/api/kind.ts';
import type { KubeClient } from '../../src/runtime/client.ts';
import { ApiError } from '../../src/runtime/errors.ts';
import type { Condition, KubeObject } from '../../src/runtime/object.ts';
import { collectionPath, DEFINITIONS, type Resource } from '../../src/runtime/resource.ts';

export type Crd = KubeObject<unknown, { readonly conditions?: readonly Condition[] }>;

export const CRDS: Resource<Crd> = DEFINITIONS;

const crdSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.unknown(),
});

const folder = fileURLToPath(new URL('../../crds/', import.meta.url));

/** The generated definitions. */
export const readCrds = async (): Promise<Crd[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  return Promise.all(names.sort().map(async (name) => crdSchema.parse(parse(await readFile(folder + name, 'utf8')))));
};

/** Applies them and waits until objects of every kind can be listed; some seconds. */
export const installCrds = async (client: KubeClient): Promise<void> => {
  for (const crd of await readCrds()) await client.apply(CRDS, crd, { fieldManager: 'test' });
  for (const { plural, kind } of kinds)
    await untilServed(client, { group: GROUP, version: SERVED_VERSION, plural, kind, namespaced: true });
};

/** Between a definition and its first object the API server answers 404, 429 and 503. */
const untilServed = async (client: KubeClient, resource: Resource): Promise<void> => {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await client.raw({ method: 'GET', path: collectionPath(resource) });
      return;
    } catch (error) {
      const starting = error instanceof ApiError && [404, 429, 503].includes(error.status);
      if (!starting || Date.now() > deadline) throw error;
      await pause(100);
    }
  }
};

/** A custom resource without a meaning, for tests of what knows no meaning. */
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient, Manifest } from '../../src/runtime/client.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { parallelMap } from '../../src/runtime/parallel.ts';
import { DEFINITIONS, type Resource } from '../../src/runtime/resource.ts';

export interface Toy extends KubeObject<{ size: number }, { size?: number; phase?: string }> {
  spec: { size: number };
}

export const TOYS: Resource<Toy> = {
  group: 'example.com',
  version: 'v1',
  plural: 'toys',
  kind: 'Toy',
  namespaced: true,
};

interface Definition extends KubeObject {
  spec: object;
}
const TOY_DEFINITIONS: Resource<Definition> = DEFINITIONS;

const properties = (names: Record<string, string>): object => ({
  type: 'object',
  properties: Object.fromEntries(Object.entries(names).map(([name, type]) => [name, { type }])),
});

export const TOY_DEFINITION: Manifest<Definition> = {
  metadata: { name: 'toys.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'toys', kind: 'Toy' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: properties({ size: 'integer' }),
              status: properties({ size: 'integer', phase: 'string' }),
            },
          },
        },
      },
    ],
  },
};

/** Creates the definition and waits until toys are served. */
export const installToys = async (client: KubeClient): Promise<void> => {
  await client.create(TOY_DEFINITIONS, TOY_DEFINITION);
  for (;;) {
    try {
      await client.list(TOYS, { limit: 1 });
      return;
    } catch {
      await pause(100);
    }
  }
};

export const toy = (name: string, size = 1): Manifest<Toy> => ({
  metadata: { name, namespace: 'default' },
  spec: { size },
});

/** Creates `toy-0` … */
export const createToys = async (client: KubeClient, count: number, prefix = 'toy'): Promise<Toy[]> =>
  parallelMap(Array.from({ length: count }).keys(), 20, (i) => client.create(TOYS, toy(`${prefix}-${i}`, i)));

/** A custom resource without a meaning, for tests of what knows no meaning. */
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient, Manifest } from '../../src/runtime/client.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { parallelMap } from '../../src/runtime/parallel.ts';
import { DEFINITIONS, type Resource } from '../../src/runtime/resource.ts';

export interface Widget extends KubeObject<{ size: number }, { size?: number; phase?: string }> {
  spec: { size: number };
}

export const WIDGETS: Resource<Widget> = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

interface Definition extends KubeObject {
  spec: object;
}
const WIDGET_DEFINITIONS: Resource<Definition> = DEFINITIONS;

const properties = (names: Record<string, string>): object => ({
  type: 'object',
  properties: Object.fromEntries(Object.entries(names).map(([name, type]) => [name, { type }])),
});

export const WIDGET_DEFINITION: Manifest<Definition> = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
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

/** Creates the definition and waits until widgets are served. */
export const installWidgets = async (client: KubeClient): Promise<void> => {
  await client.create(WIDGET_DEFINITIONS, WIDGET_DEFINITION);
  for (;;) {
    try {
      await client.list(WIDGETS, { limit: 1 });
      return;
    } catch {
      await pause(100);
    }
  }
};

export const widget = (name: string, size = 1): Manifest<Widget> => ({
  metadata: { name, namespace: 'default' },
  spec: { size },
});

/** Creates `widget-0` … */
export const createWidgets = async (client: KubeClient, count: number, prefix = 'widget'): Promise<Widget[]> =>
  parallelMap(Array.from({ length: count }).keys(), 20, (i) => client.create(WIDGETS, widget(`${prefix}-${i}`, i)));

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BaseOperator, type ResourceEvent, ResourceEventType } from '../../src/runtime/base.ts';
import type { Cache } from '../../src/runtime/cache.ts';
import { changesOf } from '../../src/runtime/controller.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { type Key, keyOf } from '../../src/runtime/object.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { eventually } from '../support/eventually.ts';
import { createWidgets, type Widget, widget, WIDGET_DEFINITION, WIDGETS } from '../support/widgets.ts';

const FINALIZER = 'example.com/widgets';
const log = createLogger({ level: 'silent' });
let server: TestApiServer;
let operator: BaseOperator | undefined;
const kubeconfigBefore = process.env.KUBECONFIG;

beforeAll(async () => {
  server = await startApiServer();
  // The base class of the library loads it when it is made.
  process.env.KUBECONFIG = server.kubeconfig;
});
afterAll(async () => {
  if (kubeconfigBefore === undefined) delete process.env.KUBECONFIG;
  else process.env.KUBECONFIG = kubeconfigBefore;
  await server.stop();
});
beforeEach(() => {
  events.length = 0;
});
afterEach(async () => {
  operator?.stop();
  await operator?.stopped();
});

const at = (name: string) => ({ name, namespace: 'default' });
const options = () => ({ client: server.client, log, fieldManager: 'widgets' });
const events: string[] = [];

/** The operator of the library's README: events, a finalizer, a status. */
class EventOperator extends BaseOperator {
  failures = 0;

  protected override async init(): Promise<void> {
    const file = join(server.directory, 'widgets.json');
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      ...WIDGET_DEFINITION,
    };
    await writeFile(file, JSON.stringify(definition));
    const { group, versions, plural } = await this.registerCustomResourceDefinition(file);
    await this.watchResource(group, versions[0]?.name ?? '', plural, (event) => this.#onEvent(event));
  }

  async #onEvent(event: ResourceEvent): Promise<void> {
    const { name } = event.meta;
    if (name === 'fragile' && this.failures < 2) {
      this.failures++;
      throw new Error('boom');
    }
    const cleanUp = (): Promise<void> => {
      events.push(`clean up ${name}`);
      return Promise.resolve();
    };
    if (await this.handleResourceFinalizer(event, FINALIZER, cleanUp)) return;
    events.push(`${event.type} ${name}`);
    if (event.type === ResourceEventType.Deleted) return;
    await this.setResourceStatus(event.meta, { phase: 'Ready' });
    await this.patchResourceStatus(event.meta, { size: 3 });
  }
}

describe('an operator after the library’s contract', () => {
  it('registers its kind, sees objects, sets status, keeps and drops its finalizer, and stops', async () => {
    const running = new EventOperator(options());
    operator = running;
    await running.start();
    await server.client.create(WIDGETS, widget('ball'));
    await eventually(async () => {
      const ball = await server.client.get(WIDGETS, at('ball'));
      expect(ball.status).toEqual({ phase: 'Ready', size: 3 });
      expect(ball.metadata.finalizers).toEqual([FINALIZER]);
    });
    await server.client.delete(WIDGETS, at('ball'));
    await eventually(() => {
      expect(events).toContain('clean up ball');
      expect(events).toContain('DELETED ball');
    });
    // Its own writes do not keep it busy for ever.
    await eventually(async () => {
      expect((await server.client.list(WIDGETS)).items).toEqual([]);
    });
    running.stop();
    await running.stopped();
    const heard = events.length;
    await server.client.create(WIDGETS, widget('late'));
    await server.client.delete(WIDGETS, at('late'));
    expect(events).toHaveLength(heard);
  });

  it('tries again what its handler could not do, and outlives a restart of the API server', async () => {
    const running = new EventOperator(options());
    operator = running;
    await running.start();
    await server.client.create(WIDGETS, widget('fragile'));
    await eventually(() => {
      expect(events).toContain('MODIFIED fragile');
    });
    expect(running.failures).toBe(2);
    await server.restart();
    await server.client.create(WIDGETS, widget('after'));
    await eventually(() => {
      expect(events).toContain('MODIFIED after');
    });
    for (const name of ['fragile', 'after']) await server.client.delete(WIDGETS, at(name));
    await eventually(() => {
      expect(events).toContain('DELETED after');
    });
  });
});

/** An operator with caches and a controller of its own. */
class KeyOperator extends BaseOperator {
  widgets: Cache<Widget> | undefined;
  readonly passes: { key: Key; complete: boolean }[] = [];

  protected override init(): Promise<void> {
    const widgets = this.watch(WIDGETS, { indexes: { size: ({ spec }) => [String(spec.size)] } });
    this.widgets = widgets;
    void this.control({
      name: 'widgets',
      sources: [changesOf(widgets, (object) => [keyOf(object)])],
      reconcile: (key) => {
        this.passes.push({ key, complete: this.hasSynced });
        return Promise.resolve({});
      },
    });
    // Opened after the controller, and yet it waits for it.
    this.watch({ group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false });
    return Promise.resolve();
  }
}

it('an operator with caches passes no key before every cache is complete', async () => {
  await createWidgets(server.client, 30);
  const running = new KeyOperator(options());
  operator = running;
  await running.start();
  await running.synced();
  expect(running.widgets?.size).toBe(30);
  expect(running.widgets?.by('size', '7').map(keyOf)).toEqual(['default/widget-7']);
  await eventually(() => {
    expect(new Set(running.passes.map(({ key }) => key)).size).toBe(30);
  });
  expect(running.passes.every(({ complete }) => complete)).toBe(true);
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BaseOperator, type ResourceEvent, ResourceEventType } from '../../src/runtime/base.ts';
import type { Cache } from '../../src/runtime/cache.ts';
import { changesOf } from '../../src/runtime/controller.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { type Key, keyOf } from '../../src/runtime/object.ts';
import { type TestApiServer, startApiServer } from '../support/apiserver.ts';
import { eventually } from '../support/eventually.ts';
import { TOYS, TOY_DEFINITION, type Toy, createToys, toy } from '../support/toys.ts';

const FINALIZER = 'example.com/toys';
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
const options = () => ({ client: server.client, log, fieldManager: 'toys' });
const events: string[] = [];

/** The operator of the library's README: events, a finalizer, a status. */
class EventOperator extends BaseOperator {
  failures = 0;

  protected override async init(): Promise<void> {
    const file = join(server.directory, 'toys.json');
    const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', ...TOY_DEFINITION };
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
    await server.client.create(TOYS, toy('ball'));
    await eventually(async () => {
      const ball = await server.client.get(TOYS, at('ball'));
      expect(ball.status).toEqual({ phase: 'Ready', size: 3 });
      expect(ball.metadata.finalizers).toEqual([FINALIZER]);
    });
    await server.client.delete(TOYS, at('ball'));
    await eventually(() => {
      expect(events).toContain('clean up ball');
      expect(events).toContain('DELETED ball');
    });
    // Its own writes do not keep it busy for ever.
    await eventually(async () => {
      expect((await server.client.list(TOYS)).items).toEqual([]);
    });
    running.stop();
    await running.stopped();
    const heard = events.length;
    await server.client.create(TOYS, toy('late'));
    await server.client.delete(TOYS, at('late'));
    expect(events).toHaveLength(heard);
  });

  it('tries again what its handler could not do, and outlives a restart of the API server', async () => {
    const running = new EventOperator(options());
    operator = running;
    await running.start();
    await server.client.create(TOYS, toy('fragile'));
    await eventually(() => {
      expect(events).toContain('MODIFIED fragile');
    });
    expect(running.failures).toBe(2);
    await server.restart();
    await server.client.create(TOYS, toy('after'));
    await eventually(() => {
      expect(events).toContain('MODIFIED after');
    });
    for (const name of ['fragile', 'after']) await server.client.delete(TOYS, at(name));
    await eventually(() => {
      expect(events).toContain('DELETED after');
    });
  });
});

/** An operator with caches and a controller of its own. */
class KeyOperator extends BaseOperator {
  toys: Cache<Toy> | undefined;
  readonly turns: { key: Key; complete: boolean }[] = [];

  protected override init(): Promise<void> {
    const toys = this.watch(TOYS, { indexes: { size: ({ spec }) => [String(spec.size)] } });
    this.toys = toys;
    void this.control({
      name: 'toys',
      sources: [changesOf(toys, (object) => [keyOf(object)])],
      reconcile: (key) => {
        this.turns.push({ key, complete: this.hasSynced });
        return Promise.resolve({});
      },
    });
    // Opened after the controller, and yet it waits for it.
    this.watch({ group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false });
    return Promise.resolve();
  }
}

it('an operator with caches turns no key before every cache is complete', async () => {
  await createToys(server.client, 30);
  const running = new KeyOperator(options());
  operator = running;
  await running.start();
  await running.synced();
  expect(running.toys?.size).toBe(30);
  expect(running.toys?.by('size', '7').map(keyOf)).toEqual(['default/toy-7']);
  await eventually(() => {
    expect(new Set(running.turns.map(({ key }) => key)).size).toBe(30);
  });
  expect(running.turns.every(({ complete }) => complete)).toBe(true);
});

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cache } from '../../src/runtime/cache.ts';
import { isAborted } from '../../src/runtime/clock.ts';
import { createInformer, type InformerSpec } from '../../src/runtime/informer.ts';
import { keyOf } from '../../src/runtime/object.ts';
import { parallelEach } from '../../src/runtime/parallel.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { eventually } from '../support/eventually.ts';
import { createWidgets, installWidgets, type Widget, widget, WIDGETS } from '../support/widgets.ts';

let server: TestApiServer;
let stop: AbortController;
let running: Promise<void>[];

beforeAll(async () => {
  server = await startApiServer();
  await installWidgets(server.client);
});
afterAll(() => server.stop());

beforeEach(() => {
  stop = new AbortController();
  running = [];
});
afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await Promise.all(running);
  await server.client.raw({
    method: 'DELETE',
    path: '/apis/example.com/v1/namespaces/default/widgets',
    timeoutMs: 120_000,
  });
});

/** A cache and the log of what it was told: `+name`, `~name size`, `-name`. */
const watch = async (spec: Partial<InformerSpec<Widget>> = {}) => {
  const told: string[] = [];
  const failures: string[] = [];
  const counts = { lists: 0, watches: 0 };
  const metrics = {
    onList: () => counts.lists++,
    onWatch: () => counts.watches++,
    onEvent: () => undefined,
    onFailure: (_: string, reason: string) => failures.push(reason),
  };
  const informer = createInformer<Widget>({ client: server.client, resource: WIDGETS, metrics, ...spec });
  informer.cache.onChange((before, after) => {
    if (after === undefined) told.push(`-${before?.metadata.name ?? ''}`);
    else told.push(before === undefined ? `+${after.metadata.name}` : `~${after.metadata.name} ${after.spec.size}`);
  });
  running.push(informer.run(stop.signal));
  await informer.cache.synced;
  // The watch comes after the list.
  await eventually(() => {
    expect(counts.watches).toBeGreaterThan(0);
  });
  return { cache: informer.cache, told, failures, counts };
};

const resize = (name: string, size: number): Promise<Widget> =>
  server.client.patch(WIDGETS, { name, namespace: 'default' }, { spec: { size } });
const remove = (name: string): Promise<void> => server.client.delete(WIDGETS, { name, namespace: 'default' });

/** Waits until the cache holds just what the API server does, and the sizes agree. */
const untilEqual = (cache: Cache<Widget>): Promise<void> =>
  eventually(async () => {
    const { items } = await server.client.list(WIDGETS);
    const state = (widgets: readonly Widget[]) =>
      new Map(widgets.map((one) => [keyOf(one), one.metadata.resourceVersion]));
    expect(state(cache.list())).toEqual(state(items));
  });

describe('a reflector', () => {
  it('lists 1,500 objects page by page, trims them, and hears of every change after', async () => {
    await createWidgets(server.client, 1_500);
    const { cache, told } = await watch({ pageSize: 200 });
    expect(cache.size).toBe(1_500);
    expect(cache.get('default/widget-7')).toMatchObject({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      spec: { size: 7 },
    });
    expect(cache.get('default/widget-7')?.metadata).not.toHaveProperty('managedFields');
    told.length = 0;
    await server.client.create(WIDGETS, widget('new'));
    await resize('new', 5);
    await remove('widget-3');
    await eventually(() => {
      expect(told).toEqual(['+new', '~new 5', '-widget-3']);
    });
  });

  it('loses no event when the API server is killed and started again', async () => {
    await createWidgets(server.client, 20);
    const { cache, told, failures } = await watch();
    const enough = new AbortController();
    const writer = (async () => {
      for (let round = 1; !isAborted(enough.signal); round++) {
        // While the server is away every write fails; what counts is that those that succeed are seen.
        await parallelEach([0, 1, 2], 3, (i) => resize(`widget-${i}`, 1_000 + round));
        await parallelEach([round], 1, () => server.client.create(WIDGETS, widget(`late-${round}`)));
        await pause(20);
      }
    })();
    await pause(500);
    await server.restart({ downMs: 500 });
    await pause(1_500);
    enough.abort();
    await writer;
    await untilEqual(cache);
    expect(failures.length).toBeGreaterThan(0);
    const late = cache.list().filter(({ metadata }) => metadata.name.startsWith('late-'));
    for (const { metadata } of late) expect(told.filter((event) => event === `+${metadata.name}`)).toHaveLength(1);
    expect(late.length).toBeGreaterThan(10);
  });

  it('goes on from the last event when its connection is cut, without listing again', async () => {
    await createWidgets(server.client, 3);
    const { cache, told, counts } = await watch();
    told.length = 0;
    for (let round = 0; round < 3; round++) {
      server.cutWatches();
      await resize('widget-1', 100 + round);
      await eventually(() => {
        expect(told.at(-1)).toBe(`~widget-1 ${100 + round}`);
      });
    }
    await untilEqual(cache);
    expect(told).toEqual(['~widget-1 100', '~widget-1 101', '~widget-1 102']);
    expect(counts.lists).toBe(1);
  });

  it('finds by a new list what was deleted, created again and changed when the history is gone', async () => {
    await createWidgets(server.client, 10);
    const { cache, told, failures, counts } = await watch();
    told.length = 0;
    // The reflector hears nothing of this: the link is silent. The writes take another way.
    const direct = server.newClient({ direct: true });
    server.freeze();
    await direct.delete(WIDGETS, { name: 'widget-1', namespace: 'default' });
    await direct.delete(WIDGETS, { name: 'widget-2', namespace: 'default' });
    await direct.create(WIDGETS, widget('widget-2', 222));
    await direct.patch(WIDGETS, { name: 'widget-3', namespace: 'default' }, { spec: { size: 333 } });
    await direct.create(WIDGETS, widget('extra'));
    await direct.close();
    await server.kill();
    await server.compact();
    server.thaw();
    await server.start();
    await untilEqual(cache);
    expect(told.toSorted()).toEqual(['+extra', '+widget-2', '-widget-1', '-widget-2', '~widget-3 333']);
    expect(failures).toContain('Expired');
    expect(counts.lists).toBe(2);
  });

  it('notices that a link has fallen silent', async () => {
    await createWidgets(server.client, 3);
    const { cache, failures } = await watch({ inactivityMs: 2_000 });
    server.freeze();
    await eventually(() => {
      expect(failures).toContain('Timeout');
    });
    server.thaw();
    await resize('widget-0', 77);
    await untilEqual(cache);
    expect(cache.get('default/widget-0')?.spec.size).toBe(77);
  });

  it('goes on though a listener throws at every event', async () => {
    const { cache, told } = await watch();
    cache.onChange(() => {
      throw new Error('boom');
    });
    await createWidgets(server.client, 3);
    await eventually(() => {
      expect(told.toSorted()).toEqual(['+widget-0', '+widget-1', '+widget-2']);
    });
  });

  it('waits for a resource that is not served yet', async () => {
    const informer = createInformer({ client: server.client, resource: { ...WIDGETS, version: 'v2' } });
    running.push(informer.run(stop.signal));
    await eventually(() => {
      expect(informer.cache.isServed()).toBe(false);
    });
    expect(informer.cache.hasSynced).toBe(false);
  });

  it('ends at once when it is stopped, in a watch as in a wait', async () => {
    await watch();
    const started = performance.now();
    stop.abort(new Error('enough'));
    await Promise.all(running);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

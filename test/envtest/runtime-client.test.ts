import { readdirSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createKubeClient, type KubeClient } from '../../src/runtime/client.ts';
import { createConnection } from '../../src/runtime/connection.ts';
import { ConnectionError, isConflict, isInvalid, isNotFound, unlessNotFound } from '../../src/runtime/errors.ts';
import { createEventRecorder, EVENTS } from '../../src/runtime/events.ts';
import { addFinalizer, ensureFinalizers, removeFinalizer } from '../../src/runtime/finalizer.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { parallelMap } from '../../src/runtime/parallel.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { eventually } from '../support/eventually.ts';
import { createWidgets, installWidgets, type Widget, widget, WIDGETS } from '../support/widgets.ts';

let server: TestApiServer;
let client: KubeClient;

beforeAll(async () => {
  server = await startApiServer();
  client = server.client;
  await installWidgets(client);
});
afterAll(() => server.stop());
afterEach(async () => {
  await client.raw({ method: 'DELETE', path: '/apis/example.com/v1/namespaces/default/widgets', timeoutMs: 120_000 });
});

const at = (name: string) => ({ name, namespace: 'default' });
const status = (name: string, value: Widget['status']) => ({ metadata: at(name), ...(value && { status: value }) });

describe('server-side apply of a status', () => {
  const asOperator = { subresource: 'status', fieldManager: 'operator' };

  it('writes nothing when nothing changed', async () => {
    await createWidgets(client, 1);
    const first = await client.apply(WIDGETS, status('widget-0', { phase: 'Ready' }), asOperator);
    const second = await client.apply(WIDGETS, status('widget-0', { phase: 'Ready' }), asOperator);
    const third = await client.apply(WIDGETS, status('widget-0', { phase: 'Gone' }), asOperator);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(third.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
    expect(third.metadata.generation).toBe(1);
  });

  it('keeps the fields of two managers apart, and removes what its manager leaves out', async () => {
    await createWidgets(client, 1);
    await client.apply(WIDGETS, status('widget-0', { phase: 'Ready' }), asOperator);
    await client.apply(WIDGETS, status('widget-0', { size: 5 }), { ...asOperator, fieldManager: 'statistics' });
    expect((await client.get(WIDGETS, at('widget-0'))).status).toEqual({ phase: 'Ready', size: 5 });
    await client.apply(WIDGETS, { metadata: at('widget-0'), status: {} }, asOperator);
    expect((await client.get(WIDGETS, at('widget-0'))).status).toEqual({ size: 5 });
  });

  it('fails on another manager’s field unless it forces', async () => {
    await createWidgets(client, 1);
    await client.apply(WIDGETS, status('widget-0', { phase: 'Ready' }), asOperator);
    const other = { ...asOperator, fieldManager: 'other' };
    const desired = status('widget-0', { phase: 'Mine' });
    await expect(client.apply(WIDGETS, desired, { ...other, force: false })).rejects.toSatisfy(isConflict);
    expect((await client.apply(WIDGETS, desired, other)).status?.phase).toBe('Mine');
  });
});

describe('a write', () => {
  it('with an outdated resourceVersion is a Conflict', async () => {
    const [old] = await createWidgets(client, 1);
    await client.patch(WIDGETS, at('widget-0'), { spec: { size: 2 } });
    await expect(client.replace(WIDGETS, old ?? widget('widget-0'))).rejects.toSatisfy(isConflict);
  });

  it('that the schema refuses says which field', async () => {
    const wrong = { ...widget('wrong'), spec: { size: 'big' as unknown as number } };
    const error = await client.create(WIDGETS, wrong).catch((thrown: unknown) => thrown);
    expect(error).toSatisfy(isInvalid);
    expect(error).toMatchObject({ details: { causes: [{ field: 'spec.size' }] } });
  });

  it('that deletes may name the very object', async () => {
    await createWidgets(client, 1);
    await expect(client.delete(WIDGETS, at('widget-0'), { uid: 'another' })).rejects.toSatisfy(isConflict);
    await client.delete(WIDGETS, at('widget-0'));
    await expect(client.get(WIDGETS, at('widget-0'))).rejects.toSatisfy(isNotFound);
    expect(await unlessNotFound(client.get(WIDGETS, at('widget-0')))).toBeUndefined();
  });

  it('as a dry run changes nothing', async () => {
    await client.create(WIDGETS, widget('dry'), { dryRun: true });
    expect(await unlessNotFound(client.get(WIDGETS, at('dry')))).toBeUndefined();
  });
});

describe('a finalizer', () => {
  const [ours, theirs] = ['example.com/ours', 'example.com/theirs'];
  const finalizersOf = async (name: string) => (await client.get(WIDGETS, at(name))).metadata.finalizers;
  const clear = (name: string) => client.patch(WIDGETS, at(name), { metadata: { finalizers: null } });

  it('is added and removed beside another’s that came meanwhile', async () => {
    const [stale] = await createWidgets(client, 1);
    if (stale === undefined) throw new Error('no widget');
    await addFinalizer(client, WIDGETS, stale, theirs);
    // What we hold still says that there is none.
    expect(await addFinalizer(client, WIDGETS, stale, ours)).toBe('added');
    expect(await finalizersOf('widget-0')).toEqual([theirs, ours]);
    const held = await client.get(WIDGETS, at('widget-0'));
    await removeFinalizer(client, WIDGETS, held, theirs);
    // What we hold has ours in the second place, where there is none now.
    expect(await removeFinalizer(client, WIDGETS, held, ours)).toBe('removed');
    expect((await client.get(WIDGETS, at('widget-0'))).metadata.finalizers).toBeUndefined();
  });

  it('survives many controllers that add theirs at the same time', async () => {
    const [object] = await createWidgets(client, 1);
    if (object === undefined) throw new Error('no widget');
    const all = [0, 1, 2, 3].map((i) => `example.com/f${i}`);
    await Promise.all(all.map((finalizer) => addFinalizer(client, WIDGETS, object, finalizer)));
    expect((await finalizersOf('widget-0'))?.toSorted()).toEqual(all);
    await clear('widget-0');
  });

  it('is neither added to an object that goes, nor to another of the same name', async () => {
    const [object] = await createWidgets(client, 1);
    if (object === undefined) throw new Error('no widget');
    await addFinalizer(client, WIDGETS, object, theirs);
    await client.delete(WIDGETS, at('widget-0'));
    expect(await addFinalizer(client, WIDGETS, object, ours)).toBe('deleting');
    await removeFinalizer(client, WIDGETS, await client.get(WIDGETS, at('widget-0')), theirs);
    expect(await addFinalizer(client, WIDGETS, object, ours)).toBe('gone');
    await createWidgets(client, 1);
    expect(await addFinalizer(client, WIDGETS, object, ours)).toBe('gone');
    expect(await removeFinalizer(client, WIDGETS, object, ours)).toBe('absent');
    expect(await finalizersOf('widget-0')).toBeUndefined();
  });

  it('comes to many objects, whatever happens to one', async () => {
    const objects = await createWidgets(client, 20);
    await client.delete(WIDGETS, at('widget-7'));
    const { outcomes, failed } = await ensureFinalizers(client, WIDGETS, objects, ours);
    expect(failed).toEqual([]);
    expect([...outcomes.values()].filter((outcome) => outcome === 'added')).toHaveLength(19);
    expect([...outcomes].find(([object]) => object.metadata.name === 'widget-7')?.[1]).toBe('gone');
    await parallelMap(objects, 10, async ({ metadata }) => {
      if (metadata.name !== 'widget-7') await clear(metadata.name);
    });
  });
});

it('events about one thing are one event with a count', async () => {
  const [object] = await createWidgets(client, 1);
  if (object === undefined) throw new Error('no widget');
  const recorder = createEventRecorder({ client, controller: 'example.com/widgets', instance: 'test' });
  const event = { type: 'Warning', reason: 'Broke', action: 'Play', note: 'it fell down' } as const;
  for (let i = 0; i < 10; i++) recorder.record(object, event);
  await eventually(async () => {
    expect((await client.list(EVENTS, { namespace: 'default' })).items.length).toBeGreaterThan(0);
  });
  recorder.record(object, { ...event, note: 'it rolled away' });
  await recorder.close(5_000);
  const { items } = await client.list(EVENTS, { namespace: 'default' });
  const widgets = items.filter(({ involvedObject }) => involvedObject.kind === 'Widget');
  expect(widgets.map(({ message, series }) => [message, series?.count]).sort()).toEqual([
    ['it fell down', 10],
    ['it rolled away', undefined],
  ]);
});

describe('the connection', () => {
  const open: KubeClient[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  const clientOf = (change: (config: KubeConfig) => void): KubeClient => {
    const load = (): KubeConfig => {
      const config = new KubeConfig();
      config.loadFromFile(server.kubeconfig);
      change(config);
      return config;
    };
    const made = createKubeClient({ connection: createConnection({ load }) });
    open.push(made);
    return made;
  };

  it('takes a new CA from its file', async () => {
    const caFile = join(server.directory, 'rotating-ca.crt');
    await copyFile(join(server.directory, 'front-proxy-ca.crt'), caFile);
    const rotating = clientOf((config) => {
      config.clusters = [{ name: 'envtest', server: server.url, caFile, skipTLSVerify: false }];
    });
    await expect(rotating.list(WIDGETS)).rejects.toBeInstanceOf(ConnectionError);
    await copyFile(join(server.directory, 'ca.crt'), caFile);
    await eventually(() => rotating.list(WIDGETS));
  });

  it('works with a service account’s token from its file, as in a pod', async () => {
    const accounts: Resource = {
      group: '',
      version: 'v1',
      plural: 'serviceaccounts',
      kind: 'ServiceAccount',
      namespaced: true,
    };
    await client.create(accounts, { metadata: at('robot') });
    const token = (await client.raw({
      method: 'POST',
      path: '/api/v1/namespaces/default/serviceaccounts/robot/token',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    })) as KubeObject<unknown, { token: string }>;
    const tokenFile = join(server.directory, 'token');
    await writeFile(tokenFile, token.status?.token ?? '');
    const robot = clientOf((config) => {
      config.users = [{ name: 'admin', authProvider: { name: 'tokenFile', config: { tokenFile } } }];
    });
    // It is known, and has no rights.
    await expect(robot.list(WIDGETS)).rejects.toThrow(/system:serviceaccount:default:robot.*cannot list/);
  });

  it('goes through a proxy that the kubeconfig names', async () => {
    let tunnels = 0;
    const proxy: Server = createServer();
    proxy.on('connect', (request, inbound) => {
      tunnels++;
      const [host, port] = (request.url ?? '').split(':');
      const outbound = connect({ host: host ?? '', port: Number(port) }, () => {
        inbound.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        outbound.pipe(inbound);
        inbound.pipe(outbound);
      });
      outbound.on('error', () => inbound.destroy());
      inbound.on('error', () => outbound.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const behind = clientOf((config) => {
      config.clusters = config.clusters.map((cluster) => ({ ...cluster, proxyUrl }));
    });
    await behind.list(WIDGETS);
    await behind.close();
    proxy.close();
    expect(tunnels).toBeGreaterThan(0);
  });

  it('carries thousands of writes on a few sockets', async () => {
    const direct = server.newClient({ direct: true });
    await createWidgets(direct, 200);
    const write = async (round: number): Promise<number> => {
      const started = performance.now();
      await parallelMap(Array.from({ length: 1_000 }).keys(), 20, (i) =>
        direct.apply(WIDGETS, status(`widget-${i % 200}`, { size: round * 1_000 + i }), {
          subresource: 'status',
          fieldManager: 'operator',
        }),
      );
      return 1_000 / ((performance.now() - started) / 1_000);
    };
    const sockets = (): number => readdirSync('/proc/self/fd').length;
    await write(0);
    const before = sockets();
    const rates = [await write(1), await write(2)];
    expect(sockets()).toBeLessThanOrEqual(before + 5);
    expect(sockets()).toBeLessThan(150);
    // A sanity bound for a busy machine, not the measurement.
    expect(Math.max(...rates)).toBeGreaterThan(30);
  });
});

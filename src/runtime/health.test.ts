import { Counter, Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import { type HealthServer, startHealthServer } from './health.ts';

let server: HealthServer | undefined;
afterEach(async () => {
  await server?.close();
});

it('answers the probes by their checks, and the metrics', async () => {
  const registry = new Registry();
  new Counter({ name: 'toys_total', help: 'Toys.', registers: [registry] }).inc(3);
  let synced = false;
  server = await startHealthServer({
    port: 0,
    host: '127.0.0.1',
    live: { loop: () => true },
    ready: { synced: () => synced, database: () => Promise.reject(new Error('no route')), nothing: () => undefined },
    registry,
  });
  const get = async (path: string, method = 'GET'): Promise<[number, string]> => {
    const answer = await fetch(`http://127.0.0.1:${server?.port ?? 0}${path}`, { method });
    return [answer.status, await answer.text()];
  };
  expect(await get('/healthz')).toEqual([200, 'ok\n']);
  expect(await get('/healthz?verbose')).toEqual([200, '[+]loop ok\n']);
  expect(await get('/readyz')).toEqual([503, '[-]synced not yet\n[-]database no route\n[+]nothing ok\n']);
  synced = true;
  expect((await get('/readyz'))[1]).toContain('[+]synced ok');
  expect((await get('/metrics'))[1]).toContain('toys_total 3');
  expect((await get('/other'))[0]).toBe(404);
  expect((await get('/healthz', 'POST'))[0]).toBe(405);
});

it('says so when its port is taken', async () => {
  server = await startHealthServer({ port: 0, host: '127.0.0.1' });
  await expect(startHealthServer({ port: server.port, host: '127.0.0.1' })).rejects.toThrow('EADDRINUSE');
});

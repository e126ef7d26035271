import { request } from 'node:https';
import { Counter, Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import { ensureAuthority, issueLeaf } from '../workload/certificates.ts';
import { type HealthServer, startHealthServer } from './health.ts';
import type { MetricsAccess } from './metricsAccess.ts';

let server: HealthServer | undefined;
afterEach(async () => {
  await server?.close();
});

it('answers the probes by their checks, and the metrics', async () => {
  const registry = new Registry();
  new Counter({ name: 'widgets_total', help: 'Widgets.', registers: [registry] }).inc(3);
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
  expect((await get('/metrics'))[1]).toContain('widgets_total 3');
  expect((await get('/other'))[0]).toBe(404);
  expect((await get('/healthz', 'POST'))[0]).toBe(405);
});

it('serves metrics by HTTPS to those who may read them, and the probes to everybody', async () => {
  let authority = await ensureAuthority('metrics', undefined, Date.now());
  const spec = { commonName: 'metrics', dnsNames: ['localhost'], use: 'server' } as const;
  const tls = await issueLeaf(authority, spec, Date.now());
  const asked: (string | undefined)[] = [];
  const access: MetricsAccess = (authorization) => {
    asked.push(authorization);
    return Promise.resolve(authorization === 'Bearer good' ? 200 : 401);
  };
  server = await startHealthServer({ port: 0, host: '127.0.0.1', registry: new Registry(), access, tls });
  const { port } = server;
  const get = (path: string, headers = {}): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const ca = authority.current.cert;
      const target = { host: '127.0.0.1', servername: 'localhost', port, path, headers, ca, agent: false };
      request(target, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
  expect(await get('/metrics')).toBe(401);
  expect(await get('/metrics', { authorization: 'Bearer good' })).toBe(200);
  expect(await get('/healthz')).toBe(200);
  expect(asked).toEqual([undefined, 'Bearer good']);
  const other = await ensureAuthority('other', undefined, Date.now());
  server.setTls(await issueLeaf(other, spec, Date.now()));
  await expect(get('/healthz')).rejects.toThrow('unable to verify the first certificate');
  authority = other;
  expect(await get('/healthz')).toBe(200);
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
});

it('says so when its port is taken', async () => {
  server = await startHealthServer({ port: 0, host: '127.0.0.1' });
  await expect(startHealthServer({ port: server.port, host: '127.0.0.1' })).rejects.toThrow('EADDRINUSE');
});

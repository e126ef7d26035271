/** What each command does while the API server is away: it lives, waits, and works again within seconds of its return. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { FINALIZER } from '../../src/api/kind.ts';
import { HAPAIRS } from '../../src/api/resources.ts';
import { unlessNotFound } from '../../src/runtime/errors.ts';
import { LEADER_LEASES } from '../../src/runtime/leader.ts';
import { ensureAuthority, issueLeaf } from '../../src/workload/certificates.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { type CommandProcess, startCommand } from '../support/commandProcess.ts';
import { installCrds } from '../support/crds.ts';
import { eventually } from '../support/eventually.ts';
import { createNamespace } from '../support/kubernetes.ts';
import { makePair } from '../support/pair.ts';
import { freePort } from '../support/postgres.ts';

const NAMESPACE = 'kea-system';
const PAIR = { namespace: NAMESPACE, name: 'office' };
const LEASE_MS = 15_000;

let server: TestApiServer;
let running: CommandProcess[] = [];

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.client);
  await createNamespace(server.client, NAMESPACE);
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.client.create(HAPAIRS, { ...makePair(), metadata: PAIR });
});
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  running = [];
  await server.start();
  await unlessNotFound(server.client.delete(LEADER_LEASES, { namespace: NAMESPACE, name: 'kea-operator' }));
  await server.client.patch(HAPAIRS, PAIR, { metadata: { finalizers: null } });
  await server.client.delete(HAPAIRS, PAIR);
});

/** With the lease API, whose registration needs the uid of a ClusterRole. */
const startOperator = async (identity = 'one'): Promise<CommandProcess> => {
  const started = await startCommand(server.kubeconfig, [
    'operator',
    `--namespace=${NAMESPACE}`,
    `--identity=${identity}`,
    '--kea-image=docker.io/kea-operator/kea-server:3.0.4',
    '--lease-api-service=leases',
    '--lease-api-secret=leases-tls',
    '--lease-api-owner=cluster-admin',
  ]);
  running.push(started);
  return started;
};

/** The pair has been looked at as it is now. */
const untilReconciled = async (): Promise<void> => {
  await eventually(async () => {
    const { metadata, status } = await server.client.get(HAPAIRS, PAIR);
    expect(status?.observedGeneration).toBe(metadata.generation);
    expect(status?.conditions?.map(({ type }) => type)).toContain('Ready');
  });
};
const change = async (validLifetime: number): Promise<void> => {
  await server.client.patch(HAPAIRS, PAIR, { spec: { dhcp4: { validLifetime } } });
};
const holder = async (): Promise<string> => {
  const lease = await server.client.get(LEADER_LEASES, { namespace: NAMESPACE, name: 'kea-operator' });
  return lease.spec?.holderIdentity ?? '';
};

it('an operator that starts while the API server is away waits for it, alive and not ready, and then works', async () => {
  await server.kill();
  const operator = await startOperator();
  await eventually(async () => {
    expect(await operator.ask('/healthz')).toBe(200);
  });
  await pause(8_000);
  expect(operator.lives(), operator.log()).toBe(true);
  expect(await operator.ask('/healthz')).toBe(200);
  expect(await operator.ask('/readyz')).toBe(503);

  await server.start();
  const back = Date.now();
  await untilReconciled();
  expect(Date.now() - back).toBeLessThan(10_000);
  expect(await operator.ask('/readyz')).toBe(200);
  expect(await operator.stop()).toBe(0);
});

it('an operator that loses the API server for longer than its Lease lasts leads again in the same process', async () => {
  const operator = await startOperator();
  await untilReconciled();
  const before = await holder();

  await server.kill();
  await pause(LEASE_MS + 5_000);
  expect(operator.lives(), operator.log()).toBe(true);
  expect(await operator.ask('/healthz')).toBe(200);
  expect(operator.log()).toContain('leadership lost');

  await server.start();
  const back = Date.now();
  await change(1800);
  await untilReconciled();
  expect(Date.now() - back).toBeLessThan(10_000);
  expect(await holder()).toBe(before);
  expect(await operator.ask('/readyz')).toBe(200);
  expect(await operator.stop()).toBe(0);
  expect(await holder()).toBe('');
});

it('one that another has taken over from stays as a candidate, and takes over again', async () => {
  const first = await startOperator('first');
  await untilReconciled();
  const second = await startOperator('second');
  await eventually(() => {
    expect(second.log()).toContain('another process leads');
  });
  // As a node that sleeps: its Lease runs out, and it knows nothing of that.
  first.child.kill('SIGSTOP');
  await eventually(async () => {
    expect(await holder()).toMatch(/^second_/);
  });
  first.child.kill('SIGCONT');
  await eventually(() => {
    expect(first.log()).toMatch(/leadership lost[^]*another process leads/);
  });
  await change(2400);
  await untilReconciled();
  expect(first.lives(), first.log()).toBe(true);

  expect(await second.stop()).toBe(0);
  await eventually(async () => {
    expect(await holder()).toMatch(/^first_/);
  });
  await change(3000);
  await untilReconciled();
  expect(await first.stop()).toBe(0);
});

it('an uninstall waits for the API server, and does its work when it is back', async () => {
  const operator = await startOperator();
  await eventually(async () => {
    expect((await server.client.get(HAPAIRS, PAIR)).metadata.finalizers).toContain(FINALIZER);
  });
  await operator.stop();
  await server.kill();
  const args = ['uninstall', `--namespace=${NAMESPACE}`, '--deployment=kea-operator'];
  const uninstall = await startCommand(server.kubeconfig, args, false);
  running.push(uninstall);
  await pause(5_000);
  expect(uninstall.lives(), uninstall.log()).toBe(true);
  await server.start();
  expect(await uninstall.ended, uninstall.log()).toBe(0);
  expect((await server.client.get(HAPAIRS, PAIR)).metadata.finalizers).toBeUndefined();
  // Once for all tries.
  expect(uninstall.log().match(/the API server is away/g)).toHaveLength(1);
});

it('a lease API that starts before its certificate and the API server serves as soon as they are there, and outlives an outage', async () => {
  await server.kill();
  const directory = await mkdtemp(join(tmpdir(), 'kea-operator-away-'));
  const port = await freePort();
  const args = ['apiserver', `--lease-sources=${NAMESPACE}`, `--port=${port}`, `--tls-directory=${directory}`];
  const api = await startCommand(server.kubeconfig, args);
  running.push(api);
  const agent = new Agent({ rejectUnauthorized: false });
  const status = (path: string): Promise<number> =>
    new Promise((resolve) => {
      request({ host: '127.0.0.1', port, path, agent }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', () => {
          resolve(0);
        })
        .end();
    });
  const untilAnswers = (path: string, code: number): Promise<void> =>
    eventually(async () => {
      expect(await status(path)).toBe(code);
    }, 10_000);

  await eventually(async () => {
    expect(await api.ask('/healthz')).toBe(200);
  });
  expect(await api.ask('/readyz')).toBe(503);
  const authority = await ensureAuthority('lease API', undefined, Date.now());
  const leaf = await issueLeaf(authority, { commonName: 'leases', dnsNames: ['leases'], use: 'server' }, Date.now());
  await writeFile(join(directory, 'tls.crt'), leaf.cert);
  await pause(1_000);
  await writeFile(join(directory, 'tls.key'), leaf.key);
  await untilAnswers('/livez', 200);
  expect(await status('/readyz')).toBe(503);

  await server.start();
  await untilAnswers('/readyz', 200);
  expect(await api.ask('/readyz')).toBe(200);

  await server.kill();
  await pause(10_000);
  expect(api.lives(), api.log()).toBe(true);
  expect(await status('/livez')).toBe(200);
  await server.start();
  await untilAnswers('/readyz', 200);
  expect(await api.stop()).toBe(0);
  await rm(directory, { recursive: true });
});

it('a lease API that waits for its certificate ends when it is told to', async () => {
  const args = ['apiserver', `--lease-sources=${NAMESPACE}`, '--tls-directory=/nowhere', `--port=${await freePort()}`];
  const api = await startCommand(server.kubeconfig, args);
  running.push(api);
  await eventually(() => {
    expect(api.log()).toContain('the serving certificate cannot be read: waiting');
  });
  expect(await api.stop()).toBe(0);
});

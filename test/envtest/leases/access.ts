import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, it } from 'vitest';
import { bundleOf, issueLeaf } from '../../../src/workload/certificates.ts';
import { createAuthority } from '../../support/certificates.ts';
import { until } from '../../support/run.ts';
import { directTo, HOST } from './direct.ts';
import { BINDINGS, ROLES, SERVICE, type World } from './world.ts';

const PATH = '/apis/state.kea-operator.io/v1alpha1/namespaces/branch/leases';

export const accessTests = (world: () => World): void => {
  const { direct, identity } = directTo(world);
  const ALICE = { 'x-remote-user': 'alice', 'x-remote-group': ['staff', 'system:authenticated'] };

  it('a user sees the leases of the namespaces that RBAC gives them, and no others', async () => {
    const { client } = world().server;
    const at = { name: 'lease-reader', namespace: 'branch' };
    const options = { fieldManager: 'test' };
    const rules = [{ apiGroups: ['state.kea-operator.io'], resources: ['leases'], verbs: ['get', 'list'] }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: at.name };
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }];
    await client.apply(ROLES, { metadata: at, ...{ rules } }, options);
    await client.apply(BINDINGS, { metadata: at, ...{ roleRef, subjects } }, options);
    const as = (user: string, ...args: string[]) => world().kubectl(['--as', user, 'get', ...args]);
    await until('the role', 10, async () => (await as('alice', 'leases', '-n', 'branch')).code === 0, 100);
    expect((await as('alice', 'lease', '10.8.0.9', '-n', 'branch', '-o', 'name')).stdout).toContain('10.8.0.9');
    for (const args of [
      ['leases', '-n', 'dhcp'],
      ['leases', '-A'],
      ['lease', '10.7.0.1', '-n', 'dhcp'],
    ]) {
      expect((await as('alice', ...args)).stderr).toContain('(Forbidden)');
    }
    expect((await as('bob', 'leases', '-n', 'branch')).stderr).toContain('User "bob" cannot list resource "leases"');
  });

  it('kube-apiserver is believed, and asked whether the user may', async () => {
    const proxy = await identity('front-proxy');
    expect((await direct(PATH, ALICE, proxy)).code).toBe(200);
    const elsewhere = await direct(PATH.replace('branch', 'dhcp'), ALICE, proxy);
    expect(elsewhere.code).toBe(403);
    expect(JSON.parse(elsewhere.body)).toMatchObject({
      kind: 'Status',
      reason: 'Forbidden',
      message:
        'leases.state.kea-operator.io is forbidden: User "alice" cannot list resource "leases" in API group "state.kea-operator.io" in the namespace "dhcp"',
    });
    expect((await direct(`${PATH}/10.8.0.9`, { ...ALICE, 'x-remote-user': 'bob' }, proxy)).code).toBe(403);
    // Discovery is for everybody whom kube-apiserver knows.
    expect((await direct('/apis', { 'x-remote-user': 'bob' }, proxy)).code).toBe(200);
  });

  it('nobody else is believed, whatever the headers say', async () => {
    const strangers = await createAuthority();
    const stranger = await strangers.issue('front-proxy-client');
    await strangers.close();
    const proxy = await identity('front-proxy');
    const ROOT = { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' };
    for (const [because, answer] of [
      ['no certificate', direct(PATH, ROOT)],
      ['a certificate of the cluster CA, even of an administrator', direct(PATH, ROOT, await identity('admin'))],
      ['the right name of a wrong CA', direct(PATH, ROOT, stranger)],
      ['a token', direct(PATH, { authorization: 'Bearer x' })],
      ['no user', direct(PATH, {}, proxy)],
      ['an unknown path', direct('/secrets', ROOT)],
      ['discovery', direct('/apis/state.kea-operator.io/v1alpha1', ROOT)],
      ['another method', direct(PATH, ROOT, {}, 'DELETE')],
    ] as const) {
      const { code, body } = await answer;
      expect(code, because).toBe(401);
      expect(JSON.parse(body), because).toMatchObject({ kind: 'Status', reason: 'Unauthorized' });
    }
  });

  it('headers that a client sends through kube-apiserver mean nothing', async () => {
    const { url, directory } = world().server;
    const [ca, headers] = [
      await readFile(join(directory, 'ca.crt'), 'utf8'),
      { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' },
    ];
    const code = await new Promise((resolve, reject) => {
      request(`${url}${PATH}`, { ca, headers, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(code).toBe(403);
  });

  it('health is told to everybody and does not depend on a database', async () => {
    for (const path of ['/healthz', '/livez', '/readyz']) expect(await direct(path)).toEqual({ code: 200, body: 'ok' });
  });

  it('a new serving certificate is taken up while the server runs', async () => {
    const { certificate, authority, api } = world();
    const serial = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(api().url);
        const socket = connect(
          { host: hostname, port: Number(port), servername: HOST, ca: bundleOf(authority) },
          () => {
            resolve(socket.getPeerCertificate().serialNumber);
            socket.destroy();
          },
        );
        socket.on('error', reject);
      });
    const before = await serial();
    const next = await issueLeaf(authority, { commonName: SERVICE, dnsNames: [HOST], use: 'server' }, Date.now());
    // In the midst of it the key does not fit: the old certificate stays.
    const { certFile, keyFile } = certificate;
    await copyFile(certFile, `${certFile}.old`);
    await writeFile(keyFile, next.key);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await serial()).toBe(before);
    await writeFile(certFile, next.cert);
    await until('the new certificate', 5, async () => (await serial()) !== before, 100);
    expect((await world().kubectl(['get', 'leases', '-n', 'branch'])).code).toBe(0);
  });

  it('questions whether a user may are counted, and few', async () => {
    const counted = async (): Promise<number> => {
      const text = await world().registry.getSingleMetricAsString('kea_operator_lease_api_access_reviews_total');
      return Number(/result="allowed"\} (\d+)/.exec(text)?.[1]);
    };
    const proxy = await identity('front-proxy');
    await direct(PATH, ALICE, proxy);
    const before = await counted();
    await Promise.all(Array.from({ length: 20 }, () => direct(PATH, ALICE, proxy)));
    expect((await counted()) - before).toBeLessThanOrEqual(1);
  });
};

/** What kube-apiserver lets HAPairs ask of the nodes, by the chart's admission policy for the same values that the operator has. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HAPair } from '../../src/api/index.ts';
import { FINALIZER } from '../../src/api/kind.ts';
import { HAPAIRS } from '../../src/api/resources.ts';
import { addFinalizer, removeFinalizer } from '../../src/runtime/finalizer.ts';
import type { Allowed } from '../../src/workload/allowed.ts';
import { ALLOWED_CASES, BOUNDED, DEFAULT } from '../support/allowed.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { installRights, renderChart } from '../support/chart.ts';
import { installCrds } from '../support/crds.ts';
import { eventually } from '../support/eventually.ts';
import { createNamespace } from '../support/kubernetes.ts';
import { makePair } from '../support/pair.ts';

const NAMESPACES = ['anywhere', 'dhcp', 'lab-7', 'evil'];

let server: TestApiServer;
beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.client);
  for (const namespace of NAMESPACES) await createNamespace(server.client, namespace);
});
afterAll(() => server.stop());

const write = (namespace: string, name: string, spec: object, dryRun = false): Promise<HAPair> => {
  const body = { apiVersion: 'kea-operator.io/v1alpha1', kind: 'HAPair', metadata: { namespace, name }, spec };
  const path = `/apis/kea-operator.io/v1alpha1/namespaces/${namespace}/hapairs`;
  return server.client.raw({ method: 'POST', path, body, ...(dryRun ? { query: { dryRun: 'All' } } : {}) }) as never;
};
const specOf = (more: Readonly<Record<string, unknown>>) => makePair(more).spec;

/** kube-apiserver takes up a policy a moment after it was written. */
const allow = async (allowed: Allowed): Promise<void> => {
  const objects = await renderChart({ allowed });
  const policies = objects.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
  await installRights(
    server.client,
    policies.filter(({ metadata }) => metadata.name.startsWith('hapairs.')),
  );
  const hostPath = '/not/allowed';
  const says = `(${allowed.hostPaths.length === 0 ? 'none is allowed' : `allowed: ${allowed.hostPaths.join(', ')}`})`;
  await eventually(async () => {
    const attempt = write('evil', 'probe', specOf({ storage: { type: 'HostPath', hostPath } }), true);
    await expect(attempt).rejects.toThrow(says);
  });
};

describe.each([...new Set(ALLOWED_CASES.map(({ allowed }) => allowed))].map((allowed) => ({ allowed })))(
  'where $allowed.hostPaths, $allowed.images are allowed',
  ({ allowed }) => {
    beforeAll(() => allow(allowed));
    const cases = ALLOWED_CASES.filter((one) => one.allowed === allowed);

    it.each(cases.filter(({ says }) => says === undefined))('$namespace may: $what', async ({ namespace, spec }) => {
      await expect(write(namespace, 'office', specOf(spec), true)).resolves.toBeDefined();
    });

    it.each(cases.filter(({ says }) => says !== undefined))('$namespace may not: $what', async (one) => {
      const attempt = write(one.namespace, 'office', specOf(one.spec), true);
      const said = await attempt.then(String, String);
      expect(said).toContain(`denied request: HAPairs of the namespace ${one.namespace} may not `);
      expect(said).toContain(one.says);
    });
  },
);

describe('the largest HAPair under many rules', () => {
  const rule = (rules: number) => ({
    namespaces: Array.from({ length: 10 }, (_, n) => `team-${rules}-${n}`).concat('dhcp'),
    nodes: Array.from({ length: 10 }, (_, n) => `node-${rules}-${n}`).concat('n*'),
    interfaces: Array.from({ length: 10 }, (_, n) => `eth${rules}${n}`),
  });
  const servers = Array.from({ length: 8 }, (_, s) => ({
    name: `s${s}`,
    node: `n${s}`,
    interfaces: Array.from({ length: 64 }, (_i, i) => `strange${i}`),
  }));

  it('does not cost kube-apiserver too much to be judged', async () => {
    await allow({ ...DEFAULT, hostPaths: ['/many'], servers: Array.from({ length: 40 }, (_, n) => rule(n)) });
    const said = await write('dhcp', 'large', specOf({ servers }), true).then(String, String);
    expect(said).toContain('denied request: it asks for more than the installation allows');
  });
});

describe('a HAPair that was there before it was bounded', () => {
  const at = { namespace: 'evil', name: 'old' };
  const patch = (spec: object) => server.client.patch<HAPair>(HAPAIRS, at, { spec });
  const a = { name: 'a', node: 'node1', interfaces: ['eth1', 'eth2'] };
  const b = { name: 'b', node: 'node2', interfaces: ['eth1'] };
  const old = specOf({
    storage: { type: 'HostPath', hostPath: '/data/kea' },
    image: 'old.example.org/kea',
    servers: [a, b],
  });
  beforeAll(async () => {
    await allow({ ...DEFAULT, hostPaths: ['/data/kea'] });
    await write(at.namespace, at.name, old);
    await allow(BOUNDED);
  });

  it.each<[string, object]>([
    ['another lifetime', { dhcp4: { validLifetime: 600 } }],
    ['a server on a node that is allowed', { servers: [a, { name: 'b', node: 'shared', interfaces: ['eth9'] }] }],
    [
      'an interface less',
      {
        servers: [
          { ...a, interfaces: ['eth1'] },
          { name: 'b', node: 'shared', interfaces: ['eth9'] },
        ],
      },
    ],
    ['no image of its own', { image: null }],
  ])('is given %s', async (_, spec) => {
    await expect(patch(spec)).resolves.toBeDefined();
  });

  it.each<[string, object, string]>([
    ['an interface more', { servers: [{ ...a, interfaces: ['eth1', 'eth7'] }, b] }, 'have servers on eth7 of node1'],
    ['another node', { servers: [{ ...a, node: 'node9' }, b] }, 'have servers on eth1, eth2 of node9'],
    ['its former image again', { image: 'old.example.org/kea' }, 'run the image old.example.org/kea'],
  ])('is not given %s', async (_, spec, says) => {
    await expect(patch(spec)).rejects.toThrow(says);
  });

  it('is protected and let go by the operator', async () => {
    const pair = await server.client.get(HAPAIRS, at);
    expect(await addFinalizer(server.client, HAPAIRS, pair, FINALIZER)).toBe('added');
    await server.client.delete(HAPAIRS, at);
    expect(await removeFinalizer(server.client, HAPAIRS, await server.client.get(HAPAIRS, at), FINALIZER)).toBe(
      'removed',
    );
  });
});

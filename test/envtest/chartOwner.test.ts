/** Who has the definitions when the chart is installed. No API server is needed but one that knows nothing else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kinds } from '../../src/api/index.ts';
import { renderChart } from '../support/chart.ts';

const GROUP = 'apiextensions.k8s.io';
const CRD = { kind: 'CustomResourceDefinition', apiVersion: `${GROUP}/v1` };
const named = { groupVersion: `${GROUP}/v1`, version: 'v1' };
const DISCOVERY: Readonly<Record<string, object>> = {
  '/version': { major: '1', minor: '31', gitVersion: 'v1.31.0' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/api/v1': { kind: 'APIResourceList', groupVersion: 'v1', resources: [] },
  '/apis': { kind: 'APIGroupList', groups: [{ name: GROUP, versions: [named], preferredVersion: named }] },
  [`/apis/${GROUP}/v1`]: {
    kind: 'APIResourceList',
    groupVersion: `${GROUP}/v1`,
    resources: [{ name: 'customresourcedefinitions', kind: CRD.kind, namespaced: false, verbs: ['get'] }],
  },
};

/** What the definitions say of their release; undefined: there are none. */
let annotations: Readonly<Record<string, string>> | undefined;
let server: Server;
let folder: string;
beforeEach(async () => {
  server = createServer((request, response) => {
    const path = request.url?.replace(/\?.*/, '') ?? '';
    const name = path.split('/customresourcedefinitions/')[1];
    const found = name !== undefined && annotations ? { ...CRD, metadata: { name, annotations } } : DISCOVERY[path];
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = mkdtempSync(join(tmpdir(), 'chart-'));
  const { port } = server.address() as AddressInfo;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(config));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  server.close();
});

const of = (name: string, namespace: string) => ({
  'meta.helm.sh/release-name': name,
  'meta.helm.sh/release-namespace': namespace,
});
const definitions = async (values: object = {}) =>
  (await renderChart(values, join(folder, 'kubeconfig'))).filter(({ kind }) => kind === CRD.kind).length;

it.each([
  ['nobody has', undefined],
  ['an earlier release of the same name has', of('kea-operator', 'kea-system')],
])('definitions that %s are taken up', async (_, owner) => {
  annotations = owner;
  expect(await definitions()).toBe(kinds.length);
});

it.each([
  [
    'another release has',
    of('dhcp', 'kea-system'),
    'the release dhcp in the namespace kea-system: install under that name',
  ],
  ['a release of another namespace has', of('kea-operator', 'net'), 'the release kea-operator in the namespace net'],
  ['somebody made without helm', {}, 'no release'],
])('definitions that %s are refused in words', async (_, owner, whose) => {
  annotations = owner;
  await expect(definitions()).rejects.toThrow(
    `the CustomResourceDefinition clientclasses.kea-operator.io belongs to ${whose}`,
  );
  expect(await definitions({ crds: { install: false } })).toBe(0);
  expect(await definitions({ crds: { takeOwnership: true } })).toBe(kinds.length);
});

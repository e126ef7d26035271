/** What people see of the custom resources: the samples, `kubectl get`, `kubectl explain`, and the status as it is written. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_VERSION } from '../../src/api/kind.ts';
import { HAPAIRS, HOST_RESERVATIONS, SHARED_NETWORKS, SUBNETS } from '../../src/api/resources.ts';
import type { Condition, KubeObject } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { installCrds } from '../support/crds.ts';
import { gitopsTests } from './api/gitops.ts';
import { kstatusTests } from './api/kstatus.ts';
import { RIGHT } from './api/refusal.ts';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../../', import.meta.url));

let server: TestApiServer;
let program: string;
beforeAll(async () => {
  server = await startApiServer();
  program = (await run(`${project}test/cluster/cluster`, ['bin', 'kubectl'])).stdout.trim();
  await installCrds(server.client);
});
afterAll(() => server.stop());

const kubectl = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await run(program, ['--kubeconfig', server.kubeconfig, ...args]);
  return stdout;
};

const condition = (type: string, status: Condition['status'], reason: string): Condition => ({
  type,
  status,
  reason,
  message: 'for the test',
  lastTransitionTime: '2026-01-02T03:04:05Z',
  observedGeneration: 1,
});

const at = { namespace: 'default', name: 'shown' };

const warned = {
  warnings: [
    { reason: 'ClockSkew', message: 'without a field, as an earlier version wrote it' },
    { reason: 'NotAllowed', field: 'spec.servers', message: 'for the test' },
  ],
  warningCount: 2,
  observedGeneration: 1,
};

/** One of each kind, with a status as the operator writes it. */
const shown: readonly {
  resource: Resource;
  spec: object;
  status: object;
  columns: Readonly<Record<string, string>>;
}[] = [
  {
    resource: HAPAIRS,
    spec: RIGHT.HAPair,
    status: {
      serversReady: '1/2',
      servers: [
        { name: 'one', ipFamily: 'IPv4', state: 'partner-down', version: '3.0.4' },
        { name: 'two', ipFamily: 'IPv4', state: 'unavailable' },
        // A server of the same name, as it is keyed by its family too.
        { name: 'one', ipFamily: 'IPv6', state: 'hot-standby' },
      ],
      accepted: 311,
      rejected: 1,
      conditions: [
        condition('Ready', 'False', 'PartnerDown'),
        condition('BackendReachable', 'True', 'BackendReachable'),
      ],
      ...warned,
    },
    columns: {
      WARNINGS: '2',
      MODE: 'HotStandby',
      SERVERS: '1/2',
      STATE: 'partner-down',
      PARTNER: 'unavailable',
      ACCEPTED: '311',
      REJECTED: '1',
      READY: 'False',
      REASON: 'PartnerDown',
      DATABASE: 'True',
      KEA: '3.0.4',
    },
  },
  {
    resource: SHARED_NETWORKS,
    spec: RIGHT.SharedNetwork,
    status: {
      subnets: 2,
      utilization: { total: 200, assigned: 40, declined: 1, free: 160, percent: 20, outsidePools: 3 },
      conditions: [condition('Ready', 'True', 'Ready')],
      ...warned,
    },
    columns: {
      PAIR: 'office',
      SUBNETS: '2',
      USED: '40',
      TOTAL: '200',
      'USE%': '20',
      WARNINGS: '2',
      READY: 'True',
      REASON: 'Ready',
    },
  },
  {
    resource: SUBNETS,
    spec: { sharedNetworkRef: { name: 'campus' }, cidr: '192.0.2.0/24' },
    status: {
      observedGeneration: 1,
      subnetId: 17,
      haPair: 'office',
      utilization: { total: 100, assigned: 40, declined: 1, percent: 40, outsidePools: 3 },
      conditions: [
        condition('Accepted', 'True', 'Accepted'),
        condition('Ready', 'Unknown', 'Reconciling'),
        condition('PoolPressure', 'True', 'NearlyFull'),
      ],
    },
    columns: {
      PRESSURE: 'NearlyFull',
      WARNINGS: '',
      CIDR: '192.0.2.0/24',
      PAIR: 'office',
      NETWORK: 'campus',
      ID: '17',
      USED: '40',
      TOTAL: '100',
      OUTSIDE: '3',
      'USE%': '40',
      READY: 'Unknown',
      REASON: 'Reconciling',
    },
  },
  {
    resource: HOST_RESERVATIONS,
    spec: {
      ...RIGHT.HostReservation,
      identifier: { circuitId: "'port-7'" },
      ipAddress: '192.0.2.9',
      hostname: 'printer',
    },
    status: { use: 'InUse', address: '192.0.2.9', conditions: [condition('Ready', 'True', 'Programmed')], ...warned },
    columns: {
      WARNINGS: '2',
      SUBNET: 'desks',
      CLIENT: "'port-7'",
      'IP-ADDRESS': '192.0.2.9',
      HOSTNAME: 'printer',
      USE: 'InUse',
      READY: 'True',
      REASON: 'Programmed',
    },
  },
];

describe.each(shown)('$resource.kind', ({ resource, spec, status, columns }) => {
  beforeAll(async () => {
    const object: KubeObject = { apiVersion: API_VERSION, kind: resource.kind, metadata: at, spec };
    await server.client.create(resource, object);
    await server.client.apply(resource, { metadata: at, status }, { fieldManager: 'operator', subresource: 'status' });
  });

  test('status is a subresource: an apply of it is kept, and does not count as a new generation', async () => {
    const object = await server.client.get(resource, at);
    expect(object.status).toEqual(status);
    expect(object.metadata.generation).toBe(1);
  });

  test('status in a write of the object itself is ignored', async () => {
    const object = await server.client.get(resource, at);
    const written = await server.client.replace(resource, { ...object, status: {} });
    expect(written.status).toEqual(status);
  });

  test('conditions are merged by type: each manager has its own', async () => {
    const other = { fieldManager: 'other', subresource: 'status' };
    const mine = { conditions: [condition('Other', 'True', 'Mine')] };
    const both = await server.client.apply(resource, { metadata: at, status: mine }, other);
    expect(both.status).toMatchObject({ conditions: expect.arrayContaining(mine.conditions) as unknown });
    const again = await server.client.apply(resource, { metadata: at, status: {} }, other);
    expect(again.status).toEqual(status);
  });

  test('kubectl get shows its columns', async () => {
    const text = await kubectl('get', resource.plural, at.name, '-o', 'wide');
    const [head = '', row = ''] = text.trimEnd().split('\n');
    expect(cellsOf(head, row)).toMatchObject({ NAME: 'shown', MESSAGE: 'for the test', ...columns });
  });

  test('kubectl get dhcp lists it', async () => {
    await expect(kubectl('get', 'dhcp', '-o', 'name')).resolves.toContain(
      `${resource.kind.toLowerCase()}.kea-operator.io/shown`,
    );
  });
});

/** A row of a table by its headings: a column begins where its heading does. */
const cellsOf = (head: string, row: string): Record<string, string> => {
  const headings = [...head.matchAll(/\S+/g)];
  return Object.fromEntries(
    headings.map(([heading, ..._], index) => [
      heading,
      row.slice(headings[index]?.index, headings[index + 1]?.index).trim(),
    ]),
  );
};

test.each([
  { field: 'hapair.spec.ha.heartbeatDelay', says: 'in milliseconds' },
  { field: 'subnet.spec.pools.optionData.csvFormat', says: 'hexadecimal digits' },
  { field: 'sharednetwork.spec.relay', says: 'Relay agents' },
  { field: 'hostreservation.status.use', says: 'InConflict' },
])('kubectl explain $field says what it means', async ({ field, says }) => {
  await expect(kubectl('explain', field)).resolves.toContain(says);
});

test('the samples apply as they are, and again without a change', async () => {
  const first = await kubectl('apply', '-f', `${project}manifests/samples`);
  expect(first.split('\n').filter((line) => line !== '' && !line.endsWith(' created'))).toEqual([]);
  const second = await kubectl('apply', '-f', `${project}manifests/samples`);
  // stringData of a Secret is never found unchanged.
  expect(second.split('\n').filter((line) => line.endsWith(' configured') && !line.startsWith('secret/'))).toEqual([]);
});

/** The examples of the pages, by page; those that show a spec alone get a head. */
const examples = readdirSync(`${project}docs/kinds`).flatMap((page) => {
  const text = readFileSync(`${project}docs/kinds/${page}`, 'utf8');
  const kind = /^# (\w+)/.exec(text)?.[1] ?? '';
  const head = `apiVersion: ${API_VERSION}\nkind: ${kind}\nmetadata: { name: example }\n`;
  return [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ''], index) => ({
    page,
    index,
    manifest: yaml.startsWith('apiVersion') ? yaml : head + yaml,
  }));
});

describe('the pages', () => {
  // Not where the samples are, which have the same names.
  beforeAll(() => kubectl('create', 'namespace', 'examples'));

  test.each(examples)('example $index of docs/kinds/$page applies', async ({ page, index, manifest }) => {
    const file = `${server.directory}/${page}.${String(index)}.yaml`;
    await writeFile(file, manifest);
    await expect(kubectl('apply', '--dry-run=server', '-n', 'examples', '-f', file)).resolves.toContain(
      '(server dry run)',
    );
  });
});

describe('kstatus', () => {
  kstatusTests(() => server);
});

describe('beside other tools', () => {
  gitopsTests(() => server, kubectl);
});

/** The generated CustomResourceDefinitions on a real API server: what it refuses and how, what it fills in and shows. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kinds } from '../../src/api/index.ts';
import { API_VERSION } from '../../src/api/kind.ts';
import {
  CLIENT_CLASSES,
  HAPAIRS,
  HOST_RESERVATIONS,
  OPTION_DEFINITIONS,
  SHARED_NETWORKS,
  SUBNETS,
} from '../../src/api/resources.ts';
import { ApiError } from '../../src/runtime/errors.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { collectionPath, objectPath, type Resource } from '../../src/runtime/resource.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { CRDS, installCrds } from '../support/crds.ts';
import {
  clientClassChanges,
  clientClassRefusals,
  optionDefinitionChanges,
  optionDefinitionRefusals,
} from './api/classRefusals.ts';
import { foreignGlobals } from './api/familyRefusals.ts';
import { haPairChanges, haPairRefusals } from './api/haPairRefusals.ts';
import { hostReservationChanges, hostReservationRefusals } from './api/hostReservationRefusals.ts';
import { RIGHT } from './api/refusal.ts';
import { sharedNetworkChanges, sharedNetworkRefusals, subnetChanges, subnetRefusals } from './api/subnetRefusals.ts';
import { TAKEN } from './api/taken.ts';

const NAMESPACE = 'default';

let server: TestApiServer;
beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.client);
});
afterAll(() => server.stop());

type Fields = Readonly<Record<string, unknown>>;

/** Writes as `kubectl` does by default: unknown fields are refused, not dropped. */
const write = (method: 'POST' | 'PUT', path: string, body: KubeObject, dryRun: boolean): Promise<unknown> =>
  server.client.raw({
    method,
    path,
    body,
    query: { fieldValidation: 'Strict', ...(dryRun ? { dryRun: 'All' } : {}) },
  });

const create = (resource: Resource, name: string, spec: Fields, dryRun = false): Promise<unknown> =>
  write(
    'POST',
    collectionPath(resource, NAMESPACE),
    { apiVersion: API_VERSION, kind: resource.kind, metadata: { name, namespace: NAMESPACE }, spec },
    dryRun,
  );

const refused = async (attempt: Promise<unknown>): Promise<ApiError> => {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error;
  throw new Error('expected a refusal', { cause: error });
};

/** `field: message` of each cause, but for the remark that some rules wait for others. */
const causes = ({ details }: ApiError): { field: string; message: string }[] =>
  (details?.causes ?? [])
    .map(({ field = '', message = '' }) => ({ field: field === '<nil>' ? '' : field, message }))
    .filter(({ message }) => !message.includes('some validation rules were not checked'));

test('every definition is established, and structural', async () => {
  for (const { plural } of kinds) {
    const crd = await server.client.get(CRDS, { name: `${plural}.kea-operator.io` });
    const status = Object.fromEntries((crd.status?.conditions ?? []).map((c) => [c.type, c.status]));
    expect(status).toMatchObject({ Established: 'True', NamesAccepted: 'True' });
    expect(status.NonStructuralSchema).toBeUndefined();
  }
});

describe.each([
  { resource: HAPAIRS, right: RIGHT.HAPair, refusals: haPairRefusals, changes: haPairChanges },
  {
    resource: SHARED_NETWORKS,
    right: RIGHT.SharedNetwork,
    refusals: sharedNetworkRefusals,
    changes: sharedNetworkChanges,
  },
  { resource: SUBNETS, right: RIGHT.Subnet, refusals: subnetRefusals, changes: subnetChanges },
  {
    resource: HOST_RESERVATIONS,
    right: RIGHT.HostReservation,
    refusals: hostReservationRefusals,
    changes: hostReservationChanges,
  },
  { resource: CLIENT_CLASSES, right: RIGHT.ClientClass, refusals: clientClassRefusals, changes: clientClassChanges },
  {
    resource: OPTION_DEFINITIONS,
    right: RIGHT.OptionDefinition,
    refusals: optionDefinitionRefusals,
    changes: optionDefinitionChanges,
  },
] as { resource: Resource; right: Fields; refusals: typeof subnetRefusals; changes: typeof subnetChanges }[])(
  '$resource.kind',
  ({ resource, right, refusals, changes }) => {
    test('takes a right object', async () => {
      await expect(create(resource, 'right', right, true)).resolves.toMatchObject({ spec: right });
    });

    test.each(TAKEN[resource.kind] ?? [])('takes %s', async (_what, spec) => {
      const given: unknown = JSON.parse(JSON.stringify(spec));
      await expect(create(resource, 'taken', { ...right, ...spec }, true)).resolves.toMatchObject({ spec: given });
    });

    test('refuses a field it does not know', async () => {
      const error = await refused(create(resource, 'wrong', { ...right, colour: 'blue' }, true));
      expect(error.message).toContain('unknown field "spec.colour"');
    });

    test.each(refusals)('refuses, as $because', async ({ spec = {}, name = 'wrong', field, says, also = [] }) => {
      const found = causes(await refused(create(resource, name, { ...right, ...spec }, true)));
      expect(found.map((cause) => cause.field).sort()).toEqual([field, ...also].sort());
      expect(
        found.find((cause) => cause.field === field && cause.message.endsWith(says)),
        JSON.stringify(found),
      ).toBeDefined();
    });

    test.each(changes)('refuses the change, as $because', async ({ from = {}, status, to, field, says }) => {
      const at = { namespace: NAMESPACE, name: 'changed' };
      await create(resource, at.name, { ...right, ...from });
      try {
        if (status !== undefined)
          await server.client.apply(
            resource,
            { metadata: at, status },
            { fieldManager: 'operator', subresource: 'status' },
          );
        const present = await server.client.get(resource, at);
        const next = { ...present, spec: { ...right, ...from, ...to } };
        const found = causes(await refused(write('PUT', objectPath(resource, at), next, true)));
        expect(
          found.find((cause) => cause.field === field && cause.message.endsWith(says)),
          JSON.stringify(found),
        ).toBeDefined();
      } finally {
        await server.client.delete(resource, at);
      }
    });
  },
);

test.each(foreignGlobals)('%s of a HAPair has no %s', async (globals, field, value) => {
  const error = await refused(create(HAPAIRS, 'wrong', { ...RIGHT.HAPair, [globals]: { [field]: value } }, true));
  expect(error.message).toContain(`unknown field "spec.${globals}.${field}"`);
});

describe('what may change', () => {
  test.each([
    { because: 'a request for the id that the subnet has already', status: { subnetId: 7 }, to: { subnetId: 7 } },
    { because: 'a request taken back, as the id stays anyway', from: { subnetId: 7 }, to: {} },
    { because: 'pools, options and policy', to: { pools: [{ pool: '192.0.2.0/25' }], deletionPolicy: 'Delete' } },
  ])('$because', async ({ from = {}, status, to }: { from?: Fields; status?: Fields; to: Fields }) => {
    const at = { namespace: NAMESPACE, name: 'changed' };
    await create(SUBNETS, at.name, { ...RIGHT.Subnet, ...from });
    if (status !== undefined)
      await server.client.apply(SUBNETS, { metadata: at, status }, { fieldManager: 'operator', subresource: 'status' });
    const present = await server.client.get(SUBNETS, at);
    await expect(
      write('PUT', objectPath(SUBNETS, at), { ...present, spec: { ...RIGHT.Subnet, ...to } }, true),
    ).resolves.toMatchObject({ spec: to });
    await server.client.delete(SUBNETS, at);
  });
});

test.each([
  { because: 'the client of a reservation, by its card', to: { hwAddress: '02:00:5e:10:00:02' } },
  { because: 'what it is recognised by', to: { duid: '00:03:00:01:02:00:5e:10:00:01' } },
])('$because, may change', async ({ to: identifier }: { to: Fields }) => {
  const at = { namespace: NAMESPACE, name: 'changed' };
  await create(HOST_RESERVATIONS, at.name, RIGHT.HostReservation);
  const present = await server.client.get(HOST_RESERVATIONS, at);
  const next = { ...present, spec: { ...RIGHT.HostReservation, identifier } };
  await expect(write('PUT', objectPath(HOST_RESERVATIONS, at), next, true)).resolves.toMatchObject({
    spec: { identifier },
  });
  await server.client.delete(HOST_RESERVATIONS, at);
});

test('families of a HAPair come and go', async () => {
  const at = { namespace: NAMESPACE, name: 'changed' };
  await create(HAPAIRS, at.name, RIGHT.HAPair);
  for (const ipFamilies of [['IPv4', 'IPv6'], ['IPv6'], ['IPv4']]) {
    const present = await server.client.get(HAPAIRS, at);
    await expect(
      write('PUT', objectPath(HAPAIRS, at), { ...present, spec: { ...RIGHT.HAPair, ipFamilies } }, false),
    ).resolves.toMatchObject({ spec: { ipFamilies } });
  }
  await server.client.delete(HAPAIRS, at);
});

describe('defaults', () => {
  test('a HAPair of two servers gets every default, deep ones too', async () => {
    await expect(create(HAPAIRS, 'defaults', RIGHT.HAPair, true)).resolves.toMatchObject({
      spec: {
        ...RIGHT.HAPair,
        mode: 'HotStandby',
        databaseDeletionPolicy: 'Retain',
        leaseStorage: 'Memfile',
        storage: { type: 'HostPath', hostPath: '/var/lib/kea-operator', size: '1Gi' },
        ha: { heartbeatDelay: 1000, maxResponseDelay: 60_000, maxAckDelay: 10_000, maxUnackedClients: 10 },
        ipFamilies: ['IPv4'],
        dhcp4: { dhcpSocketType: 'raw' },
        controlPort: 8000,
        haPort: 8001,
        dhcp6: { controlPort: 8002, haPort: 8003 },
        changePolicy: 'Sync',
        paused: false,
      },
    });
  });

  test('TLS and its CA get theirs once they are there', async () => {
    const database = {
      host: 'db',
      name: 'kea',
      credentialsSecretRef: { name: 'kea' },
      tls: { caSecretRef: { name: 'ca' } },
    };
    await expect(create(HAPAIRS, 'defaults', { ...RIGHT.HAPair, database }, true)).resolves.toMatchObject({
      spec: { database: { port: 5432, tls: { mode: 'VerifyFull', caSecretRef: { name: 'ca', key: 'ca.crt' } } } },
    });
  });

  test('a list stays as it was written, so that GitOps tools find it unchanged', async () => {
    const spec = {
      optionData: [{ name: 'routers', data: '192.0.2.1' }],
      pools: [{ pool: '192.0.2.0/25', optionData: [{ code: 42, data: '192.0.2.2' }] }],
    };
    const created = await create(SUBNETS, 'defaults', { ...RIGHT.Subnet, ...spec }, true);
    expect((created as KubeObject).spec).toEqual({ ...RIGHT.Subnet, ...spec, deletionPolicy: 'Protect' });
  });

  test('a SharedNetwork is of IPv4, and a HostReservation says nothing', async () => {
    await expect(create(SHARED_NETWORKS, 'defaults', RIGHT.SharedNetwork, true)).resolves.toMatchObject({
      spec: { ipFamily: 'IPv4' },
    });
    const reservation = await create(HOST_RESERVATIONS, 'defaults', RIGHT.HostReservation, true);
    expect((reservation as KubeObject).spec).toEqual(RIGHT.HostReservation);
  });

  test('free data of the user stays as it is', async () => {
    const userContext = { floor: 3, tags: ['a', { b: null }] };
    await expect(create(SUBNETS, 'defaults', { ...RIGHT.Subnet, userContext }, true)).resolves.toMatchObject({
      spec: { userContext: { floor: 3, tags: ['a', { b: null }] } },
    });
  });

  test('CPU may be a number or a text, as in a pod', async () => {
    const resources = { requests: { cpu: 2, memory: '256Mi' }, limits: { cpu: '500m' } };
    await expect(create(HAPAIRS, 'defaults', { ...RIGHT.HAPair, resources }, true)).resolves.toMatchObject({
      spec: { resources },
    });
  });
});

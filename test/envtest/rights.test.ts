/** What the accounts of a release may do, by the roles and policies that the chart gives them; kube-apiserver is asked. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FINALIZER } from '../../src/api/kind.ts';
import { HAPAIRS, HOST_RESERVATIONS, SHARED_NETWORKS, SUBNETS } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/runtime/client.ts';
import { addFinalizer, removeFinalizer } from '../../src/runtime/finalizer.ts';
import { createMetricsAccess } from '../../src/runtime/metricsAccess.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import { SECRETS } from '../../src/workload/objects.ts';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import {
  type Account,
  clientOf,
  installRights,
  renderChart,
  type Rendered,
  SYSTEM,
  tokenOf,
} from '../support/chart.ts';
import { installCrds } from '../support/crds.ts';
import { eventually } from '../support/eventually.ts';
import { createNamespace } from '../support/kubernetes.ts';
import { makePair } from '../support/pair.ts';
import { CLUSTER, FEW } from './rights/tables.ts';

let server: TestApiServer;
beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.client);
  for (const namespace of [SYSTEM, 'dhcp', 'other']) await createNamespace(server.client, namespace);
});
afterAll(() => server.stop());

const ACCESS = /^(?<verb>\w+) (?:(?<group>[\w.-]+)\/\/)?(?<resource>\w+)(?:\/(?<name>\S+))?(?: in (?<namespace>\S+))?$/;

const mayIt = async (account: Account, access: string): Promise<boolean> => {
  const resourceAttributes = ACCESS.exec(access)?.groups;
  if (resourceAttributes === undefined) throw new Error(`no access: ${access}`);
  const spec = {
    user: `system:serviceaccount:${SYSTEM}:${account}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${SYSTEM}`, 'system:authenticated'],
    resourceAttributes,
  };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  const answer = (await server.client.raw({ method: 'POST', path, body })) as { status: { allowed: boolean } };
  return answer.status.allowed;
};

/** Takes every right of the former release away, so that nothing of it is left to be allowed by. */
const release = async (values: object): Promise<void> => {
  for (const object of former) {
    const { kind, metadata } = object;
    if (!/^(Cluster)?Role(Binding)?$/.test(kind)) continue;
    const where = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
    const path = `/apis/rbac.authorization.k8s.io/v1${where}/${kind.toLowerCase()}s/${encodeURIComponent(metadata.name)}`;
    await server.client.raw({ method: 'DELETE', path });
  }
  former = await renderChart(values);
  await installRights(server.client, former);
  await eventually(async () => {
    expect(await mayIt('kea-operator', `get coordination.k8s.io//leases/kea-operator in ${SYSTEM}`)).toBe(true);
  });
};
let former: readonly Rendered[] = [];

describe.each([CLUSTER, FEW])('where $where', ({ values, rows }) => {
  beforeAll(() => release(values));
  it.each(rows)('%s %s %s', async (account, may, _, accesses) => {
    const found: Record<string, boolean> = {};
    for (const access of accesses) found[access] = await mayIt(account, access);
    expect(found).toEqual(Object.fromEntries(accesses.map((access) => [access, may === 'may'])));
  });
});

describe('the metrics of the operator', () => {
  beforeAll(() => release({ metrics: { podMonitor: { enabled: true } } }));

  it.each<[string, string, 200 | 401 | 403]>([
    ['whom RBAC lets', 'kea-operator-metrics-reader', 200],
    ['another account', 'kea-operator-leases', 403],
    ['whoever has a token of another cluster', '', 401],
  ])('are told %s or not', async (_, account, status) => {
    const operator = await clientOf(server, 'kea-operator');
    const token = account === '' ? 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln' : await tokenOf(server, account);
    expect(await createMetricsAccess(operator)(`Bearer ${token}`)).toBe(status);
    await operator.close();
  });
});

describe('what the operator writes of the custom resources', () => {
  const at = { namespace: 'dhcp', name: 'office' };
  const KINDS: readonly (readonly [Resource, object])[] = [
    [HAPAIRS, makePair().spec],
    [SHARED_NETWORKS, { haPairRef: { name: 'office' } }],
    [SUBNETS, { haPairRef: { name: 'office' }, cidr: '192.0.2.0/24' }],
  ];
  let operator: KubeClient;
  beforeAll(async () => {
    await release({});
    operator = await clientOf(server, 'kea-operator');
    for (const [resource, spec] of KINDS) {
      const metadata = { ...at, annotations: { mine: 'kept' }, labels: { team: 'net' } };
      await server.client.create(resource, { metadata, spec });
    }
    // kube-apiserver takes up a policy a moment after it was written.
    await eventually(async () => {
      await expect(patch(HAPAIRS, { metadata: { labels: { probe: 'x' } } })).rejects.toThrow('denied request');
    });
  });
  afterAll(() => operator.close());
  const patch = (resource: Resource, change: object) => operator.patch<KubeObject>(resource, at, change as never);

  it.each(KINDS)('finalizers of %s', async (resource) => {
    const object = await server.client.get(resource, at);
    expect(await addFinalizer(operator, resource, object, FINALIZER)).toBe('added');
    expect(await removeFinalizer(operator, resource, await server.client.get(resource, at), FINALIZER)).toBe('removed');
  });

  it('the status', async () => {
    const status = { observedGeneration: 1 };
    const options = { subresource: 'status', fieldManager: 'kea-operator' };
    await operator.apply<KubeObject>(HAPAIRS, { metadata: at, status }, options);
    expect((await server.client.get(HAPAIRS, at)).status).toMatchObject(status);
  });

  it('annotations that are spent', async () => {
    const annotations = { 'kea-operator.io/allow-removal': 'office', 'kea-operator.io/allow-mass-deletion': '30' };
    await server.client.patch(HAPAIRS, at, { metadata: { annotations } });
    const none = Object.fromEntries(Object.keys(annotations).map((name) => [name, null]));
    await patch(HAPAIRS, { metadata: { annotations: none } });
    expect((await server.client.get(HAPAIRS, at)).metadata.annotations).toEqual({ mine: 'kept' });
  });

  it.each<[string, Resource, object, string]>([
    [
      'the desired state of a HAPair',
      HAPAIRS,
      { spec: { paused: true } },
      'the operator does not change what is desired',
    ],
    [
      'the desired state of a Subnet',
      SUBNETS,
      { spec: { deletionPolicy: 'Delete' } },
      'the operator does not change what is',
    ],
    ['a label', SUBNETS, { metadata: { labels: { team: 'evil' } } }, 'the operator does not change labels or owners'],
    [
      'a new annotation',
      HAPAIRS,
      { metadata: { annotations: { new: 'x' } } },
      'of the annotations the operator changes',
    ],
    ['a user’s annotation', HAPAIRS, { metadata: { annotations: { mine: 'x' } } }, 'of the annotations the operator'],
    ['its removal', HAPAIRS, { metadata: { annotations: { mine: null } } }, 'of the annotations the operator changes'],
  ])('but not %s', async (_, resource, change, says) => {
    await expect(patch(resource, change)).rejects.toThrow(says);
  });

  it('and nothing of reservations', async () => {
    await expect(patch(HOST_RESERVATIONS, { metadata: { finalizers: ['x/y'] } })).rejects.toThrow('403 Forbidden');
  });

  it('and no Secret that Kubernetes would fill with the token of an account', async () => {
    const metadata = {
      namespace: 'dhcp',
      name: 'token',
      annotations: { 'kubernetes.io/service-account.name': 'default' },
    };
    const type = 'kubernetes.io/service-account-token';
    await expect(operator.create(SECRETS, { metadata, type })).rejects.toThrow(
      'the operator makes Secrets of type Opaque only',
    );
    const options = { fieldManager: 'kea-operator' };
    await expect(operator.apply(SECRETS, { metadata }, options)).resolves.toMatchObject({ type: 'Opaque' });
  });
});

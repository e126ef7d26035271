/** Objects that do not fit their schema, as one that is stored by an older version of it: each is the matter of its own pair. */
import { expect, it } from 'vitest';
import { API_VERSION } from '../../src/api/kind.ts';
import { HAPAIRS, HOST_RESERVATIONS, SHARED_NETWORKS, SUBNETS } from '../../src/api/resources.ts';
import { isNotFound } from '../../src/runtime/errors.ts';
import { collectionPath, type Resource } from '../../src/runtime/resource.ts';
import { CRDS, installCrds, readCrds } from '../support/crds.ts';
import { eventually } from '../support/eventually.ts';
import { createNamespace } from '../support/kubernetes.ts';
import { useOperatorBench } from '../support/operatorBench.ts';

const bench = useOperatorBench();
const NAMESPACE = 'of-old';
const KINDS: readonly Resource[] = [HAPAIRS, SHARED_NETWORKS, SUBNETS, HOST_RESERVATIONS];

/** Definitions that take any spec, until the real ones are applied again. */
const loosenCrds = async (): Promise<void> => {
  for (const { metadata } of await readCrds()) {
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const version = '/spec/versions/0';
    await bench.server.client.patch(CRDS, metadata, [
      { op: 'replace', path: `${version}/schema/openAPIV3Schema`, value: schema },
      { op: 'add', path: `${version}/selectableFields`, value: [] },
    ]);
  }
};

const BINDINGS: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
  namespaced: false,
};

/** The chart's policy refuses what its rules cannot even read: these are of a time without it. */
const liftPolicy = async (): Promise<void> => {
  const { items } = await bench.server.client.list(BINDINGS);
  for (const { metadata } of items)
    if (metadata.name.startsWith('hapairs.')) await bench.server.client.delete(BINDINGS, metadata);
};

interface Told {
  readonly reason: string;
  readonly regarding: { readonly kind: string; readonly name: string };
}

const create = (resource: Resource, namespace: string, name: string, spec: unknown): Promise<unknown> =>
  eventually(() =>
    bench.server.client.raw({
      method: 'POST',
      path: collectionPath(resource, namespace),
      body: { apiVersion: API_VERSION, kind: resource.kind, metadata: { namespace, name }, spec },
    }),
  );

it('a pair is served beside malformed objects of every kind, also by an operator that starts with them', async () => {
  const { client } = bench.server;
  const lab = await bench.lab();
  await createNamespace(client, NAMESPACE);
  await loosenCrds();
  await liftPolicy();
  // Before the pair of the lab: what an earlier pair claims the later ones ask after.
  await create(HAPAIRS, NAMESPACE, 'empty', {});
  for (const [name, bad] of [
    ['empty', {}],
    ['garbled', { haPairRef: 'office', servers: {}, cidr: 7 }],
    ['own', { haPairRef: { name: 'office' }, cidr: '10.0.0.0/33', pools: {}, identifier: null }],
  ] as const) {
    for (const resource of KINDS) await create(resource, lab.namespace, name, bad);
  }
  await installCrds(client);
  await bench.restart();

  await lab.createPair();
  await lab.createSubnet('first', '10.0.0.0/24');
  const isAccepted = (name: string): Promise<void> =>
    eventually(async () => {
      expect(await lab.condition(SUBNETS, name, 'Accepted')).toMatchObject({ status: 'True' });
    });
  await isAccepted('first');
  await bench.restart();
  await lab.createSubnet('second', '10.0.1.0/24');
  await isAccepted('second');
  // The last that a pass does: its end is not kept from the pair.
  await client.delete(SUBNETS, { namespace: lab.namespace, name: 'first' });
  await eventually(async () => {
    const gone = await client.get(SUBNETS, { namespace: lab.namespace, name: 'first' }).catch(isNotFound);
    expect(gone).toBe(true);
  });

  await eventually(async () => {
    const path = `/apis/events.k8s.io/v1/namespaces/${lab.namespace}/events`;
    const { items } = (await client.raw({ method: 'GET', path })) as { items: readonly Told[] };
    const told = items
      .filter(({ reason }) => reason === 'InvalidSpec')
      .map(({ regarding: { kind, name } }) => `${kind} ${name}`);
    const own = ['Subnet own', ...KINDS.flatMap(({ kind }) => [`${kind} empty`, `${kind} garbled`])];
    expect(new Set(own).difference(new Set(told))).toEqual(new Set());
  });
});

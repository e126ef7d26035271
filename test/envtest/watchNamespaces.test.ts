/** An operator that has some namespaces alone, with the Roles that the chart gives it there and no right anywhere else. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { HAPAIRS, SUBNETS } from '../../src/api/resources.ts';
import { eventually } from '../support/eventually.ts';
import { useOperatorBench } from '../support/operatorBench.ts';

const bench = useOperatorBench({ watchNamespaces: ['lab-1', 'lab-3'] });

/** Long enough for a pass, were there to be one. */
const PASS_MS = 3000;
/** What the definition gives: nobody has looked. */
const UNSEEN = { observedGeneration: -1 };

it('looks after the pairs of its namespaces, and not of others', async () => {
  const [own, others] = [await bench.lab(), await bench.lab()];
  await others.createPair();
  await own.createPair();
  await own.createSubnet('office', '10.0.0.0/24');
  await own.startServer();
  await eventually(async () => {
    const subnet = await bench.server.client.get(SUBNETS, { namespace: own.namespace, name: 'office' });
    expect(subnet.status?.conditions?.map(({ type }) => type)).toContain('Programmed');
  });
  const foreign = await bench.server.client.get(HAPAIRS, { namespace: others.namespace, name: 'office' });
  expect([foreign.status, foreign.metadata.finalizers]).toEqual([UNSEEN, undefined]);
});

it('goes on in the one where its Role in the other is missing, at its start too, and takes that up when it is there', async () => {
  const lost = await bench.lab();
  const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${lost.namespace}/rolebindings/kea-system:kea-operator-pairs`;
  const { metadata, ...binding } = (await bench.server.client.raw({ method: 'GET', path: role })) as {
    metadata: { name: string; namespace: string };
  };
  await bench.stopOperator();
  await bench.server.client.raw({ method: 'DELETE', path: role });
  await lost.createPair();
  await bench.startOperator();
  const pairOf = (namespace: string) => bench.server.client.get(HAPAIRS, { namespace, name: 'office' });
  const before = (await pairOf('lab-1')).metadata.generation ?? 0;
  await bench.server.client.patch(HAPAIRS, { namespace: 'lab-1', name: 'office' }, { spec: { logSeverity: 'WARN' } });
  await eventually(async () => {
    expect((await pairOf('lab-1')).status?.observedGeneration).toBe(before + 1);
  }, 30_000);
  await pause(PASS_MS);
  expect((await pairOf(lost.namespace)).status).toEqual(UNSEEN);
  const { name, namespace } = metadata;
  const path = role.replace(/\/[^/]*$/, '');
  await bench.server.client.raw({ method: 'POST', path, body: { ...binding, metadata: { name, namespace } } });
  await eventually(async () => {
    expect((await pairOf(lost.namespace)).status?.observedGeneration).toBe(1);
  }, 60_000);
});

/** What the operator does with a HAPair that the installation does not allow and that kube-apiserver did not refuse, as it is older than the bound. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { HAPAIRS } from '../../src/api/resources.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, useOperatorBench } from '../support/operatorBench.ts';

const RULE = { namespaces: ['lab-1'], nodes: ['*'], interfaces: ['*'] };
const bench = useOperatorBench({ allowed: { hostPaths: [], images: [], servers: [RULE], priorityClasses: [] } });

const PASS_MS = 3000;
const statusOf = async ({ namespace }: Lab) =>
  (await bench.server.client.get(HAPAIRS, { namespace, name: 'office' })).status;

it('one that has nothing yet is given nothing, and says why', async () => {
  const [own, other] = [await bench.lab(), await bench.lab()];
  await own.createPair();
  await other.createPair();
  await eventually(async () => {
    expect((await other.pairCondition('Ready'))?.message).toContain('may not have servers on');
  });
  expect(await other.pairCondition('WorkloadAvailable')).toMatchObject({ status: 'False', reason: 'NotAllowed' });
  expect((await statusOf(other))?.warnings?.map(({ reason }) => reason)).toEqual(['NotAllowed']);
  await eventually(async () => {
    expect((await own.made()).join()).toContain('Job/office-kea-schema');
  });
  await pause(PASS_MS);
  expect(await other.made()).toEqual([]);
  await bench.server.client.delete(HAPAIRS, { namespace: other.namespace, name: 'office' });
  await eventually(async () => {
    await expect(statusOf(other)).rejects.toThrow('404');
  });
});

it('one whose database is made goes on, and starts no server', async () => {
  const lab = await bench.lab();
  await lab.createPair();
  await bench.server.client.patch(
    HAPAIRS,
    { namespace: lab.namespace, name: 'office' },
    { status: { schemaVersion: '30.0' } },
    { subresource: 'status' },
  );
  await lab.createSubnet('office', '10.0.0.0/24');
  await eventually(async () => {
    expect((await lab.made()).join()).toContain('Job/office-kea-schema');
    expect(await lab.pairCondition('BackendReachable')).toMatchObject({ status: 'True' });
  });
  await pause(PASS_MS);
  expect((await lab.made()).join()).not.toContain('StatefulSet');
});

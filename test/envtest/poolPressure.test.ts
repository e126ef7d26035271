/** The running operator: what its passes and its counting of leases say of a Subnet stands beside each other. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SUBNETS } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { eventually } from '../support/eventually.ts';
import { useOperatorBench } from '../support/operatorBench.ts';

const bench = useOperatorBench();

/** Long enough for several passes. */
const PASSES_MS = 5000;

it('has a condition for pools that get full, and neither writes over the other', async () => {
  const lab = await bench.lab();
  const { client } = bench.server;
  const at = { namespace: lab.namespace, name: 'office' };
  await lab.write({ subnets: [lab.subnetRow('office', 1, '10.0.0.0/24')] });
  await client.create<KubeObject>(SUBNETS, {
    metadata: at,
    spec: { haPairRef: { name: 'office' }, cidr: '10.0.0.0/24', pools: [{ pool: '10.0.0.1-10.0.0.10' }] },
  });
  for (let last = 1; last <= 9; last++) await lab.lease(`10.0.0.${last}`, 1);
  await lab.createPair();
  await eventually(async () => {
    expect(await lab.condition(SUBNETS, 'office', 'PoolPressure')).toMatchObject({
      status: 'True',
      reason: 'NearlyFull',
      message: '9 of 10 addresses are given (90 %): add pools, or lower validLifetime',
    });
  }, 60_000);
  const before = await client.get<KubeObject>(SUBNETS, at);
  expect(await lab.condition(SUBNETS, 'office', 'Accepted')).toMatchObject({ status: 'True' });
  for (let pokes = 0; pokes < 3; pokes++) {
    await lab.poke();
    await pause(PASSES_MS / 3);
  }
  expect((await client.get<KubeObject>(SUBNETS, at)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
});

/**
 * A tenant who means harm: what others notice of it, which is nothing. They get what they ask for in at most twice the usual time, and nothing that
 * all of them need is restarted. Part of the end-to-end tier, with the pair `campus` serving.
 */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Cluster } from '../support/cluster.ts';
import { CASES } from './cases.ts';
import { expectNothingNoticed, median, type Others, othersOf, timesDuring } from './notice.ts';
import { openWorld, type World } from './world.ts';

export const hostile = (cluster: Cluster): void => {
  let world: World;
  let others: Others;
  let usual = 0;
  let processes = '';

  beforeAll(async () => {
    world = await openWorld(cluster);
    others = othersOf(world);
    const times = await timesDuring(others.timeToReady);
    usual = median(times);
    processes = await others.processes();
    process.stderr.write(`usually a Subnet is Ready after ${times.join()} ms\n`);
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  it.each(CASES)('others notice nothing of one who $because', async ({ because, bring }) => {
    const times = await timesDuring(others.timeToReady, bring(world));
    await others.areServed();
    const [typical, worst, peak] = [median(times), Math.max(...times), await others.operatorPeak()];
    process.stderr.write(
      `${because}: a Subnet after ${typical} ms, the slowest of ${times.length} after ${worst} ms; operator had ${peak} MB\n`,
    );
    expect(await others.processes()).toBe(processes);
    expectNothingNoticed(usual, times);
  });
};

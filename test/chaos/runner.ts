/** Keeps a pair of the wanted shape for the trials, and makes one anew where there is none that is well. */
import type { Cluster } from '../support/cluster.ts';
import type { Trial } from './choose.ts';
import { type Lab, openLab } from './lab.ts';
import { becomesNormal, isWorn } from './normal.ts';
import { ensureCluster, makeCluster, makePair } from './prepare.ts';
import { nameOf, type Shape } from './shapes.ts';
import { carryOut, type Say, type Trialed } from './trial.ts';

export interface Runner {
  readonly cluster: Cluster;
  /** @throws Error where not even a new cluster brings a pair. */
  carryOut(trial: Trial): Promise<Trialed>;
  close(): Promise<void>;
}

/** How long a pair may take to be well again after the end of a case. */
const BETWEEN_SECONDS = 60;

export const openRunner = (cluster: Cluster, say: Say): Runner => {
  let lab: Lab | undefined;
  /** The shape of the pair that is there and can be used. */
  let there: string | undefined;

  const open = async (): Promise<Lab> => {
    if (lab !== undefined) return lab;
    await ensureCluster(cluster, say);
    return (lab = await openLab(cluster));
  };

  const renew = async (shape: Shape): Promise<Lab> => {
    try {
      const present = await open();
      await makePair(present, shape, say);
      return present;
    } catch (error) {
      say(`  ${error instanceof Error ? error.message : String(error)}`);
      await lab?.close();
      lab = undefined;
      await makeCluster(cluster, say);
      const present = await open();
      await makePair(present, shape, say);
      return present;
    }
  };

  return {
    cluster,
    carryOut: async (trial) => {
      const { one, shape } = trial;
      let present = there === nameOf(shape) ? await open() : await renew(shape);
      // A case that leaves a ruin is found out when the next one begins.
      if ((await becomesNormal(present, BETWEEN_SECONDS)).length > 0 || (await isWorn(present)))
        present = await renew(shape);
      there = undefined;
      const trialed = await carryOut(present, one, say);
      there = one.ends === true || trialed.measured.error !== undefined ? undefined : nameOf(shape);
      return trialed;
    },
    close: async () => {
      await lab?.close();
    },
  };
};

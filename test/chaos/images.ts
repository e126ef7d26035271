/** Server images of other names, so that there is something to roll out. */
import type { Cluster } from '../support/cluster.ts';

const SERVER = 'docker.io/kea-operator/kea-server';

/** The same image by two more names. */
export const OTHER_IMAGES = [`${SERVER}:chaos-1`, `${SERVER}:chaos-2`] as const;

/** Made by `cluster images kea-clock`. */
export const CLOCK_IMAGE = `${SERVER}:3.0.4-clock`;

const DEFAULT_IMAGE = `${SERVER}:3.0.4`;

/** Gives them to every node. */
export const tagImages = async (cluster: Cluster, nodes: readonly string[]): Promise<void> => {
  await cluster.run(['load', (await cluster.run(['images', 'kea-clock'])).trim()]);
  for (const node of nodes)
    for (const image of OTHER_IMAGES)
      await cluster.run(['exec', node, 'ctr', '-n', 'k8s.io', 'images', 'tag', '--force', DEFAULT_IMAGE, image]);
};

import { createKubeClient, type KubeClient } from '../../src/runtime/client.ts';
import { createConnection } from '../../src/runtime/connection.ts';
import { parallelEach } from '../../src/runtime/parallel.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import type { Cluster } from '../support/cluster.ts';
import { conditionOf, NAMESPACE } from '../support/install.ts';
import { sleep } from '../support/run.ts';

/** A client of its own: kubectl would send five objects a second. */
export const kubeClient = async (cluster: Cluster): Promise<KubeClient> => {
  process.env.KUBECONFIG = (await cluster.run(['kubeconfig'])).trim();
  return createKubeClient({ connection: createConnection({}) });
};

export const createAll = async <T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  objects: readonly unknown[],
): Promise<void> => {
  const failed = await parallelEach(objects as readonly T[], 20, async (object) => {
    await client.create(resource, object);
  });
  if (failed.length > 0) throw new Error(`${failed.length} objects were not created`, { cause: failed[0] });
};

/** Waits until so many objects of the resource have Ready=True for their present generation. */
export const waitAllReady = async <T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  count: number,
  seconds: number,
  say: (line: string) => void,
): Promise<void> => {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    let ready = 0;
    let next: string | undefined;
    do {
      const page = await client.list(resource, { namespace: NAMESPACE, limit: 1000, continue: next });
      ready += page.items.filter((object) => conditionOf(object as never, 'Ready')?.status === 'True').length;
      next = page.metadata.continue;
    } while (next !== undefined && next !== '');
    if (ready >= count) return;
    if (Date.now() > deadline) throw new Error(`${ready} of ${count} ${resource.plural} are Ready after ${seconds} s`);
    say(`  ${ready} of ${count} ${resource.plural} are Ready`);
    await sleep(1000);
  }
};

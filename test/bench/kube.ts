import { createKubeClient, type KubeClient } from '../../src/runtime/client.ts';
import { createConnection } from '../../src/runtime/connection.ts';
import { createInformer } from '../../src/runtime/informer.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { parallelEach } from '../../src/runtime/parallel.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import type { Cluster } from '../support/cluster.ts';
import { conditionOf, NAMESPACE } from '../support/install.ts';
import { until } from '../support/run.ts';

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

/** Waits until so many objects of the resource have Ready=True. It watches them: listing them again and again would be a load of its own. */
export const waitAllReady = async <T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  count: number,
  seconds: number,
  say: (line: string) => void,
): Promise<void> => {
  const stop = new AbortController();
  const informer = createInformer<T>({ client, resource, namespace: NAMESPACE });
  const running = informer.run(stop.signal);
  const ready = new Set<string>();
  const look = (object: T): void => {
    if (conditionOf(object as never, 'Ready')?.status === 'True') ready.add(object.metadata.name);
    else ready.delete(object.metadata.name);
  };
  informer.cache.onChange((_, after) => {
    if (after !== undefined) look(after);
  });
  try {
    await until(`${count} ${resource.plural} to be Ready`, seconds, () => Promise.resolve(ready.size >= count), 200);
  } catch (error) {
    say(`  ${ready.size} of ${count} ${resource.plural} are Ready`);
    throw error;
  } finally {
    stop.abort();
    await running;
  }
};

/** Keeps a cache of objects that a server makes as large as etcd takes, in a thread whose heap is bounded; tells what it has in the end. */
import { parentPort, workerData } from 'node:worker_threads';
import { KubeConfig } from '@kubernetes/client-node';
import { TENANT_BOUNDS } from '../../src/api/resources.ts';
import { createKubeClient } from '../../src/runtime/client.ts';
import { createConnection } from '../../src/runtime/connection.ts';
import { createInformer } from '../../src/runtime/informer.ts';

const { url } = workerData as { url: string };
const load = (): KubeConfig => {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: true }, { name: 'u' });
  return config;
};
const client = createKubeClient({ connection: createConnection({ load }), timeoutMs: 120_000 });
const resource = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
const informer = createInformer({ client, resource: { ...resource, bounds: TENANT_BOUNDS } });
const stop = new AbortController();
const running = informer.run(stop.signal);
const { cache } = informer;
await cache.synced;
stop.abort();
await running;
await client.close();
parentPort?.postMessage({
  objects: cache.size,
  unread: cache.list().filter(({ unread }) => unread !== undefined).length,
});

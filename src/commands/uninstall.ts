import { removeApiService } from '../apiserver/registration.ts';
import { FINALIZER } from '../api/kind.ts';
import { HAPAIRS, SHARED_NETWORKS, SUBNETS } from '../api/resources.ts';
import { leaseSourceSecretName } from '../leases/descriptor.ts';
import { createKubeClient, type KubeClient } from '../runtime/client.ts';
import { sleep, systemClock } from '../runtime/clock.ts';
import { isNotFound, unlessNotFound } from '../runtime/errors.ts';
import { removeFinalizer } from '../runtime/finalizer.ts';
import { LEASES } from '../runtime/leader.ts';
import { createLogger, type Logger, type LogOptions } from '../runtime/log.ts';
import type { KubeObject } from '../runtime/object.ts';
import { parallelEach } from '../runtime/parallel.ts';
import type { Resource } from '../runtime/resource.ts';
import { PODS, SECRETS } from '../workload/objects.ts';

export interface UninstallSettings {
  readonly namespace: string;
  readonly deployment: string;
  /** The Lease that the leader held. */
  readonly leaderLease: string;
  /** Secrets that the operator made for its release and that a later release makes anew. */
  readonly secrets: readonly string[];
  readonly logLevel: NonNullable<LogOptions['level']>;
}

type Deployment = KubeObject<{ selector: { matchLabels: Record<string, string> } }>;
const DEPLOYMENTS: Resource<Deployment> = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};

/**
 * Makes the release ready to go: the APIService first, as one without an API stops the deletion of every namespace; then the
 * operator, which would put its finalizers back; then what it made in its own namespace, and these. Server pods, rows and leases stay as
 * they are and serve on.
 */
export const runUninstall = async (settings: UninstallSettings): Promise<number> => {
  const log = createLogger({ level: settings.logLevel });
  const client = createKubeClient({ userAgent: 'kea-operator/uninstall' });
  await removeApiService(client);
  log.info('the APIService is withdrawn');
  await stopOperator(client, settings, log);
  // While the pairs are there, as it is by their names that their Secrets are found.
  let failures = await clear(client, settings, await listAll(client, HAPAIRS), log);
  const resources: readonly Resource[] = [SUBNETS, SHARED_NETWORKS, HAPAIRS];
  for (const resource of resources) failures += await release(client, resource, log);
  await client.close();
  return failures === 0 ? 0 : 1;
};

const stopOperator = async (
  client: KubeClient,
  { namespace, deployment }: UninstallSettings,
  log: Logger,
): Promise<void> => {
  const at = { namespace, name: deployment };
  const found = await unlessNotFound(client.get(DEPLOYMENTS, at));
  if (found?.spec === undefined) return;
  await client.patch(DEPLOYMENTS, at, { spec: { replicas: 0 } });
  const labelSelector = Object.entries(found.spec.selector.matchLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  while ((await client.list(PODS, { namespace, labelSelector })).items.length > 0) await sleep(systemClock, 500);
  log.info('the operator has stopped');
};

const release = async <T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  log: Logger,
): Promise<number> => {
  const objects = await listAll(client, resource);
  const held = objects.filter(({ metadata }) => metadata.finalizers?.includes(FINALIZER));
  const failed = await parallelEach(held, 10, async (object) => {
    await removeFinalizer(client, resource, object, FINALIZER);
  });
  for (const { error } of failed)
    log.error({ err: error, resource: resource.plural }, 'a finalizer could not be taken off');
  log.info({ resource: resource.plural, released: held.length - failed.length }, 'finalizers taken off');
  return failed.length;
};

/**
 * Deletes what the operator made in its own namespace. The Secrets that tell the lease API of the pairs are found by the pairs' names, so
 * that this needs no right to read Secrets.
 */
const clear = async (
  client: KubeClient,
  { namespace, leaderLease, secrets }: UninstallSettings,
  pairs: readonly KubeObject[],
  log: Logger,
): Promise<number> => {
  const sources = pairs.map(({ metadata }) =>
    leaseSourceSecretName({ namespace: metadata.namespace ?? '', pair: metadata.name }),
  );
  const objects: readonly (readonly [Resource, string])[] = [
    ...[...secrets, ...sources].map((name) => [SECRETS, name] as const),
    [LEASES, leaderLease],
  ];
  const failed = await parallelEach(objects, 10, async ([resource, name]) => {
    await unlessNotFound(client.delete(resource, { namespace, name }));
  });
  for (const { error } of failed) log.error({ err: error }, "one of the operator's own objects could not be deleted");
  log.info({ deleted: objects.length - failed.length }, "the operator's own Secrets are gone");
  return failed.length;
};

const listAll = async <T extends KubeObject>(client: KubeClient, resource: Resource<T>): Promise<readonly T[]> => {
  const objects: T[] = [];
  let next: string | undefined;
  do {
    try {
      const page = await client.list(resource, { limit: 500, continue: next });
      objects.push(...page.items);
      next = page.metadata.continue;
    } catch (error) {
      // The definitions are gone already: so are the objects.
      if (isNotFound(error)) return [];
      throw error;
    }
  } while (next !== undefined && next !== '');
  return objects;
};

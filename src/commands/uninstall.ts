/** The command that takes an installation apart before its release goes. */
import { FINALIZER } from '../api/kind.ts';
import { CLIENT_CLASSES, HAPAIRS, OPTION_DEFINITIONS, SHARED_NETWORKS, SUBNETS } from '../api/resources.ts';
import { removeOwnApiService } from '../apiserver/apiService.ts';
import { AWAY_BACKOFF } from '../runtime/backoff.ts';
import { createKubeClient, type KubeClient, pages } from '../runtime/client.ts';
import { sleep, systemClock } from '../runtime/clock.ts';
import { asError, isNotFound, unlessNotFound } from '../runtime/errors.ts';
import { removeFinalizer } from '../runtime/finalizer.ts';
import { LEADER_LEASES } from '../runtime/leader.ts';
import { createLogger, type Logger, type LogOptions } from '../runtime/log.ts';
import { type KubeObject, selectorOf } from '../runtime/object.ts';
import { type Failed, parallelEach } from '../runtime/parallel.ts';
import type { Resource } from '../runtime/resource.ts';
import { isAway, retry } from '../runtime/retry.ts';
import { PODS, SECRETS } from '../workload/objects.ts';

export interface UninstallSettings {
  readonly namespace: string;
  /** Namespaces whose objects have finalizers of ours; none: all may. */
  readonly watchNamespaces: readonly string[];
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

/** The chart's Job has four minutes, and is tried again. */
const AWAY_LIMIT_MS = 90_000;
const PODS_LIMIT_MS = 120_000;
const LOOK_MS = 500;

/**
 * Makes the release ready to go: the APIService first, as one without an API stops the deletion of every namespace; then the
 * operator, which would put its finalizers back; then what it made in its own namespace, and these. Server pods, rows and leases stay as
 * they are and serve on. Every step may be done again; while the API server is away it is, for a while.
 */
export const runUninstall = async (settings: UninstallSettings): Promise<number> => {
  const log = createLogger({ level: settings.logLevel });
  const client = createKubeClient({ userAgent: 'kea-operator/uninstall' });
  const step = <T>(work: () => Promise<T>): Promise<T> =>
    retry(work, {
      clock: systemClock,
      policy: AWAY_BACKOFF,
      mayPass: isAway,
      limitMs: AWAY_LIMIT_MS,
      onFailure: (error, failures) => {
        if (failures === 1) log.warn({ error: asError(error).message }, 'the API server is away: trying again');
      },
    });
  try {
    const own = await step(() => removeOwnApiService(client, settings.namespace));
    log.info(own ? 'the APIService is withdrawn' : 'the APIService is that of another release: it stays');
    await stopOperator(client, settings, step, log);
    let failures = await step(() => clear(client, settings, log));
    const resources: readonly Resource[] = [SUBNETS, SHARED_NETWORKS, CLIENT_CLASSES, OPTION_DEFINITIONS, HAPAIRS];
    for (const resource of resources)
      failures += await step(() => release(client, resource, settings.watchNamespaces, log));
    return failures === 0 ? 0 : 1;
  } catch (error) {
    log.error({ error: asError(error).message }, `the uninstall is not complete: ${remedyOf(error)}`);
    return 1;
  } finally {
    await client.close();
  }
};

const remedyOf = (error: unknown): string =>
  isAway(error)
    ? `the API server did not answer for ${AWAY_LIMIT_MS / 1000} s; run it again when it does`
    : 'put right what the error says and run it again';

type Step = <T>(work: () => Promise<T>) => Promise<T>;

const stopOperator = async (
  client: KubeClient,
  { namespace, deployment }: UninstallSettings,
  step: Step,
  log: Logger,
): Promise<void> => {
  const at = { namespace, name: deployment };
  const found = await step(() => unlessNotFound(client.get(DEPLOYMENTS, at)));
  if (found?.spec === undefined) return;
  await step(() => client.patch(DEPLOYMENTS, at, { spec: { replicas: 0 } }));
  const labelSelector = selectorOf(found.spec.selector.matchLabels);
  const deadline = systemClock.monotonic() + PODS_LIMIT_MS;
  for (;;) {
    const { items } = await step(() => client.list(PODS, { namespace, labelSelector }));
    if (items.length === 0) break;
    if (systemClock.monotonic() > deadline) {
      const pods = items.map(({ metadata }) => metadata.name).join(', ');
      throw new Error(
        `the Deployment "${deployment}" has pods that do not end: ${pods}; delete them with --force where their node is lost`,
      );
    }
    await sleep(systemClock, LOOK_MS);
  }
  log.info('the operator has stopped');
};

/** What failed because the API server is away is thrown, for the step to be done again. */
const throwAway = (failed: readonly Failed<unknown>[]): void => {
  const away = failed.find(({ error }) => isAway(error));
  if (away !== undefined) throw away.error;
};

const release = async <T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  namespaces: readonly string[],
  log: Logger,
): Promise<number> => {
  const places = namespaces.length === 0 ? [undefined] : namespaces;
  const objects = (await Promise.all(places.map((namespace) => listAll(client, resource, namespace)))).flat();
  const held = objects.filter(({ metadata }) => metadata.finalizers?.includes(FINALIZER));
  const failed = await parallelEach(held, 10, async (object) => {
    await removeFinalizer(client, resource, object, FINALIZER);
  });
  throwAway(failed);
  for (const { error } of failed)
    log.error({ err: error, resource: resource.plural }, 'a finalizer could not be taken off');
  log.info({ resource: resource.plural, released: held.length - failed.length }, 'finalizers taken off');
  return failed.length;
};

/** Deletes what the operator made in its own namespace. What the lease API was told of pairs goes with the namespace that it is in. */
const clear = async (
  client: KubeClient,
  { namespace, leaderLease, secrets }: UninstallSettings,
  log: Logger,
): Promise<number> => {
  const objects: readonly (readonly [Resource, string])[] = [
    ...secrets.map((name) => [SECRETS, name] as const),
    [LEADER_LEASES, leaderLease],
  ];
  const failed = await parallelEach(objects, 10, async ([resource, name]) => {
    await unlessNotFound(client.delete(resource, { namespace, name }));
  });
  throwAway(failed);
  for (const { error } of failed) log.error({ err: error }, "one of the operator's own objects could not be deleted");
  log.info({ deleted: objects.length - failed.length }, "the operator's own Secrets are gone");
  return failed.length;
};

const listAll = async <T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  namespace: string | undefined,
): Promise<readonly T[]> => {
  const objects: T[] = [];
  try {
    for await (const { items } of pages(client, resource, { namespace, limit: 100 })) objects.push(...items);
  } catch (error) {
    // The definitions are gone already: so are the objects.
    if (isNotFound(error)) return [];
    throw error;
  }
  return objects;
};

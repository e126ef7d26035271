/**
 * What becomes of the APIService when its own namespace is deleted: the lease API ends with it, and then no namespace of the cluster could be
 * deleted any more, this one not either. An owner would not help: a namespace that cannot go is never gone. So whoever may withdraw the
 * registration does it at once: a moment later the account has no rights any more.
 */
import { AWAY_BACKOFF } from '../runtime/backoff.ts';
import type { KubeClient } from '../runtime/client.ts';
import { type Clock, orAborted, systemClock } from '../runtime/clock.ts';
import { asError, unlessNotFound } from '../runtime/errors.ts';
import { createInformer } from '../runtime/informer.ts';
import type { Logger } from '../runtime/log.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { retry } from '../runtime/retry.ts';
import { removeApiService } from './apiService.ts';

const NAMESPACES: Resource = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };

/** Of the pod's 30 s. */
const LIMIT_MS = 10_000;
const LOOK_MS = 2000;

const goes = (namespace: KubeObject | undefined): boolean => namespace?.metadata.deletionTimestamp !== undefined;

export const isLeaving = async (client: Pick<KubeClient, 'get'>, name: string): Promise<boolean> =>
  goes(await unlessNotFound(client.get(NAMESPACES, { name }, { timeoutMs: LOOK_MS })));

export interface DepartureOptions {
  readonly client: KubeClient;
  /** The operator's own. */
  readonly namespace: string;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** Watches the namespace until the signal is aborted, and withdraws the APIService when it begins to go. Never rejects. */
export const withdrawWithNamespace = async (options: DepartureOptions, signal: AbortSignal): Promise<void> => {
  const { client, namespace, log, clock = systemClock } = options;
  const { promise: leaving, resolve } = Promise.withResolvers<boolean>();
  const fieldSelector = `metadata.name=${namespace}`;
  const informer = createInformer<KubeObject>({ client, resource: NAMESPACES, fieldSelector, clock, log });
  informer.cache.onChange((_, after) => {
    if (goes(after)) resolve(true);
  });
  const watching = informer.run(signal);
  // The end of the process may come before the word that the namespace goes.
  const left = await orAborted(leaving, signal).catch(() => isLeaving(client, namespace).catch(() => false));
  try {
    if (left) {
      await retry(() => removeApiService(client), { clock, policy: AWAY_BACKOFF, limitMs: LIMIT_MS });
      log.warn({ namespace }, "the operator's own namespace is being deleted: APIService withdrawn");
    }
  } catch (error) {
    log.error(
      { error: asError(error).message },
      'the APIService outlives its namespace, and no namespace can be deleted: kubectl delete apiservice v1alpha1.state.kea-operator.io',
    );
  }
  await watching;
};

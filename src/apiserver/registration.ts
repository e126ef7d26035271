/**
 * The APIService of the lease API, kept by the operator rather than by the chart: an APIService whose API is down stops
 * the deletion of every namespace of the cluster (the namespace controller needs a whole discovery), and makes kubectl
 * show the built-in leases instead, in silence. So it exists only while the API answers.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeClient } from '../runtime/client.ts';
import { type Clock, sleep, systemClock } from '../runtime/clock.ts';
import { asError, unlessNotFound } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { KubeObject, OwnerReference } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { API_SERVICE_NAME, API_SERVICES, type ApiService, removeApiService } from './apiService.ts';
import { isLeaving } from './departure.ts';
import { LEASE_GROUP, LEASE_VERSION } from './resource.ts';

interface EndpointSlice extends KubeObject {
  endpoints?: { conditions?: { ready?: boolean } }[] | null;
}

const ENDPOINT_SLICES: Resource<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};

const CLUSTER_ROLES: Resource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};

/** Above coordination.k8s.io (16500) the words "leases" and "lease" mean ours; the tie goes to the built-in. */
const CLAIMING_PRIORITY = 16_600;
const MODEST_PRIORITY = 100;
const FIELD_MANAGER = 'kea-operator';

export interface DesiredApiServiceParts {
  /** PEM; of the lease API's serving certificate. */
  readonly caBundle: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  /** Whether `kubectl get leases` shall mean DHCP leases. */
  readonly claimShortName: boolean;
  /** A cluster-scoped object that goes when the operator is uninstalled, as its ClusterRole: the garbage collector then removes what a dead operator cannot. */
  readonly owner?: OwnerReference;
}

export const desiredApiService = (desired: DesiredApiServiceParts): ApiService => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: {
    name: API_SERVICE_NAME,
    labels: { 'app.kubernetes.io/managed-by': FIELD_MANAGER },
    ...(desired.owner === undefined ? {} : { ownerReferences: [desired.owner] }),
  },
  spec: {
    group: LEASE_GROUP,
    version: LEASE_VERSION,
    groupPriorityMinimum: desired.claimShortName ? CLAIMING_PRIORITY : MODEST_PRIORITY,
    versionPriority: 15,
    caBundle: Buffer.from(desired.caBundle).toString('base64'),
    service: { ...desired.service },
  },
});

/** What can be seen of the lease API. */
export interface Sighting {
  /** Milliseconds that only grow. */
  readonly at: number;
  readonly registered: boolean;
  /** A pod of it is ready. */
  readonly endpointReady: boolean;
  /** It is the registration of another operator's lease API: there is one for a cluster. */
  readonly anothers?: boolean;
  /** kube-apiserver's own word (condition Available); undefined: none yet. */
  readonly available: boolean | undefined;
}

/** What the decision remembers from one sighting to the next. */
export interface Memory {
  /** Since when a registered API has not been available. */
  readonly downSince?: number;
  /** Not to be registered before. */
  readonly notBefore: number;
  /** Withdrawals in a row of an API whose pods were ready. */
  readonly unreachable: number;
}

export const BLANK: Memory = { notBefore: -Infinity, unreachable: 0 };

/**
 * The namespace controller waits for twice as long before each next try, 41 s after the first one and 82: a namespace that is deleted at the worst moment
 * has its try at 41 s, and is gone within a minute. After a minute's outage it was 90 s. A pod that is replaced or moves is back before.
 */
const WITHDRAW_AFTER_MS = 30_000;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 1_800_000;

/**
 * Registered as soon as a pod is ready; withdrawn when unavailable for 30 s. Where the pods are ready and kube-apiserver
 * does not reach them all the same (a network policy, a wrong certificate), each further try does the harm of an
 * outage, so the tries grow rarer: after 1 minute, 2, 4 … up to 30.
 *
 * Another operator's registration is left to it, unless it has been unavailable for as long: whoever has an API that answers then goes on.
 */
export const decideRegistration = (
  memory: Memory,
  sighting: Sighting,
): { readonly action: 'Keep' | 'Withdraw' | 'Leave'; readonly memory: Memory } => {
  const { at, registered, endpointReady, available } = sighting;
  const { downSince: _, ...calm } = memory;
  if (!registered) {
    return { action: endpointReady && at >= memory.notBefore ? 'Keep' : 'Withdraw', memory: calm };
  }
  if (sighting.anothers === true) {
    if (available !== false || !endpointReady) return { action: 'Leave', memory: calm };
    const downSince = memory.downSince ?? at;
    if (at - downSince < WITHDRAW_AFTER_MS) return { action: 'Leave', memory: { ...memory, downSince } };
    return { action: 'Withdraw', memory: calm };
  }
  if (endpointReady && available !== false) {
    return { action: 'Keep', memory: available === true ? { ...calm, unreachable: 0 } : calm };
  }
  const downSince = memory.downSince ?? at;
  if (at - downSince < WITHDRAW_AFTER_MS) return { action: 'Keep', memory: { ...memory, downSince } };
  if (!endpointReady) return { action: 'Withdraw', memory: calm };
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(memory.unreachable, 10), LONGEST_PAUSE_MS);
  return { action: 'Withdraw', memory: { notBefore: at + pauseMs, unreachable: memory.unreachable + 1 } };
};

export interface ManageApiServiceOptions {
  readonly client: KubeClient;
  /** Read at every look, as the CA may be rotated. Undefined: not known yet. */
  readonly desired: () => DesiredApiServiceParts | undefined;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Between two looks. Default 5 s. */
  readonly intervalMs?: number;
}

/** Keeps the APIService as {@link decideRegistration} wants it, until the signal is aborted; the APIService then stays. Never rejects. */
export const manageApiService = async (options: ManageApiServiceOptions, signal: AbortSignal): Promise<void> => {
  const { client, log, clock = systemClock, intervalMs = 5_000 } = options;
  let memory = BLANK;
  let left = false;
  const look = async (): Promise<void> => {
    const desired = options.desired();
    if (desired === undefined) return;
    const present = await unlessNotFound(client.get(API_SERVICES, { name: API_SERVICE_NAME }, { signal }));
    const sighting: Sighting = {
      at: clock.monotonic(),
      registered: present !== undefined,
      anothers: present !== undefined && isAnothers(present, desired),
      endpointReady: await isEndpointReady(client, desired.service, signal),
      available: present && availabilityOf(present),
    };
    const decision = decideRegistration(memory, sighting);
    if (decision.action === 'Withdraw' && present !== undefined) {
      log.warn(
        { apiService: API_SERVICE_NAME, ...sighting },
        'lease API unavailable for too long: APIService withdrawn',
      );
      await removeApiService(client, signal);
    }
    if (decision.action === 'Keep') await keep(client, present, desiredApiService(desired), log, signal);
    if (decision.action !== 'Leave') left = false;
    else if (!left) {
      left = true;
      const { namespace, name } = present?.spec.service ?? desired.service;
      log.warn(
        { apiService: API_SERVICE_NAME, namespace, service: name },
        'another operator of this cluster has the lease API: set leases.enabled=false in one of the releases',
      );
    }
    memory = decision.memory;
  };
  while (!signal.aborted) {
    await look().catch((error: unknown) => {
      if (!signal.aborted)
        log.warn({ error: asError(error).message }, 'the APIService of the lease API cannot be kept');
    });
    await sleep(clock, intervalMs, signal).catch(() => undefined);
  }
};

const keep = async (
  client: KubeClient,
  present: ApiService | undefined,
  desired: ApiService,
  log: Logger,
  signal: AbortSignal,
): Promise<void> => {
  if (present !== undefined && isAsDesired(present, desired)) return;
  if (await isLeaving(client, desired.spec.service.namespace)) return;
  await client.apply(API_SERVICES, desired, { fieldManager: FIELD_MANAGER, signal });
  const { groupPriorityMinimum } = desired.spec;
  log.info({ apiService: API_SERVICE_NAME, groupPriorityMinimum }, 'APIService of the lease API applied');
};

const isAnothers = ({ spec }: ApiService, { service }: DesiredApiServiceParts): boolean =>
  spec.service.namespace !== service.namespace || spec.service.name !== service.name;

/** Whether an apply would change nothing: a write every few seconds would make kube-apiserver look at the API anew each time. */
const isAsDesired = (present: ApiService, desired: ApiService): boolean =>
  isDeepStrictEqual({ ...present.spec, ...desired.spec }, present.spec) &&
  isDeepStrictEqual(present.metadata.ownerReferences ?? [], desired.metadata.ownerReferences ?? []);

/** The reference to a ClusterRole as an owner; undefined where there is none of this name. */
export const ownerReferenceOf = async (
  client: Pick<KubeClient, 'get'>,
  name: string,
  signal: AbortSignal,
): Promise<OwnerReference | undefined> => {
  const role = await unlessNotFound(client.get(CLUSTER_ROLES, { name }, { signal }));
  const uid = role?.metadata.uid;
  return uid === undefined ? undefined : { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name, uid };
};

const availabilityOf = (present: ApiService): boolean | undefined => {
  const condition = present.status?.conditions?.find(({ type }) => type === 'Available');
  return condition === undefined || condition.status === 'Unknown' ? undefined : condition.status === 'True';
};

const isEndpointReady = async (
  client: Pick<KubeClient, 'list'>,
  { namespace, name }: DesiredApiServiceParts['service'],
  signal: AbortSignal,
): Promise<boolean> => {
  const labelSelector = `kubernetes.io/service-name=${name}`;
  const { items } = await client.list(ENDPOINT_SLICES, { namespace, labelSelector, signal });
  // Left out, "ready" is to be taken for true (discovery.k8s.io/v1).
  return items.some(({ endpoints }) => (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false));
};

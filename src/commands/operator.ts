import { randomUUID } from 'node:crypto';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createOperatorMetrics } from '../metrics/metrics.ts';
import { createKubeClient, type KubeClient } from '../runtime/client.ts';
import { systemClock } from '../runtime/clock.ts';
import { unlessNotFound } from '../runtime/errors.ts';
import { createEventRecorder } from '../runtime/events.ts';
import { startHealthServer } from '../runtime/health.ts';
import { createLeaderElector } from '../runtime/leader.ts';
import { createLogger, type LogOptions } from '../runtime/log.ts';
import { createRuntimeMetrics } from '../runtime/metrics.ts';
import type { KubeObject, OwnerReference } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { createStopper } from '../runtime/stop.ts';
import { KeaOperator } from '../sync/operator.ts';
import { createOwnSecrets } from '../sync/ownSecrets.ts';
import type { DefaultDatabase } from '../workload/databaseResolution.ts';

export interface OperatorSettings {
  readonly namespace: string;
  readonly identity: string;
  readonly leaderLease: string;
  readonly keaImage: string;
  readonly metricsPort: number;
  readonly logLevel: NonNullable<LogOptions['level']>;
  readonly database?: DefaultDatabase;
  readonly bundledDatabase?: string;
  readonly leaseApi?: {
    readonly service: string;
    readonly secret: string;
    readonly claimShortName: boolean;
    /** Name of the ClusterRole that owns the APIService. */
    readonly owner?: string;
  };
}

const CONTROLLER = 'kea-operator.io/operator';
const CLUSTER_ROLES: Resource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};

/** Runs the operator until a signal, or the loss of leadership, ends it. Gives the exit code. */
export const runOperator = async (settings: OperatorSettings): Promise<number> => {
  const { namespace, identity } = settings;
  const clock = systemClock;
  const log = createLogger({ level: settings.logLevel });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = createRuntimeMetrics(registry);
  const client = createKubeClient({ metrics: metrics.client, userAgent: 'kea-operator/operator' });
  const stopper = createStopper({ log, process });
  stopper.onStop('API client', () => client.close());

  const elector = createLeaderElector({
    client,
    namespace,
    name: settings.leaderLease,
    identity: `${identity}_${randomUUID().slice(0, 8)}`,
    log,
    metrics: metrics.leader,
  });
  const events = createEventRecorder({
    client,
    controller: CONTROLLER,
    instance: identity,
    log,
    metrics: metrics.events,
  });
  stopper.onStop('events', () => events.close(2000));
  const ownSecrets = createOwnSecrets({
    client,
    clock,
    namespace,
    ...(settings.leaseApi === undefined ? {} : { leaseApi: settings.leaseApi }),
    ...(settings.bundledDatabase === undefined ? {} : { bundledDatabase: settings.bundledDatabase }),
  });
  const leaseApi = await leaseApiOf(client, settings);
  const operator = new KeaOperator({
    client,
    log,
    clock,
    fieldManager: 'kea-operator',
    metrics,
    operatorMetrics: createOperatorMetrics(registry),
    namespace,
    keaImage: settings.keaImage,
    elector,
    events,
    ownSecrets,
    ...(settings.database === undefined ? {} : { database: settings.database }),
    ...(leaseApi === undefined ? {} : { leaseApi }),
  });
  const health = await startHealthServer({
    port: settings.metricsPort,
    registry,
    ready: { caches: () => operator.hasSynced },
  });
  stopper.onStop('metrics', () => health.close());
  stopper.onStop('operator', async () => {
    operator.stop();
    await operator.stopped();
    await operator.resign();
  });
  await operator.start();
  // It also ends by itself: when it no longer leads, or when something that must go on has failed.
  void operator.stopped().then(() => stopper.stop('the operator has ended'));
  const { reason, unclosed } = await stopper.stopped;
  return reason.startsWith('SIG') && unclosed.length === 0 ? 0 : 1;
};

const leaseApiOf = async (client: KubeClient, { leaseApi }: OperatorSettings) => {
  if (leaseApi === undefined) return undefined;
  const { service, claimShortName, owner } = leaseApi;
  const reference = owner === undefined ? undefined : await ownerReference(client, owner);
  return { service, claimShortName, ...(reference === undefined ? {} : { owner: reference }) };
};

const ownerReference = async (client: KubeClient, name: string): Promise<OwnerReference | undefined> => {
  const role: KubeObject | undefined = await unlessNotFound(client.get(CLUSTER_ROLES, { name }));
  const uid = role?.metadata.uid;
  return uid === undefined ? undefined : { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name, uid };
};

/** The command that runs the operator. */
import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import type { MetricsDetail } from '../metrics/leases.ts';
import { createOperatorMetrics } from '../metrics/metrics.ts';
import { KeaOperator } from '../operator/operator.ts';
import { createOwnSecrets } from '../operator/ownSecrets.ts';
import { createKubeClient } from '../runtime/client.ts';
import { systemClock } from '../runtime/clock.ts';
import { createEventRecorder } from '../runtime/events.ts';
import { startHealthServer } from '../runtime/health.ts';
import { createLeaderElector } from '../runtime/leader.ts';
import { createLogger, type LogOptions } from '../runtime/log.ts';
import { createRuntimeMetrics } from '../runtime/metrics.ts';
import { createProcessMetrics } from '../runtime/processMetrics.ts';
import { createStopper } from '../runtime/stop.ts';
import { VERSION } from '../version.ts';
import type { Allowed } from '../workload/allowed.ts';
import type { DefaultDatabase } from '../workload/database/resolve.ts';
import type { PodDefaults } from '../workload/podTemplate.ts';
import { authenticated, followCertificate } from './metrics.ts';

export interface OperatorSettings {
  readonly namespace: string;
  readonly watchNamespaces: readonly string[];
  readonly identity: string;
  readonly leaderLease: string;
  readonly podDefaults: PodDefaults;
  readonly allowed?: Allowed;
  readonly metricsPort: number;
  readonly metricsAuthentication: boolean;
  /** Where the certificate is that the operator makes for metrics; left out: the process shows one of its own. */
  readonly metricsTlsDirectory?: string;
  readonly metricsDetail: MetricsDetail;
  readonly logLevel: NonNullable<LogOptions['level']>;
  readonly database?: DefaultDatabase;
  readonly bundledDatabase?: string;
  /** The Service of the metrics, the Secret for its certificate and the one for the CA by which scrapers check that: the operator makes both. */
  readonly metricsService?: { readonly service: string; readonly secret: string; readonly caSecret: string };
  readonly leaseSources?: string;
  readonly leaseApi?: {
    readonly service: string;
    readonly secret: string;
    readonly claimShortName: boolean;
    /** Name of the ClusterRole that owns the APIService. */
    readonly owner?: string;
    /** Service and port at which it asks the operator; left out: it cannot release leases. */
    readonly internalService?: string;
    readonly releases?: { readonly port: number };
  };
}

const CONTROLLER = 'kea-operator.io/operator';

/**
 * Runs the operator until a signal ends it, or a failure of its own; the exit code is 0 for a signal alone. Whatever else may be away (the
 * API server, a database, a name server) is waited for: nothing is asked before the probes are answered.
 *
 * There is no handler of uncaught exceptions that logs and goes on: after one nobody knows what state the process is in, and a new
 * process is there in seconds, while servers serve on. What can fail is caught where it can.
 */
export const runOperator = async (settings: OperatorSettings): Promise<number> => {
  const { namespace, identity } = settings;
  const clock = systemClock;
  const log = createLogger({ level: settings.logLevel });
  const registry = new Registry();
  const processMetrics = createProcessMetrics(registry, VERSION);
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
    ...(settings.metricsService === undefined ? {} : { metrics: settings.metricsService }),
  });
  const { leaseApi } = settings;
  const operator = new KeaOperator({
    client,
    log,
    clock,
    fieldManager: 'kea-operator',
    metrics,
    operatorMetrics: createOperatorMetrics(registry, settings.metricsDetail),
    namespace,
    watchNamespaces: settings.watchNamespaces,
    podDefaults: settings.podDefaults,
    elector,
    events,
    ownSecrets,
    onCertificate: processMetrics.onCertificate,
    ...(settings.allowed === undefined ? {} : { allowed: settings.allowed }),
    ...(settings.database === undefined ? {} : { database: settings.database }),
    ...(settings.leaseSources === undefined ? {} : { leaseSources: settings.leaseSources }),
    ...(leaseApi === undefined ? {} : { leaseApi }),
  });
  const health = await startHealthServer({
    port: settings.metricsPort,
    ...(settings.metricsAuthentication ? await authenticated(client) : {}),
    registry,
    log,
    live: { passes: () => operator.isAlive },
    ready: { caches: () => operator.hasSynced },
  });
  stopper.onStop('metrics', () => health.close());
  if (settings.metricsAuthentication) {
    const follow = { directory: settings.metricsTlsDirectory, metrics: processMetrics, log };
    void followCertificate(health, follow, stopper.signal);
  }
  stopper.onStop('operator', async () => {
    operator.stop();
    await operator.stopped();
    await operator.resign();
  });
  await operator.start();
  // It also ends by itself: when something that must go on has failed.
  void operator.stopped().then(() => stopper.stop('the operator has ended'));
  const { reason, unclosed } = await stopper.stopped;
  return reason.startsWith('SIG') && unclosed.length === 0 ? 0 : 1;
};

/** The command that serves the lease API. */
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { type LeaseApi, startLeaseApi } from '../apiserver/start.ts';
import { askOperator, type OperatorAddress } from '../release/ask.ts';
import { createKubeClient } from '../runtime/client.ts';
import { isAborted } from '../runtime/clock.ts';
import { startHealthServer } from '../runtime/health.ts';
import { createLogger, type LogOptions } from '../runtime/log.ts';
import { createConnectionMetrics } from '../runtime/metrics.ts';
import { createProcessMetrics } from '../runtime/processMetrics.ts';
import { createStopper } from '../runtime/stop.ts';
import { VERSION } from '../version.ts';
import { expiryOf } from '../workload/certificates.ts';
import { authenticated, followCertificate } from './metrics.ts';

export interface LeaseApiSettings {
  /** Namespace with the Secrets that say where leases are read. */
  readonly leaseSources: string;
  readonly watchNamespaces: readonly string[];
  readonly port: number;
  readonly tlsDirectory: string;
  readonly operator?: OperatorAddress;
  readonly metricsPort: number;
  readonly metricsAuthentication: boolean;
  /** Where the certificate is that the operator makes for metrics; left out: the process shows one of its own. */
  readonly metricsTlsDirectory?: string;
  readonly logLevel: NonNullable<LogOptions['level']>;
}

/**
 * Serves the lease API until a signal ends it. Gives the exit code. Whatever it needs may be away, at its start and later: it is not ready
 * then. There is no handler of uncaught exceptions, for the reason that operator.ts gives.
 */
export const runLeaseApi = async (settings: LeaseApiSettings): Promise<number> => {
  const log = createLogger({ level: settings.logLevel });
  const registry = new Registry();
  const processMetrics = createProcessMetrics(registry, VERSION);
  const metrics = createConnectionMetrics(registry);
  const client = createKubeClient({ metrics: metrics.client, userAgent: 'kea-operator/apiserver' });
  const stopper = createStopper({ log, process });
  stopper.onStop('API client', () => client.close());
  let api: LeaseApi | undefined;
  const ready = (): boolean => api !== undefined && api.missing() === undefined;
  const health = await startHealthServer({
    port: settings.metricsPort,
    ...(settings.metricsAuthentication ? await authenticated(client) : {}),
    registry,
    log,
    ready: { leases: ready },
  });
  stopper.onStop('metrics', () => health.close());
  if (settings.metricsAuthentication) {
    const follow = { directory: settings.metricsTlsDirectory, metrics: processMetrics, log };
    void followCertificate(health, follow, stopper.signal);
  }
  const certificate = {
    certFile: join(settings.tlsDirectory, 'tls.crt'),
    keyFile: join(settings.tlsDirectory, 'tls.key'),
    caFile: join(settings.tlsDirectory, 'ca.crt'),
  };
  try {
    api = await startLeaseApi({
      client,
      sources: settings.leaseSources,
      namespaces: settings.watchNamespaces,
      port: settings.port,
      certificate,
      ...(settings.operator === undefined ? {} : { operator: askOperator(settings.operator, certificate) }),
      log,
      registry,
      reflectorMetrics: metrics.reflector,
      onCertificate: ({ cert }) => {
        processMetrics.onCertificate('lease-api', expiryOf(cert));
      },
      signal: stopper.signal,
    });
  } catch (error) {
    if (!isAborted(stopper.signal)) throw error;
  }
  const started = api;
  if (started !== undefined) stopper.onStop('lease API', () => started.stop());
  const { unclosed } = await stopper.stopped;
  return unclosed.length === 0 ? 0 : 1;
};

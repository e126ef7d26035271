import { join } from 'node:path';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { startLeaseApi } from '../apiserver/start.ts';
import { createKubeClient } from '../runtime/client.ts';
import { startHealthServer } from '../runtime/health.ts';
import { createLogger, type LogOptions } from '../runtime/log.ts';
import { createRuntimeMetrics } from '../runtime/metrics.ts';
import { createStopper } from '../runtime/stop.ts';

export interface LeaseApiSettings {
  readonly namespace: string;
  readonly port: number;
  readonly tlsDirectory: string;
  readonly metricsPort: number;
  readonly logLevel: NonNullable<LogOptions['level']>;
}

/** Serves the lease API until a signal ends it. Gives the exit code. */
export const runLeaseApi = async (settings: LeaseApiSettings): Promise<number> => {
  const log = createLogger({ level: settings.logLevel });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = createRuntimeMetrics(registry);
  const client = createKubeClient({ metrics: metrics.client, userAgent: 'kea-operator/apiserver' });
  const stopper = createStopper({ log, process });
  stopper.onStop('API client', () => client.close());
  const api = await startLeaseApi({
    client,
    namespace: settings.namespace,
    port: settings.port,
    certificate: {
      certFile: join(settings.tlsDirectory, 'tls.crt'),
      keyFile: join(settings.tlsDirectory, 'tls.key'),
    },
    log,
    registry,
    reflectorMetrics: metrics.reflector,
  });
  stopper.onStop('lease API', () => api.stop());
  const health = await startHealthServer({ port: settings.metricsPort, registry });
  stopper.onStop('metrics', () => health.close());
  log.info({ url: api.url }, 'the lease API listens');
  const { unclosed } = await stopper.stopped;
  return unclosed.length === 0 ? 0 : 1;
};

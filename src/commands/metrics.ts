/** How a process lets its metrics be read. */
import { join } from 'node:path';
import { awaitCertificate, type ServingCertificate, watchCertificate } from '../apiserver/certificate.ts';
import type { KubeClient } from '../runtime/client.ts';
import { systemClock } from '../runtime/clock.ts';
import type { HealthOptions, HealthServer } from '../runtime/health.ts';
import type { Logger } from '../runtime/log.ts';
import { createMetricsAccess } from '../runtime/metricsAccess.ts';
import type { ProcessMetrics } from '../runtime/processMetrics.ts';
import { ensureAuthority, expiryOf, issueLeaf } from '../workload/certificates.ts';

/** Longer than a process lives. */
const DAYS = 3650;
const EVERY_MS = 60_000;

/**
 * By HTTPS, to whom kube-apiserver knows and RBAC allows. The certificate is of this process alone: there is no other yet when the probes of a new
 * release have to be answered. It keeps tokens from being read on their way; {@link followCertificate} brings one that scrapers can check.
 */
export const authenticated = async (client: KubeClient): Promise<Pick<HealthOptions, 'access' | 'tls'>> => {
  const now = Date.now();
  const authority = await ensureAuthority('kea-operator metrics', undefined, now);
  const tls = await issueLeaf(authority, { commonName: 'kea-operator metrics', use: 'server', days: DAYS }, now);
  return { access: createMetricsAccess(client), tls };
};

interface FollowOptions {
  /** With tls.crt and tls.key, as soon as the operator has made them and the kubelet has brought them; left out: there is none. */
  readonly directory: string | undefined;
  readonly metrics: Pick<ProcessMetrics, 'onCertificate'>;
  readonly log: Logger;
}

/** Shows the certificate that the operator made for metrics, as soon as there is one, and each that follows it. Never rejects. */
export const followCertificate = async (
  health: Pick<HealthServer, 'setTls'>,
  { directory, metrics, log }: FollowOptions,
  signal: AbortSignal,
): Promise<void> => {
  if (directory === undefined) return;
  const files = { certFile: join(directory, 'tls.crt'), keyFile: join(directory, 'tls.key') };
  const show = (certificate: ServingCertificate): void => {
    health.setTls(certificate);
    metrics.onCertificate('metrics', expiryOf(certificate.cert));
  };
  try {
    const current = await awaitCertificate(files, systemClock, log, signal);
    show(current);
    const watch = { files, current, onChange: show, intervalMs: EVERY_MS, clock: systemClock, log };
    await watchCertificate(watch, signal);
  } catch (error) {
    if (!signal.aborted) log.error({ err: error }, 'the certificate of the metrics is not followed any more');
  }
};

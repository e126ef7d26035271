/** How a process lets its metrics be read. */
import type { KubeClient } from '../runtime/client.ts';
import type { HealthOptions } from '../runtime/health.ts';
import { createMetricsAccess } from '../runtime/metricsAccess.ts';
import { ensureAuthority, issueLeaf } from '../workload/certificates.ts';

/** Longer than a process lives. */
const DAYS = 3650;

/**
 * By HTTPS, to whom kube-apiserver knows and RBAC allows. The certificate is of this process alone: there is none yet when the probes of a new
 * release have to be answered. So tokens cannot be read on their way; scrapers take any certificate, as with Kubernetes' own programs by default.
 */
export const authenticated = async (client: KubeClient): Promise<Pick<HealthOptions, 'access' | 'tls'>> => {
  const now = Date.now();
  const authority = await ensureAuthority('kea-operator metrics', undefined, now);
  const tls = await issueLeaf(authority, { commonName: 'kea-operator metrics', use: 'server', days: DAYS }, now);
  return { access: createMetricsAccess(client), tls };
};

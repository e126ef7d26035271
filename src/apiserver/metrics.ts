/** The metrics of the lease API. */
import { Counter, Histogram, type Registry } from 'prom-client';

export interface LeaseApiMetrics {
  /** @param verb As {@link Route.verb}, or `other`. */
  onRequest(verb: string, code: number, seconds: number): void;
  /** Leases that were sent. */
  onLeases(count: number): void;
  /** Questions to kube-apiserver whether a user may. */
  onReview(result: 'allowed' | 'denied' | 'error'): void;
  /** A read of a lease store failed. */
  onUnavailable(): void;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Registers the metrics; a registry takes them once. */
export const createLeaseApiMetrics = (registry: Registry): LeaseApiMetrics => {
  const registers = [registry];
  const requests = new Counter({
    name: 'kea_operator_lease_api_requests_total',
    help: 'Requests to the lease API by verb and HTTP status.',
    labelNames: ['verb', 'code'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'kea_operator_lease_api_request_seconds',
    help: 'Time from a request to the last byte of its answer.',
    labelNames: ['verb'] as const,
    buckets: SECONDS,
    registers,
  });
  const leases = new Counter({
    name: 'kea_operator_lease_api_leases_total',
    help: 'Leases that were sent.',
    registers,
  });
  const reviews = new Counter({
    name: 'kea_operator_lease_api_access_reviews_total',
    help: 'SubjectAccessReviews by their result.',
    labelNames: ['result'] as const,
    registers,
  });
  const unavailable = new Counter({
    name: 'kea_operator_lease_api_source_failures_total',
    help: 'Reads of a lease store that failed.',
    registers,
  });
  return {
    onRequest: (verb, code, duration) => {
      requests.inc({ verb, code: String(code) });
      seconds.observe({ verb }, duration);
    },
    onLeases: (count) => {
      leases.inc(count);
    },
    onReview: (result) => {
      reviews.inc({ result });
    },
    onUnavailable: () => {
      unavailable.inc();
    },
  };
};

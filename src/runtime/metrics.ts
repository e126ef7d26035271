/**
 * The runtime's Prometheus metrics, named after those of controller-runtime and client-go: who knows one operator's
 * dashboard knows this one's.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ControllerMetrics } from './controller.ts';
import type { EventMetrics } from './events.ts';
import type { LeaderMetrics } from './leader.ts';
import type { ReflectorMetrics } from './reflector.ts';
import type { ClientMetrics } from './transport.ts';

export interface RuntimeMetrics {
  readonly client: ClientMetrics;
  readonly reflector: ReflectorMetrics;
  readonly events: EventMetrics;
  readonly leader: LeaderMetrics;
  /** @param name The controller's. */
  controller(name: string): ControllerMetrics;
}

const QUEUE_SECONDS = [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const PASS_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const REQUEST_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/** Registers the metrics; a registry takes them once. */
export const createRuntimeMetrics = (registry: Registry): RuntimeMetrics => {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]) =>
    new Histogram<L>({ name, help, labelNames, registers, buckets });

  const depth = gauge('workqueue_depth', 'Keys that are ready and wait for a worker.', ['name']);
  const adds = counter('workqueue_adds_total', 'Additions to the queue, before they are merged.', ['name']);
  const retries = counter('workqueue_retries_total', 'Passes that failed and are tried again.', ['name']);
  const waited = histogram(
    'workqueue_queue_duration_seconds',
    'How long a ready key waited for a worker.',
    ['name'],
    QUEUE_SECONDS,
  );
  const longestWait = gauge('workqueue_longest_wait_seconds', 'How long the key has waited that has waited longest.', [
    'name',
  ]);
  const longestPass = gauge(
    'workqueue_longest_running_processor_seconds',
    'How long the pass has gone on that has gone on longest.',
    ['name'],
  );
  const passes = counter('reconcile_total', 'Passes by their outcome.', ['controller', 'result']);
  const passSeconds = histogram('reconcile_duration_seconds', 'How long passes took.', ['controller'], PASS_SECONDS);
  const active = gauge('reconcile_active_workers', 'Workers that are in a pass.', ['controller']);
  const lists = counter('reflector_lists_total', 'Full lists of a resource.', ['resource']);
  const listed = gauge('reflector_list_objects', 'Objects in the last full list.', ['resource']);
  const watches = counter('reflector_watches_total', 'Watches that were opened.', ['resource']);
  const changes = counter('reflector_events_total', 'Changes that watches brought.', ['resource']);
  const broken = counter('reflector_failures_total', 'Lists and watches that broke.', ['resource', 'reason']);
  const requests = counter('rest_client_requests_total', 'Requests to the API server.', ['method', 'code']);
  const requestSeconds = histogram(
    'rest_client_request_duration_seconds',
    'Time until the API server began its answer.',
    ['method'],
    REQUEST_SECONDS,
  );
  const leads = gauge('leader_election_master_status', '1 while this process leads.', ['name']);
  const events = counter('events_total', 'Events by what became of them.', ['result']);

  return {
    client: {
      onRequest: (method, code, seconds) => {
        requests.inc({ method, code: String(code) });
        requestSeconds.observe({ method }, seconds);
      },
    },
    reflector: {
      onList: (resource, objects) => {
        lists.inc({ resource });
        listed.set({ resource }, objects);
      },
      onWatch: (resource) => {
        watches.inc({ resource });
      },
      onEvent: (resource) => {
        changes.inc({ resource });
      },
      onFailure: (resource, reason) => {
        broken.inc({ resource, reason });
      },
    },
    events: {
      onEvent: (result) => {
        events.inc({ result });
      },
    },
    leader: {
      onLeading: (name, leading) => {
        leads.set({ name }, leading ? 1 : 0);
      },
    },
    controller: (name) => ({
      onAdd: () => {
        adds.inc({ name });
      },
      onRetry: () => {
        retries.inc({ name });
      },
      onDepth: (keys) => {
        depth.set({ name }, keys);
      },
      onTaken: (seconds) => {
        waited.observe({ name }, seconds);
      },
      onLongest: (waitingSeconds, runningSeconds) => {
        longestWait.set({ name }, waitingSeconds);
        longestPass.set({ name }, runningSeconds);
      },
      onPass: (result, seconds) => {
        passes.inc({ controller: name, result });
        passSeconds.observe({ controller: name }, seconds);
      },
      onActive: (workers) => {
        active.set({ controller: name }, workers);
      },
    }),
  };
};

/** The runtime's Prometheus metrics: what controller-runtime and client-go have too, under our own prefix. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type ControllerMetrics, OUTCOMES } from './controller.ts';
import type { EventMetrics } from './events.ts';
import type { LeaderMetrics } from './leader.ts';
import type { ReflectorMetrics } from './reflector.ts';
import type { ClientMetrics } from './transport.ts';

/** Of every process. */
export interface ConnectionMetrics {
  readonly client: ClientMetrics;
  readonly reflector: ReflectorMetrics;
}

/** Of one that leads, or stands by to do so. */
export interface RuntimeMetrics extends ConnectionMetrics {
  readonly events: EventMetrics;
  readonly leader: LeaderMetrics;
  /** @param name The controller's. */
  controller(name: string): ControllerMetrics;
}

const QUEUE_SECONDS = [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const PASS_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const REQUEST_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/** What registers metrics in one registry. */
const registerIn = (registry: Registry) => {
  const registers = [registry];
  return {
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
      new Counter({ name: `kea_operator_${name}`, help, labelNames, registers }),
    gauge: <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
      new Gauge({ name: `kea_operator_${name}`, help, labelNames, registers }),
    histogram: <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]) =>
      new Histogram<L>({ name: `kea_operator_${name}`, help, labelNames, registers, buckets }),
  };
};

/** Registers the metrics; a registry takes them once. */
export const createConnectionMetrics = (registry: Registry): ConnectionMetrics => {
  const { counter, gauge, histogram } = registerIn(registry);
  const lists = counter('reflector_lists_total', 'Full lists of a resource.', ['resource']);
  const listed = gauge('reflector_list_objects', 'Objects in the last full list.', ['resource']);
  const watches = counter('reflector_watches_total', 'Watches that were opened.', ['resource']);
  const changes = counter('reflector_events_total', 'Changes that watches brought.', ['resource']);
  const broken = counter('reflector_failures_total', 'Lists and watches that broke.', ['resource', 'reason']);
  const requests = counter('rest_client_requests_total', 'Requests to the API server.', ['method', 'code']);
  const requestSeconds = histogram(
    'rest_client_request_seconds',
    'Time until the API server began its answer.',
    ['method'],
    REQUEST_SECONDS,
  );
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
  };
};

/** Registers these and those of connections; a registry takes them once. */
export const createRuntimeMetrics = (registry: Registry): RuntimeMetrics => {
  const { counter, gauge, histogram } = registerIn(registry);
  const depth = gauge('workqueue_depth', 'Keys that are ready and wait for a worker.', ['controller']);
  const adds = counter('workqueue_adds_total', 'Additions to the queue, before they are merged.', ['controller']);
  const retries = counter('workqueue_retries_total', 'Passes that failed and are tried again.', ['controller']);
  const waited = histogram(
    'workqueue_queue_seconds',
    'How long a ready key waited for a worker.',
    ['controller'],
    QUEUE_SECONDS,
  );
  const longestWait = gauge('workqueue_longest_wait_seconds', 'How long the key has waited that has waited longest.', [
    'controller',
  ]);
  const longestPass = gauge(
    'workqueue_longest_running_seconds',
    'How long the pass has gone on that has gone on longest.',
    ['controller'],
  );
  const passes = counter('reconcile_total', 'Passes by their outcome: success, requeue_after, error.', [
    'controller',
    'result',
  ]);
  const passSeconds = histogram('reconcile_seconds', 'How long passes took.', ['controller'], PASS_SECONDS);
  const active = gauge('active_workers', 'Workers that are in a pass.', ['controller']);
  const leads = gauge('leader', '1 where this process leads, 0 where it stands by.', []);
  const events = counter('events_total', 'Events by what became of them.', ['result']);

  return {
    ...createConnectionMetrics(registry),
    events: {
      onEvent: (result) => {
        events.inc({ result });
      },
    },
    leader: {
      onLeading: (_name, leading) => {
        leads.set(leading ? 1 : 0);
      },
    },
    controller: (controller) => {
      // A series that begins with its first failure shows no increase.
      for (const result of OUTCOMES) passes.inc({ controller, result }, 0);
      return {
        onAdd: () => {
          adds.inc({ controller });
        },
        onRetry: () => {
          retries.inc({ controller });
        },
        onDepth: (keys) => {
          depth.set({ controller }, keys);
        },
        onTaken: (seconds) => {
          waited.observe({ controller }, seconds);
        },
        onLongest: (waitingSeconds, runningSeconds) => {
          longestWait.set({ controller }, waitingSeconds);
          longestPass.set({ controller }, runningSeconds);
        },
        onPass: (result, seconds) => {
          passes.inc({ controller, result });
          passSeconds.observe({ controller }, seconds);
        },
        onActive: (workers) => {
          active.set({ controller }, workers);
        },
      };
    },
  };
};

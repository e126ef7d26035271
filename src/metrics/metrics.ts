/** The metrics of pairs. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { createLeaseMetrics, type LeaseMetrics, type MetricsDetail } from './leases.ts';
import type { PairLabels } from './statistics.ts';

/** What one server did to take a change. */
export type ChangePath = 'live' | 'pull' | 'config-set';

/** What there is to tell of a server. */
export interface ServerStatistics {
  readonly name: string;
  /** It answers, and serves. */
  readonly serving: boolean;
  readonly synchronized: boolean;
}

/** The parts of a pass, in their order. */
export type Phase =
  | 'definitions'
  | 'database'
  | 'workload'
  | 'look'
  | 'ensure'
  | 'plan'
  | 'preflight'
  | 'apply'
  | 'settle'
  | 'follow'
  | 'report'
  | 'publish';

/** What the operator tells about pairs, beside the controller's own metrics (src/runtime/metrics.ts). */
export interface OperatorMetrics extends LeaseMetrics {
  objects(pair: PairLabels, ipFamily: string, accepted: number, rejected: number): void;
  changes(pair: PairLabels, kind: string, op: string, count: number): void;
  driftCorrected(pair: PairLabels, count: number): void;
  preflightRefused(pair: PairLabels, count: number): void;
  serverTookChange(pair: PairLabels, path: ChangePath, seconds: number): void;
  /** All servers of the pair that are known to be in one state or another: those that are missing here are not told of any more. */
  servers(pair: PairLabels, ipFamily: string, servers: readonly ServerStatistics[]): void;
  /** How long a part of a pass took. */
  phase(phase: Phase, seconds: number): void;
  /** Drops everything of a pair that is gone. */
  forget(pair: PairLabels): void;
  /** Drops every gauge of every pair: another process tells of them now. */
  forgetAll(): void;
}

const PAIR = ['namespace', 'pair'] as const;

/** @param detail How much is told of leases: of a great many Subnets there are a great many series. */
export const createOperatorMetrics = (registry: Registry, detail: MetricsDetail = 'pools'): OperatorMetrics => {
  const registers = [registry];
  const objects = new Gauge({
    name: 'kea_operator_objects',
    help: 'Custom resources of a pair by verdict.',
    labelNames: [...PAIR, 'ip_family', 'verdict'],
    registers,
  });
  const changes = new Counter({
    name: 'kea_operator_changes_total',
    help: 'Rows written, by kind and operation.',
    labelNames: [...PAIR, 'kind', 'op'],
    registers,
  });
  const drift = new Counter({
    name: 'kea_operator_drift_corrected_total',
    help: 'Rows and server objects that differed from the desired state without a change of the desired state, and were put right.',
    labelNames: [...PAIR],
    registers,
  });
  const refusals = new Counter({
    name: 'kea_operator_preflight_refused_total',
    help: 'Objects that a server refused in the test before writing.',
    labelNames: [...PAIR],
    registers,
  });
  const took = new Histogram({
    name: 'kea_operator_server_change_seconds',
    help: 'How long a server took for a change, by the path it went.',
    labelNames: [...PAIR, 'path'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const phases = new Histogram({
    name: 'kea_operator_pass_phase_seconds',
    help: 'How long the parts of a pass took: where the time goes between a change and the servers that run it.',
    labelNames: ['phase'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const up = new Gauge({
    name: 'kea_operator_server_up',
    help: '1 where the server answers and its DHCP sockets are open.',
    labelNames: [...PAIR, 'server', 'ip_family'],
    registers,
  });
  const synchronized = new Gauge({
    name: 'kea_operator_server_synchronized',
    help: '1 where the server runs the present configuration.',
    labelNames: [...PAIR, 'server', 'ip_family'],
    registers,
  });
  const leases = createLeaseMetrics(registry, detail);
  const gauges = [objects, up, synchronized];
  const ofPairs: readonly PairMetric[] = [...gauges, changes, drift, refusals, took];

  return {
    objects: (pair, ipFamily, accepted, rejected) => {
      const labels = { ...pair, ip_family: ipFamily };
      objects.set({ ...labels, verdict: 'accepted' }, accepted);
      objects.set({ ...labels, verdict: 'rejected' }, rejected);
    },
    changes: (pair, kind, op, count) => {
      changes.inc({ ...pair, kind, op }, count);
    },
    driftCorrected: (pair, count) => {
      drift.inc({ ...pair }, count);
    },
    preflightRefused: (pair, count) => {
      refusals.inc({ ...pair }, count);
    },
    serverTookChange: (pair, path, seconds) => {
      took.observe({ ...pair, path }, seconds);
    },
    servers: (pair, ipFamily, servers) => {
      for (const { name, serving, synchronized: current } of servers) {
        up.set({ ...pair, server: name, ip_family: ipFamily }, serving ? 1 : 0);
        synchronized.set({ ...pair, server: name, ip_family: ipFamily }, current ? 1 : 0);
      }
      const names = new Set<unknown>(servers.map(({ name }) => name));
      const goes = ({ server, ip_family }: Labels): boolean => ip_family === ipFamily && !names.has(server);
      for (const gauge of [up, synchronized]) void drop(gauge, pair, goes);
    },
    phase: (phase, seconds) => {
      phases.observe({ phase }, seconds);
    },
    utilization: (...told) => {
      leases.utilization(...told);
    },
    statistics: (...told) => {
      leases.statistics(...told);
    },
    forget: (pair) => {
      for (const metric of ofPairs) void drop(metric, pair, () => true);
      leases.forget(pair);
    },
    forgetAll: () => {
      for (const gauge of gauges) gauge.reset();
      leases.forgetAll();
    },
  };
};

type Labels = Partial<Record<string, string | number>>;

/** Of a metric whose series are of one pair each. */
interface PairMetric {
  get(): Promise<{ readonly values: readonly { readonly labels: Labels }[] }>;
  remove(labels: Labels): void;
}

const drop = async (metric: PairMetric, pair: PairLabels, goes: (labels: Labels) => boolean): Promise<void> => {
  const { values } = await metric.get();
  // Of a histogram every bucket is a value, and all of them are one series.
  for (const { labels } of values) {
    const { le: _, ...series } = labels;
    if (labels.namespace === pair.namespace && labels.pair === pair.pair && goes(labels)) metric.remove(series);
  }
};

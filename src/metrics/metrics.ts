/** The metrics of pairs. */
import { Counter, Histogram, type Registry } from 'prom-client';
import { createLeaseMetrics, type LeaseMetrics, type MetricsDetail } from './leases.ts';
import { createPairMetrics, type PairMetrics } from './pairs.ts';
import type { PairLabels } from './statistics.ts';

/** What one server did to take a change. */
export type ChangePath = 'live' | 'pull' | 'config-set';

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
export interface OperatorMetrics extends LeaseMetrics, PairMetrics {
  changes(pair: PairLabels, kind: string, op: string, count: number): void;
  driftCorrected(pair: PairLabels, count: number): void;
  preflightRefused(pair: PairLabels, count: number): void;
  serverTookChange(pair: PairLabels, path: ChangePath, seconds: number): void;
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
  const pairs = createPairMetrics(registry);
  const leases = createLeaseMetrics(registry, detail);
  const ofPairs: readonly PairMetric[] = [changes, drift, refusals, took];

  return {
    ...leases,
    ...pairs,
    pass: (pair, ipFamily, facts) => {
      pairs.pass(pair, ipFamily, facts);
      // From the first pass on: of a series that begins with 1 nobody sees that it has grown.
      for (const counter of [drift, refusals]) counter.inc({ ...pair }, 0);
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
    phase: (phase, seconds) => {
      phases.observe({ phase }, seconds);
    },
    forget: (pair) => {
      for (const metric of ofPairs) void drop(metric, pair);
      pairs.forget(pair);
      leases.forget(pair);
    },
    forgetAll: () => {
      pairs.forgetAll();
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

const drop = async (metric: PairMetric, { namespace, pair }: PairLabels): Promise<void> => {
  const { values } = await metric.get();
  // Of a histogram every bucket is a value, and all of them are one series.
  for (const { labels } of values) {
    const { le: _, ...series } = labels;
    if (labels.namespace === namespace && labels.pair === pair) metric.remove(series);
  }
};

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SubnetUsage } from '../leases/source.ts';

/** Names one pair in every metric. */
export interface PairLabels {
  readonly namespace: string;
  readonly pair: string;
}

/** What one server did to take a change. */
export type ChangePath = 'live' | 'pull' | 'config-set';

/** The parts of a turn, in their order. */
export type Phase =
  | 'definitions'
  | 'database'
  | 'workload'
  | 'look'
  | 'plan'
  | 'preflight'
  | 'apply'
  | 'settle'
  | 'follow'
  | 'report'
  | 'publish';

/** What the operator tells about pairs, beside the controller's own metrics (src/runtime/metrics.ts). */
export interface OperatorMetrics {
  objects(pair: PairLabels, accepted: number, rejected: number): void;
  changes(pair: PairLabels, kind: string, op: string, count: number): void;
  driftCorrected(pair: PairLabels, count: number): void;
  preflightRefused(pair: PairLabels, count: number): void;
  serverTookChange(pair: PairLabels, path: ChangePath, seconds: number): void;
  server(pair: PairLabels, server: string, up: boolean, synchronized: boolean): void;
  /** How long a part of a turn took. */
  phase(phase: Phase, seconds: number): void;
  utilization(pair: PairLabels, subnets: ReadonlyMap<number, string>, usages: readonly SubnetUsage[]): void;
  /** Drops every gauge of a pair that is gone. */
  forget(pair: PairLabels): void;
  /** Drops every gauge of every pair: another process tells of them now. */
  forgetAll(): void;
}

const PAIR = ['namespace', 'pair'] as const;

export const createOperatorMetrics = (registry: Registry): OperatorMetrics => {
  const registers = [registry];
  const objects = new Gauge({
    name: 'kea_operator_objects',
    help: 'Custom resources of a pair by verdict.',
    labelNames: [...PAIR, 'verdict'],
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
    help: 'Rows and server objects that differed from the wish without a change of the wish, and were put right.',
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
    name: 'kea_operator_turn_phase_seconds',
    help: 'How long the parts of a turn took: where the time goes between a change and the servers that run it.',
    labelNames: ['phase'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const up = new Gauge({
    name: 'kea_operator_server_up',
    help: '1 where the server answers and its DHCP sockets are open.',
    labelNames: [...PAIR, 'server'],
    registers,
  });
  const synchronized = new Gauge({
    name: 'kea_operator_server_synchronized',
    help: '1 where the server runs the present configuration.',
    labelNames: [...PAIR, 'server'],
    registers,
  });
  const addresses = new Gauge({
    name: 'kea_operator_subnet_addresses',
    help: 'Addresses of a subnet: total in its pools, assigned, declined.',
    labelNames: [...PAIR, 'subnet', 'state'],
    registers,
  });
  const gauges: readonly Gauge[] = [objects, up, synchronized, addresses];

  return {
    objects: (pair, accepted, rejected) => {
      objects.set({ ...pair, verdict: 'accepted' }, accepted);
      objects.set({ ...pair, verdict: 'rejected' }, rejected);
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
    server: (pair, server, isUp, isSynchronized) => {
      up.set({ ...pair, server }, isUp ? 1 : 0);
      synchronized.set({ ...pair, server }, isSynchronized ? 1 : 0);
    },
    phase: (phase, seconds) => {
      phases.observe({ phase }, seconds);
    },
    utilization: (pair, subnets, usages) => {
      for (const usage of usages) {
        const subnet = subnets.get(usage.subnetId);
        if (subnet === undefined) continue;
        const figures = { total: usage.total, assigned: usage.assigned, declined: usage.declined };
        for (const [state, value] of Object.entries(figures)) {
          if (value !== undefined) addresses.set({ ...pair, subnet, state }, value);
        }
      }
    },
    forget: (pair) => {
      for (const gauge of gauges) void forgetPair(gauge, pair);
    },
    forgetAll: () => {
      for (const gauge of gauges) gauge.reset();
    },
  };
};

const forgetPair = async (gauge: Gauge, pair: PairLabels): Promise<void> => {
  const { values } = await gauge.get();
  for (const { labels } of values) {
    if (labels.namespace === pair.namespace && labels.pair === pair.pair) gauge.remove(labels);
  }
};

/** Names of metrics: whose they are can be seen, and what kind they are (prometheus.io, "Metric and label naming"). */
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createLeaseApiMetrics } from '../../src/apiserver/metrics.ts';
import { createOperatorMetrics } from '../../src/metrics/metrics.ts';
import { STORK_METRICS } from '../../src/metrics/stork.ts';
import { createRuntimeMetrics } from '../../src/runtime/metrics.ts';
import { describeProcess } from '../../src/runtime/processMetrics.ts';

interface Registered {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

const registry = new Registry();
createOperatorMetrics(registry);
createRuntimeMetrics(registry);
createLeaseApiMetrics(registry);
describeProcess(registry, '');
const all = registry.getMetricsAsArray() as unknown as readonly Registered[];
const storks = new Set(STORK_METRICS.map(({ name }) => name));
const own = all.filter(({ name }) => !storks.has(name));

it('every metric is ours by its prefix, or one of Stork’s', () => {
  expect(own.filter(({ name }) => !name.startsWith('kea_operator_'))).toEqual([]);
  expect(own.length).toBeGreaterThan(50);
});

it.each(own.map((metric) => [metric.name, metric] as const))(
  '%s is named after what it is',
  (name, { type, labelNames }) => {
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    for (const label of labelNames) expect(label).toMatch(/^[a-z][a-z0-9_]*$/);
  },
);

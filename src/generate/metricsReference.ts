/** docs/reference/metrics.md: every metric of the project's own, from where each is registered. */
import { Registry } from 'prom-client';
import { createLeaseApiMetrics } from '../apiserver/metrics.ts';
import { createOperatorMetrics } from '../metrics/metrics.ts';
import { createRuntimeMetrics } from '../runtime/metrics.ts';
import { cell, code, table } from './markdown.ts';

/** A metric as the library keeps it; its types do not name the labels. */
interface Registered {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

const section = (title: string, text: string, register: (registry: Registry) => unknown): string => {
  const registry = new Registry();
  register(registry);
  const metrics = registry.getMetricsAsArray() as unknown as readonly Registered[];
  return [
    `## ${title}`,
    text,
    table(
      ['Metric', 'Type', 'Labels', 'Meaning'],
      metrics.map(({ name, help, type, labelNames }) => [
        code(name),
        type,
        labelNames.map(code).join(', '),
        cell(help),
      ]),
    ),
  ].join('\n\n');
};

/** The page. */
export const metricsReference = (): string =>
  [
    '<!-- Generated from the metrics in src by `npm run generate`: change them there. -->',
    '# Metrics',
    'How they are read: [install.md](../install.md#metrics). Beside these there are those of the process: `process_…`, `nodejs_…`.',
    section(
      'Pairs',
      'Of the operator, by the process that leads. What is not known has no series: of a server in a pass that did not come so far as to look at it (as of a paused HAPair), of a Subnet whose leases cannot be read now. What is deleted or taken out of its HAPair loses its series within a minute. `kea_operator_subnet_addresses` and `kea_operator_subnet_prefixes` have the figures of `status.utilization`, of both lease storages; pools are full where `assigned`, or `delegated`, comes near `total`.',
      createOperatorMetrics,
    ),
    section('Work', 'Of operator and lease API: queues, watches, requests to the API server.', createRuntimeMetrics),
    section('Lease API', 'Of the lease API.', createLeaseApiMetrics),
  ].join('\n\n') + '\n';

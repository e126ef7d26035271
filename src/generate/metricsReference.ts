/** docs/reference/metrics.md: every metric of the project's own, from where each is registered. */
import { Registry } from 'prom-client';
import { createLeaseApiMetrics } from '../apiserver/metrics.ts';
import { createOperatorMetrics } from '../metrics/metrics.ts';
import { createRuntimeMetrics } from '../runtime/metrics.ts';
import { describeProcess } from '../runtime/processMetrics.ts';
import { cell, code, table } from './markdown.ts';

/** A metric as the library keeps it; its types do not name the labels. */
interface Registered {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

const section = (
  title: string,
  text: string,
  register: (registry: Registry) => unknown,
  isMeant: (name: string) => boolean = () => true,
): string => {
  const registry = new Registry();
  register(registry);
  const all = registry.getMetricsAsArray() as unknown as readonly Registered[];
  const metrics = all.filter(({ name }) => isMeant(name));
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

const isOwn = (name: string): boolean => name.startsWith('kea_operator_');

const STORK = [
  "Of pairs too, under the names and with the labels of Stork's exporter, so that its two Grafana dashboards of Kea show figures. All are gauges, as there.",
  '`instance` is the HAPair, `NAMESPACE/PAIR`, where the scraper lets us say so (`honorLabels` of a PodMonitor, which that of the chart has; `honor_labels` of Prometheus); else it is the process that leads. Figures with the label `server` are of one server each, as that tells them: those of a Subnet where its servers have up to 500, as all are asked for at once, which takes a server 0.1 ms for each; those of a pool where it is the only one of its Subnet, as Kea tells pools apart by a number that the configuration backend has no column for. All else is counted in the lease store.',
  '`subnet` and `prefix` are the prefix of the Subnet, `pool_id` is the pool as in the specification. Metrics of pools are left out by `metrics.detail: subnets` of the chart (`--metrics-detail`), those of Subnets as well by `servers`. Of a HAPair with 10,000 Subnets of one pool each a scrape has 18 MB and takes half a second, without pools 12 MB; of three pools each 30 MB.',
].join('\n\n');

const PAIRS = [
  'Of the operator, by the process that leads: when it stops leading, all gauges of pairs go with it, and another process has them within seconds. They are set by every pass, at least each minute, and also while the database or a server is away; what is deleted or taken out of its HAPair loses its series within a minute. What is not known has no series: servers in a pass that did not come so far as to look at them (as of a paused HAPair), Subnets whose leases cannot be read now. `kea_operator_objects`, `kea_operator_deletions_withheld` and the certificates stay as they were last found, as the status does.',
  'Those of Subnets have the figures of `status.utilization`, of both lease storages, by the pools of the specification: pools are full where `kea_operator_subnet_addresses_assigned` comes near `kea_operator_subnet_addresses`. `metrics.detail: servers` of the chart leaves them out. `shared_network` is empty without one.',
  'What servers count since they started (`kea_operator_server_…_total`) is asked for every half minute: use `rate` or `increase`, which know of restarts. Each server counts what it did itself, so that sums over the servers are those of the pair. `type` is the type of a packet by Kea’s name: `discover`, `request`, `decline`, `ack`, `nak`, `solicit`, `reply` and so on.',
].join('\n\n');

/** The page. */
export const metricsReference = (): string =>
  [
    '<!-- Generated from the metrics in src by `npm run generate`: change them there. -->',
    '# Metrics',
    'How they are read: [install.md](../install.md#metrics). Beside these there are those of the process: `process_…`, `nodejs_…`.',
    section('Pairs', PAIRS, createOperatorMetrics, isOwn),
    section('As Stork has them', STORK, createOperatorMetrics, (name) => !isOwn(name)),
    section(
      'Work',
      'Of the operator: queues, watches, requests to the API server. The lease API has those of watches and requests (`kea_operator_reflector_…`, `kea_operator_rest_client_…`), too.',
      createRuntimeMetrics,
    ),
    section('Processes', 'Of operator and lease API.', (registry) => describeProcess(registry, '')),
    section('Lease API', 'Of the lease API.', createLeaseApiMetrics),
  ].join('\n\n') + '\n';

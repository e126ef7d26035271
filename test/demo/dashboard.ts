/** What the chart's dashboard of Subnets shows, asked of a Prometheus that reads the cluster as docs/how-to/metrics-and-alerts.md says. */
import type { Cluster } from '../support/cluster.ts';
import { panelQueries, readDashboards, readRules, withEverything } from '../support/monitoring.ts';
import { type Sample, startPrometheus } from '../support/prometheus.ts';
import { until } from '../support/run.ts';
import type { Show } from '../support/scenario.ts';
import { openScrape } from '../support/scrape.ts';

const DASHBOARD = 'kea-subnets.json';
const SHOWN = ['IPv4 addresses in pools', 'IPv4 addresses given', 'The fullest Subnets'];

/** Lines of figures, once addresses that were given are among them: leases are counted every half minute. */
export const showDashboard = async (cluster: Cluster, show: Show): Promise<string> => {
  const scrape = await openScrape(cluster);
  const prometheus = await startPrometheus(cluster, { rules: readRules(), scrape: [scrape.config] });
  try {
    const all = readDashboards().flatMap(panelQueries);
    const queries = SHOWN.map((title) => all.find(({ where }) => where === `${DASHBOARD}: ${title}`)?.expr ?? '');
    const figures = await until('figures of leases', 90, async () => {
      const answers = await prometheus.query(...queries.map((expr) => withEverything(expr)));
      return isComplete(answers) ? answers : undefined;
    });
    show(`# ${DASHBOARD}, by a Prometheus beside the cluster`, figures.map(linesOf).join('\n'));
    return 'the panels of the dashboard have figures, read over TLS with a token';
  } finally {
    await prometheus.stop();
    await scrape.remove();
  }
};

type Answers = readonly (readonly Sample[])[];

const isComplete = (answers: readonly (readonly Sample[] | string)[]): answers is Answers =>
  answers.every((answer) => typeof answer !== 'string' && answer.some(({ value: [, value] }) => Number(value) > 0));

const linesOf = (samples: readonly Sample[], index: number): string =>
  samples
    .map(({ metric: { subnet, cidr }, value: [, value] }) => {
      const what = subnet === undefined ? '' : `, ${subnet} (${cidr ?? ''})`;
      return `${SHOWN[index] ?? ''}${what}: ${value}${subnet === undefined ? '' : ' %'}`;
    })
    .join('\n');

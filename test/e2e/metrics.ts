/** Alerts and dashboards of the chart, asked of a real Prometheus that reads the cluster as docs/how-to/metrics-and-alerts.md says. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  panelQueries,
  type Query,
  readDashboards,
  readRules,
  ruleQueries,
  variableQueries,
  withEverything,
} from '../support/monitoring.ts';
import { type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { openScrape, type Scrape } from '../support/scrape.ts';
import { cluster } from './context.ts';

/** What is empty where all is well, or where nothing of it is in this cluster any more; everything else has series. */
const MAY_BE_EMPTY: readonly RegExp[] = [
  /: annotations$/,
  /: Nothing to give$/,
  /: Reserved addresses that others had$/,
  /^kea-subnets\.json: (Declined|Prefixes|Prefixes delegated)$/,
];

/** Of a pair of IPv6, which is gone by now: that these metrics are there test/unit/monitoring.test.ts knows. */
const isOfSix = ({ expr }: Query): boolean => expr.includes('kea_dhcp6_');

const rules = readRules();
const dashboards = readDashboards();

let scrape: Scrape;
let prometheus: Prometheus;

const answersOf = async (queries: readonly Query[]) => {
  const answers = await prometheus.query(...queries.map(({ expr }) => withEverything(expr)));
  return queries.map(({ where, expr }, index) => ({ where, expr, answer: answers[index] ?? [] }));
};

export const metrics = (): void => {
  beforeAll(async () => {
    scrape = await openScrape(cluster);
    prometheus = await startPrometheus(cluster, { rules, scrape: [scrape.config] });
  });
  afterAll(async () => {
    await prometheus.stop();
    await scrape.remove();
  });

  it('are read of each process, by a token and by a CA', async () => {
    // A process shows a certificate of its own until the kubelet has brought the one that the CA signed.
    await eventually(async () => {
      const targets = await prometheus.targets();
      expect(targets.map(({ health, lastError }) => `${health} ${lastError}`.trim())).toEqual(targets.map(() => 'up'));
      const pods = targets.map(({ labels }) => labels.pod?.replace(/-\w+-\w+$/, '')).toSorted();
      expect(pods).toEqual(['kea-operator', 'kea-operator-leases', 'kea-operator-leases']);
    }, 120_000);
  });

  it('have what every dashboard asks for', async () => {
    // A rate is of two looks, and what servers count is asked for every half minute.
    await eventually(async () => {
      const found = await answersOf(dashboards.flatMap(panelQueries));
      expect(found.filter(({ answer }) => typeof answer === 'string')).toEqual([]);
      const empty = found.filter((one) => one.answer.length === 0 && !isOfSix(one)).map(({ where }) => where);
      expect(empty.filter((where) => !MAY_BE_EMPTY.some((one) => one.test(where)))).toEqual([]);
    }, 60_000);
  });

  it('have values for every variable of a dashboard', async () => {
    const variables = dashboards.flatMap(variableQueries);
    const answers = await answersOf(variables);
    for (const { where, answer } of answers) {
      const label = variables.find((one) => one.where === where)?.label ?? '';
      expect(
        typeof answer === 'string' ? answer : answer.filter(({ metric }) => metric[label] === undefined),
        where,
      ).toEqual([]);
      expect(answer, where).not.toEqual([]);
    }
  });

  it('let every rule be evaluated', async () => {
    const found = await answersOf(ruleQueries(rules));
    expect(found.filter(({ answer }) => typeof answer === 'string')).toEqual([]);
    await eventually(async () => {
      const states = await prometheus.rules();
      expect(states.filter(({ health }) => health !== 'ok')).toEqual([]);
      expect(states).toHaveLength(ruleQueries(rules).length);
    }, 30_000);
  });
};

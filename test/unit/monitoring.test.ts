/** Alerts, their pages, dashboards, and the metrics that they ask for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/cluster.ts';
import {
  alertsOf,
  panelQueries,
  type Query,
  readDashboards,
  readRules,
  ruleQueries,
  variableQueries,
} from '../support/monitoring.ts';

const rules = readRules();
const alerts = alertsOf(rules);
const dashboards = readDashboards();
const names = [...new Set(alerts.map(({ alert }) => alert))].toSorted();

const RUNBOOKS = join(ROOT, 'docs/runbooks');
const pages = readdirSync(RUNBOOKS)
  .filter((file) => file !== 'README.md')
  .toSorted();

describe('runbooks', () => {
  it('are there for every alert, and for no other', () => {
    expect(pages).toEqual(names.map((name) => `${name}.md`));
  });

  it.each(pages)('%s says all that is asked at night', (page) => {
    const text = readFileSync(join(RUNBOOKS, page), 'utf8');
    expect(text).toMatch(new RegExp(`^# ${page.replace('.md', '')}\n`));
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['What clients notice', 'What to look at', 'What to do', 'When it goes away']);
  });

  it('are all in the list of them', () => {
    const list = readFileSync(join(RUNBOOKS, 'README.md'), 'utf8');
    const linked = [...list.matchAll(/\]\((Kea\w+\.md)\)/g)].map(([, page]) => page);
    expect([...new Set(linked)].toSorted()).toEqual(pages);
  });
});

describe('alerts', () => {
  it.each(alerts.map((alert) => [alert.alert, alert] as const))(
    '%s says what is so',
    (name, { labels, annotations }) => {
      expect(['info', 'warning', 'critical']).toContain(labels?.severity);
      expect(annotations).toEqual({
        summary: expect.stringMatching(/./) as string,
        description: expect.stringMatching(/\.$/) as string,
        impact: expect.stringMatching(/\.$/) as string,
        runbook_url: `docs/runbooks/${name}.md`,
      });
    },
  );
});

/** Labels of the metrics that there are: those of the reference, which is made from the code. */
const METRICS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  [
    ...readFileSync(join(ROOT, 'docs/reference/metrics.md'), 'utf8').matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \| /gm),
  ].map(([, name = '', , labels = '']) => [
    name,
    new Set([...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label)),
  ]),
);

const HISTOGRAM = /_(?:bucket|sum|count)$/;
/** Whoever scrapes gives these to all. */
const SCRAPED = ['pod', 'namespace'];

/** What is asked for and is not there: metrics, and labels of metrics. */
const missing = ({ expr, where }: Query): readonly string[] =>
  [...expr.matchAll(/\b((?:kea_operator|kea_dhcp[46]|storkserver)_\w+)(?:\{([^}]*)\})?/g)].flatMap(
    ([, asked = '', selectors = '']) => {
      const labels = METRICS.get(asked) ?? METRICS.get(asked.replace(HISTOGRAM, ''));
      if (labels === undefined) return [`${where}: ${asked}`];
      return [...selectors.matchAll(/(\w+)\s*[=!]/g)].flatMap(([, label = '']) =>
        labels.has(label) || SCRAPED.includes(label) ? [] : [`${where}: ${asked}{${label}}`],
      );
    },
  );

describe('metrics', () => {
  it('that alerts ask for are there, with their labels', () => {
    expect(ruleQueries(rules).flatMap(missing)).toEqual([]);
  });

  it.each(dashboards)('that $file asks for are there, with their labels', (dashboard) => {
    expect([...panelQueries(dashboard), ...variableQueries(dashboard)].flatMap(missing)).toEqual([]);
  });
});

/** Those that every Grafana has. */
const PANELS = ['bargauge', 'row', 'stat', 'state-timeline', 'table', 'timeseries'];

describe.each(dashboards)('the dashboard $file', ({ uid, schemaVersion, panels, templating }) => {
  it('is one of a Grafana without plugins', () => {
    expect(uid).toMatch(/^kea-operator-\w+$/);
    expect(schemaVersion).toBeGreaterThanOrEqual(41);
    expect(panels.filter(({ type }) => !PANELS.includes(type))).toEqual([]);
  });

  it('asks the Prometheus that is chosen', () => {
    expect(templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
    const asking = panels.filter(({ type }) => type !== 'row');
    expect(asking.filter(({ datasource }) => datasource?.uid !== '${datasource}')).toEqual([]);
    expect(asking.filter(({ targets = [] }) => targets.length === 0)).toEqual([]);
  });

  it('says of every panel what it shows', () => {
    const silent = panels.filter(
      ({ type, title, description = '' }) => title === '' || (type !== 'row' && description === ''),
    );
    expect(silent.map(({ id, title }) => `${id} ${title}`)).toEqual([]);
  });

  it('has a place for every panel', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });
});

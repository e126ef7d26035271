/** Grafana's own types read the dashboards. No API server is needed. */
import { expect, it } from 'vitest';
import { readDashboards } from '../support/monitoring.ts';
import { binary } from '../support/postgres.ts';
import { run } from '../support/run.ts';

const wrongIn = async (dashboard: object): Promise<readonly string[]> => {
  const input = JSON.stringify({ ...dashboard, file: undefined });
  return JSON.parse(await run(await binary('dashboard-judge'), [], { input })) as readonly string[];
};

const dashboards = readDashboards();

it.each(dashboards)('knows every field of $file, and misses none', async (dashboard) => {
  expect(await wrongIn(dashboard)).toEqual([]);
});

it('would find what is misspelt or missing, in panels and queries too', async () => {
  const [dashboard] = dashboards;
  const stat = dashboard?.panels.find(({ type }) => type === 'stat');
  if (dashboard === undefined || stat === undefined) throw new Error('no panel');
  const [query] = stat.targets ?? [];
  const panel = { ...stat, options: { colourMode: 'none' }, targets: [{ ...query, legend: '' }], gridpos: {} };
  const unknown = { ...stat, type: 'stats' };
  const wrong = await wrongIn({ ...dashboard, panels: [panel, unknown], refreshing: '1m' });
  expect(wrong).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^Dashboard: unexpected field 'refreshing'/),
      expect.stringMatching(/^panels\[0\]\.Panel: unexpected field 'gridpos'/),
      expect.stringMatching(/^panels\[0\]\.options\.Options: unexpected field 'colourMode'/),
      expect.stringMatching(/^panels\[0\]\.options\.\w+: required field is missing/),
      expect.stringMatching(/^panels\[0\]\.targets\[0\]\.Dataquery: unexpected field 'legend'/),
      'panels[1]: nobody here knows the type "stats"',
    ]),
  );
});

/** Alerts and dashboards of the chart as Prometheus and Grafana take them. No API server is needed. */
import { describe, expect, it } from 'vitest';
import { renderChart } from '../support/chart.ts';
import { alertsOf, readDashboards, readRules, type Rules, RULES_FILE } from '../support/monitoring.ts';
import { promtool } from '../support/promtool.ts';
import { ALERT_CASES } from './alerts/cases.ts';
import { type AlertCase, labelsOf, LEADER } from './alerts/series.ts';

const plain = readRules();
const names = new Set(alertsOf(plain).map(({ alert }) => alert));

/** All that fires is told, so that an alert that should not is seen in the cases of all others. */
const unitTest = ({ what, series, at, fires }: AlertCase) => ({
  name: what,
  interval: '1m',
  input_series: Object.entries({ [LEADER]: `1x${at}`, ...series }).map(([name, values]) => ({ series: name, values })),
  promql_expr_test: [
    {
      expr: 'ALERTS{alertstate="firing"}',
      eval_time: `${at}m`,
      exp_samples: fires.map(({ alert, labels }) => ({
        labels: `ALERTS${labelsOf({ alertname: alert, alertstate: 'firing', ...labels })}`,
        value: 1,
      })),
    },
  ],
});

/** One after the other, and all of them though one fails: what it prints names those. */
const test = async (tests: readonly object[]): Promise<void> => {
  const { code, stdout, stderr } = await promtool(['test', 'rules'], {
    rule_files: [RULES_FILE],
    evaluation_interval: '1m',
    tests,
  });
  expect(code, stdout + stderr).toBe(0);
};

describe('alerts', () => {
  it('are those of their cases, and no others', async () => {
    await test(ALERT_CASES.map(unitTest));
  });

  it('each fire in some case', () => {
    const fired = new Set(ALERT_CASES.flatMap(({ fires }) => fires.map(({ alert }) => alert)));
    expect([...fired].toSorted()).toEqual([...names].toSorted());
  });

  it('tell whom they are about', async () => {
    const full = (labels: Readonly<Record<string, string>>) =>
      ['addresses', 'addresses_assigned'].map((metric) => ({
        series: `kea_operator_subnet_${metric}${labelsOf({ namespace: 'net', pair: 'office', ip_family: 'IPv4', ...labels })}`,
        values: '50x9',
      }));
    const exhausted = (who: string, labels: Readonly<Record<string, string>>) => ({
      exp_labels: {
        severity: 'critical',
        of: 'addresses',
        namespace: 'net',
        pair: 'office',
        ip_family: 'IPv4',
        ...labels,
      },
      exp_annotations: {
        summary: `${who} has given all of its addresses`,
        description: 'All addresses in the pools (IPv4, HAPair office) are leased or declined.',
        impact: 'New clients get none. Those that have a lease renew it as ever, and reservations are served.',
        runbook_url: 'docs/runbooks/KeaSubnetExhausted.md',
      },
    });
    const desks = { subnet: 'desks', cidr: '192.0.2.0/24' };
    await test([
      {
        interval: '1m',
        input_series: [
          ...full({ ...desks, shared_network: '' }),
          ...full({ subnet: 'guests', cidr: '198.51.100.0/24', shared_network: 'floor' }),
        ],
        alert_rule_test: [
          {
            alertname: 'KeaSubnetExhausted',
            eval_time: '5m',
            exp_alerts: [
              exhausted('Subnet net/desks', desks),
              exhausted('SharedNetwork net/floor', { shared_network: 'floor' }),
            ],
          },
        ],
      },
    ]);
  });

  it('that are not expected are told', async () => {
    const wrong = { ...unitTest({ what: 'nobody leads', series: { [LEADER]: '0x9' }, at: 9, fires: [] }) };
    await expect(test([wrong])).rejects.toThrow('KeaOperatorNoLeader');
  });
});

describe('the PrometheusRule', () => {
  const rendered = async (values: object = {}): Promise<Rules> => {
    const objects = await renderChart({ metrics: { prometheusRule: { enabled: true, ...values } } });
    const [rule] = objects.filter(({ kind }) => kind === 'PrometheusRule');
    return rule?.spec as Rules;
  };

  it('is there where it is asked for, and says what the file says', async () => {
    expect((await renderChart()).filter(({ kind }) => kind === 'PrometheusRule')).toEqual([]);
    expect(await rendered()).toEqual(plain);
  });

  it('is one that Prometheus takes, with all that can be changed', async () => {
    const threshold = { KeaSubnetUsageHigh: { threshold: 72.5, for: '2h', labels: { severity: 'warning' } } };
    const alerts = { ...threshold, KeaDriftCorrected: { enabled: false } };
    const rules = await rendered({
      alerts,
      interval: '30s',
      alertLabels: { team: 'network', severity: 'none' },
      runbookBaseUrl: 'https://git.example.org/kea-operator/',
    });
    const { code, stdout, stderr } = await promtool(['check', 'rules'], rules);
    expect(code, stdout + stderr).toBe(0);
    expect(rules.groups.map(({ interval }) => interval)).toEqual(['30s', '30s', '30s']);
    const found = alertsOf(rules);
    expect(found.map(({ alert }) => alert)).not.toContain('KeaDriftCorrected');
    expect(found.find(({ alert }) => alert === 'KeaSubnetUsageHigh')).toMatchObject({
      expr: 'kea:usage:percent > 72.5',
      for: '2h',
      labels: { severity: 'warning', team: 'network' },
      annotations: { runbook_url: 'https://git.example.org/kea-operator/docs/runbooks/KeaSubnetUsageHigh.md' },
    });
    expect(found.find(({ alert }) => alert === 'KeaBothServersDown')?.labels).toEqual({
      severity: 'critical',
      team: 'network',
    });
  });

  it.each<[string, object, string]>([
    ['an alert that there is not', { KeaServerDwn: { enabled: false } }, 'alerts.KeaServerDwn: there is no such alert'],
    ['a threshold of what has none', { KeaServerDown: { threshold: 2 } }, 'alerts.KeaServerDown.threshold'],
    ['a time that is none', { KeaServerDown: { for: 'soon' } }, 'for'],
  ])('refuses %s', async (_, alerts, message) => {
    await expect(rendered({ alerts })).rejects.toThrow(message);
  });
});

describe('the dashboards', () => {
  it('are in ConfigMaps that the sidecar of Grafana finds, as they are in their files', async () => {
    const labels = { grafana_dashboard: '1', team: 'network' };
    const dashboards = { enabled: true, namespace: 'monitoring', folder: 'DHCP', labels };
    const objects = (await renderChart({ metrics: { dashboards } })).filter(({ kind }) => kind === 'ConfigMap');
    const shown = objects.flatMap(({ data }) => Object.entries(data as Readonly<Record<string, string>>));
    const inFiles = readDashboards().map(({ file, ...content }) => [file, content]);
    expect(shown.map(([file, text]) => [file, JSON.parse(text) as unknown])).toEqual(inFiles);
    for (const { metadata } of objects) {
      expect(metadata).toMatchObject({ namespace: 'monitoring', labels, annotations: { grafana_folder: 'DHCP' } });
    }
  });
});

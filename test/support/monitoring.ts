/** The alerts and dashboards of the chart. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './cluster.ts';

const FILES = join(ROOT, 'charts/kea-operator/files');
export const RULES_FILE = join(FILES, 'alerts.yaml');

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Rules {
  readonly groups: readonly { readonly name: string; readonly interval?: string; readonly rules: readonly Rule[] }[];
}

export const readRules = (): Rules => parse(readFileSync(RULES_FILE, 'utf8')) as Rules;

export interface Alert extends Rule {
  readonly alert: string;
}

export const alertsOf = ({ groups }: Rules): readonly Alert[] =>
  groups.flatMap(({ rules }) =>
    rules.flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }])),
  );

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

export interface Dashboard {
  readonly file: string;
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
}

export const readDashboards = (): readonly Dashboard[] =>
  readdirSync(join(FILES, 'dashboards')).map((file) => ({
    ...(JSON.parse(readFileSync(join(FILES, 'dashboards', file), 'utf8')) as Omit<Dashboard, 'file'>),
    file,
  }));

/** Something that Prometheus is asked, and where. */
export interface Query {
  readonly where: string;
  readonly expr: string;
}

export const ruleQueries = (rules: Rules): readonly Query[] =>
  rules.groups.flatMap((group) =>
    group.rules.map(({ alert, record = '', expr }) => ({ where: alert ?? record, expr })),
  );

/** Of the panels, and the marks of what fires. */
export const panelQueries = ({ file, panels, annotations }: Dashboard): readonly Query[] => [
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: `${file}: ${title}`, expr }))),
  ...annotations.list.flatMap(({ expr }) => (expr === undefined ? [] : [{ where: `${file}: annotations`, expr }])),
];

/** The series that a variable has its values of, and the label that they are in. */
export const variableQueries = ({ file, templating }: Dashboard): readonly (Query & { readonly label: string })[] =>
  templating.list.flatMap(({ name, definition }) => {
    if (definition === undefined) return [];
    const [, expr, label] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
    if (expr === undefined || label === undefined) throw new Error(`${file}: ${name} is made of ${definition}`);
    return [{ where: `${file}: $${name}`, expr, label }];
  });

/** As Grafana asks where everything is chosen. */
export const withEverything = (expr: string, rateInterval = '5m'): string =>
  expr.replaceAll('$__rate_interval', rateInterval).replaceAll(/\$(namespace|pair|subnet)/g, '.*');

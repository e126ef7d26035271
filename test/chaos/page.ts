/** PURE: the table in docs/reliability.md. */
import { withPart } from '../support/parts.ts';
import { allowed, type Case, type Group } from './case.ts';
import { nameOf, type Shape, SHAPES, TIMERS } from './shapes.ts';
import { describeActs } from './steps.ts';

/** One figure of the table. */
export interface Figure {
  readonly name: string;
  readonly shape: Shape;
  readonly silence: number;
  readonly problems: readonly string[];
}

export interface Run {
  readonly commit: string;
  readonly cpus: number;
  readonly figures: readonly Figure[];
}

const BEGIN = '<!-- BEGIN: written by make chaos ALL=1 -->';

/** What a column is called. */
const COLUMNS: Readonly<Record<string, string>> = {
  'HotStandby-Memfile': 'HotStandby Memfile',
  'HotStandby-PostgreSQL': 'HotStandby PostgreSQL',
  'LoadBalancing-Memfile': 'LoadBalancing Memfile',
  'LoadBalancing-PostgreSQL': 'LoadBalancing PostgreSQL',
  'Standalone-Memfile': 'Standalone Memfile',
  'Standalone-PostgreSQL': 'Standalone PostgreSQL',
};

const cell = (one: Case, shape: Shape, figures: ReadonlyMap<string, Figure>): string => {
  const most = allowed(one, shape);
  if (most === undefined) return '';
  const figure = figures.get(`${nameOf(shape)}/${one.name}`);
  if (figure === undefined) return `(${most})`;
  const bad = figure.problems.length > 0 ? ' **✗**' : '';
  return `${figure.silence} (${most})${bad}`;
};

const row = (one: Case, figures: ReadonlyMap<string, Figure>): string =>
  `| \`${one.name}\` | ${describeActs(one.acts)} | ${SHAPES.map((shape) => cell(one, shape, figures)).join(' | ')} |`;

const section = (group: Group, cases: readonly Case[], figures: ReadonlyMap<string, Figure>): string =>
  [
    `### ${group}`,
    '',
    `| case | fault | ${SHAPES.map((shape) => COLUMNS[nameOf(shape)] ?? '').join(' | ')} |`,
    `|---|---|${'---|'.repeat(SHAPES.length)}`,
    ...cases.map((one) => row(one, figures)),
    '',
  ].join('\n');

const failures = ({ figures }: Run): string => {
  const bad = figures.filter(({ problems }) => problems.length > 0);
  if (bad.length === 0) return '';
  const told = bad.map(
    ({ name, shape, problems }) => `- \`${name}\`, ${COLUMNS[nameOf(shape)] ?? ''}: ${problems.join('; ')}`,
  );
  return ['### What went another way', '', ...told, ''].join('\n');
};

const timers = Object.entries(TIMERS)
  .map(([name, value]) => `\`${name}: ${value}\``)
  .join(', ');

/** Everything between the markers. */
export const table = (cases: readonly Case[], run: Run | undefined): string => {
  const figures = new Map((run?.figures ?? []).map((figure) => [`${nameOf(figure.shape)}/${figure.name}`, figure]));
  const passed = run?.figures.filter(({ problems }) => problems.length === 0).length ?? 0;
  const head =
    run === undefined
      ? 'No whole run yet: the table shows what is allowed.'
      : `Commit ${run.commit}, ${run.cpus} cores: ${run.figures.length} trials, ${passed} as they should be, ${run.figures.length - passed} not.`;
  return [
    `${head} HA timers of the pair: ${timers}.`,
    '',
    ...[...Map.groupBy(cases, ({ group }) => group)].map(([group, own]) => section(group, own, figures)),
    ...(run === undefined ? [] : [failures(run)]),
  ]
    .join('\n')
    .trimEnd();
};

/** The page with another table. @throws Error where it has lost its markers. */
export const withTable = (page: string, text: string): string => withPart('docs/reliability.md', page, BEGIN, text);

/** What the chart makes of many sets of values, judged by the schemas that a real kube-apiserver has of it, and by kube-score. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startApiServer, type TestApiServer } from '../support/apiserver.ts';
import { renderText } from '../support/chart.ts';
import { EXCEPTIONS } from '../support/chartExceptions.ts';
import { VALUE_SETS } from '../support/chartValues.ts';
import { ROOT } from '../support/cluster.ts';
import { type Crd, CRDS, installCrds } from '../support/crds.ts';
import { eventually } from '../support/eventually.ts';
import { SCHEMA_FILES, writeSchemas } from '../support/kubeSchemas.ts';
import { binary } from '../support/postgres.ts';
import { run, tryRun } from '../support/run.ts';

let server: TestApiServer;
let directory: string;
const rendered = new Map<string, string>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kea-chart-'));
  server = await startApiServer();
  await installCrds(server.client);
  const definitions = await binary('prometheus-crds');
  for (const name of await readdir(definitions)) {
    const crd = parse(await readFile(join(definitions, name), 'utf8')) as Crd;
    await server.client.apply(CRDS, crd, { fieldManager: 'test' });
  }
  // Of the index of its schemas kube-apiserver says that it is plain text.
  const kubectl = await binary('kubectl');
  const get = async (path: string): Promise<unknown> =>
    JSON.parse(await run(kubectl, ['--kubeconfig', server.kubeconfig, 'get', '--raw', path]));
  await eventually(async () => {
    const kinds = await writeSchemas(get, join(directory, 'schemas'));
    for (const kind of ['PodMonitor', 'ServiceMonitor', 'PrometheusRule'])
      expect(kinds).toContain(`monitoring.coreos.com/v1/${kind}`);
    expect(kinds).toContain('kea-operator.io/v1alpha1/HAPair');
  });
  for (const { what, values } of VALUE_SETS) rendered.set(what, await renderText(values));
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Verdict {
  readonly filename: string;
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly msg: string;
}

/** What kubeconform says of files, but for what it has nothing against. */
const complaintsOf = async (files: ReadonlyMap<string, string>): Promise<readonly string[]> => {
  const folder = await mkdtemp(join(directory, 'files-'));
  const names = [...files.keys()];
  for (const [index, what] of names.entries()) await writeFile(join(folder, `${index}.yaml`), files.get(what) ?? '');
  const location = join(directory, 'schemas', SCHEMA_FILES);
  const program = await binary('kubeconform');
  const { stdout } = await tryRun(program, ['-strict', '-output=json', '-schema-location', location, folder]);
  const { resources } = JSON.parse(stdout) as { readonly resources: readonly Verdict[] | null };
  return (resources ?? []).map(
    ({ filename, kind, name, status, msg }) =>
      `${names[Number(/(\d+)\.yaml$/.exec(filename)?.[1])] ?? ''}: ${kind} ${name} ${status}: ${msg}`,
  );
};

describe('the chart', () => {
  it('has enough sets of values, each with a sentence of its own', () => {
    expect(new Set(VALUE_SETS.map(({ what }) => what)).size).toBe(VALUE_SETS.length);
    expect(VALUE_SETS.length).toBeGreaterThanOrEqual(30);
  });

  it('makes nothing that kube-apiserver would not know', async () => {
    expect(await complaintsOf(rendered)).toEqual([]);
  });

  it('would be found out if it did', async () => {
    const object = (kind: string, spec: object, apiVersion = 'apps/v1') =>
      JSON.stringify({ apiVersion, kind, metadata: { name: 'x' }, spec });
    const wrong = new Map([
      ['a field that is none', object('Deployment', { replica: 2, selector: {}, template: {} })],
      ['a field of ours that is none', object('Subnet', { cidr: '10.0.0.0/24', pool: [] }, 'kea-operator.io/v1alpha1')],
      ['a field of a monitor that is none', object('PodMonitor', { selectors: {} }, 'monitoring.coreos.com/v1')],
      ['a kind that is none', object('Deploymint', {})],
    ]);
    const said = await complaintsOf(wrong);
    expect([...wrong.keys()].filter((what) => !said.some((line) => line.startsWith(what)))).toEqual([]);
  });

  it('makes the same of the same values', async () => {
    const again = await Promise.all(VALUE_SETS.map(async ({ what, values }) => [what, await renderText(values)]));
    expect(again).toEqual([...rendered]);
  });

  it('has examples in its own description that fit its definitions', async () => {
    const chart = parse(await readFile(join(ROOT, 'charts/kea-operator/Chart.yaml'), 'utf8')) as {
      readonly annotations: Readonly<Record<string, string>>;
    };
    const examples = parse(chart.annotations['artifacthub.io/crdsExamples'] ?? '') as readonly object[];
    expect(examples.length).toBeGreaterThan(1);
    expect(
      await complaintsOf(new Map(examples.map((example, index) => [`${index}`, JSON.stringify(example)]))),
    ).toEqual([]);
  });
});

interface Score {
  readonly object_name: string;
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}
const ALL_GOOD = 10;

describe('kube-score', () => {
  const used = new Set<string>();
  const isMeant = (set: string, name: string, id: string): boolean => {
    const exception = EXCEPTIONS.find(
      ({ check, object, values }) => check === id && (object?.test(name) ?? true) && (values ?? set) === set,
    );
    if (exception !== undefined) used.add(exception.because);
    return exception !== undefined;
  };

  it.each(VALUE_SETS)('has nothing more against $what', async ({ what }) => {
    const program = await binary('kube-score');
    const args = ['score', '--output-format', 'json', '--enable-optional-test', 'container-seccomp-profile', '-'];
    const { stdout } = await tryRun(program, args, { input: rendered.get(what) ?? '' });
    const found = (JSON.parse(stdout) as readonly Score[]).flatMap(({ object_name: name, checks }) =>
      checks
        .filter(({ check, grade, skipped }) => !skipped && grade < ALL_GOOD && !isMeant(what, name, check.id))
        .flatMap(({ check, comments }) =>
          (comments ?? []).map(({ path, summary }) => `${name} ${check.id}: ${path} ${summary}`),
        ),
    );
    expect(found).toEqual([]);
  });

  it('has no exception that nothing needs', () => {
    expect(EXCEPTIONS.map(({ because }) => because).filter((because) => !used.has(because))).toEqual([]);
  });
});

it('the command of helm test tells what is served, and what is not', async () => {
  const check = (...args: readonly string[]) =>
    tryRun(process.execPath, [join(ROOT, 'src/main.ts'), 'check', ...args], { env: { KUBECONFIG: server.kubeconfig } });
  const good = await check();
  expect(good).toMatchObject({ code: 0 });
  expect(good.stdout).toContain('the custom resources are served');
  const bad = await check('--lease-api', '--operator=http://127.0.0.1:1/readyz', '--patience=0');
  expect(bad.code).toBe(1);
  expect(bad.stdout).toContain('it is not so that the lease API is served');
  expect(bad.stdout).toContain('it is not so that an operator is ready');
});

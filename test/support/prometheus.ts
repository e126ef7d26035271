/** A real Prometheus beside the embedded cluster, in the network of its control plane: no node that loses power takes it with it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Cluster } from './cluster.ts';
import type { Rules } from './monitoring.ts';
import { binary } from './postgres.ts';
import { until } from './run.ts';

/** A series as Prometheus answers: its labels, and the value. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

export interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

export interface Prometheus {
  /** Asks queries in their order. A query that is refused has its error in place of series. */
  query(...expressions: readonly string[]): Promise<readonly (readonly Sample[] | string)[]>;
  /** What is scraped. */
  targets(): Promise<readonly Target[]>;
  /** How the rules fared that it was given. */
  rules(): Promise<readonly RuleState[]>;
  stop(): Promise<void>;
}

interface PrometheusOptions {
  /** Beside `scrape_configs`: rules to evaluate. */
  readonly rules?: Rules;
  /** `scrape_configs`, by which it reads every second. */
  readonly scrape: readonly object[];
}

/** Of the cluster's own network alone. */
const ADDRESS = '127.0.0.1:19090';

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}

export const startPrometheus = async (cluster: Cluster, options: PrometheusOptions): Promise<Prometheus> => {
  const program = await binary('prometheus');
  const dir = await mkdtemp(join(tmpdir(), 'kea-operator-prometheus-'));
  const data = join(dir, 'data');
  await mkdir(data);
  const rules = join(dir, 'rules.yaml');
  await writeFile(rules, stringify(options.rules ?? { groups: [] }));
  const config = join(dir, 'prometheus.yaml');
  const global = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  await writeFile(config, stringify({ global, rule_files: [rules], scrape_configs: options.scrape }));
  const log = ['sh', '-c', `exec "$@" >'${join(dir, 'log')}' 2>&1`, 'prometheus'];
  // It goes with this process, whatever becomes of that.
  const child = cluster.start([
    ...['exec', 'control-plane', 'setpriv', '--pdeathsig', 'KILL', ...log, program],
    ...[`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${ADDRESS}`],
  ]);
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );

  /** In one go, as to come into the network of the cluster takes longer than the answer. */
  const ask = async <T>(requests: readonly (readonly [path: string, query?: string])[]): Promise<readonly T[]> => {
    const quoted = (text: string): string => `"${text.replaceAll(/[\\"]/g, '\\$&').replaceAll('\n', ' ')}"`;
    const lines = requests.map(([path, query]) =>
      [
        `url = ${quoted(`http://${ADDRESS}/api/v1/${path}`)}`,
        ...(query === undefined ? [] : ['get', `data-urlencode = ${quoted(`query=${query}`)}`]),
        'silent',
        String.raw`write-out = "\n"`,
      ].join('\n'),
    );
    const printed = await cluster.run(['exec', 'control-plane', 'curl', '--config', '-'], {
      input: lines.join('\nnext\n'),
    });
    return printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as T);
  };
  const askOne = async <T>(path: string): Promise<T> => {
    const [answer] = await ask<Answer<T>>([[path]]);
    if (answer === undefined) throw new Error(`Prometheus did not answer ${path}`);
    return answer.data;
  };

  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    await rm(dir, { recursive: true, force: true });
  };

  await until('Prometheus', 30, () => askOne('targets')).catch(async (error: unknown) => {
    await stop();
    throw error;
  });

  return {
    query: async (...expressions) => {
      const answers = await ask<Answer<{ readonly result: readonly Sample[] }>>(
        expressions.map((expression) => ['query', expression]),
      );
      return answers.map(({ status, error = '', data: found }) => (status === 'success' ? found.result : error));
    },
    targets: async () => (await askOne<{ readonly activeTargets: readonly Target[] }>('targets')).activeTargets,
    rules: async () => {
      const { groups } = await askOne<{ readonly groups: readonly { readonly rules: readonly RuleState[] }[] }>(
        'rules',
      );
      return groups.flatMap((group) => group.rules);
    },
    stop,
  };
};

/** What was measured is kept case by case, so that a run goes on where another was ended. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../support/cluster.ts';
import { NAMESPACE, SYSTEM } from '../support/install.ts';
import { type Trial, trialName } from './choose.ts';
import { PAIR } from './pair.ts';
import type { Trialed } from './trial.ts';
import { type Measured, problems } from './verdict.ts';

/** One trial as it is kept. */
export interface Result {
  readonly name: string;
  /** Images that were tried. */
  readonly build: string;
  readonly commit: string;
  readonly at: string;
  readonly measured: Measured;
  readonly problems: readonly string[];
}

export interface Results {
  /** Of these images; undefined: not tried yet. */
  of(trial: Trial): Result | undefined;
  keep(trial: Trial, trialed: Trialed): Result;
  /** What servers and operator said, for those who want to know why. */
  keepLogs(trial: Trial, result: Result, cluster: Cluster): Promise<void>;
}

export const openResults = (directory: string, build: string, commit: string): Results => {
  const placeOf = (trial: Trial): string => join(directory, trialName(trial));
  const fileOf = (trial: Trial): string => join(placeOf(trial), 'result.json');
  return {
    of: (trial) => {
      if (!existsSync(fileOf(trial))) return undefined;
      const result = JSON.parse(readFileSync(fileOf(trial), 'utf8')) as Result;
      return result.build === build
        ? { ...result, problems: problems(trial.one, trial.shape, result.measured) }
        : undefined;
    },
    keep: (trial, { measured, probe, samples }) => {
      const result: Result = {
        name: trialName(trial),
        build,
        commit,
        at: new Date().toISOString(),
        measured,
        problems: problems(trial.one, trial.shape, measured),
      };
      mkdirSync(placeOf(trial), { recursive: true });
      writeFileSync(join(placeOf(trial), 'probe.jsonl'), probe);
      writeFileSync(
        join(placeOf(trial), 'status.jsonl'),
        samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''),
      );
      writeFileSync(fileOf(trial), `${JSON.stringify(result, undefined, 2)}\n`);
      return result;
    },
    keepLogs: async (trial, { measured }, cluster) => {
      const since = `--since=${Math.ceil(measured.took + 30)}s`;
      const asked: Readonly<Record<string, readonly string[]>> = {
        'operator.log': ['logs', '-n', SYSTEM, '-l', 'app.kubernetes.io/component=operator', since, '--tail=-1'],
        'servers.log': [
          'logs',
          '-n',
          NAMESPACE,
          '-l',
          `kea-operator.io/pair=${PAIR},kea-operator.io/server`,
          '-c',
          'kea',
          '--prefix',
          since,
          '--tail=-1',
        ],
        'pair.yaml': ['get', 'hapair', PAIR, '-n', NAMESPACE, '-o', 'yaml'],
        'pods.txt': ['get', 'pods', '-A', '-o', 'wide'],
        'events.txt': ['events', '-n', NAMESPACE],
      };
      for (const [file, args] of Object.entries(asked)) {
        const { stdout, stderr } = await cluster.tryKubectl(args, { timeoutMs: 20_000 });
        // Packets are told line by line at INFO; what the probe saw of them is beside this.
        const kept = `${stdout}${stderr}`
          .split('\n')
          .filter((line) => !/DHCP4_(PACKET|LEASE|QUERY|DISCOVER|REQUEST)|DHCP4_LEASE_ALLOC|LEASE_OFFER/.test(line));
        writeFileSync(join(placeOf(trial), file), kept.join('\n'));
      }
    },
  };
};

/** What the files at the top of the checkout say of each other. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const isExecutable = (file: string): boolean => (statSync(join(ROOT, file)).mode & 0o111) !== 0;

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
}
interface Package {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(read('package.json')) as Package;

describe('CI', () => {
  const { jobs } = parse(read('.github/workflows/ci.yml')) as Workflow;
  const commands = (job: string): string => (jobs[job]?.steps ?? []).map(({ run }) => run ?? '').join('\n');

  it('runs the script that runs everything, which is make test', () => {
    expect(commands('everything')).toContain('.ci/run');
    expect(isExecutable('.ci/run')).toBe(true);
    expect(read('.ci/run')).toContain('exec make test');
  });

  it('runs the tests that need no root as CONTRIBUTING says', () => {
    expect(commands('unit')).toContain('npm test');
    expect(manifest.scripts.test).toBe('vitest run --project unit --project golden');
  });
});

it('Node.js is of one version wherever it is named', () => {
  const major = read('.nvmrc').trim();
  expect(manifest.engines.node).toBe(`>=${major}`);
  expect(read('Dockerfile')).toContain(`FROM node:${major}-`);
  expect(read('build.ts')).toContain(`target: 'node${major}'`);
  const versions = new Set(Object.values(manifest.optionalDependencies));
  expect([...versions]).toEqual([expect.stringMatching(new RegExp(`^${major}\\.`))]);
});

it('CONTRIBUTING has a line for every tier of tests', () => {
  const tiers = [...read('vitest.config.ts').matchAll(/(?:tier\(|name: )'([a-z0-9]+)'/g)].map(([, name]) => name);
  expect(tiers).toContain('unit');
  for (const tier of tiers) expect(read('CONTRIBUTING.md')).toContain(`| ${String(tier)} |`);
});

it('git can run the hooks', () => {
  expect(isExecutable('.githooks/pre-commit')).toBe(true);
});

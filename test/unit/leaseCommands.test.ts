/** The lease commands as processes: how they end, what a shell gets, and that one file is enough for them. */
import { execFile, type ExecFileException } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LeaseAnswers, leaseOf, startLeaseAnswers } from '../support/leaseAnswers.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

// Each test starts a process, some of them while everything else runs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const end = async (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> => {
  try {
    return { code: 0, ...(await run(program, [...args], { env: { ...env }, cwd: tmpdir() })) };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as ExecFileException & Partial<Ended>;
    return { code: Number(code), stdout, stderr };
  }
};

let api: LeaseAnswers;
let directory: string;
let kubeconfig: string;

beforeAll(async () => {
  api = await startLeaseAnswers();
  api.leases = [leaseOf('10.7.0.1', { hostname: 'printer', hwAddress: '02:00:5e:10:00:01' })];
  directory = await mkdtemp(join(tmpdir(), 'commands-'));
  kubeconfig = join(directory, 'kubeconfig');
  const server = api.http.kubeConfig().getCurrentCluster()?.server;
  const config = {
    'current-context': 'lab',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'lab', context: { cluster: 'c', user: 'u', namespace: 'dhcp' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
});
afterAll(async () => {
  await api.close();
  await rm(directory, { recursive: true });
});

describe('kea-operator lease', () => {
  const lease = (args: readonly string[], env: Readonly<Record<string, string>> = { KUBECONFIG: kubeconfig }) =>
    end(process.execPath, [join(ROOT, 'src/main.ts'), ...args], env);

  it.each([
    ['found', ['lease', 'find', 'printer', '-o', 'name'], 0, 'lease.state.kea-operator.io/10.7.0.1\n', ''],
    ['nothing found', ['lease', 'find', '10.9.9.9'], 3, '', 'Nothing found for 10.9.9.9 in any namespace.\n'],
    [
      'a file of KUBECONFIG that is missing is passed over',
      ['lease', 'show', '10.7.0.2'],
      1,
      '',
      'There is no lease of 10.7.0.2',
    ],
    ['an option that there is not', ['lease', 'list', '--what'], 2, '', "unknown option '--what'"],
    ['an argument that is missing', ['lease', 'find'], 2, '', 'missing required argument'],
    ['a number that is none', ['lease', 'watch', '--interval', '0.1'], 2, '', '1 at least'],
    ['two scopes', ['lease', 'list', '-A', '-n', 'x'], 2, '', '-n and -A contradict each other'],
    [
      'a context that there is not',
      ['lease', 'list', '--context', 'prod'],
      2,
      '',
      'has no context "prod"; it has lab.',
    ],
    ['nobody to ask', ['lease', 'release', '10.7.0.1'], 2, '10.7.0.1', 'give --yes'],
    [
      'help',
      ['lease', 'find', '--help'],
      0,
      'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 find has found nothing',
      '',
    ],
    ['completion', ['__complete', 'lease', 'list', '--family', ''], 0, '4\n6\n:4\n', ''],
  ])('%s', async (_because, args, code, stdout, stderr) => {
    const ended = await lease(args, { KUBECONFIG: `${join(directory, 'missing')}:${kubeconfig}` });
    expect(ended.stderr).toContain(stderr);
    expect(ended.stdout).toContain(stdout);
    expect(ended.code).toBe(code);
  });

  it.each([
    ['there is no kubeconfig', { HOME: '/nonexistent' }, [], 'There is no kubeconfig'],
    [
      'no file of KUBECONFIG is there',
      { KUBECONFIG: '/nonexistent/a:/nonexistent/b' },
      [],
      'None of the files that KUBECONFIG names is there',
    ],
    ['the file is not there', {}, ['--kubeconfig', '/nonexistent/a'], 'The kubeconfig /nonexistent/a cannot be read'],
    ['the server is not there', {}, ['--kubeconfig', 'nowhere'], 'The API server cannot be reached'],
  ])('%s: a sentence, and exit code 1', async (_because, env, args, words) => {
    const nowhere = join(directory, 'nowhere');
    const cluster = { server: 'https://127.0.0.1:1' };
    const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u' } }];
    await writeFile(
      nowhere,
      JSON.stringify({ 'current-context': 'x', clusters: [{ name: 'c', cluster }], users: [{ name: 'u' }], contexts }),
    );
    const named = args.map((arg) => (arg === 'nowhere' ? nowhere : arg));
    const { code, stderr } = await lease(['lease', 'list', ...named], { ...env });
    expect(stderr).toContain(words);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });
});

describe.runIf(process.platform === 'linux')('the single file', () => {
  let executable: string;
  beforeAll(async () => {
    const made = join(directory, 'made');
    for (const script of ['build.ts', 'executable.ts']) await run(process.execPath, [script, made], { cwd: ROOT });
    const bin = join(directory, 'bin');
    await mkdir(bin);
    for (const name of ['kubectl-kea', 'kubectl_complete-kea']) await copyFile(join(made, name), join(bin, name));
    // From here on it has nothing but itself.
    await rm(made, { recursive: true });
    executable = join(bin, 'kubectl-kea');
  });

  it('finds leases without an environment', async () => {
    expect(await end(executable, ['find', 'printer', '-o', 'name', '--kubeconfig', kubeconfig])).toEqual({
      code: 0,
      stdout: 'lease.state.kea-operator.io/10.7.0.1\n',
      stderr: '',
    });
  });

  it('has its commands also under lease, and none of those that run in the cluster', async () => {
    expect((await end(executable, ['lease', 'list', '--kubeconfig', kubeconfig])).stdout).toContain('10.7.0.1');
    expect((await end(executable, ['operator'])).code).toBe(2);
  });

  it('under its other name has all of them', async () => {
    const renamed = join(directory, 'kea-operator');
    await copyFile(executable, renamed);
    expect((await end(renamed, ['--help'])).stdout).toMatch(/^ {2}operator .*^ {2}lease /ms);
  });

  it('completes for kubectl', async () => {
    const path = `${join(directory, 'bin')}:/usr/bin:/bin`;
    const { stdout } = await end(executable.replace('kubectl-kea', 'kubectl_complete-kea'), ['list', '--family', ''], {
      PATH: path,
      KUBECONFIG: kubeconfig,
    });
    expect(stdout).toBe('4\n6\n:4\n');
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LeaseAnswers, leaseOf, startLeaseAnswers } from '../../test/support/leaseAnswers.ts';
import { createTestTerminal, testSession } from '../../test/support/terminal.ts';
import { candidatesOf, completionOf, completionText } from './complete.ts';
import { withLeaseCommands } from './program.ts';
import { completionScript } from './scripts.ts';

const program = withLeaseCommands(new Command(), '/usr/bin/kubectl-kea');
const words = (line: string): readonly string[] => line.split(' ');
const text = (line: string): readonly string[] => {
  const completion = completionOf(program, words(line));
  return completionText(completion, completion.candidates)
    .trimEnd()
    .split('\n')
    .map((one) => one.replace(/\t.*/, ''));
};

describe('what may stand for the last word', () => {
  it.each([
    [
      'the commands',
      '',
      ['find', 'list', 'show', 'release', 'reserve', 'export', 'watch', 'lease', 'completion', ':4'],
    ],
    ['those that begin so', 're', ['release', 'reserve', ':4']],
    ['those of a command', 'lease wa', ['watch', ':4']],
    ['options', 'release --d', ['--dry-run', ':4']],
    ['values of an option', 'list -o j', ['json', 'jsonl', ':4']],
    ['values in one word with the option', 'list --family=', ['--family=4', '--family=6', ':4']],
    ['the next of several values', 'list --state Active,D', ['Active,Declined', ':4']],
    ['shells', 'completion z', ['zsh', ':4']],
    ['a file', 'export -f ', [':0']],
    ['nothing that is known', 'nothing --at-all x', [':4']],
  ])('%s', (_because, line, expected) => {
    expect(text(line)).toEqual(expected);
  });

  it.each([
    ['show ', 'leases', '', ''],
    ['release 10.7.0.1 10.7', 'leases', '10.7', ''],
    ['list --pair of', 'pairs', 'of', ''],
    ['list --subnet=a,b', 'subnets', 'b', '--subnet=a,'],
    ['watch --shared-network ', 'sharedNetworks', '', ''],
    ['list -n ', 'namespaces', '', ''],
    ['list --context ', 'contexts', '', ''],
  ])('%s: %s of the cluster', (line, source, partial, before) => {
    expect(completionOf(program, words(line))).toMatchObject({ source, partial, before });
  });

  it('the cluster is the one that the line names', () => {
    const { flags } = completionOf(program, words('show --context=prod -n dhcp --kubeconfig k 10'));
    expect(flags).toEqual({ context: 'prod', namespace: 'dhcp', kubeconfig: 'k' });
  });
});

describe('candidates of the cluster', () => {
  let api: LeaseAnswers;
  beforeEach(async () => {
    api = await startLeaseAnswers();
    api.leases = [
      leaseOf('10.7.0.1', { hostname: 'a\nb' }),
      leaseOf('10.8.0.1'),
      leaseOf('10.7.0.2', { namespace: 'b' }),
    ];
    api.others.set('subnets', [
      { apiVersion: 'kea-operator.io/v1alpha1', kind: 'Subnet', metadata: { name: 'desks', namespace: 'dhcp' } },
    ]);
  });
  afterEach(() => api.close());

  it.each([
    ['leases', '10.7.', ['10.7.0.1']],
    ['leases', '10', ['10.7.0.1', '10.8.0.1']],
    ['subnets', '', ['desks']],
    ['contexts', '', ['loaded-context']],
  ] as const)('%s that begin with "%s"', async (source, partial, expected) => {
    const session = testSession(api.http.kubeConfig(), createTestTerminal());
    const found = await candidatesOf(session, source, partial);
    expect(found.map(({ word }) => word)).toEqual(expected);
    await session.client.close();
  });

  it('what a client chose stays in its line', () => {
    const completion = completionOf(program, words('show 10'));
    expect(completionText(completion, [{ word: '10.7.0.1', about: 'a\nb\u001b' }])).toBe(
      '10.7.0.1\ta\\nb\\u{1b}\n:4\n',
    );
  });
});

describe('bash', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'complete-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it.each([
    ['plain words', 'show 10', ['10.7.0.1', '10.7.0.2'], ['10.7.0.1', '10.7.0.2']],
    ['an address with colons, at which bash divides words', 'show 2001:db8::', ['2001:db8::1'], ['1']],
    ['a value behind =', 'list --subnet=de', ['--subnet=desks'], ['desks']],
    ['an empty word', 'show ', ['10.7.0.1'], ['10.7.0.1']],
  ])('%s', (_because, line, answers, expected) => {
    const asked = join(directory, 'asked');
    const stub = `#!/bin/sh\nprintf '<%s>' "$@" > ${asked}\ncat <<'END'\n${answers.map((one) => `${one}\tabout it`).join('\n')}\n:4\nEND\n`;
    writeFileSync(join(directory, 'kubectl-kea'), stub, { mode: 0o755 });
    const script = `${completionScript('bash', 'kubectl-kea')}
      COMP_LINE='kubectl-kea ${line}'; COMP_POINT=\${#COMP_LINE}
      __kubectl_kea_complete
      printf '%s\\n' "\${COMPREPLY[@]}"; cat ${asked}`;
    const path = `${directory}:${process.env.PATH ?? ''}`;
    const output = execFileSync('bash', ['-c', script], { encoding: 'utf8', env: { PATH: path } });
    expect(output).toBe(
      `${expected.join('\n')}\n${['__complete', ...words(line)].map((word) => `<${word}>`).join('')}`,
    );
  });
});

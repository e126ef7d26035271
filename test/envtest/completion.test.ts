/** Completion in zsh and fish, as a person has it: the scripts in the shells themselves, from Debian. Those of bash are src/cli/complete.test.ts's. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionScript } from '../../src/cli/scripts.ts';
import { ROOT } from '../support/cluster.ts';
import { binary } from '../support/postgres.ts';
import { run } from '../support/run.ts';

const IN_ROOTFS = join(ROOT, 'test/cluster/files/in-rootfs');
const PROGRAM = 'kubectl-kea';
/** In place of the program: says what it was asked, and answers what it is told to. */
const STUB = `#!/bin/sh
printf '<%s>' "$@" >/shell/asked
while IFS= read -r line; do printf '%s\\n' "$line"; done </shell/answers
`;
/** Types a line and TAB at a terminal of its own, and tells what the line is then. */
const TYPE = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source /shell/script; report() { print -rn -- "$BUFFER" >/shell/line; print REPOR""TED }; zle -N report; bindkey ^X report; print set""tled'
zpty -r shell seen '*settled*'
zpty -w -n shell "$1"$'\\t\\x18'
zpty -r shell seen '*REPORTED*'
`;

let rootfs: string;
let directory: string;
beforeAll(async () => {
  rootfs = await binary('shells-rootfs');
  directory = await mkdtemp(join(tmpdir(), 'kea-operator-shells-'));
  await writeFile(join(directory, PROGRAM), STUB, { mode: 0o755 });
  await writeFile(join(directory, 'type'), TYPE);
});
afterAll(() => rm(directory, { recursive: true }));

/** In a root filesystem that has the shells, with the directory as /shell. */
const inside = (command: readonly string[]): Promise<string> => {
  const mounts = ['--mount', '--propagation', 'private', IN_ROOTFS, rootfs, '--bind', `${directory}:/shell`, '--'];
  const env = { PATH: '/shell:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp', TERM: 'dumb' };
  return run('unshare', [...mounts, ...command], { env, timeoutMs: 60_000 });
};
const prepare = async (shell: 'zsh' | 'fish', answers: readonly string[]): Promise<void> => {
  await writeFile(join(directory, 'script'), completionScript(shell, PROGRAM));
  await writeFile(join(directory, 'answers'), `${answers.join('\n')}\n`);
};
const told = (name: 'asked' | 'line'): Promise<string> => readFile(join(directory, name), 'utf8');

const ONE = ['10.7.0.1\tprinter', ':4'];
const TWO = ['10.7.0.1\tprinter', '10.7.0.2\tphone', ':4'];
const COLONS = ['2001:db8::1\tcpe', ':4'];
const OPTION = ['--subnet=desks', ':4'];

describe('fish', () => {
  it.each([
    ['leases, and what is about them', 'show 10', TWO, TWO.slice(0, 2)],
    ['an address with colons', 'show 2001:db8::', COLONS, ['2001:db8::1\tcpe']],
    ['a value behind =', 'list --subnet=de', OPTION, ['--subnet=desks']],
    ['an empty word', 'show ', ONE, ['10.7.0.1\tprinter']],
    ['a file', 'export -f /shell/kub', [':0'], ['/shell/kubectl-kea']],
    ['nothing', 'show x', [':4'], []],
  ])('%s', async (_because, line, answers, expected) => {
    await prepare('fish', answers);
    const printed = await inside(['/usr/bin/fish', '-c', `source /shell/script; complete -C "${PROGRAM} ${line}"`]);
    expect(printed.split('\n').filter((one) => one !== '')).toEqual(expected);
    expect(await told('asked')).toBe(['__complete', ...line.split(' ')].map((word) => `<${word}>`).join(''));
  });
});

describe('zsh', () => {
  it.each([
    ['what all leases begin with', 'show 10', TWO, 'show 10.7.0.'],
    ['an address with colons', 'show 2001:db8::', COLONS, 'show 2001:db8::1 '],
    ['a value behind =', 'list --subnet=de', OPTION, 'list --subnet=desks '],
    ['an empty word', 'show ', ONE, 'show 10.7.0.1 '],
    ['a file', 'export -f /shell/kub', [':0'], 'export -f /shell/kubectl-kea '],
    ['nothing', 'show x', [':4'], 'show x'],
  ])('%s', async (_because, line, answers, expected) => {
    await prepare('zsh', answers);
    await inside(['/bin/zsh', '-f', '/shell/type', `${PROGRAM} ${line}`]);
    expect(await told('line')).toBe(`${PROGRAM} ${expected}`);
    expect(await told('asked')).toBe(['__complete', ...line.split(' ')].map((word) => `<${word}>`).join(''));
  });
});

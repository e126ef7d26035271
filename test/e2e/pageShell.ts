/** A terminal in which commands of a page are typed: kubectl, kubectl kea, and the namespace of the context. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from '../support/cluster.ts';
import { NAMESPACE } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster } from './context.ts';

/** What is done while a command runs: types into its terminal, once it has said something. */
export type Meanwhile = (said: (pattern: RegExp) => Promise<unknown>, type: (text: string) => void) => Promise<void>;

export interface PageShell {
  /** All that the terminal shows in the end. */
  run(command: string, meanwhile?: Meanwhile): Promise<string>;
  close(): Promise<void>;
}

interface Config {
  readonly clusters: readonly { readonly name: string }[];
  readonly users: readonly { readonly name: string; readonly user: object }[];
}

/** Contexts of the administrator, who is asked first, and of a user. */
const writeConfig = async (file: string, user: string): Promise<void> => {
  const config = await cluster.json<Config>(['config', 'view', '--raw', '--flatten']);
  const [of, admin] = [config.clusters[0]?.name, config.users[0]];
  const users = [
    { name: 'admin', user: admin?.user },
    { name: user, user: { ...admin?.user, as: user } },
  ];
  const contexts = users.map(({ name }) => ({ name, context: { cluster: of, user: name, namespace: NAMESPACE } }));
  await writeFile(file, JSON.stringify({ ...config, users, contexts, 'current-context': 'admin' }), { mode: 0o600 });
};

/** As a terminal shows it: what was written over is gone. */
const shown = (text: string): string =>
  text
    .replace(/[^\r\n]*\r\u001b\[K/g, '')
    .replaceAll('\r', '')
    .replace(/\u001b\[[\d;]*[A-Za-z]/g, '');

/** @param user Who has a context of that name, without any rights at first. */
export const openShell = async (user: string): Promise<PageShell> => {
  const home = await mkdtemp(join(tmpdir(), 'page-'));
  const bin = join(home, 'bin');
  await mkdir(bin);
  await symlink((await cluster.run(['bin', 'kubectl'])).trim(), join(bin, 'kubectl'));
  const plugin = join(bin, 'kubectl-kea');
  await writeFile(plugin, `#!/bin/bash\nexec -a kubectl-kea ${process.execPath} ${join(ROOT, 'src/main.ts')} "$@"\n`);
  await chmod(plugin, 0o755);
  const kubeconfig = join(home, 'kubeconfig');
  await writeConfig(kubeconfig, user);
  const env = { ...process.env, HOME: home, KUBECONFIG: kubeconfig, PATH: [bin, process.env.PATH].join(delimiter) };
  return {
    run: async (command, meanwhile) => {
      // By util-linux: a terminal of its own.
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        env,
        cwd: home,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const ended = once(child, 'close');
      await meanwhile?.(
        (pattern) =>
          until(`${command} to say ${String(pattern)}`, 120, () => Promise.resolve(pattern.test(shown(text))), 50),
        (input) => child.stdin.write(input),
      );
      await ended;
      return shown(text);
    },
    close: () => rm(home, { recursive: true }),
  };
};

import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecretData } from '../../src/workload/bootstrap/files.ts';
import { ROOT } from './cluster.ts';
import type { NetworkMember } from './network.ts';
import { binary } from './postgres.ts';
import { type Ran, run, tryRun } from './run.ts';

/**
 * A server that runs as it does in its pod: started by kea-start from the content of its Secrets, as its own user and as process 1, with the
 * pod's environment. What it writes below /run stays when it ends, as in a pod whose container is started again.
 */
export interface PodLike {
  /** Replaces the mounted Secret's content, as the kubelet does. */
  mount(data: SecretData): Promise<void>;
  /** Replaces the content of the Secret with the rows for a start without the database. */
  mountRows(data: Readonly<Record<string, Buffer>>): Promise<void>;
  start(): Promise<void>;
  /** As the kubelet ends a container; what it wrote stays. */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Gives it a volume for leases of so many KiB from now on, and leaves no room in it; `empty` makes room. */
  fill(kib: number): Promise<void>;
  empty(): Promise<void>;
  /** Runs a program of the image in the pod, as an exec probe does. */
  exec(...command: readonly string[]): Promise<Ran>;
  log(): Promise<string>;
  /** The exit code of a server that ended by itself. */
  readonly exitCode: number | null;
}

export interface PodLab {
  /** @param command What its container starts; left out: kea-start, as in a pod of the operator. */
  pod(
    name: string,
    member: NetworkMember,
    environment: Readonly<Record<string, string>>,
    command?: readonly string[],
  ): Promise<PodLike>;
  stop(): Promise<void>;
}

const KEA_ID = 10_067;

/** The mounts of podTemplate.ts: Secrets on /etc/kea and /etc/kea-rows, a volume on /run, the leases' volume; and the image's scripts. */
const SCRIPT = `exec setpriv --pdeathsig KILL nsenter --net="/run/netns/$NETNS" unshare --mount --pid --fork --kill-child sh -ec '
  mount --rbind /dev "$ROOT/dev"
  mount -t proc proc "$ROOT/proc"
  mount -t sysfs -o ro sysfs "$ROOT/sys"
  mount -t tmpfs tmpfs "$ROOT/tmp"
  mount --bind "$HOME_DIR/run" "$ROOT/run"
  mount --bind "$HOME_DIR/etc" "$ROOT/etc/kea"
  mount --bind "$HOME_DIR/rows" "$ROOT/etc/kea-rows"
  mount --bind "$HOME_DIR/lib" "$ROOT/var/lib/kea"
  mount --bind "$IMAGE" "$ROOT/usr/local/bin"
  exec chroot --userspec=10067:10067 "$ROOT" "$@"
' sh "$@"`;

export const startPodLab = async (): Promise<PodLab> => {
  const root = await binary('kea-rootfs');
  const dir = await mkdtemp(join(tmpdir(), 'kea-operator-pods-'));
  const pods: PodLike[] = [];
  const mounted: string[] = [];
  return {
    pod: async (name, member, environment, command = ['kea-start']) => {
      const home = join(dir, name);
      for (const part of ['etc', 'rows', 'lib', 'run']) await mkdir(join(home, part), { recursive: true });
      for (const part of ['lib', 'run']) await chown(join(home, part), KEA_ID, KEA_ID);
      const logFile = join(home, 'log');
      let child: ChildProcess | undefined;
      const replace = async (part: string, data: Readonly<Record<string, string | Buffer>>): Promise<void> => {
        const at = join(home, part);
        for (const old of await readdir(at)) if (!(old in data)) await rm(join(at, old));
        for (const [file, content] of Object.entries(data)) {
          await writeFile(join(at, file), content, { mode: 0o440 });
          await chown(join(at, file), 0, KEA_ID);
        }
      };
      /** The server itself, as this machine counts processes: the one child of unshare. */
      const serverPid = async (): Promise<number | undefined> => {
        const pid = child?.pid ?? 0;
        const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
        return children.trim() === '' ? undefined : Number(children.trim());
      };
      const pod: PodLike = {
        mount: (data) => replace('etc', data),
        mountRows: (data) => replace('rows', data),
        start: () => {
          child = spawn('sh', ['-c', SCRIPT, 'sh', ...command], {
            stdio: ['ignore', 'pipe', 'pipe'],
            env: {
              PATH: process.env.PATH,
              HOME_DIR: home,
              ROOT: root,
              IMAGE: join(ROOT, 'server-image'),
              NETNS: member.namespace,
              ...environment,
            },
          });
          const sink = createWriteStream(logFile, { flags: 'a' });
          child.stdout?.pipe(sink, { end: false });
          child.stderr?.pipe(sink, { end: false });
          return Promise.resolve();
        },
        end: async (signal = 'SIGTERM') => {
          const running = child;
          if (running?.exitCode !== null || running.signalCode !== null) return;
          const ended = new Promise((resolve) => running.once('exit', resolve));
          const pid = await serverPid();
          if (pid === undefined) running.kill('SIGKILL');
          else process.kill(pid, signal);
          await ended;
        },
        fill: async (kib) => {
          const at = join(home, 'lib');
          await run('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,uid=${KEA_ID},gid=${KEA_ID}`, 'tmpfs', at]);
          mounted.push(at);
          await tryRun('dd', ['if=/dev/zero', `of=${join(at, 'filler')}`, 'bs=1k']);
        },
        empty: () => rm(join(home, 'lib', 'filler')),
        exec: async (...command) => {
          const pid = String((await serverPid()) ?? 0);
          const inside = ['--target', pid, '--mount', '--pid', '--net', '--root', '--wd=/'];
          const variables = Object.entries(environment).map(([variable, value]) => `${variable}=${value}`);
          return tryRun('nsenter', [...inside, 'env', ...variables, ...command]);
        },
        log: () => readFile(logFile, 'utf8'),
        get exitCode() {
          return child?.exitCode ?? null;
        },
      };
      pods.push(pod);
      return pod;
    },
    stop: async () => {
      await Promise.allSettled(pods.map((pod) => pod.end()));
      for (const at of mounted) await run('umount', [at]);
      await rm(dir, { recursive: true, force: true });
    },
  };
};

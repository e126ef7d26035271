import { type ChildProcess, spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWriteStream } from 'node:fs';
import type { SecretData } from '../../src/workload/bootstrapFiles.ts';
import type { NetworkMember } from './network.ts';
import { binary } from './postgres.ts';

/** A kea-dhcp4 that runs as it does in its pod: from the content of its Secret, as its own user, with the pod's environment. */
export interface PodLike {
  /** Replaces the mounted Secret's content, as the kubelet does. */
  mount(data: SecretData): Promise<void>;
  start(): Promise<void>;
  /** As the kubelet ends a container; what it wrote stays. */
  end(): Promise<void>;
  log(): Promise<string>;
  /** The exit code of a server that ended by itself. */
  readonly exitCode: number | null;
}

export interface PodLab {
  pod(name: string, member: NetworkMember, environment: Readonly<Record<string, string>>): Promise<PodLike>;
  stop(): Promise<void>;
}

const KEA_ID = 10_067;

/** The mounts of podTemplate.ts: a Secret on /etc/kea, an empty /run with /run/kea made in it, the leases' volume. */
const SCRIPT = `exec setpriv --pdeathsig KILL nsenter --net="/run/netns/$NETNS" unshare --mount sh -ec '
  mount --rbind /dev "$ROOT/dev"
  mount -t proc proc "$ROOT/proc"
  mount -t tmpfs tmpfs "$ROOT/tmp"
  mount -t tmpfs -o mode=1777 tmpfs "$ROOT/run"
  mount --bind "$HOME_DIR/etc" "$ROOT/etc/kea"
  mount --bind "$HOME_DIR/lib" "$ROOT/var/lib/kea"
  chroot --userspec=10067:10067 "$ROOT" install -d -m 0750 /run/kea
  exec chroot --userspec=10067:10067 "$ROOT" kea-dhcp4 -c /etc/kea/kea-dhcp4.conf
'`;

export const startPodLab = async (): Promise<PodLab> => {
  const root = await binary('kea-rootfs');
  const dir = await mkdtemp(join(tmpdir(), 'kea-operator-pods-'));
  const pods: PodLike[] = [];
  return {
    pod: async (name, member, environment) => {
      const home = join(dir, name);
      for (const part of ['etc', 'lib']) await mkdir(join(home, part), { recursive: true });
      await chown(join(home, 'lib'), KEA_ID, KEA_ID);
      const logFile = join(home, 'log');
      let child: ChildProcess | undefined;
      const pod: PodLike = {
        mount: async (data) => {
          const etc = join(home, 'etc');
          for (const old of await readdir(etc)) if (!(old in data)) await rm(join(etc, old));
          for (const [file, content] of Object.entries(data)) {
            await writeFile(join(etc, file), content, { mode: 0o440 });
            await chown(join(etc, file), 0, KEA_ID);
          }
        },
        start: () => {
          child = spawn('sh', ['-c', SCRIPT], {
            stdio: ['ignore', 'pipe', 'pipe'],
            env: {
              PATH: process.env.PATH,
              HOME_DIR: home,
              ROOT: root,
              NETNS: member.namespace,
              ...environment,
            },
          });
          const sink = createWriteStream(logFile, { flags: 'a' });
          child.stdout?.pipe(sink, { end: false });
          child.stderr?.pipe(sink, { end: false });
          return Promise.resolve();
        },
        end: async () => {
          const running = child;
          if (running?.exitCode !== null || running.signalCode !== null) return;
          const ended = new Promise((resolve) => running.once('exit', resolve));
          running.kill('SIGTERM');
          await ended;
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
      await rm(dir, { recursive: true, force: true });
    },
  };
};

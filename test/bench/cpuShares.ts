/**
 * Processors as they are in a cluster: those of one node are no other's, and on each there are weights by what each process requests, as kubelet gives them to
 * containers. Without any, whoever has the most threads gets the most, and what is asked on one machine takes time from those on another.
 */
import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { run } from '../support/run.ts';

/** The machines that would be, each of which has a processor. */
export const NODES = ['the control plane', "DHCP's node"] as const;

/** What a group holds, where it runs, and its millicores. */
export interface Request {
  readonly name: string;
  readonly node: (typeof NODES)[number];
  readonly millicores: number;
  /** The processes that it holds from the beginning, with their children: each that runs such a program has a group of its own. */
  readonly is: (program: string, args: readonly string[]) => boolean;
}

export interface Shares {
  /** A command line that runs the given one in a group of that name. */
  inside(name: string, command: readonly string[]): readonly string[];
  /** All back to where they were. */
  end(): Promise<void>;
}

interface Version {
  readonly root: string;
  readonly file: string;
  readonly weightOf: (shares: number) => number;
}

/** With cgroup v2 the weight that kubelet makes of shares (KEP-2254). */
const VERSIONS: readonly Version[] = [
  { root: '/sys/fs/cgroup/cpu', file: 'cpu.shares', weightOf: (shares) => shares },
  { root: '/sys/fs/cgroup', file: 'cpu.weight', weightOf: (shares) => 1 + Math.floor(((shares - 2) * 9999) / 262_142) },
];
const PROCESSES = 'cgroup.procs';

/** PURE: kubelet's shares of a request. */
export const sharesOf = (millicores: number): number => Math.max(2, Math.floor((millicores * 1024) / 1000));

/** Puts the descendants of this process into groups; undefined where there is no cgroup to write to. */
export const openShares = async (requests: readonly Request[]): Promise<Shares | undefined> => {
  for (const version of VERSIONS) {
    const shares = await openWith(version, requests).catch(() => undefined);
    if (shares !== undefined) return shares;
  }
  return undefined;
};

const openWith = async ({ root, file, weightOf }: Version, requests: readonly Request[]): Promise<Shares> => {
  const home = await homeIn(root);
  const cpus = await allowed();
  const [first, second] = cpus;
  if (first === undefined || second === undefined) throw new Error('a processor for each node is needed');
  const cpuOf = (node: Request['node']): string => (node === NODES[0] ? first : second);
  const nodes = new Map(requests.map(({ name, node }) => [name, node]));
  const all = join(root, `kea-bench-${process.pid}`);
  const groups: string[] = [];
  const open = async (directory: string, millicores: number): Promise<string> => {
    await mkdir(directory);
    groups.unshift(directory);
    await writeFile(join(directory, file), String(weightOf(sharesOf(millicores))));
    return directory;
  };
  const end = async (): Promise<void> => {
    for (const group of groups) {
      for (const pid of await processesIn(group)) {
        await move(pid, home);
        await pin(pid, cpus.join(','));
      }
      await rmdir(group);
    }
  };
  try {
    await open(all, 1000 * availableParallelism());
    if (file === 'cpu.weight') await writeFile(join(all, 'cgroup.subtree_control'), '+cpu');
    const running = await descendants();
    for (const { name, node, millicores, is } of requests) {
      const heads = running.filter(
        ({ program, args, parent }) =>
          is(program, args) && !running.some((one) => one.pid === parent && is(one.program, one.args)),
      );
      await open(join(all, name), millicores);
      for (const [index, { pid }] of heads.entries()) {
        const group = index === 0 ? join(all, name) : await open(join(all, `${name}-${index + 1}`), millicores);
        for (const one of treeOf(pid, running)) {
          await move(one, group);
          await pin(one, cpuOf(node));
        }
      }
    }
  } catch (error) {
    await end();
    throw error;
  }
  return {
    inside: (name, command) => {
      const pinned = ['taskset', '--cpu-list', cpuOf(nodes.get(name) ?? NODES[0]), ...command];
      return ['sh', '-c', 'echo $$ >"$0" && exec "$@"', join(all, name, PROCESSES), ...pinned];
    },
    end,
  };
};

/** Where this process is now. */
const homeIn = async (root: string): Promise<string> => {
  const lines = (await readFile('/proc/self/cgroup', 'utf8')).split('\n').map((line) => line.split(':'));
  const found =
    lines.find(([, controllers = '']) => controllers.split(',').includes('cpu')) ?? lines.find(([id]) => id === '0');
  const home = join(root, found?.slice(2).join(':') ?? '');
  return access(join(home, PROCESSES)).then(
    () => home,
    () => root,
  );
};

const move = (pid: number, group: string): Promise<void> =>
  // One that has ended meanwhile needs no group.
  writeFile(join(group, PROCESSES), String(pid)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  });

/** The processors that this process may have, as `taskset` takes them. */
const allowed = async (): Promise<readonly string[]> => {
  const [, list = ''] = /^Cpus_allowed_list:\s+(\S+)/m.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
  });
};

/** With all its threads, and what it starts from now on. */
const pin = async (pid: number, cpus: string): Promise<void> => {
  await run('taskset', ['--all-tasks', '--pid', '--cpu-list', cpus, String(pid)]).catch(async (error: unknown) => {
    // As above.
    if ((await readProcess(pid).catch(() => [])).length > 0) throw error;
  });
};

const processesIn = async (group: string): Promise<readonly number[]> =>
  (await readFile(join(group, PROCESSES), 'utf8')).split('\n').filter(Boolean).map(Number);

interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly program: string;
  readonly args: readonly string[];
}

/** This process and all that it has started. */
const descendants = async (): Promise<readonly Running[]> => {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const found = (await Promise.all(pids.map((pid) => readProcess(pid).catch(() => [])))).flat();
  const ours = new Set(treeOf(process.pid, found));
  return found.filter(({ pid }) => ours.has(pid));
};

const readProcess = async (pid: number): Promise<readonly Running[]> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [program = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  return [{ pid, parent: Number(parent), program: basename(program), args }];
};

const treeOf = (pid: number, all: readonly Running[]): readonly number[] => [
  pid,
  ...all.filter(({ parent }) => parent === pid).flatMap((child) => treeOf(child.pid, all)),
];

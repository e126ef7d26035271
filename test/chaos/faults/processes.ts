/** Processes and pods: killed, frozen, deleted, scaled to nothing. */
import { SYSTEM } from '../../support/install.ts';
import { until } from '../../support/run.ts';
import type { Injection } from '../faults.ts';
import { type Lab, type NodeProcess, podName, type PodsOf, POSTGRESQL, serverPods, systemPods } from '../lab.ts';

const SANDBOX = /^\/pause/;
const SANDBOXED = '-sandbox';
const KEA = /^\/usr\/sbin\/kea-dhcp4/;

const PROGRAMS: Readonly<Record<string, readonly [component: string, command: RegExp]>> = {
  postgresql: [POSTGRESQL, /^\S*postgres -D/],
  'postgresql-checkpointer': [POSTGRESQL, /^postgres: checkpointer/],
  operator: ['operator', /kea-operator\.js operator/],
  leases: ['leases', /kea-operator\.js apiserver/],
};

/** `primary`, `partner`, or a program of the operator's namespace; with `-sandbox` the process that holds its pod together. */
const find = async (lab: Lab, on: string): Promise<readonly NodeProcess[]> => {
  const sandbox = on.endsWith(SANDBOXED);
  const what = sandbox ? on.slice(0, -SANDBOXED.length) : on;
  const [pods, command]: readonly [PodsOf, RegExp] =
    what === 'primary' || what === 'partner'
      ? [serverPods(lab.serverAs(what).name), KEA]
      : [systemPods(PROGRAMS[what]?.[0] ?? what), PROGRAMS[what]?.[1] ?? /^$/];
  const found = await lab.processes(pods, sandbox ? SANDBOX : command);
  if (found.length === 0) throw new Error(`there is no process of ${on}`);
  return found;
};

const signal = async (lab: Lab, name: 'KILL' | 'STOP' | 'CONT', processes: readonly NodeProcess[]): Promise<void> => {
  await Promise.all(processes.map(({ node, pid }) => lab.inNode(node, `kill -${name} ${pid}`)));
};

const kill: Injection = async (lab, on) => {
  // What was killed before may not be there yet: its kubelet waits longer each time, up to five minutes.
  await signal(lab, 'KILL', await until(`a process of ${on}`, 330, () => find(lab, on), 200));
  if (on.endsWith(SANDBOXED)) await endsWithSandbox(lab, on.slice(0, -SANDBOXED.length));
  return undefined;
};

/** A kubelet sees within some seconds that the sandbox of a pod is gone, and ends what ran in it: that is the fault. */
const endsWithSandbox = async (lab: Lab, on: string): Promise<void> => {
  const pids = async (): Promise<ReadonlySet<string>> =>
    new Set((await find(lab, on).catch(() => [])).map(({ node, pid }) => `${node} ${pid}`));
  const before = await pids();
  await until(`end of ${on} with its sandbox`, 20, async () => (await pids()).isDisjointFrom(before), 200);
};

const freeze: Injection = async (lab, on) => {
  const frozen = await find(lab, on);
  await signal(lab, 'STOP', frozen);
  return async () => {
    for (const { node, pid } of frozen) await lab.inNode(node, `kill -CONT ${pid} 2>/dev/null || true`);
  };
};

/** A session of the pair's database by who has it. */
const killSession: Injection = async (lab, on) => {
  const application = on === 'operator' ? 'kea-operator%' : `kea-dhcp4 % ${lab.serverAs(on).name}`;
  const select = `SELECT pid FROM pg_stat_activity WHERE datname = 'kea_chaos' AND application_name LIKE '${application}' ORDER BY state = 'active' DESC LIMIT 1`;
  const pid = (await lab.sql(select)).trim();
  if (pid === '') throw new Error(`PostgreSQL has no session of ${on}`);
  await lab.system('exec', `${podName(lab.present.database)}-0`, '--', 'sh', '-c', `kill -9 ${pid}`);
  return undefined;
};

const deletePod: Injection = async (lab, on) => {
  const { namespace, selector } =
    on === 'primary' || on === 'partner' ? serverPods(lab.serverAs(on).name) : systemPods(on);
  await lab.cluster.kubectl(['delete', 'pods', '-n', namespace, '-l', selector, '--wait=false']);
  return undefined;
};

const scale = (lab: Lab, on: 'postgresql' | 'operator', replicas: number): Promise<string> =>
  lab.system(
    'scale',
    on === 'operator' ? 'deployment/kea-operator' : `statefulset/${podName(POSTGRESQL)}`,
    `--replicas=${replicas}`,
  );

/** The programs of the control plane. */
export const CONTROL_PLANE = ['etcd', 'apiserver', 'controller-manager', 'scheduler', 'coredns'];

const stop: Injection = async (lab, on) => {
  if (on === 'postgresql' || on === 'operator') {
    await scale(lab, on, 0);
    await lab.cluster.kubectl([
      'wait',
      '--for=delete',
      'pods',
      '-n',
      SYSTEM,
      '-l',
      systemPods(on).selector,
      '--timeout=40s',
    ]);
    return async () => {
      await scale(lab, on, 1);
    };
  }
  const programs = on === 'control-plane' ? CONTROL_PLANE : [on];
  await lab.cluster.run(['stop', ...programs]);
  return async () => {
    await lab.cluster.run(['start', ...programs], { timeoutMs: 120_000 });
  };
};

export const processFaults = {
  kill,
  freeze,
  'kill-session': killSession,
  'delete-pod': deletePod,
  stop,
} as const satisfies Record<string, Injection>;

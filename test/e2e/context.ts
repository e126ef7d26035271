import { join } from 'node:path';
import { NETWORKS, PAIR } from '../demo/campus.ts';
import { openCluster, ROOT } from '../support/cluster.ts';
import { NAMESPACE, SYSTEM, waitCondition } from '../support/install.ts';
import { until } from '../support/run.ts';

export const cluster = openCluster(process.env.KEA_CLUSTER_DIR ?? join(ROOT, '.cluster', 'e2e'));

export const kubectl = (...args: readonly string[]): Promise<string> => cluster.kubectl(['-n', NAMESPACE, ...args]);

/** Changes the spec of an object. */
export const patch = (what: string, spec: object): Promise<string> =>
  kubectl('patch', what, '--type=merge', '-p', JSON.stringify({ spec }));

/** The pair `campus` and its networks, as the demo has them. */
export const bringUpCampus = async (): Promise<void> => {
  await cluster.apply(PAIR);
  await cluster.apply(NETWORKS);
  await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
  for (const name of ['office', 'guests']) await waitCondition(cluster, `subnet/${name}`, 'Ready', { status: 'True' });
};

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly spec: { readonly nodeName?: string };
    readonly status: {
      readonly startTime?: string;
      readonly containerStatuses?: readonly { readonly restartCount: number }[];
    };
  }[];
}

/** Identities, start times and restarts of the pods of a daemon: equal before and after means that none was restarted. */
export const serverPods = async (daemon = 'kea-dhcp4'): Promise<string> => {
  const { items } = await cluster.json<PodList>([
    'get',
    'pods',
    '-n',
    NAMESPACE,
    '-l',
    `app.kubernetes.io/name=${daemon}`,
  ]);
  return items
    .map(
      ({ metadata, status }) =>
        `${metadata.name} ${metadata.uid} ${status.startTime ?? ''} ${status.containerStatuses?.[0]?.restartCount ?? 0}`,
    )
    .sort()
    .join('\n');
};

interface PairStatus {
  readonly status?: { readonly database?: string };
}

/** Name of the pair's own database. */
export const pairDatabase = async (): Promise<string> => {
  const pair = await cluster.json<PairStatus>(['get', 'hapair', 'campus', '-n', NAMESPACE]);
  return pair.status?.database?.split('/').at(-1) ?? '';
};

/** Runs a command inside the bundled PostgreSQL's pod. */
const inPostgres = async (...command: readonly string[]): Promise<string> => {
  const { items } = await cluster.json<PodList>([
    'get',
    'pods',
    '-n',
    SYSTEM,
    '-l',
    'app.kubernetes.io/component=postgresql',
  ]);
  const pod = items[0]?.metadata.name ?? '';
  return cluster.kubectl(['exec', '-n', SYSTEM, pod, '--', ...command]);
};

export const postgresShell = (script: string): Promise<string> => inPostgres('sh', '-c', script);

/** Runs SQL inside the bundled PostgreSQL's pod, left to itself in the pair's own database. */
export const sql = async (statement: string, database?: string): Promise<string> => {
  const where = database ?? (await pairDatabase());
  return inPostgres('psql', '-d', where, '-qAtc', statement);
};

/** Ends the operator's process on the spot, as a crash would, and waits for the next one to be ready. */
export const killOperator = async (): Promise<void> => {
  const select = ['-n', SYSTEM, '-l', 'app.kubernetes.io/component=operator'];
  await cluster.kubectl(['delete', 'pods', ...select, '--grace-period=0', '--force', '--wait=false']);
  await until('a new operator', 90, async () => {
    const { items } = await cluster.json<PodList>(['get', 'pods', ...select]);
    return items.length === 1;
  });
  await cluster.kubectl(['wait', '--for=condition=Available', 'deployment', ...select, '--timeout=90s']);
};

/** Names and ids of the Subnets. */
export const subnetIds = (): Promise<string> =>
  kubectl('get', 'subnets', '-o', 'jsonpath={range .items[*]}{.metadata.name}={.status.subnetId} {end}');

/** What a server answers to a command over the socket in its pod. */
export const askPod = async (namespace: string, pod: string, command: string, args?: unknown): Promise<unknown> => {
  const request = JSON.stringify({ command, service: [], ...(args === undefined ? {} : { arguments: args }) });
  const script = `printf '%s' "$0" | socat -t 10 - UNIX-CONNECT:/run/kea/kea4.sock`;
  const exec = ['exec', '-n', namespace, pod, '-c', 'kea', '--', 'sh', '-c', script, request];
  const answer = JSON.parse(await cluster.kubectl(exec)) as {
    readonly result: number;
    readonly arguments?: unknown;
    readonly text?: string;
  };
  if (answer.result !== 0) throw new Error(`${command}: ${answer.text ?? ''}`);
  return answer.arguments;
};

/** The same of a server of the pair `campus`. */
export const askServer = (server: 'a' | 'b', command: string, args?: unknown): Promise<unknown> =>
  askPod(NAMESPACE, `campus-${server}-0`, command, args);

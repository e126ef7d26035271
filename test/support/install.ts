import type { IPFamily } from '../../src/kea/families.ts';
import { type Cluster, ROOT } from './cluster.ts';
import { until } from './run.ts';

export const SYSTEM = 'kea-system';
/** What the lease API is told of HAPairs. */
export const SOURCES = 'kea-system-leases';
export const NAMESPACE = 'dhcp';

/** Builds the images from this checkout and loads them into every node. */
export const loadImages = async (cluster: Cluster): Promise<void> => {
  const tars = (await cluster.run(['images', 'operator', 'kea', 'postgresql'])).trim().split('\n');
  await cluster.run(['load', ...tars.filter((line) => line.endsWith('.tar'))]);
};

/** The node of everything that is no DHCP server, so that a server's node can lose power without taking the operator with it. */
const SERVICE_NODE = 'node3';
const DATABASE_DIRECTORY = '/var/lib/kea-postgresql';
const HOSTNAME = 'nodeSelector.kubernetes\\.io/hostname';

/** Takes away what stays of a release for the next one: its namespace with the Secrets of the database, and the database's data. */
export const forgetRelease = async (cluster: Cluster): Promise<void> => {
  await cluster.kubectl(['delete', 'namespace', SYSTEM, '--ignore-not-found', '--timeout=120s']);
  await cluster.run(['exec', SERVICE_NODE, 'rm', '-rf', DATABASE_DIRECTORY]);
};

/**
 * `helm install` with the bundled PostgreSQL, as the README has it, on a node of its own; waits until everything is available.
 * The database lives in a directory of that node, as the embedded cluster has no storage classes.
 */
export const installOperator = async (
  cluster: Cluster,
  values: readonly string[] = [],
  chart = `${ROOT}/charts/kea-operator`,
): Promise<string> => {
  await cluster.run([
    'exec',
    SERVICE_NODE,
    'install',
    '-d',
    '-o',
    '10069',
    '-g',
    '10069',
    '-m',
    '0700',
    DATABASE_DIRECTORY,
  ]);
  const placed = ['operator', 'leases', 'postgresql'].map((part) => `${part}.${HOSTNAME}=${SERVICE_NODE}`);
  const storage = ['postgresql.persistence.enabled=true', `postgresql.persistence.hostPath=${DATABASE_DIRECTORY}`];
  const printed = await cluster.helm([
    ...['install', 'kea-operator', chart],
    ...['--namespace', SYSTEM, '--create-namespace', '--set', 'postgresql.bundled=true'],
    ...[...placed, ...storage, ...values].flatMap((value) => ['--set', value]),
    ...['--wait', '--timeout', '5m'],
  ]);
  await cluster.kubectl(['wait', '--for=condition=Available', 'deployment', '--all', '-n', SYSTEM, '--timeout=120s']);
  return printed;
};

/** `helm upgrade` of the release to the chart of this checkout, with the values that it has and those; waits until everything is available. */
export const upgradeOperator = async (
  cluster: Cluster,
  {
    values = [],
    reuse = '--reuse-values',
    timeout = '5m',
  }: {
    readonly values?: readonly string[];
    readonly reuse?: '--reuse-values' | '--reset-then-reuse-values';
    readonly timeout?: string;
  } = {},
): Promise<void> => {
  await cluster.helm([
    ...['upgrade', 'kea-operator', `${ROOT}/charts/kea-operator`, '-n', SYSTEM, reuse],
    ...values.flatMap((value) => ['--set', value]),
    ...['--wait', '--timeout', timeout],
  ]);
};

/** A namespace that may run hostNetwork pods. */
export const makeNamespace = async (cluster: Cluster, name = NAMESPACE): Promise<void> => {
  await cluster.apply(`
apiVersion: v1
kind: Namespace
metadata:
  name: ${name}
  labels: {pod-security.kubernetes.io/enforce: privileged}
`);
};

/** The images of this checkout, its operator, and the namespace of the pairs. */
export const installCheckout = async (cluster: Cluster): Promise<void> => {
  await loadImages(cluster);
  await installOperator(cluster);
  await makeNamespace(cluster);
};

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}
interface Resource {
  readonly metadata: { readonly name: string; readonly generation: number; readonly uid: string };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

export const conditionOf = (object: Resource, type: string): Condition | undefined =>
  object.status?.conditions?.find((condition) => condition.type === type);

/** Waits until the object's condition has the status (and the reason) for its present generation. */
export const waitCondition = (
  cluster: Cluster,
  what: string,
  type: string,
  want: { readonly status: string; readonly reason?: string },
  seconds = 90,
  namespace = NAMESPACE,
): Promise<Condition> => {
  let last: unknown;
  return until(
    `${what} to have ${type}=${want.status}${want.reason === undefined ? '' : ` (${want.reason})`}`,
    seconds,
    async () => {
      const object = await cluster.json<Resource>(['get', what, '-n', namespace]);
      const condition = conditionOf(object, type);
      last = condition;
      if (object.status?.observedGeneration !== object.metadata.generation) return undefined;
      return condition?.status === want.status && (want.reason ?? condition.reason) === condition.reason
        ? condition
        : undefined;
    },
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}; last seen: ${JSON.stringify(last)}`, {
      cause: error,
    });
  });
};

interface PairStatus {
  readonly status?: {
    readonly servers?: readonly { readonly name: string; readonly ipFamily?: IPFamily; readonly state?: string }[];
  };
}

/** The HA state of each server of a pair, as its status tells it of a family. */
export const haStates = async (
  cluster: Cluster,
  family: IPFamily = 'IPv4',
  name = 'campus',
): Promise<ReadonlyMap<string, string>> => {
  const pair = await cluster.json<PairStatus>(['get', 'hapair', name, '-n', NAMESPACE]);
  const servers = pair.status?.servers?.filter(({ ipFamily = 'IPv4' }) => ipFamily === family);
  return new Map(servers?.map((server) => [server.name, server.state ?? '']));
};

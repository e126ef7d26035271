/** The running cluster as the cases see it: the pair and what it is meant to be, its servers, its database, its nodes. */
import type { HAPair } from '../../src/api/index.ts';
import { HAPAIRS } from '../../src/api/resources.ts';
import { createKubeClient, type KubeClient } from '../../src/runtime/client.ts';
import { createConnection } from '../../src/runtime/connection.ts';
import { PODS } from '../../src/workload/objects.ts';
import type { Cluster } from '../support/cluster.ts';
import { NAMESPACE, SYSTEM } from '../support/install.ts';
import { readRules } from '../support/monitoring.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { openScrape } from '../support/scrape.ts';
import { spedUp } from './alerts.ts';
import { list, type Manifest, PAIR, pairManifest, type PairSpec, pairSpec, type Server, SERVICES } from './pair.ts';
import { type Shape, STANDARD } from './shapes.ts';

/** What the cases change, and what the rest of a case has to know of it. */
export interface Present {
  shape: Shape;
  /** What the pair is meant to be now. */
  spec: PairSpec;
  /** Password of the database role. */
  password: string;
  /** Component label of the PostgreSQL server behind the pair's database. */
  database: string;
  /** How often the pulse subnet was changed. */
  beat: number;
  /** Objects that a case made beside those that are always there. */
  extra: readonly Manifest[];
}

export interface Lab {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly present: Present;
  /** In the pair's namespace. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** In the operator's namespace. */
  system(...args: readonly string[]): Promise<string>;
  apply(manifests: readonly Manifest[]): Promise<void>;
  /** Changes what the pair is meant to be, and the HAPair with it. */
  respec(spec: PairSpec): Promise<void>;
  getPair(): Promise<HAPair>;
  /** The server that is `primary` or `partner` at the moment. */
  serverAs(role: string): Server;
  /** The node behind `primary`, `partner` or `services`. */
  nodeOf(role: string): string;
  /** A shell script in a node. */
  inNode(node: string, script: string): Promise<string>;
  /** Runs SQL in the PostgreSQL server behind the pair's database. */
  sql(statement: string, database?: string): Promise<string>;
  /** Names of the alerts of the chart that fired within the last seconds, minutes being seconds. */
  firedWithin(seconds: number): Promise<readonly string[]>;
  /** Asks a server over the socket in its pod; needs no API server. */
  ask(server: string, command: string, args?: unknown): Promise<KeaAnswer>;
  /** Looks where the pods are, so that their processes are found also while no API server tells it. */
  remember(): Promise<void>;
  /** Processes of the pods whose command line matches, by the node that they run on. */
  processes(pods: PodsOf, command: RegExp): Promise<readonly NodeProcess[]>;
  close(): Promise<void>;
}

export interface KeaAnswer {
  readonly result: number;
  readonly text?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** Pods are found by their labels; those of a server by its name. */
export interface PodsOf {
  readonly namespace: string;
  readonly selector: string;
}

export interface NodeProcess {
  readonly node: string;
  readonly pid: number;
  readonly command: string;
}

export const serverPods = (server: string): PodsOf => ({
  namespace: NAMESPACE,
  selector: `kea-operator.io/pair=${PAIR},kea-operator.io/server=${server}`,
});
export const systemPods = (component: string): PodsOf => ({
  namespace: SYSTEM,
  selector: `app.kubernetes.io/component=${component}`,
});

export const POSTGRESQL = 'postgresql';

/** What each process of the pods of these uids was called by, found by the pods' cgroups. */
const LIST_PROCESSES = `
for dir in /proc/[0-9]*; do
  grep -qE "$PATTERN" "$dir/cgroup" 2>/dev/null || continue
  printf '%s %s\\n' "\${dir#/proc/}" "$(tr '\\0' ' ' <"$dir/cmdline")"
done`;

export const openLab = async (cluster: Cluster): Promise<Lab> => {
  const kubeconfig = (await cluster.run(['kubeconfig'])).trim();
  process.env.KUBECONFIG = kubeconfig;
  const client = createKubeClient({ connection: createConnection({}) });
  const present: Present = {
    shape: STANDARD,
    spec: pairSpec(STANDARD),
    password: 'first-password',
    database: POSTGRESQL,
    beat: 0,
    extra: [],
  };
  const scrape = await openScrape(cluster);
  const prometheus = await startPrometheus(cluster, { rules: spedUp(readRules()), scrape: [scrape.config] });
  const known = new Map<string, readonly { readonly uid: string; readonly node: string }[]>();

  const inNode = (node: string, script: string): Promise<string> => cluster.run(['exec', node, 'sh', '-c', script]);

  /** With the API server away it is those that were there before. */
  const podsOf = async ({ namespace, selector }: PodsOf) => {
    try {
      const { items } = await client.list(PODS, { namespace, labelSelector: selector, timeoutMs: 3000 });
      known.set(
        selector,
        items.flatMap(({ metadata, spec }) =>
          spec?.nodeName === undefined ? [] : [{ uid: metadata.uid ?? '', node: spec.nodeName }],
        ),
      );
    } catch (error) {
      if (!known.has(selector)) throw error;
    }
    return known.get(selector) ?? [];
  };

  const processes = async (pods: PodsOf, command: RegExp): Promise<readonly NodeProcess[]> => {
    const found = Map.groupBy(await podsOf(pods), ({ node }) => node);
    const lists = [...found].map(async ([node, own]) => {
      const pattern = own.map(({ uid }) => `pod${uid}`).join('|');
      const printed = await inNode(node, `PATTERN='${pattern}'${LIST_PROCESSES}`);
      return printed
        .split('\n')
        .map((line) => /^(\d+) (.*)$/.exec(line))
        .flatMap((match) =>
          match === null ? [] : [{ node, pid: Number(match[1]), command: (match[2] ?? '').trim() }],
        );
    });
    return (await Promise.all(lists)).flat().filter((one) => command.test(one.command));
  };

  const serverAs = (role: string): Server => {
    const server = present.spec.servers[role === 'primary' ? 0 : 1];
    if (server === undefined) throw new Error(`the pair has no ${role}`);
    return server;
  };

  const apply = async (manifests: readonly Manifest[]): Promise<void> => {
    await cluster.apply(list(manifests));
  };

  return {
    cluster,
    client,
    remember: async () => {
      const pods = [
        ...present.spec.servers.map(({ name }) => serverPods(name)),
        ...['operator', 'leases', present.database].map(systemPods),
      ];
      await Promise.all(pods.map(podsOf));
    },
    present,
    inNode,
    processes,
    apply,
    kubectl: (...args) => cluster.kubectl(['-n', NAMESPACE, ...args]),
    system: (...args) => cluster.kubectl(['-n', SYSTEM, ...args]),
    respec: async (spec) => {
      present.spec = spec;
      await apply([pairManifest(spec)]);
    },
    getPair: () => client.get(HAPAIRS, { namespace: NAMESPACE, name: PAIR }, { timeoutMs: 2000 }),
    serverAs,
    nodeOf: (role) => (role === 'services' ? SERVICES : serverAs(role).node),
    sql: (statement, database = 'kea_chaos') =>
      cluster.kubectl(
        [
          'exec',
          '-i',
          '-n',
          SYSTEM,
          `${podName(present.database)}-0`,
          '--',
          'psql',
          '-v',
          'ON_ERROR_STOP=1',
          '-d',
          database,
          '-qAt',
        ],
        {
          input: statement,
        },
      ),
    ask: async (server, command, args) => {
      const [kea] = await processes(serverPods(server), /^\/usr\/sbin\/kea-dhcp4/);
      if (kea === undefined) throw new Error(`server ${server} has no process`);
      const request = JSON.stringify({ command, ...(args === undefined ? {} : { arguments: args }) });
      const printed = await cluster.run(
        ['exec', kea.node, 'socat', '-t', '10', '-', `UNIX-CONNECT:/proc/${kea.pid}/root/run/kea/kea4.sock`],
        { input: request, timeoutMs: 15_000 },
      );
      return JSON.parse(printed) as KeaAnswer;
    },
    firedWithin: async (seconds) => {
      const fired = `count by (alertname) (count_over_time(ALERTS{alertstate="firing"}[${Math.ceil(seconds)}s]))`;
      const [answer = []] = await prometheus.query(fired);
      if (typeof answer === 'string') throw new Error(`Prometheus: ${answer}`);
      return answer.map(({ metric }) => metric.alertname ?? '');
    },
    close: async () => {
      await prometheus.stop();
      await scrape.remove();
      await client.close();
    },
  };
};

/** The StatefulSet of a PostgreSQL server by its component label. */
export const podName = (component: string): string => `kea-operator-${component}`;

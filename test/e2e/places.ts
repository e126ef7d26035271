/** Everything that a cluster tells of itself to somebody who may not read Secrets, and what its nodes tell. */
import { formsOf } from '../support/forms.ts';
import { SYSTEM } from '../support/install.ts';
import { cluster } from './context.ts';

export interface Place {
  /** Such as `log of kea-system/kea-operator-0 postgresql`. */
  readonly name: string;
  readonly text: string;
}

export const NODES = ['node1', 'node2', 'node3'] as const;

interface ContainerStatus {
  readonly name: string;
  readonly restartCount: number;
}
interface Pod {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly status: {
    readonly podIP?: string;
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

const podsIn = async (...where: readonly string[]): Promise<readonly Pod[]> => {
  const { items } = await cluster.json<{ readonly items: readonly Pod[] }>(['get', 'pods', ...where]);
  return items;
};

/** Every object of every kind but Secrets. */
const objects = async (): Promise<readonly Place[]> => {
  const kinds = (await cluster.kubectl(['api-resources', '--verbs=list', '-o', 'name'])).trim().split('\n');
  const places: Place[] = [];
  for (const kind of kinds.filter((one) => one !== 'secrets')) {
    const text = await cluster.kubectl(['get', kind, '-A', '-o', 'yaml', '--show-managed-fields']);
    places.push({ name: `objects of ${kind}`, text });
  }
  return places;
};

const descriptions = (): Promise<readonly Place[]> =>
  Promise.all(
    ['hapairs', 'pods'].map(async (kind) => ({
      name: `description of ${kind}`,
      text: await cluster.kubectl(['describe', kind, '-A']),
    })),
  );

/** A container that has not started, or whose former log its node does not have any more, has none. */
const logOf = async ({ metadata }: Pod, container: string, ...which: readonly string[]): Promise<string> => {
  const { namespace, name } = metadata;
  return (await cluster.tryKubectl(['logs', '-n', namespace, name, '-c', container, ...which])).stdout;
};

const logs = async (): Promise<readonly Place[]> => {
  const places: Place[] = [];
  for (const pod of await podsIn('-A')) {
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status;
    for (const { name, restartCount } of [...initContainerStatuses, ...containerStatuses]) {
      const of = `${pod.metadata.namespace}/${pod.metadata.name} ${name}`;
      places.push({ name: `log of ${of}`, text: await logOf(pod, name) });
      if (restartCount > 0) places.push({ name: `former log of ${of}`, text: await logOf(pod, name, '--previous') });
    }
  }
  return places;
};

/** Of all processes of a node, its own and those of its containers, each line after the file that it is from. */
const processes = async (node: string, file: 'cmdline' | 'environ'): Promise<Place> => {
  const script = `grep -az '' /proc/[0-9]*/${file} 2>/dev/null | tr '\\0' '\\n'`;
  return { name: `${file} of ${node}`, text: await cluster.run(['exec', node, 'sh', '-c', script]) };
};

/** The pages of operator and lease API, as the account of the token sees them. */
export const metrics = async (token: string): Promise<readonly Place[]> => {
  const select = ['-l', 'app.kubernetes.io/component in (operator, leases)', '--field-selector=status.phase=Running'];
  const pods = await podsIn('-n', SYSTEM, ...select);
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return Promise.all(
    staying.map(async ({ metadata, status }) => {
      const curl = ['curl', '--silent', '--show-error', '--fail', '--insecure', '--max-time', '20', '--header', '@-'];
      const page = ['exec', 'node3', ...curl, `https://${status.podIP ?? ''}:8080/metrics`];
      const text = await cluster.run(page, { input: `Authorization: Bearer ${token}\n` });
      return { name: `metrics of ${metadata.labels?.['app.kubernetes.io/component'] ?? ''}`, text };
    }),
  );
};

export const look = async (token: string): Promise<readonly Place[]> => {
  const files = NODES.flatMap((node) => [processes(node, 'cmdline'), processes(node, 'environ')]);
  return [
    ...(await objects()),
    ...(await descriptions()),
    ...(await logs()),
    ...(await Promise.all(files)),
    ...(await metrics(token)),
  ];
};

/** Names of the places that tell a secret in any form. */
export const tellers = (places: readonly Place[], secret: string): readonly string[] => {
  const forms = formsOf(secret);
  return places.filter(({ text }) => forms.some((form) => text.includes(form))).map(({ name }) => name);
};

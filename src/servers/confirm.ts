/** What a server says that it runs. */
import type { KeaClient } from '../kea/client.ts';
import {
  digestOf,
  type RunningKey,
  runningNetwork,
  type RunningObject,
  runningOf,
  runningSubnet,
} from '../kea/json.ts';
import { countOf, isPulled, keyOfStep, type Running, type Step } from './steps.ts';

/** Asked one by one up to here (0.3 ms each); more are read in one `config-get`. */
const ASK_ONE_BY_ONE = 64;

/** What a server runs of ours, from its whole configuration: 0.4 s at 10,000 subnets. Secrets in it stay here. */
export const readRunning = async (client: KeaClient, signal: AbortSignal): Promise<Running> => {
  const configuration = await client.call('config-get', undefined, signal);
  return runningOf(client.family, configuration[client.family.json.root]);
};

/** What a server runs after some steps: the changed objects are asked for, the others taken as they were. */
export const readSteps = async (
  client: KeaClient,
  before: Running,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<Running> => {
  if (steps.length > ASK_ONE_BY_ONE || steps.some(isPulled)) return readRunning(client, signal);
  const now = new Map<RunningKey, RunningObject>(before);
  const memberships = await readMemberships(client, steps, signal);
  for (const step of steps) {
    if (isPulled(step)) continue;
    const key = keyOfStep(client.family, step);
    const object =
      step.kind === 'network' ? await askNetwork(client, step.key, signal) : await askSubnet(client, step.key, signal);
    const network = step.kind === 'subnet' ? memberships.get(step.key) : undefined;
    if (object === undefined) now.delete(key);
    else now.set(key, { ...object, ...(network === undefined ? {} : { network }) });
  }
  return now;
};

const askNetwork = async (client: KeaClient, name: string, signal: AbortSignal): Promise<RunningObject | undefined> => {
  const [network] = (await client.call(client.family.commands.networkGet, { name }, signal))?.['shared-networks'] ?? [];
  return network && { digest: digestOf(network) };
};

const askSubnet = async (client: KeaClient, id: number, signal: AbortSignal): Promise<RunningObject | undefined> => {
  const [subnet] = (await client.call(client.family.commands.subnetGet, { id }, signal))?.subnets ?? [];
  return subnet && { digest: digestOf(subnet) };
};

/** The command that gets a subnet does not tell its network; the one that lists them does (24 ms at 10,000), asked only where one is concerned. */
const readMemberships = async (
  client: KeaClient,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<ReadonlyMap<number, string>> => {
  const concerned = steps.some((step) => step.kind === 'subnet' && (step.from ?? step.to) !== undefined);
  if (!concerned) return new Map();
  const subnets = (await client.call(client.family.commands.subnetList, undefined, signal))?.subnets ?? [];
  return new Map(
    subnets.flatMap(({ id, 'shared-network-name': network }) =>
      network === undefined || network === null ? [] : [[id, network] as const],
    ),
  );
};

/** How many subnets a server holds, whosever they are. */
export const countSubnets = async (client: KeaClient, signal: AbortSignal): Promise<number> =>
  (await client.call(client.family.commands.subnetList, undefined, signal))?.subnets.length ?? 0;

/**
 * Whether a server's lists name the very subnets, in their networks, and networks that it is known to run. The contents are
 * not compared: the lists take 24 ms at 10,000 subnets, where `config-get` takes 0.4 s.
 */
export const listsAsKnown = async (client: KeaClient, known: Running, signal: AbortSignal): Promise<boolean> => {
  const subnets = (await client.call(client.family.commands.subnetList, undefined, signal))?.subnets ?? [];
  const networks =
    (await client.call(client.family.commands.networkList, undefined, signal))?.['shared-networks'] ?? [];
  if (subnets.length + networks.length !== countOf(known, ['network', 'subnet'])) return false;
  return (
    networks.every(({ name }) => known.has(runningNetwork(client.family, name))) &&
    subnets.every(({ id, 'shared-network-name': network }) => {
      const object = known.get(runningSubnet(client.family, id));
      return object !== undefined && object.network === (network ?? undefined);
    })
  );
};

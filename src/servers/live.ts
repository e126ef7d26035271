/** Changes by live commands, with time for packets between them. */
import { type KeaClient, KeaRefused } from '../kea/client.ts';
import { sleep } from '../runtime/clock.ts';
import type { Context } from '../runtime/context.ts';
import { isPulled, type Step } from './steps.ts';

/** Bodies of the commands that add or update subnets and networks, rendered when they are needed. */
export interface LiveBodies {
  subnet(id: number): Readonly<Record<string, unknown>>;
  network(name: string): Readonly<Record<string, unknown>>;
}

/** Steps that have live commands. */
type LiveStep = Extract<Step, { readonly kind: 'network' | 'subnet' }>;

/** A server is kept busy with commands for so long at most; what is left waits for the next pass. */
const LONGEST_MS = 30_000;

/**
 * Does the steps by the commands of the hook subnet_cmds, each of which stops packets for much less time than a pull.
 * One that the server refuses does not hold up the others. A network's own values have no live command, and neither have classes
 * and definitions of options: such a step is the caller's to bring by a pull.
 *
 * @returns Why not every step is done: of the first that was refused, which it is and Kea's text, as a rule.
 */
export const takeLive = async (
  client: KeaClient,
  steps: readonly Step[],
  bodies: LiveBodies,
  context: Context,
): Promise<string | undefined> => {
  const { clock, signal } = context;
  const start = clock.monotonic();
  const throttle = openThrottle(context);
  let refusal: string | undefined;
  for (const [index, step] of steps.entries()) {
    signal.throwIfAborted();
    if (clock.monotonic() - start > LONGEST_MS) {
      refusal ??= `${steps.length - index} live commands are left for the next pass`;
      break;
    }
    try {
      if (isPulled(step) || (step.kind === 'network' && step.op === 'update')) {
        refusal ??= `${step.kind} ${step.key} changes by a pull only`;
        continue;
      }
      await throttle.around(() => takeStep(client, step, bodies, signal));
    } catch (error) {
      if (!(error instanceof KeaRefused)) throw error;
      refusal ??= `${step.kind} ${step.key}: ${error.message}`;
    }
  }
  return refusal;
};

/** Lets a server answer its clients between commands. */
export interface Throttle {
  /** Does a command, and waits as long again as commands have taken in all since the last wait. */
  around<T>(command: () => Promise<T>): Promise<T>;
}

/** Packets wait while a command runs: up to here the socket's buffer holds what arrives meanwhile. */
const FREE_MS = 10;

export const openThrottle = ({ clock, signal }: Context): Throttle => {
  let busyMs = 0;
  return {
    around: async (command) => {
      if (busyMs > FREE_MS) {
        await sleep(clock, busyMs, signal);
        busyMs = 0;
      }
      const begin = clock.monotonic();
      try {
        return await command();
      } finally {
        busyMs += clock.monotonic() - begin;
      }
    },
  };
};

const takeStep = (client: KeaClient, step: LiveStep, bodies: LiveBodies, signal: AbortSignal): Promise<void> =>
  step.kind === 'network' ? takeNetwork(client, step, bodies, signal) : takeSubnet(client, step, bodies, signal);

const takeNetwork = async (
  client: KeaClient,
  step: Extract<Step, { kind: 'network' }>,
  bodies: LiveBodies,
  signal: AbortSignal,
): Promise<void> => {
  const { networkAdd, networkRemove } = client.family.commands;
  if (step.op === 'add') {
    await client.call(networkAdd, { 'shared-networks': [bodies.network(step.key)] }, signal);
  } else if (step.op === 'remove') {
    await client.call(networkRemove, { name: step.key, 'subnets-action': 'keep' }, signal);
  }
};

const takeSubnet = async (
  client: KeaClient,
  step: Extract<Step, { kind: 'subnet' }>,
  bodies: LiveBodies,
  signal: AbortSignal,
): Promise<void> => {
  const { op, key: id, from, to } = step;
  const { commands, json } = client.family;
  if (op === 'remove') {
    await client.call(commands.subnetRemove, { id }, signal);
    return;
  }
  const body = { [json.subnets]: [bodies.subnet(id)] } as const;
  if (op === 'add') await client.call(commands.subnetAdd, body, signal);
  else await client.call(commands.subnetUpdate, body, signal);
  if (from === to) return;
  // A subnet is a member of one network at most: it leaves before it joins.
  if (from !== undefined) await client.call(commands.memberRemove, { name: from, id }, signal);
  if (to !== undefined) await client.call(commands.memberAdd, { name: to, id }, signal);
};

/** What a server runs and should run, and the steps from one to the other. */
import { type Family, perFamily } from '../kea/family.ts';
import {
  definitionDigest,
  runningClass,
  type RunningKey,
  runningNetwork,
  type RunningObject,
  type RunningObjects,
  runningOptionDef,
  runningSubnet,
} from '../kea/json.ts';
import type { InMemory, KeaState, KeyOf, StateOf } from '../kea/kinds.ts';
import { once } from '../kea/once.ts';
import {
  type Item,
  type NetworkBody,
  type OptionDefBody,
  type OptionDefKey,
  optionDefKey,
  type SubnetBody,
} from '../kea/state.ts';

/** What a server holds in memory. Reservations are not there: Kea reads them per packet. */
export type Running = RunningObjects;

/** One thing that a server has to do to run what is desired. */
export type Step =
  | { readonly kind: 'option-def'; readonly op: 'add' | 'update' | 'remove'; readonly key: OptionDefKey }
  | { readonly kind: 'class'; readonly op: 'add' | 'update' | 'remove'; readonly key: string }
  | { readonly kind: 'network'; readonly op: 'add' | 'update' | 'remove'; readonly key: string }
  | {
      readonly kind: 'subnet';
      readonly op: 'add' | 'update' | 'remove';
      readonly key: number;
      /** Memberships before and after. */
      readonly from?: string;
      readonly to?: string;
    };

export const keyOfStep = (family: Family, step: Step): RunningKey =>
  (RUNNING_KEYS[step.kind] as (family: Family, key: Step['key']) => RunningKey)(family, step.key);

const RUNNING_KEYS: { readonly [K in InMemory]: (family: Family, key: KeyOf<K>) => RunningKey } = {
  'option-def': runningOptionDef,
  class: runningClass,
  network: runningNetwork,
  subnet: runningSubnet,
};

/**
 * Kinds without a command that changes one of them and leaves it changed: of definitions there is none, and what class_cmds do a pull undoes. Of
 * both the server is asked for all that it has.
 */
export const isPulled = (step: Step): step is Extract<Step, { readonly kind: 'option-def' | 'class' }> =>
  step.kind === 'option-def' || step.kind === 'class';

/**
 * What a server runs that has taken everything.
 * @param foreign Rows of the server that are not, or no more, the pair's own.
 */
export const desiredRunning = (
  family: Family,
  desired: KeaState,
  foreign: Partial<StateOf<InMemory>> = {},
): Running => {
  const running = new Map<RunningKey, RunningObject>();
  for (const { body } of foreign.optionDefs?.values() ?? [])
    running.set(runningOptionDef(family, optionDefKey(body)), { digest: '' });
  for (const item of desired.optionDefs.values()) running.set(...definitionAsRunning(family)(item));
  for (const classes of [foreign.classes ?? [], desired.classes]) {
    for (const [name, { marker }] of classes) running.set(runningClass(family, name), { digest: marker?.digest ?? '' });
  }
  for (const networks of [foreign.networks ?? [], desired.networks]) {
    for (const item of networks.values()) running.set(...networkAsRunning(family)(item));
  }
  for (const subnets of [foreign.subnets ?? [], desired.subnets]) {
    for (const item of subnets.values()) running.set(...subnetAsRunning(family)(item));
  }
  return running;
};

type Entry = readonly [key: RunningKey, object: RunningObject];

const definitionAsRunning = perFamily((family) =>
  once(({ body }: Item<OptionDefBody>): Entry => [
    runningOptionDef(family, optionDefKey(body)),
    { digest: definitionDigest(body) },
  ]),
);
const networkAsRunning = perFamily((family) =>
  once(({ body, marker }: Item<NetworkBody>): Entry => [
    runningNetwork(family, body.name),
    { digest: marker?.digest ?? '' },
  ]),
);
const subnetAsRunning = perFamily((family) =>
  once(({ body, marker }: Item<SubnetBody>): Entry => {
    const network = body['shared-network-name'];
    const object = { digest: marker?.digest ?? '', ...(network === undefined ? {} : { network }) };
    return [runningSubnet(family, body.id), object];
  }),
);

export const subnetsIn = (running: Running): number => countOf(running, ['subnet']);

/** How many things of some kinds it has. */
export const countOf = (running: Running, kinds: readonly InMemory[]): number => {
  let count = 0;
  for (const key of running.keys()) if (kinds.includes(partsOf(key).kind)) count++;
  return count;
};

/** A key taken apart. */
const partsOf = (key: RunningKey): { readonly kind: InMemory; readonly name: string } => {
  const [family = '', kind = ''] = key.split('/', 2);
  return { kind: kind as InMemory, name: key.slice(family.length + kind.length + 2) };
};

const stepOf = (key: RunningKey, op: Step['op'], was?: RunningObject, becomes?: RunningObject): Step => {
  const { kind, name } = partsOf(key);
  if (kind !== 'subnet') return { kind, op, key: name } as Step;
  return {
    kind,
    op,
    key: Number(name),
    ...(was?.network === undefined ? {} : { from: was.network }),
    ...(becomes?.network === undefined ? {} : { to: becomes.network }),
  };
};

/**
 * The steps from what runs to what is desired, in an order that a live server takes: networks appear before subnets
 * move in and go after these have left, and a subnet that goes may hold the prefix of one that comes. What is somebody
 * else's is left as it is, but loses our marker where the server still has it.
 */
export const stepsBetween = (running: Running, desired: Running): readonly Step[] => {
  const added: Step[] = [];
  const updated: Step[] = [];
  const removed: Step[] = [];
  for (const [key, item] of desired) {
    const was = running.get(key);
    // A definition of somebody else has no marker that it could lose.
    if (item.digest === '' && ((was?.digest ?? '') === '' || partsOf(key).kind === 'option-def')) continue;
    if (was === undefined) added.push(stepOf(key, 'add', undefined, item));
    else if (was.digest !== item.digest || was.network !== item.network) updated.push(stepOf(key, 'update', was, item));
  }
  for (const [key, was] of running) {
    if (was.digest !== '' && !desired.has(key)) removed.push(stepOf(key, 'remove', was));
  }
  const of = (steps: readonly Step[], kind: Step['kind']): readonly Step[] =>
    steps.filter((step) => step.kind === kind);
  return [
    ...[...added, ...updated, ...removed].filter(isPulled),
    ...of(removed, 'subnet'),
    ...of(added, 'network'),
    ...of(updated, 'network'),
    ...of(updated, 'subnet'),
    ...of(added, 'subnet'),
    ...of(removed, 'network'),
  ];
};

/** Steps to what the server ran already, and those that take away what nobody desires: it had lost or gained something by itself. */
export const unexplained = (
  family: Family,
  steps: readonly Step[],
  proven: Running,
  desired: Running,
): readonly Step[] =>
  steps.filter((step) => {
    const key = keyOfStep(family, step);
    const [before, now] = [proven.get(key), desired.get(key)];
    return before?.digest === now?.digest && before?.network === now?.network;
  });

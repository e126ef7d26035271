/** What a server runs and should run, and the steps from one to the other. */
import type { RunningObject, RunningObjects } from '../kea/json.ts';
import type { Item, KeaState, NetworkBody, SubnetBody } from '../kea/state.ts';

/** What a server holds in memory. Reservations are not there: Kea reads them per packet. */
export type Running = RunningObjects;
export type RunningKey = Running extends ReadonlyMap<infer Key, RunningObject> ? Key : never;

/** One thing that a server has to do to run what is desired. */
export type Step =
  | { readonly kind: 'network'; readonly op: 'add' | 'update' | 'remove'; readonly key: string }
  | {
      readonly kind: 'subnet';
      readonly op: 'add' | 'update' | 'remove';
      readonly key: number;
      /** Memberships before and after. */
      readonly from?: string;
      readonly to?: string;
    };

export const keyOf = (step: Step): RunningKey =>
  step.kind === 'network' ? `network/${step.key}` : `subnet/${step.key}`;

/**
 * What a server runs that has taken everything.
 * @param foreign Rows of the server that are not, or no more, the pair's own.
 */
export const desiredRunning = (
  desired: KeaState,
  foreign: Partial<Pick<KeaState, 'networks' | 'subnets'>> = {},
): Running => {
  const running = new Map<RunningKey, RunningObject>();
  for (const networks of [foreign.networks ?? [], desired.networks]) {
    for (const item of networks.values()) running.set(...networkAsRunning(item));
  }
  for (const subnets of [foreign.subnets ?? [], desired.subnets]) {
    for (const item of subnets.values()) running.set(...subnetAsRunning(item));
  }
  return running;
};

type Entry = readonly [key: RunningKey, object: RunningObject];

/** Rows are replaced when they change, never changed: of each it is made once. */
const once = <Body>(make: (item: Item<Body>) => Entry): ((item: Item<Body>) => Entry) => {
  const known = new WeakMap<Item<Body>, Entry>();
  return (item) => {
    const entry = known.get(item) ?? make(item);
    known.set(item, entry);
    return entry;
  };
};
const networkAsRunning = once(({ body, marker }: Item<NetworkBody>) => [
  `network/${body.name}`,
  { digest: marker?.digest ?? '' },
]);
const subnetAsRunning = once(({ body, marker }: Item<SubnetBody>) => {
  const network = body['shared-network-name'];
  return [`subnet/${body.id}`, { digest: marker?.digest ?? '', ...(network === undefined ? {} : { network }) }];
});

export const subnetsIn = (running: Running): number => {
  let count = 0;
  for (const key of running.keys()) if (key.startsWith('subnet/')) count++;
  return count;
};

const stepOf = (key: RunningKey, op: Step['op'], was?: RunningObject, becomes?: RunningObject): Step => {
  const name = key.slice(key.indexOf('/') + 1);
  if (key.startsWith('network/')) return { kind: 'network', op, key: name };
  return {
    kind: 'subnet',
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
    if (item.digest === '' && (was?.digest ?? '') === '') continue;
    if (was === undefined) added.push(stepOf(key, 'add', undefined, item));
    else if (was.digest !== item.digest || was.network !== item.network) updated.push(stepOf(key, 'update', was, item));
  }
  for (const [key, was] of running) {
    if (was.digest !== '' && !desired.has(key)) removed.push(stepOf(key, 'remove', was));
  }
  const of = (steps: readonly Step[], kind: Step['kind']): readonly Step[] =>
    steps.filter((step) => step.kind === kind);
  return [
    ...of(removed, 'subnet'),
    ...of(added, 'network'),
    ...of(updated, 'network'),
    ...of(updated, 'subnet'),
    ...of(added, 'subnet'),
    ...of(removed, 'network'),
  ];
};

/** Steps to what the server ran already, and those that take away what nobody desires: it had lost or gained something by itself. */
export const unexplained = (steps: readonly Step[], proven: Running, desired: Running): readonly Step[] =>
  steps.filter((step) => {
    const [before, now] = [proven.get(keyOf(step)), desired.get(keyOf(step))];
    return before?.digest === now?.digest && before?.network === now?.network;
  });

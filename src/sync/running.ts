import type { RunningObject, RunningObjects } from '../kea/json.ts';
import type { InMemory, KeaState, KeyOf, RowKind, RowRef, StateOf } from '../kea/kinds.ts';

/** What a server holds in memory. Reservations are not there: Kea reads them per packet. */
export type Running = RunningObjects;
export type RunningKey = Running extends ReadonlyMap<infer Key, RunningObject> ? Key : never;

/** One thing that a server has to do to run what is wished for. */
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

/** What servers know a row by; undefined of one that they do not keep. */
const RUNNING: { readonly [K in RowKind]: (key: KeyOf<K>) => RunningKey | undefined } = {
  network: (name) => `network/${name}`,
  subnet: (id) => `subnet/${id}`,
  host: () => undefined,
};
export const runningKeyOf = ({ kind, key }: RowRef): RunningKey | undefined =>
  (RUNNING[kind] as (key: string | number) => RunningKey | undefined)(key);

export const keyOf = (step: Step): RunningKey =>
  step.kind === 'network' ? `network/${step.key}` : `subnet/${step.key}`;

/**
 * What a server runs that has taken everything.
 * @param foreign Rows of the server that are not, or no more, the pair's own.
 */
export const wishedRunning = (desired: KeaState, foreign: Partial<StateOf<InMemory>> = {}): Running => {
  const running = new Map<RunningKey, RunningObject>();
  for (const networks of [foreign.networks ?? [], desired.networks]) {
    for (const [name, { marker }] of networks) running.set(`network/${name}`, { digest: marker?.digest ?? '' });
  }
  for (const subnets of [foreign.subnets ?? [], desired.subnets]) {
    for (const [id, { body, marker }] of subnets) {
      const network = body['shared-network-name'];
      running.set(`subnet/${id}`, { digest: marker?.digest ?? '', ...(network === undefined ? {} : { network }) });
    }
  }
  return running;
};

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
 * The steps from what runs to what is wished for, in an order that a live server takes: networks appear before subnets
 * move in and go after these have left, and a subnet that goes may hold the prefix of one that comes. What is somebody
 * else's is left as it is, but loses our marker where the server still has it.
 */
export const stepsBetween = (running: Running, wished: Running): readonly Step[] => {
  const added: Step[] = [];
  const updated: Step[] = [];
  const removed: Step[] = [];
  for (const [key, item] of wished) {
    const was = running.get(key);
    if (item.digest === '' && (was?.digest ?? '') === '') continue;
    if (was === undefined) added.push(stepOf(key, 'add', undefined, item));
    else if (was.digest !== item.digest || was.network !== item.network) updated.push(stepOf(key, 'update', was, item));
  }
  for (const [key, was] of running) {
    if (was.digest !== '' && !wished.has(key)) removed.push(stepOf(key, 'remove', was));
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

/** Steps to what the server ran already, and those that take away what nobody wished for: it had lost or gained something by itself. */
export const unexplained = (steps: readonly Step[], proven: Running, wished: Running): readonly Step[] =>
  steps.filter((step) => {
    const [before, now] = [proven.get(keyOf(step)), wished.get(keyOf(step))];
    return before?.digest === now?.digest && before?.network === now?.network;
  });

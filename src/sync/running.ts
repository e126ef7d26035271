import type { RunningObject, RunningObjects } from '../kea/json.ts';
import type { KeaState } from '../kea/state.ts';

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

/**
 * What a server runs that has taken everything.
 * @param released Rows that stay without our marker.
 */
export const wishedRunning = (
  desired: KeaState,
  released: Partial<Pick<KeaState, 'networks' | 'subnets'>> = {},
): Running => {
  const running = new Map<RunningKey, RunningObject>();
  for (const name of released.networks?.keys() ?? []) running.set(`network/${name}`, { digest: '' });
  for (const [name, { marker }] of desired.networks) running.set(`network/${name}`, { digest: marker?.digest ?? '' });
  const subnet = (id: number, digest: string, network: string | undefined): void => {
    running.set(`subnet/${id}`, { digest, ...(network === undefined ? {} : { network }) });
  };
  for (const [id, { body }] of released.subnets ?? []) subnet(id, '', body['shared-network-name']);
  for (const [id, { marker, body }] of desired.subnets) subnet(id, marker?.digest ?? '', body['shared-network-name']);
  return running;
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
 * move in and go after these have left, and a subnet that goes may hold the prefix of one that comes.
 */
export const stepsBetween = (running: Running, wished: Running): readonly Step[] => {
  const added: Step[] = [];
  const updated: Step[] = [];
  const removed: Step[] = [];
  for (const [key, item] of wished) {
    const was = running.get(key);
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

/** The rows as they are once changes are made. */
import type { Observed } from '../backend/backend.ts';
import { HostMap } from '../kea/partedMap.ts';
import type { HostKey, Item, HostBody, KeaState, NetworkBody, SubnetBody } from '../kea/state.ts';
import type { Change } from '../plan/plan.ts';

/** The rows that a pair's servers read once changes are made. */
export interface After {
  readonly owned: KeaState;
  /**
   * Somebody else's, and those that were let go of, in this turn or in one that a server missed: it may still run them
   * with our marker, and must lose that alone.
   */
  readonly foreign: Pick<KeaState, 'networks' | 'subnets'>;
}

/** Kea reads the rows of its own tag and of this one. */
const EVERYBODY = 'all';

/** What the database holds once the changes are made: what servers are held to, whatever policy kept back. */
export const afterChanges = (
  observed: Pick<Observed, 'owned' | 'foreign'>,
  changes: readonly Change[],
  serverTag: string,
): After => {
  // What has no change is the same map: whoever looked at it before need not again.
  const kinds = new Set(changes.map(({ kind }) => kind));
  const networks = new Map<string, Item<NetworkBody>>(kinds.has('network') ? observed.owned.networks : []);
  const subnets = new Map<number, Item<SubnetBody>>(kinds.has('subnet') ? observed.owned.subnets : []);
  const hosts: [HostKey, Item<HostBody> | undefined][] = [];
  const foreign = { networks: new Map<string, Item<NetworkBody>>(), subnets: new Map<number, Item<SubnetBody>>() };
  for (const row of observed.foreign) {
    if (!row.serverTags.includes(serverTag) && !row.serverTags.includes(EVERYBODY)) continue;
    if (row.kind === 'network') foreign.networks.set(row.item.body.name, row.item);
    if (row.kind === 'subnet') foreign.subnets.set(row.item.body.id, row.item);
  }
  for (const change of changes) {
    switch (change.kind) {
      case 'network':
        settle(networks, foreign.networks, change);
        break;
      case 'subnet':
        settle(subnets, foreign.subnets, change);
        break;
      case 'host':
        hosts.push([change.key, change.op === 'create' || change.op === 'update' ? change.item : undefined]);
    }
  }
  return {
    owned: {
      networks: kinds.has('network') ? networks : observed.owned.networks,
      subnets: kinds.has('subnet') ? subnets : observed.owned.subnets,
      hosts: hosts.length === 0 ? observed.owned.hosts : HostMap.of(observed.owned.hosts).with(hosts),
    },
    foreign,
  };
};

type Settling<Key, Body> =
  | { readonly op: 'create' | 'update' | 'release'; readonly key: Key; readonly item: Item<Body> }
  | { readonly op: 'remove'; readonly key: Key };

const settle = <Key, Body>(
  owned: Map<Key, Item<Body>>,
  foreign: Map<Key, Item<Body>>,
  change: Settling<Key, Body>,
): void => {
  owned.delete(change.key);
  foreign.delete(change.key);
  if (change.op === 'create' || change.op === 'update') owned.set(change.key, change.item);
  else if (change.op === 'release') foreign.set(change.key, change.item);
};

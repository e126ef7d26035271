import type { HostKey, Item, Host4, KeaState, SharedNetwork4, Subnet4 } from '../kea/state.ts';
import type { Change } from '../plan/plan.ts';

/** The pair's rows after changes, and those that were let go of and stay. */
export interface After {
  readonly owned: KeaState;
  readonly released: Pick<KeaState, 'networks' | 'subnets'>;
}

/** What the database holds of the pair's once the changes are made: what servers are held to, whatever policy kept back. */
export const afterChanges = (before: KeaState, changes: readonly Change[]): After => {
  const networks = new Map<string, Item<SharedNetwork4>>(before.networks);
  const subnets = new Map<number, Item<Subnet4>>(before.subnets);
  const hosts = new Map<HostKey, Item<Host4>>(before.hosts);
  const released = { networks: new Map<string, Item<SharedNetwork4>>(), subnets: new Map<number, Item<Subnet4>>() };
  for (const change of changes) {
    switch (change.kind) {
      case 'network':
        settle(networks, change);
        if (change.op === 'release') released.networks.set(change.key, change.item);
        break;
      case 'subnet':
        settle(subnets, change);
        if (change.op === 'release') released.subnets.set(change.key, change.item);
        break;
      case 'host':
        settle(hosts, change);
    }
  }
  return { owned: { networks, subnets, hosts }, released };
};

type Settling<Key, Body> =
  | { readonly op: 'create' | 'update' | 'release'; readonly key: Key; readonly item: Item<Body> }
  | { readonly op: 'remove'; readonly key: Key };

const settle = <Key, Body>(rows: Map<Key, Item<Body>>, change: Settling<Key, Body>): void => {
  if (change.op === 'create' || change.op === 'update') rows.set(change.key, change.item);
  else rows.delete(change.key);
};

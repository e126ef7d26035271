import type { Host4, HostKey, Item, SharedNetwork4, Subnet4 } from '../kea/state.ts';

/** The kinds of rows, their bodies and their keys. */
export interface Bodies {
  readonly network: SharedNetwork4;
  readonly subnet: Subnet4;
  readonly host: Host4;
}
export interface Keys {
  readonly network: string;
  readonly subnet: number;
  readonly host: HostKey;
}

export type ItemKind = keyof Bodies;

/** One row to write. `fields` are the top-level keywords that differ, for people and for the choice of the live path. */
export type ChangeOf<K extends ItemKind> =
  | { readonly kind: K; readonly op: 'create'; readonly key: Keys[K]; readonly item: Item<Bodies[K]> }
  | {
      readonly kind: K;
      readonly op: 'update';
      readonly key: Keys[K];
      readonly item: Item<Bodies[K]>;
      readonly was: Item<Bodies[K]>;
      readonly fields: readonly string[];
    }
  /** The row stays but loses its marker: deletionPolicy Orphan. */
  | {
      readonly kind: K;
      readonly op: 'release';
      readonly key: Keys[K];
      readonly item: Item<Bodies[K]>;
      readonly was: Item<Bodies[K]>;
    }
  | { readonly kind: K; readonly op: 'remove'; readonly key: Keys[K]; readonly was: Item<Bodies[K]> };

export type NetworkChange = ChangeOf<'network'>;
export type SubnetChange = ChangeOf<'subnet'>;
export type HostChange = ChangeOf<'host'>;
export type Change = NetworkChange | SubnetChange | HostChange;

export type Withholding = 'DryRun' | 'Paused' | 'MassDeletionWithheld';

/** The least that makes rows equal to the wish, in an order that foreign keys and unique indexes allow. */
export interface Plan {
  readonly changes: readonly Change[];
  /** Changes that policy keeps back, in the same order. */
  readonly withheld: readonly { readonly change: Change; readonly why: Withholding }[];
}

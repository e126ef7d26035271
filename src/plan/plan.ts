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
export const ITEM_KINDS: readonly ItemKind[] = ['network', 'subnet', 'host'];

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

export type Withholding = 'DryRun' | 'MassDeletionWithheld';

/** What a Subnet says is to become of its row when it is deleted. */
export type DeletionPolicy = 'Protect' | 'Delete' | 'Orphan';

/** What is kept in the operator's own tables beside the rows, so that it outlives the objects. */
export interface Records {
  /** Of Subnets, by the id of their row. */
  readonly policies: ReadonlyMap<number, DeletionPolicy>;
  /** Kinds of rows, each with the uid of the CustomResourceDefinition whose objects its rows were last made from. */
  readonly definitions: ReadonlyMap<ItemKind, string>;
}

/** Why removals are withheld together, or would be had the user not named their number. */
export interface Guard {
  /** The number that lets them through. */
  readonly removals: number;
  /** `they are more than half of what the pair has` */
  readonly because: string;
}

/** The least that makes rows equal to the wish, in an order that foreign keys and unique indexes allow. */
export interface Plan {
  readonly changes: readonly Change[];
  /** Changes that policy keeps back, in the same order. */
  readonly withheld: readonly { readonly change: Change; readonly why: Withholding }[];
  /** Present where `MassDeletionWithheld` is among them, or was let through. */
  readonly guard?: Guard;
  /** What the operator's own tables lack; a policy of an id that the ledger does not have, and that no change gives it, is passed over. */
  readonly records?: Records;
}

/** Whether there is nothing to write. */
export const isEmpty = ({ changes, records }: Plan): boolean =>
  changes.length === 0 && (records === undefined || records.policies.size + records.definitions.size === 0);

import type { HAPair, HostReservation, SharedNetwork, Subnet } from '../api/index.ts';
import type { Reason } from '../api/reasons.ts';
import type { KeaState, ObjectRef } from '../kea/state.ts';

/**
 * The custom resources that one turn looks at: the pair, and every child of its *namespace* (a namespace is one address
 * space, so overlaps are judged across pairs). `compile` picks out what belongs to the pair.
 */
export interface Snapshot {
  readonly pair: HAPair;
  readonly networks: readonly SharedNetwork[];
  readonly subnets: readonly Subnet[];
  readonly reservations: readonly HostReservation[];
}

/** Whether an object takes part. A rejected one says why, what would be right, and who won a conflict. */
export type Verdict =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      readonly reason: Reason;
      /** Names the field and the remedy. */
      readonly message: string;
      readonly winner?: ObjectRef;
    };

/** Ids by the Subnet's ref; a Subnet without one has no id in this turn (SubnetIdPending). */
export type SubnetIds = ReadonlyMap<ObjectRef, number>;

export interface Compiled {
  readonly desired: KeaState;
  /** One for each object that refers to the pair, directly or through its parents, and for each whose parent is missing. */
  readonly verdicts: ReadonlyMap<ObjectRef, Verdict>;
  readonly subnetIds: SubnetIds;
}

/** What goes into a compilation and what comes out of it. */
import type { HAPairSpec } from '../api/haPair.ts';
import type { ClientClass, HAPair, HostReservation, OptionDefinition, SharedNetwork, Subnet } from '../api/index.ts';
import type { Reason, WarningReason } from '../api/reasons.ts';
import type { Family } from '../kea/family.ts';
import type { ForeignRow, KeaState, RowRef } from '../kea/kinds.ts';
import type { KnownOptions } from '../kea/knownOptions.ts';
import type { DeletionPolicy, ObjectRef } from '../kea/state.ts';
import type { Child, ClassChild, DefinitionChild, NetworkChild, ReservationChild, SubnetChild } from './child.ts';
import type { Parsed } from './spec.ts';

/** The custom resources of one namespace that can belong to a pair, as they are stored. */
export interface Children {
  readonly definitions?: readonly OptionDefinition[];
  readonly classes?: readonly ClientClass[];
  readonly networks: readonly SharedNetwork[];
  readonly subnets: readonly Subnet[];
  readonly reservations: readonly HostReservation[];
}

/**
 * The custom resources that one pass looks at: the pair, its children, and what of its *namespace* concerns it (a namespace is one address
 * space, so overlaps are judged across pairs).
 */
export interface Snapshot {
  readonly pair: HAPair;
  /** All that follows is of it. */
  readonly family: Family;
  /** The pair's own spec, if it fits its schema. */
  readonly spec: Parsed<HAPairSpec>;
  /** Left out: the servers of the specification share the work as it says. */
  readonly sharing?: Sharing;
  /** The children of the pair, oldest first. */
  readonly definitions: readonly DefinitionChild[];
  readonly classes: readonly ClassChild[];
  readonly networks: readonly NetworkChild[];
  readonly subnets: readonly SubnetChild[];
  /** Where each Subnet is in their list. */
  readonly positions: ReadonlyMap<ObjectRef, number>;
  /** The reservations of each Subnet, in the order of the Subnets. */
  readonly reservations: readonly (readonly ReservationChild[])[];
  /** Those of the pair as a whole. */
  readonly globals: readonly ReservationChild[];
  /** Subnets of the namespace that other pairs serve. */
  readonly elsewhere: readonly SubnetChild[];
  /** Objects of the namespace that belong to no pair, as a parent is missing: `straysOf` judges them. */
  readonly unattached: readonly Child[];
  /** Of the namespace. */
  readonly network: (name: string) => NetworkChild | undefined;
  readonly find: (ref: ObjectRef) => Child | undefined;
}

/** The servers that share the work of a pair now, by role; of a role several while one takes another's place. */
export type Sharing = { readonly primary: readonly string[]; readonly secondary: readonly string[] } | 'nobody';

/** Why an object does not take part: what would be right, and who won a conflict. */
export interface Rejection {
  readonly accepted: false;
  readonly reason: Reason;
  /** Names the field and the remedy. */
  readonly message: string;
  readonly winner?: ObjectRef;
  /** It comes right by itself once there is what the object, or its parent, refers to. */
  readonly awaits?: true;
}

/** What is not wrong with an object that takes part, and may surprise. */
export interface Warning {
  readonly reason: WarningReason;
  /** The path of what it is about, from the object on. */
  readonly field: string;
  /** Names the field and the remedy. */
  readonly message: string;
}

/** Whether an object takes part. */
export type Verdict = { readonly accepted: true } | Rejection;

/** What the database holds; `Observed` of src/backend/backend.ts fits. */
export interface Rows {
  readonly owned: KeaState;
  readonly foreign: readonly ForeignRow[];
}

/** What existing leases say of subnet ids: by the asked prefixes, and the greatest of all. */
export interface LeaseWitness {
  readonly subnetIds: ReadonlyMap<string, readonly number[]>;
  readonly greatest: number;
}

/** What the ledger says of an id. */
export interface IdEntry {
  readonly prefix: string;
  readonly object: ObjectRef;
  /** What its Subnet last said to an earlier version, since which the row was not written. */
  readonly deletionPolicy?: DeletionPolicy;
}

/** Everything that can tell which id a prefix had; an `Observed` with the leases beside it. */
export interface IdWitnesses extends Rows {
  readonly ledger: ReadonlyMap<number, IdEntry>;
  /** Greatest id that was ever in use: ledger, rows and lease tables, and what the pair's status remembers. */
  readonly greatestSubnetId: number;
  /** 'unreadable': no id is chosen for a prefix that no other witness knows. */
  readonly leases: LeaseWitness | 'unreadable';
}

/** What `assignSubnetIds` decided. A Subnet in neither map waits for a witness (SubnetIdPending). */
export interface SubnetIds {
  readonly ids: ReadonlyMap<ObjectRef, number>;
  /** Subnets whose request cannot be granted. */
  readonly refused: ReadonlyMap<ObjectRef, Rejection>;
}

/** Number of leases that are active in a Subnet; 'unknown' where they cannot be read. */
export type ActiveLeases = number | 'unknown';

/** The leases of a Subnet that its drain waits for; `Remaining` of src/leases/remaining.ts fits. */
export interface LeasesLeft {
  readonly leases: number;
  /** When the last of them ends, in seconds since 1970; absent where that is not known. */
  readonly last?: number;
  /** Leases without an end, which are not waited for. */
  readonly endless: number;
}

/** What `compile` has to know beside the custom resources. */
export interface Surroundings {
  /** The server tag of the pair's rows. */
  readonly serverTag: string;
  readonly rows: Rows;
  readonly ids: SubnetIds;
  readonly ledger: ReadonlyMap<number, IdEntry>;
  /** By subnet id, of the rows that `rowsInDoubt` names. One that is missing here counts as 'unknown'. */
  readonly activeLeases: ReadonlyMap<number, ActiveLeases>;
  /** By subnet id, of the rows that `drainingRows` names; one that is missing cannot be counted now. */
  readonly remaining?: ReadonlyMap<number, LeasesLeft>;
  /** Whether lookups that no reservation asks for any more are given up. */
  readonly dropsLookups: boolean;
  /** What the servers' own configurations refer to; left out: nothing. */
  readonly configured?: readonly RowRef[];
}

/** What becomes of a SharedNetwork or Subnet that is being deleted. */
export type Deletion =
  /** Its rows go, or there are none. */
  | { readonly state: 'leaving' }
  /** Its rows stay without the marker. */
  | { readonly state: 'orphaned' }
  /** Its rows stay and serve nobody. */
  | { readonly state: 'draining'; readonly reason: 'Draining'; readonly message: string }
  /** It goes on serving. */
  | {
      readonly state: 'held';
      readonly reason: 'LeasesActive' | 'ReferencesExist' | 'Draining';
      readonly message: string;
    };

/** A row that goes on serving although its Subnet vanished. */
export interface Vanished {
  readonly object: ObjectRef;
  readonly prefix: string;
  readonly leases: ActiveLeases;
}

export interface Compiled {
  /** Rows of accepted objects, and the rows that rejected and waiting objects have already: a mistake takes nobody out of service. */
  readonly desired: KeaState;
  /** One for each object that refers to the pair, directly or through its parents, unless it is on its way out; for the pair itself only where it is rejected. */
  readonly verdicts: ReadonlyMap<ObjectRef, Verdict>;
  /** Of accepted objects. */
  readonly warnings: ReadonlyMap<ObjectRef, readonly Warning[]>;
  /** Ids of accepted Subnets. */
  readonly subnetIds: ReadonlyMap<ObjectRef, number>;
  /** Accepted objects that cannot be in `desired` yet, as the id of their Subnet is not known. */
  readonly pending: ReadonlySet<ObjectRef>;
  /** Rejected or waiting objects whose earlier rows are kept in `desired` as they are. */
  readonly kept: ReadonlySet<ObjectRef>;
  readonly deletions: ReadonlyMap<ObjectRef, Deletion>;
  /** Objects whose rows lose their marker and stay. */
  readonly orphans: ReadonlySet<ObjectRef>;
  /** Rows in `desired`, by subnet id, whose Subnet vanished: until their leases end, it comes back, or the user names them. */
  readonly vanished: ReadonlyMap<number, Vanished>;
  /** Ids of rows of vanished Subnets whose removal the user allowed by name. */
  readonly allowed: ReadonlySet<number>;
  /**
   * For each list of reservations of the snapshot, those of the Subnets and then those of the pair as a whole, what was found of it: the same thing as
   * in an earlier pass where all is as it was. Undefined: it hangs on others.
   */
  readonly found: readonly (object | undefined)[];
  /** How many children were rejected; those with another verdict were accepted. */
  readonly rejected: number;
  /** The first of them. */
  readonly firstRejected: readonly ObjectRef[];
  /** The options that its servers know. */
  readonly known: KnownOptions;
  /** Stands for this pass: another object in each. */
  readonly pass: object;
  /** Absent where everything was looked at. */
  readonly continues?: Continued;
}

/** A pass that went on from an earlier one. */
export interface Continued {
  readonly pass: object;
  /** Positions of the Subnets that it looked at, them or their reservations. All else stands as it was found. */
  readonly looked: ReadonlySet<number>;
}

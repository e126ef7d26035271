/** The port to Kea’s configuration backend, with its errors. */
import type { ForeignRow, KeaState, RowKind } from '../kea/kinds.ts';
import type { DeletionPolicy, ObjectRef } from '../kea/state.ts';
import type { Change, Plan } from '../plan/plan.ts';
import { KnownError } from '../runtime/errors.ts';

/** The rows of one pair: its database holds nothing else, as one logical database per pair is the rule. */
export interface Scope {
  /** Kea's server tag, `<namespace>.<name>`, hashed past 64 characters. */
  readonly serverTag: string;
  /** Canonical prefixes of Subnets whose id is not known from spec: the ledger and the lease tables are asked about them. */
  readonly prefixes: readonly string[];
}

/** An entry of the id ledger: ids are for ever, as leases and reservations point to them without a foreign key. */
export interface LedgerEntry {
  readonly subnetId: number;
  readonly prefix: string;
  readonly object: ObjectRef;
  /** What its Subnet last said to an earlier version, since which the row was not written: now its marker says it. */
  readonly deletionPolicy?: DeletionPolicy;
}

export interface Observed {
  /** Rows with our marker and the pair's server tag. */
  readonly owned: KeaState;
  readonly foreign: readonly ForeignRow[];
  /** The whole ledger, by id. */
  readonly ledger: ReadonlyMap<number, LedgerEntry>;
  /** For each kind of row the uid of the CustomResourceDefinition that its rows were last made for. */
  readonly definitions: ReadonlyMap<RowKind, string>;
  /** Greatest id that was ever in use here: ledger, rows and leases; 0 in an empty database. */
  readonly greatestSubnetId: number;
  /** Subnet ids of leases in the lease tables of this database, by asked prefix. Empty for memfile pairs, whose servers are asked instead. */
  readonly leaseSubnetIds: ReadonlyMap<string, readonly number[]>;
  readonly revision: Revision;
}

/**
 * Says whether anybody wrote since: the id of the last audit revision of the family (every announced change of
 * configuration, whoever made it) and the number of our own transactions (reservations are not announced). Compared, never read.
 * What is written by hand without an audit revision is not in it: the next observe sees it, as it reads every row.
 */
export type Revision = string;

/** What is known of the database before anything is read from Kea's tables. */
export interface Probe {
  /** e.g. `29.0`; absent where Kea's schema is not there yet. */
  readonly schemaVersion?: string;
  readonly writable: boolean;
}

/** Somebody wrote between observe and apply. The pass is repeated at once. */
export class StaleObservation extends KnownError {
  override readonly name = 'StaleObservation';
  readonly reason = 'StaleObservation';
}

/** The database cannot be reached or does not answer in time. Repeated with backoff. */
export class BackendUnavailable extends KnownError {
  override readonly name = 'BackendUnavailable';
  readonly reason = 'BackendUnavailable';
}

/** The database takes the connection but not the rows: a constraint or a value it cannot hold. Nothing is written. */
export class BackendRefused extends KnownError {
  override readonly name = 'BackendRefused';
  readonly reason = 'BackendRefused';
  /** The changes at fault, each with the database's words; of those that fail together the later. Empty where it is none of them. */
  readonly refused: ReadonlyMap<Change, string>;
  constructor(message: string, refused: ReadonlyMap<Change, string> = new Map(), options?: ErrorOptions) {
    super(message, options);
    this.refused = refused;
  }
}

/**
 * Kea's configuration backend and host tables, seen as state. One implementation per database; `test/support/memoryBackend.ts` keeps the
 * contract for tests without one.
 */
export interface ConfigBackend {
  probe(signal?: AbortSignal): Promise<Probe>;
  /** @param took Told what the rows take in memory, about, in bytes. */
  observe(scope: Scope, signal?: AbortSignal, took?: (bytes: number) => void): Promise<Observed>;
  /** The revision alone, without reading any row. */
  revision(signal?: AbortSignal): Promise<Revision>;
  /**
   * Makes all changes of the plan in its order, in one transaction with at most one audit revision, enters subnet ids in the
   * ledger, and the plan's records. Does nothing for an empty plan. Throws StaleObservation if the revision is no longer `basis`, and BackendRefused
   * with changes that the database does not take: some at least of those there are.
   * @param mayCommit Asked when all is written, right before it is committed; where it throws, nothing is.
   */
  apply(plan: Plan, scope: Scope, basis: Revision, signal?: AbortSignal, mayCommit?: () => void): Promise<Revision>;
  close(): Promise<void>;
}

/**
 * An address family is a value: it goes where Kea has another word for the same thing in DHCPv4 and in DHCPv6. The words themselves are in the family's own
 * files (dhcpv4.ts, dhcpv6.ts, and beside them those with their commands) and nowhere else.
 */
import type { Addressing } from './address.ts';
import type { CommandNames } from './familyCommands.ts';
import { once } from './once.ts';
import type { IdentifierType } from './state.ts';

/** The version of IP: what the ledger of subnet ids, the table of keywords, and keys of what runs know a family by. */
export type Version = 4 | 6;

/** A table of Kea's, with all its columns; test/contract holds them against a real database. */
export interface KeaTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Those that neither keywords nor anything of a desired state are in: numbers and times that the database gives. */
  readonly given: readonly string[];
}

/** Of the definitions of options, which both families have alike. */
export const OPTION_DEF_COLUMNS = [
  'id',
  'code',
  'name',
  'space',
  'type',
  'modification_ts',
  'is_array',
  'encapsulate',
  'record_types',
  'user_context',
  'class_id',
] as const;

/** What a family has. */
export interface Family {
  readonly version: Version;
  /** The program, and the root of its loggers. */
  readonly daemon: string;
  /** A logger that writes for each message, below the root. */
  readonly messageLogger: string;
  readonly json: {
    /** The one member of a configuration. */
    readonly root: string;
    /** Subnets: of the configuration, of a shared network, of a command and its answer. */
    readonly subnets: string;
    /** The id of a subnet, where a command tells it from that of the other family. */
    readonly subnetId: string;
  };
  /** The space of the standard options. */
  readonly optionSpace: string;
  /** Kinds of identifiers that reservations are looked up by, in Kea's order. Not flex-id: without the hook flex_id there is none to look up. */
  readonly identifiers: readonly IdentifierType[];
  readonly packetQueue: string;
  /** UDP port on which servers hear clients. */
  readonly port: number;
  /** File of the leases in memory. */
  readonly leaseFile: string;
  /** The lowest address, which no client has. */
  readonly noAddress: string;
  readonly addressing: Addressing;
  /**
   * Keywords that the commands of the hook subnet_cmds write into a subnet that leaves them out, with their global values (Kea's list is
   * INHERIT_TO_SUBNET of its SimpleParser): there they outlast and outrank the shared network's. All of Kea's, whether the table of keywords has them or not.
   */
  readonly frozen: readonly string[];
  readonly commands: CommandNames;
  readonly tables: {
    readonly network: KeaTable;
    readonly subnet: KeaTable;
    readonly pool: KeaTable;
    /** Of prefixes that are delegated; absent where there are none. */
    readonly pdPool?: KeaTable;
    /** Beside it there are `_server`, `_order` and `_dependency`. */
    readonly class: KeaTable;
    readonly optionDef: KeaTable;
    /** Of the addresses and prefixes that are kept for clients, where a reservation may have several. */
    readonly reserved?: string;
    readonly options: string;
    readonly servers: string;
    readonly auditRevisions: string;
    readonly leases: string;
    readonly leaseStatistics: string;
  };
  /** SQL function that opens an audit revision. */
  readonly createAuditRevision: string;
  /** How the tables of leases have an address: what SQL type it is of, and what is sent and read for it. */
  readonly leaseAddress: {
    readonly type: string;
    readonly write: (address: bigint) => string;
    /** SQL of its text, and of what is sent for text. */
    readonly toText: (column: string) => string;
    readonly fromText: (text: string) => string;
  };
  /** Columns of the statistics of leases. Prefixes are counted apart, where there are any. */
  readonly leaseFigures: { readonly assigned: string; readonly declined: string; readonly delegated?: string };
  /** The column of a keyword in tables that both families share (hosts, options). */
  readonly ownColumn: (keyword: string) => string;
}

/** Something that is made of a family, once. */
export const perFamily = <T>(make: (family: Family) => T): ((family: Family) => T) => once(make);

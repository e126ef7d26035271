/** What a report is made from, and what it holds. */
import type { ChildObject, HAPair, ServerStatus } from '../api/index.ts';
import type { Reason } from '../api/reasons.ts';
import type { Compiled, Snapshot } from '../compile/types.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Plan } from '../plan/plan.ts';
import type { PairReport } from './pairReport.ts';

/** Something that stands in the way of a whole pair. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
  /** It does not pass by itself, as a rule. */
  readonly stuck?: boolean;
}

/** Why the change of an accepted object was not written. */
export interface Refusal {
  readonly by: 'server' | 'database' | 'API server';
  /** Its own words. */
  readonly text: string;
}

/** One server as the pass left it. */
export interface ServerOutcome extends Omit<ServerStatus, 'lastHeartbeat' | 'synchronized'> {
  readonly reachable: boolean;
  /** It does what its HA state asks of it: its DHCP sockets are open, and it holds subnets where there are any. */
  readonly serving: boolean;
  /** The servers whose clients it answers now, itself among them or not. */
  readonly answers: readonly string[];
  /** It works with a partner, and no request to its haPort is answered. */
  readonly cutOff: boolean;
  /** Its pod does not come to run by itself, as a rule. */
  readonly stuck?: boolean;
  /** Somebody else of its node has a port that it needs. */
  readonly portInUse?: true;
  /** How far its clock is ahead of the operator's, ms. */
  readonly clockOffset?: number;
  /** Clients that its partner leaves without an answer, as it counts them while it does not hear that. */
  readonly unackedClients?: number;
  /** Runs the present rows and the present bootstrap configuration. */
  readonly synchronized: boolean;
  /** Where that is so of the bootstrap configuration: the rows that it does not run yet, `subnet/17` or `network/campus`. Absent: any may be. */
  readonly left?: ReadonlySet<string>;
  /** When it last answered, ms since 1970. */
  readonly lastAnswer?: number;
}

/** How the CustomResourceDefinitions of the kinds stand; `HAPair`, `Subnet` and so on. */
export interface Definitions {
  readonly uids: ReadonlyMap<string, string>;
  /** Being deleted: what becomes of their objects is nobody's decision about each of them. */
  readonly leaving: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
  /** The API server does not let the operator read them. */
  readonly forbidden: ReadonlySet<string>;
}

/** Whether a pair has servers of a family. */
export type FamilyStage =
  | 'served'
  /** Not among its families any more, and served until nothing of it belongs to the pair. */
  | 'leaving'
  /** Not among its families, and no server is there: the children are told so. */
  | 'unserved';

/** All that is known of one pass at its end, however far it came: what is absent was not reached. */
export interface Attempt {
  /** ms since 1970. */
  readonly now: number;
  readonly snapshot: Snapshot;
  readonly definitions: Definitions;
  readonly stage: FamilyStage;
  readonly serverTag: string;
  /** `host/name`. */
  readonly database?: string;
  readonly schemaVersion?: string;
  /** Of the workload: pods that are refused, nodes that are missing, schema under way. */
  readonly workloadProblems: readonly Problem[];
  /** Of the database: unreachable, credentials missing. */
  readonly backendProblem?: Problem;
  readonly backendReachable: boolean;
  /** What the pair asks for beyond what the installation allows. */
  readonly notAllowed?: string;
  readonly compiled?: Compiled;
  /** What was to be changed; its `withheld` was not. */
  readonly plan?: Plan;
  /** Objects that a server refused in the preflight, the database when they were written, or the API server when they were to be protected. */
  readonly refusals: ReadonlyMap<ObjectRef, Refusal>;
  /** Objects that no server has tried, with why not. */
  readonly untried: ReadonlyMap<ObjectRef, Problem>;
  /** Objects that nobody refused and whose change waits for others', with what is in their way: `Subnet prod/office still has 10.0.0.0/24`. */
  readonly waiting: ReadonlyMap<ObjectRef, string>;
  /** Whether the plan's changes are in the database, but for those that were refused, wait or were not tried; undefined where the pass did not come so far. */
  readonly written?: boolean;
  readonly revision?: string;
  /** A server said no to its configuration, with its text: nothing changes until the specification does. */
  readonly configRefusal?: string;
  /** In the order of the specification. */
  readonly servers: readonly ServerOutcome[];
  /** Rows and server objects that were put right although no desired state had changed. */
  readonly drift: number;
  /** Objects whose foreign row was taken over in this pass. */
  readonly adopted: readonly ObjectRef[];
  /** By server, the addresses that it has on its interfaces, as far as its pods have told. */
  readonly ownAddresses?: ReadonlyMap<string, readonly string[]>;
  /** A failure that ended the pass. */
  readonly failure?: Problem;
}

export type AnyKind = HAPair | ChildObject;

/** A status to be written: the whole of what the operator owns in it. */
export interface StatusWrite {
  readonly object: AnyKind;
  readonly status: object;
}

export interface EventWrite {
  readonly object: AnyKind;
  readonly type: 'Normal' | 'Warning';
  readonly reason: Reason;
  /** What was done or failed, in one CamelCase word. */
  readonly action: string;
  readonly note: string;
}

/** What there is to write. Only what differs from what the objects say already. */
export interface Writes {
  readonly statuses: readonly StatusWrite[];
  readonly events: readonly EventWrite[];
  /** Objects whose deletion may go on: their rows are gone, left behind on purpose, or were never there. */
  readonly released: readonly AnyKind[];
}

/** What a pass has to tell: of the children, and what there is to say of the pair. */
export interface Report extends Writes {
  readonly pair: PairReport;
  /** Of the pair; told with its status. */
  readonly pairEvents: readonly EventWrite[];
  /** Whether nothing is under way: all of the family is as desired, or waits for somebody's decision. */
  readonly settled: boolean;
  /** So soon there will be something else to tell, ms; absent: nobody knows of anything. */
  readonly againMs?: number;
}

/** PURE: what a case is, and the words of silence that the tables use. */
import { SAYING_SECONDS } from './judge.ts';
import { FAILOVER, type Mode, type Shape, type Storage } from './shapes.ts';
import type { Act, Step } from './steps.ts';

export type Group =
  | 'One process'
  | 'One thing'
  | 'Without PostgreSQL'
  | 'Two at once'
  | 'All power'
  | 'Rollout'
  | 'Change'
  | 'Seen before'
  | 'Clients and people';

/** What has to be as it was when all is over. */
export type Equal =
  /** Every server knows every lease that was given, and those with leases of their own agree. */
  | 'leases'
  /** The rows of the pair in the database. */
  | 'rows'
  /** Which id each Subnet has; and no prefix lost its id to another. */
  | 'ids'
  /** No address was given to two clients at one time. */
  | 'addresses';

export const EQUAL: readonly Equal[] = ['leases', 'rows', 'ids', 'addresses'];

export interface Case {
  readonly name: string;
  readonly group: Group;
  /** Done and settled before the clock runs; undone at the end. */
  readonly prepare?: readonly Step[];
  readonly acts: readonly Act[];
  /** How long a client may be silent, in seconds; a mode that is left out is not concerned. */
  readonly silence: Readonly<Partial<Record<Mode, number>>>;
  /** How much longer it may be where the leases are in the database, in seconds. */
  readonly withoutDatabase?: number;
  /** How long it may be at least where each server has leases of its own: whoever serves gives none out until the partner, which is missed, consents. */
  readonly consent?: number;
  /** Left out: both. */
  readonly storages?: readonly Storage[];
  /** When the pair has to be Ready and to take changes, in seconds after all was undone. */
  readonly ready?: number;
  /** What may be different. */
  readonly except?: readonly Equal[];
  /** The operator's process must not have ended. */
  readonly operatorStays?: true;
  /** How long clients must have been silent: the suite shows that it measures. */
  readonly least?: number;
  /** Known clients of the probe. */
  readonly clients?: number;
  /** The pair cannot be what it was: it is made anew. */
  readonly ends?: true;
  /** The operator cannot reach the API server, so that the status may say what it said. */
  readonly mute?: true;
  /** Alerts of the chart that it is to bring about; others may fire where the status accounts for them (alerts.ts). */
  readonly alerts?: readonly string[];
  /** Alerts that it may bring about beside these, as it comes. */
  readonly mayAlert?: readonly string[];
  /** Belongs to the subset that `make test` runs. */
  readonly quick?: true;
  /** Tried on the standard pair only. */
  readonly standardOnly?: true;
}

/** One lost packet: the probe asks every half second. */
export const NONE = 1.5;
/** A database that is gone without a word: one try of the server for it, and the time until kea-db-watch keeps it from the next. */
export const SILENT_DATABASE = 6;
/** A server that runs takes a new configuration, or hands its clients to the other. */
export const MOMENT = 3;
/** A server without a partner is started again by the kubelet, which lets one wait for 10 s that has ended a few minutes before as well. */
export const RESTART = 12;
/** Both servers start anew, and have to find each other. */
export const BOTH = 15;
/** The servers look well to each other, and the operator has to see that one of them serves nobody. */
export const HANDOVER = 15;
/** Seconds that a fault lasts where the case does not say otherwise. */
export const HOLD = 12;
/** The longest that it lasts where the status has to tell of it first, for which there are fifteen seconds. */
export const TELLING = SAYING_SECONDS + HOLD;
/** A node begins anew, with all that runs on it. */
export const BOOT = 40;
/** PostgreSQL begins anew, and the servers find it. */
export const DATABASE = 15;

export const pairs = (seconds: number) => ({ HotStandby: seconds, LoadBalancing: seconds });
export const everyMode = (seconds: number, standalone = seconds) => ({ ...pairs(seconds), Standalone: standalone });
/** A fault of the standby is none; of the secondary of a load-balancing pair it is one as much as of the primary. */
export const ofPartner = (standby: number = NONE, secondary: number = FAILOVER) => ({
  HotStandby: standby,
  LoadBalancing: secondary,
});

const applies = ({ silence, storages }: Case, { mode, storage }: Shape): boolean =>
  silence[mode] !== undefined && (storages?.includes(storage) ?? true);

/** How long a client may be silent in this case with this pair, in seconds; undefined: the case is not for it. */
export const allowed = (one: Case, shape: Shape): number | undefined => {
  if (!applies(one, shape)) return undefined;
  const { silence, withoutDatabase = 0, consent = 0 } = one;
  const most = silence[shape.mode] ?? 0;
  return shape.storage === 'PostgreSQL' ? most + withoutDatabase : Math.max(most, consent);
};

/** How long it may take until the pair is well again, in seconds. */
export const READY = 60;

const notTrue = ['False', 'Unknown'] as const;

/** One of the servers is down, and status names it. */
export const partnerDown = (server: string) => ({
  type: 'WorkloadAvailable',
  status: notTrue,
  message: new RegExp(`\\b${server}\\b`),
});
export const noDatabase = { type: 'BackendReachable', status: notTrue, reason: ['BackendUnavailable'] };
export const unready = (message: RegExp) => ({ type: 'Ready', status: notTrue, message });

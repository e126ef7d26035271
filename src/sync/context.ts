/** What one pass of one pair works with, handed on as one: what all passes share, what is known of the pair, and how far the pass came. */
import type { HAPair } from '../api/index.ts';
import type { Snapshot } from '../compile/types.ts';
import type { Family } from '../kea/family.ts';
import type { OperatorMetrics, Phase } from '../metrics/metrics.ts';
import type { KubeClient } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Context } from '../runtime/context.ts';
import type { Limit } from '../runtime/limit.ts';
import type { Logger } from '../runtime/log.ts';
import type { Key } from '../runtime/object.ts';
import type { Publisher } from '../status/publish.ts';
import type { Attempt, Definitions, FamilyStage } from '../status/types.ts';
import type { NodeFacts } from '../workload/topology.ts';
import type { LeaseSources } from './leaseSources.ts';
import type { PairSession, PairSessions } from './sessions.ts';

/** What all passes share. */
export interface PassDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly metrics: OperatorMetrics;
  readonly nodes: () => ReadonlyMap<string, NodeFacts>;
  /** All pairs of the cluster. */
  readonly pairs: () => readonly HAPair[];
  /** What a pair asks for beyond what the installation allows; undefined: nothing. */
  readonly notAllowed: (pair: HAPair) => string | undefined;
  /** Whether pods of a family of the pair are there. */
  readonly hasPods: (pair: Key, family: Family) => boolean;
  readonly sessions: PairSessions;
  readonly publisher: Pick<Publisher, 'publishGreatestId'>;
  readonly leaseSources: LeaseSources;
  /** Throws LeadershipLost where this process does not surely lead at this moment: asked right before rows are committed. */
  readonly mustLead: () => void;
  /** Tells of something that was done to a server. */
  readonly tell: (
    snapshot: Snapshot,
    reason: 'ServerConfigured' | 'ServerRestarted' | 'ServerCarried',
    note: string,
  ) => void;
}

/** An attempt while it is being made: the pass fills in how far it came. */
export type AttemptDraft = { -readonly [K in keyof Attempt]: Attempt[K] } & {
  /** Something is left that is to be done or looked at so soon, whatever the status says, ms. */
  againMs?: number;
  /** What the pass is at. */
  phase?: Phase;
  /** When certificates of the pair end, by name, ms since 1970. */
  certificates?: ReadonlyMap<string, number>;
};

export interface PassContext extends PassDeps, PairSession, Context {
  readonly draft: AttemptDraft;
  readonly log: Logger;
  /** Its signal is that of the pass. */
  readonly limit: Limit;
}

export const startDraft = (
  snapshot: Snapshot,
  stage: FamilyStage,
  definitions: Definitions,
  now: number,
): AttemptDraft => ({
  now,
  snapshot,
  stage,
  definitions,
  serverTag: '',
  workloadProblems: [],
  backendReachable: false,
  refusals: new Map(),
  waiting: new Map(),
  untried: new Map(),
  servers: [],
  drift: 0,
  adopted: [],
});

/** After something was done to a server. */
export const SOON_MS = 1000;

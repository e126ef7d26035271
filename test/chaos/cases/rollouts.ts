/** A rollout, alone and interrupted by each of the things that can be gone. */
import {
  BOOT,
  BOTH,
  type Case,
  DATABASE,
  everyMode,
  HANDOVER,
  HOLD,
  MOMENT,
  NONE,
  ofPartner,
  pairs,
  RESTART,
} from '../case.ts';
import { FAILOVER, LOST } from '../shapes.ts';
import { inject, step, wait } from '../steps.ts';
import { THINGS } from './twoAtOnce.ts';

interface Rollout {
  readonly what: string;
  /** What it costs clients. A pod that is replaced takes its clients back a heartbeat after it has fetched their leases: until that its partner gives none out. */
  readonly pair: number;
  /** What it costs those of a server without a partner. */
  readonly standalone: number;
}
const ROLLOUTS: readonly Rollout[] = [
  { what: 'image', pair: MOMENT, standalone: RESTART },
  { what: 'resources', pair: MOMENT, standalone: RESTART },
  { what: 'globals', pair: NONE, standalone: MOMENT },
  { what: 'certificate', pair: NONE, standalone: MOMENT },
];

/** With one server in the rollout, the other may be the one that is hit. */
const INTERRUPTED: Readonly<Record<string, number>> = {
  server: BOTH,
  node: BOTH,
  postgresql: NONE,
  operator: NONE,
  apiserver: FAILOVER,
  lan: HANDOVER + FAILOVER,
  ha: LOST,
};

const alone = ROLLOUTS.map(({ what, pair, standalone }): Case => ({
  name: `rollout-of-${what}`,
  group: 'Rollout',
  acts: [inject('rollout', what)],
  silence: everyMode(pair, standalone),
  ready: 90,
  ...(what === 'globals' ? { quick: true } : {}),
}));

const interrupted = ROLLOUTS.flatMap(({ what, pair, standalone }) =>
  THINGS.map((thing): Case => ({
    name: `rollout-of-${what}-interrupted-by-${thing.name}`,
    group: 'Rollout',
    acts: [inject('rollout', what), wait(3), { act: 'inject', steps: [thing.step] }, wait(HOLD)],
    silence: {
      ...pairs(Math.max(pair, INTERRUPTED[thing.name] ?? NONE)),
      ...(thing.standalone === undefined
        ? {}
        : { Standalone: standalone + thing.standalone + (thing.name === 'apiserver' ? HOLD : 0) }),
    },
    ...(thing.name === 'postgresql' ? { withoutDatabase: HOLD + DATABASE } : {}),
    // With timers as short as those of these pairs both serve while the way between them is cut, and neither hears what the other gives.
    ...(thing.name === 'ha' ? { except: ['addresses', 'leases'] } : {}),
    ready: 120,
    // On other pairs by a new pod and by a new configuration: the other two go the same ways.
    ...(what === 'image' || what === 'globals' ? {} : { standardOnly: true as const }),
  })),
);

/** A server is replaced where its node was off in the meantime. */
const twice: Case = {
  name: 'rollout-of-image-node-of-partner-off',
  group: 'Rollout',
  acts: [{ act: 'inject', steps: [step('power-off', 'partner')] }, inject('rollout', 'image'), wait(HOLD)],
  silence: ofPartner(NONE, LOST),
  consent: LOST,
  ready: 60 + BOOT,
};

export const rollouts: readonly Case[] = [...alone, ...interrupted, twice];

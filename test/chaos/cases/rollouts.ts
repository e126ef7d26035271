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
  RESTART,
} from '../case.ts';
import { FAILOVER, LOST } from '../shapes.ts';
import { inject, step, wait } from '../steps.ts';
import { THINGS } from './twoAtOnce.ts';

/** What is rolled out, and what it costs a server without a partner. */
const ROLLOUTS: readonly (readonly [string, number])[] = [
  ['image', RESTART],
  ['resources', RESTART],
  ['globals', MOMENT],
  ['certificate', MOMENT],
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

const alone = ROLLOUTS.map(([what, cost]): Case => ({
  name: `rollout-of-${what}`,
  group: 'Rollout',
  acts: [inject('rollout', what)],
  silence: everyMode(NONE, cost),
  ready: 90,
  ...(what === 'globals' ? { quick: true } : {}),
}));

const interrupted = ROLLOUTS.flatMap(([what, cost]) =>
  THINGS.map((thing): Case => ({
    name: `rollout-of-${what}-interrupted-by-${thing.name}`,
    group: 'Rollout',
    acts: [inject('rollout', what), wait(3), { act: 'inject', steps: [thing.step] }, wait(HOLD)],
    silence: {
      HotStandby: INTERRUPTED[thing.name] ?? NONE,
      LoadBalancing: INTERRUPTED[thing.name] ?? NONE,
      ...(thing.standalone === undefined
        ? {}
        : { Standalone: cost + thing.standalone + (thing.name === 'apiserver' ? HOLD : 0) }),
    },
    ...(thing.name === 'postgresql' ? { withoutDatabase: HOLD + DATABASE } : {}),
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

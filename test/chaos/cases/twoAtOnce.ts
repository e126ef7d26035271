/** Each two of a server, its node, PostgreSQL, operator, API server, LAN of a node and HA link at once. */
import { BOOT, type Case, DATABASE, HANDOVER, HOLD, MOMENT, NONE, RESTART } from '../case.ts';
import { FAILOVER, LOST } from '../shapes.ts';
import { at, type Step, step, wait } from '../steps.ts';

/** What can be gone, and for how long it leaves clients alone: with a partner, and without one (undefined: there is no such thing then). */
interface Thing {
  readonly name: string;
  readonly step: Step;
  readonly pair: number;
  readonly standalone?: number;
  /** Nobody who could hand a scope over. */
  readonly leaderless?: true;
  /** The partner cannot see it. */
  readonly hidden?: true;
}

/** Cutting a wire and healing it take so long beside the time in between, s. */
const CUT = 3;

export const THINGS: readonly Thing[] = [
  { name: 'server', step: step('kill', 'primary'), pair: FAILOVER, standalone: RESTART },
  { name: 'node', step: step('power-off', 'primary'), pair: LOST, standalone: HOLD + BOOT },
  { name: 'postgresql', step: step('stop', 'postgresql'), pair: NONE, standalone: NONE },
  { name: 'operator', step: step('stop', 'operator'), pair: NONE, standalone: NONE, leaderless: true },
  { name: 'apiserver', step: step('stop', 'apiserver'), pair: NONE, standalone: NONE, leaderless: true },
  { name: 'lan', step: step('cut-lan', 'primary'), pair: HANDOVER, standalone: HOLD + CUT + MOMENT, hidden: true },
  { name: 'ha', step: step('cut-ha', 'both ways'), pair: LOST },
];

/** The partner does not see that the LAN is cut, unless it misses the server too; without an operator nobody hands over. */
const pairSilence = (x: Thing, y: Thing): number => {
  const [hidden, other] = x.hidden === true ? [x, y] : [y, x];
  if (hidden.hidden !== true) return Math.max(x.pair, y.pair);
  if (other.leaderless === true) return HOLD + FAILOVER;
  return other.name === 'node' || other.name === 'ha' ? LOST : HANDOVER;
};

/** Until the control plane, which begins anew, makes a pod. */
const CONTROL = 20;

const both = (x: Thing, y: Thing): Case => {
  const pair = pairSilence(x, y);
  const alone =
    x.standalone === undefined || y.standalone === undefined ? undefined : Math.max(x.standalone, y.standalone);
  return {
    name: `${x.name}-and-${y.name}`,
    group: 'Two at once',
    acts: [at(x.step, y.step), wait(HOLD)],
    silence: { HotStandby: pair, LoadBalancing: pair, ...(alone === undefined ? {} : { Standalone: alone }) },
    ...(x.name === 'postgresql' || y.name === 'postgresql'
      ? { withoutDatabase: HOLD + DATABASE + (y.name === 'apiserver' ? CONTROL : 0) }
      : {}),
    ready: 90,
    // With timers as short as those of these pairs both serve while the way between them is cut, and neither hears what the other gives.
    ...(y.name === 'ha' ? { except: ['addresses', 'leases'] } : {}),
  };
};

export const twoAtOnce: readonly Case[] = THINGS.flatMap((x, index) => THINGS.slice(index + 1).map((y) => both(x, y)));

/** Every process of every pod, killed with SIGKILL in turn. */
import { BOTH, type Case, DATABASE, everyMode, MOMENT, NONE, ofPartner, pairs, partnerDown, RESTART } from '../case.ts';
import { FAILOVER, LOST } from '../shapes.ts';
import { at, heal, inject, says, step, wait } from '../steps.ts';

const kill = (on: string, more: Pick<Case, 'silence'> & Partial<Case>): Case => ({
  name: `kill-${on}`,
  group: 'One process',
  acts: [inject('kill', on)],
  ...more,
});

const quiet = { silence: everyMode(NONE) };
/** The database begins anew: who has the leases in it waits. */
const database = { ...quiet, withoutDatabase: DATABASE };

export const processes: readonly Case[] = [
  {
    name: 'frozen-for-ten-seconds',
    group: 'One process',
    acts: [
      at(step('freeze', 'primary'), step('freeze', 'partner')),
      wait(10),
      heal('freeze', 'primary'),
      heal('freeze', 'partner'),
    ],
    silence: pairs(10 + FAILOVER),
    least: 9.5,
    quick: true,
  },
  kill('primary', { silence: everyMode(FAILOVER, RESTART), quick: true }),
  kill('partner', { silence: ofPartner(), consent: MOMENT }),
  kill('primary-sandbox', { silence: everyMode(FAILOVER, RESTART) }),
  kill('partner-sandbox', { silence: ofPartner(), consent: MOMENT }),
  {
    name: 'kill-both',
    group: 'One process',
    acts: [at(step('kill', 'primary'), step('kill', 'partner'))],
    silence: pairs(BOTH),
  },
  {
    name: 'kill-primary-three-times',
    group: 'One process',
    acts: [inject('kill', 'primary'), wait(5), inject('kill', 'primary'), wait(5), inject('kill', 'primary')],
    // The kubelet waits ten seconds, then twenty, before it starts again what ends so often: the operator does not let it.
    silence: everyMode(FAILOVER, 2 * RESTART),
  },
  {
    name: 'freeze-primary',
    group: 'One process',
    acts: [inject('freeze', 'primary'), says(partnerDown('a')), wait(10), heal('freeze', 'primary')],
    // It takes connections and says nothing: Kea waits for an answer as long as from a machine that is gone.
    silence: everyMode(LOST, 30),
  },
  kill('postgresql', database),
  kill('postgresql-checkpointer', database),
  kill('postgresql-sandbox', database),
  { ...kill('session-of-operator', database), acts: [inject('kill-session', 'operator')], operatorStays: true },
  { ...kill('session-of-primary', database), acts: [inject('kill-session', 'primary')] },
  kill('operator', { ...quiet, quick: true }),
  kill('operator-sandbox', quiet),
  kill('leases', quiet),
  kill('leases-sandbox', quiet),
];

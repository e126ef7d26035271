/** Each pod deleted while PostgreSQL is down. */
import {
  BOTH,
  type Case,
  DATABASE,
  everyMode,
  HOLD,
  MOMENT,
  noDatabase,
  NONE,
  ofPartner,
  pairs,
  RESTART,
  TELLING,
} from '../case.ts';
import { FAILOVER } from '../shapes.ts';
import { type Act, at, heal, inject, says, step, wait } from '../steps.ts';

const AWAY = TELLING + DATABASE;

const deleted = (name: string, act: Act, silence: Case['silence'], more: Partial<Case> = {}): Case => ({
  name: `${name}-deleted-without-database`,
  group: 'Without PostgreSQL',
  acts: [inject('stop', 'postgresql'), act, says(noDatabase), wait(HOLD), heal('stop', 'postgresql')],
  silence,
  withoutDatabase: AWAY,
  ...more,
});

export const withoutDatabase: readonly Case[] = [
  deleted('primary', inject('delete-pod', 'primary'), everyMode(FAILOVER, RESTART), { quick: true }),
  deleted('partner', inject('delete-pod', 'partner'), ofPartner(), { consent: MOMENT }),
  deleted('both', at(step('delete-pod', 'primary'), step('delete-pod', 'partner')), pairs(BOTH)),
  deleted('operator', inject('delete-pod', 'operator'), everyMode(NONE)),
  deleted('leases', inject('delete-pod', 'leases'), everyMode(NONE)),
  {
    name: 'postgresql-deleted',
    group: 'Without PostgreSQL',
    acts: [inject('delete-pod', 'postgresql')],
    silence: everyMode(NONE),
    withoutDatabase: DATABASE,
  },
  {
    name: 'primary-killed-without-database',
    group: 'Without PostgreSQL',
    acts: [inject('stop', 'postgresql'), inject('kill', 'primary'), wait(HOLD), heal('stop', 'postgresql')],
    silence: everyMode(FAILOVER, RESTART),
    withoutDatabase: HOLD + DATABASE + MOMENT,
  },
];

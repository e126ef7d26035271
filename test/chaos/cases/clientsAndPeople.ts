/** What clients ask for and people do: each brings about alerts that nothing which breaks does. */
import { BOTH, type Case, DATABASE, everyMode, noDatabase, NONE, pairs } from '../case.ts';
import { type Act, alerted, at, heal, inject, says, step } from '../steps.ts';

const one = (name: string, acts: readonly Act[], more: Pick<Case, 'silence'> & Partial<Case>): Case => ({
  name,
  group: 'Clients and people',
  acts,
  ...more,
});

/** Figures of leases are asked for twice a minute, and 80 % have to be given for half a minute. */
const FIGURES = 75;
/** Both servers hang until the operator has missed them. */
const MISSED = 30;
/** More than two passes failed in each quarter of a minute of one. */
const FAILING = 40;

export const clientsAndPeople: readonly Case[] = [
  {
    ...one('pool-full', [inject('decline'), inject('crowd'), alerted(FIGURES), heal('crowd'), heal('decline')], {
      silence: everyMode(NONE),
      alerts: [
        'KeaDeclinedAddresses',
        'KeaSubnetUsageHigh',
        'KeaSubnetUsageCritical',
        'KeaSubnetExhausted',
        'KeaAllocationFailures',
      ],
    }),
    prepare: [step('small-pool')],
  },
  one(
    'paused-with-what-needs-somebody',
    [
      inject('short-certificate'),
      inject('reject-object'),
      inject('change', 'paused'),
      says({ type: 'Ready', reason: ['Paused'] }),
      alerted(25),
      heal('change', 'paused'),
      heal('short-certificate'),
      heal('reject-object'),
    ],
    {
      silence: everyMode(NONE),
      alerts: ['KeaCertificateExpiring', 'KeaObjectsRejected', 'KeaPairPaused'],
      quick: true,
    },
  ),
  one(
    'both-frozen-until-missed',
    [
      at(step('freeze', 'primary'), step('freeze', 'partner')),
      alerted(MISSED),
      heal('freeze', 'primary'),
      heal('freeze', 'partner'),
    ],
    { silence: pairs(MISSED + BOTH), ready: 90, alerts: ['KeaBothServersDown'] },
  ),
  one(
    'way-to-database-of-primary-cut',
    [
      inject('cut-database', 'primary'),
      inject('add-class'),
      says({ type: 'Synchronized', status: ['Unknown', 'False'], message: /not the present configuration: a\b/ }),
      alerted(25),
      heal('cut-database', 'primary'),
    ],
    { silence: everyMode(NONE), storages: ['Memfile'], ready: 90, alerts: ['KeaServersOutOfSync'] },
  ),
  one(
    'rights-of-operator-revoked',
    [inject('revoke-rights'), inject('keep-changing'), alerted(FAILING), heal('keep-changing'), heal('revoke-rights')],
    { silence: everyMode(NONE), ready: 90, mute: true, alerts: ['KeaOperatorReconcileErrors'] },
  ),
  one(
    'database-away-and-leases-read',
    [
      inject('stop', 'postgresql'),
      inject('read-leases'),
      says(noDatabase),
      alerted(25),
      heal('read-leases'),
      heal('stop', 'postgresql'),
    ],
    {
      silence: everyMode(NONE),
      storages: ['PostgreSQL'],
      withoutDatabase: 30 + 2 * DATABASE,
      ready: 90,
      alerts: ['KeaDatabaseUnreachable', 'KeaLeaseApiSourceFailures'],
    },
  ),
];

/** PURE: the chart's alerts in a case: those that have to fire, and those that have no cause in what the pair said. */
import { alertsOf, type Rule, type Rules } from '../support/monitoring.ts';
import type { Case } from './case.ts';
import type { Condition, Sample } from './judge.ts';

/** A case lasts half a minute: what is minutes in the chart is seconds here, so that whatever fires there within a quarter of an hour does here. */
const sped = (duration: string): string => duration.replaceAll(/(\d+)m(?!s)/g, '$1s').replaceAll(/(\d+)h/g, '$1m');

const spedRule = (rule: Rule): Rule => {
  const { for: lasting, keep_firing_for: keeping } = rule;
  return {
    ...rule,
    expr: rule.expr.replaceAll(/\[[^\]]+\]/g, sped),
    ...(lasting === undefined ? {} : { for: sped(lasting) }),
    ...(keeping === undefined ? {} : { keep_firing_for: sped(keeping) }),
  };
};

export const spedUp = ({ groups }: Rules): Rules => ({
  groups: groups.map((group) => ({ ...group, rules: group.rules.map(spedRule) })),
});

type Cause = (sample: Sample) => boolean;

const says =
  (type: string, is: (condition: Condition) => boolean): Cause =>
  ({ conditions }) =>
    conditions.some((condition) => condition.type === type && is(condition));
const unwell = (type: string): Cause => says(type, ({ status }) => status !== 'True');
const because = (type: string, ...reasons: readonly string[]): Cause =>
  says(type, ({ reason }) => reasons.includes(reason));

/** What the pair, or who watches it, says while an alert may fire. Of one that is not here a case has to say that it brings it about. */
const CAUSES: Readonly<Record<string, Cause>> = {
  KeaServerDown: unwell('WorkloadAvailable'),
  KeaBothServersDown: unwell('WorkloadAvailable'),
  KeaPairNotReady: unwell('Ready'),
  KeaServersOutOfSync: unwell('Synchronized'),
  KeaHATerminated: because('Synchronized', 'HATerminated', 'ClockSkew'),
  KeaDatabaseUnreachable: unwell('BackendReachable'),
  KeaMassDeletionWithheld: because('Programmed', 'MassDeletionWithheld', 'SubnetsVanished'),
  KeaOperatorNoLeader: ({ operator }) => !operator,
  KeaOperatorReconcileErrors: unwell('Ready'),
};

/** What no case brings about, and what does. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  KeaSubnetUsageHigh: 'the probe never fills a pool: test/envtest/alerts.test.ts',
  KeaSubnetUsageCritical: 'the same',
  KeaSubnetExhausted: 'the same',
  KeaDeclinedAddresses: 'a matter of clients, of which none here declines: the same',
  KeaAllocationFailures: 'a matter of pools, which are large enough here: the same',
  KeaObjectsRejected: 'a matter of what is written, and no fault: the same',
  KeaPairPaused: 'an act of a person, and no fault: the same',
  KeaBothServersDown:
    'in each case that ends both servers it fires or not, as they come back sooner or later: the same',
  KeaServersOutOfSync: 'servers that answer take what they lack within seconds, whatever was broken: the same',
  KeaOperatorReconcileErrors: 'faults that last as long as three failures in a row are over too soon here: the same',
  KeaLeaseApiSourceFailures: 'nobody reads leases meanwhile: the same',
  KeaCertificateExpiring: 'takes weeks: the same',
};

/** What went another way than the case says. @param fired Names of the alerts that fired, and had not before. */
export const alertProblems = (
  { alerts: expected = [], mayAlert = [] }: Pick<Case, 'alerts' | 'mayAlert'>,
  fired: readonly string[],
  samples: readonly Sample[],
): readonly string[] => {
  // Without an API server nobody can tell what is so.
  const blind = samples.some(({ api }) => !api);
  const caused = (alert: string): boolean =>
    blind || [...expected, ...mayAlert].includes(alert) || samples.some((sample) => CAUSES[alert]?.(sample) === true);
  return [
    ...expected.filter((alert) => !fired.includes(alert)).map((alert) => `the alert ${alert} did not fire`),
    ...fired.filter((alert) => !caused(alert)).map((alert) => `the alert ${alert} fired without a cause`),
  ];
};

/** Names of all that there are. */
export const alertNames = (rules: Rules): readonly string[] => [...new Set(alertsOf(rules).map(({ alert }) => alert))];

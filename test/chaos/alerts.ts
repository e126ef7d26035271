/** PURE: the chart's alerts in a case: those that have to fire, and those that have no cause in what the pair said. */
import { alertsOf, type Rule, type Rules } from '../support/monitoring.ts';
import type { Case } from './case.ts';
import type { Condition, Sample } from './judge.ts';

/** A case lasts half a minute: what is minutes in the chart, or hours, is as many seconds here, so that whatever fires there does here. */
const sped = (duration: string): string => duration.replaceAll(/(\d+)(?:m(?!s)|h)/g, '$1s');

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

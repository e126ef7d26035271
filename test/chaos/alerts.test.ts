import { describe, expect, it } from 'vitest';
import { readRules } from '../support/monitoring.ts';
import { alertNames, alertProblems, spedUp } from './alerts.ts';
import { CASES } from './cases.ts';
import type { Sample } from './judge.ts';

const sample = (type: string, status: string, reason = 'x'): Sample => ({
  at: 0,
  api: true,
  operator: true,
  conditions: [{ type, status, reason, message: '' }],
});
const WELL = sample('Ready', 'True');

describe('alerts in a case', () => {
  it('are those of the chart, each in a case that brings it about', () => {
    const inCases = new Set(CASES.flatMap(({ alerts = [] }) => alerts));
    expect([...inCases].toSorted()).toEqual(alertNames(readRules()).toSorted());
  });

  it('come after as many seconds as they do after minutes or hours in the chart', () => {
    const rule = { alert: 'A', expr: 'increase(x[10m]) > 5', for: '1h', keep_firing_for: '3m' };
    expect(spedUp({ groups: [{ name: 'g', rules: [rule] }] }).groups[0]?.rules).toEqual([
      { alert: 'A', expr: 'increase(x[10s]) > 5', for: '1s', keep_firing_for: '3s' },
    ]);
    expect(JSON.stringify(spedUp(readRules()))).not.toMatch(/\[\d+m\]/);
  });

  it.each<[string, readonly string[], readonly string[], readonly Sample[], readonly string[]]>([
    ['nothing fires where nothing is wrong', [], [], [WELL], []],
    ['one that has to fire does', ['KeaDriftCorrected'], ['KeaDriftCorrected'], [WELL], []],
    ['one that has to does not', ['KeaServerDown'], [], [WELL], ['the alert KeaServerDown did not fire']],
    ['one fires that the pair accounts for', [], ['KeaServerDown'], [sample('WorkloadAvailable', 'Unknown')], []],
    ['one fires though all is well', [], ['KeaServerDown'], [WELL], ['the alert KeaServerDown fired without a cause']],
    [
      'one fires that nothing which a pair says accounts for',
      [],
      ['KeaDriftCorrected'],
      [sample('Ready', 'False')],
      ['the alert KeaDriftCorrected fired without a cause'],
    ],
    ['nobody could tell whether there was a cause', [], ['KeaServerDown'], [{ ...WELL, api: false }], []],
    ['nobody leads', [], ['KeaOperatorNoLeader'], [{ ...WELL, operator: false }], []],
  ])('%s', (_, alerts, fired, samples, expected) => {
    expect(alertProblems({ alerts }, fired, samples)).toEqual(expected);
  });
});

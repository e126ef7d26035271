import { describe, expect, it } from 'vitest';
import { subnet } from '../../test/support/objects.ts';
import { PRESSURE, pressureOf } from './pressure.ts';
import type { SummedUtilization } from './utilization.ts';

const used = (assigned: number, total: number, more: Partial<SummedUtilization> = {}): SummedUtilization => ({
  total,
  assigned,
  declined: 0,
  percent: 0,
  ...more,
});
const office = (reason?: string) => {
  const condition = {
    type: PRESSURE,
    status: reason === 'EnoughFree' ? 'False' : 'True',
    reason,
    message: '',
    lastTransitionTime: '2026-01-02T03:04:05Z',
  };
  return subnet('office', {}, { status: reason === undefined ? {} : { conditions: [condition] } });
};

describe('the pressure on pools', () => {
  it.each([
    ['nothing', 'EnoughFree', undefined, used(0, 100)],
    ['not quite 80 %', 'EnoughFree', undefined, used(799, 1000)],
    ['80 %', 'NearlyFull', undefined, used(80, 100)],
    ['not quite 95 %', 'NearlyFull', undefined, used(949, 1000)],
    ['95 %', 'AlmostExhausted', undefined, used(95, 100)],
    ['all', 'AlmostExhausted', undefined, used(1, 1)],
    ['80 % of the prefixes', 'NearlyFull', undefined, used(0, 100, { prefixes: 10, delegated: 8 })],
    [
      '95 % of the prefixes, where there are no addresses',
      'AlmostExhausted',
      undefined,
      used(0, 0, { prefixes: 20, delegated: 19 }),
    ],
    ['a little less than 80 %, after it was more', 'NearlyFull', 'NearlyFull', used(75, 100)],
    ['less than 75 %, after it was more than 80', 'EnoughFree', 'NearlyFull', used(74, 100)],
    ['a little less than 95 %, after it was more', 'AlmostExhausted', 'AlmostExhausted', used(90, 100)],
    ['less than 90 %, after it was more than 95', 'NearlyFull', 'AlmostExhausted', used(89, 100)],
    ['a little less than 80 %, after it was more than 95', 'NearlyFull', 'AlmostExhausted', used(76, 100)],
    ['less than 75 %, after it was more than 95', 'EnoughFree', 'AlmostExhausted', used(1, 100)],
    ['one address less than 8 of 10', 'NearlyFull', 'NearlyFull', used(7, 10)],
    ['two addresses less than 8 of 10', 'EnoughFree', 'NearlyFull', used(6, 10)],
    ['nothing any more of one address', 'EnoughFree', 'AlmostExhausted', used(0, 1)],
    ['a word that is none of ours before', 'EnoughFree', 'Whatever', used(79, 100)],
  ])('of %s is %s', (_, reason, before, utilization) => {
    const found = pressureOf(office(before), utilization, []);
    expect(found?.finding).toMatchObject({ reason, status: reason === 'EnoughFree' ? 'False' : 'True' });
  });

  it('is spoken of where there are pools alone', () => {
    expect(pressureOf(office(), used(0, 0), [])).toBeUndefined();
  });

  it.each([
    ['a step up', undefined, 80, 'Warning NearlyFull'],
    ['two steps up', 'EnoughFree', 95, 'Warning AlmostExhausted'],
    ['another step up', 'NearlyFull', 95, 'Warning AlmostExhausted'],
    ['the end of it', 'NearlyFull', 10, 'Normal EnoughFree'],
    ['the end of all of it', 'AlmostExhausted', 10, 'Normal EnoughFree'],
    ['no step down', 'AlmostExhausted', 85, undefined],
    ['nothing at first', undefined, 10, undefined],
    ['nothing that is known', 'NearlyFull', 82, undefined],
    ['nothing that is known to be well', 'EnoughFree', 79, undefined],
  ])('events tell %s', (_, before, assigned, told) => {
    const event = pressureOf(office(before), used(assigned, 100), [])?.event;
    expect(event && `${event.type} ${event.reason}`).toBe(told);
  });

  const part = (name: string, given: number, total: number) => ({ name, given, total });
  it.each([
    [
      'says which to add where several are short',
      used(80, 100, { prefixes: 10, delegated: 9 }),
      [],
      '80 of 100 addresses are given (80 %); 9 of 10 prefixes are given (90 %): add pools and pdPools, or lower validLifetime',
    ],
    [
      'says what is given of what',
      used(80, 100),
      [],
      '80 of 100 addresses are given (80 %): add pools, or lower validLifetime',
    ],
    [
      'says so of prefixes too',
      used(1, 3, { prefixes: 4, delegated: 1 }),
      [],
      '1 of 3 addresses are given (33 %); 1 of 4 prefixes are given (25 %)',
    ],
    [
      'names the fullest pool where the others are not so full',
      used(110, 300),
      [part('pool a', 5, 200), part('pool b', 50, 50), part('pool c', 48, 50)],
      '110 of 300 addresses are given (36 %); pool b is full (50 of 50)',
    ],
    [
      'says how much is left in it',
      used(58, 260),
      [part('pool a', 10, 200), part('pool b', 48, 60)],
      '58 of 260 addresses are given (22 %); pool b has 12 left (48 of 60)',
    ],
    [
      'names none where all are as full',
      used(80, 100),
      [part('pool a', 40, 50), part('pool b', 40, 50)],
      '80 of 100 addresses are given (80 %): add pools, or lower validLifetime',
    ],
    [
      'names none where it is the only one',
      used(80, 100),
      [part('pool a', 80, 100)],
      '80 of 100 addresses are given (80 %): add pools, or lower validLifetime',
    ],
  ])('its message %s', (_, utilization, parts, message) => {
    expect(pressureOf(office(), utilization, parts)?.finding.message).toBe(message);
  });
});

import { expect, it } from 'vitest';
import { passLimitMs } from './passLimit.ts';

it.each([
  ['a pair whose last pass came to its end has a minute', 10, 0, 60_100],
  ['one whose database hung has less', 10, 1, 20_100],
  ['and again', 10, 3, 20_100],
  ['but every fourth time a minute', 10, 4, 60_100],
  ['many objects have more, be it after a failure', 10_000, 2, 120_000],
  ['nobody has as much as the controller gives', 1_000_000, 0, 540_000],
])('%s', (_, objects, hung, ms) => {
  expect(passLimitMs(objects, hung)).toBe(ms);
});

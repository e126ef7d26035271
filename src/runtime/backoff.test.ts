import { expect, it } from 'vitest';
import { backoffMs, KEY_BACKOFF } from './backoff.ts';

const cases: { because: string; failures: number; chance: number; wait: number }[] = [
  { because: 'the first failure waits the initial time', failures: 1, chance: 0, wait: 250 },
  { because: 'each one more doubles it', failures: 5, chance: 0, wait: 4_000 },
  { because: 'no wait is longer than the maximum', failures: 30, chance: 0, wait: 300_000 },
  { because: 'a failure count without end stays a number', failures: 100_000, chance: 0, wait: 300_000 },
  { because: 'chance takes at most its share away', failures: 1, chance: 1, wait: 175 },
  { because: 'no failure counts as the first', failures: 0, chance: 0, wait: 250 },
];

it.each(cases)('$because', ({ failures, chance, wait }) => {
  expect(backoffMs(KEY_BACKOFF, failures, () => chance)).toBe(wait);
});

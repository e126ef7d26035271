import { describe, expect, it } from 'vitest';
import { isSettled } from './ha.ts';

describe('an HA state', () => {
  it.each([
    ['hot-standby', true],
    ['waiting', false],
    ['of-a-later-kea', false],
    ['constructor', false],
    ['__proto__', false],
  ])('%s is settled: %s', (state, settled) => {
    expect(isSettled(state)).toBe(settled);
  });
});

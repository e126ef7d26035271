import { describe, expect, it } from 'vitest';
import { intervalOf, maySame } from './interval.ts';

describe('maySame', () => {
  const start = intervalOf(10, 100_000, 100_002);
  const cases: readonly {
    readonly because: string;
    readonly later: ReturnType<typeof intervalOf>;
    readonly same: boolean;
  }[] = [
    { because: 'an answer later is of the same start', later: intervalOf(55, 145_000, 145_002), same: true },
    { because: 'a second that is not full yet is cut off', later: intervalOf(54, 145_000, 145_002), same: true },
    { because: 'a busy server answers late', later: intervalOf(58, 145_000, 148_900), same: true },
    {
      because: 'a server that started since has been up for less',
      later: intervalOf(42, 145_000, 145_002),
      same: false,
    },
    { because: 'one that has just started is another', later: intervalOf(0, 145_000, 145_002), same: false },
    {
      because: 'a clock that was set is taken for another start',
      later: intervalOf(3655, 145_000, 145_002),
      same: false,
    },
  ];
  it.each(cases)('$because', ({ later, same }) => {
    expect(maySame(start, later)).toBe(same);
  });
});

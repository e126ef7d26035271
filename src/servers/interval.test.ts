import { describe, expect, it } from 'vitest';
import { maySame, momentOf } from './interval.ts';

describe('maySame', () => {
  const start = momentOf(10, 100_000, 100_002);
  const cases: readonly {
    readonly because: string;
    readonly later: ReturnType<typeof momentOf>;
    readonly same: boolean;
  }[] = [
    { because: 'an answer later is of the same start', later: momentOf(55, 145_000, 145_002), same: true },
    { because: 'a second that is not full yet is cut off', later: momentOf(54, 145_000, 145_002), same: true },
    { because: 'a busy server answers late', later: momentOf(58, 145_000, 148_900), same: true },
    { because: 'a server that started since has been up for less', later: momentOf(42, 145_000, 145_002), same: false },
    { because: 'one that has just started is another', later: momentOf(0, 145_000, 145_002), same: false },
    {
      because: 'a clock that was set is taken for another start',
      later: momentOf(3655, 145_000, 145_002),
      same: false,
    },
  ];
  it.each(cases)('$because', ({ later, same }) => {
    expect(maySame(start, later)).toBe(same);
  });
});

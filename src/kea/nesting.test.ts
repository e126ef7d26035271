import { describe, expect, it } from 'vitest';
import { DEEPEST, isTooDeep } from './nesting.ts';

const nested = (levels: number, leaf: unknown = 1): unknown => {
  let inner = leaf;
  for (let level = 0; level < levels; level++) inner = level % 2 === 0 ? { inner } : [inner];
  return inner;
};

describe('isTooDeep', () => {
  it.each([
    ['a text', 'x', false],
    ['nothing', null, false],
    ['an empty object', {}, false],
    ['as many levels as may be', nested(DEEPEST), false],
    ['as many, the last of them empty', nested(DEEPEST - 1, {}), false],
    ['one more', nested(DEEPEST + 1), true],
    ['one more, that is empty', nested(DEEPEST, []), true],
    ['one more beside what is flat', { a: 1, b: nested(DEEPEST), c: [] }, true],
    ['more than a stack holds', nested(1_000_000), true],
    ['a great many members', Array.from({ length: 300_000 }, () => ({})), false],
  ])('of %s', (_, value, expected) => {
    expect(isTooDeep(value)).toBe(expected);
  });
});

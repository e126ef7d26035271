import { describe, expect, it } from 'vitest';
import { figureOf, ratio, share } from './figures.ts';

describe('statisticOf', () => {
  it.each([
    [[7], { median: 7, least: 7, most: 7 }],
    [[30, 10, 20], { median: 20, least: 10, most: 30 }],
    [[100, 9], { median: 100, least: 9, most: 100 }],
    [[4, 1, 3, 2], { median: 3, least: 1, most: 4 }],
  ])('%j', (values, figure) => {
    expect(figureOf(values)).toEqual(figure);
  });

  it('is none of nothing', () => {
    expect(() => figureOf([])).toThrow('no repetition');
  });
});

it.each([
  [1, 2, '0.50'],
  [56.6, 38.7, '1.46'],
  [0, 5, '0.00'],
  [5, 0, '–'],
])('ratio of %d and %d', (a, b, text) => {
  expect(ratio(a, b)).toBe(text);
});

it.each([
  [0, 100, '0.00'],
  [1, 200, '0.50'],
  [0, 0, '–'],
])('share of %d in %d', (part, whole, text) => {
  expect(share(part, whole)).toBe(text);
});

import { expect, it } from 'vitest';
import { pair, subnet } from '../../test/support/objects.ts';
import type { LeaseStatus } from './leaseStatuses.ts';
import { createPace, EVERY_MS } from './pace.ts';

const PAIR = 'prod/hq';
const news = (name: string, urgency: LeaseStatus['urgency'] = 1): LeaseStatus => ({
  object: subnet(name, {}),
  status: {},
  urgency,
});
const many = (count: number): readonly LeaseStatus[] => Array.from({ length: count }, (_, n) => news(`s${n}`));
const names = (chosen: readonly LeaseStatus[]) => chosen.map(({ object }) => object.metadata.name);

it('an object is written once in half a minute', () => {
  const pace = createPace();
  expect(names(pace.choose(PAIR, [news('a')], 0))).toEqual(['a']);
  expect(names(pace.choose(PAIR, [news('a'), news('b')], EVERY_MS - 1))).toEqual(['b']);
  expect(names(pace.choose(PAIR, [news('a')], EVERY_MS))).toEqual(['a']);
});

it('a pair whose families are counted apart is written once in half a minute all the same', () => {
  const pace = createPace();
  const hq = { object: pair(), status: {}, urgency: 1 } as const;
  expect(names(pace.choose(PAIR, [hq], 0))).toEqual(['hq']);
  expect(names(pace.choose(PAIR, [hq], EVERY_MS / 2))).toEqual([]);
});

it('what people wait for comes first', () => {
  expect(names(createPace().choose(PAIR, [news('a', 2), news('b', 1), news('c', 0), news('d', 1)], 0))).toEqual([
    'c',
    'b',
    'd',
    'a',
  ]);
});

it('where more moves than can be told each object has its turn', () => {
  const pace = createPace();
  const told = new Set<string>();
  for (let round = 0; round < 4; round++)
    for (const name of names(pace.choose(PAIR, many(1000), round * EVERY_MS))) told.add(name);
  expect(told.size).toBe(1000);
});

it('a great many pairs write no more than so much together', () => {
  const pace = createPace();
  const written = (now: number) =>
    Array.from({ length: 20 }, (_, n) => pace.choose(`prod/pair${n}`, many(200), now).length).reduce(
      (a, b) => a + b,
      0,
    );
  expect(written(0)).toBe(1500);
  expect(written(EVERY_MS)).toBe(1500);
});

it('of a pair that is gone nothing is known any more', () => {
  const pace = createPace();
  pace.choose(PAIR, [news('a')], 0);
  pace.forget(PAIR);
  expect(names(pace.choose(PAIR, [news('a')], 1))).toEqual(['a']);
});

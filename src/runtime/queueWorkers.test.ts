/** Which keys the workers of a queue take, and in which order. */
import { describe, expect, it } from 'vitest';
import { never, openTestQueue as setup } from '../../test/support/queue.ts';
import type { Key } from './object.ts';
import type { QueueOptions } from './queue.ts';

describe('workers', () => {
  const namespaceOf = (key: Key): string => key.split('/')[0] ?? '';
  const HANGS = 60_000;

  /** Workers that take as long for a key as is said, 1 ms where nothing is; gives the keys in the order of their passes, with the time of each. */
  const work = (workers: number, lasts: Readonly<Record<string, number>>, options: Partial<QueueOptions> = {}) => {
    const { clock, queue } = setup({ group: namespaceOf, ...options });
    const passes: { key: Key; at: number }[] = [];
    const worker = async (): Promise<void> => {
      for (;;) {
        const key = await queue.take(never);
        passes.push({ key, at: clock.monotonic() });
        await new Promise<void>((resolve) => clock.after(lasts[key] ?? lasts[namespaceOf(key)] ?? 1, resolve));
        queue.done(key);
      }
    };
    for (let index = 0; index < workers; index++) void worker();
    const add = (...keys: readonly Key[]): void => {
      for (const key of keys) queue.add(key);
    };
    return { clock, queue, add, passes, busy: () => queue.ages().taken.size };
  };
  const many = (namespace: string, count: number): readonly Key[] =>
    Array.from({ length: count }, (_, index) => `${namespace}/${index}` as const);

  it.each<readonly [string, number, readonly Key[], readonly number[]]>([
    ['one for each namespace that has one key', 12, ['a/0', 'b/0', 'c/0'], [1, 1, 1]],
    ['a third for one namespace, whatever waits', 12, many('a', 20), [4]],
    ['one of two for one namespace', 2, many('a', 20), [1]],
    ['the one that there is', 1, many('a', 20), [1]],
    [
      'less for each further namespace, and one is left',
      12,
      ['a', 'b', 'c', 'd', 'e'].flatMap((name) => many(name, 20)),
      [4, 3, 2, 1, 1],
    ],
  ])('are at most: %s', async (_, workers, keys, busy) => {
    const { clock, queue, add } = work(workers, Object.fromEntries(keys.map((key) => [key, HANGS])));
    add(...keys);
    await clock.advance(1_000);
    const held = Map.groupBy(queue.ages().taken.keys(), namespaceOf);
    expect([...held.values()].map(({ length }) => length)).toEqual(busy);
  });

  it('are there at once for a namespace beside one whose passes all hang', async () => {
    const { clock, add, passes } = work(12, { evil: HANGS });
    add(...many('evil', 50));
    await clock.advance(1_000);
    add('good/1', 'good/2');
    await clock.advance(1_000);
    const good = passes.filter(({ key }) => namespaceOf(key) === 'good');
    expect(good.map(({ at }) => at)).toEqual([1_000, 1_000]);
  });

  it('go round the namespaces, and within each to the key that waits longest', async () => {
    const { clock, add, passes } = work(1, { x: 10 });
    add('x/first');
    await clock.advance(0);
    add('a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'c/1');
    await clock.advance(1_000);
    expect(passes.map(({ key }) => key).slice(1)).toEqual(['a/1', 'b/1', 'c/1', 'a/2', 'b/2', 'a/3']);
  });

  it('are a third at most for keys whose last pass was slow, of whatever namespaces, until one is quick again', async () => {
    const lasts: Record<string, number> = {};
    const keys = Array.from({ length: 12 }, (_, index) => `n${index}/pair` as const);
    for (const key of keys) lasts[key] = HANGS;
    const { clock, queue, add, passes, busy } = work(12, lasts);
    add(...keys);
    await clock.advance(2 * HANGS);
    expect(passes).toHaveLength(12);
    add(...keys);
    await clock.advance(1_000);
    expect(busy()).toBe(4);
    add('other/pair');
    await clock.advance(1_000);
    expect(passes.at(-1)).toMatchObject({ key: 'other/pair', at: 2 * HANGS + 1_000 });
    for (const key of keys) lasts[key] = 1;
    await clock.advance(5 * HANGS);
    expect([queue.depth, busy()]).toEqual([0, 0]);
    for (const key of keys) lasts[key] = HANGS;
    add(...keys);
    await clock.advance(1_000);
    expect(busy()).toBe(12);
  });

  it('are less than a third for the slow keys of one namespace, so that one is left for those of another', async () => {
    const lasts: Record<string, number> = { 'good/pair': 20_000 };
    for (const key of many('evil', 8)) lasts[key] = HANGS;
    const { clock, add, passes, busy } = work(12, lasts);
    add('good/pair', ...many('evil', 8));
    await clock.advance(3 * HANGS);
    add(...many('evil', 8));
    await clock.advance(1_000);
    expect(busy()).toBe(3);
    add('good/pair');
    await clock.advance(1_000);
    expect(passes.at(-1)).toEqual({ key: 'good/pair', at: 3 * HANGS + 1_000 });
  });

  it('are all there for a queue without groups', async () => {
    const { clock, add, busy } = work(4, { a: HANGS }, { group: (key) => key });
    add(...many('a', 20));
    await clock.advance(1_000);
    expect(busy()).toBe(4);
  });
});

it('tells how long keys have waited, and how long others have been in their pass', async () => {
  const { clock, queue } = setup();
  queue.add('a/1');
  queue.add('a/2');
  await queue.take(never);
  await clock.advance(2_000);
  queue.add('a/1');
  await clock.advance(1_000);
  expect(queue.ages()).toEqual({
    waiting: new Map([
      ['a/2', 3_000],
      ['a/1', 1_000],
    ]),
    taken: new Map([['a/1', 3_000]]),
  });
  // What came during the pass goes on waiting after it.
  queue.done('a/1');
  expect(queue.ages().waiting.get('a/1')).toBe(1_000);
});

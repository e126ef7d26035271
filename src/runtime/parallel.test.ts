import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { parallelEach, parallelMap } from './parallel.ts';

it('gives the answers in the order of the items and keeps to the limit', async () => {
  let running = 0;
  let most = 0;
  const answers = await parallelMap([5, 1, 4, 2, 3], 2, async (item) => {
    most = Math.max(most, ++running);
    await pause(item);
    running--;
    return item * 10;
  });
  expect(answers).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

it('stops handing out at the first failure, and throws it when the rest has ended', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    await pause(item === 1 ? 1 : 10);
    if (item === 1) throw new Error('one');
    ended.push(item);
  };
  await expect(parallelMap([0, 1, 2, 3, 4], 2, work)).rejects.toThrow('one');
  expect(begun).toEqual([0, 1]);
  expect(ended).toEqual([0]);
});

it('does each item though others fail, and tells which', async () => {
  const failed = await parallelEach([1, 2, 3], 10, (item) =>
    item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(),
  );
  expect(failed).toEqual([{ item: 2, error: new Error('two') }]);
});

it('fails the rest once its signal is aborted', async () => {
  const stop = new AbortController();
  const failed = await parallelEach(
    [1, 2, 3],
    1,
    (item) => {
      if (item === 2) stop.abort(new Error('enough'));
      return Promise.resolve();
    },
    stop.signal,
  );
  expect(failed.map(({ item }) => item)).toEqual([3]);
});

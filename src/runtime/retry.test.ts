import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import type { BackoffPolicy } from './backoff.ts';
import { ApiError, ConnectionError } from './errors.ts';
import { isAway, retry, type RetrySpec } from './retry.ts';

const policy: BackoffPolicy = { initialMs: 1000, maxMs: 5000, jitter: 0 };

/** Fails so often, and then answers; `at` are the times of its tries. */
const setup = (fails: number, more: Partial<RetrySpec> = {}) => {
  const clock = createFakeClock();
  const at: number[] = [];
  const answer = retry(
    () => {
      at.push(clock.monotonic());
      return at.length > fails ? Promise.resolve('done') : Promise.reject(new Error(`try ${at.length}`));
    },
    { clock, policy, ...more },
  ).catch((error: unknown) => error);
  return { clock, at, answer };
};

describe('what is tried again', () => {
  it('waits longer each time, up to the maximum, and gives the answer', async () => {
    const { clock, at, answer } = setup(5);
    await clock.advance(60_000);
    expect(await answer).toBe('done');
    expect(at).toEqual([0, 1000, 3000, 7000, 12_000, 17_000]);
    expect(clock.pending).toBe(0);
  });

  it('is given up when the time is over, with a last try at its end', async () => {
    const { clock, at, answer } = setup(Infinity, { limitMs: 10_000 });
    await clock.advance(60_000);
    expect(await answer).toEqual(new Error('try 5'));
    expect(at).toEqual([0, 1000, 3000, 7000, 10_000]);
  });

  it('is given up at once where the error does not pass', async () => {
    const { answer, at } = setup(Infinity, { mayPass: () => false });
    expect(await answer).toEqual(new Error('try 1'));
    expect(at).toEqual([0]);
  });

  it('is given up when the caller does', async () => {
    const stop = new AbortController();
    const { clock, answer } = setup(Infinity, { signal: stop.signal });
    await clock.advance(2000);
    stop.abort(new Error('enough'));
    expect(await answer).toEqual(new Error('enough'));
    expect(clock.pending).toBe(0);
  });

  it('tells of each failure that is followed by another try', async () => {
    const told: number[] = [];
    const { clock, answer } = setup(2, { onFailure: (_, failures) => told.push(failures) });
    await clock.advance(60_000);
    await answer;
    expect(told).toEqual([1, 2]);
  });
});

it.each([
  ['no connection', new ConnectionError('Unreachable', 'no way'), true],
  ['no answer in time', new ConnectionError('Timeout', 'late'), true],
  ['an API server that is starting', new ApiError(503, {}, 'get'), true],
  ['an etcd that is away', new ApiError(500, {}, 'get'), true],
  ['too many requests', new ApiError(429, {}, 'get'), true],
  ['no such object', new ApiError(404, {}, 'get'), false],
  ['a missing right', new ApiError(403, {}, 'get'), false],
  ['an error of our own', new TypeError('x'), false],
])('%s: the API server is away: %#', (_, error, expected) => {
  expect(isAway(error)).toBe(expected);
});

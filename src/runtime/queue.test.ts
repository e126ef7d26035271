import { describe, expect, it } from 'vitest';
import { never, openTestQueue as setup } from '../../test/support/queue.ts';
import type { Key } from './object.ts';

describe('a key in the queue', () => {
  it('is handed out once, however often it was added', async () => {
    const { clock, queue, taken, serve } = setup();
    queue.add('a/1');
    queue.add('a/1');
    queue.add('a/2');
    void serve();
    await clock.advance(0);
    expect(taken.map(({ key }) => key)).toEqual(['a/1', 'a/2']);
  });

  it('goes to a worker that already waits', async () => {
    const { clock, queue, taken, serve } = setup();
    void serve();
    await clock.advance(0);
    queue.add('a/1');
    await clock.advance(0);
    expect(taken).toEqual([{ key: 'a/1', at: 0 }]);
  });

  it('is never with two workers: added again during its pass, it comes after the pass', async () => {
    const { clock, queue } = setup();
    queue.add('a/1');
    expect(await queue.take(never)).toBe('a/1');
    queue.add('a/1');
    let second: Key | undefined;
    void queue.take(never).then((key) => (second = key));
    await clock.advance(60_000);
    expect(second).toBeUndefined();
    queue.done('a/1');
    await clock.advance(0);
    expect(second).toBe('a/1');
  });

  it('does not come again after a pass in which nothing was added', async () => {
    const { clock, queue } = setup();
    queue.add('a/1');
    queue.done(await queue.take(never));
    await clock.advance(60_000);
    expect(queue.depth).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

/** When a key is handed out that is added at these times. */
const handedOutAt = async (
  adds: readonly number[],
  options: Parameters<typeof setup>[0],
): Promise<readonly number[]> => {
  const { clock, queue, taken, serve } = setup(options);
  void serve();
  for (const at of adds) {
    await clock.advance(at - clock.monotonic());
    queue.add('a/1');
  }
  await clock.advance(20_000);
  return taken.map(({ at }) => at);
};

describe('the rest before a key is handed out', () => {
  const cases: { because: string; adds: number[]; handedOut: number[] }[] = [
    { because: 'one addition rests for the linger', adds: [0], handedOut: [1_000] },
    { because: 'additions that come together are one', adds: [0, 400, 800], handedOut: [1_800] },
    {
      because: 'a stream of additions is cut at the maximum after its first',
      adds: [0, 900, 1_800, 2_700, 3_600],
      handedOut: [3_000, 4_600],
    },
    { because: 'after the rest a new round begins', adds: [0, 2_000], handedOut: [1_000, 3_000] },
  ];
  it.each(cases)('$because', async ({ adds, handedOut }) => {
    expect(await handedOutAt(adds, { lingerMs: 1_000, lingerMaxMs: 3_000 })).toEqual(handedOut);
  });
});

describe('an addition that comes alone', () => {
  const cases: { because: string; adds: number[]; handedOut: number[] }[] = [
    { because: 'rests shortly', adds: [0], handedOut: [100] },
    { because: 'rests as long as others where one follows meanwhile', adds: [0, 50], handedOut: [1_050] },
    { because: 'rests as long as others soon after a pass', adds: [0, 1_000], handedOut: [100, 2_000] },
    { because: 'rests shortly again once the key was quiet', adds: [0, 1_200], handedOut: [100, 1_300] },
  ];
  it.each(cases)('$because', async ({ adds, handedOut }) => {
    expect(await handedOutAt(adds, { lingerMs: 1_000, firstLingerMs: 100 })).toEqual(handedOut);
  });

  it('rests as long as others while its key is in a pass', async () => {
    const { clock, queue } = setup({ lingerMs: 1_000, firstLingerMs: 100 });
    queue.add('a/1');
    await clock.advance(100);
    const key = await queue.take(never);
    queue.add('a/1');
    await clock.advance(500);
    queue.done(key);
    expect(queue.depth).toBe(0);
    await clock.advance(500);
    expect(queue.depth).toBe(1);
  });
});

describe('a timed request', () => {
  it('comes at its time, without a rest', async () => {
    const { clock, queue, taken, serve } = setup({ lingerMs: 1_000 });
    void serve();
    queue.addAfter('a/1', 5_000);
    await clock.advance(60_000);
    expect(taken).toEqual([{ key: 'a/1', at: 5_000 }]);
  });

  it('gives way to an earlier one, and a later one does not move it', async () => {
    const { clock, queue, taken, serve } = setup();
    void serve();
    queue.addAfter('a/1', 5_000);
    queue.addAfter('a/1', 2_000);
    queue.addAfter('a/1', 9_000);
    await clock.advance(60_000);
    expect(taken).toEqual([{ key: 'a/1', at: 2_000 }]);
  });

  it('does not hold up an addition, and is covered by it', async () => {
    const { clock, queue, taken, serve } = setup({ lingerMs: 1_000 });
    void serve();
    queue.addAfter('a/1', 60_000);
    await clock.advance(10_000);
    queue.add('a/1');
    await clock.advance(120_000);
    expect(taken).toEqual([{ key: 'a/1', at: 11_000 }]);
  });

  it('of the past is due now', async () => {
    const { clock, queue, taken, serve } = setup();
    void serve();
    queue.addAfter('a/1', -5);
    await clock.advance(0);
    expect(taken).toHaveLength(1);
  });
});

describe('the backoff of a key', () => {
  it('doubles from 250 ms with every failure, up to five minutes, each key for itself', async () => {
    const { clock, queue } = setup();
    const waits: number[] = [];
    queue.add('a/1');
    for (let pass = 0; pass < 14; pass++) {
      const key = await queue.take(never);
      const failedAt = clock.monotonic();
      queue.retry(key);
      queue.done(key);
      const next = queue.take(never).then((again) => {
        waits.push(clock.monotonic() - failedAt);
        queue.addAfter(again, 0);
        queue.done(again);
      });
      await clock.advance(300_000);
      await next;
    }
    expect(waits.slice(0, 4)).toEqual([250, 500, 1_000, 2_000]);
    expect(waits.at(-1)).toBe(300_000);
  });

  it('starts anew once the key was forgotten', async () => {
    const { clock, queue, taken, serve } = setup();
    void serve();
    queue.retry('a/1');
    await clock.advance(250);
    queue.retry('a/1');
    await clock.advance(500);
    queue.forget('a/1');
    queue.retry('a/1');
    await clock.advance(250);
    expect(taken.map(({ at }) => at)).toEqual([250, 750, 1_000]);
  });

  it('is shortened by chance and never lengthened', async () => {
    const { clock, queue, taken, serve } = setup({ random: () => 0.999_999 });
    void serve();
    queue.retry('a/1');
    await clock.advance(1_000);
    expect(taken[0]?.at).toBeGreaterThan(174);
    expect(taken[0]?.at).toBeLessThan(176);
  });
});

describe('the end', () => {
  it('rejects who waits, and hands the next key to another', async () => {
    const { clock, queue } = setup();
    const gone = new AbortController();
    const waiting = queue.take(gone.signal);
    gone.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(queue.take(gone.signal)).rejects.toThrow('enough');
    queue.add('a/1');
    await clock.advance(0);
    expect(await queue.take(never)).toBe('a/1');
  });

  it('leaves no timer and takes no more keys', async () => {
    const { clock, queue } = setup({ lingerMs: 1_000 });
    queue.add('a/1');
    queue.addAfter('a/2', 5_000);
    queue.close();
    queue.add('a/3');
    queue.retry('a/4');
    await clock.advance(600_000);
    expect(clock.pending).toBe(0);
    expect(queue.depth).toBe(0);
  });
});

it('tells its depth and how long ready keys waited', async () => {
  const depths: number[] = [];
  const waits: number[] = [];
  let adds = 0;
  const metrics = {
    onAdd: () => adds++,
    onRetry: () => undefined,
    onDepth: (depth: number) => depths.push(depth),
    onTaken: (seconds: number) => waits.push(seconds),
  };
  const { clock, queue } = setup({ metrics });
  queue.add('a/1');
  queue.add('a/2');
  await clock.advance(4_000);
  await queue.take(never);
  expect(adds).toBe(2);
  expect(depths).toEqual([1, 2, 1]);
  expect(waits).toEqual([4]);
});

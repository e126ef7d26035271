import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { createLimit, OutOfTime } from './limit.ts';

const setup = () => {
  const clock = createFakeClock();
  const outer = new AbortController();
  const limit = createLimit(clock, 1_000, outer.signal);
  const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
  return { clock, outer, limit, wait };
};

describe('a limit of time', () => {
  it('is up after its time, and says so', async () => {
    const { clock, limit } = setup();
    await clock.advance(999);
    expect(limit.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(limit.signal.reason).toEqual(new OutOfTime('given up after 1 s'));
  });

  it('is not up during what must not be cut, but right after it', async () => {
    const { clock, limit, wait } = setup();
    const done = limit.whole(() => wait(5_000));
    await clock.advance(4_999);
    expect(limit.signal.aborted).toBe(false);
    await clock.advance(1);
    await done;
    expect(limit.signal.aborted).toBe(true);
  });

  it('goes on after what must not be cut where there is time left, also where that failed', async () => {
    const { clock, limit } = setup();
    await expect(limit.whole(() => Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    await clock.advance(999);
    expect(limit.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(limit.signal.aborted).toBe(true);
  });

  it('ends with the outer signal, whatever must not be cut', () => {
    const { outer, limit, wait } = setup();
    void limit.whole(() => wait(5_000));
    outer.abort(new Error('enough'));
    expect(limit.signal.reason).toEqual(new Error('enough'));
  });

  it('is never up once it is cleared, and leaves no timer', async () => {
    const { clock, limit } = setup();
    limit.clear();
    await clock.advance(5_000);
    expect(limit.signal.aborted).toBe(false);
    expect(clock.pending).toBe(0);
  });
});

import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { orAborted } from './clock.ts';

describe('orAborted', () => {
  const reason = new Error('enough');

  it.each([
    ['the answer', Promise.resolve('answer'), new AbortController().signal, 'answer'],
    ['the reason of who has given up before', Promise.resolve('answer'), AbortSignal.abort(reason), reason],
  ])('gives %s', async (_, work, signal, expected) => {
    expect(await orAborted<unknown>(work, signal).catch((error: unknown) => error)).toBe(expected);
  });

  // A rejection that nobody hears would fail this run, and ends a process.
  it.each([
    ['before', () => AbortSignal.abort(reason)],
    ['meanwhile', () => AbortSignal.timeout(1)],
  ])('hears of work that fails though its caller has given up %s', async (_, signal) => {
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(orAborted(promise, signal())).rejects.toThrow();
    reject(new Error('too late'));
    await setImmediate();
  });
});

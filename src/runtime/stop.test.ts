import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { createStopper } from './stop.ts';

it('closes what was opened, the last first, one after another, and says why it stopped', async () => {
  const clock = createFakeClock();
  const stopper = createStopper({ clock });
  const order: string[] = [];
  stopper.onStop('first', () => {
    order.push('first');
  });
  stopper.onStop('second', async () => {
    await Promise.resolve();
    order.push('second');
  });
  expect(stopper.signal.aborted).toBe(false);
  const report = stopper.stop('test');
  expect(stopper.signal.aborted).toBe(true);
  expect(await report).toEqual({ reason: 'test', unclosed: [] });
  expect(order).toEqual(['second', 'first']);
  expect(clock.pending).toBe(0);
});

it('goes on after a closer that fails, and names it', async () => {
  const stopper = createStopper();
  let closed = false;
  stopper.onStop('good', () => {
    closed = true;
  });
  stopper.onStop('bad', () => Promise.reject(new Error('stuck')));
  expect(await stopper.stop('test')).toEqual({ reason: 'test', unclosed: ['bad'] });
  expect(closed).toBe(true);
});

it('does not wait for ever', async () => {
  const clock = createFakeClock();
  const stopper = createStopper({ clock, deadlineMs: 1_000 });
  stopper.onStop('never reached', () => undefined);
  stopper.onStop('hangs', () => new Promise<void>(() => undefined));
  const report = stopper.stop('test');
  await clock.advance(1_000);
  expect(await report).toEqual({ reason: 'test', unclosed: ['hangs', 'never reached'] });
});

it('hears SIGTERM, once', async () => {
  const source = new EventEmitter();
  const process = source as unknown as Pick<NodeJS.Process, 'on' | 'off'>;
  const stopper = createStopper({ process });
  source.emit('SIGTERM', 'SIGTERM');
  source.emit('SIGINT', 'SIGINT');
  expect((await stopper.stopped).reason).toBe('SIGTERM');
  expect(source.listenerCount('SIGTERM')).toBe(0);
});

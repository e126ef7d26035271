import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { openBackoff } from './backoff.ts';
import type { Running, Step } from './steps.ts';

const steps: readonly Step[] = [{ kind: 'subnet', op: 'update', key: 1 }];
const desired = (digest: string): Running => new Map([['4/subnet/1', { digest }]]);

describe('backoff', () => {
  it('does not ask for the same again at once, and each time later, up to a minute', async () => {
    const clock = createFakeClock();
    const backoff = openBackoff(DHCPV4, clock);
    const waited: number[] = [];
    for (let times = 0; times < 6; times++) {
      backoff.remember(steps, desired('a'), 'why');
      const begin = clock.monotonic();
      while (backoff.refusal(steps, desired('a')) !== undefined) await clock.advance(1000);
      waited.push((clock.monotonic() - begin) / 1000);
    }
    expect(waited).toEqual([5, 10, 20, 40, 60, 60]);
  });

  it('says why', () => {
    const backoff = openBackoff(DHCPV4, createFakeClock());
    backoff.remember(steps, desired('a'), 'no room');
    expect(backoff.refusal(steps, desired('a'))).toBe('no room');
  });

  it('lets another state, other steps and what is forgotten through at once', () => {
    const backoff = openBackoff(DHCPV4, createFakeClock());
    backoff.remember(steps, desired('a'), 'why');
    expect(backoff.refusal(steps, desired('b'))).toBeUndefined();
    expect(backoff.refusal([{ kind: 'subnet', op: 'add', key: 1 }], desired('a'))).toBeUndefined();
    backoff.forget();
    expect(backoff.refusal(steps, desired('a'))).toBeUndefined();
    backoff.remember(steps, desired('a'), 'why');
    backoff.remember([], desired('a'), undefined);
    expect(backoff.refusal(steps, desired('a'))).toBeUndefined();
  });
});

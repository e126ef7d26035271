import { describe, expect, it } from 'vitest';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { openPatience } from './patience.ts';
import type { Running, Step } from './running.ts';

const steps: readonly Step[] = [{ kind: 'subnet', op: 'update', key: 1 }];
const wished = (digest: string): Running => new Map([['4/subnet/1', { digest }]]);

describe('patience', () => {
  it('does not ask for the same again at once, and each time later, up to a minute', async () => {
    const clock = createFakeClock();
    const patience = openPatience(DHCPV4, clock);
    const waited: number[] = [];
    for (let times = 0; times < 6; times++) {
      patience.remember(steps, wished('a'), 'why');
      const begin = clock.monotonic();
      while (patience.refusal(steps, wished('a')) !== undefined) await clock.advance(1000);
      waited.push((clock.monotonic() - begin) / 1000);
    }
    expect(waited).toEqual([5, 10, 20, 40, 60, 60]);
  });

  it('says why', () => {
    const patience = openPatience(DHCPV4, createFakeClock());
    patience.remember(steps, wished('a'), 'no room');
    expect(patience.refusal(steps, wished('a'))).toBe('no room');
  });

  it('lets another wish, other steps and what is forgotten through at once', () => {
    const patience = openPatience(DHCPV4, createFakeClock());
    patience.remember(steps, wished('a'), 'why');
    expect(patience.refusal(steps, wished('b'))).toBeUndefined();
    expect(patience.refusal([{ kind: 'subnet', op: 'add', key: 1 }], wished('a'))).toBeUndefined();
    patience.forget();
    expect(patience.refusal(steps, wished('a'))).toBeUndefined();
    patience.remember(steps, wished('a'), 'why');
    patience.remember([], wished('a'), undefined);
    expect(patience.refusal(steps, wished('a'))).toBeUndefined();
  });
});

/** Pairs of both families as they run in their pods. */
import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../../src/kea/families.ts';
import { configOf } from '../support/keaState.ts';
import { reachState, usePairBench } from '../support/pairGround.ts';

const bench = usePairBench();

describe.each(FAMILIES)('a pair of $daemon', (family) => {
  it.each([
    ['HotStandby', 'Memfile', {}, 'hot-standby'],
    ['LoadBalancing', 'PostgreSQL', {}, 'load-balancing'],
    ['LoadBalancing', 'Memfile', { packetQueue: { capacity: 600 } }, 'load-balancing'],
    ['HotStandby', 'PostgreSQL', { packetQueue: {} }, 'hot-standby'],
  ])('in mode %s with leases in %s and %j comes to %s over TLS', async (mode, leaseStorage, more, state) => {
    const pair = await bench.begin({ mode, leaseStorage, ...more }, undefined, { family });
    await reachState(pair, state);
    expect((await pair.server('a').pod.exec('/usr/local/bin/kea-probe', 'ready')).stdout).toBe('');
    const status = await pair.client('a').call('status-get', undefined);
    expect(status).toMatchObject({
      sockets: { status: 'ready' },
      'multi-threading-enabled': !('packetQueue' in more),
    });
    const config = await configOf(pair.client('a'));
    if ('packetQueue' in more) expect(config['dhcp-queue-control']).toMatchObject({ 'enable-queue': true });
    const sessions = await bench.database.query<{ encrypted: boolean }>(
      `SELECT ssl AS encrypted FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'kea %'`,
    );
    expect(sessions.length).toBeGreaterThanOrEqual(4);
    expect(sessions.every(({ encrypted }) => encrypted)).toBe(true);
  });

  it('alone serves as standalone', async () => {
    const pair = await bench.begin({ mode: 'Standalone' }, ['a'], { family });
    expect(await pair.states()).toEqual(['standalone']);
  });
});

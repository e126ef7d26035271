import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import type { KubeClient } from './client.ts';
import { ApiError, ConnectionError } from './errors.ts';
import { createLeaderElector, type LeaderLease, LeadershipLost, type LeaderSpec } from './leader.ts';

/** The one Lease of an API server, with its rules for creating and replacing; the real one is in test/envtest. */
const createLeaseServer = () => {
  let stored: LeaderLease | undefined;
  let version = 0;
  const state = { down: false, writes: 0 };
  const refuse = (status: number, reason: string): Promise<never> =>
    Promise.reject(new ApiError(status, { reason }, 'lease'));
  const store = (lease: LeaderLease): Promise<LeaderLease> => {
    state.writes++;
    stored = structuredClone(lease);
    stored.metadata.resourceVersion = String(++version);
    return Promise.resolve(structuredClone(stored));
  };
  const guarded = <T>(answer: () => Promise<T>): Promise<T> =>
    state.down ? Promise.reject(new ConnectionError('Unreachable', 'no way')) : answer();
  const client = {
    get: () =>
      guarded(() => (stored === undefined ? refuse(404, 'NotFound') : Promise.resolve(structuredClone(stored)))),
    create: (_: unknown, lease: LeaderLease) =>
      guarded(() => (stored === undefined ? store(lease) : refuse(409, 'AlreadyExists'))),
    replace: (_: unknown, lease: LeaderLease) =>
      guarded(() =>
        stored?.metadata.resourceVersion === lease.metadata.resourceVersion ? store(lease) : refuse(409, 'Conflict'),
      ),
  } as unknown as KubeClient;
  return {
    client,
    state,
    get lease() {
      return stored;
    },
    write: (lease: Partial<LeaderLease['spec']>) => {
      if (stored !== undefined) void store({ ...stored, spec: { ...stored.spec, ...lease } });
    },
  };
};

const setup = () => {
  const clock = createFakeClock();
  const server = createLeaseServer();
  const elector = (identity: string, more: Partial<LeaderSpec> = {}) =>
    createLeaderElector({
      client: server.client,
      namespace: 'kube-system',
      name: 'test',
      identity,
      clock,
      random: () => 0,
      ...more,
    });
  return { clock, server, elector };
};

const never = new AbortController().signal;

describe('becoming the leader', () => {
  it('takes at once a Lease that does not exist', async () => {
    const { server, elector, clock } = setup();
    const leadership = await elector('a').acquire(never);
    expect(leadership.holds()).toBe(true);
    expect(server.lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    await leadership.release();
    expect(clock.pending).toBe(0);
  });

  it('waits while another renews, and takes over 15 s after its last renewal was seen', async () => {
    const { server, elector, clock } = setup();
    const first = await elector('a').acquire(never);
    let second: { at: number } | undefined;
    void elector('b')
      .acquire(never)
      .then(() => (second = { at: clock.monotonic() }));
    await clock.advance(60_000);
    expect(second).toBeUndefined();
    expect(server.lease?.spec?.holderIdentity).toBe('a');
    // The leader's network is gone, the candidate's is not: the leader must stop before the candidate may start.
    server.state.down = true;
    const downSince = clock.monotonic();
    await clock.advance(10_500);
    expect(first.lost.aborted).toBe(true);
    expect(first.holds()).toBe(false);
    server.state.down = false;
    await clock.advance(10_000);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    expect((second?.at ?? 0) - downSince).toBeGreaterThan(10_500);
  });

  it('takes at once a Lease that was released', async () => {
    const { elector, clock } = setup();
    const first = await elector('a').acquire(never);
    let second = false;
    void elector('b')
      .acquire(never)
      .then(() => (second = true));
    await clock.advance(4_000);
    await first.release();
    await clock.advance(2_000);
    expect(second).toBe(true);
  });

  it('is won by one of two that see the Lease free at the same time', async () => {
    const { elector, clock } = setup();
    const won: string[] = [];
    for (const name of ['a', 'b', 'c'])
      void elector(name)
        .acquire(never)
        .then(() => won.push(name));
    await clock.advance(30_000);
    expect(won).toHaveLength(1);
  });

  it('goes on trying while the API server is away', async () => {
    const { server, elector, clock } = setup();
    server.state.down = true;
    const acquired = elector('a').acquire(never);
    await clock.advance(60_000);
    server.state.down = false;
    await clock.advance(2_000);
    expect((await acquired).holds()).toBe(true);
  });

  it('can be given up', async () => {
    const { elector, clock } = setup();
    await elector('a').acquire(never);
    const stop = new AbortController();
    const waiting = elector('b').acquire(stop.signal);
    await clock.advance(3_000);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('being the leader', () => {
  it('survives an absence of the API server that is shorter than the deadline', async () => {
    const { server, elector, clock } = setup();
    const leadership = await elector('a').acquire(never);
    await clock.advance(20_000);
    server.state.down = true;
    await clock.advance(7_000);
    server.state.down = false;
    await clock.advance(20_000);
    expect(leadership.holds()).toBe(true);
  });

  it('is over in the moment the deadline has passed, whatever timers say', async () => {
    const clock = createFakeClock();
    let skipped = 0;
    // A process that was frozen: the clock has gone on, no timer has fired.
    const frozen = { ...clock, monotonic: () => clock.monotonic() + skipped };
    const { client } = createLeaseServer();
    const spec = { client, namespace: 'n', name: 'l', identity: 'a', clock: frozen };
    const leadership = await createLeaderElector(spec).acquire(never);
    expect(leadership.holds()).toBe(true);
    skipped = 10_000;
    expect(leadership.holds()).toBe(false);
  });

  it('is lost when the Lease names another, even one whose time is up', async () => {
    const { server, elector, clock } = setup();
    const leadership = await elector('a').acquire(never);
    await clock.advance(4_000);
    server.write({ holderIdentity: 'b', leaseDurationSeconds: 1 });
    await clock.advance(2_000);
    expect(leadership.lost.aborted).toBe(true);
    expect(leadership.lost.reason).toBeInstanceOf(LeadershipLost);
    const { writes } = server.state;
    await leadership.release();
    expect(server.state.writes).toBe(writes);
    expect(clock.pending).toBe(0);
  });

  it('keeps the time of acquisition and moves that of renewal', async () => {
    const { server, elector, clock } = setup();
    await elector('a').acquire(never);
    await clock.advance(4_000);
    expect(server.lease?.spec?.acquireTime).toBe('2026-01-01T00:00:00.000000Z');
    expect(server.lease?.spec?.renewTime).toBe('2026-01-01T00:00:04.000000Z');
  });

  it('ends with a Lease that names nobody', async () => {
    const { server, elector } = setup();
    const leadership = await elector('a').acquire(never);
    await leadership.release();
    expect(server.lease?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(leadership.holds()).toBe(false);
    expect(leadership.lost.aborted).toBe(false);
  });
});

it('refuses times that could let two lead', () => {
  const { elector } = setup();
  expect(() => elector('a', { leaseDurationMs: 10_000 })).toThrow(/renew deadline < lease duration/);
  expect(() => elector('a', { renewDeadlineMs: 2_000 })).toThrow(/retry period/);
});

import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../test/support/memoryBackend.ts';
import { pair, reservation } from '../../test/support/objects.ts';
import { hang, office, saysOf, setup, withDatabase } from '../../test/support/passRig.ts';
import type { HAPair, Subnet } from '../api/index.ts';
import { BackendUnavailable } from '../backend/backend.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { LeadershipLost } from '../runtime/leader.ts';
import type { PairServers } from '../workload/settle.ts';
import type { ReconcileDeps } from './reconcile.ts';
import type { PairParts } from './sessions.ts';

const withoutApiServer = {
  client: {
    raw: () => Promise.resolve({ metadata: { uid: 'x' } }),
    list: (_: unknown, { signal }: { signal: AbortSignal }) => hang(signal),
  },
} as unknown as Partial<ReconcileDeps & PairParts>;

describe('a pass in which nobody answers', () => {
  it.each<readonly [string, Partial<ReconcileDeps & PairParts>, string, string, readonly number[]]>([
    ['the database', {}, 'Unknown/BackendUnavailable', 'database', [60, 20, 20, 20, 60, 20]],
    ['a server', withDatabase, 'Unknown/ServersUnreachable', 'servers', [60, 20, 20, 20, 60, 20]],
    ['the API server', withoutApiServer, 'Unknown/APIServerUnavailable', 'API server', [60, 60, 60]],
  ])(
    'of %s is given up after its time, and says so; that of a peer has less the next three times',
    async (_, deps, says, awaited, times) => {
      const { clock, published, pass } = setup(deps);
      const lasted: number[] = [];
      for (const _time of times) {
        const begin = clock.monotonic();
        const failed = pass().catch((error: unknown) => {
          lasted.push(Math.round((clock.monotonic() - begin) / 1000));
          return error;
        });
        await clock.advance(100_000);
        expect(await failed).toMatchObject({ name: 'OutOfTime' });
      }
      expect(lasted).toEqual(times);
      expect(saysOf(published[0], 'office')).toMatchObject({
        Accepted: 'Unknown/Pending: not judged yet',
        Programmed: `${says}: the pass of the HAPair was given up after 60 s, as it waited for the ${awaited}`,
      });
    },
  );

  it('is not reported on where the operator stops', async () => {
    const { clock, published, stop, pass } = setup();
    const failed = pass().catch((error: unknown) => error);
    await clock.advance(1_000);
    stop.abort(new Error('enough'));
    expect(await failed).toEqual(new Error('enough'));
    expect(published).toEqual([]);
  });
});

const status = { pid: 1, uptime: 9, reload: 9, sockets: { status: 'ready' } };

describe('the metrics of the servers', () => {
  const sessions = ['a', 'b'].map((name) => ({
    client: { family: DHCPV4, name },
    look: () => Promise.resolve({ name, reachable: name === 'a', ...(name === 'a' ? { status, subnets: 3 } : {}) }),
    lastFollowed: () => (name === 'a' ? { synchronized: true } : undefined),
  }));
  const backend = { probe: () => Promise.reject(new BackendUnavailable('connection refused')) };
  const convergences = new Map([['a', { current: true }]]);
  const withoutDatabase = {
    ...withDatabase,
    connections: { connect: () => ({ servers: sessions, backend }), current: () => undefined },
    settler: {
      look: () => Promise.resolve({ conditions: [], convergences }),
      repair: () => Promise.resolve(false),
      configure: () => Promise.resolve({ servers: convergences, done: [], handsBack: false }),
    },
  } as unknown as Partial<ReconcileDeps & PairParts>;

  it('are as the pass found them, also where it could not read the database', async () => {
    const { told, pass } = setup(withoutDatabase);
    await pass();
    expect(told).toEqual([
      [
        expect.objectContaining({ name: 'a', serving: true, synchronized: true }),
        expect.objectContaining({ name: 'b', serving: false, synchronized: false }),
      ],
    ]);
  });

  it('have their clients seen to before the database is waited for', async () => {
    const repaired: string[] = [];
    const settler = {
      look: () => Promise.resolve({ conditions: [], convergences }),
      repair: ({ topology }: PairServers) => Promise.resolve(repaired.push(topology.uid) > 0),
    };
    const silent = { probe: (signal: AbortSignal) => hang(signal) };
    const { clock, pass } = setup({
      ...withoutDatabase,
      connections: { connect: () => ({ servers: sessions, backend: silent }), current: () => undefined },
      settler,
    } as unknown as Partial<ReconcileDeps & PairParts>);
    const late = pass().catch(() => undefined);
    await clock.advance(1000);
    expect(repaired).toHaveLength(1);
    await clock.advance(100_000);
    await late;
  });

  it('are of none in a pass that did not come to look at them', async () => {
    const { clock, told, pass } = setup();
    await Promise.all([pass().catch(() => undefined), clock.advance(100_000)]);
    expect(told).toEqual([[]]);
  });
});

describe('a pass of an operator', () => {
  const view = { name: 'a', reachable: true, status, subnets: 0 };
  const followed: string[] = [];
  const server = {
    client: { family: DHCPV4, name: 'a', call: () => Promise.resolve(true) },
    look: () => Promise.resolve(view),
    lastView: () => view,
    expect: () => undefined,
    lastFollowed: () => undefined,
    verify: () => Promise.resolve(true),
    follow: () => {
      followed.push('a');
      return Promise.resolve({ synchronized: true, path: 'live', steps: 1, drifted: 0, seconds: 0 });
    },
  };
  const passOf = (mustLead: () => void) => {
    const backend = memoryBackend();
    const ignore = () => undefined;
    const metrics = { phase: ignore, pass: ignore, conditions: ignore, changes: ignore, serverTookChange: ignore };
    const none = () => Promise.resolve(new Map());
    const leases = { page: () => Promise.resolve({ leases: [] }), countActive: none, remaining: none };
    const connections = { backend, servers: [server], leases, rowsAge: () => 0 };
    const parts = {
      ...withDatabase,
      connections: { connect: () => connections, current: () => connections, close: () => Promise.resolve() },
      settler: {
        look: () => Promise.resolve({ conditions: [], convergences: new Map() }),
        repair: () => Promise.resolve(false),
        configure: () => Promise.resolve({ servers: new Map(), done: [], handsBack: false }),
      },
      metrics,
      mustLead,
    } as unknown as Partial<ReconcileDeps & PairParts>;
    return { backend, ...setup(parts) };
  };

  it('that leads writes rows, and has the servers take them', async () => {
    const { backend, pass } = passOf(() => undefined);
    await pass();
    expect([backend.rows.subnets.size, followed]).toEqual([1, ['a']]);
  });

  it('that lost its Lease writes nothing, sends nothing to the servers and says nothing', async () => {
    followed.length = 0;
    const lost = new LeadershipLost('the Lease was not renewed in time');
    const { backend, published, pass } = passOf(() => {
      throw lost;
    });
    await expect(pass()).rejects.toBe(lost);
    expect([backend.rows.subnets.size, followed, published]).toEqual([0, [], []]);
  });
});

describe('while a pass is late', () => {
  it('objects of which nothing is said are told what it waits for, those that came after its begin among them', async () => {
    const { clock, caches, first, pass, late, stop } = setup();
    void pass().catch(() => undefined);
    await clock.advance(5_000);
    const printer = reservation('printer', {
      subnetRef: { name: 'office' },
      identifier: { hwAddress: '02:00:5e:10:00:01' },
    });
    caches.reservations.replace([printer]);
    await late();
    const message = 'not looked at yet: the pass of the HAPair waits for the database';
    for (const name of ['office', 'printer']) {
      expect(saysOf(first[0], name)).toEqual({
        Accepted: 'Unknown/Pending: not judged yet',
        Programmed: `Unknown/Pending: ${message}`,
        Ready: `Unknown/Reconciling: ${message}`,
        Reconciling: `True/Reconciling: ${message}`,
      });
    }
    expect(saysOf(first[0], 'hq').Programmed).toBe(`Unknown/Pending: ${message}`);
    stop.abort(new Error('enough'));
  });

  it('they are told that it has not come yet, where it has not', async () => {
    const { first, late } = setup();
    await late();
    expect(saysOf(first[0], 'office').Programmed).toBe(
      'Unknown/Pending: not looked at yet: the HAPair waits for its pass, as those of others are under way',
    );
  });

  it.each<readonly [string, number, readonly string[]]>([
    ['nothing is said of objects of whose present generation something was said', 1, []],
    ['objects of whose present generation nothing was said are told, but not the pair: its servers run', 0, ['office']],
  ])('%s', async (_, observedGeneration, told) => {
    const { caches, first, late } = setup();
    const type = {
      type: 'Ready',
      status: 'True',
      reason: 'Programmed',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const status = { conditions: [{ ...type, observedGeneration }], subnetId: 7 };
    const known = <T extends HAPair | Subnet>(object: T): T => ({
      ...object,
      metadata: { ...object.metadata, resourceVersion: '2' },
      status,
    });
    caches.pairs.replace([known(pair())]);
    caches.subnets.replace([known(office)]);
    await late();
    expect(first[0]?.map(({ object }) => object.metadata.name)).toEqual(told);
    // What is known of its row stays.
    for (const write of first[0] ?? []) expect(write.status).toMatchObject({ subnetId: 7 });
  });

  it('nothing is said where the pair is gone', async () => {
    const { caches, first, late } = setup();
    caches.pairs.replace([]);
    await late();
    expect(first).toEqual([]);
  });
});

describe('a pair that does not fit its schema', () => {
  const spoiled = (spec: unknown, name: string) =>
    ({ ...pair(), metadata: { ...pair().metadata, resourceVersion: '7', name }, spec }) as HAPair;

  it('is told so, and nothing behind its schema looks at it', async () => {
    const { caches, published, pass } = setup();
    caches.pairs.replace([spoiled({}, 'hq')]);
    await pass();
    expect(saysOf(published[0], 'hq').Ready).toMatch(/^False\/InvalidSpec: the HAPair does not fit its schema: /);
  });

  it.each([{}, null, 'spec', { servers: [null] }])('keeps no other pair from its pass: %j', async (spec) => {
    const asked = Promise.withResolvers<undefined>();
    const resolve = (_pair: unknown, _topology: unknown, _answers: unknown, signal?: AbortSignal) => {
      asked.resolve(undefined);
      return hang(signal);
    };
    const { caches, stop, pass } = setup({ databases: { resolve, drop: () => Promise.resolve(undefined) } });
    caches.pairs.replace([spoiled(spec, 'bad'), pair()]);
    const ended = pass();
    await asked.promise;
    stop.abort();
    await expect(ended).rejects.toThrow();
  });
});

/** What the passes of the two families of a pair have to do with each other. */
import { describe, expect, it } from 'vitest';
import { pair, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { hang, office, saysOf, setup, withDatabase } from '../../test/support/passRig.ts';
import type { HAPair } from '../api/index.ts';
import { FINALIZER } from '../api/kind.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import type { Family } from '../kea/family.ts';
import type { Problem, Writes } from '../status/types.ts';
import { passKeyOf } from './passKey.ts';
import type { ReconcileDeps } from './reconcile.ts';
import type { PairParts } from './sessions.ts';

const NEVER = new AbortController().signal;
const SIX = passKeyOf('prod/hq', DHCPV6);
const lab = subnet('lab', { ...TO_PAIR, cidr: '2001:db8::/64' });

/** The next version of the pair. */
const changed = (more: Partial<HAPair>) => ({
  ...more,
  metadata: { ...pair().metadata, resourceVersion: '7' },
});
const PORTS = { dhcp6: { controlPort: 8002, haPort: 8003 } };
const dual = (): HAPair => ({ ...pair({ ipFamilies: ['IPv4', 'IPv6'], ...PORTS }), ...changed({}) });

/** The settler of DHCPv6 never answers, that of DHCPv4 at once. */
const settled = {
  look: ({ topology }: { topology: { family: Family } }, signal: AbortSignal) =>
    topology.family === DHCPV6 ? hang(signal) : Promise.resolve({ conditions: [], convergences: new Map() }),
  repair: () => Promise.resolve(false),
  configure: () => Promise.resolve({ servers: new Map(), done: [], handsBack: false }),
};

describe('a family that no server of the pair serves', () => {
  it('has its objects told so, and nothing is asked of database or servers', async () => {
    const { caches, published, pass } = setup();
    caches.subnets.replace([office, lab]);
    await pass(SIX);
    expect(saysOf(published[0], 'lab').Accepted).toMatch(/^False\/FamilyNotServed: /);
    expect(saysOf(published[0], 'office')).toEqual({});
  });

  it('is not looked at where nothing of it is there', async () => {
    const { published, sessions, pass } = setup();
    expect(await pass(SIX)).toEqual({});
    expect([published, sessions.get(SIX)]).toEqual([[], undefined]);
  });
});

describe('a family whose servers do not answer', () => {
  it('keeps the other one from nothing', async () => {
    const backend = { probe: () => Promise.resolve({ schemaVersion: undefined }) };
    const parts = {
      ...withDatabase,
      connections: { connect: () => ({ servers: [], backend }), current: () => undefined },
      settler: settled,
    } as unknown as Partial<ReconcileDeps & PairParts>;
    const { clock, caches, published, pass } = setup(parts);
    caches.pairs.replace([dual()]);
    caches.subnets.replace([office, lab]);
    const six = pass(SIX).catch((error: unknown) => error);
    await clock.advance(1000);
    await pass();
    expect(saysOf(published[0], 'hq').Ready).toBe(
      "Unknown/Reconciling: IPv4: the database has not yet Kea's schema; IPv6: not looked at yet",
    );
    await clock.advance(100_000);
    expect(await six).toMatchObject({ name: 'OutOfTime' });
    const last = published
      .flat()
      .filter(({ object }) => object.kind === 'HAPair')
      .at(-1);
    expect(saysOf(last && [last], 'hq').Programmed).toMatch(/; IPv6: the pass of the HAPair was given up after 60 s/);
  });
});

describe('what families have in common', () => {
  it('is made by one of them at a time', async () => {
    const under = new Set<Family>();
    let together = 0;
    const ensure = async ({ topology: { family } }: { topology: { family: Family } }) => {
      under.add(family);
      together = Math.max(together, under.size);
      await Promise.resolve();
      under.delete(family);
      return { servers: [], problems: [], schema: {} };
    };
    const parts = { ...withDatabase, workload: { ensure } } as unknown as Partial<ReconcileDeps & PairParts>;
    const { caches, pass } = setup(parts);
    caches.pairs.replace([dual()]);
    caches.subnets.replace([office, lab]);
    await Promise.all([pass(), pass(SIX)]);
    expect(together).toBe(1);
  });
});

describe('a family that the pair does not serve any more', () => {
  const leaving = (): HAPair => ({
    ...pair(PORTS),
    ...changed({ status: { servers: [{ name: 'a', ipFamily: 'IPv6' }] } }),
  });
  const ending = () => {
    const deleted: string[] = [];
    const sets = ['IPv4', 'IPv6'].map((word, index) => ({
      kind: 'StatefulSet',
      metadata: {
        name: `hq-a-${word}`,
        namespace: 'prod',
        uid: word,
        labels: {
          'app.kubernetes.io/managed-by': 'kea-operator',
          'app.kubernetes.io/name': `kea-dhcp${4 + 2 * index}`,
          'kea-operator.io/pair': 'hq',
          'kea-operator.io/server': 'a',
        },
      },
    }));
    const client = {
      raw: () => Promise.resolve({ metadata: { uid: 'x' } }),
      get: () => Promise.resolve(undefined),
      patch: () => Promise.resolve({}),
      list: ({ kind }: { kind: string }) => Promise.resolve({ items: kind === 'StatefulSet' ? sets : [] }),
      delete: (_: unknown, { name }: { name: string }) => Promise.resolve(deleted.push(name)),
    };
    return { deleted, client };
  };

  it('ends with its last object, and leaves what is of the other one', async () => {
    const { deleted, client } = ending();
    const { caches, pass } = setup({ client } as unknown as Partial<ReconcileDeps & PairParts>);
    caches.pairs.replace([leaving()]);
    caches.subnets.replace([office]);
    await pass(SIX);
    expect(deleted).toEqual(['hq-a-IPv6']);
  });

  it('goes on while it has one, and says what has to go', async () => {
    const { deleted, client } = ending();
    const backend = { probe: () => Promise.resolve({ schemaVersion: undefined }) };
    const parts = {
      ...withDatabase,
      client,
      connections: { connect: () => ({ servers: [], backend }), current: () => undefined },
      settler: { ...settled, look: () => Promise.resolve({ conditions: [], convergences: new Map() }) },
    } as unknown as Partial<ReconcileDeps & PairParts>;
    const { caches, published, pass } = setup(parts);
    caches.pairs.replace([leaving()]);
    caches.subnets.replace([lab]);
    await Promise.all([pass(), pass(SIX)]);
    expect(deleted).toEqual([]);
    expect(published.flat().map((write) => saysOf([write], 'hq').Ready)).toContainEqual(
      expect.stringMatching(/IPv6 is not among the ipFamilies any more, but Subnet prod\/lab still belong/),
    );
  });
});

describe('a pair that is deleted', () => {
  const deleted = (): HAPair => ({
    ...dual(),
    metadata: { ...dual().metadata, finalizers: [FINALIZER], deletionTimestamp: '2026-01-01T00:00:00Z' },
  });
  /** Its servers of IPv6 are looked at for as long as `looked` lasts; those of IPv4 do not run. */
  const setupDeleted = (unremoved: Problem[] = []) => {
    const world = { looked: Promise.resolve(), made: 0, released: [] as string[] };
    const ensure = (desired: { topology: { family: Family } }) => {
      world.made++;
      if (desired.topology.family === DHCPV6) return withDatabase.workload?.ensure(desired as never, NEVER);
      return Promise.resolve({ servers: [], problems: [], schema: {} });
    };
    const look = () => world.looked.then(() => Promise.reject(new Error('away')));
    const publish = ({ released = [] }: Partial<Writes>) => {
      world.released.push(...released.map(({ metadata }) => metadata.name));
      return Promise.resolve();
    };
    const parts = {
      ...withDatabase,
      databases: { ...withDatabase.databases, drop: () => Promise.resolve(unremoved.shift()) },
      workload: { ensure },
      settler: { look },
      publisher: { publish },
    } as unknown as Partial<ReconcileDeps & PairParts>;
    const { clock, caches, pass } = setup(parts);
    caches.pairs.replace([deleted()]);
    caches.subnets.replace([]);
    return { world, clock, four: () => pass(), six: () => pass(SIX).catch(() => undefined) };
  };

  it('ends when no pass of it is at work that may make something, and none makes anything from then on', async () => {
    const { world, clock, four, six } = setupDeleted();
    await six();
    let end: () => void = () => undefined;
    world.looked = new Promise((resolve) => {
      end = resolve;
    });
    const working = six();
    await four();
    expect(world.released).toEqual([]);
    end();
    await working;
    expect(world.released).toEqual(['hq']);
    // As long as the cache has it still.
    const { made } = world;
    await Promise.all([four(), six()]);
    expect(world.made).toBe(made);
    // One that is there after that time could not be let go.
    await clock.advance(15_000);
    await four();
    expect(world.released).toEqual(['hq', 'hq']);
  });

  it('is tried again where its database could not be removed', async () => {
    const { world, four, six } = setupDeleted([{ reason: 'BackendUnavailable', message: 'away' }]);
    await six();
    await four();
    expect(world.released).toEqual([]);
    await four();
    expect(world.released).toEqual(['hq']);
  });
});

it('a pair that is gone is forgotten in both', async () => {
  const { caches, sessions, pass } = setup();
  for (const family of [DHCPV4, DHCPV6]) sessions.of(passKeyOf('prod/hq', family), 'one');
  caches.pairs.replace([]);
  await pass();
  await pass(SIX);
  expect([sessions.get('prod/hq'), sessions.get(SIX)]).toEqual([undefined, undefined]);
});

import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { memoryBackend } from '../../test/support/memoryBackend.ts';
import { DEFINITIONS, gathered, pair, SERVER_TAG, subnet, TO_PAIR } from '../../test/support/objects.ts';
import type { Snapshot } from '../compile/types.ts';
import { type LeaseSource, LeasesUnavailable } from '../leases/source.ts';
import { createRowsMemory, planRows } from './planRows.ts';

const rowsOf = (snapshot: Snapshot, connections: Parameters<typeof planRows>[2]) =>
  planRows(
    { clock: createFakeClock(), memory: { rows: createRowsMemory() }, signal: new AbortController().signal },
    { snapshot, serverTag: SERVER_TAG, definitions: DEFINITIONS, dropsLookups: false },
    connections,
  );
/** Leases of which only the count is asked. */
const counting = (answer: (id: number) => number | Error) => {
  const asked: (readonly number[])[] = [];
  const leases: LeaseSource = {
    get: () => Promise.resolve(undefined),
    page: () => Promise.resolve({ leases: [] }),
    select: () => Promise.resolve({ leases: [] }),
    ofAddresses: () => Promise.resolve([]),
    usage: () => Promise.resolve([]),
    countActive: (ids) => {
      if (ids.length > 0) asked.push(ids);
      const counts = ids.map((id) => [id, answer(id)] as const);
      const failure = counts.map(([, count]) => count).find((count) => count instanceof Error);
      return failure ? Promise.reject(failure) : Promise.resolve(new Map(counts as (readonly [number, number])[]));
    },
    remaining: (ids) => {
      if (ids.length > 0) asked.push(ids);
      const left = ids.map((id) => [id, answer(id)] as const);
      const failure = left.map(([, count]) => count).find((count) => count instanceof Error);
      return failure
        ? Promise.reject(failure)
        : Promise.resolve(new Map(left.map(([id, leases]) => [id, { leases: leases as number, endless: 0 }])));
    },
    close: () => Promise.resolve(),
  };
  return { leases, asked };
};
const leaving = [1, 2, 3].map((id) =>
  subnet(
    `s${id}`,
    { ...TO_PAIR, cidr: `10.0.${id}.0/24`, subnetId: id, deletionPolicy: 'Protect' },
    { deleting: true, finalizers: ['kea-operator.io/cleanup'] },
  ),
);
const staying = leaving.map(({ metadata: { deletionTimestamp: _, ...metadata }, ...rest }) => ({ ...rest, metadata }));

describe('planRows', () => {
  const prepared = async () => {
    const backend = memoryBackend();
    const { leases } = counting(() => 0);
    const first = await rowsOf(gathered({ subnets: staying }), { backend, leases });
    await backend.apply(first.plan, first.scope, first.observed.revision);
    return backend;
  };

  it('asks for the leases of every Subnet that is protected and leaves', async () => {
    const backend = await prepared();
    const { leases, asked } = counting((id) => (id === 2 ? 7 : 0));
    const { plan } = await rowsOf(gathered({ subnets: leaving }), { backend, leases });
    expect(asked).toEqual([[1, 2, 3]]);
    expect(plan.changes.map(({ op, key }) => `${op} ${key}`)).toEqual(['remove 1', 'remove 3']);
  });

  it('holds them all where nobody answers', async () => {
    const backend = await prepared();
    const { leases, asked } = counting(() => new LeasesUnavailable('no answer'));
    const { plan } = await rowsOf(gathered({ subnets: leaving }), { backend, leases });
    expect(asked).toEqual([[1, 2, 3]]);
    expect(plan.changes).toEqual([]);
  });

  const draining = leaving.map((one) => ({ ...one, spec: { ...one.spec, deletionPolicy: 'Drain' as const } }));

  it('drains Subnets that have leases, and lets each go with its last', async () => {
    const backend = await prepared();
    const { leases } = counting((id) => (id === 2 ? 7 : 0));
    const first = await rowsOf(gathered({ subnets: draining }), { backend, leases });
    expect(first.plan.changes.map(({ op, key }) => `${op} ${key}`)).toEqual(['remove 1', 'remove 3', 'update 2']);
    await backend.apply(first.plan, first.scope, first.observed.revision);
    // Nothing more is to be written while they run out, whoever counts them or cannot.
    for (const left of [3, new LeasesUnavailable('no answer')]) {
      const again = await rowsOf(gathered({ subnets: draining }), { backend, leases: counting(() => left).leases });
      expect(again.plan.changes).toEqual([]);
    }
    const last = await rowsOf(gathered({ subnets: draining }), { backend, leases: counting(() => 0).leases });
    expect(last.plan.changes.map(({ op, key }) => `${op} ${key}`)).toEqual(['remove 2']);
  });

  it('drains nobody while nobody can count the leases', async () => {
    const backend = await prepared();
    const { leases } = counting(() => new LeasesUnavailable('no answer'));
    const { plan, compiled } = await rowsOf(gathered({ subnets: draining }), { backend, leases });
    expect(plan.changes).toEqual([]);
    expect([...compiled.deletions.values()].map(({ state }) => state)).toEqual(['held', 'held', 'held']);
  });

  it('withholds a drain of most Subnets with many clients', async () => {
    const backend = await prepared();
    const { leases } = counting(() => 11);
    const { plan } = await rowsOf(gathered({ subnets: draining.slice(0, 2).concat(staying.slice(2) as never) }), {
      backend,
      leases,
    });
    expect(plan.changes).toEqual([]);
    expect(plan.guard?.because).toBe(
      '2 Subnets would be drained at once, more than half of those that serve, with 22 active leases',
    );
  });

  it('asks nobody again in a pass who did not answer in it', async () => {
    const backend = await prepared();
    const { leases, asked } = counting(() => 0);
    let pages = 0;
    const page = () => {
      pages++;
      return Promise.reject(new LeasesUnavailable('no answer within 5 s'));
    };
    const newcomers = ['10.9.0.0/24', '10.9.1.0/24'].map((cidr, index) => subnet(`new${index}`, { ...TO_PAIR, cidr }));
    const snapshot = gathered({ subnets: [...leaving, ...newcomers] });
    const { plan } = await rowsOf(snapshot, { backend, leases: { ...leases, page } });
    expect([pages, asked]).toEqual([1, []]);
    expect(plan.changes).toEqual([]);
  });

  it('asks at once for all that decides or counts: protected ones that vanish, and any that go', async () => {
    const backend = await prepared();
    const { leases, asked } = counting(() => 30);
    const [first, second] = staying;
    const going = { ...second, spec: { ...second?.spec, deletionPolicy: 'Delete' } };
    const snapshot = (...subnets: unknown[]) => gathered({ subnets: subnets as typeof staying });
    const here = await rowsOf(snapshot(first, going), { backend, leases });
    expect(asked).toEqual([[3]]);
    expect([...here.compiled.vanished.keys()]).toEqual([3]);
    await backend.apply(here.plan, here.scope, here.observed.revision);
    const gone = await rowsOf(snapshot(first), { backend, leases });
    expect(asked.slice(1)).toEqual([[3], [2]]);
    expect(gone.plan.guard).toEqual({ removals: 1, because: 'it would end 30 active leases' });
  });

  describe('ids', () => {
    const newcomer = subnet('new', { ...TO_PAIR, cidr: '10.9.0.0/24' });
    const { leases } = counting(() => 0);
    const plan = (status: unknown, backend = memoryBackend()) =>
      rowsOf(gathered({ subnets: [newcomer] }, pair({}, { status })), { backend, leases });

    it('are not given again that an older dump of the database does not know', async () => {
      const { compiled, greatestSubnetId } = await plan({ greatestSubnetId: 41 });
      expect(compiled.subnetIds.get('Subnet/prod/new')).toBe(42);
      expect(greatestSubnetId).toBe(42);
    });

    it.each([undefined, {}, { greatestSubnetId: 'x' }])('begin at 1 where nothing was given: %j', async (status) => {
      expect((await plan(status)).greatestSubnetId).toBe(1);
    });
  });
});

import { describe, expect, it } from 'vitest';
import { EMPTY, host, item, lines, plan, state, subnet, SYNC } from '../../test/support/plans.ts';
import { drained } from '../kea/draining.ts';
import type { RowKind } from '../kea/kinds.ts';
import { type HostBody, hostKey, type ObjectRef, type SubnetBody } from '../kea/state.ts';
import { calculatePlan } from './calculate.ts';
import { type Guard, isEmpty } from './plan.ts';
import type { Policy } from './policy.ts';

type Row = Parameters<typeof state>[number];

describe('policy', () => {
  const hosts = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => host(from + n));

  it.each<{ because: string; owned: number; left: number; policy?: Partial<Policy>; removed: number }>([
    { because: 'few removals are made', owned: 20, left: 0, removed: 20 },
    { because: 'less than half is removed however many they are', owned: 100, left: 50, removed: 50 },
    { because: 'more than half is withheld', owned: 100, left: 49, removed: 0 },
    {
      because: 'the very number lets them through',
      owned: 100,
      left: 40,
      policy: { allowMassDeletion: 60 },
      removed: 60,
    },
    { because: 'another number does not', owned: 100, left: 40, policy: { allowMassDeletion: 61 }, removed: 0 },
    { because: 'with the pair everything goes', owned: 100, left: 0, policy: { pairDeleting: true }, removed: 100 },
    { because: 'a dry run changes nothing', owned: 10, left: 9, policy: { changePolicy: 'DryRun' }, removed: 0 },
    {
      because: 'so many at once are withheld, however small a part of the pair they are',
      owned: 1000,
      left: 799,
      removed: 0,
    },
    { because: 'a few less are not', owned: 1000, left: 800, removed: 200 },
    {
      because: 'their number lets these through as well',
      owned: 1000,
      left: 799,
      policy: { allowMassDeletion: 201 },
      removed: 201,
    },
  ])('$because', ({ owned, left, policy, removed }) => {
    const { changes, withheld } = plan(state(...hosts(0, left)), state(...hosts(0, owned)), policy);
    expect(changes).toHaveLength(removed);
    expect(changes.length + withheld.length).toBe(owned - left);
  });

  describe('leases', () => {
    const subnets = (...ids: number[]) => ids.map((id) => subnet(id, `10.0.${id}.0/24`));
    const [owned, desired] = [state(...subnets(1, 2, 3, 4, 5, 6)), state(...subnets(3, 4, 5, 6))];
    const leases = (...counts: [number, number][]) => ({ activeLeases: new Map(counts) });
    it.each<{ because: string; policy: Partial<Policy>; guard?: Guard; removed: number }>([
      { because: 'some may end', policy: leases([1, 15], [2, 5], [3, 900]), removed: 2 },
      {
        because: 'many may not',
        policy: leases([1, 16], [2, 5]),
        guard: { removals: 2, because: 'they would end 21 active leases' },
        removed: 0,
      },
      {
        because: 'but by the number of removals',
        policy: { ...leases([1, 99]), allowMassDeletion: 2 },
        guard: { removals: 2, because: 'they would end 99 active leases' },
        removed: 2,
      },
      { because: 'with the pair they end', policy: { ...leases([1, 99]), pairDeleting: true }, removed: 2 },
      {
        because: 'a subnet that the user named is no surprise',
        policy: { ...leases([1, 99], [2, 5]), allowedRemovals: new Set([1]) },
        removed: 2,
      },
      {
        because: 'it does not open the way for others',
        policy: { ...leases([1, 99], [2, 21]), allowedRemovals: new Set([1]) },
        guard: { removals: 1, because: 'it would end 21 active leases' },
        removed: 1,
      },
      { because: 'nobody can count them, and somebody has to be able to remove a bad row', policy: {}, removed: 2 },
    ])('$because', ({ policy, guard, removed }) => {
      const calculated = plan(desired, owned, policy);
      expect(calculated.changes).toHaveLength(removed);
      expect(calculated.guard).toEqual(guard);
    });
  });

  describe('drains', () => {
    const serving = (...ids: number[]) =>
      ids.map((id) => subnet(id, `10.0.${id}.0/24`, { pools: [{ pool: `10.0.${id}.9-10.0.${id}.99` }] }));
    const drainedOnes = (...ids: number[]) =>
      serving(...ids).map(({ body }) => item<SubnetBody>(`Subnet/prod/s${body.id}`, drained(body)));
    const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
    const leases = (...counts: [number, number][]) => ({ activeLeases: new Map(counts) });
    const guards = ids(1, 26).map((n) => host(n));

    it.each<{ because: string; before: Row[]; after: Row[]; policy?: Partial<Policy>; made: number; why?: string }>([
      {
        because: 'one may begin, however many clients it has: it ends no lease before its time',
        before: serving(1, 2),
        after: [...drainedOnes(1), ...serving(2)],
        policy: leases([1, 9000]),
        made: 1,
      },
      {
        because: 'most of a pair may not, with many clients',
        before: serving(1, 2, 3),
        after: [...drainedOnes(1, 2), ...serving(3)],
        policy: leases([1, 20], [2, 1]),
        made: 0,
        why: '2 Subnets would be drained at once, more than half of those that serve, with 21 active leases',
      },
      {
        because: 'with few they may',
        before: serving(1, 2, 3),
        after: [...drainedOnes(1, 2), ...serving(3)],
        policy: leases([1, 20]),
        made: 2,
      },
      {
        because: 'half of it may',
        before: serving(1, 2, 3, 4),
        after: [...drainedOnes(1, 2), ...serving(3, 4)],
        policy: leases([1, 99], [2, 99]),
        made: 2,
      },
      {
        because: 'of a large pair twenty may',
        before: serving(...ids(1, 101)),
        after: [...drainedOnes(...ids(1, 21)), ...serving(...ids(21, 101))],
        made: 20,
      },
      {
        because: 'and not one more',
        before: serving(...ids(1, 101)),
        after: [...drainedOnes(...ids(1, 22)), ...serving(...ids(22, 101))],
        made: 0,
        why: '21 Subnets would be drained at once',
      },
      {
        because: 'but by their number',
        before: serving(...ids(1, 101)),
        after: [...drainedOnes(...ids(1, 22)), ...serving(...ids(22, 101))],
        policy: { allowMassDeletion: 21 },
        made: 21,
        why: '21 Subnets would be drained at once',
      },
      {
        because: 'what is drained goes unasked, with its reservations: nobody is served by it',
        before: [...drainedOnes(...ids(1, 26)), ...guards],
        after: [],
        policy: leases([1, 99]),
        made: 50,
      },
      {
        because: 'and may serve again',
        before: drainedOnes(...ids(1, 41)),
        after: serving(...ids(1, 41)),
        policy: leases([1, 99]),
        made: 40,
      },
    ])('$because', ({ before, after, policy, made, why }) => {
      const { changes, guard } = plan(state(...after), state(...before), policy);
      expect(changes).toHaveLength(made);
      expect(guard?.because).toBe(why);
    });
  });

  describe('objects whose definition was made anew', () => {
    const definitions = (subnet: string, host: string) =>
      new Map<RowKind, string>([
        ['subnet', subnet],
        ['host', host],
      ]);
    const [owned, desired] = [
      state(subnet(1, '10.0.0.0/24'), host(1), host(2)),
      state(subnet(1, '10.0.0.0/24'), host(2)),
    ];
    const calculate = (known: ReadonlyMap<RowKind, string>, policy: Partial<Policy> = {}) =>
      plan(desired, owned, { definitions: definitions('s1', 'h2'), ...policy }, { definitions: known });

    it('are not believed to be gone, however few they are, until their number is named', () => {
      const held = calculate(definitions('s1', 'h1'));
      expect(held.changes).toEqual([]);
      expect(held.guard?.because).toContain('CustomResourceDefinition of HostReservations was made anew');
      expect(calculate(definitions('s1', 'h1'), { pairDeleting: true }).changes).toEqual([]);
      expect(lines(calculate(definitions('s1', 'h1'), { allowMassDeletion: 1 }).changes)).toHaveLength(1);
    });

    it('are believed where the definition is the one that the rows were made for, or none is known', () => {
      expect(calculate(definitions('s1', 'h2')).changes).toHaveLength(1);
      expect(calculate(new Map()).changes).toHaveLength(1);
      expect(plan(desired, owned, {}, { definitions: definitions('s1', 'h1') }).changes).toHaveLength(1);
    });

    it('keep their rows’ marker as well', () => {
      const orphans = new Set<ObjectRef>(['Subnet/prod/s1']);
      const { changes, withheld } = calculatePlan(
        { desired: state(), orphans },
        { ...EMPTY, owned: state(subnet(1, '10.0.0.0/24')), definitions: definitions('s0', 'h2') },
        { ...SYNC, definitions: definitions('s1', 'h2') },
      );
      expect([lines(changes), withheld.map(({ change }) => change.op)]).toEqual([[], ['release']]);
    });

    it('are remembered by their new definition once all are back, kind by kind', () => {
      expect(calculate(definitions('s0', 'h1')).records?.definitions).toEqual(new Map([['subnet', 's1']]));
      const back = plan(
        owned,
        owned,
        { definitions: definitions('s1', 'h2') },
        { definitions: definitions('s1', 'h1') },
      );
      expect(back.records?.definitions).toEqual(new Map([['host', 'h2']]));
      expect(isEmpty(back)).toBe(false);
      expect(calculate(definitions('s0', 'h1'), { changePolicy: 'DryRun' }).records?.definitions.has('host')).toBe(
        false,
      );
    });
  });

  it('withholds removals only, and what could not stand beside them', () => {
    const owned = state(
      subnet(1, '10.0.0.0/16'),
      ...Array.from({ length: 30 }, (_, n) => host(n, { 'ip-address': `10.0.0.${n}` })),
    );
    const desired = state(
      subnet(2, '10.0.7.0/24'),
      subnet(3, '10.9.0.0/24'),
      host(100, { 'ip-address': '10.0.0.5' }),
      host(101, { 'ip-address': '10.0.0.99' }),
    );
    const { changes, withheld } = plan(desired, owned);
    expect(lines(changes)).toEqual(['create subnet 3', `create host ${hostKey(host(101).body)}`]);
    expect(withheld).toHaveLength(33);
    expect(new Set(withheld.map(({ why }) => why))).toEqual(new Set(['MassDeletionWithheld']));
  });

  describe('of reservations that are for other clients', () => {
    const of = (n: number, client: number, address = `10.0.${n}.1`) =>
      item<HostBody>(`HostReservation/prod/h${n}`, host(client, { 'ip-address': address }).body);
    const some = Array.from({ length: 250 }, (_, n) => n);
    const owned = state(...some.map((n) => of(n, n)));

    it('no row counts as one that goes, however many they are', () => {
      const { changes, guard } = plan(state(...some.map((n) => of(n, n + 1000))), owned);
      expect([changes.length, guard]).toEqual([500, undefined]);
    });

    it('one keeps its row while what it asks for is withheld, and so does who asks for that', () => {
      // The first wants the address of one that goes, the second the client of the first.
      const desired = state(
        of(0, 1000, '10.0.200.1'),
        of(1, 0),
        of(2, 2000),
        ...some.slice(3, 100).map((n) => of(n, n)),
      );
      const { changes, withheld, guard } = plan(desired, owned);
      expect(lines(changes)).toEqual([
        `remove host ${hostKey(of(2, 2).body)}`,
        `create host ${hostKey(of(2, 2000).body)}`,
      ]);
      expect(guard?.removals).toBe(150);
      expect(withheld.filter(({ change: { op } }) => op !== 'remove').map(({ change: { key } }) => key)).toEqual([
        hostKey(of(0, 1000).body),
        hostKey(of(1, 0).body),
      ]);
    });
  });

  it('does not take a row that makes room for itself for a removal', () => {
    const one = Array.from({ length: 25 }, (_, n) => subnet(n + 1, `10.0.${n}.0/24`));
    const shifted = one.map(({ body: { id } }) => subnet(id, `10.0.${id % 25}.0/24`));
    const { changes, withheld } = plan(state(...shifted), state(...one));
    expect(changes).toHaveLength(50);
    expect(withheld).toEqual([]);
  });
});

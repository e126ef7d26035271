import { describe, expect, it } from 'vitest';
import { plainRows } from '../../test/support/objects.ts';
import {
  clientClass,
  describePlan,
  EMPTY,
  host,
  item,
  lines,
  network,
  optionDef,
  plan,
  state,
  subnet,
  SYNC,
} from '../../test/support/plans.ts';
import { type Random, randomFrom } from '../../test/support/random.ts';
import { withPolicy } from '../kea/digest.ts';
import { type Filling, fillingOf, type KeaState } from '../kea/kinds.ts';
import { type DeletionPolicy, hostKey, type Item, type ObjectRef, type SubnetBody } from '../kea/state.ts';
import { calculatePlan } from './calculate.ts';
import { describeChanges, summarize } from './describe.ts';
import type { Change } from './plan.ts';

describe('calculatePlan', () => {
  it.each<{ because: string; desired: KeaState; owned: KeaState; changes: string[] }>([
    {
      because: 'nothing differs, nothing is written',
      desired: state(subnet(1, '10.0.0.0/24'), host(1)),
      owned: state(subnet(1, '10.0.0.0/24'), host(1)),
      changes: [],
    },
    {
      because: 'a new generation that Kea would not notice writes nothing',
      desired: state(subnet(1, '10.0.0.0/24', {}, 7)),
      owned: state(subnet(1, '10.0.0.0/24', {}, 6)),
      changes: [],
    },
    {
      because: 'the order of keys is no difference',
      desired: state(subnet(1, '10.0.0.0/24', { interface: 'lan0', allocator: 'flq' })),
      owned: state(
        item<SubnetBody>('Subnet/prod/s1', { allocator: 'flq', interface: 'lan0', subnet: '10.0.0.0/24', id: 1 }),
      ),
      changes: [],
    },
    {
      because: 'a row that somebody changed by hand is put right',
      desired: state(subnet(1, '10.0.0.0/24')),
      owned: state({ ...subnet(1, '10.0.0.0/24'), body: { id: 1, subnet: '10.0.0.0/24', interface: 'lan9' } }),
      changes: ['update subnet 1'],
    },
    {
      because: 'a row changes hands',
      desired: state(item<SubnetBody>('Subnet/prod/new', { id: 1, subnet: '10.0.0.0/24' })),
      owned: state(subnet(1, '10.0.0.0/24')),
      changes: ['update subnet 1'],
    },
    {
      because: 'networks come before their subnets, and reservations last',
      desired: state(host(1), subnet(1, '10.0.0.0/24', { 'shared-network-name': 'n' }), network('n')),
      owned: state(),
      changes: ['create network n', 'create subnet 1', `create host ${hostKey(host(1).body)}`],
    },
    {
      because: 'reservations go before their subnet, and networks last',
      desired: state(),
      owned: state(network('n'), subnet(1, '10.0.0.0/24', { 'shared-network-name': 'n' }), host(1)),
      changes: [`remove host ${hostKey(host(1).body)}`, 'remove subnet 1', 'remove network n'],
    },
    {
      because: 'a subnet moves to a new network before the old one goes',
      desired: state(network('b'), subnet(1, '10.0.0.0/24', { 'shared-network-name': 'b' })),
      owned: state(network('a'), subnet(1, '10.0.0.0/24', { 'shared-network-name': 'a' })),
      changes: ['create network b', 'update subnet 1', 'remove network a'],
    },
    {
      because: 'a prefix is free before another id takes it',
      desired: state(subnet(2, '10.0.0.0/24')),
      owned: state(subnet(1, '10.0.0.0/24')),
      changes: ['remove subnet 1', 'create subnet 2'],
    },
    {
      because: 'two rows that swapped prefixes cannot be updated in place',
      desired: state(subnet(1, '10.0.0.0/24'), subnet(2, '10.0.1.0/24')),
      owned: state(
        { ...subnet(1, ''), body: { id: 1, subnet: '10.0.1.0/24' } },
        { ...subnet(2, ''), body: { id: 2, subnet: '10.0.0.0/24' } },
      ),
      changes: ['remove subnet 1', 'remove subnet 2', 'create subnet 1', 'create subnet 2'],
    },
    {
      because: 'definitions come first, then classes, then who asks for them',
      desired: state(
        host(1),
        subnet(1, '10.0.0.0/24'),
        network('n'),
        clientClass('gold', 1024),
        optionDef('site', 222),
      ),
      owned: state(),
      changes: [
        'create option-def dhcp4/222',
        'create class gold',
        'create network n',
        'create subnet 1',
        'create host 1/hw-address/000000000001',
      ],
    },
    {
      because: 'and they leave last',
      desired: state(host(2, {}, 0)),
      owned: state(optionDef('site', 222), clientClass('gold', 1024), network('n'), subnet(1, '10.0.0.0/24'), host(1)),
      changes: [
        'remove host 1/hw-address/000000000001',
        'remove subnet 1',
        'remove network n',
        'create host 0/hw-address/000000000002',
        'remove class gold',
        'remove option-def dhcp4/222',
      ],
    },
    {
      because: 'a prefix that is free may be taken in place',
      desired: state(subnet(1, '10.0.0.0/24')),
      owned: state({ ...subnet(1, ''), body: { id: 1, subnet: '10.0.9.0/24' } }),
      changes: ['update subnet 1'],
    },
  ])('$because', ({ desired, owned, changes }) => {
    expect(lines(plan(desired, owned).changes)).toEqual(changes);
  });

  it('moves a class as a change of its own', () => {
    const owned = state(clientClass('a', 1024), clientClass('b', 2048), clientClass('c', 3072));
    const desired = state(clientClass('c', 512), clientClass('a', 1024), clientClass('b', 2048));
    const { changes } = plan(desired, owned);
    expect(describeChanges(changes)).toEqual(['update ClientClass prod/c (c): order-index']);
    expect(summarize(changes)).toBe('1 client class updated');
  });

  it('names the fields that differ', () => {
    const [change] = plan(
      state(subnet(1, '10.0.0.0/24', { interface: 'b' })),
      state(subnet(1, '10.0.0.0/24', { allocator: 'flq', interface: 'a' })),
    ).changes;
    expect(change).toMatchObject({ op: 'update', fields: ['allocator', 'interface'] });
  });

  describe('what a Subnet says of its deletion', () => {
    const saying = (policy: DeletionPolicy) => {
      const item = subnet(1, '10.0.0.0/24');
      return state(item.marker ? { ...item, marker: withPolicy(item.marker, policy) } : item);
    };
    it.each<{
      because: string;
      desired: DeletionPolicy;
      row: DeletionPolicy;
      ledger?: DeletionPolicy;
      writes: boolean;
    }>([
      { because: 'is in its row already', desired: 'Delete', row: 'Delete', writes: false },
      { because: 'is written where the row says another', desired: 'Orphan', row: 'Delete', writes: true },
      { because: 'is written where it is the default again', desired: 'Protect', row: 'Delete', writes: true },
      { because: 'writes no row that an earlier version made', desired: 'Protect', row: 'Protect', writes: false },
      { because: 'was told to an earlier version', desired: 'Delete', row: 'Protect', ledger: 'Delete', writes: false },
      {
        because: 'is not what an earlier version was told',
        desired: 'Protect',
        row: 'Protect',
        ledger: 'Delete',
        writes: true,
      },
      {
        because: 'outweighs in the row what an earlier version was told',
        desired: 'Orphan',
        row: 'Orphan',
        ledger: 'Delete',
        writes: false,
      },
    ])('$because', ({ desired, row, ledger, writes }) => {
      const told = new Map([[1, ledger ? { deletionPolicy: ledger } : {}]]);
      expect(lines(plan(saying(desired), saying(row), {}, { ledger: told }).changes)).toEqual(
        writes ? ['update subnet 1'] : [],
      );
    });
  });

  it('lets the rows of orphans go without their marker', () => {
    const owned = state(subnet(1, '10.0.0.0/24'), subnet(2, '10.0.1.0/24'));
    const orphans = new Set<ObjectRef>(['Subnet/prod/s1']);
    const { changes } = calculatePlan({ desired: state(), orphans }, { ...EMPTY, owned }, SYNC);
    expect(lines(changes)).toEqual(['remove subnet 2', 'release subnet 1']);
    expect(changes[1]).toMatchObject({ item: { body: { id: 1 } } });
    expect(changes[1]).not.toHaveProperty('item.marker');
  });

  it('lets them go without what was derived, as nobody would keep it right any more', () => {
    const item = subnet(1, '10.0.0.0/24', { 'reservations-in-subnet': false, 'reservations-out-of-pool': false });
    const marker = {
      object: 'Subnet/prod/s1',
      uid: '',
      generation: 1,
      digest: '',
      derived: ['reservations-in-subnet'],
    } as const;
    const derived = { ...item, marker };
    const orphans = new Set<ObjectRef>(['Subnet/prod/s1']);
    const present = { ...EMPTY, owned: state(derived) };
    const [change] = calculatePlan({ desired: state(), orphans }, present, SYNC).changes;
    expect(change).toMatchObject({ op: 'release' });
    expect(change).toHaveProperty('item.body', { id: 1, subnet: '10.0.0.0/24', 'reservations-out-of-pool': false });
  });

  describe('foreign rows', () => {
    const bare = { body: { id: 1, subnet: '10.0.0.0/24' } };

    it('are never touched while nobody asks for their key', () => {
      const foreign = [{ kind: 'subnet' as const, item: bare, serverTags: ['prod.hq'] }];
      expect(plan(state(), state(), {}, { foreign }).changes).toEqual([]);
    });

    it('with the tag of the pair are taken over in place', () => {
      const foreign = [{ kind: 'subnet' as const, item: bare, serverTags: ['prod.hq'] }];
      const { changes } = plan(state(subnet(1, '10.0.0.0/24')), state(), {}, { foreign });
      expect(describeChanges(changes)).toEqual(['adopt Subnet prod/s1 (10.0.0.0/24, id 1): the marker only']);
    });

    it('are told of in one line, whatever their names are', () => {
      const was = { body: { name: 'a\u001b[2J\nb' } };
      expect(describeChanges([{ kind: 'network', op: 'remove', key: was.body.name, was }])).toEqual([
        'remove foreign network (a\\u{1b}[2J\\nb)',
      ]);
    });

    it('with another tag are replaced, as servers do not notice a change of tags', () => {
      const foreign = [
        { kind: 'network' as const, item: { body: { name: 'n' } }, serverTags: ['all'] },
        { kind: 'subnet' as const, item: bare, serverTags: ['all'] },
      ];
      const { changes } = plan(state(network('n'), subnet(1, '10.0.0.0/24')), state(), {}, { foreign });
      expect(lines(changes)).toEqual(['remove subnet 1', 'remove network n', 'create network n', 'create subnet 1']);
    });
  });
});

describe('a plan', () => {
  const randomState = (random: Random): KeaState => {
    const networks = ['a', 'b', 'c'].filter(() => random.chance(0.6));
    const prefixes = Array.from({ length: 6 }, (_, n) => `10.0.${n}.0/24`).sort(() => random.below(3) - 1);
    const subnets = prefixes.slice(0, random.below(6)).map((prefix, n) => {
      const name = networks[random.below(4)];
      return subnet(n + 1, prefix, {
        ...(name === undefined ? {} : { 'shared-network-name': name }),
        ...(random.chance(0.3) ? { interface: 'lan0' } : {}),
      });
    });
    const hosts = Array.from({ length: random.below(4) }, (_, n) =>
      host(n, { 'ip-address': `10.0.0.${random.below(9)}` }),
    );
    return state(...networks.map((name) => network(name)), ...subnets, ...hosts);
  };

  /** Makes the changes one by one, as a database with its keys would take them. */
  const applyTo = (owned: KeaState, changes: readonly Change[]): KeaState => {
    const made = plainRows(owned) as Filling;
    const { networks, subnets } = made;
    for (const change of changes) {
      const rows = fillingOf(made, change.kind) as Map<unknown, Item<object>>;
      expect(rows.has(change.key)).toBe(change.op !== 'create');
      if (change.op === 'remove') rows.delete(change.key);
      else rows.set(change.key, change.item);
      const prefixes = [...subnets.values()].map(({ body }) => body.subnet);
      expect(new Set(prefixes).size).toBe(prefixes.length);
      if (change.kind === 'subnet' && change.op !== 'remove') {
        const name = change.item.body['shared-network-name'];
        if (name !== undefined) expect(networks.has(name)).toBe(true);
      }
      if (change.kind === 'network' && change.op === 'remove') {
        expect([...subnets.values()].some(({ body }) => body['shared-network-name'] === change.key)).toBe(false);
      }
    }
    return made;
  };

  it('makes the rows equal to the desired state, step by step within keys; and then there is nothing left to do', () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = randomFrom(seed);
      const [owned, desired] = [randomState(random), randomState(random)];
      const after = applyTo(owned, plan(desired, owned).changes);
      for (const kind of ['networks', 'subnets', 'hosts'] as const) {
        expect(Object.fromEntries(after[kind])).toEqual(Object.fromEntries(desired[kind]));
      }
      expect(plan(desired, after).changes).toEqual([]);
    }
  });

  it('reads as one line for each change', () => {
    const owned = state(subnet(1, '10.0.0.0/24'), host(1, { 'ip-address': '10.0.0.9' }));
    const desired = state(network('n'), subnet(1, '10.0.0.0/24', { interface: 'lan0' }), host(2, {}, 0));
    const calculated = plan(desired, owned, { changePolicy: 'DryRun' });
    expect(describePlan(plan(state(optionDef('site', 222)), state()))).toEqual([
      'create OptionDefinition prod/site (site, code 222 in dhcp4)',
    ]);
    expect(describePlan(calculated)).toEqual([
      'remove HostReservation prod/h1 (10.0.0.9, hw-address 000000000001, subnet id 1) (withheld: changePolicy is DryRun)',
      'create SharedNetwork prod/n (n) (withheld: changePolicy is DryRun)',
      'update Subnet prod/s1 (10.0.0.0/24, id 1): interface (withheld: changePolicy is DryRun)',
      'create HostReservation prod/h2 (hw-address 000000000002, global) (withheld: changePolicy is DryRun)',
    ]);
    expect(summarize(calculated.withheld.map(({ change }) => change))).toBe(
      '1 shared network created, 1 subnet updated, 1 reservation created, 1 reservation removed',
    );
    expect(summarize([])).toBe('nothing');
  });
});

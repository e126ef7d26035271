import { describe, expect, it } from 'vitest';
import { EMPTY_STATE, gathered, network, subnet, TO_PAIR, unmarked, witnesses } from '../../test/support/objects.ts';
import type { KeaState } from '../kea/kinds.ts';
import type { Item, ObjectRef, SubnetBody } from '../kea/state.ts';
import { MAX_SUBNET_ID } from './objects.ts';
import { assignSubnetIds, prefixesUndesired, uncertainPrefixes } from './subnetIds.ts';

const at = (cidr: string, more: object = {}) => ({ ...TO_PAIR, cidr, ...more });
const ref = (name: string): ObjectRef => `Subnet/prod/${name}`;

const row = (id: number, prefix: string, object: ObjectRef = ref('gone')): Item<SubnetBody> => ({
  body: { id, subnet: prefix },
  marker: { object, uid: 'u', generation: 1, digest: 'd' },
});
const rows = (...items: Item<SubnetBody>[]): KeaState => ({
  ...EMPTY_STATE,
  subnets: new Map(items.map((item) => [item.body.id, item])),
});
const ledger = (...entries: [number, string][]) =>
  new Map(entries.map(([id, prefix]) => [id, { prefix, object: ref('gone') }]));

describe('assignSubnetIds', () => {
  it.each<{ because: string; spec?: object; status?: unknown; sees?: Parameters<typeof witnesses>; id: number }>([
    { because: 'a request is granted where nobody has the id', spec: { subnetId: 17 }, id: 17 },
    {
      because: 'the row with that prefix goes before the ledger',
      sees: [{ owned: rows(row(5, '10.0.0.0/24')), ledger: ledger([9, '10.0.0.0/24']) }],
      id: 5,
    },
    {
      because: 'a Subnet that comes again gets the id that the ledger has for its prefix',
      sees: [{ ledger: ledger([9, '10.0.0.0/24'], [12, '10.0.1.0/24']) }],
      id: 9,
    },
    { because: 'the status is believed where the ledger is lost', status: { subnetId: 40 }, id: 40 },
    {
      because: 'the status is not believed where another prefix has the id',
      status: { subnetId: 12 },
      sees: [{ ledger: ledger([12, '10.0.1.0/24']) }],
      id: 13,
    },
    {
      because: 'leases that agree on an id tell it',
      sees: [{}, { leases: { subnetIds: new Map([['10.0.0.0/24', [77]]]), greatest: 77 } }],
      id: 77,
    },
    {
      because: 'leases that do not agree tell nothing, and their ids are not given anew',
      sees: [{}, { leases: { subnetIds: new Map([['10.0.0.0/24', [77, 78]]]), greatest: 0 } }],
      id: 79,
    },
    {
      because: 'leases of another prefix that has the id tell nothing',
      sees: [
        { ledger: ledger([3, '10.0.9.0/24']) },
        { leases: { subnetIds: new Map([['10.0.0.0/24', [3]]]), greatest: 3 } },
      ],
      id: 4,
    },
    { because: 'the first id of an empty database is 1', id: 1 },
    { because: 'the next id follows the greatest that was ever used', sees: [{}, { greatestSubnetId: 500 }], id: 501 },
    {
      because: 'the greatest id of any lease counts',
      sees: [{}, { leases: { subnetIds: new Map(), greatest: 900 } }],
      id: 901,
    },
    {
      because: 'ids of rows that the operator did not write are taken',
      sees: [{ foreign: [{ kind: 'subnet', item: unmarked(row(30, '172.16.0.0/24')), serverTags: ['all'] }] }],
      id: 31,
    },
    { because: 'an id beyond what Kea can hold is no id', status: { subnetId: 4_294_967_295 }, id: 1 },
  ])('$because', ({ spec = {}, status, sees = [], id }) => {
    const snapshot = gathered({ subnets: [subnet('office', at('10.0.0.0/24', spec), { status })] });
    expect(assignSubnetIds(snapshot, witnesses(...sees)).ids.get(ref('office'))).toBe(id);
  });

  it('takes the id of a foreign row for the Subnet that adopts it', () => {
    const foreign = [{ kind: 'subnet' as const, item: unmarked(row(7, '10.0.0.0/24')), serverTags: ['all'] }];
    const adopt = { annotations: { 'kea-operator.io/adopt': 'true' } };
    const snapshot = gathered({ subnets: [subnet('office', at('10.0.0.0/24'), adopt)] });
    expect(assignSubnetIds(snapshot, witnesses({ foreign })).ids.get(ref('office'))).toBe(7);
  });

  it('numbers the oldest first, then by name, and gives no id twice', () => {
    const snapshot = gathered({
      subnets: [
        subnet('young', at('10.0.0.0/24'), { age: 9 }),
        subnet('b', at('10.0.1.0/24'), { age: 1 }),
        subnet('a', at('10.0.2.0/24'), { age: 1 }),
        subnet('owner', at('10.0.3.0/24', { subnetId: 2 }), { age: 5 }),
      ],
    });
    const { ids } = assignSubnetIds(snapshot, witnesses());
    expect(Object.fromEntries(ids)).toEqual({ [ref('owner')]: 2, [ref('a')]: 3, [ref('b')]: 4, [ref('young')]: 5 });
  });

  it('gives Subnets of a network of the pair an id, and those of other pairs none', () => {
    const snapshot = gathered({
      networks: [network('campus', TO_PAIR)],
      subnets: [
        subnet('in', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24' }),
        subnet('out', { haPairRef: { name: 'other' }, cidr: '10.0.1.0/24' }),
      ],
    });
    expect([...assignSubnetIds(snapshot, witnesses()).ids.keys()]).toEqual([ref('in')]);
  });

  it('chooses nothing where leases cannot be read, but grants what others know', () => {
    const snapshot = gathered({
      subnets: [
        subnet('new', at('10.0.0.0/24')),
        subnet('known', at('10.0.1.0/24')),
        subnet('desired', at('10.0.2.0/24', { subnetId: 8 })),
      ],
    });
    const seen = witnesses({ ledger: ledger([4, '10.0.1.0/24']) }, { leases: 'unreadable' });
    const { ids, refused } = assignSubnetIds(snapshot, seen);
    expect(Object.fromEntries(ids)).toEqual({ [ref('known')]: 4, [ref('desired')]: 8 });
    expect(refused.size).toBe(0);
    expect(uncertainPrefixes(snapshot, seen)).toEqual(['10.0.0.0/24']);
    expect(prefixesUndesired(snapshot).toSorted()).toEqual(['10.0.0.0/24', '10.0.1.0/24']);
  });

  it.each<{ because: string; sees: Parameters<typeof witnesses>; message: string }>([
    {
      because: 'the row of another Subnet has the requested id',
      sees: [{ owned: rows(row(17, '10.0.9.0/24', ref('lab'))) }],
      message: 'subnetId 17 belongs to Subnet prod/lab, 10.0.9.0/24',
    },
    {
      because: 'the ledger has given the requested id to another prefix once',
      sees: [{ ledger: ledger([17, '10.0.9.0/24']) }],
      message: 'subnetId 17 belongs to Subnet prod/gone, 10.0.9.0/24',
    },
    {
      because: 'a foreign row has the requested id',
      sees: [{ foreign: [{ kind: 'subnet', item: unmarked(row(17, '10.0.9.0/24')), serverTags: ['x'] }] }],
      message: 'subnetId 17 belongs to 10.0.9.0/24 (a row that the operator did not write)',
    },
    {
      because: 'the prefix has another id already',
      sees: [{ ledger: ledger([4, '10.0.0.0/24']) }],
      message: '10.0.0.0/24 has the id 4',
    },
  ])('refuses a request: $because', ({ sees, message }) => {
    const snapshot = gathered({ subnets: [subnet('office', at('10.0.0.0/24', { subnetId: 17 }))] });
    const { ids, refused } = assignSubnetIds(snapshot, witnesses(...sees));
    expect(ids.size).toBe(0);
    expect(refused.get(ref('office'))).toMatchObject({ reason: 'SubnetIdConflict' });
    expect(refused.get(ref('office'))?.message).toContain(message);
  });

  it('grants an id that two ask for to the older one', () => {
    const snapshot = gathered({
      subnets: [
        subnet('young', at('10.0.0.0/24', { subnetId: 5 }), { age: 2 }),
        subnet('old', at('10.0.1.0/24', { subnetId: 5 }), { age: 1 }),
      ],
    });
    const { ids, refused } = assignSubnetIds(snapshot, witnesses());
    expect(ids.get(ref('old'))).toBe(5);
    expect(refused.get(ref('young'))?.winner).toBe(ref('old'));
  });

  it('refuses in words where no id is left', () => {
    const snapshot = gathered({ subnets: [subnet('office', at('10.0.0.0/24'))] });
    const { refused } = assignSubnetIds(snapshot, witnesses({}, { greatestSubnetId: MAX_SUBNET_ID }));
    expect(refused.get(ref('office'))?.message).toContain('no id is left');
  });

  it('does not depend on the order in which objects are listed', () => {
    const subnets = Array.from({ length: 30 }, (_, n) => subnet(`s${n}`, at(`10.0.${n}.0/24`), { age: n % 4 }));
    const forward = assignSubnetIds(gathered({ subnets }), witnesses());
    const backward = assignSubnetIds(gathered({ subnets: subnets.toReversed() }), witnesses());
    expect(Object.fromEntries(backward.ids)).toEqual(Object.fromEntries(forward.ids));
  });

  it('passes over what is no Subnet at all', () => {
    const subnets = [subnet('none', undefined), subnet('text', 'x'), subnet('number', at(7 as unknown as string))];
    expect(assignSubnetIds(gathered({ subnets }), witnesses()).ids.size).toBe(0);
  });
});

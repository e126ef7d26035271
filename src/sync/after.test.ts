import { describe, expect, it } from 'vitest';
import { unmarked } from '../../test/support/objects.ts';
import { host, network, SERVER_TAG, state, subnet } from '../../test/support/rows.ts';
import type { ForeignRow } from '../kea/kinds.ts';
import type { Change } from '../plan/plan.ts';
import { afterChanges } from './after.ts';

const office = subnet(1, '192.0.2.0/24');
const lab = subnet(2, '198.51.100.0/24');
const campus = network('campus');
const printer = host(1, '02005e100001');
const changed = subnet(1, '192.0.2.0/24', { 'renew-timer': 5 });
const foreignSubnet = (tags: readonly string[]): ForeignRow => ({
  kind: 'subnet',
  item: unmarked(subnet(9, '203.0.113.0/24')),
  serverTags: tags,
});

describe('afterChanges', () => {
  const cases: readonly {
    readonly because: string;
    readonly foreign?: readonly ForeignRow[];
    readonly changes: readonly Change[];
    readonly owned: readonly string[];
    readonly left: readonly string[];
  }[] = [
    { because: 'without changes everything is as it was', changes: [], owned: ['campus', '1', '1/hw'], left: [] },
    {
      because: 'what is created and updated is there as written',
      changes: [
        { kind: 'subnet', op: 'create', key: 2, item: lab },
        { kind: 'subnet', op: 'update', key: 1, item: changed, was: office, fields: ['renew-timer'] },
      ],
      owned: ['campus', '1 changed', '2', '1/hw'],
      left: [],
    },
    {
      because: 'what is removed is gone',
      changes: [
        { kind: 'host', op: 'remove', key: '1/hw-address/02005e100001', was: printer },
        { kind: 'subnet', op: 'remove', key: 1, was: office },
        { kind: 'network', op: 'remove', key: 'campus', was: campus },
      ],
      owned: [],
      left: [],
    },
    {
      because: 'what makes room for itself is there in the end',
      changes: [
        { kind: 'subnet', op: 'remove', key: 1, was: office },
        { kind: 'subnet', op: 'create', key: 1, item: changed },
      ],
      owned: ['campus', '1 changed', '1/hw'],
      left: [],
    },
    {
      because: 'what is let go of is somebody else’s',
      changes: [
        { kind: 'subnet', op: 'release', key: 1, item: unmarked(office), was: office },
        { kind: 'network', op: 'release', key: 'campus', item: unmarked(campus), was: campus },
      ],
      owned: ['1/hw'],
      left: ['campus', '1'],
    },
    {
      because: 'rows of the own tag and of everybody’s are read by the servers, those of other tags are not',
      foreign: [
        foreignSubnet(['all']),
        { kind: 'subnet', item: unmarked(lab), serverTags: ['other'] },
        { kind: 'network', item: unmarked(network('old')), serverTags: [SERVER_TAG, 'other'] },
        { kind: 'host', item: unmarked(host(9, '02005e100009')), serverTags: [] },
      ],
      changes: [],
      owned: ['campus', '1', '1/hw'],
      left: ['old', '9'],
    },
    {
      because: 'an adopted row is the pair’s own',
      foreign: [foreignSubnet([SERVER_TAG])],
      changes: [
        {
          kind: 'subnet',
          op: 'update',
          key: 9,
          item: subnet(9, '203.0.113.0/24'),
          was: unmarked(subnet(9, '203.0.113.0/24')),
          fields: [],
        },
      ],
      owned: ['campus', '1', '9', '1/hw'],
      left: [],
    },
  ];
  it.each(cases)('$because', ({ foreign = [], changes, owned, left }) => {
    const before = state({ networks: [campus], subnets: [office], hosts: [printer] });
    const after = afterChanges({ owned: before, foreign }, changes, SERVER_TAG);
    const { networks, subnets, hosts } = after.owned;
    const names = [...subnets].map(([id, item]) => (item === changed ? `${id} changed` : String(id))).sort();
    expect([...networks.keys(), ...names, ...[...hosts.keys()].map((key) => key.slice(0, 4))]).toEqual(owned);
    expect([...after.foreign.networks.keys(), ...[...after.foreign.subnets.keys()].map(String)]).toEqual(left);
    expect([...after.foreign.subnets.values()].every(({ marker }) => marker === undefined)).toBe(true);
    expect(before.subnets.get(1)).toBe(office);
  });
});

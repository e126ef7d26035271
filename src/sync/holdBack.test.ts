import { describe, expect, it } from 'vitest';
import { clientClass, host, network, optionDef, subnet } from '../../test/support/rows.ts';
import {
  type ClassBody,
  type HostBody,
  hostKey,
  type Item,
  type NetworkBody,
  type OptionDefBody,
  optionDefKey,
  type SubnetBody,
} from '../kea/state.ts';
import type { Change } from '../plan/plan.ts';
import { holdBack } from './holdBack.ts';

const create = (item: Item<SubnetBody>): Change => ({ kind: 'subnet', op: 'create', key: item.body.id, item });
const update = (was: Item<SubnetBody>, item: Item<SubnetBody>): Change => ({
  kind: 'subnet',
  op: 'update',
  key: item.body.id,
  item,
  was,
  fields: [],
});
const remove = (was: Item<SubnetBody>): Change => ({ kind: 'subnet', op: 'remove', key: was.body.id, was });
const createNetwork = (item: Item<NetworkBody>): Change => ({
  kind: 'network',
  op: 'create',
  key: item.body.name,
  item,
});
const removeNetwork = (was: Item<NetworkBody>): Change => ({
  kind: 'network',
  op: 'remove',
  key: was.body.name,
  was,
});
const createHost = (item: Item<HostBody>): Change => ({ kind: 'host', op: 'create', key: hostKey(item.body), item });
const updateHost = (was: Item<HostBody>, item: Item<HostBody>): Change => ({
  kind: 'host',
  op: 'update',
  key: hostKey(item.body),
  item,
  was,
  fields: [],
});
const at = (mac: string, address: string): Item<HostBody> => host(1, mac, { 'ip-address': address });
const removeHost = (was: Item<HostBody>): Change => ({ kind: 'host', op: 'remove', key: hostKey(was.body), was });
const ownedBy = (mac: string, { body }: Item<HostBody>): Item<HostBody> => ({ ...host(1, mac), body });
const [mac1, mac2, mac3] = ['02005e100001', '02005e100002', '02005e100003'];
const withOption = ({ body }: Item<SubnetBody>, data: string) =>
  subnet(body.id, body.subnet, { 'option-data': [{ code: 222, space: 'dhcp4', data, 'csv-format': true }] });
const redefine = (item: Item<OptionDefBody>): Change => ({
  kind: 'option-def',
  op: 'update',
  key: optionDefKey(item.body),
  item,
  was: item,
  fields: ['type'],
});
const gold = clientClass('gold', 1024);
const createClass = (item: Item<ClassBody>): Change => ({ kind: 'class', op: 'create', key: item.body.name, item });
const inNetwork = (id: number, prefix: string, name: string) => subnet(id, prefix, { 'shared-network-name': name });

describe('holdBack', () => {
  const office = subnet(1, '192.0.2.0/24');
  const lab = subnet(2, '192.0.2.0/24');
  const cases: readonly {
    readonly because: string;
    /** The first is refused. */
    readonly changes: readonly [Change, ...Change[]];
    readonly made: readonly number[];
    /** What is said of those that wait, by their place. */
    readonly waits?: Readonly<Record<number, string>>;
  }[] = [
    {
      because: 'others go on',
      changes: [create(office), create(subnet(2, '198.51.100.0/24')), remove(subnet(3, '203.0.113.0/24'))],
      made: [1, 2],
    },
    {
      because: 'a row that was to make room for itself stays',
      changes: [create(subnet(1, '198.51.100.0/24')), remove(office)],
      made: [],
    },
    {
      because: 'a row that was to make room for another’s stays',
      changes: [create({ ...office, ...(lab.marker && { marker: lab.marker }) }), remove(office)],
      made: [],
      waits: { 1: 'Subnet lab/subnet-2 is to have the row and cannot take it yet' },
    },
    {
      because: 'a row that was to come again under another id stays',
      changes: [
        create({ ...subnet(7, '192.0.2.0/24'), ...(office.marker && { marker: office.marker }) }),
        remove(office),
      ],
      made: [],
    },
    {
      because: 'who wants the prefix of a row that stays waits, and who wants that one’s waits too',
      changes: [
        update(office, subnet(1, '10.0.0.0/24')),
        update(subnet(2, '198.51.100.0/24'), subnet(2, '192.0.2.128/25')),
        update(subnet(3, '203.0.113.0/24'), subnet(3, '198.51.100.0/24')),
        create(subnet(4, '203.0.113.0/25')),
        create(subnet(5, '10.0.1.0/24')),
      ],
      made: [4],
      waits: {
        1: 'Subnet lab/subnet-1 still has 192.0.2.0/24',
        2: 'Subnet lab/subnet-2 still has 198.51.100.0/24',
        3: 'Subnet lab/subnet-3 still has 203.0.113.0/24',
      },
    },
    {
      because: 'the chain is followed whatever the order',
      changes: [
        update(office, subnet(1, '10.0.0.0/24')),
        update(subnet(3, '203.0.113.0/24'), subnet(3, '198.51.100.0/24')),
        update(subnet(2, '198.51.100.0/24'), subnet(2, '192.0.2.0/24')),
      ],
      made: [],
      waits: {
        1: 'Subnet lab/subnet-2 still has 198.51.100.0/24',
        2: 'Subnet lab/subnet-1 still has 192.0.2.0/24',
      },
    },
    {
      because: 'a network stays with the subnet that does not leave it',
      changes: [
        update(inNetwork(1, '192.0.2.0/24', 'old'), inNetwork(1, '192.0.2.0/24', 'new')),
        createNetwork(network('new')),
        removeNetwork(network('old')),
        removeNetwork(network('other')),
      ],
      made: [1, 3],
      waits: { 2: 'Subnet lab/subnet-1 is still in it' },
    },
    {
      because: 'a Subnet waits for the class that it is for; a reservation, which gives it, does not',
      changes: [
        createClass(gold),
        create(subnet(1, '192.0.2.0/24', { 'client-classes': ['gold'] })),
        createHost(host(2, mac1, { 'client-classes': ['gold'] })),
      ],
      made: [2],
      waits: { 1: 'ClientClass lab/gold is not in the database yet' },
    },
    {
      because: 'a class stays with the reservation that gives it as long as that does not change',
      changes: [
        updateHost(host(1, mac1, { 'client-classes': ['gold'] }), host(1, mac1)),
        { kind: 'class', op: 'remove', key: 'gold', was: gold },
      ],
      made: [],
      waits: { 1: `HostReservation lab/host-1-${mac1} still gives it to its client` },
    },
    {
      because: 'a definition neither changes nor goes under an option that stays as it is',
      changes: [
        update(withOption(office, '1'), withOption(office, '2')),
        redefine(optionDef('site', 222, { type: 'uint8' })),
        redefine(optionDef('other', 223)),
        create(withOption(subnet(2, '198.51.100.0/24'), '1')),
      ],
      made: [2, 3],
      waits: { 1: 'Subnet lab/subnet-1 still has an option of it' },
    },
    {
      because: 'nothing moves into a network that does not come',
      changes: [
        createNetwork(network('new')),
        create(inNetwork(1, '192.0.2.0/24', 'new')),
        createHost(at(mac1, '192.0.2.7')),
      ],
      made: [],
      waits: {
        1: 'SharedNetwork lab/new is not in the database yet',
        2: 'Subnet lab/subnet-1 is not in the database yet',
      },
    },
    {
      because: 'an address that stays reserved is given to nobody else',
      changes: [
        updateHost(at(mac1, '192.0.2.7'), at(mac1, '192.0.2.8')),
        updateHost(at(mac2, '192.0.2.9'), at(mac2, '192.0.2.7')),
        createHost(at(mac3, '192.0.2.10')),
      ],
      made: [2],
      waits: { 1: 'HostReservation lab/host-1-02005e100001 still has 192.0.2.7' },
    },
    {
      because:
        'whose reservation is not for another client from now on keeps that of the former, and nobody else gets it',
      changes: [
        createHost(ownedBy(mac1, host(1, mac2))),
        removeHost(host(1, mac1)),
        updateHost(host(1, mac3), host(1, mac3)),
      ],
      made: [2],
    },
    {
      because: 'a client is not given to another reservation while the one that has it cannot change',
      changes: [
        createHost(ownedBy(mac2, host(1, mac3))),
        updateHost(host(1, mac2), ownedBy(mac1, host(1, mac2))),
        removeHost(host(1, mac1)),
      ],
      made: [],
      waits: { 1: 'HostReservation lab/host-1-02005e100002 cannot have its new row yet' },
    },
    {
      because: 'nobody has a second client while his first is not taken over',
      changes: [
        updateHost(host(1, mac1), ownedBy(mac2, host(1, mac1))),
        createHost(ownedBy(mac1, host(1, mac3))),
        removeHost(host(1, mac2)),
      ],
      made: [],
      waits: { 1: 'HostReservation lab/host-1-02005e100002 cannot take over the former row yet' },
    },
    {
      because: 'two that swap their clients do it both or not at all',
      changes: [
        updateHost(host(1, mac1), ownedBy(mac2, host(1, mac1))),
        updateHost(host(1, mac2), ownedBy(mac1, host(1, mac2))),
      ],
      made: [],
      waits: { 1: 'HostReservation lab/host-1-02005e100002 cannot have its new row yet' },
    },
    {
      because: 'reservations without an address are in nobody’s way',
      changes: [updateHost(host(1, mac1), at(mac1, '192.0.2.8')), createHost(host(1, mac2))],
      made: [1],
    },
  ];
  it.each(cases)('$because', ({ changes, made, waits = {} }) => {
    const [refused] = changes;
    const held = holdBack(changes, (change) => change === refused);
    expect(held.made).toEqual(made.map((index) => changes[index]));
    expect(Object.fromEntries([...held.waits].map(([change, why]) => [changes.indexOf(change), why]))).toEqual(waits);
  });

  it('what nobody refuses is made as it is', () => {
    const changes = [create(office)];
    expect(holdBack(changes, () => false).made).toBe(changes);
  });
});

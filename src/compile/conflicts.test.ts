import { describe, expect, it } from 'vitest';
import {
  compileWith,
  EMPTY_STATE,
  messageOf,
  network,
  pair,
  plainRows,
  reservation,
  sceneOf,
  subnet,
  TO_PAIR,
  unmarked,
  verdictOf,
} from '../../test/support/objects.ts';
import { inOffice, mac, OFFICE, office, PRINTER, printer } from '../../test/support/office.ts';
import type { ForeignRow, KeaState } from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Children } from './types.ts';

describe('conflicts', () => {
  const second = (more: object, cidr: string) => subnet('second', { ...TO_PAIR, cidr, ...more }, { age: 5 });

  it.each<{ because: string; children: Partial<Children>; loser: ObjectRef; reason: string; winner: ObjectRef }>([
    {
      because: 'the same prefix goes to the older Subnet',
      children: { subnets: [second({}, '10.0.0.0/24'), office()] },
      loser: 'Subnet/prod/second',
      reason: 'PrefixConflict',
      winner: OFFICE,
    },
    {
      because: 'a prefix within that of an older Subnet loses',
      children: { subnets: [second({}, '10.0.0.128/25'), office()] },
      loser: 'Subnet/prod/second',
      reason: 'PrefixOverlap',
      winner: OFFICE,
    },
    {
      because: 'of the same age the name decides',
      children: { subnets: [office(), subnet('lab', { ...TO_PAIR, cidr: '10.0.0.0/25' })] },
      loser: OFFICE,
      reason: 'PrefixOverlap',
      winner: 'Subnet/prod/lab',
    },
    {
      because: 'a Subnet of another pair that serves clients goes before an older one that does not',
      children: {
        subnets: [
          office(),
          subnet(
            'theirs',
            { haPairRef: { name: 'other' }, cidr: '10.0.0.0/25' },
            { age: 9, status: { conditions: [{ type: 'Programmed', status: 'True', reason: 'Programmed' }] } },
          ),
        ],
      },
      loser: OFFICE,
      reason: 'PrefixOverlap',
      winner: 'Subnet/prod/theirs',
    },
    {
      because: 'a Subnet of another pair that is older goes before',
      children: {
        subnets: [second({}, '10.0.0.0/24'), subnet('theirs', { haPairRef: { name: 'other' }, cidr: '10.0.0.0/16' })],
      },
      loser: 'Subnet/prod/second',
      reason: 'PrefixOverlap',
      winner: 'Subnet/prod/theirs',
    },
    {
      because: 'one client has one reservation in a Subnet, however its address is spelled',
      children: {
        subnets: [office()],
        reservations: [
          printer(),
          reservation('twin', { ...inOffice, identifier: { hwAddress: '02-00-5e-10-00-01' } }, { age: 1 }),
        ],
      },
      loser: 'HostReservation/prod/twin',
      reason: 'IdentifierConflict',
      winner: PRINTER,
    },
    {
      because: 'one address is reserved once',
      children: {
        subnets: [office()],
        reservations: [
          printer({ ipAddress: '10.0.0.9' }),
          reservation('twin', { ...inOffice, ...mac('02'), ipAddress: '10.0.0.9' }, { age: 1 }),
        ],
      },
      loser: 'HostReservation/prod/twin',
      reason: 'AddressConflict',
      winner: PRINTER,
    },
    {
      because: 'an address is reserved once, globally or in its Subnet',
      children: {
        subnets: [office({ reservationsGlobal: true })],
        reservations: [
          printer({ ipAddress: '10.0.0.9' }),
          reservation('twin', { ...TO_PAIR, ...mac('02'), ipAddress: '10.0.0.9' }, { age: 1 }),
        ],
      },
      loser: 'HostReservation/prod/twin',
      reason: 'AddressConflict',
      winner: PRINTER,
    },
  ])('$because', ({ children, loser, reason, winner }) => {
    const compiled = compileWith(sceneOf(children));
    expect(verdictOf(compiled, loser)).toBe(reason);
    expect(compiled.verdicts.get(loser)).toMatchObject({ winner });
    expect(messageOf(compiled, loser)).toContain(winner.replace('/', ' '));
  });

  it.each([
    ['the very same address', '10.0.0.9', {}, 'accepted'],
    ['one of another subnet’s prefix', '10.9.9.9', {}, 'AddressOutsidePrefix'],
    ['an address of one client alone', '10.0.0.9', { ipReservationsUnique: true }, 'AddressConflict'],
  ])('several clients may have %s, where the HAPair lets them', (_, ipAddress, more, verdict) => {
    const twin = reservation('twin', { ...inOffice, ...mac('02'), ipAddress }, { age: 1 });
    const children = { subnets: [office()], reservations: [printer({ ipAddress: '10.0.0.9' }), twin] };
    const of = pair({ dhcp4: { ipReservationsUnique: false, ...more } });
    expect(verdictOf(compileWith(sceneOf(children, of)), 'HostReservation/prod/twin')).toBe(verdict);
  });

  it('lets the holder of the live row win, however young it is', () => {
    const before = compileWith(sceneOf({ subnets: [second({}, '10.0.0.0/24')] }));
    const snapshot = sceneOf({ subnets: [office({}, '10.0.0.0/16'), second({}, '10.0.0.0/24')] });
    const compiled = compileWith(snapshot, { owned: before.desired });
    expect(verdictOf(compiled, 'Subnet/prod/second')).toBe('accepted');
    expect(messageOf(compiled, OFFICE)).toContain('Subnet prod/second, which serves clients already');
  });

  it('lets an address stay with the reservation that serves it', () => {
    const twin = reservation('twin', { ...inOffice, ...mac('02'), ipAddress: '10.0.0.9' }, { age: 1 });
    const before = compileWith(sceneOf({ subnets: [office()], reservations: [twin] }));
    const reservations = [printer({ ipAddress: '10.0.0.9' }), twin];
    const compiled = compileWith(sceneOf({ subnets: [office()], reservations }), { owned: before.desired });
    expect(verdictOf(compiled, PRINTER)).toBe('AddressConflict');
    expect(compiled.desired.hosts.size).toBe(1);
  });

  describe('reservations that are for other clients', () => {
    const one = (name: string, client: string, address: string, age = 0) =>
      reservation(name, { ...inOffice, ...mac(client), ipAddress: `10.0.0.${address}` }, { age });
    const after = (was: readonly ReturnType<typeof one>[], reservations: readonly ReturnType<typeof one>[]) => {
      const before = compileWith(sceneOf({ subnets: [office()], reservations: was }));
      return compileWith(sceneOf({ subnets: [office()], reservations }), { owned: before.desired });
    };
    const rowsIn = ({ desired }: ReturnType<typeof after>) =>
      [...desired.hosts.values()].map(
        ({ body, marker }) =>
          `${marker?.object.split('/')[2] ?? ''} ${body.identifier.slice(-2)} ${body['ip-address']}`,
      );
    const was = [one('a', '01', '1'), one('b', '02', '2', 1), one('c', '03', '3', 2)];

    it.each([
      {
        because: 'may swap them',
        now: [one('a', '02', '1'), one('b', '01', '2', 1), one('c', '03', '3', 2)],
        rows: ['a 02 10.0.0.1', 'b 01 10.0.0.2', 'c 03 10.0.0.3'],
      },
      {
        because: 'may swap their addresses as well',
        now: [one('a', '02', '2'), one('b', '01', '1', 1), one('c', '03', '3', 2)],
        rows: ['a 02 10.0.0.2', 'b 01 10.0.0.1', 'c 03 10.0.0.3'],
      },
      {
        because: 'may take the client that another gives up',
        now: [one('a', '02', '1'), one('b', '04', '2', 1), one('c', '03', '3', 2)],
        rows: ['a 02 10.0.0.1', 'b 04 10.0.0.2', 'c 03 10.0.0.3'],
      },
      {
        because: 'keep the former one where the client is another’s',
        now: [one('a', '02', '1'), one('b', '02', '2', 1), one('c', '03', '3', 2)],
        rejected: { a: 'IdentifierConflict' },
        rows: ['a 01 10.0.0.1', 'b 02 10.0.0.2', 'c 03 10.0.0.3'],
      },
      {
        because: 'keep it from whoever was to have it as well',
        now: [one('a', '02', '1'), one('b', '02', '2', 1), one('c', '01', '3', 2)],
        rejected: { a: 'IdentifierConflict', c: 'IdentifierConflict' },
        rows: ['a 01 10.0.0.1', 'b 02 10.0.0.2', 'c 03 10.0.0.3'],
      },
      {
        because: 'keep it where they have a mistake',
        now: [one('a', '02', '1'), one('b', '04', '300', 1), one('c', '03', '3', 2)],
        rejected: { a: 'IdentifierConflict', b: 'InvalidSpec' },
        rows: ['a 01 10.0.0.1', 'b 02 10.0.0.2', 'c 03 10.0.0.3'],
      },
    ])('$because', ({ now, rejected = {}, rows }) => {
      const compiled = after(was, now);
      for (const { metadata } of now) {
        const reason = (rejected as Readonly<Record<string, string>>)[metadata.name] ?? 'accepted';
        expect(verdictOf(compiled, `HostReservation/prod/${metadata.name}`), metadata.name).toBe(reason);
      }
      expect(rowsIn(compiled).sort()).toEqual(rows);
    });
  });

  it('lets a loser keep nobody from what it did not get', () => {
    const subnets = [
      office({}, '10.0.0.0/24'),
      subnet('wide', { ...TO_PAIR, cidr: '10.0.0.0/16' }, { age: 1 }),
      subnet('apart', { ...TO_PAIR, cidr: '10.0.7.0/24' }, { age: 2 }),
    ];
    const compiled = compileWith(sceneOf({ subnets }));
    expect([...compiled.desired.subnets.values()].map(({ body }) => body.subnet)).toEqual([
      '10.0.0.0/24',
      '10.0.7.0/24',
    ]);
  });

  it('holds the subnets of a network to one interface, that which serves already', () => {
    const member = (name: string, cidr: string, nic: string, age: number) =>
      subnet(name, { sharedNetworkRef: { name: 'campus' }, cidr, interface: nic }, { age });
    const servers = [{ name: 'a', node: 'n', interfaces: ['lan0', 'lan1'] }];
    const of = pair({ mode: 'Standalone', servers });
    const networks = [network('campus', TO_PAIR)];
    const both = (first: string, last: string) =>
      sceneOf({ networks, subnets: [member('x', '10.0.0.0/24', first, 0), member('y', '10.0.1.0/24', last, 1)] }, of);
    const before = compileWith(both('lan0', 'lan0'));
    const oneMoved = compileWith(both('lan1', 'lan0'), { owned: before.desired });
    expect(verdictOf(oneMoved, 'Subnet/prod/x')).toBe('InterfaceMismatch');
    expect(verdictOf(oneMoved, 'Subnet/prod/y')).toBe('accepted');
    const bothMoved = compileWith(both('lan1', 'lan1'), { owned: before.desired });
    expect([...bothMoved.desired.subnets.values()].map(({ body }) => body.interface)).toEqual(['lan1', 'lan1']);
  });
});

describe('rows that the operator did not write', () => {
  const plain = compileWith(
    sceneOf({
      networks: [network('campus', TO_PAIR)],
      subnets: [office()],
      reservations: [printer({ ipAddress: '10.0.0.9' })],
    }),
  );
  const foreignOf = ({ networks, subnets, hosts }: KeaState): ForeignRow[] => [
    ...[...networks.values()].map((item) => ({ kind: 'network' as const, item: unmarked(item), serverTags: ['all'] })),
    ...[...subnets.values()].map((item) => ({ kind: 'subnet' as const, item: unmarked(item), serverTags: ['all'] })),
    ...[...hosts.values()].map((item) => ({ kind: 'host' as const, item: unmarked(item), serverTags: [] })),
  ];
  const foreign = foreignOf(plain.desired);
  const all = (annotations?: Record<string, string>) =>
    sceneOf({
      networks: [network('campus', TO_PAIR, annotations && { annotations })],
      subnets: [subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24' }, annotations && { annotations })],
      reservations: [
        reservation('printer', { ...inOffice, ...mac('01'), ipAddress: '10.0.0.9' }, annotations && { annotations }),
      ],
    });

  it('are not replaced', () => {
    const compiled = compileWith(all(), { foreign });
    expect(verdictOf(compiled, 'SharedNetwork/prod/campus')).toBe('ForeignRow');
    expect(verdictOf(compiled, OFFICE)).toBe('ForeignRow');
    expect(verdictOf(compiled, PRINTER)).toBe('ParentRejected');
    expect(plainRows(compiled.desired)).toEqual(EMPTY_STATE);
  });

  it('are taken over by who asks for it, with their id', () => {
    const compiled = compileWith(all({ 'kea-operator.io/adopt': 'true' }), { foreign });
    expect([...compiled.verdicts.values()].every(({ accepted }) => accepted)).toBe(true);
    expect(compiled.desired).toEqual(plain.desired);
  });

  it('are not taken over where a living object owns them', () => {
    const theirs = foreign.map(
      (row) =>
        ({
          ...row,
          item: { ...row.item, marker: { object: 'Subnet/prod/lab', uid: '', generation: 1, digest: '' } },
        }) as ForeignRow,
    );
    const snapshot = all({ 'kea-operator.io/adopt': 'true' });
    const lab = subnet('lab', { haPairRef: { name: 'other' }, cidr: '10.9.0.0/24' });
    const compiled = compileWith({ ...snapshot, subnets: [...snapshot.subnets, lab] }, { foreign: theirs });
    expect(verdictOf(compiled, OFFICE)).toBe('PrefixConflict');
  });

  it('keep overlapping Subnets out where our servers load them, and not where they do not', () => {
    const wide = { body: { id: 90, subnet: '10.0.0.0/16' } };
    const withTags = (serverTags: string[]) =>
      verdictOf(
        compileWith(sceneOf({ subnets: [office()] }), { foreign: [{ kind: 'subnet', item: wide, serverTags }] }),
        OFFICE,
      );
    expect([withTags(['all']), withTags(['prod.hq']), withTags(['elsewhere'])]).toEqual([
      'PrefixOverlap',
      'PrefixOverlap',
      'accepted',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import {
  compileWith,
  type Database,
  EMPTY_STATE,
  network,
  pair,
  plainRows,
  reservation,
  type Scene,
  sceneOf,
  subnet,
  TO_PAIR,
  verdictOf,
} from '../../test/support/objects.ts';
import { inOffice, mac, OFFICE, office, PRINTER, printer } from '../../test/support/office.ts';
import { type ObjectRef, withoutDerived } from '../kea/state.ts';
import { unattachedVerdicts } from './attach.ts';
import { namespaceOf } from './namespace.ts';
import type { Children, Compiled } from './types.ts';

describe('what Kea is to hold', () => {
  it('completes the lease times of a level that sets one of them, and leaves the others to be inherited', () => {
    const networks = [network('campus', { ...TO_PAIR, validLifetime: 3000, maxValidLifetime: 6000 })];
    const inCampus = { sharedNetworkRef: { name: 'campus' } };
    const subnets = [
      subnet('a', { ...inCampus, cidr: '10.0.0.0/24', minValidLifetime: 600 }),
      subnet('b', { ...inCampus, cidr: '10.0.1.0/24' }),
    ];
    const { desired } = compileWith(sceneOf({ networks, subnets }));
    expect([...desired.subnets.values()].map(withoutDerived)).toEqual([
      {
        id: 1,
        subnet: '10.0.0.0/24',
        'shared-network-name': 'campus',
        'valid-lifetime': 3000,
        'min-valid-lifetime': 600,
        'max-valid-lifetime': 6000,
      },
      { id: 2, subnet: '10.0.1.0/24', 'shared-network-name': 'campus' },
    ]);
  });

  it('divides the pools of a load-balancing pair, and gives a single address to the primary', () => {
    const pools = [
      { pool: '10.0.0.10 - 10.0.0.20', optionData: [{ code: 3, data: '10.0.0.1' }] },
      { pool: '10.0.0.7/32' },
    ];
    const { desired } = compileWith(sceneOf({ subnets: [office({ pools })] }, pair({ mode: 'LoadBalancing' })));
    const option = [{ code: 3, space: 'dhcp4', data: '10.0.0.1', 'csv-format': true }];
    expect(desired.subnets.get(1)?.body.pools).toEqual([
      { pool: '10.0.0.7-10.0.0.7', 'client-classes': ['HA_a'] },
      { pool: '10.0.0.10-10.0.0.15', 'option-data': option, 'client-classes': ['HA_a'] },
      { pool: '10.0.0.16-10.0.0.20', 'option-data': option, 'client-classes': ['HA_b'] },
    ]);
  });

  it('knows the classes that reservations give, those of Kea, and those of the servers', () => {
    const pools = ['gold', 'KNOWN', 'HA_b', 'VENDOR_CLASS_PXE'].map((name, n) => ({
      pool: `10.0.0.${n + 1}/32`,
      clientClasses: [name],
    }));
    const snapshot = sceneOf({ subnets: [office({ pools })], reservations: [printer({ clientClasses: ['gold'] })] });
    expect(verdictOf(compileWith(snapshot), OFFICE)).toBe('accepted');
  });

  it('spells identifiers as the hosts table has them', () => {
    const identifiers = [
      { hwAddress: '02-00-5E-10-00-01' },
      { clientId: '01:02:5E' },
      { circuitId: "'port1'" },
      { duid: '00030001020a' },
    ];
    const reservations = identifiers.map((identifier, n) => reservation(`r${n}`, { ...inOffice, identifier }));
    const { desired } = compileWith(sceneOf({ subnets: [office()], reservations }));
    expect([...desired.hosts.keys()]).toEqual([
      '1/hw-address/02005e100001',
      '1/client-id/01025e',
      '1/circuit-id/706f727431',
      '1/duid/00030001020a',
    ]);
  });
});

describe('a mistake takes nobody out of service', () => {
  const right = sceneOf({ subnets: [office()], reservations: [printer({ ipAddress: '10.0.0.9' })] });
  const running: Database = { owned: compileWith(right).desired };
  const wrong = office({ optionData: [{ name: 'routers', data: 'x' }] });

  it('keeps the row of a Subnet that is rejected', () => {
    const compiled = compileWith({ ...right, subnets: [wrong] }, running);
    expect(verdictOf(compiled, OFFICE)).toBe('InvalidOption');
    expect(compiled.desired).toEqual(running.owned);
    expect([...compiled.kept]).toEqual([OFFICE]);
  });

  describe('of which a part was too large to be read', () => {
    const large = <T extends object>(object: T): T => ({
      ...object,
      unread: { part: 'spec', field: 'userContext', what: 'bytes', found: 1_000_000, most: 65_536 },
    });
    const member = subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24' });
    const campus = network('campus', TO_PAIR);
    const inCampus = sceneOf({ networks: [campus], subnets: [member] });
    const MESSAGE =
      'spec.userContext: with it the spec has 1000000 bytes of JSON, and at most 65536 are read: make it smaller';

    it.each<{ what: string; before: Scene; now: Partial<Children>; of: ObjectRef; below: ObjectRef }>([
      { what: 'Subnet', before: right, now: { subnets: [large(office())] }, of: OFFICE, below: PRINTER },
      {
        what: 'SharedNetwork',
        before: inCampus,
        now: { networks: [large(campus)] },
        of: 'SharedNetwork/prod/campus',
        below: OFFICE,
      },
      {
        what: 'HostReservation',
        before: right,
        now: { reservations: [large(printer({ ipAddress: '10.0.0.8' }))] },
        of: PRINTER,
        below: OFFICE,
      },
    ])('keeps the rows of a $what, and of what is below or beside it', ({ before, now, of, below }) => {
      const { desired: owned } = compileWith(before);
      const compiled = compileWith({ ...before, ...now }, { owned });
      expect(compiled.verdicts.get(of)).toMatchObject({ reason: 'InvalidSpec', message: MESSAGE });
      expect(verdictOf(compiled, below)).toBe('accepted');
      expect(compiled.desired).toEqual(owned);
      const fresh = compileWith({ ...before, ...now });
      expect([
        ...fresh.desired.networks.values(),
        ...fresh.desired.subnets.values(),
        ...fresh.desired.hosts.values(),
      ]).not.toContainEqual(expect.objectContaining({ marker: expect.objectContaining({ object: of }) as unknown }));
    });

    it('says so of one that belongs to no pair, too', () => {
      const unattached = { networks: [], subnets: [large(office())], reservations: [] };
      expect(unattachedVerdicts([], namespaceOf(unattached)).get(OFFICE)).toMatchObject({
        reason: 'InvalidSpec',
        message: MESSAGE,
      });
    });

    it('lets the row go with the object', () => {
      const leaving = large(
        subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', deletionPolicy: 'Delete' }, { deleting: true }),
      );
      const compiled = compileWith({ ...right, subnets: [leaving] }, running);
      expect(compiled.deletions.get(OFFICE)).toEqual({ state: 'leaving' });
      expect(compiled.desired.subnets.size).toBe(0);
    });
  });

  it('goes on accepting reservations in a Subnet whose row is kept', () => {
    const late = reservation('late', { ...inOffice, ...mac('07'), ipAddress: '10.0.0.10' });
    const compiled = compileWith({ ...right, subnets: [wrong], reservations: [...right.reservations, late] }, running);
    expect(verdictOf(compiled, 'HostReservation/prod/late')).toBe('accepted');
    expect(compiled.desired.hosts.size).toBe(2);
  });

  it('keeps the prefix of a rejected Subnet from others while its row serves', () => {
    const other = subnet('other', { ...TO_PAIR, cidr: '10.0.0.0/25' });
    const compiled = compileWith({ ...right, subnets: [wrong, other] }, running);
    expect(verdictOf(compiled, 'Subnet/prod/other')).toBe('PrefixOverlap');
  });

  it('keeps everything of a pair that does not fit its schema any more', () => {
    const compiled = compileWith({ ...right, pair: pair({ servers: 'many' }) }, running);
    expect(verdictOf(compiled, 'HAPair/prod/hq')).toBe('InvalidSpec');
    expect(verdictOf(compiled, OFFICE)).toBe('ParentRejected');
    expect(compiled.desired).toEqual(running.owned);
  });

  it('removes the row of an object that is no more', () => {
    const compiled = compileWith({ ...right, reservations: [] }, running);
    expect(compiled.desired.hosts.size).toBe(0);
    expect(compiled.desired.subnets.size).toBe(1);
  });

  it('keeps the row of a network that was torn away from its subnets', () => {
    const member = subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24' });
    const before = compileWith(sceneOf({ networks: [network('campus', TO_PAIR)], subnets: [member] }));
    const compiled = compileWith(sceneOf({ subnets: [member] }), { owned: before.desired });
    expect(compiled.desired).toEqual(before.desired);
  });

  it('keeps the rows of a Subnet whose network object is gone', () => {
    const unattached = subnet('office', { sharedNetworkRef: { name: 'lost' }, cidr: '10.0.0.0/24' });
    const compiled = compileWith({ ...right, subnets: [unattached] }, running);
    expect(verdictOf(compiled, OFFICE)).toBe('none');
    expect(compiled.desired).toEqual(running.owned);
  });
});

describe('an id that is not known yet', () => {
  it('keeps the Subnet and its reservations waiting, accepted', () => {
    const snapshot = sceneOf({ subnets: [office()], reservations: [printer({ ipAddress: '10.0.0.9' })] });
    const none = { ids: new Map(), refused: new Map() };
    const compiled = compileWith(snapshot, {}, { ids: none });
    expect([...compiled.pending]).toEqual([OFFICE, PRINTER]);
    expect(verdictOf(compiled, PRINTER)).toBe('accepted');
    expect(plainRows(compiled.desired)).toEqual(EMPTY_STATE);
  });

  it('still finds the mistakes of reservations', () => {
    const snapshot = sceneOf({ subnets: [office()], reservations: [printer({ ipAddress: '10.0.1.9' })] });
    const compiled = compileWith(snapshot, {}, { ids: { ids: new Map(), refused: new Map() } });
    expect(verdictOf(compiled, PRINTER)).toBe('AddressOutsidePrefix');
  });
});

describe('objects on their way out', () => {
  const campus = (deleting: boolean, policy = 'Protect') =>
    network('campus', { ...TO_PAIR, deletionPolicy: policy }, { deleting });
  const member = (deleting: boolean, policy = 'Protect') =>
    subnet(
      'office',
      { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24', deletionPolicy: policy },
      { deleting },
    );
  const whole = (of: { net?: boolean; sub?: boolean; policy?: string } = {}) =>
    sceneOf({
      networks: [campus(of.net ?? false, of.policy)],
      subnets: [member(of.sub ?? false, of.policy)],
      reservations: [printer()],
    });
  const running: Database = { owned: compileWith(whole()).desired };
  const summary = (compiled: Compiled) => ({
    networks: compiled.desired.networks.size,
    subnets: compiled.desired.subnets.size,
    hosts: compiled.desired.hosts.size,
    deletion: compiled.deletions.get(OFFICE)?.state,
  });

  it.each([
    {
      because: 'a protected Subnet with leases goes on serving',
      policy: 'Protect',
      leases: 12 as const,
      subnets: 1,
      hosts: 1,
      deletion: 'held',
    },
    {
      because: 'so it does where leases cannot be counted',
      policy: 'Protect',
      leases: 'unknown' as const,
      subnets: 1,
      hosts: 1,
      deletion: 'held',
    },
    {
      because: 'without leases it goes, and its reservations with it',
      policy: 'Protect',
      leases: 0 as const,
      subnets: 0,
      hosts: 0,
      deletion: 'leaving',
    },
    {
      because: 'policy Delete does not ask for leases',
      policy: 'Delete',
      leases: 12 as const,
      subnets: 0,
      hosts: 0,
      deletion: 'leaving',
    },
    {
      because: 'an orphan is no more desired, but its reservations keep their rows',
      policy: 'Orphan',
      leases: 12 as const,
      subnets: 0,
      hosts: 1,
      deletion: 'orphaned',
    },
  ])('$because', ({ policy, leases, subnets, hosts, deletion }) => {
    const compiled = compileWith(whole({ sub: true, policy }), running, { activeLeases: new Map([[1, leases]]) });
    expect(summary(compiled)).toEqual({ networks: 1, subnets, hosts, deletion });
    expect(compiled.orphans.has(OFFICE)).toBe(deletion === 'orphaned');
  });

  it('says how many leases hold a Subnet, and how to force it', () => {
    const compiled = compileWith(whole({ sub: true }), running, { activeLeases: new Map([[1, 12]]) });
    expect(compiled.deletions.get(OFFICE)).toMatchObject({
      reason: 'LeasesActive',
      message: expect.stringMatching(/^12 leases are active.*deletionPolicy to Drain .* to Delete/) as string,
    });
  });

  it('lets protected Subnets go with their pair', () => {
    const compiled = compileWith({ ...whole({ sub: true }), pair: pair({}, { deleting: true }) }, running, {
      activeLeases: new Map([[1, 12]]),
    });
    expect(summary(compiled).subnets).toBe(0);
  });

  it('keeps a network while subnets are in it, and lets it go with the last', () => {
    const held = compileWith(whole({ net: true }), running);
    expect(held.deletions.get('SharedNetwork/prod/campus')).toMatchObject({ reason: 'ReferencesExist' });
    expect(held.desired).toEqual(running.owned);
    const gone = compileWith(whole({ net: true, sub: true, policy: 'Delete' }), running);
    expect(summary(gone)).toEqual({ networks: 0, subnets: 0, hosts: 0, deletion: 'leaving' });
  });

  it('takes no new children under a parent that goes, but keeps those it has', () => {
    const late = reservation('late', { ...inOffice, ...mac('07') });
    const newcomer = subnet('new', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.1.0/24' });
    const snapshot = whole({ net: true, sub: true });
    const compiled = compileWith(
      { ...snapshot, subnets: [...snapshot.subnets, newcomer], reservations: [...snapshot.reservations, late] },
      running,
      { activeLeases: new Map([[1, 1]]) },
    );
    expect(verdictOf(compiled, 'Subnet/prod/new')).toBe('RefNotFound');
    expect(verdictOf(compiled, 'HostReservation/prod/late')).toBe('RefNotFound');
    expect(verdictOf(compiled, PRINTER)).toBe('accepted');
  });

  it('lets an object without rows go at once', () => {
    const compiled = compileWith(whole({ net: true, sub: true }));
    expect(summary(compiled)).toEqual({ networks: 0, subnets: 0, hosts: 0, deletion: 'leaving' });
  });

  it('gives the prefix of a Subnet that goes to one that comes, with its id', () => {
    const next = subnet('next', { ...TO_PAIR, cidr: '10.0.0.0/24' });
    const snapshot = sceneOf({
      subnets: [
        subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', deletionPolicy: 'Delete' }, { deleting: true }),
        next,
      ],
    });
    const compiled = compileWith(snapshot, { owned: compileWith(sceneOf({ subnets: [office()] })).desired });
    expect(compiled.desired.subnets.get(1)?.marker?.object).toBe('Subnet/prod/next');
  });
});

import { describe, expect, it } from 'vitest';
import { office6, scene6 } from '../../test/support/ipv6.ts';
import {
  clientClass,
  network,
  pair,
  reservation,
  type Scene,
  sceneOf,
  snapshotOf,
  subnet,
  TO_PAIR,
} from '../../test/support/objects.ts';
import { pass } from '../../test/support/passes.ts';
import type { ClientClass, SharedNetwork, Subnet } from '../api/index.ts';
import { childWarnings } from './warnings.ts';

/** What is told of the child of a scene. */
const toldOf = (scene: Scene, ref = 'Subnet/prod/office') => {
  const child = snapshotOf(scene).find(ref as never);
  return child ? childWarnings(pass(scene))(child, 1) : [];
};
const reasonsOf = (scene: Scene, ref?: string) => toldOf(scene, ref).map(({ reason }) => reason);

const cidr = '10.0.0.0/24';
const [POOL, OTHER] = [{ pool: '10.0.0.10-10.0.0.11' }, { pool: '10.0.0.20-10.0.0.99' }];
const office = (more: object = {}) => subnet('office', { ...TO_PAIR, cidr, pools: [OTHER], ...more });
const inCampus = { haPairRef: undefined, sharedNetworkRef: { name: 'campus' } };
const campus = (more: object = {}) => network('campus', { ...TO_PAIR, ...more });
const keep = (last: number, more: object) =>
  reservation(`r${last}`, {
    subnetRef: { name: 'office' },
    identifier: { hwAddress: `02:00:5e:10:00:0${last}` },
    ...more,
  });

describe('a Subnet whose pools are reserved', () => {
  it.each<readonly [string, object, readonly object[], boolean]>([
    ['all of them', { pools: [POOL] }, [{ ipAddress: '10.0.0.10' }, { ipAddress: '10.0.0.11' }], true],
    ['but for one address', { pools: [POOL] }, [{ ipAddress: '10.0.0.10' }, { ipAddress: '10.0.0.12' }], false],
    ['but for another pool', { pools: [POOL, OTHER] }, [{ ipAddress: '10.0.0.10' }, { ipAddress: '10.0.0.11' }], false],
    ['not at all', { pools: [POOL] }, [{ hostname: 'a' }, { hostname: 'b' }], false],
    ['and that has none', { pools: undefined }, [{ ipAddress: '10.0.0.10' }], false],
  ])('%s', (_case, spec, reserved, warned) => {
    const reservations = reserved.map((more, index) => keep(index + 1, more));
    const told = reasonsOf(sceneOf({ subnets: [office(spec)], reservations }));
    expect(told).toEqual(warned ? ['PoolsReserved'] : []);
  });

  it.each<readonly [string, object, object, string | undefined]>([
    ['of addresses', { pools: [{ pool: '2001:db8:1::7-2001:db8:1::7' }] }, { ipAddresses: ['2001:db8:1::7'] }, 'pools'],
    [
      'of prefixes',
      { pdPools: [{ prefix: '2001:db8:8000::/55', delegatedLen: 56 }] },
      { prefixes: ['2001:db8:8000::/56', '2001:db8:8000:100::/56'] },
      'pdPools',
    ],
    [
      'of prefixes, with one of another length',
      { pdPools: [{ prefix: '2001:db8:8000::/55', delegatedLen: 56 }] },
      { prefixes: ['2001:db8:8000::/56', '2001:db8:8000:100::/57'] },
      undefined,
    ],
  ])('with IPv6: %s', (_case, spec, more, field) => {
    const told = toldOf(scene6({ subnets: [office6(spec)], reservations: [keep(1, more)] }));
    expect(told.map((warning) => [warning.reason, warning.field])).toEqual(
      field === undefined ? [] : [['PoolsReserved', `spec.${field}`]],
    );
  });
});

describe('a Subnet without pools', () => {
  const none = { pools: undefined };
  const globals = { reservationsGlobal: true };
  it.each<readonly [string, Scene, boolean]>([
    ['and reservations', sceneOf({ subnets: [office(none)] }), true],
    [
      'that has options, as no client gets them without an address',
      sceneOf({ subnets: [office({ ...none, optionData: [{ name: 'domain-name', data: 'a' }] })] }),
      true,
    ],
    ['with a reservation', sceneOf({ subnets: [office(none)], reservations: [keep(1, { hostname: 'a' })] }), false],
    ['that looks for reservations of the pair', sceneOf({ subnets: [office(none)] }, pair({ dhcp4: globals })), false],
    [
      'that is to look for reservations, whoever writes them',
      sceneOf({ subnets: [office({ ...none, reservationsInSubnet: true })] }),
      false,
    ],
    [
      'of a SharedNetwork, which a relay agent may have its address in',
      sceneOf({ networks: [campus()], subnets: [office({ ...none, ...inCampus })] }),
      false,
    ],
    ['of IPv6', scene6({ subnets: [office6()] }), true],
    [
      'of IPv6 with pools of prefixes',
      scene6({ subnets: [office6({ pdPools: [{ prefix: '2001:db8:8000::/40', delegatedLen: 56 }] })] }),
      false,
    ],
    [
      'of IPv6 with options for clients that have addresses',
      scene6({ subnets: [office6({ optionData: [{ name: 'dns-servers', data: '2001:db8::53' }] })] }),
      false,
    ],
    [
      'of IPv6 with options of the pair',
      scene6({ subnets: [office6()] }, { dhcp6: { optionData: [{ name: 'dns-servers', data: '2001:db8::53' }] } }),
      false,
    ],
  ])('%s', (_case, scene, warned) => {
    expect(reasonsOf(scene)).toEqual(warned ? ['DispensableSubnet'] : []);
  });
});

describe('a SharedNetwork', () => {
  const lab = subnet('lab', { ...inCampus, cidr: '10.0.1.0/24', pools: [{ pool: '10.0.1.10-10.0.1.99' }] });
  it.each<readonly [string, readonly Subnet[], SharedNetwork, string | undefined]>([
    ['of two Subnets', [office(inCampus), lab], campus(), undefined],
    [
      'of two, one of which is rejected',
      [office({ ...inCampus, pools: [{ pool: '10.9.0.0/24' }] }), lab],
      campus(),
      undefined,
    ],
    ['of one', [lab], campus(), 'Subnet lab alone belongs to it'],
    ['of none', [office()], campus(), 'no Subnet belongs to it'],
    ['that is rejected itself', [], campus({ interface: 'wan9' }), undefined],
  ])('%s', (_case, subnets, of, says) => {
    const told = toldOf(sceneOf({ networks: [of], subnets }), 'SharedNetwork/prod/campus');
    if (says === undefined) expect(told).toEqual([]);
    else
      expect(told).toMatchObject([
        { reason: 'DispensableSharedNetwork', message: expect.stringContaining(says) as string },
      ]);
  });
});

describe('a router', () => {
  const routers = (data: string) => ({ optionData: [{ name: 'routers', data }] });
  const other = subnet('lab', { ...inCampus, cidr: '10.0.1.0/24', pools: [{ pool: '10.0.1.10-10.0.1.99' }] });
  const gives = (data: string) => clientClass('gold', { test: 'option[60].exists', ...routers(data) });
  it.each<readonly [string, Scene, RegExp | undefined]>([
    ['on the link', sceneOf({ subnets: [office(routers('10.0.0.1'))] }), undefined],
    ['nowhere', sceneOf({ subnets: [office()] }), undefined],
    [
      'off the link',
      sceneOf({ subnets: [office(routers('10.0.1.1'))] }),
      /^optionData: the option routers names 10\.0\.1\.1, .*Name an address/,
    ],
    ['beside one on the link', sceneOf({ subnets: [office(routers('10.0.0.1, 10.0.1.1'))] }), /names 10\.0\.1\.1,/],
    ['of a pool', sceneOf({ subnets: [office({ pools: [{ ...OTHER, ...routers('10.0.1.1') }] })] }), /^pools: /],
    [
      'of another Subnet of the link',
      sceneOf({ networks: [campus()], subnets: [office({ ...inCampus, ...routers('10.0.1.1') }), other] }),
      undefined,
    ],
    [
      'of the network, for a part of the link',
      sceneOf({ networks: [campus(routers('10.0.7.1'))], subnets: [office(inCampus), other] }),
      /routers of SharedNetwork campus names 10\.0\.7\.1, .* of its own$/,
    ],
    [
      'of the pair',
      sceneOf({ subnets: [office()] }, pair({ dhcp4: routers('10.0.1.1') })),
      /routers of HAPair hq names/,
    ],
    [
      'of the pair, with one of the Subnet before it',
      sceneOf({ subnets: [office(routers('10.0.0.1'))] }, pair({ dhcp4: routers('10.0.1.1') })),
      undefined,
    ],
    [
      'of the pair, with one of a class before it',
      sceneOf({ subnets: [office()], classes: [gives('10.0.0.1')] }, pair({ dhcp4: routers('10.0.1.1') })),
      undefined,
    ],
    ['that is link-local', sceneOf({ subnets: [office(routers('169.254.1.1'))] }), undefined],
    [
      'of a link of two addresses',
      sceneOf({
        subnets: [office({ cidr: '10.0.0.0/31', pools: undefined, ...routers('10.0.1.1') })],
        reservations: [keep(1, {})],
      }),
      undefined,
    ],
  ])('%s', (_case, scene, says) => {
    const told = toldOf(scene);
    if (says === undefined) expect(told).toEqual([]);
    else expect(told).toMatchObject([{ reason: 'RouterOffLink', message: expect.stringMatching(says) as string }]);
  });
});

describe('a guard', () => {
  const late = clientClass('late', { onlyInAdditionalList: true, test: 'option[60].exists', validLifetime: 600 });
  const early = clientClass('early', { test: 'option[60].exists', validLifetime: 600 });
  const known = clientClass('known', { test: "member('KNOWN')", validLifetime: 600 });
  const given = clientClass('given', { validLifetime: 600 });
  const pool = (...clientClasses: readonly string[]) => ({ pools: [{ ...OTHER, clientClasses }] });
  const guards = (...clientClasses: readonly string[]) => ({ clientClasses });
  it.each<readonly [string, object, readonly ClientClass[], string | undefined]>([
    ['by a class with a test', guards('early'), [early], undefined],
    ['by whether the client has a reservation', guards('KNOWN'), [], 'clientClasses'],
    ['by a class that hangs on that', guards('known'), [known], 'clientClasses'],
    ['by a class that reservations give', guards('given'), [given], 'clientClasses'],
    ['by one that is evaluated once there is an address', guards('late'), [late], 'clientClasses'],
    ['by that or one with a test', guards('late', 'early'), [late, early], undefined],
    ['by the class of a server', guards('HA_a'), [], undefined],
    ['of a Subnet of a network, by a reservation', { ...inCampus, ...guards('KNOWN') }, [], undefined],
    [
      'of a Subnet of a network, by one of an additional list',
      { ...inCampus, ...guards('late') },
      [late],
      'clientClasses',
    ],
    ['of a pool, by a reservation', pool('KNOWN'), [], undefined],
    ['of a pool, by what a reservation gives', pool('given'), [given], undefined],
    ['of a pool, by one of an additional list', pool('late'), [late], 'pools'],
    ['of a pool, by that or one with a test', pool('late', 'early'), [late, early], undefined],
  ])('%s', (_case, spec, classes, field) => {
    const reservations = [keep(1, { clientClasses: ['given'] })];
    const told = toldOf(sceneOf({ networks: [campus()], subnets: [office(spec)], classes, reservations }));
    expect(told.map((warning) => [warning.reason, warning.field])).toEqual(
      field === undefined ? [] : [['GuardNeverMet', `spec.${field}`]],
    );
  });

  it('is the same with IPv6, for pools of prefixes too', () => {
    const six = clientClass('late', { ...(late.spec as object), ipFamily: 'IPv6', test: 'option[16].exists' });
    const pdPools = [{ prefix: '2001:db8:8000::/40', delegatedLen: 56, clientClasses: ['late'] }];
    const told = toldOf(scene6({ subnets: [office6({ pdPools, clientClasses: ['KNOWN'] })], classes: [six] }));
    expect(told).toMatchObject([{ reason: 'GuardNeverMet', field: 'spec.clientClasses, spec.pdPools' }]);
    expect(told[0]?.message).toContain('of pdPools[0] by late');
  });
});

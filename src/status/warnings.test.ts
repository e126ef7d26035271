import { describe, expect, it } from 'vitest';
import { office6, scene6 } from '../../test/support/ipv6.ts';
import { network, pair, reservation, sceneOf, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { pass, server } from '../../test/support/passes.ts';
import type { Children } from '../compile/types.ts';
import type { Attempt } from './types.ts';
import { pairWarnings, subnetWarnings } from './warnings.ts';

describe('warnings of a pair', () => {
  it.each<readonly [string, readonly number[], string | undefined]>([
    ['clocks that agree', [200, -300], undefined],
    ['clocks that are 29 s apart', [29_000, 0], undefined],
    ['clocks that are 34 s apart', [1000, -33_000], 'the clock of a is 34 s ahead of that of b'],
    ['the clock of one server alone, wherever it is', [90_000], undefined],
  ])('%s', (_case, offsets, expected) => {
    const servers = offsets.map((clockOffset, index) => server(['a', 'b'][index] ?? '', { clockOffset }));
    const [warning] = pairWarnings({ ...pass(sceneOf({})), servers });
    if (expected === undefined) expect(warning).toBeUndefined();
    else expect(warning).toMatchObject({ reason: 'ClockSkew', message: expect.stringContaining(expected) as string });
  });
});

it('tells a pair that runs what the installation does not allow it any more', () => {
  const notAllowed = 'HAPairs of the namespace net may not keep leases in /srv of the nodes';
  const [warning] = pairWarnings({ ...pass(sceneOf({})), notAllowed });
  expect(warning).toEqual({
    reason: 'NotAllowed',
    field: 'spec.servers',
    message: `${notAllowed}. What runs goes on; no further server is started`,
  });
});

const inFloors = { haPairRef: undefined, sharedNetworkRef: { name: 'floors' } };

describe('warnings of a Subnet', () => {
  const subnetWith = (pools: unknown) => subnet('office', { ...TO_PAIR, cidr: '192.0.2.0/24', pools });
  it.each<readonly [string, unknown, string, boolean]>([
    ['a small pool that is divided', [{ pool: '192.0.2.10-192.0.2.19' }], 'LoadBalancing', true],
    ['a small pool that is not', [{ pool: '192.0.2.10-192.0.2.19' }], 'HotStandby', false],
    ['a large one', [{ pool: '192.0.2.10-192.0.2.99' }], 'LoadBalancing', false],
    ['what is no pool', [{ pool: 7 }, 'x'], 'LoadBalancing', false],
    ['no list of pools', 'x', 'LoadBalancing', false],
  ])('%s', (_case, pools, mode, warned) => {
    const warn = subnetWarnings(pass(sceneOf({}, pair({ mode }))));
    expect(warn(subnetWith(pools), 1).map(({ reason }) => reason)).toEqual(warned ? ['SmallPoolHalves'] : []);
  });
});

describe('an IPv6 Subnet on the link of a server', () => {
  const onLink = new Map([['a', ['fe80::1', '2001:db8::1', '192.0.2.1']]]);
  const floors = (more: object) => network('floors', { haPairRef: { name: 'hq' }, ipFamily: 'IPv6', ...more });
  it.each<readonly [string, object, Parameters<typeof scene6>[0], Map<string, string[]>, boolean]>([
    ['that names no interface', {}, {}, onLink, true],
    ['that names one', { interface: 'lan0' }, {}, onLink, false],
    ['that goes by the id of a relay’s interface', { interfaceId: 'port-7' }, {}, onLink, false],
    ['whose SharedNetwork names one', inFloors, { networks: [floors({ interface: 'lan0' })] }, onLink, false],
    ['whose SharedNetwork names none', inFloors, { networks: [floors({})] }, onLink, true],
    ['that no server has an address of', {}, {}, new Map([['a', ['2001:db8:ffff::1']]]), false],
    ['of whose servers nothing is known', {}, {}, new Map(), false],
  ])('%s', (_, spec, children, ownAddresses, warned) => {
    const warn = subnetWarnings(pass(scene6(children), { ownAddresses }));
    const [warning] = warn(office6({ cidr: '2001:db8::/64', ...spec }), 1);
    expect(warning?.reason).toBe(warned ? 'LinkWithoutInterface' : undefined);
    if (warned) expect(warning?.message).toMatch(/^cidr: server a has 2001:db8::1 on this link, .* set interface/);
  });
});

it.each<readonly [string, number, boolean]>([
  ['a pool of few prefixes that is divided', 52, true],
  ['one of many', 53, false],
])('%s', (_, delegatedLen, warned) => {
  const six = office6({ pdPools: [{ prefix: '2001:db8:8000::/48', delegatedLen }] });
  const warnings = subnetWarnings(pass(scene6({}, { mode: 'LoadBalancing' })))(six, 1);
  expect(warnings.map(({ message }) => message)).toEqual(
    warned ? [expect.stringMatching(/^pdPools: 2001:db8:8000::\/48: .* Use pools of 32 prefixes or more/)] : [],
  );
});

describe('a pool with addresses that others have', () => {
  const cidr = '198.51.100.0/24';
  const pools = [{ pool: '198.51.100.1-198.51.100.9' }];
  const routers = (data: string) => ({ optionData: [{ name: 'routers', data }] });
  const office = (more: object = {}) => subnet('office', { ...TO_PAIR, cidr, pools, ...more });
  const lan = subnet('lan', { ...TO_PAIR, cidr: '203.0.113.0/24' });
  const says = (attempt: Attempt, of = office()): string | undefined => subnetWarnings(attempt)(of, 1)[0]?.message;
  const passOf = (children: Partial<Children>, of = pair(), more: Partial<Attempt> = {}) =>
    pass(sceneOf(children, of), { servers: [], ...more });

  it('names each, who has it, and the pools that are right', () => {
    const servers = [server('a', { address: '10.9.9.1' }), server('b', { address: '198.51.100.3' })];
    const ownAddresses = new Map([['a', ['192.0.2.1', '198.51.100.2']]]);
    const subnets = [office(routers('198.51.100.1'))];
    expect(says(passOf({ subnets }, pair(), { servers, ownAddresses }))).toBe(
      'pools: 198.51.100.1-198.51.100.9 gives clients what others have: 198.51.100.1 (a router), 198.51.100.2 (server a), 198.51.100.3 (server b). Leave them out, as with 198.51.100.4-198.51.100.9',
    );
  });

  it.each<readonly [string, Attempt]>([
    ['of the Subnet', passOf({ subnets: [office(routers('192.0.2.1, 198.51.100.5'))] })],
    [
      'of the Subnet, in hexadecimal',
      passOf({ subnets: [office({ optionData: [{ code: 3, csvFormat: false, data: 'C0000201C6336405' }] })] }),
    ],
    ['of a pool', passOf({ subnets: [office({ pools: [{ ...pools[0], ...routers('198.51.100.5') }] })] })],
    ['of another Subnet', passOf({ subnets: [office(), subnet('lan', { ...lan.spec, ...routers('198.51.100.5') })] })],
    ['of a SharedNetwork', passOf({ networks: [network('campus', { ...TO_PAIR, ...routers('198.51.100.5') })] })],
    ['of the HAPair', passOf({ subnets: [office()] }, pair({ dhcp4: routers('198.51.100.5') }))],
    [
      'of a HostReservation',
      passOf({
        subnets: [office()],
        reservations: [
          reservation('phone', {
            subnetRef: { name: 'office' },
            identifier: { hwAddress: '02:00:5e:10:00:01' },
            ...routers('198.51.100.5'),
          }),
        ],
      }),
    ],
  ])('knows the routers %s', (_case, attempt) => {
    const left = '198.51.100.1-198.51.100.4, 198.51.100.6-198.51.100.9';
    expect(says(attempt)).toContain(`198.51.100.5 (a router). Leave them out, as with ${left}`);
  });

  it.each<readonly [string, Partial<Children>]>([
    ['another Subnet', { subnets: [subnet('lan', { ...lan.spec, relay: { ipAddresses: ['198.51.100.5'] } })] }],
    ['a SharedNetwork', { networks: [network('campus', { ...TO_PAIR, relay: { ipAddresses: ['198.51.100.5'] } })] }],
  ])('knows the relay agents of %s', (_case, children) => {
    expect(says(passOf(children))).toContain('198.51.100.5 (a relay agent)');
  });

  it('knows those of IPv6, in pools of addresses and of prefixes', () => {
    const six = office6({
      pools: [{ pool: '2001:db8:1::1-2001:db8:1::9' }],
      pdPools: [{ prefix: '2001:db8:8000::/48', delegatedLen: 56 }],
    });
    const relayed = subnet('lan', {
      ...TO_PAIR,
      cidr: '2001:db8:2::/64',
      relay: { ipAddresses: ['2001:db8:1::5', '2001:db8:8000:9::1'] },
    });
    const attempt = pass(scene6({ subnets: [six, relayed] }), {
      servers: [server('a', { address: '2001:db8:1::3' })],
      ownAddresses: new Map([['b', ['10.0.0.1', '2001:db8:8000::1', 'fe80::1']]]),
    });
    expect(subnetWarnings(attempt)(six, 1).map(({ message }) => message)).toEqual([
      'pools: 2001:db8:1::1-2001:db8:1::9 gives clients what others have: 2001:db8:1::3 (server a), 2001:db8:1::5 (a relay agent). Leave them out, as with 2001:db8:1::1-2001:db8:1::2, 2001:db8:1::4-2001:db8:1::4, 2001:db8:1::6-2001:db8:1::9',
      'pdPools: 2001:db8:8000::/48 gives clients prefixes with addresses that others have: 2001:db8:8000::1 (server b), 2001:db8:8000:9::1 (a relay agent). Choose prefixes without them',
    ]);
  });

  it('takes no option of IPv6 for that of routers', () => {
    const options = { optionData: [{ code: 3, csvFormat: false, data: '20010DB8000100000000000000000005' }] };
    const six = office6({ pools: [{ pool: '2001:db8:1::1-2001:db8:1::9' }], ...options });
    expect(subnetWarnings(pass(scene6({ subnets: [six] }, { dhcp6: {}, dhcp4: routers('10.0.0.1') })))(six, 1)).toEqual(
      [],
    );
  });

  it('is right where a reservation keeps the address from all others', () => {
    const keep = reservation('router', {
      subnetRef: { name: 'office' },
      identifier: { hwAddress: '02:00:5e:10:00:01' },
      ipAddress: '198.51.100.1',
    });
    const subnets = [office(routers('198.51.100.1'))];
    expect(says(passOf({ subnets }))).toBeDefined();
    expect(says(passOf({ subnets, reservations: [keep] }))).toBeUndefined();
  });

  it('is right without them, and so is a Subnet whose pools cannot be read', () => {
    const attempt = passOf({ subnets: [office(routers('198.51.100.10'))] });
    expect(says(attempt)).toBeUndefined();
    expect(says(attempt, office({ pools: 'x' }))).toBeUndefined();
  });

  it('names no more than anybody reads', () => {
    const many = Array.from({ length: 9 }, (_, index) => `198.51.100.${2 * index + 2}`).join(', ');
    const wide = office({ pools: [{ pool: '198.51.100.0/24' }], ...routers(many) });
    expect(says(passOf({ subnets: [wide] }), wide)).toMatch(
      /198\.51\.100\.16 \(a router\) and 1 more\. Leave them out$/,
    );
  });

  it('are a line that a status has room for, however a pool is written', () => {
    const pool = { pool: '192.0.2.10\t-\t192.0.2.19' };
    const much = office({ pools: new Array(4000).fill(pool) });
    const divided = passOf({ subnets: [much] }, pair({ mode: 'LoadBalancing' }));
    const [warning] = subnetWarnings(divided)(much, undefined);
    expect(warning?.message).toMatch(/^pools: 192\.0\.2\.10\\t-\\t192\.0\.2\.19.{1900,1980}$/);
  });
});

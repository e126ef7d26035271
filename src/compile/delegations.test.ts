/** Whoever gets a prefix or an address of IPv6 is the only one: of what links have, of what they delegate, and of what is kept for clients. */
import { describe, expect, it } from 'vitest';
import {
  compileWith,
  type Database,
  messageOf,
  pair,
  reservation,
  type Scene,
  sceneOf,
  subnet,
  TO_PAIR,
  verdictOf,
} from '../../test/support/objects.ts';
import { OFFICE } from '../../test/support/office.ts';
import { type Random, randomFrom } from '../../test/support/random.ts';
import type { HostReservation, Subnet } from '../api/index.ts';
import { overlaps, type Range } from '../kea/address.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import type { KeaState } from '../kea/kinds.ts';
import { claimsOfBody } from './conflicts.ts';
import { reservedBy } from './hosts.ts';
import type { Children } from './types.ts';

const PAIR = pair({ ipFamilies: ['IPv6'], dhcp6: { reservationsGlobal: true } });
const scene = (children: Partial<Children>): Scene => ({ ...sceneOf(children, PAIR), family: DHCPV6 });

const PREFIXES = [
  '2001:db8::/64',
  '2001:db8:0:1::/64',
  '2001:db8::/63',
  '2001:db8:1:7::/64',
  '2001:db8:1::/52',
  '2001:db8:2::/64',
] as const;
const POOLS = [
  ['2001:db8:1::/48', 56],
  ['2001:db8:1:800::/56', 64],
  ['2001:db8:1:100::/56', 60],
  ['2001:db8:2::/63', 64],
  ['2001:db8::8000:0:0:0/68', 80],
  ['2001:db8:3::/48', 56],
] as const satisfies readonly (readonly [string, number])[];
const KEPT = [
  '2001:db8:1:100::/56',
  '2001:db8:1:110::/60',
  '2001:db8:3:100::/56',
  '2001:db8:9::/56',
  '2001:db8:9::/60',
  '2001:db8:2::/64',
] as const;

/** Scenes of the same objects, whose parents and links stay what they are. */
const scenesFrom = (random: Random): (() => Scene) => {
  const some = <T>(list: readonly T[], most: number): readonly T[] =>
    Array.from({ length: random.below(most + 1) }, () => list[random.below(list.length)] as T);
  const subnets = ['s0', 's1', 's2', 's3'].map((name) => {
    const parent = random.chance(0.8) ? TO_PAIR : { haPairRef: { name: 'other' } };
    return [name, { ...parent, cidr: random.pick(PREFIXES) }, random.below(3)] as const;
  });
  const reservations = ['r0', 'r1', 'r2', 'r3'].map((name, index) => {
    const parent = random.chance(0.8)
      ? { subnetRef: { name: `s${random.below(4)}` } }
      : { ...TO_PAIR, ipFamily: 'IPv6' };
    return [name, { ...parent, identifier: { duid: `00010${index}` } }, random.below(3)] as const;
  });
  return () =>
    scene({
      subnets: subnets.map(([name, spec, age]) => {
        const pdPools = some(POOLS, 2).map(([prefix, delegatedLen]) => ({ prefix, delegatedLen }));
        const mistake = random.chance(0.2) ? { interface: 'wan0' } : {};
        return subnet(name, { ...spec, ...mistake, pdPools }, { age, deleting: random.chance(0.1) });
      }),
      reservations: reservations.map(([name, spec, age]) =>
        reservation(name, { ...spec, prefixes: some(KEPT, 2) }, { age }),
      ),
    });
};

/** What rows give out, each with who it is of. */
const givenBy = ({ subnets, hosts }: KeaState): readonly (Range & { readonly of: string; readonly what: string })[] => [
  ...[...subnets.values()].flatMap(({ body }) =>
    claimsOfBody(body, { tier: 0 }).map(({ prefix }) => ({ ...prefix, of: `subnet ${body.id}`, what: prefix.text })),
  ),
  ...[...hosts.values()].flatMap(({ body }) =>
    reservedBy(body).map(({ range, text }) => ({ ...range, of: body.identifier, what: text })),
  ),
];

/** Two that give out the same: of a pool and a reservation of its own subnet Kea looks after itself. */
const givenTwice = (state: KeaState): readonly string[] => {
  const given = givenBy(state);
  return given.flatMap((one, index) =>
    given
      .slice(index + 1)
      .filter(
        (other) => one.of !== other.of && one.of.startsWith('s') === other.of.startsWith('s') && overlaps(one, other),
      )
      .map((other) => `${one.what} of ${one.of}, ${other.what} of ${other.of}`),
  );
};

const LAB = 'Subnet/prod/lab';
const link = (name: string, cidr: string, prefixes: readonly string[] = [], more: object = {}, options: object = {}) =>
  subnet(
    name,
    { ...TO_PAIR, cidr, pdPools: prefixes.map((prefix) => ({ prefix, delegatedLen: 64 })), ...more },
    options,
  );
const [ONE, TWO] = ['2001:db8:8000::/48', '2001:db8:9000::/48'] as const;
const office = (...prefixes: readonly string[]) => link('office', '2001:db8:1::/64', prefixes, {}, { age: 1 });
const lab = (...prefixes: readonly string[]) => link('lab', '2001:db8:2::/64', prefixes);
const delegated = ({ subnets }: KeaState): readonly unknown[] =>
  [...subnets.values()].map(({ body, marker }) => [
    marker?.object,
    ...(body['pd-pools'] ?? []).map((pool) => `${pool.prefix}/${pool['prefix-len']}`),
  ]);

/** Prefixes that are kept for clients of one subnet and that another has. */
const keptElsewhere = ({ subnets, hosts }: KeaState): readonly string[] =>
  [...hosts.values()].flatMap(({ body }) =>
    [...subnets.values()].flatMap((other) =>
      body['subnet-id'] === other.body.id || body['subnet-id'] === 0
        ? []
        : claimsOfBody(other.body, { tier: 0 }).flatMap(({ prefix }) =>
            reservedBy(body).flatMap(({ range, text }) =>
              overlaps(prefix, range) ? [`${text} in ${prefix.text}`] : [],
            ),
          ),
    ),
  );

describe('who gets a prefix', () => {
  const running = (...subnets: readonly Subnet[]): Database => ({
    owned: compileWith(scene({ subnets })).desired,
  });
  const verdicts = (compiled: ReturnType<typeof compileWith>) => [
    verdictOf(compiled, OFFICE),
    verdictOf(compiled, LAB),
  ];

  it.each<{
    because: string;
    before?: readonly Subnet[];
    subnets: readonly Subnet[];
    is: readonly [office: string, lab: string];
  }>([
    { because: 'the older of two', subnets: [office(ONE), lab(ONE)], is: ['DelegationOverlap', 'accepted'] },
    {
      because: 'who serves it',
      before: [office(ONE)],
      subnets: [office(ONE), lab(ONE)],
      is: ['accepted', 'DelegationOverlap'],
    },
    {
      because: 'who serves it as two halves',
      before: [office('2001:db8:8000::/49', '2001:db8:8000:8000::/49')],
      subnets: [office(ONE), lab(ONE)],
      is: ['accepted', 'DelegationOverlap'],
    },
    { because: 'both where they are apart', subnets: [office(ONE), lab(TWO)], is: ['accepted', 'accepted'] },
    {
      because: 'nobody a part of what he asks for',
      before: [office(ONE)],
      subnets: [office(ONE), lab(TWO, ONE)],
      is: ['accepted', 'DelegationOverlap'],
    },
    {
      because: 'who takes it from one that gives it up',
      before: [office(ONE), lab()],
      subnets: [office(), lab(ONE)],
      is: ['accepted', 'accepted'],
    },
    {
      because: 'both that swap theirs',
      before: [office(ONE), lab(TWO)],
      subnets: [office(TWO), lab(ONE)],
      is: ['accepted', 'accepted'],
    },
    {
      because: 'not who takes it from one that is not accepted and keeps it',
      before: [office(ONE), lab()],
      subnets: [link('office', '2001:db8:1::/64', [], { interface: 'wan0' }), lab(ONE)],
      is: ['InterfaceNotServed', 'DelegationOverlap'],
    },
  ])('$because', ({ before = [], subnets, is }) => {
    const compiled = compileWith(scene({ subnets }), running(...before));
    expect(verdicts(compiled)).toEqual(is);
  });

  it('is not who takes it from one that would give it up for what it does not get', () => {
    const third = link('third', '2001:db8:3::/64', [TWO]);
    const before = running(office(ONE), lab(), third);
    const compiled = compileWith(scene({ subnets: [office(TWO), lab(ONE), third] }), before);
    expect(verdicts(compiled)).toEqual(['DelegationOverlap', 'DelegationOverlap']);
    expect(messageOf(compiled, LAB)).toBe(
      `pdPools[0]: ${ONE} overlaps the pdPool ${ONE} of Subnet prod/office, which serves clients already: choose a prefix that does not overlap`,
    );
    expect(delegated(compiled.desired)).toEqual(
      expect.arrayContaining([[OFFICE, ONE], [LAB], ['Subnet/prod/third', TWO]]),
    );
  });

  it('a Subnet that loses for its pools keeps nobody from its link', () => {
    const other = link('other', '2001:db8:2::/63', [], {}, { age: 3 });
    const compiled = compileWith(scene({ subnets: [office(ONE), lab(ONE), other] }), running(office(ONE)));
    expect([...verdicts(compiled), verdictOf(compiled, 'Subnet/prod/other')]).toEqual([
      'accepted',
      'DelegationOverlap',
      'accepted',
    ]);
  });

  it('is nobody as long as leases of a Subnet that vanished are active', () => {
    const compiled = compileWith(scene({ subnets: [lab(ONE)] }), running(office(ONE)), {
      activeLeases: new Map([[1, 3]]),
    });
    expect(messageOf(compiled, LAB)).toContain(
      `pdPools[0]: ${ONE} overlaps the pdPool ${ONE} of Subnet prod/office, which is gone and whose leases are still active`,
    );
  });

  it('is the client that has it, whoever comes and delegates it', () => {
    const kept = reservation('router', {
      subnetRef: { name: 'office' },
      identifier: { duid: '000101' },
      prefixes: ['2001:db8:9000:100::/56'],
    });
    const database = { owned: compileWith(scene({ subnets: [office(), lab()], reservations: [kept] })).desired };
    const compiled = compileWith(scene({ subnets: [office(), lab(TWO)], reservations: [kept] }), database);
    expect(messageOf(compiled, LAB)).toBe(
      `pdPools[0]: ${TWO} overlaps 2001:db8:9000:100::/56, which HostReservation prod/router keeps for a client: choose a prefix that does not overlap`,
    );
    expect(verdictOf(compiled, 'HostReservation/prod/router')).toBe('accepted');
    const own = compileWith(
      scene({ subnets: [link('office', '2001:db8:1::/64', [TWO]), lab()], reservations: [kept] }),
      database,
    );
    expect([verdictOf(own, OFFICE), verdictOf(own, 'HostReservation/prod/router')]).toEqual([
      'DelegationOverlap',
      'accepted',
    ]);
    const anew = compileWith(scene({ subnets: [office(), lab(TWO)], reservations: [] }), database);
    expect(verdictOf(anew, LAB)).toBe('accepted');
  });

  it.each<readonly [string, string, object | undefined]>([
    ['accepted', 'is rejected for a fault of its own', { type: 'Accepted', status: 'False', reason: 'PoolOverlap' }],
    ['DelegationOverlap', 'lost against somebody', { type: 'Accepted', status: 'False', reason: 'DelegationOverlap' }],
    ['DelegationOverlap', 'serves', { type: 'Programmed', status: 'True', reason: 'Programmed' }],
    ['DelegationOverlap', 'says nothing yet', undefined],
  ])('%s, where a Subnet of another pair asks for it that %s', (is, _, condition) => {
    const other = link(
      'other',
      '2001:db8:7::/64',
      [ONE],
      { haPairRef: { name: 'other' } },
      {
        status: { conditions: condition ? [condition] : [] },
      },
    );
    expect(verdictOf(compileWith(scene({ subnets: [other, office(ONE)] })), OFFICE)).toBe(is);
  });
});

describe('who gets an address or prefix that is reserved', () => {
  const kept = (name: string, ipAddresses: readonly string[], prefixes: readonly string[] = []) =>
    reservation(name, {
      subnetRef: { name: 'office' },
      identifier: { hwAddress: `02:00:5e:10:00:0${name.at(-1) ?? ''}` },
      ipAddresses,
      prefixes,
    });
  const [NINE, TEN, ELEVEN] = ['2001:db8:1::9', '2001:db8:1::a', '2001:db8:1::b'] as const;
  const verdictsOf = (before: readonly HostReservation[], after: readonly HostReservation[]) => {
    const { desired } = compileWith(scene({ subnets: [office()], reservations: before }));
    const compiled = compileWith(scene({ subnets: [office()], reservations: after }), { owned: desired });
    return [
      compiled,
      ...after.map(({ metadata }) => verdictOf(compiled, `HostReservation/prod/${metadata.name}`)),
    ] as const;
  };

  it('both that swap theirs', () => {
    const [, ...is] = verdictsOf([kept('r1', [NINE]), kept('r2', [TEN])], [kept('r1', [TEN]), kept('r2', [NINE])]);
    expect(is).toEqual(['accepted', 'accepted']);
  });

  it('not who takes it from one that would give it up for what it does not get', () => {
    const [compiled, ...is] = verdictsOf(
      [kept('r1', [NINE]), kept('r2', [TEN])],
      [kept('r1', [TEN]), kept('r2', [TEN]), kept('r3', [NINE])],
    );
    expect(is).toEqual(['AddressConflict', 'accepted', 'AddressConflict']);
    expect(messageOf(compiled, 'HostReservation/prod/r3')).toBe(
      `ipAddresses[0]: ${NINE} is kept by HostReservation prod/r1: choose another address or delete one of them`,
    );
  });

  it('several with the very same, where the HAPair lets them, but none with a part of it', () => {
    const wide = kept('r1', [], ['2001:db8:1:0:8000::/68']);
    const same = kept('r2', [], ['2001:db8:1:0:8000::/68']);
    const part = kept('r3', [], ['2001:db8:1:0:8000::/72']);
    const of = pair({ ipFamilies: ['IPv6'], dhcp6: { reservationsGlobal: true, ipReservationsUnique: false } });
    const compiled = compileWith({ ...scene({ subnets: [office()], reservations: [wide, same, part] }), pair: of });
    expect(['r1', 'r2', 'r3'].map((name) => verdictOf(compiled, `HostReservation/prod/${name}`))).toEqual([
      'accepted',
      'accepted',
      'AddressConflict',
    ]);
  });

  it('who asks for an address of another’s prefix only where he was first', () => {
    const [, ...is] = verdictsOf(
      [],
      [kept('r1', [], ['2001:db8:1:0:8000::/68']), kept('r2', ['2001:db8:1:0:8000::9', ELEVEN])],
    );
    expect(is).toEqual(['accepted', 'AddressConflict']);
  });
});

describe('a prefix', () => {
  it('is never given out twice, whatever objects want it, at first and when they change', () => {
    let rows = 0;
    for (let seed = 0; seed < 600; seed++) {
      const next = scenesFrom(randomFrom(seed));
      let database: Database = {};
      for (let step = 0; step < 4; step++) {
        const { desired } = compileWith(next(), database, {
          activeLeases: new Map([
            [1, 0],
            [2, 0],
            [3, 0],
            [4, 0],
          ]),
        });
        expect(givenTwice(desired), `seed ${seed}, step ${step}`).toEqual([]);
        if (step === 0) expect(keptElsewhere(desired), `seed ${seed}`).toEqual([]);
        rows += desired.subnets.size + desired.hosts.size;
        database = { owned: desired };
      }
    }
    expect(rows).toBeGreaterThan(3000);
  });
});

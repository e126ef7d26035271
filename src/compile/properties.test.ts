import { describe, expect, it } from 'vitest';
import { BOTH } from '../../test/support/ipv6.ts';
import {
  clientClass,
  compileWith,
  definition,
  network,
  pair,
  reservation,
  type Scene,
  sceneOf,
  subnet,
  TO_PAIR,
} from '../../test/support/objects.ts';
import { type Random, randomFrom } from '../../test/support/random.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import { unattachedVerdicts } from './attach.ts';
import { namespaceOf } from './namespace.ts';
import type { Children, Compiled } from './types.ts';

const GOOD_SUBNET = {
  ...TO_PAIR,
  cidr: '10.0.0.0/24',
  subnetId: 5,
  pools: [{ pool: '10.0.0.10-10.0.0.20', optionData: [{ name: 'routers', data: '10.0.0.1' }] }],
  optionData: [{ code: 6, data: '10.0.0.1' }],
  relay: { ipAddresses: ['10.9.9.9'] },
  validLifetime: 3600,
  deletionPolicy: 'Protect',
};
const GOOD_HOST = {
  subnetRef: { name: 's0' },
  identifier: { hwAddress: '02:00:5e:10:00:01' },
  ipAddress: '10.0.0.30',
  clientClasses: ['gold'],
};
const GOOD_SUBNET6 = {
  ...TO_PAIR,
  cidr: '2001:db8:1::/64',
  subnetId: 5,
  pools: [{ pool: '2001:db8:1::10-2001:db8:1::20' }],
  pdPools: [
    {
      prefix: '2001:db8:8000::/48',
      delegatedLen: 56,
      excludedPrefix: '2001:db8:8000:1::/64',
      optionData: [{ code: 23, data: '2001:db8::53' }],
    },
  ],
  relay: { ipAddresses: ['2001:db8:9::9'] },
  interfaceId: 'lan7',
  preferredLifetime: 300,
  deletionPolicy: 'Protect',
};
const GOOD_HOST6 = {
  subnetRef: { name: 's0' },
  identifier: { duid: '00:01:02' },
  ipAddresses: ['2001:db8:1::30'],
  prefixes: ['2001:db8:8000:100::/56', '2001:db8:a000::/60'],
  clientClasses: ['gold'],
};
const GOOD = [
  { family: DHCPV4, network: {}, subnet: GOOD_SUBNET, host: GOOD_HOST },
  { family: DHCPV6, network: { ipFamily: 'IPv6' }, subnet: GOOD_SUBNET6, host: GOOD_HOST6 },
] as const;
const GOOD_PAIR = pair({ ...BOTH, dhcp4: { validLifetime: 600 }, mode: 'LoadBalancing' }).spec;

/** A spec in which some values are replaced by garbage. */
const spoil = (random: Random, spec: unknown): unknown => {
  if (random.chance(0.08)) return random.garbage();
  if (Array.isArray(spec)) return spec.map((inner) => spoil(random, inner));
  if (typeof spec !== 'object' || spec === null) return spec;
  return Object.fromEntries(Object.entries(spec).map(([key, inner]) => [key, spoil(random, inner)]));
};

/** Of IPv4, and of IPv6. */
const spoiledSnapshot = (seed: number): Scene => {
  const random = randomFrom(seed);
  const good = GOOD[seed % 2] ?? GOOD[0];
  const options = () => ({
    age: random.below(3),
    deleting: random.chance(0.2),
    status: random.chance(0.5)
      ? random.garbage(5)
      : spoil(random, { subnetId: 5, conditions: [{ type: 'Programmed' }] }),
  });
  const children: Children = {
    definitions: ['site', 'tray'].map((name, index) =>
      definition(
        name,
        spoil(random, { ...TO_PAIR, ...good.network, code: 230 + index, type: 'uint8', space: 'mine' }),
        options(),
      ),
    ),
    classes: ['gold', 'silver'].map((name) =>
      clientClass(
        name,
        spoil(random, {
          ...TO_PAIR,
          ...good.network,
          order: 0,
          test: "member('gold') or option[60].exists",
          optionData: [{ code: 222, csvFormat: false, data: '01' }],
        }),
        options(),
      ),
    ),
    networks: ['n0', 'n1'].map((name) =>
      network(name, spoil(random, { ...TO_PAIR, ...good.network, interface: 'lan0' }), options()),
    ),
    subnets: ['s0', 's1', 's2'].map((name) => subnet(name, spoil(random, good.subnet), options())),
    reservations: ['r0', 'r1', 'r2'].map((name) => reservation(name, spoil(random, good.host), options())),
  };
  const spec = (random.chance(0.2) ? spoil(random, GOOD_PAIR) : GOOD_PAIR) as object;
  return { ...sceneOf(children, { ...pair(), spec } as Scene['pair']), family: good.family };
};

const plain = ({ desired, verdicts, pending, kept, deletions, orphans }: Compiled) => ({
  optionDefs: Object.fromEntries(desired.optionDefs),
  classes: Object.fromEntries(desired.classes),
  networks: Object.fromEntries(desired.networks),
  subnets: Object.fromEntries(desired.subnets),
  hosts: Object.fromEntries(desired.hosts),
  verdicts: Object.fromEntries(verdicts),
  pending: [...pending].sort(),
  kept: [...kept].sort(),
  deletions: Object.fromEntries(deletions),
  orphans: [...orphans].sort(),
});

describe('compile', () => {
  it('never throws, whatever the objects hold, and judges each of its own', () => {
    for (let seed = 0; seed < 400; seed++) {
      const snapshot = spoiledSnapshot(seed);
      const first = compileWith(snapshot);
      const again = compileWith(spoiledSnapshot(seed + 1000), { owned: first.desired });
      unattachedVerdicts(['hq'], namespaceOf(snapshot));
      for (const verdict of [...first.verdicts.values(), ...again.verdicts.values()]) {
        if (!verdict.accepted) expect(verdict.message).not.toMatch(/undefined|\[object/);
      }
    }
  });

  it('does not depend on the order in which objects are listed', () => {
    for (let seed = 0; seed < 100; seed++) {
      const scene = spoiledSnapshot(seed);
      const { definitions = [], classes = [], networks, subnets, reservations } = scene;
      const forward = compileWith(scene);
      const backward = compileWith({
        ...scene,
        definitions: definitions.toReversed(),
        classes: classes.toReversed(),
        networks: networks.toReversed(),
        subnets: subnets.toReversed(),
        reservations: reservations.toReversed(),
      });
      expect(plain(backward)).toEqual(plain(forward));
    }
  });

  it('asks for what is there, once that was written', () => {
    for (let seed = 0; seed < 100; seed++) {
      const snapshot = spoiledSnapshot(seed);
      const first = compileWith(snapshot);
      const again = compileWith(snapshot, { owned: first.desired });
      for (const [id, { body }] of first.desired.subnets) {
        if (again.deletions.size === 0) expect(again.desired.subnets.get(id)?.body).toEqual(body);
      }
    }
  });
});

describe('unattachedVerdicts', () => {
  it('judges objects whose pair or parent does not exist, and no others', () => {
    const children: Children = {
      networks: [network('n', TO_PAIR), network('lost', { haPairRef: { name: 'gone' } })],
      subnets: [
        subnet('s', { sharedNetworkRef: { name: 'n' }, cidr: '10.0.0.0/24' }),
        subnet('a', { sharedNetworkRef: { name: 'lost' }, cidr: '10.0.1.0/24' }),
        subnet('b', { sharedNetworkRef: { name: 'nowhere' }, cidr: '10.0.2.0/24' }),
      ],
      reservations: [
        reservation('r', { subnetRef: { name: 's' } }),
        reservation('x', { subnetRef: { name: 'b' } }),
        reservation('y', { subnetRef: { name: 'nobody' } }),
        reservation('z', {}),
      ],
    };
    const verdicts = unattachedVerdicts(['hq'], namespaceOf(children));
    expect(Object.fromEntries([...verdicts].map(([ref, { reason }]) => [ref, reason]))).toEqual({
      'SharedNetwork/prod/lost': 'RefNotFound',
      'Subnet/prod/a': 'ParentRejected',
      'Subnet/prod/b': 'RefNotFound',
      'HostReservation/prod/x': 'ParentRejected',
      'HostReservation/prod/y': 'RefNotFound',
      'HostReservation/prod/z': 'InvalidSpec',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { network, pair, reservation, sceneOf, snapshotOf, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { haPairKind } from '../api/haPair.ts';
import { sharedNetworkKind } from '../api/sharedNetwork.ts';
import { subnetKind } from '../api/subnet.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import { countedIn, figuresOf, type LeaseStatus, leaseStatuses, type TotalOf } from './leaseStatuses.ts';
import { sumOf, type Usage } from './utilization.ts';

const NOW = Date.UTC(2026, 0, 1);
const KINDS = { HAPair: haPairKind, SharedNetwork: sharedNetworkKind, Subnet: subnetKind } as const;

const TO_FLOOR = { sharedNetworkRef: { name: 'floor' } };
const inFloor = (name: string, id: number, status: object = {}) =>
  subnet(
    name,
    { ...TO_FLOOR, cidr: `10.0.${id}.0/24`, pools: [{ pool: `10.0.${id}.1-10.0.${id}.100` }] },
    { status: { subnetId: id, ...status } },
  );
const used = (assigned: number): Usage => ({
  assigned,
  declined: 0,
  outside: 0,
  pools: [{ assigned, declined: 0 }],
});

type Children = Parameters<typeof sceneOf>[0];
const statuses = (children: Children, usages: Readonly<Record<number, Usage>>, of = pair()) => {
  const snapshot = snapshotOf(sceneOf(children, of));
  const known = new Map(Object.entries(usages).map(([id, usage]) => [Number(id), usage]));
  const figures = figuresOf(countedIn(snapshot), known);
  return [...leaseStatuses(snapshot, figures, () => sumOf([...figures.values()]), new Map(), NOW)];
};
const told = (all: readonly LeaseStatus[]) =>
  all.map(({ object, status, event }) => ({
    name: `${object.kind} ${object.metadata.name}`,
    ...(status as { utilization?: { assigned: number; total: number }; conditions?: { reason: string }[] }),
    event,
  }));
/** The objects after what is to be written is written. */
const written = (all: readonly LeaseStatus[], name: string): object =>
  all.find(({ object }) => object.metadata.name === name)?.status ?? {};

describe('the figures of Subnets', () => {
  const one = inFloor('one', 1);
  const two = inFloor('two', 2);
  const floor = network('floor', TO_PAIR);
  const all = statuses({ networks: [floor], subnets: [one, two] }, { 1: used(96), 2: used(10) });

  it('are summed up in their SharedNetwork and in the HAPair, each with its pressure, and named there', () => {
    expect(told(all)).toMatchObject([
      {
        name: 'Subnet one',
        utilization: { assigned: 96, total: 100 },
        conditions: [
          {
            reason: 'AlmostExhausted',
            message: '96 of 100 addresses are given (96 %): add pools, or lower validLifetime',
          },
        ],
        event: { type: 'Warning', reason: 'AlmostExhausted' },
      },
      { name: 'Subnet two', utilization: { assigned: 10, total: 100 }, conditions: [{ reason: 'EnoughFree' }] },
      {
        name: 'SharedNetwork floor',
        utilization: { assigned: 106, total: 200, percent: 53 },
        conditions: [
          {
            reason: 'EnoughFree',
            message: '106 of 200 addresses are given (53 %); Subnet one has 4 left (96 of 100)',
          },
        ],
      },
      { name: 'HAPair hq', utilization: { assigned: 106, total: 200, percent: 53 } },
    ]);
  });

  it('fit the statuses of their kinds', () => {
    for (const { object, status } of all) {
      const kind = KINDS[object.kind as keyof typeof KINDS];
      expect(kind.status.safeParse(status).error).toBeUndefined();
    }
  });

  it('are not written again where nothing moved, nor are their events', () => {
    const now = {
      networks: [network('floor', TO_PAIR, { status: written(all, 'floor') })],
      subnets: [inFloor('one', 1, written(all, 'one')), inFloor('two', 2, written(all, 'two'))],
    };
    const hq = pair({}, { status: written(all, 'hq') });
    expect(told(statuses(now, { 1: used(96), 2: used(10) }, hq))).toEqual([]);
    const moved = statuses(now, { 1: used(97), 2: used(10) }, hq);
    expect(told(moved).map(({ name, event }) => `${name} ${event?.reason ?? 'quietly'}`)).toEqual([
      'Subnet one quietly',
      'SharedNetwork floor quietly',
      'HAPair hq quietly',
    ]);
  });

  it('have no pressure any more where the pools are gone', () => {
    const bare = subnet(
      'one',
      { ...TO_FLOOR, cidr: '10.0.1.0/24' },
      { status: { subnetId: 1, ...written(all, 'one') } },
    );
    const [status] = told(statuses({ networks: [floor], subnets: [bare] }, {}));
    expect(status).toMatchObject({ name: 'Subnet one', utilization: { total: 0 } });
    expect(status).not.toHaveProperty('conditions');
  });

  it('tell steps first, then what moves, then what is not used', () => {
    const mail = reservation('mail', {
      subnetRef: { name: 'two' },
      identifier: { duid: '0001' },
      ipAddress: '10.0.2.9',
    });
    const urgencies = statuses({ networks: [floor], subnets: [one, two], reservations: [mail] }, { 1: used(96) });
    expect(urgencies.map(({ object, urgency }) => `${object.metadata.name} ${urgency}`)).toEqual([
      'one 0',
      'two 1',
      'floor 1',
      'hq 1',
      'mail 2',
    ]);
  });
});

describe('what a HAPair has of each family', () => {
  const six = subnet('six', { haPairRef: { name: 'hq' }, cidr: '2001:db8::/64' }, { status: { subnetId: 1 } });
  const total = (assigned: number) => ({
    total: 9,
    assigned,
    declined: 0,
    free: 9 - assigned,
    percent: 0,
    outsidePools: 0,
  });
  const [told, counted, ofSix] = [total(1), total(2), total(3)];
  it.each<readonly [string, readonly string[], TotalOf, object]>([
    ['is written apart', ['IPv6'], () => ofSix, { dhcp6: { utilization: ofSix } }],
    [
      'is written with that of the other, as it was counted last',
      ['IPv4', 'IPv6'],
      ({ version }) => (version === 4 ? counted : ofSix),
      { utilization: counted, dhcp6: { utilization: ofSix } },
    ],
    [
      'is written with that of the other, as it is told where it was not counted yet',
      ['IPv4', 'IPv6'],
      ({ version }) => (version === 4 ? undefined : ofSix),
      { utilization: told, dhcp6: { utilization: ofSix } },
    ],
  ])('%s', (_case, ipFamilies, totalOf, status) => {
    const hq = pair({ ipFamilies }, { status: { utilization: told } });
    const snapshot = snapshotOf({ ...sceneOf({ subnets: [six] }, hq), family: DHCPV6 });
    const all = [...leaseStatuses(snapshot, figuresOf(countedIn(snapshot), new Map()), totalOf, new Map(), NOW)];
    expect(all.at(-1)).toEqual({ object: hq, status, urgency: 1 });
  });
});

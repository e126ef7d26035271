import { describe, expect, it } from 'vitest';
import { EMPTY_STATE, network, pair, sceneOf, subnet, TO_PAIR } from '../../test/support/objects.ts';
import {
  afterwards,
  conditionsIn,
  cutShort,
  events,
  FINALIZERS,
  messageIn,
  names,
  NOW,
  office,
  pass,
  plain,
  READY,
  server,
  SYNC,
} from '../../test/support/passes.ts';
import { randomFrom } from '../../test/support/random.ts';
import { subnetKind } from '../api/subnet.ts';
import { namespaceOf } from '../compile/namespace.ts';
import { conditionsOf } from './conditions.ts';
import { report, reportUnattached } from './report.ts';
import type { Writes } from './types.ts';
describe('a pass that went well', () => {
  const result = report(pass(plain, { revision: '12' }));

  it('says so of every object', () => {
    expect(conditionsIn(result, 'office')).toEqual(READY);
    expect(conditionsIn(result, 'printer')).toEqual(READY);
    expect(conditionsIn(result, 'hq')).toEqual({
      Ready: 'True/Ready',
      WorkloadAvailable: 'True/WorkloadAvailable',
      BackendReachable: 'True/BackendReachable',
      Programmed: 'True/Programmed',
      Synchronized: 'True/Synchronized',
    });
    expect(result.settled).toBe(true);
  });

  it('shows ids, counts and servers', () => {
    const statusOf = (name: string) => result.statuses.find(({ object }) => object.metadata.name === name)?.status;
    expect(statusOf('office')).toMatchObject({ subnetId: 1, haPair: 'hq', observedGeneration: 1 });
    expect(statusOf('hq')).toMatchObject({
      serverTag: 'prod.hq',
      schemaVersion: '29.0',
      revision: '12',
      serversReady: '2/2',
      accepted: 2,
      rejected: 0,
    });
    expect(statusOf('hq')).toHaveProperty('servers.0', {
      name: 'a',
      ipFamily: 'IPv4',
      state: 'hot-standby',
      synchronized: true,
      lastHeartbeat: '2026-06-01T00:00:00Z',
    });
    expect(statusOf('hq')).not.toHaveProperty('plan');
  });

  it('tells what happened, once', () => {
    expect(events(result)).toEqual(['office SubnetIdAssigned', 'hq ConfigurationApplied', 'hq Ready']);
    expect(result.events[1]?.note).toBe('1 subnet created, 1 reservation created, revision 12');
  });

  it('has nothing to write when it goes well again', () => {
    const first = pass(plain, { revision: '12' });
    const again = pass(afterwards(plain, result), {
      revision: '12',
      now: NOW + 20_000,
      rows: { owned: first.compiled?.desired ?? EMPTY_STATE },
    });
    expect(report({ ...again, servers: [server('a', { lastAnswer: NOW + 20_000 }), server('b')] })).toEqual({
      statuses: [],
      events: [],
      ends: false,
      released: [],
      settled: true,
    });
  });

  it('moves the time of a condition only with its status', () => {
    const later = pass(
      {
        ...afterwards(plain, result),
        subnets: [{ ...office({ pools: 'x' }), status: { conditions: conditionsAt(result, 'office') } } as never],
      },
      { now: NOW + 60_000 },
    );
    const write = report(later).statuses.find(({ object }) => object.metadata.name === 'office');
    const times = [...conditionsOf(write?.status)].map(([type, { lastTransitionTime }]) => [type, lastTransitionTime]);
    expect(times).toEqual([
      ['Accepted', '2026-06-01T00:01:00Z'],
      ['Programmed', '2026-06-01T00:01:00Z'],
      ['Ready', '2026-06-01T00:01:00Z'],
      ['Stalled', '2026-06-01T00:01:00Z'],
    ]);
  });
});

const conditionsAt = (result: Writes, name: string): unknown =>
  (result.statuses.find(({ object }) => object.metadata.name === name)?.status as { conditions?: unknown }).conditions;

describe('a CustomResourceDefinition that is deleted', () => {
  const KINDS = ['HAPair', 'SharedNetwork', 'Subnet', 'HostReservation'];
  const without = (leaving: readonly string[], missing: readonly string[] = []) => ({
    definitions: {
      uids: new Map<string, string>(),
      leaving: new Set(leaving),
      missing: new Set(missing),
      forbidden: new Set<string>(),
    },
  });
  const swept = { deleting: true, finalizers: FINALIZERS };
  const children = { networks: [network('campus', TO_PAIR, swept)], subnets: [office({}, swept)] };
  const going = pair(SYNC, { ...swept, status: { schemaVersion: '29.0' } });

  it('takes its objects along without a word on rows and servers', () => {
    const result = report(cutShort(sceneOf(children, going), without(KINDS)));
    expect(names(result.released)).toEqual(['campus', 'office', 'hq']);
    expect(result.ends).toBe(false);
  });

  it('lets go of the objects of its own kind only', () => {
    const result = report(cutShort(sceneOf(children, going), without(['Subnet'])));
    expect(names(result.released)).toEqual(['office']);
    expect(names(report(cutShort(plain, without(['Subnet']))).released)).toEqual([]);
  });

  it.each([
    ['is being deleted', without(['HostReservation'])],
    ['is not there', without([], ['Subnet'])],
  ])('keeps a pair that was deleted itself: it %s, so that nobody knows its children', (_, definitions) => {
    const answers = { backendReachable: true, schemaVersion: '29.0' };
    const result = report(cutShort(sceneOf({}, going), { ...definitions, ...answers }));
    expect([names(result.released), result.ends]).toEqual([[], false]);
    expect(conditionsIn(result, 'hq')).toMatchObject({
      Programmed: 'Unknown/DefinitionMissing',
      Ready: 'Unknown/DefinitionMissing',
    });
    expect(messageIn(result, 'hq', 'Ready')).toMatch(
      /the CustomResourceDefinition of (Subnet|HostReservation) is .*: rows and/,
    );
    expect(result.settled).toBe(false);
  });

  it('is not taken for whole where the operator may not read it: an error that says what is missing', () => {
    const { definitions } = without([]);
    const result = report(
      cutShort(sceneOf({}, going), { definitions: { ...definitions, forbidden: new Set(['Subnet']) } }),
    );
    expect([names(result.released), result.ends]).toEqual([[], false]);
    expect(conditionsIn(result, 'hq')).toMatchObject({ Programmed: 'False/DefinitionUnreadable' });
    expect(messageIn(result, 'hq', 'Programmed')).toMatch(/CustomResourceDefinition of Subnet.*ClusterRole get/);
  });

  it('ends nothing where it is whole', () => {
    const result = report(pass(sceneOf({}, going)));
    expect([names(result.released), result.ends]).toEqual([['hq'], true]);
  });
});

describe('reportUnattached', () => {
  it('rejects unattached objects, lets those go that are being deleted, and repeats nothing', () => {
    const gathering = {
      pairs: [pair()],
      networks: [],
      subnets: [
        office(),
        subnet('lost', { haPairRef: { name: 'gone' }, cidr: '10.1.0.0/24' }),
        subnet(
          'going',
          { haPairRef: { name: 'gone' }, cidr: '10.2.0.0/24' },
          { deleting: true, finalizers: FINALIZERS },
        ),
      ],
      reservations: [],
    };
    const result = reportUnattached(NOW, { pairs: gathering.pairs, children: namespaceOf(gathering) });
    expect(conditionsIn(result, 'lost')).toEqual({
      Accepted: 'False/RefNotFound',
      Programmed: 'False/NotAccepted',
      Ready: 'False/RefNotFound',
      Stalled: 'True/RefNotFound',
    });
    expect(conditionsIn(result, 'office')).toBeUndefined();
    expect(names(result.released)).toEqual(['going']);
    expect(events(result)).toEqual(['lost RefNotFound']);
    const [write] = result.statuses;
    const again = { ...gathering, subnets: [{ ...gathering.subnets[1], status: write?.status } as never] };
    expect(reportUnattached(NOW + 1000, { pairs: again.pairs, children: namespaceOf(again) })).toMatchObject({
      statuses: [],
      events: [],
    });
  });
});

describe('a status of an older schema', () => {
  const time = '2026-01-01T00:00:00Z';
  const condition = {
    type: 'Accepted',
    status: 'True',
    reason: 'x',
    message: 'x',
    lastTransitionTime: time,
    observedGeneration: 1,
  };

  it.each([
    ['a condition whose type is no text', { conditions: [{ ...condition, type: { toString: null } }] }],
    ['a condition whose status is no word of ours', { conditions: [{ ...condition, status: 'Maybe' }] }],
    ['a condition without a time', { conditions: [{ ...condition, lastTransitionTime: 'yesterday' }] }],
    ['an id that is no number', { subnetId: '9' }],
    ['warnings that are none', { warnings: 'x' }],
  ])('with %s is followed by one that fits', (_, status) => {
    const snapshot = sceneOf({
      subnets: [
        office({}, { status: { observedGeneration: 1, ...status } }),
        subnet('lost', {}, { status: { observedGeneration: 1, ...status } }),
      ],
    });
    const writes = [pass(snapshot), cutShort(snapshot, {})]
      .map((attempt): Writes => report(attempt))
      .concat(reportUnattached(NOW, { pairs: [snapshot.pair], children: namespaceOf(snapshot) }))
      .flatMap(({ statuses }) => statuses.filter(({ object }) => object.kind === 'Subnet'));
    expect(writes.length).toBe(3);
    for (const write of writes) {
      expect(subnetKind.status.safeParse(write.status).error).toBeUndefined();
      for (const { lastTransitionTime } of conditionsOf(write.status).values())
        expect(lastTransitionTime).toMatch(/^2026-06/);
    }
  });
});

describe('report', () => {
  it('never throws, whatever the objects and statuses hold', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = randomFrom(seed);
      const snapshot = {
        pair: pair(random.chance(0.5) ? SYNC : (random.garbage() as object), {
          status: random.garbage(5),
          deleting: random.chance(0.3),
        }),
        networks: [network('n', random.garbage(), { status: random.garbage(5), deleting: random.chance(0.3) })],
        subnets: [office({}, { status: random.garbage(5), deleting: random.chance(0.3) })],
        reservations: plain.reservations,
      };
      report(pass(snapshot, { rows: { owned: pass(plain).compiled?.desired ?? EMPTY_STATE } }));
      report(cutShort(snapshot, {}));
      reportUnattached(NOW, { pairs: [snapshot.pair], children: namespaceOf(snapshot) });
    }
  });
});

import { describe, expect, it } from 'vitest';
import { office6, scene6 } from '../../test/support/ipv6.ts';
import { EMPTY_STATE, pair, sceneOf } from '../../test/support/objects.ts';
import {
  afterwards,
  conditionsIn,
  cutShort,
  messageIn,
  names,
  OFFICE,
  office,
  pass,
  plain,
  READY,
  server,
  SYNC,
} from '../../test/support/passes.ts';
import { NEXT_ROUND, unfit, UNREACHABLE } from './progress.ts';
import { report } from './report.ts';
import type { Attempt } from './types.ts';

const six = scene6({ subnets: [office6()] }, SYNC);

describe('children', () => {
  it.each<{ because: string; attempt: Attempt; conditions: Record<string, string> }>([
    {
      because: 'a rejected object carries its reason',
      attempt: pass(sceneOf({ subnets: [office({ pools: [{ pool: '10.9.0.0/24' }] })] }, pair(SYNC))),
      conditions: {
        Accepted: 'False/PoolOutsidePrefix',
        Programmed: 'False/NotAccepted',
        Ready: 'False/PoolOutsidePrefix',
      },
    },
    {
      because: 'a refused object carries what the server said',
      attempt: pass(plain, { refusals: new Map([[OFFICE, { by: 'server', text: 'no such option' }]]) }),
      conditions: { Accepted: 'True/Accepted', Programmed: 'False/ServerRefused', Ready: 'False/ServerRefused' },
    },
    {
      because: 'so does one whose row the database refused',
      attempt: pass(plain, { refusals: new Map([[OFFICE, { by: 'database', text: 'value too long' }]]) }),
      conditions: { Accepted: 'True/Accepted', Programmed: 'False/BackendRefused', Ready: 'False/BackendRefused' },
    },
    {
      because: 'and one that the API server does not let protect',
      attempt: pass(plain, { refusals: new Map([[OFFICE, { by: 'API server', text: 'too large' }]]) }),
      conditions: { Accepted: 'True/Accepted', Programmed: 'False/ObjectRefused', Ready: 'False/ObjectRefused' },
    },
    {
      because: 'an object has no part in the refusal of another',
      attempt: pass(plain, { refusals: new Map([['Subnet/prod/lab', { by: 'server', text: 'no' }]]) }),
      conditions: READY,
    },
    {
      because: 'nor in the trial that another waits for',
      attempt: pass(plain, { untried: new Map([['Subnet/prod/lab', NEXT_ROUND]]) }),
      conditions: READY,
    },
    {
      because: 'nor in what a server does not take of another',
      attempt: pass(plain, { servers: [server('a', { synchronized: false, left: new Set(['4/subnet/7']) })] }),
      conditions: READY,
    },
    {
      because: 'its own is waited for',
      attempt: pass(plain, { servers: [server('a', { synchronized: false, left: new Set(['4/subnet/1']) })] }),
      conditions: { Accepted: 'True/Accepted', Programmed: 'Unknown/AwaitingServers', Ready: 'Unknown/Reconciling' },
    },
    {
      because: 'of IPv6 too',
      attempt: pass(six, { servers: [server('a', { synchronized: false, left: new Set(['6/subnet/1']) })] }),
      conditions: { Accepted: 'True/Accepted', Programmed: 'Unknown/AwaitingServers', Ready: 'Unknown/Reconciling' },
    },
    {
      because: 'and not for that of the other family which has its id',
      attempt: pass(six, { servers: [server('a', { synchronized: false, left: new Set(['4/subnet/1']) })] }),
      conditions: READY,
    },
    {
      because: 'what another row is in the way of waits, and was not refused',
      attempt: pass(plain, { waiting: new Map([[OFFICE, 'Subnet prod/lab still has 10.0.0.0/24']]) }),
      conditions: { Accepted: 'True/Accepted', Programmed: 'Unknown/Pending', Ready: 'Unknown/Reconciling' },
    },
    {
      because: 'a pair that is new waits for its database',
      attempt: cutShort(plain, { workloadProblems: [{ reason: 'SchemaNotReady', message: 'the job runs' }] }),
      conditions: {
        Accepted: 'Unknown/Pending',
        Programmed: 'Unknown/SchemaNotReady',
        Ready: 'Unknown/Reconciling',
      },
    },
    {
      because: 'a change waits for a server that is behind',
      attempt: pass(plain, { servers: [server('a'), server('b', { synchronized: false })] }),
      conditions: { Accepted: 'True/Accepted', Programmed: 'Unknown/AwaitingServers', Ready: 'Unknown/Reconciling' },
    },
    {
      because: 'a server that is down is not waited for',
      attempt: pass(plain, {
        servers: [server('a'), server('b', { reachable: false, synchronized: false, serving: false })],
      }),
      conditions: READY,
    },
    {
      because: 'nothing is written without a server to try it',
      attempt: pass(plain, {
        written: false,
        servers: [server('a', { reachable: false }), server('b', { reachable: false })],
      }),
      conditions: { Accepted: 'True/Accepted', Programmed: 'Unknown/ServersUnreachable', Ready: 'Unknown/Reconciling' },
    },
    {
      because: 'a dry run shows what it is',
      attempt: pass({ ...plain, pair: pair({ changePolicy: 'DryRun', paused: false }) }),
      conditions: { Accepted: 'True/Accepted', Programmed: 'Unknown/DryRun', Ready: 'Unknown/DryRun' },
    },
    {
      because: 'an object that was never judged says that the database is away',
      attempt: cutShort(plain, { backendProblem: { reason: 'BackendUnavailable', message: 'refused' } }),
      conditions: {
        Accepted: 'Unknown/Pending',
        Programmed: 'Unknown/BackendUnavailable',
        Ready: 'Unknown/BackendUnavailable',
      },
    },
    {
      because: 'a paused pair leaves its objects waiting',
      attempt: cutShort({ ...plain, pair: pair({ paused: true }) }, {}),
      conditions: { Accepted: 'Unknown/Pending', Programmed: 'Unknown/Paused', Ready: 'Unknown/Paused' },
    },
    {
      because: 'so does one of which a part was not read',
      attempt: cutShort(
        {
          ...plain,
          pair: { ...pair(), unread: { part: 'spec', field: 'dhcp4', what: 'bytes', found: 100_000, most: 65_536 } },
        },
        {},
      ),
      conditions: { Accepted: 'Unknown/Pending', Programmed: 'Unknown/Pending', Ready: 'Unknown/Reconciling' },
    },
  ])('$because', ({ attempt, conditions }) => {
    expect(conditionsIn(report(attempt), 'office')).toMatchObject(conditions);
  });

  it.each<{ what: string; attempt: Attempt; says: string }>([
    {
      what: 'another row that is in the way',
      attempt: pass(plain, { waiting: new Map([[OFFICE, 'Subnet prod/lab still has 10.0.0.0/24']]) }),
      says: 'waiting: Subnet prod/lab still has 10.0.0.0/24, as the change of that one was refused or waits too: see its condition Programmed',
    },
    {
      what: 'its trial',
      attempt: pass(plain, { untried: new Map([[OFFICE, NEXT_ROUND]]) }),
      says: 'waiting to be tried on a server: so many other changes were refused that its turn comes in the next round',
    },
    {
      what: 'a server that can try it',
      attempt: pass(plain, { untried: new Map([[OFFICE, UNREACHABLE]]) }),
      says: 'waiting for a server that answers, as one has to try the change before it is written: see the condition WorkloadAvailable of the HAPair',
    },
    {
      what: 'a server that answers and can try it',
      attempt: pass(plain, { untried: new Map([[OFFICE, unfit(['a: config-test: HTTP status 401'])]]) }),
      says: 'waiting for a server that can try the change before it is written: a: config-test: HTTP status 401',
    },
    {
      what: 'a server that is behind',
      attempt: pass(plain, { servers: [server('a'), server('b', { synchronized: false, message: 'it is starting' })] }),
      says: 'in the database; waiting until every server has taken it: b (it is starting)',
    },
    {
      what: 'somebody who ends the pause',
      attempt: cutShort({ ...plain, pair: pair({ changePolicy: 'Sync', paused: true }) }, {}),
      says: 'the HAPair is paused: the change is made once its spec.paused is false',
    },
  ])('say that they wait for $what', ({ attempt, says }) => {
    expect(messageIn(report(attempt), 'office', 'Programmed')).toBe(says);
  });

  it('wait for a refused parent', () => {
    const result = report(pass(plain, { refusals: new Map([[OFFICE, { by: 'server', text: 'no' }]]) }));
    expect(messageIn(result, 'printer', 'Programmed')).toBe(
      'waiting for Subnet prod/office, which was refused: see its condition Programmed',
    );
  });

  it('are not rewritten because the database blinks', () => {
    const settled = afterwards(plain, report(pass(plain)));
    const result = report(cutShort(settled, { backendProblem: { reason: 'BackendUnavailable', message: 'refused' } }));
    expect(names(result.statuses.map(({ object }) => object))).toEqual(['hq']);
  });

  it('go on waiting for a server until it has caught up', () => {
    const behind = [server('a'), server('b', { synchronized: false })];
    const waiting = afterwards(plain, report(pass(plain, { servers: behind })));
    const owned = pass(plain).compiled?.desired ?? EMPTY_STATE;
    expect(report(pass(waiting, { rows: { owned }, servers: behind })).statuses).toEqual([]);
    expect(conditionsIn(report(pass(waiting, { rows: { owned } })), 'office')).toEqual(READY);
  });

  it('keep the id in their status while an earlier row serves', () => {
    const owned = pass(plain).compiled?.desired ?? EMPTY_STATE;
    const wrong = sceneOf({ subnets: [office({ pools: [{ pool: '10.9.0.0/24' }] })] }, pair(SYNC));
    const kept = report(pass(wrong, { rows: { owned } }));
    expect(kept.statuses[0]?.status).toMatchObject({ subnetId: 1 });
    expect(messageIn(kept, 'office', 'Programmed')).toContain('what was accepted before goes on serving');
    expect(report(pass(wrong)).statuses[0]?.status).not.toHaveProperty('subnetId');
  });
});

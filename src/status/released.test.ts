import { describe, expect, it } from 'vitest';
import { EMPTY_STATE, network, pair, type Scene, sceneOf, subnet, TO_PAIR } from '../../test/support/objects.ts';
import {
  conditionsIn,
  cutShort,
  events,
  FINALIZERS,
  messageIn,
  names,
  OFFICE,
  office,
  pass,
  plain,
  SYNC,
} from '../../test/support/passes.ts';
import { UNREACHABLE } from './progress.ts';
import { report } from './report.ts';
import type { Attempt } from './types.ts';

describe('what is being deleted', () => {
  const owned = pass(plain).compiled?.desired ?? EMPTY_STATE;
  const leaving = (policy: string, of: Scene['pair'] = pair(SYNC)) =>
    sceneOf({ subnets: [office({ deletionPolicy: policy }, { deleting: true, finalizers: FINALIZERS })] }, of);

  it.each<{ because: string; attempt: Attempt; released: string[]; ready?: string }>([
    { because: 'its rows are gone', attempt: pass(leaving('Delete'), { rows: { owned } }), released: ['office'] },
    { because: 'there never were rows', attempt: pass(leaving('Protect')), released: ['office'] },
    {
      because: 'its rows stay on purpose',
      attempt: pass(leaving('Orphan'), { rows: { owned } }),
      released: ['office'],
    },
    {
      because: 'leases are active',
      attempt: pass(leaving('Protect'), { rows: { owned }, leases: 3 }),
      released: [],
      ready: 'Unknown/LeasesActive',
    },
    {
      because: 'leases have ended',
      attempt: pass(leaving('Protect'), { rows: { owned }, leases: 0 }),
      released: ['office'],
    },
    {
      because: 'its rows could not be removed',
      attempt: pass(leaving('Delete'), { rows: { owned }, written: false }),
      released: [],
      ready: 'Unknown/Reconciling',
    },
    {
      because: 'the database refused to remove its rows',
      attempt: pass(leaving('Delete'), {
        rows: { owned },
        refusals: new Map([[OFFICE, { by: 'database', text: 'a trigger said no' }]]),
      }),
      released: [],
      ready: 'Unknown/Reconciling',
    },
    {
      because: 'nobody could try what it makes room for',
      attempt: pass(leaving('Delete'), { rows: { owned }, untried: new Map([[OFFICE, UNREACHABLE]]) }),
      released: [],
      ready: 'Unknown/Reconciling',
    },
    {
      because: 'something stands in its way',
      attempt: pass(leaving('Delete'), { rows: { owned }, waiting: new Map([[OFFICE, 'Subnet prod/lab is …']]) }),
      released: [],
      ready: 'Unknown/Reconciling',
    },
    {
      because: 'the pair is a dry run',
      attempt: pass(leaving('Delete', pair({ changePolicy: 'DryRun', paused: false })), { rows: { owned } }),
      released: [],
      ready: 'Unknown/DryRun',
    },
    {
      because: 'the database is away',
      attempt: cutShort(leaving('Delete', pair(SYNC, { status: { schemaVersion: '29.0' } })), {
        backendProblem: { reason: 'BackendUnavailable', message: '' },
      }),
      released: [],
      ready: 'Unknown/BackendUnavailable',
    },
    {
      because: 'the pair never reached a database',
      attempt: cutShort(leaving('Protect'), { backendProblem: { reason: 'BackendUnavailable', message: '' } }),
      released: ['office'],
      ready: 'Unknown/BackendUnavailable',
    },
    {
      because: 'the database is lost, the pair goes and rows may be left behind',
      attempt: cutShort(leaving('Orphan', pair(SYNC, { deleting: true, status: { schemaVersion: '29.0' } })), {
        backendProblem: { reason: 'BackendUnavailable', message: '' },
      }),
      released: ['office'],
      ready: 'Unknown/BackendUnavailable',
    },
  ])('goes on or waits: $because', ({ attempt, released, ready }) => {
    const result = report(attempt);
    expect(names(result.released)).toEqual(released);
    expect(conditionsIn(result, 'office')?.Ready).toBe(ready);
  });

  it('keeps the id in its status while its row serves on, whatever it waits for', () => {
    const goes = { deleting: true, finalizers: FINALIZERS, status: { subnetId: 1 } };
    const withheld = sceneOf({ subnets: [office({}, goes)] }, pair({ changePolicy: 'DryRun', paused: false }));
    const { statuses } = report(pass(withheld, { rows: { owned } }));
    expect(statuses.find(({ object }) => object.kind === 'Subnet')?.status).toMatchObject({ subnetId: 1 });
  });

  it('says how many leases hold it, in an event too', () => {
    const result = report(pass(leaving('Protect'), { rows: { owned }, leases: 3 }));
    expect(messageIn(result, 'office', 'Ready')).toContain('3 leases are active');
    expect(conditionsIn(result, 'office')?.Programmed).toBe('True/LeasesActive');
    expect(events(result)).toContain('office LeasesActive');
  });

  it('lets a network go after its last subnet', () => {
    const campus = network('campus', TO_PAIR, { deleting: true, finalizers: FINALIZERS });
    const member = subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24' });
    const before = pass(sceneOf({ networks: [network('campus', TO_PAIR)], subnets: [member] }, pair(SYNC)));
    const rows = { owned: before.compiled?.desired ?? EMPTY_STATE };
    const held = report(pass(sceneOf({ networks: [campus], subnets: [member] }, pair(SYNC)), { rows }));
    expect(held.released).toEqual([]);
    expect(messageIn(held, 'campus', 'Ready')).toContain('as 1 Subnet belongs to it: delete that first');
    expect(names(report(pass(sceneOf({ networks: [campus] }, pair(SYNC)), { rows })).released)).toEqual(['campus']);
  });

  it('keeps a pair until nothing belongs to it', () => {
    const going = pair(SYNC, { deleting: true, finalizers: FINALIZERS });
    const held = report(pass({ ...plain, pair: going }, { rows: { owned } }));
    expect(held.released).toEqual([]);
    expect(messageIn(held, 'hq', 'Ready')).toContain('Subnet prod/office and 1 more still belong to it');
    expect(names(report(pass(sceneOf({}, going))).released)).toEqual(['hq']);
  });
});

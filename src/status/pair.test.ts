import { describe, expect, it } from 'vitest';
import { EMPTY_STATE, pair, sceneOf, subnet, TO_PAIR } from '../../test/support/objects.ts';
import {
  afterwards,
  conditionsIn,
  cutShort,
  events,
  messageIn,
  NOW,
  OFFICE,
  office,
  pass,
  plain,
  server,
  SYNC,
} from '../../test/support/passes.ts';
import { report } from './report.ts';
import type { Attempt } from './types.ts';
describe('the pair', () => {
  const known = (type: string, status: string, since: number) => ({
    conditions: [{ type, status, reason: 'x', message: '', lastTransitionTime: new Date(since).toISOString() }],
  });
  const old = (status?: unknown) => ({ ...plain, pair: pair(SYNC, { status }) });
  const UNREAD = { part: 'spec', field: 'dhcp4', what: 'bytes', found: 100_000, most: 65_536 } as const;
  const down = [
    server('a', { reachable: false, serving: false, synchronized: false }),
    server('b', { state: 'partner-down' }),
  ];

  it.each<{ because: string; attempt: Attempt; type: string; says: string }>([
    {
      because: 'a server that has just gone down is no error yet',
      attempt: pass(old(known('WorkloadAvailable', 'True', 0)), { servers: down }),
      type: 'WorkloadAvailable',
      says: 'Unknown/PartnerDown',
    },
    {
      because: 'it is one after a minute',
      attempt: pass(old(known('WorkloadAvailable', 'Unknown', NOW - 61_000)), { servers: down }),
      type: 'WorkloadAvailable',
      says: 'False/PartnerDown',
    },
    {
      because: 'a pair that was never up has ten minutes',
      attempt: pass(old(known('WorkloadAvailable', 'Unknown', Date.UTC(2026, 0, 1, 0, 0, 5))), {
        servers: [],
        now: Date.UTC(2026, 0, 1, 0, 9),
      }),
      type: 'WorkloadAvailable',
      says: 'Unknown/WorkloadUnavailable',
    },
    {
      because: 'a pod that crashes or has no image has a minute, also of a new pair',
      attempt: pass(old(known('WorkloadAvailable', 'Unknown', Date.UTC(2026, 0, 1, 0, 0, 5))), {
        servers: ['a', 'b'].map((name) => server(name, { reachable: false, serving: false, answers: [], stuck: true })),
        now: Date.UTC(2026, 0, 1, 0, 2),
      }),
      type: 'Ready',
      says: 'False/WorkloadUnavailable',
    },
    {
      because: 'a schema job that cannot run has a minute',
      attempt: cutShort(old(known('BackendReachable', 'Unknown', Date.UTC(2026, 0, 1, 0, 0, 5))), {
        workloadProblems: [{ reason: 'SchemaNotReady', message: 'no such image', stuck: true }],
        now: Date.UTC(2026, 0, 1, 0, 2),
      }),
      type: 'Ready',
      says: 'False/SchemaNotReady',
    },
    {
      because: 'pods that are refused are an error at once',
      attempt: pass(plain, { workloadProblems: [{ reason: 'WorkloadForbidden', message: 'label it' }] }),
      type: 'Ready',
      says: 'False/WorkloadForbidden',
    },
    {
      because: 'a schema in the making is work under way',
      attempt: cutShort(plain, { workloadProblems: [{ reason: 'SchemaNotReady', message: 'the job runs' }] }),
      type: 'BackendReachable',
      says: 'Unknown/SchemaNotReady',
    },
    {
      because: 'a missing Secret is an error at once',
      attempt: cutShort(plain, { backendProblem: { reason: 'CredentialsMissing', message: 'no Secret' } }),
      type: 'Ready',
      says: 'False/CredentialsMissing',
    },
    {
      because: 'a server that is behind for long is an error',
      attempt: pass(old(known('Synchronized', 'Unknown', NOW - 100_000)), {
        servers: [server('a'), server('b', { synchronized: false })],
      }),
      type: 'Synchronized',
      says: 'False/ServersOutOfSync',
    },
    {
      because: 'states that do not fit the mode are under way first',
      attempt: pass(plain, { servers: [server('a', { state: 'syncing' }), server('b')] }),
      type: 'Ready',
      says: 'Unknown/Reconciling',
    },
    {
      because: 'an object that a server refuses is an error',
      attempt: pass(plain, { refusals: new Map([[OFFICE, { by: 'server', text: 'no such option' }]]) }),
      type: 'Programmed',
      says: 'False/ServerRefused',
    },
    {
      because: 'a pass that failed is an error',
      attempt: cutShort(plain, { failure: { reason: 'ReconcileFailed', message: 'boom' } }),
      type: 'Programmed',
      says: 'False/ReconcileFailed',
    },
    {
      because: 'a pass that failed at a spec that does not fit the schema is an error',
      attempt: cutShort(plain, { failure: { reason: 'InvalidSpec', message: 'servers' } }),
      type: 'Programmed',
      says: 'False/InvalidSpec',
    },
    {
      because: 'a spec that does not fit the schema is an error',
      attempt: pass(sceneOf({}, pair({ servers: 'many' }))),
      type: 'Programmed',
      says: 'False/InvalidSpec',
    },
    {
      because: 'a paused pair says so',
      attempt: cutShort({ ...plain, pair: pair({ paused: true }) }, { servers: [] }),
      type: 'Ready',
      says: 'Unknown/Paused',
    },
    {
      because: 'a specification of which a part was not read is an error',
      attempt: cutShort({ ...plain, pair: { ...pair(SYNC), unread: UNREAD } }, { servers: [] }),
      type: 'Ready',
      says: 'False/InvalidSpec',
    },
    {
      because: 'and what was found of its servers before stands, as they are left alone',
      attempt: cutShort(
        { ...plain, pair: { ...pair(SYNC, { status: known('Synchronized', 'True', 0) }), unread: UNREAD } },
        { servers: [] },
      ),
      type: 'Synchronized',
      says: 'True/x',
    },
    {
      because: 'a rejected object does not make its pair wrong',
      attempt: pass(sceneOf({ subnets: [office({ pools: [{ pool: '10.9.0.0/24' }] })] }, pair(SYNC))),
      type: 'Ready',
      says: 'True/Ready',
    },
  ])('$because', ({ attempt, type, says }) => {
    expect(conditionsIn(report(attempt), 'hq')?.[type]).toBe(says);
  });

  it('names the number that lets a mass deletion through, and shows some of it', () => {
    const many = Array.from({ length: 80 }, (_, n) => subnet(`s${n}`, { ...TO_PAIR, cidr: `10.0.${n}.0/24` }));
    const owned = pass(sceneOf({ subnets: many }, pair(SYNC))).compiled?.desired ?? EMPTY_STATE;
    const result = report(pass(sceneOf({ subnets: many.slice(0, 10) }, pair(SYNC)), { rows: { owned } }));
    expect(conditionsIn(result, 'hq')?.Ready).toBe('False/MassDeletionWithheld');
    expect(messageIn(result, 'hq', 'Programmed')).toContain('allow-mass-deletion to "70"');
    const status = result.statuses.at(-1)?.status as { plan: string[] };
    expect(status.plan).toHaveLength(50);
    expect(status.plan.at(-1)).toBe('… and 21 more');
    expect(events(result)).toContain('hq MassDeletionWithheld');
  });

  it('names the Subnets that vanished, and the command that lets their rows go', () => {
    const rows = { owned: pass(plain).compiled?.desired ?? EMPTY_STATE };
    const result = report(pass(sceneOf({}, pair(SYNC)), { rows, leases: 45 }));
    expect(conditionsIn(result, 'hq')).toMatchObject({
      Programmed: 'False/SubnetsVanished',
      Ready: 'False/SubnetsVanished',
    });
    expect(messageIn(result, 'hq', 'Ready')).toBe(
      'Subnet prod/office (10.0.0.0/24, id 1, 45 active leases) is gone, though nobody deleted it, and goes on serving: create it again, or let its row go by: kubectl annotate hapair hq -n prod --overwrite kea-operator.io/allow-removal=office',
    );
    expect(events(result)).toContain('hq SubnetsVanished');
    expect(result.settled).toBe(true);
  });

  it('names a great many of them by their ids, some in one command', () => {
    const many = Array.from({ length: 120 }, (_, n) => subnet(`s${n}`, { ...TO_PAIR, cidr: `10.0.${n}.0/24` }));
    const owned = pass(sceneOf({ subnets: many }, pair(SYNC))).compiled?.desired ?? EMPTY_STATE;
    const result = report(pass(sceneOf({}, pair(SYNC)), { rows: { owned }, leases: 1 }));
    const message = messageIn(result, 'hq', 'Ready');
    expect(message).toContain(', id 10, 1 active lease) and 110 more are gone');
    expect(message).toMatch(/allow-removal=1,2,3,.*,100$/);
  });

  it('is settled where only a decision of somebody goes further, and not while work is under way', () => {
    const dry = { ...plain, pair: pair({ changePolicy: 'DryRun', paused: false }) };
    expect(report(pass(dry)).settled).toBe(true);
    const taken = { reason: 'InterfaceTaken', message: 'eth1 of n1 is served by dhcp/first' } as const;
    expect(report(pass(plain, { workloadProblems: [taken] })).settled).toBe(true);
    expect(report(pass(plain, { servers: [server('a'), server('b', { synchronized: false })] })).settled).toBe(false);
  });

  it('keeps what it knew where a pass learned nothing', () => {
    const settled = afterwards(plain, report(pass(plain, { revision: '12' })));
    const cut = cutShort(settled, {
      serverTag: '',
      servers: [],
      failure: { reason: 'ReconcileFailed', message: 'boom' },
    });
    expect(report(cut).statuses[0]?.status).toMatchObject({
      serverTag: 'prod.hq',
      revision: '12',
      accepted: 2,
      servers: [{ name: 'a' }, { name: 'b' }],
    });
  });

  it('tells of drift and of adopted rows', () => {
    const result = report(pass(plain, { drift: 2, adopted: [OFFICE] }));
    expect(events(result)).toEqual(expect.arrayContaining(['hq DriftCorrected', 'office RowAdopted']));
  });
});

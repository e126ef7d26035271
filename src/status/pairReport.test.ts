import { describe, expect, it } from 'vitest';
import { pair as makePair } from '../../test/support/objects.ts';
import { NOW } from '../../test/support/passes.ts';
import type { HAPair } from '../api/index.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import type { Family } from '../kea/family.ts';
import { conditionsOf, type Finding, isFalse, isTrue, isUnknown, renderConditions } from './conditions.ts';
import type { PairFindings } from './pair.ts';
import type { FamilyFields } from './pairFields.ts';
import { conditionsBefore, type PairReport, pairStatus } from './pairReport.ts';
import { reportPair } from './report.ts';

const WELL: PairFindings = {
  Ready: isTrue('Ready', 'all is well'),
  WorkloadAvailable: isTrue('WorkloadAvailable', 'every server runs'),
  BackendReachable: isTrue('BackendReachable', 'the database answers'),
  Programmed: isTrue('Programmed', 'all of it'),
  Synchronized: isTrue('Synchronized', 'every server'),
};
const DOWN = isFalse('PartnerDown', 'b does not serve clients');
const BUSY = isUnknown('Reconciling', 'under way');

const said = (family: Family, more: Partial<PairReport> & { readonly ready?: Finding } = {}): PairReport => {
  const { ready = WELL.Ready, ...rest } = more;
  const findings = { ...WELL, Ready: ready };
  const conditions = renderConditions({ ...findings }, new Map(), 1, NOW);
  const fields: FamilyFields = {
    accepted: 2,
    rejected: 1,
    rejectedObjects: [`Subnet of-${family.version}`],
    serving: 2,
    revision: `r${family.version}`,
  };
  return { family, generation: 1, findings, conditions, fields, isEmpty: false, isSwept: false, ...rest };
};
const ready = (reports: readonly PairReport[], awaited: readonly Family[] = [], pair = makePair()) => {
  const condition = conditionsOf(pairStatus(pair, reports, awaited, NOW)?.status).get('Ready');
  return condition && `${condition.status}/${condition.reason}: ${condition.message}`;
};

describe('the condition of a pair', () => {
  it.each<[because: string, reports: readonly PairReport[], says: string]>([
    [
      'of one family is what is found of it',
      [said(DHCPV6, { ready: DOWN })],
      'False/PartnerDown: b does not serve clients',
    ],
    ['is said once where both say the same', [said(DHCPV4), said(DHCPV6)], 'True/Ready: all is well'],
    [
      'is the worse one, and names its family',
      [said(DHCPV6, { ready: DOWN }), said(DHCPV4, { ready: BUSY })],
      'False/PartnerDown: IPv6: b does not serve clients',
    ],
    [
      'names both where they are as bad, IPv4 first',
      [said(DHCPV6, { ready: BUSY }), said(DHCPV4, { ready: isUnknown('DryRun', 'shown') })],
      'Unknown/DryRun: IPv4: shown; IPv6: under way',
    ],
    [
      'is not True by what was found of an earlier specification',
      [said(DHCPV4, { generation: 0 }), said(DHCPV6)],
      'Unknown/Reconciling: IPv4: the present specification was not looked at yet',
    ],
    [
      'takes no notice of a family without servers',
      [said(DHCPV4), said(DHCPV6, { findings: undefined, conditions: [] })],
      'True/Ready: all is well',
    ],
  ])('%s', (_, reports, says) => {
    expect(ready(reports)).toBe(says);
  });

  it('waits for a family of which nothing is known yet', () => {
    expect(ready([said(DHCPV4)], [DHCPV6])).toBe('Unknown/Pending: IPv6: not looked at yet');
  });

  it('stays as it was until all families have been looked at by a new process', () => {
    const known = { ...makePair(), status: { conditions: [...said(DHCPV4).conditions] } };
    expect(ready([said(DHCPV4, { ready: DOWN })], [DHCPV6], known)).toBeUndefined();
  });
});

describe('the times of a family', () => {
  const pair: HAPair = { ...makePair(), status: { conditions: [...said(DHCPV4, { ready: DOWN }).conditions] } };

  it('are those of the pair where it is alone', () => {
    expect(conditionsBefore(pair, DHCPV4, [said(DHCPV4)]).get('Ready')?.reason).toBe('PartnerDown');
  });

  it('are its own where another one is beside it: what is the matter with that is not its matter', () => {
    expect(conditionsBefore(pair, DHCPV4, [said(DHCPV4), said(DHCPV6)]).get('Ready')?.reason).toBe('Ready');
  });
});

describe('the fields of a pair', () => {
  it('are the sums of both families, and the revision of each', () => {
    const servers = (ipFamily: 'IPv4' | 'IPv6') => [{ name: 'a', ipFamily }];
    const [four, six] = [said(DHCPV4), said(DHCPV6)];
    const reports = [
      { ...six, fields: { ...six.fields, servers: [...servers('IPv6')], serving: 0, plan: ['six'] } },
      { ...four, fields: { ...four.fields, servers: [...servers('IPv4')], serving: 1, plan: ['four'] } },
    ];
    expect(pairStatus(makePair(), reports, [], NOW)?.status).toMatchObject({
      accepted: 4,
      rejected: 2,
      rejectedObjects: ['Subnet of-4', 'Subnet of-6'],
      revision: 'r4',
      dhcp6: { revision: 'r6' },
      servers: [
        { name: 'a', ipFamily: 'IPv4' },
        { name: 'a', ipFamily: 'IPv6' },
      ],
      serversReady: '1/2',
      plan: ['four', 'six'],
    });
  });

  it('keep what a pass did not learn', () => {
    const status = { accepted: 9, serversReady: '2/2', dhcp6: { revision: 'old', greatestSubnetId: 7 } };
    const four = said(DHCPV4, { fields: { warnings: [] } });
    expect(pairStatus({ ...makePair(), status }, [four], [], NOW)?.status).toMatchObject({
      accepted: 9,
      serversReady: '2/2',
      dhcp6: { revision: 'old' },
    });
  });

  it('are not written again for what another writer has beside them', () => {
    const pair = makePair();
    const written = pairStatus(pair, [said(DHCPV6)], [], NOW)?.status as HAPair['status'];
    const status = { ...written, dhcp6: { ...written?.dhcp6, greatestSubnetId: 7 } };
    expect(pairStatus({ ...pair, status }, [said(DHCPV6)], [], NOW)).toBeUndefined();
  });

  it('have a warning of both families once', () => {
    const warned = (family: Family, message: string) =>
      said(family, { fields: { warnings: [{ reason: 'NotAllowed', message }] } });
    const warnings = (first: string, second: string) =>
      (pairStatus(makePair(), [warned(DHCPV4, first), warned(DHCPV6, second)], [], NOW)?.status as HAPair['status'])
        ?.warnings;
    expect(warnings('x', 'x')).toEqual([{ reason: 'NotAllowed', message: 'x' }]);
    expect(warnings('x', 'y')).toEqual([{ reason: 'NotAllowed', message: 'x; IPv6: y' }]);
  });
});

describe('a pair that is deleted', () => {
  const metadata = {
    ...makePair().metadata,
    deletionTimestamp: '2026-01-01T00:00:00Z',
    finalizers: ['kea-operator.io/cleanup'],
  };
  const going: HAPair = { ...makePair(), metadata };
  const empty = (family: Family) => said(family, { isEmpty: true });

  it.each<[because: string, reports: readonly PairReport[], awaited: readonly Family[], ends: boolean]>([
    ['ends when nothing is left of its only family', [empty(DHCPV4)], [], true],
    ['stays while something is left of the other one', [empty(DHCPV4), said(DHCPV6)], [], false],
    ['stays while nobody knows of the other one', [empty(DHCPV4)], [DHCPV6], false],
    ['ends when nothing is left of both', [empty(DHCPV4), empty(DHCPV6)], [], true],
  ])('%s', (_, reports, awaited, ends) => {
    const result = reportPair(going, reports, awaited, NOW);
    expect([result.ends, result.released.length]).toEqual([ends, ends ? 1 : 0]);
  });
});

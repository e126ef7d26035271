import { describe, expect, it } from 'vitest';
import { host, network, state, subnet } from '../../test/support/rows.ts';
import type { ObjectRef } from '../kea/state.ts';
import { calculatePlan } from '../plan/calculate.ts';
import type { Change } from '../plan/plan.ts';
import { withoutRefused } from './preflight.ts';

const POLICY = { serverTag: 't', changePolicy: 'Sync', pairDeleting: false } as const;
const desired = state({
  networks: [network('campus'), network('lab')],
  subnets: [
    subnet(1, '192.0.2.0/24', { 'shared-network-name': 'campus' }),
    subnet(2, '198.51.100.0/24', { 'shared-network-name': 'lab' }),
    subnet(3, '203.0.113.0/24'),
  ],
  hosts: [host(0, '02005e100000'), host(1, '02005e100001'), host(2, '02005e100002'), host(3, '02005e100003')],
});
const nameOf = ({ kind, key, op }: Change) => `${op} ${kind} ${String(key).split('/')[0] ?? ''}`;
const changesFrom = (before = state({})) =>
  calculatePlan(
    { desired, orphans: new Set() },
    { owned: before, foreign: [], ledger: new Map(), definitions: new Map() },
    POLICY,
  ).changes;

describe('withoutRefused', () => {
  const cases: readonly [because: string, refused: readonly ObjectRef[], missing: readonly string[]][] = [
    ['nothing is refused', [], []],
    ['a refused reservation concerns nobody else', ['HostReservation/lab/host-1-02005e100001'], ['create host 1']],
    ['a refused subnet takes its reservations along', ['Subnet/lab/subnet-3'], ['create subnet 3', 'create host 3']],
    [
      'a refused network takes its subnets and their reservations along',
      ['SharedNetwork/lab/campus'],
      ['create network campus', 'create subnet 1', 'create host 1'],
    ],
    ['an object that is not there concerns nobody', ['Subnet/lab/gone'], []],
  ];
  it.each(cases)('%s', (_, refused, missing) => {
    const changes = changesFrom();
    const { made, waits } = withoutRefused(changes, (ref) => refused.includes(ref), desired);
    expect(changes.filter((change) => !made.includes(change)).map(nameOf)).toEqual(missing);
    expect(waits.size).toBe(0);
  });

  it('lets removals go on', () => {
    const before = state({ subnets: [subnet(9, '10.0.0.0/24')], hosts: [host(9, '02005e100009')] });
    const { made } = withoutRefused(changesFrom(before), () => true, desired);
    expect(made.map(nameOf)).toEqual(['remove host 9', 'remove subnet 9']);
  });

  it('says who waits without being refused or hanging on what is', () => {
    const before = state({ subnets: [subnet(1, '203.0.113.0/24', { 'shared-network-name': 'campus' })] });
    const { waits } = withoutRefused(changesFrom(before), (ref) => ref === 'Subnet/lab/subnet-1', desired);
    expect([...waits].map(([change, why]) => `${nameOf(change)}: ${why}`)).toEqual([
      'create subnet 3: Subnet lab/subnet-1 still has 203.0.113.0/24',
      'create host 3: Subnet lab/subnet-3 is not in the database yet',
    ]);
  });
});

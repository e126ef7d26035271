import { expect, it } from 'vitest';
import { leaseOf } from '../../test/support/leaseAnswers.ts';
import { createLooks } from './changes.ts';
import type { ShownLease } from './lease.ts';

const A = leaseOf('10.7.0.1', { hostname: 'a' });
const B = leaseOf('10.7.0.2');
const RENEWED = leaseOf('10.7.0.1', { hostname: 'a', expires: '2026-11-22T16:00:00Z' });
const DECLINED = leaseOf('10.7.0.1', { hostname: 'a', state: 'Declined' });
const ELSEWHERE = leaseOf('10.7.0.1', { hostname: 'a', namespace: 'branch' });

const changes = (
  looks: readonly (readonly ShownLease[])[],
  withRenewals = false,
  isWhole = true,
): readonly string[] => {
  const memory = createLooks(withRenewals);
  return looks
    .map((leases) => {
      memory.begin();
      return [...leases.flatMap((lease) => memory.see(lease) ?? []), ...memory.end(isWhole)];
    })
    .slice(1)
    .flat()
    .map(({ type, lease }) => `${type} ${lease.metadata.namespace}/${lease.metadata.name}`);
};

it.each([
  [
    'nothing happens',
    [
      [A, B],
      [A, B],
    ],
    [],
  ],
  ['one comes', [[A], [A, B]], ['ADDED dhcp/10.7.0.2']],
  ['one goes', [[A, B], [B]], ['DELETED dhcp/10.7.0.1']],
  ['one goes and comes again', [[A], [], [A]], ['DELETED dhcp/10.7.0.1', 'ADDED dhcp/10.7.0.1']],
  ['one is declined', [[A], [DECLINED]], ['MODIFIED dhcp/10.7.0.1']],
  ['one is renewed', [[A], [RENEWED]], []],
  ['one of the same address in another namespace', [[A], [A, ELSEWHERE]], ['ADDED branch/10.7.0.1']],
] as const)('%s', (_because, looks, expected) => {
  expect(changes(looks)).toEqual(expected);
});

it('renewals are changes where they are asked for', () => {
  expect(changes([[A], [RENEWED]], true)).toEqual(['MODIFIED dhcp/10.7.0.1']);
});

it('nothing is gone while a pair cannot be asked', () => {
  expect(changes([[A, B], []], false, false)).toEqual([]);
});

it('what was only seen in a look that broke off is gone in the next', () => {
  const memory = createLooks(false);
  memory.begin();
  memory.see(A);
  memory.begin();
  expect(memory.end(true)).toEqual([{ type: 'DELETED', lease: A }]);
});

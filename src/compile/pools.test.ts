import { describe, expect, it } from 'vitest';
import { compileWith, EMPTY_STATE, pair, sceneOf, subnet, TO_PAIR, verdictOf } from '../../test/support/objects.ts';
import { OFFICE } from '../../test/support/office.ts';
import type { Item, SubnetBody } from '../kea/state.ts';

const poolsOf = (cidr: string, pools: readonly string[], spec = {}) => {
  const office = subnet('office', { ...TO_PAIR, cidr, pools: pools.map((pool) => ({ pool })) });
  const { desired } = compileWith(sceneOf({ subnets: [office] }, pair(spec)));
  return desired.subnets.get(1)?.body.pools?.map(({ pool }) => pool);
};

describe('a pool that is written as a prefix', () => {
  it.each<readonly [string, string, readonly string[], readonly string[]]>([
    ['the whole subnet', '192.0.2.0/24', ['192.0.2.0/24'], ['192.0.2.1-192.0.2.254']],
    ['its lower half', '192.0.2.0/24', ['192.0.2.0/25'], ['192.0.2.1-192.0.2.127']],
    ['its upper half', '192.0.2.0/24', ['192.0.2.128/25'], ['192.0.2.128-192.0.2.254']],
    ['a part amid it', '192.0.2.0/24', ['192.0.2.64/26'], ['192.0.2.64-192.0.2.127']],
    ['both addresses of a link of two', '192.0.2.8/31', ['192.0.2.8/31'], ['192.0.2.8-192.0.2.9']],
    ['the one address of a prefix of 32 bits', '192.0.2.8/32', ['192.0.2.8/32'], ['192.0.2.8-192.0.2.8']],
  ])('gives out what clients can have of it: %s', (_case, cidr, pools, given) => {
    expect(poolsOf(cidr, pools)).toEqual(given);
  });

  it('is divided by load balancing after that', () => {
    const halves = ['192.0.2.1-192.0.2.127', '192.0.2.128-192.0.2.254'];
    expect(poolsOf('192.0.2.0/24', ['192.0.2.0/24'], { mode: 'LoadBalancing' })).toEqual(halves);
  });
});

it('takes a row that holds a broadcast address from no Subnet that has it already, though its pool is refused now', () => {
  const body: SubnetBody = { id: 1, subnet: '10.0.0.0/24', pools: [{ pool: '10.0.0.200-10.0.0.255' }] };
  const row: Item<SubnetBody> = { body, marker: { object: OFFICE, uid: 'uid-office', generation: 1, digest: 'old' } };
  const office = subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', pools: [{ pool: '10.0.0.200-10.0.0.255' }] });
  const owned = { ...EMPTY_STATE, subnets: new Map([[1, row]]) };
  const compiled = compileWith(sceneOf({ subnets: [office] }), { owned });
  expect(verdictOf(compiled, OFFICE)).toBe('PoolOutsidePrefix');
  expect(compiled.desired.subnets.get(1)).toEqual(row);
});

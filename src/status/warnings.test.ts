import { describe, expect, it } from 'vitest';
import { snapshotOf } from '../../test/support/objects.ts';
import { server, turn } from '../../test/support/turns.ts';
import type { Subnet } from '../api/index.ts';
import { pairWarnings, subnetWarnings } from './warnings.ts';

describe('warnings of a pair', () => {
  it.each<readonly [string, readonly number[], string | undefined]>([
    ['clocks that agree', [200, -300], undefined],
    ['clocks that are 29 s apart', [29_000, 0], undefined],
    ['clocks that are 34 s apart', [1000, -33_000], 'the clock of a is 34 s ahead of that of b'],
    ['the clock of one server alone, wherever it is', [90_000], undefined],
  ])('%s', (_case, offsets, expected) => {
    const servers = offsets.map((clockOffset, index) => server(['a', 'b'][index] ?? '', { clockOffset }));
    const [warning] = pairWarnings({ ...turn(snapshotOf({})), servers });
    if (expected === undefined) expect(warning).toBeUndefined();
    else expect(warning).toMatchObject({ reason: 'ClockSkew', message: expect.stringContaining(expected) as string });
  });
});

it('tells a pair that runs what the installation does not allow it any more', () => {
  const notAllowed = 'HAPairs of the namespace net may not keep leases in /srv of the nodes';
  const [warning] = pairWarnings({ ...turn(snapshotOf({})), notAllowed });
  expect(warning).toEqual({
    reason: 'NotAllowed',
    message: `${notAllowed}. What runs goes on; no further server is started`,
  });
});

describe('warnings of a Subnet', () => {
  const subnet = (pools: unknown): Subnet => ({ spec: { cidr: '192.0.2.0/24', pools } }) as unknown as Subnet;
  it.each<readonly [string, unknown, unknown, boolean]>([
    ['a small pool that is divided', [{ pool: '192.0.2.10-192.0.2.19' }], 'LoadBalancing', true],
    ['a small pool that is not', [{ pool: '192.0.2.10-192.0.2.19' }], 'HotStandby', false],
    ['a large one', [{ pool: '192.0.2.10-192.0.2.99' }], 'LoadBalancing', false],
    ['what is no pool', [{ pool: 7 }, 'x'], 'LoadBalancing', false],
    ['no list of pools', 'x', 'LoadBalancing', false],
  ])('%s', (_case, pools, mode, warned) => {
    expect(subnetWarnings(subnet(pools), mode).map(({ reason }) => reason)).toEqual(warned ? ['SmallPoolHalves'] : []);
  });
});

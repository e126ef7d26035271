import { describe, expect, it } from 'vitest';
import { leasesInMemory, NAMELESS } from '../../test/support/leaseSources.ts';
import type { IPFamily } from '../kea/families.ts';
import { IPV4 } from '../kea/ipv4.ts';
import { type Lease, LeasesUnavailable } from '../leases/source.ts';
import type { Position } from './continueToken.ts';
import type { ApiFailure } from './failure.ts';
import type { FoundLease } from './lease.ts';
import { findLease, gatherLeases, type Naming, readablePairs, streamLeases, type WantedLeases } from './read.ts';

const NOW = 1_000;
const lease = (last: number, over: Partial<Lease> = {}): Lease => ({
  address: `192.0.2.${last}`,
  subnetId: 1,
  state: 'Active',
  cltt: NOW,
  validLifetime: 60,
  ...over,
});

/** A store of leases 192.0.2.(first … last), or one that is down. */
const pair = (
  namespace: string,
  name: string,
  leases: readonly Lease[] | 'down',
  ipFamily: IPFamily = 'IPv4',
): WantedLeases => {
  const source = leasesInMemory(() => {
    if (leases === 'down') throw new LeasesUnavailable('PostgreSQL: connection refused');
    return leases;
  });
  return { namespace, pair: name, ipFamily, source, selection: undefined };
};
const range = (first: number, last: number): Lease[] =>
  Array.from({ length: last - first + 1 }, (_, index) => lease(first + index));
const naming: Naming = {
  ...NAMELESS,
  subnetOf: (_, id) => (id === 1 ? { name: 'lan', sharedNetwork: 'campus' } : undefined),
};

/** Page after page, as a client would follow the tokens. */
const pagesOf = async (pairs: readonly WantedLeases[], limit: number): Promise<string[][]> => {
  const pages: string[][] = [];
  let from: Position | undefined;
  do {
    const page = await gatherLeases(pairs, from, limit, { naming });
    pages.push(page.leases.map((found) => `${found.namespace}/${found.pair}/${found.lease.address.slice(8)}`));
    from = page.next;
  } while (from !== undefined);
  return pages;
};

describe('gatherLeases', () => {
  const pairs = [pair('a', 'x', range(1, 3)), pair('a', 'y', []), pair('b', 'x', range(1, 2))];

  it.each([
    [10, [['a/x/1', 'a/x/2', 'a/x/3', 'b/x/1', 'b/x/2']], 'one page holds all'],
    [5, [['a/x/1', 'a/x/2', 'a/x/3', 'b/x/1', 'b/x/2']], 'nothing follows the last lease of the last pair'],
    [2, [['a/x/1', 'a/x/2'], ['a/x/3', 'b/x/1'], ['b/x/2']], 'a page goes over the border of pairs'],
    [
      3,
      [
        ['a/x/1', 'a/x/2', 'a/x/3'],
        ['b/x/1', 'b/x/2'],
      ],
      'a page ends at the border of pairs',
    ],
  ])('by %i gives every lease once: %j', async (limit, expected, because) => {
    expect(await pagesOf(pairs, limit), because).toEqual(expected);
  });

  it('names the Subnet and its network where there is one', async () => {
    const { leases } = await gatherLeases([pair('a', 'x', [lease(1), lease(2, { subnetId: 2 })])], undefined, 5, {
      naming,
    });
    expect(leases.map(({ subnet, sharedNetwork }) => [subnet, sharedNetwork])).toEqual([
      ['lan', 'campus'],
      [undefined, undefined],
    ]);
  });

  it('goes on behind a pair that is gone meanwhile', async () => {
    const { next } = await gatherLeases(pairs, undefined, 2, { naming });
    const { leases } = await gatherLeases(pairs.slice(1), next, 2, { naming });
    expect(leases.map(({ namespace }) => namespace)).toEqual(['b', 'b']);
  });

  it.each([
    ['with what it has', [lease(1), lease(2), lease(3)], ['192.0.2.1'], '192.0.2.1'],
    ['with nothing, where nothing was found', [], [], undefined],
  ])('ends %s when its time is over, and says where it goes on', async (_, leases, found, after) => {
    const first = pair('a', 'x', leases);
    const source = { ...first.source, page: () => first.source.page(1) };
    const page = await gatherLeases([{ ...first, source }, pair('b', 'x', range(1, 1))], undefined, 10, {
      naming,
      isLate: () => true,
    });
    expect(page.leases.map((one) => one.lease.address)).toEqual(found);
    expect(page.next).toEqual(
      after === undefined
        ? { namespace: 'b', pair: 'x', ipFamily: 'IPv4' }
        : { namespace: 'a', pair: 'x', ipFamily: 'IPv4', after },
    );
  });

  it('fails with the name of the pair that cannot be read', async () => {
    await expect(gatherLeases([...pairs, pair('c', 'z', 'down')], undefined, 10, { naming })).rejects.toMatchObject({
      code: 503,
      message: 'leases of HAPair c/z cannot be read: PostgreSQL: connection refused',
    });
  });

  it('passes over such a pair where it is told to, and says so', async () => {
    const failures: ApiFailure[] = [];
    const mixed = [pair('0', 'z', 'down'), ...pairs];
    const { leases } = await gatherLeases(mixed, undefined, 10, {
      naming,
      onUnavailable: (failure) => failures.push(failure),
    });
    expect(leases).toHaveLength(5);
    expect(failures.map(({ message }) => message)).toEqual([
      'leases of HAPair 0/z cannot be read: PostgreSQL: connection refused',
    ]);
  });
});

const all = async <T>(values: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
};

describe('streamLeases', () => {
  it('gives everything, also of a pair with more than a batch', async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => lease(index, { address: IPV4.format(BigInt(index)) }));
    const pairs = [pair('a', 'x', many), pair('b', 'x', range(1, 2))];
    const sizes = await all(streamLeases(pairs, undefined, naming, (leases) => leases.length));
    expect(sizes).toEqual([1_000, 1_000, 500, 2]);
  });

  it('goes on where a token says', async () => {
    const from = { namespace: 'a', pair: 'x', ipFamily: 'IPv4', after: '192.0.2.2' } as const;
    const addressesOf = (leases: readonly FoundLease[]): string[] => leases.map(({ lease: { address } }) => address);
    const batches = await all(streamLeases([pair('a', 'x', range(1, 3))], from, naming, addressesOf));
    expect(batches.flat()).toEqual(['192.0.2.3']);
  });
});

describe('readablePairs', () => {
  const pairs = [pair('a', 'x', 'down'), pair('b', 'x', []), pair('c', 'x', 'down')];
  it.each([
    ['tells those that can be read from the others', undefined, ['a/x', 'c/x']],
    [
      'does not speak of pairs that were listed before',
      { namespace: 'b', pair: 'x', ipFamily: 'IPv4' as const },
      ['c/x'],
    ],
  ])('%s', async (_, from, failed) => {
    const failures: string[] = [];
    expect(await readablePairs(pairs, from, ({ message }) => failures.push(message))).toEqual([pairs[1]]);
    expect(failures.map((message) => /HAPair (\S+)/.exec(message)?.[1])).toEqual(failed);
  });
});

describe('findLease', () => {
  it.each<[name: string, lease: Partial<Lease>, isFound: boolean]>([
    ['2001:db8::1', {}, true],
    ['2001:db8::1', { prefixLength: 56 }, false],
    ['2001:db8::1-56', { prefixLength: 56 }, true],
    ['2001:db8::1-60', { prefixLength: 56 }, false],
    ['2001:db8::1-56', {}, false],
  ])('by the name %s, of %j: %s', async (wanted, more, isFound) => {
    const six = pair('a', 'x', [{ ...lease(1), address: '2001:db8::1', ...more }], 'IPv6');
    const four = pair('a', 'x', 'down');
    const result = await findLease([four, six], wanted, NOW, naming);
    expect(result?.lease.address).toBe(isFound ? '2001:db8::1' : undefined);
  });

  const find = (...pairs: WantedLeases[]) => findLease(pairs, '192.0.2.1', NOW, naming);

  it('finds nothing in a namespace without pairs', async () => {
    expect(await find()).toBeUndefined();
  });

  it('prefers an active lease to one that a moved subnet left behind', async () => {
    const old = pair('a', 'x', [lease(1, { state: 'Reclaimed' })]);
    expect(await find(old, pair('a', 'y', range(1, 1)))).toMatchObject({ pair: 'y' });
    expect(await find(old, pair('a', 'y', []))).toMatchObject({ pair: 'x' });
  });

  it('is not kept from what it found by another pair that is down', async () => {
    expect(await find(pair('a', 'x', 'down'), pair('a', 'y', range(1, 1)))).toMatchObject({ pair: 'y' });
  });

  it('does not say "not found" while a pair that may have it is down', async () => {
    await expect(find(pair('a', 'x', 'down'), pair('a', 'y', []))).rejects.toMatchObject({ code: 503 });
  });
});

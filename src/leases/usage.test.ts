import { expect, it } from 'vitest';
import { IPV4 } from '../kea/ipv4.ts';
import { type Lease, type LeaseSource, numberOf, pageOf } from './source.ts';
import { countByPages, type Stretch, stretchesOf, toldApart } from './usage.ts';

/** A store that notes what it is asked. */
const storeOf = (leases: readonly Lease[]) => {
  const asked: (string | undefined)[] = [];
  const page: LeaseSource['page'] = (limit, after) => {
    asked.push(after);
    const from = after === undefined ? -1n : numberOf(after);
    const found = leases.filter(({ address }) => numberOf(address) > from).slice(0, limit + 1);
    return Promise.resolve(pageOf(found, limit, after));
  };
  return { page, asked };
};
const lease = (address: number, subnetId: number, state: Lease['state'] = 'Active'): Lease => ({
  address: IPV4.format(BigInt(address)),
  subnetId,
  state,
  cltt: 0,
  validLifetime: 60,
});
const stretch = (subnetId: number, first: number, last: number): Stretch => ({
  subnetId,
  first: BigInt(first),
  last: BigInt(last),
});
const range = (first: number, last: number, subnetId: number): readonly Lease[] =>
  Array.from({ length: last - first + 1 }, (_, index) => lease(first + index, subnetId));

it('counts what lies in the stretches, ends among it, by its subnet', async () => {
  const { page } = storeOf([
    lease(0, 1),
    lease(9, 1),
    lease(10, 1, 'Declined'),
    lease(11, 1, 'Reclaimed'),
    lease(12, 1, 'Released'),
    lease(19, 1),
    lease(20, 1),
    lease(30, 1),
    lease(31, 2),
    lease(40, 2),
  ]);
  const stretches = [stretch(1, 0, 0), stretch(1, 10, 19), stretch(2, 30, 39), stretch(3, 40, 49)];
  expect(await countByPages({ page }, IPV4, stretches)).toEqual([
    { subnetId: 1, assigned: 3, declined: 1 },
    { subnetId: 2, assigned: 1, declined: 0 },
  ]);
});

it('jumps over the leases between two stretches, and asks for none after the last', async () => {
  const { page, asked } = storeOf([...range(1000, 9000, 1), ...range(20_000, 20_009, 2), ...range(30_000, 40_000, 3)]);
  const counts = await countByPages({ page }, IPV4, [
    stretch(1, 0, 999),
    stretch(1, 9000, 9999),
    stretch(2, 20_005, 20_999),
  ]);
  expect(counts).toEqual([
    { subnetId: 1, assigned: 1, declined: 0 },
    { subnetId: 2, assigned: 5, declined: 0 },
  ]);
  expect(asked).toEqual([undefined, '0.0.35.39']);
});

it('follows a stretch over many pages', async () => {
  const { page } = storeOf(range(1, 1000, 1));
  expect(await countByPages({ page }, IPV4, [stretch(1, 2, 999)])).toEqual([
    { subnetId: 1, assigned: 998, declined: 0 },
  ]);
});

it('asks nothing where there is nothing to ask', async () => {
  const { page, asked } = storeOf(range(1, 9, 1));
  expect(await countByPages({ page }, IPV4, [])).toEqual([]);
  expect(asked).toEqual([]);
});

it('asks of subnets that have leases only, in the order of their addresses', () => {
  const count = (subnetId: number, assigned: number) => ({ subnetId, assigned, declined: 0 });
  const all = [stretch(1, 20, 29), stretch(2, 10, 19), stretch(1, 0, 9), stretch(3, 30, 39)];
  const gaps = (id: number) => all.filter(({ subnetId }) => subnetId === id);
  expect(stretchesOf([count(1, 1), count(2, 5), count(3, 0), count(9, 1)], gaps)).toEqual([all[2], all[1], all[0]]);
});

it('tells no less than nothing, whatever came and went between two questions', () => {
  const all = [
    { subnetId: 1, assigned: 5, declined: 1 },
    { subnetId: 2, assigned: 3, declined: 0 },
  ];
  expect(toldApart(all, [{ subnetId: 1, assigned: 6, declined: 2 }])).toEqual([
    { subnetId: 1, assigned: 0, declined: 0, outside: 6 },
    { subnetId: 2, assigned: 3, declined: 0, outside: 0 },
  ]);
});

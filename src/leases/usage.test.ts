import { describe, expect, it } from 'vitest';
import { IPV4 } from '../kea/ipv4.ts';
import { type Lease, type LeaseSource, numberOf, pageOf } from './source.ts';
import { countByPages, divide, type Found, type Stretch, type SubnetPools } from './usage.ts';

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
  part: 'gaps',
  index: 0,
  first: BigInt(first),
  last: BigInt(last),
});
/** What was counted, by the subnet. */
const bySubnet = (counted: ReadonlyMap<Stretch, Found>) =>
  [...counted].map(([{ subnetId }, found]) => ({ subnetId, ...found }));
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
  expect(bySubnet(await countByPages({ page }, IPV4, stretches))).toEqual([
    { subnetId: 1, assigned: 1, declined: 0 },
    { subnetId: 1, assigned: 2, declined: 1 },
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
  expect(bySubnet(counts)).toEqual([
    { subnetId: 1, assigned: 1, declined: 0 },
    { subnetId: 2, assigned: 5, declined: 0 },
  ]);
  expect(asked).toEqual([undefined, '0.0.35.39']);
});

it('follows a long stretch over pages that grow', async () => {
  const { page, asked } = storeOf(range(1, 10_000, 1));
  expect(bySubnet(await countByPages({ page }, IPV4, [stretch(1, 2, 9999)]))).toEqual([
    { subnetId: 1, assigned: 9998, declined: 0 },
  ]);
  expect(asked).toEqual([
    '0.0.0.1',
    '0.0.0.251',
    '0.0.2.239',
    '0.0.6.215',
    '0.0.14.167',
    '0.0.22.119',
    '0.0.30.71',
    '0.0.38.23',
  ]);
});

it('counts prefixes in pdPools alone, and addresses beside them', async () => {
  const { page } = storeOf([lease(1, 1), { ...lease(2, 1), prefixLength: 32 }, lease(3, 1)]);
  const all = [stretch(1, 0, 9), { ...stretch(1, 0, 9), part: 'pdPools' } as const];
  const counted = await Promise.all(all.map(async (one) => bySubnet(await countByPages({ page }, IPV4, [one]))));
  expect(counted.flat().map(({ assigned }) => assigned)).toEqual([2, 1]);
});

it('asks nothing where there is nothing to ask', async () => {
  const { page, asked } = storeOf(range(1, 9, 1));
  expect(bySubnet(await countByPages({ page }, IPV4, []))).toEqual([]);
  expect(asked).toEqual([]);
});

const at = (first: number, last: number) => ({ first: BigInt(first), last: BigInt(last) });
/** Pools of ten and of a hundred addresses with gaps around them, and two pools of prefixes. */
const POOLS: SubnetPools = {
  pools: [at(10, 19), at(100, 199)],
  gaps: [at(0, 9), at(20, 99)],
  pdPools: [at(2000, 2999), at(1000, 1999)],
};
const all = { assigned: 60, declined: 7, delegated: 5 };

it('asks of subnets that have leases only, in the order of their addresses, and of the largest pool nothing', () => {
  const { addresses, prefixes } = divide(
    [
      { ...all, subnetId: 1 },
      { subnetId: 2, assigned: 0, declined: 0, delegated: 0 },
      { ...all, subnetId: 9 },
    ],
    (id) => (id === 9 ? undefined : POOLS),
  );
  const told = ({ subnetId, part, index, first }: Stretch) => `${subnetId} ${part} ${index} from ${first}`;
  expect(addresses.map(told)).toEqual(['1 gaps 0 from 0', '1 pools 0 from 10', '1 gaps 1 from 20']);
  expect(prefixes.map(told)).toEqual(['1 pdPools 1 from 1000', '1 pdPools 0 from 2000']);
});

describe('the usage of a subnet', () => {
  const usageOf = (counts: object, found: Readonly<Record<string, Found>>, pools: SubnetPools | undefined = POOLS) => {
    const { addresses, prefixes, usages } = divide([{ subnetId: 1, ...all, ...counts }], () => pools);
    const counted = [...addresses, ...prefixes].flatMap((stretch) => {
      const one = found[`${stretch.part} ${stretch.index}`];
      return one ? [[stretch, one] as const] : [];
    });
    return usages(new Map(counted))[0];
  };

  it('has in the largest pool what is in no other, and in no gap', () => {
    const found = {
      'gaps 1': { assigned: 3, declined: 1 },
      'pools 0': { assigned: 9, declined: 2 },
      'pdPools 0': { assigned: 4, declined: 0 },
    };
    expect(usageOf({}, found)).toEqual({
      subnetId: 1,
      assigned: 57,
      declined: 6,
      outside: 3,
      pools: [
        { assigned: 9, declined: 2 },
        { assigned: 48, declined: 4 },
      ],
      delegated: 5,
      delegatedOutside: 1,
      pdPools: [4, 0],
    });
  });

  it('is never less than nothing, whatever came and went between two questions', () => {
    const found = {
      'gaps 0': { assigned: 6, declined: 2 },
      'pools 0': { assigned: 3, declined: 1 },
      'pdPools 1': { assigned: 9, declined: 0 },
    };
    expect(usageOf({ assigned: 5, declined: 1, delegated: 3 }, found)).toMatchObject({
      assigned: 0,
      declined: 0,
      outside: 6,
      pools: [
        { assigned: 3, declined: 1 },
        { assigned: 0, declined: 0 },
      ],
      delegatedOutside: 0,
      pdPools: [0, 9],
    });
  });

  it('is that of the whole where nobody knows of pools', () => {
    const unknown = divide([{ subnetId: 1, assigned: 5, declined: 1 }], () => undefined);
    expect(unknown.usages(new Map())).toEqual([{ subnetId: 1, assigned: 5, declined: 1, outside: 0, pools: [] }]);
  });
});

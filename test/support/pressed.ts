/** What is said of pools that are near to their end: it is no pass that finds it. */
import type { Finding } from '../../src/status/conditions.ts';
import { poolParts, pressureOf, subnetParts } from '../../src/status/pressure.ts';
import { sumOf, utilizationOf } from '../../src/status/utilization.ts';
import { network, subnet, TO_PAIR } from './objects.ts';

const POOLS = [{ pool: '10.0.0.0/25' }, { pool: '10.0.0.200-10.0.0.209' }];
const office = subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', pools: POOLS });
const pdPools = [{ prefix: '2001:db8:8000::/40', delegatedLen: 48 }];
const routers = subnet('routers', { ...TO_PAIR, cidr: '2001:db8::/64', pdPools });
const floor = network('floor', TO_PAIR);

const used = (first: number, second: number) =>
  utilizationOf(office, {
    assigned: first + second,
    declined: 0,
    outside: 0,
    pools: [first, second].map((assigned) => ({ assigned, declined: 0 })),
  });
const delegated = (prefixes: number) =>
  utilizationOf(routers, { assigned: 0, declined: 0, outside: 0, pdPools: [prefixes] });

const ofSubnet = (utilization: ReturnType<typeof used>) => pressureOf(office, utilization, poolParts(utilization));
const two = new Map([
  ['office', used(127, 10)],
  ['lab', used(90, 2)],
]);

export const PRESSED: readonly Finding[] = [
  ofSubnet(used(110, 5)),
  ofSubnet(used(105, 10)),
  ofSubnet(used(127, 9)),
  ofSubnet(delegated(210)),
  ofSubnet(delegated(250)),
  pressureOf(floor, sumOf([...two.values()]), subnetParts(two)),
].flatMap((pressure) => pressure?.finding ?? []);

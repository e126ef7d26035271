import { describe, expect, it } from 'vitest';
import { network, pair, reservation, subnet, TO_PAIR } from '../../test/support/objects.ts';
import type { ClientClass, OptionDefinition } from '../api/index.ts';
import { createCache } from '../runtime/cache.ts';
import { childPassOf, followChildren, gather } from './gather.ts';

const IN_NETWORK = (name: string) => ({ sharedNetworkRef: { name } });
const IN_SUBNET = (name: string) => ({ subnetRef: { name } });
const campus = network('campus', TO_PAIR);
const lonely = network('lonely', { haPairRef: { name: 'gone' } });
const office = subnet('office', { ...TO_PAIR, cidr: '192.0.2.0/24' });
const floor = subnet('floor', { ...IN_NETWORK('campus'), cidr: '198.51.100.0/24' });
const unattached = subnet('unattached', { ...IN_NETWORK('nowhere'), cidr: '203.0.113.0/24' });

const caches = () => {
  const all = {
    pairs: createCache<ReturnType<typeof pair>>(),
    definitions: createCache<OptionDefinition>(),
    classes: createCache<ClientClass>(),
    networks: createCache<typeof campus>(),
    subnets: createCache<typeof office>(),
    reservations: createCache<ReturnType<typeof reservation>>(),
  };
  all.pairs.replace([pair()]);
  all.networks.replace([campus, lonely]);
  all.subnets.replace([office, floor, unattached]);
  return { ...followChildren(all), ...all };
};

describe('childPassOf', () => {
  const cases: readonly [because: string, child: Parameters<typeof childPassOf>[1], key: string][] = [
    ['a network names its pair', campus, 'prod/hq'],
    ['a network whose pair is missing is unattached', lonely, 'prod/'],
    ['a subnet names its pair', office, 'prod/hq'],
    ['a subnet belongs where its network does', floor, 'prod/hq'],
    ['a subnet without its network is unattached', unattached, 'prod/'],
    ['a subnet in a network whose pair is missing is unattached', subnet('s', IN_NETWORK('lonely')), 'prod/'],
    ['a reservation belongs where its subnet does', reservation('r', IN_SUBNET('floor')), 'prod/hq'],
    ['a global reservation names its pair', reservation('r', TO_PAIR), 'prod/hq'],
    ['a reservation without its subnet is unattached', reservation('r', IN_SUBNET('nowhere')), 'prod/'],
    ['a reservation whose subnet has no network is unattached', reservation('r', IN_SUBNET('unattached')), 'prod/'],
    ['a child that names nobody is unattached', subnet('s', {}), 'prod/'],
  ];
  it.each(cases)('%s', (_, child, key) => {
    expect(childPassOf(caches(), child)).toBe(key);
  });
});

describe('gather', () => {
  it('takes the pair, and every object of its namespace: it is one address space', () => {
    const gathered = gather(caches(), 'prod/hq');
    expect(gathered.pair?.metadata.name).toBe('hq');
    expect([gathered.children.networks, gathered.children.subnets].map(({ length }) => length)).toEqual([2, 3]);
  });

  it.each(['prod/', 'prod/gone'] as const)('has no pair for %s', (key) => {
    const gathered = gather(caches(), key);
    expect(gathered).not.toHaveProperty('pair');
    expect([gathered.namespace, gathered.pairs.length]).toEqual(['prod', 1]);
  });

  it('sees nothing of another namespace', () => {
    const { children, ...rest } = gather(caches(), 'test/hq');
    expect(rest).toEqual({ namespace: 'test', pairs: [], unserved: new Set() });
    expect([children.networks, children.subnets, [...children.reservations()]]).toEqual([[], [], []]);
  });

  it('says which kinds it cannot know, as they are not served', () => {
    const all = caches();
    all.subnets.unserved();
    expect(gather(all, 'prod/hq').unserved).toEqual(new Set(['Subnet']));
  });
});

import { describe, expect, it } from 'vitest';
import {
  compileWith,
  messageOf,
  network,
  pair,
  sceneOf,
  subnet,
  TO_PAIR,
  verdictOf,
} from '../../test/support/objects.ts';
import { OFFICE, office } from '../../test/support/office.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Children } from './types.ts';

interface Rejected {
  because: string;
  children: Partial<Children>;
  of?: object;
  ref: ObjectRef;
  reason: string;
  says: string;
}

/** Of so many levels. */
const nested = (levels: number): object => {
  let value: object = {};
  for (let level = 1; level < levels; level++) value = { a: value };
  return value;
};

describe('what is as deep as may be', () => {
  it('is accepted, and written', () => {
    const compiled = compileWith(sceneOf({ subnets: [office({ userContext: nested(31) })] }));
    expect(verdictOf(compiled, OFFICE)).toBe('accepted');
    expect(compiled.desired.subnets.size).toBe(1);
  });
});

describe('what is rejected of networks and subnets, with a message that names field and remedy', () => {
  it.each<Rejected>([
    {
      because: 'a spec that does not fit the schema any more',
      children: { subnets: [office({ pools: 'all of them' })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'pools',
    },
    {
      because: 'host bits in the prefix, which Kea and SQL take for another subnet',
      children: { subnets: [office({}, '10.0.0.1/24')] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'write 10.0.0.0/24',
    },
    ...(
      [
        ['224.0.0.0/4', '224.0.0.0/4 (multicast)'],
        ['239.1.0.0/16', '224.0.0.0/4 (multicast)'],
        ['0.0.0.0/0', '0.0.0.0/8 (this network)'],
        ['0.0.0.0/32', '0.0.0.0/8 (this network)'],
        ['126.0.0.0/7', '127.0.0.0/8 (loopback)'],
        ['192.0.0.0/2', '224.0.0.0/4 (multicast)'],
        ['255.255.255.255/32', '240.0.0.0/4 (reserved)'],
      ] as const
    ).map(([cidr, range]): Rejected => ({
      because: `no client takes an address of ${cidr}`,
      children: { subnets: [office({}, cidr)] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: `cidr: ${cidr} overlaps ${range}, of which no host can have an address: delete the Subnet`,
    })),
    {
      because: 'a NUL, for which PostgreSQL would refuse what everybody else asks for too',
      children: { subnets: [office({ optionData: [{ name: 'domain-search', data: 'a\0b' }] })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'optionData[0].data: it holds a NUL character, which PostgreSQL cannot keep: remove it',
    },
    {
      because: 'a NUL deep in the user context',
      children: { subnets: [office({ userContext: { site: { floors: ['a', 'b\0'] } } })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'userContext.site.floors[1]: it holds a NUL',
    },
    {
      because: 'a NUL in a key of the user context',
      children: { subnets: [office({ userContext: { site: { 'a\0b': 1 } } })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'userContext.site: it holds a NUL',
    },
    {
      because: 'a user context that Kea would answer with "Bad Request", and what follows it with a broken stack',
      children: { subnets: [office({ userContext: nested(32) })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'userContext.a.a',
    },
    {
      because: 'one so deep that no stack follows it',
      children: { subnets: [office({ userContext: nested(100_000) })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'a: the spec is nested more than 32 levels deep: nest it less deeply',
    },
    {
      because: 'a NUL below a key of any length: the condition stays a sentence',
      children: { subnets: [office({ userContext: { ['x'.repeat(60_000)]: { a: 'b\0' } } })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: `${'x'.repeat(188)}…: it holds a NUL`,
    },
    {
      because: "the operator's own key in the user context",
      children: { subnets: [office({ userContext: { 'kea-operator': {} } })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'userContext',
    },
    {
      because: 'a pool outside the prefix',
      children: { subnets: [office({ pools: [{ pool: '10.0.1.10-10.0.1.20' }] })] },
      ref: OFFICE,
      reason: 'PoolOutsidePrefix',
      says: 'choose addresses from 10.0.0.1-10.0.0.254',
    },
    {
      because: 'a pool that begins with the network address',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.0-10.0.0.20' }] })] },
      ref: OFFICE,
      reason: 'PoolOutsidePrefix',
      says: 'pools[0]: 10.0.0.0-10.0.0.20 holds 10.0.0.0, the network address of 10.0.0.0/24, which no client can have: choose addresses from 10.0.0.1-10.0.0.254',
    },
    {
      because: 'a pool that ends with the broadcast address',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.1/32' }, { pool: '10.0.0.200-10.0.0.255' }] })] },
      ref: OFFICE,
      reason: 'PoolOutsidePrefix',
      says: 'pools[1]: 10.0.0.200-10.0.0.255 holds 10.0.0.255, the broadcast address of 10.0.0.0/24',
    },
    {
      because: 'a pool of the network address alone, written as a prefix',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.0/32' }] })] },
      ref: OFFICE,
      reason: 'PoolOutsidePrefix',
      says: 'pools[0]: 10.0.0.0-10.0.0.0 holds 10.0.0.0, the network address',
    },
    {
      because: 'a reversed pool',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.20-10.0.0.10' }] })] },
      ref: OFFICE,
      reason: 'PoolReversed',
      says: 'swap them',
    },
    {
      because: 'two pools on the same addresses',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.0/25' }, { pool: '10.0.0.100-10.0.0.200' }] })] },
      ref: OFFICE,
      reason: 'PoolOverlap',
      says: 'pools[0]',
    },
    {
      because: 'a pool guarded by a class that nobody can be in',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.0/25', clientClasses: ['gold'] }] })] },
      ref: OFFICE,
      reason: 'UnknownClientClass',
      says: 'pools[0].clientClasses: there is no client class gold',
    },
    {
      because: 'the class of a server that the pair has not',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.0/25', clientClasses: ['HA_c'] }] })] },
      ref: OFFICE,
      reason: 'UnknownClientClass',
      says: 'HA_c',
    },
    {
      because: 'an option that Kea does not know',
      children: { subnets: [office({ optionData: [{ name: 'router', data: '10.0.0.1' }] })] },
      ref: OFFICE,
      reason: 'InvalidOption',
      says: "did you mean 'routers'",
    },
    {
      because: 'a value of a pool option that is none',
      children: {
        subnets: [office({ pools: [{ pool: '10.0.0.0/25', optionData: [{ name: 'routers', data: 'x' }] }] })],
      },
      ref: OFFICE,
      reason: 'InvalidOption',
      says: 'pools[0].optionData[0]',
    },
    {
      because: 'an option guarded by an unknown class',
      children: { subnets: [office({ optionData: [{ code: 3, data: '10.0.0.1', clientClasses: ['gold'] }] })] },
      ref: OFFICE,
      reason: 'UnknownClientClass',
      says: 'optionData[0].clientClasses',
    },
    {
      because: 'a least lease time from the pair that is more than the own lease time',
      children: { subnets: [office({ validLifetime: 600 })] },
      of: { dhcp4: { validLifetime: 7200, minValidLifetime: 3600 } },
      ref: OFFICE,
      reason: 'InvalidLifetimes',
      says: 'minValidLifetime 3600 (from HAPair hq) must not be greater than validLifetime 600',
    },
    {
      because: "a greatest lease time below Kea's own default",
      children: { subnets: [office({ maxValidLifetime: 600 })] },
      ref: OFFICE,
      reason: 'InvalidLifetimes',
      says: "validLifetime 7200 (Kea's default)",
    },
    {
      because: 'another word of authority than its network has',
      children: {
        networks: [network('campus', { ...TO_PAIR, authoritative: true })],
        subnets: [
          subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24', authoritative: false }),
        ],
      },
      ref: OFFICE,
      reason: 'AuthoritativeMismatch',
      says: 'authoritative: false here, and true in SharedNetwork campus: Kea refuses a shared network with both; leave it out here, or set it in the SharedNetwork',
    },
    {
      because: "another word of authority than Kea's own for its network",
      children: {
        networks: [network('campus', TO_PAIR)],
        subnets: [subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24', authoritative: true })],
      },
      ref: OFFICE,
      reason: 'AuthoritativeMismatch',
      says: 'authoritative: true here, and false in SharedNetwork campus',
    },
    {
      because: 'an interface that a server has not',
      children: { subnets: [office({ interface: 'lan7' })] },
      ref: OFFICE,
      reason: 'InterfaceNotServed',
      says: 'no server of the HAPair listens on lan7',
    },
    {
      because: 'a parent that is rejected itself',
      children: {
        networks: [network('campus', { ...TO_PAIR, interface: 'lan7' })],
        subnets: [subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24' })],
      },
      ref: OFFICE,
      reason: 'ParentRejected',
      says: 'SharedNetwork campus',
    },
    {
      because: 'a value of several lines, in one',
      children: { subnets: [office({ optionData: [{ name: 'ip-forwarding', data: 'a\n\u202eb' }] })] },
      ref: OFFICE,
      reason: 'InvalidOption',
      says: "ip-forwarding: 'a\\n\\u{202e}b' is not true or false",
    },
  ])('$because', ({ children, of, ref, reason, says }) => {
    const compiled = compileWith(sceneOf(children, pair(of)));
    expect([verdictOf(compiled, ref), messageOf(compiled, ref)]).toEqual([reason, expect.stringContaining(says)]);
  });
});

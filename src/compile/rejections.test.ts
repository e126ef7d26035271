import { describe, expect, it } from 'vitest';
import {
  compileWith,
  messageOf,
  network,
  pair,
  snapshotOf,
  subnet,
  TO_PAIR,
  verdictOf,
} from '../../test/support/objects.ts';
import { OFFICE, office } from '../../test/support/office.ts';
import { DEEPEST } from '../kea/nesting.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Children } from './types.ts';

const nested = (levels: number): Record<string, unknown> => {
  let inner: Record<string, unknown> = {};
  for (let level = 1; level < levels; level++) inner = { inner };
  return inner;
};

describe('what is rejected of networks and subnets, with a message that names field and remedy', () => {
  it.each<{ because: string; children: Partial<Children>; of?: object; ref: ObjectRef; reason: string; says: string }>([
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
    {
      because: 'a NUL, for which PostgreSQL would refuse what everybody else wishes for too',
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
      because: 'a user context that is nested deeper than Kea reads',
      children: { subnets: [office({ userContext: nested(DEEPEST + 1) })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'userContext: it is nested more than 64 levels deep, which Kea does not read: make it flatter',
    },
    {
      because: 'one that is nested deeper than anybody can follow',
      children: { subnets: [office({ userContext: nested(100_000) })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'userContext: it is nested more than 64 levels deep',
    },
    {
      because: 'a list in place of a pool that is',
      children: { subnets: [office({ pools: [{ pool: nested(100_000) }] })] },
      ref: OFFICE,
      reason: 'InvalidSpec',
      says: 'pools[0].pool',
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
      says: 'choose addresses from 10.0.0.0-10.0.0.255',
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
      because: 'a guarded pool where it would have to be divided',
      children: { subnets: [office({ pools: [{ pool: '10.0.0.0/25', clientClasses: ['KNOWN'] }] })] },
      of: { mode: 'LoadBalancing' },
      ref: OFFICE,
      reason: 'LoadBalancingPool',
      says: 'choose mode HotStandby',
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
      because: 'a T1 after the T2 of the network',
      children: {
        networks: [network('campus', { ...TO_PAIR, rebindTimer: 1000 })],
        subnets: [subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24', renewTimer: 2000 })],
      },
      ref: OFFICE,
      reason: 'InvalidLifetimes',
      says: 'rebindTimer 1000 (from SharedNetwork campus)',
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
  ])('$because', ({ children, of, ref, reason, says }) => {
    const compiled = compileWith(snapshotOf(children, pair(of)));
    expect([verdictOf(compiled, ref), messageOf(compiled, ref)]).toEqual([reason, expect.stringContaining(says)]);
  });
});

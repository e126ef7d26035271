import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LeaseSourceOf } from '../leases/descriptor.ts';
import { selects } from '../leases/selection.ts';
import { shownState } from '../leases/shownState.ts';
import type { Lease } from '../leases/source.ts';
import { parseFieldSelector } from './fieldSelector.ts';
import { LABELS, leaseLabels } from './labels.ts';
import { meets, parseLabelSelector } from './labelSelector.ts';
import { type NamedSubnet, selectionDigest, selectionFor, type Selector } from './selector.ts';

const NOW = 1_000;
const FOUR: LeaseSourceOf = { namespace: 'dhcp', pair: 'office', ipFamily: 'IPv4' };
const SIX: LeaseSourceOf = { ...FOUR, ipFamily: 'IPv6' };
const SUBNETS: readonly NamedSubnet[] = [
  { id: 1, name: 'lan', sharedNetwork: undefined },
  { id: 2, name: 'desks', sharedNetwork: 'campus' },
  { id: 3, name: 's'.repeat(64), sharedNetwork: 'campus' },
];
const subnetsOf = () => SUBNETS;
const selector = (labels = '', fields = ''): Selector => ({
  labels: parseLabelSelector(labels),
  fields: parseFieldSelector(fields),
});
const found = (labels: string, fields = '', of = FOUR) => selectionFor(selector(labels, fields), of, subnetsOf, NOW);

describe('what a store has to find', () => {
  it.each([
    ['kea-operator.io/pair=office', '', {}, 'the pair is its own'],
    ['kea-operator.io/pair in (a,office)', '', {}, 'or among others'],
    ['kea-operator.io/family=IPv4', '', {}, 'so is the family'],
    ['kea-operator.io/subnet=lan', '', { subnetIds: [1] }, 'a Subnet is an id'],
    ['kea-operator.io/shared-network=campus', '', { subnetIds: [2, 3] }, 'a network those of its Subnets'],
    ['kea-operator.io/subnet!=lan', '', { notSubnetIds: [1] }, 'leases of no Subnet are without the label'],
    ['!kea-operator.io/subnet', '', { notSubnetIds: [1, 2] }, 'and those of one whose name is too long'],
    ['kea-operator.io/subnet', '', { subnetIds: [1, 2] }, 'which have no such label'],
    ['kea-operator.io/state in (Declined,Expired)', '', { states: ['Declined', 'Expired'] }, 'states'],
    ['kea-operator.io/type=Address', '', { type: 'Address' }, 'types'],
    ['kea-operator.io/type', '', {}, 'every lease has one'],
    ['color!=red', '', {}, 'no lease has another label'],
    ['', 'spec.subnet=desks', { subnetIds: [2] }, 'a field is no label'],
    ['', 'spec.subnetId=9', { subnetIds: [9] }, 'an id that no Subnet has'],
    ['kea-operator.io/subnet=lan', 'spec.subnetId=1', { subnetIds: [1] }, 'both'],
    ['', 'metadata.name=0.0.0.9', { range: { first: 9n, last: 9n }, type: 'Address' }, 'a name is an address'],
    ['', 'spec.hostname=A*', { hostnamePrefix: 'a' }, 'what a name begins with'],
  ])('%s %s: %#', (labels, fields, expected, because) => {
    expect(found(labels, fields), because).toEqual({ now: NOW, ...expected });
  });

  it.each([
    ['kea-operator.io/pair=other', ''],
    ['kea-operator.io/pair!=office', ''],
    ['kea-operator.io/family=IPv6', ''],
    ['kea-operator.io/subnet=none', ''],
    ['kea-operator.io/state=Lost', ''],
    ['kea-operator.io/state=Active,kea-operator.io/state=Declined', ''],
    ['kea-operator.io/type=Thing', ''],
    ['color', ''],
    ['color=red', ''],
    ['', 'metadata.namespace=other'],
    ['', 'metadata.name=2001:db8::1'],
    ['', 'metadata.name=printer'],
    ['', 'spec.haPair=other'],
    ['', 'spec.subnet=none'],
    ['', 'spec.address=2001:db8::/32'],
    ['', 'spec.state=Active,spec.state=Expired'],
    ['', 'spec.hostname=a,spec.hostname=b'],
    ['kea-operator.io/subnet=lan', 'spec.subnetId=2'],
  ])('is nothing for %s %s: it is not asked', (labels, fields) => {
    expect(found(labels, fields)).toBeUndefined();
  });

  it('of IPv6 may be prefixes', () => {
    expect(found('kea-operator.io/type=Prefix', '', SIX)).toEqual({ now: NOW, type: 'Prefix' });
    expect(found('', 'metadata.name=::9-56', SIX)).toMatchObject({ range: { first: 9n, last: 9n }, prefixLength: 56 });
  });

  it('is what the labels of the objects say, whatever the selector', () => {
    const keys = [...Object.values(LABELS), 'color'];
    const values = ['office', 'IPv4', 'IPv6', 'Active', 'Expired', 'Address', 'Prefix', 'lan', 'desks', 'campus', ''];
    const requirement = fc.record({
      key: fc.constantFrom(...keys),
      operator: fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const),
      values: fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }),
    });
    const lease: fc.Arbitrary<Lease> = fc.record(
      {
        address: fc.constant('2001:db8::1'),
        prefixLength: fc.constant(56),
        subnetId: fc.nat(4),
        state: fc.constantFrom('Active' as const, 'Declined' as const, 'Released' as const),
        cltt: fc.constantFrom(NOW, 0),
        validLifetime: fc.constant(60),
      },
      { requiredKeys: ['address', 'subnetId', 'state', 'cltt', 'validLifetime'] },
    );
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 3 }), fc.array(lease), (labels, leases) => {
        const isWanted = (one: Lease): boolean => {
          const subnet = SUBNETS.find(({ id }) => id === one.subnetId);
          const { name, sharedNetwork } = subnet ?? { name: undefined, sharedNetwork: undefined };
          const of = { namespace: 'dhcp', pair: 'office', subnet: name, sharedNetwork, reservation: undefined };
          const given = leaseLabels({ ...of, lease: one }, shownState(one, NOW));
          return labels.every((one) => meets(one, given[one.key]));
        };
        const selection = selectionFor({ labels, fields: [] }, SIX, subnetsOf, NOW);
        const answer = selection === undefined ? [] : leases.filter(selects(selection));
        expect(answer).toEqual(leases.filter(isWanted));
      }),
    );
  });
});

describe('the digest of a selector', () => {
  it('does not depend on how it is written', () => {
    const one = selectionDigest(selector('a=b,c in (d,e)', 'spec.hwAddress=0a:0b,spec.address=10.0.0.0/8'));
    const other = selectionDigest(selector('c in (e,d), a==b,a=b', 'status.address=10.1.0.0/8,spec.hwAddress=0A-0B'));
    expect(one).toBe(other);
  });

  it.each([
    [selector('a=b'), selector('a!=b')],
    [selector('a'), selector('!a')],
    [selector('a=b'), selector()],
    [selector('', 'spec.hostname=a'), selector('', 'spec.hostname=a*')],
    [selector('', 'spec.subnet=a'), selector('', 'spec.haPair=a')],
    [selector('', 'spec.address=10.0.0.0/8'), selector('', 'spec.address=10.0.0.0/9')],
  ])('is another one for another selection: %#', (one, other) => {
    expect(selectionDigest(one)).not.toBe(selectionDigest(other));
  });
});

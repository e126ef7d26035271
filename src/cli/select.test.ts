import { expect, it } from 'vitest';
import { Complaint } from './exit.ts';
import { selectorsOf } from './select.ts';

const LONG = 'a'.repeat(64);

it.each([
  ['nothing is all', {}, undefined, undefined],
  ['a pair', { pair: 'office' }, 'kea-operator.io/pair=office', undefined],
  ['two subnets', { subnet: 'desks,phones' }, 'kea-operator.io/subnet in (desks,phones)', undefined],
  ['a name too long for a label', { subnet: LONG }, undefined, `spec.subnet=${LONG}`],
  ['a family in any spelling', { family: '6' }, 'kea-operator.io/family=IPv6', undefined],
  ['states in any case', { state: 'active, DECLINED' }, 'kea-operator.io/state in (Active,Declined)', undefined],
  ['an address in any spelling', { address: '2001:DB8::0:1' }, undefined, 'spec.address=2001:db8::1'],
  ['a prefix', { address: '10.7.3.0/16' }, undefined, 'spec.address=10.7.0.0/16'],
  ['a MAC address in any spelling', { hwAddress: '0200.5E10.0001' }, undefined, 'spec.hwAddress=02:00:5e:10:00:01'],
  [
    'all together',
    { type: 'prefix', sharedNetwork: 'b1', hostname: 'CPE*', selector: 'a!=b', fieldSelector: 'spec.iaid=1' },
    'kea-operator.io/shared-network=b1,kea-operator.io/type=Prefix,a!=b',
    'spec.hostname=cpe*,spec.iaid=1',
  ],
] as const)('%s', (_because, flags, labelSelector, fieldSelector) => {
  expect(selectorsOf(flags)).toEqual({ labelSelector, fieldSelector });
});

it.each([
  ['a name that would be another selector', { pair: 'a) b=c' }],
  ['a state that is none', { state: 'Gone' }],
  ['two families', { family: '5' }],
  ['two long names', { subnet: `${LONG},${LONG}` }],
  ['a long name that no field has', { sharedNetwork: LONG }],
  ['no address', { address: 'desks' }],
  ['no hardware address', { hwAddress: 'xyz' }],
  ['a host name that would be another selector', { hostname: 'a,spec.state=x' }],
])('%s is refused in words', (_because, flags) => {
  expect(() => selectorsOf(flags)).toThrow(Complaint);
});

/** Statements as text; what PostgreSQL makes of them is the contract suite's matter. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DHCPV4 } from '../../kea/dhcpv4.ts';
import { DHCPV6 } from '../../kea/dhcpv6.ts';
import type { LeaseSelection } from '../selection.ts';
import { SHOWN_STATES } from '../shownState.ts';
import { firstStatement, selectStatement, wayOf } from './select.ts';

it.each<[Omit<LeaseSelection, 'now'>, string, string]>([
  [{ hwAddress: '0a' }, 'Few', 'Scan'],
  [{ duid: '0a' }, 'Scan', 'Few'],
  [{ clientId: '0a' }, 'Few', 'Scan'],
  [{ hostname: 'a', subnetIds: [1] }, 'Few', 'Few'],
  [{ subnetIds: [1] }, 'Index', 'Index'],
  [{ states: ['Declined', 'Expired'] }, 'Index', 'Index'],
  [{ states: ['Declined', 'Active'] }, 'Scan', 'Scan'],
  [{ states: SHOWN_STATES }, 'Scan', 'Scan'],
  [{ notSubnetIds: [1] }, 'Scan', 'Scan'],
  [{ hostnamePrefix: 'a' }, 'Scan', 'Scan'],
])('%j is found in IPv4 by %s, in IPv6 by %s', (selection, four, six) => {
  const of = { ...selection, now: 0 };
  expect([wayOf(DHCPV4, of), wayOf(DHCPV6, of)]).toEqual([four, six]);
});

it('every value is a parameter, and every parameter is spoken of, whatever is selected', () => {
  const selection = fc.record(
    {
      type: fc.constantFrom('Address' as const, 'Prefix' as const),
      prefixLength: fc.nat(128),
      subnetIds: fc.array(fc.nat()),
      notSubnetIds: fc.array(fc.nat()),
      hwAddress: fc.constant('0a:0b'),
      hostname: fc.constant("x' OR true --"),
      hostnamePrefix: fc.constant('$1; DROP TABLE lease4'),
      states: fc.uniqueArray(fc.constantFrom(...SHOWN_STATES), { minLength: 1 }),
      now: fc.nat(),
    },
    { requiredKeys: ['now'] },
  );
  const bounds = { first: 1n, last: 2n };
  fc.assert(
    fc.property(fc.constantFrom(DHCPV4, DHCPV6), selection, (family, of) => {
      const all = [selectStatement(family, 'c', of, bounds, 5), firstStatement(family, 'c', of, bounds, 5, 20)];
      for (const { text, values } of all) {
        const spoken = new Set([...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
        expect([...spoken].sort((a, b) => a - b)).toEqual(values.map((_, index) => index + 1));
        expect(text).not.toMatch(/DROP|--|WHERE +ORDER|AND +ORDER/);
      }
    }),
  );
});

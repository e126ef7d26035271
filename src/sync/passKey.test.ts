import { describe, expect, it } from 'vitest';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import { passesOf, passKeyOf, passOf } from './passKey.ts';

describe('the key of a pass', () => {
  it('is that of the pair for IPv4, and has the family at its end for IPv6', () => {
    expect(passesOf('net/office')).toEqual(['net/office', 'net/office@IPv6']);
  });

  it.each([DHCPV4, DHCPV6])('says of what it is', (family) => {
    expect(passOf(passKeyOf('net/office', family))).toEqual({ pair: 'net/office', family });
  });

  it('of unattached objects is of no family', () => {
    expect(passOf('net/')).toEqual({ pair: 'net/', family: DHCPV4 });
  });
});

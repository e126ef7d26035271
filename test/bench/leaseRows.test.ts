import { describe, expect, it } from 'vitest';
import { copyOf, leaseAt, leaseFile, subnetsOfLeases } from './leaseRows.ts';

describe('the leases that are measured', () => {
  it.each([
    [0, '10.0.0.0', '02:0b:00:00:00:00', 1],
    [65_535, '10.0.255.255', '02:0b:00:00:ff:ff', 1],
    [65_536, '10.1.0.0', '02:0b:00:01:00:00', 2],
    [999_999, '10.15.66.63', '02:0b:00:0f:42:3f', 16],
  ])('number %i is of an address and a client of its own', (n, address, hwAddress, subnetId) => {
    const hostname = `host-${n}.example.org`;
    expect(leaseAt(n)).toEqual({ address, hwAddress, clientId: `01:${hwAddress}`, hostname, subnetId });
  });

  it('have subnets enough', () => {
    expect(subnetsOfLeases(65_536)).toEqual([{ id: 1, cidr: '10.0.0.0/16' }]);
    expect(subnetsOfLeases(1_000_000).at(-1)).toEqual({ id: 16, cidr: '10.15.0.0/16' });
  });

  it.each([0, -1, 16_777_217, Number.NaN])('cannot be %d', (leases) => {
    expect(() => subnetsOfLeases(leases)).toThrow('LEASES is a number');
  });

  it('are lines of a file as Kea writes it', () => {
    const [head, first, ...rest] = [...leaseFile(20_001, 1_000_000)].join('').trim().split('\n');
    expect(head).toMatch(/^address,hwaddr,client_id,/);
    expect(first).toBe('10.0.0.0,02:0b:00:00:00:00,01:02:0b:00:00:00:00,86400,1086400,1,0,0,host-0.example.org,0,,0');
    expect(rest).toHaveLength(20_000);
  });

  it('are custom resources with all that a lease tells', () => {
    expect(copyOf(7, 'group/v1', 'Copy', 'dhcp', 0)).toMatchObject({
      metadata: { name: '10.0.0.7', namespace: 'dhcp' },
      spec: { hwAddress: '02:0b:00:00:00:07', subnet: 'net-1' },
      status: { expires: '1970-01-02T00:00:00Z' },
    });
  });
});

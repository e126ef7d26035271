import { describe, expect, it } from 'vitest';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { contentOf } from '../../src/kea/json.ts';
import { compileWith, sceneOf } from '../support/objects.ts';
import { byHand, otherSubnet, reservationsOf, type Service, subnetsOf, writingLeases } from './serviceConfigs.ts';

const RELAY = '198.18.7.12';
const SERVERS = [
  { name: 'server1', address: '198.18.7.10' },
  { name: 'server2', address: '198.18.7.11' },
];
const DATABASE = { host: '198.18.7.1', port: 5432, name: 'kea', user: 'kea', password: 'secret' };
const SERVICE: Service = { mode: 'HotStandby', leaseStorage: 'Memfile', reserved: 300, others: 200 };

const handMade = (service: Partial<Service> = {}) => {
  const [first = { name: '', address: '' }] = SERVERS;
  return contentOf(DHCPV4, byHand(first, SERVERS, { ...SERVICE, ...service }, RELAY, DATABASE));
};
const relationship = (Dhcp4: Readonly<Record<string, unknown>>) => {
  const hooks = Dhcp4['hooks-libraries'] as { parameters?: Record<string, Record<string, unknown>[]> }[];
  return hooks.flatMap(({ parameters }) => parameters?.['high-availability'] ?? [])[0];
};

describe('both ways', () => {
  const objects = { subnets: subnetsOf(SERVICE, RELAY), reservations: reservationsOf(SERVICE) };
  const compiled = compileWith(sceneOf(objects));

  it('serve the same subnets, pools, relays and reservations', () => {
    expect([...compiled.verdicts.values()].every(({ accepted }) => accepted)).toBe(true);
    const { subnets, hosts } = compiled.desired;
    const rows = new Map([...subnets.values()].map(({ body }) => [body.subnet, body]));
    const hand = handMade().subnet4 as readonly {
      subnet: string;
      pools: object[];
      relay?: object;
      reservations?: object[];
    }[];
    expect(hand.map(({ subnet }) => subnet).sort()).toEqual([...rows.keys()].sort());
    for (const { subnet, pools, relay } of hand) {
      expect(rows.get(subnet)?.pools).toMatchObject(pools);
      if (relay !== undefined) expect(rows.get(subnet)?.relay).toEqual(relay);
    }
    const reserved = [...hosts.values()].map(({ body }) => ({
      'hw-address': body.identifier.replace(/..(?!$)/g, '$&:'),
      'ip-address': body['ip-address'],
    }));
    expect(hand[0]?.reservations).toHaveLength(300);
    expect(reserved.sort(byAddress)).toEqual((hand[0]?.reservations as typeof reserved).toSorted(byAddress));
  });

  it('keep a Subnet that changes the same but for its router', () => {
    const changed = otherSubnet(7, 9);
    const after = compileWith(sceneOf({ ...objects, subnets: [...objects.subnets.slice(0, 7), changed] }));
    expect(after.verdicts.get('Subnet/prod/other-7')).toEqual({ accepted: true });
  });
});

const byAddress = (a: { 'ip-address'?: string | undefined }, b: { 'ip-address'?: string | undefined }): number =>
  (a['ip-address'] ?? '').localeCompare(b['ip-address'] ?? '');

describe('byHand', () => {
  it('keeps leases in files, and tells the partner', () => {
    const Dhcp4 = handMade();
    expect(Dhcp4['lease-database']).toEqual({ type: 'memfile' });
    expect(relationship(Dhcp4)).toMatchObject({
      mode: 'hot-standby',
      peers: [{ role: 'primary' }, { role: 'standby' }],
    });
    expect(relationship(Dhcp4)).not.toHaveProperty('send-lease-updates');
    expect(JSON.stringify(Dhcp4)).not.toContain('postgresql');
  });

  it('shares the leases of a database', () => {
    const Dhcp4 = handMade({ leaseStorage: 'PostgreSQL' });
    expect(Dhcp4['lease-database']).toEqual({ type: 'postgresql', ...DATABASE });
    expect(relationship(Dhcp4)).toMatchObject({ 'send-lease-updates': false, 'sync-leases': false });
  });

  it('shares the work', () => {
    expect(relationship(handMade({ mode: 'LoadBalancing' }))).toMatchObject({
      mode: 'load-balancing',
      peers: [{ role: 'primary' }, { role: 'secondary' }],
    });
  });
});

it('both write a lease for each exchange', () => {
  const threshold = contentOf(DHCPV4, writingLeases({ Dhcp4: { loggers: [] } }))['cache-threshold'];
  expect(threshold).toBeGreaterThan(0);
  expect(handMade()['cache-threshold']).toBe(threshold);
});

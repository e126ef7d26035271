/** Leases of both families in one namespace: of a pair that serves both, and of one that serves IPv6 alone. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DHCPV6 } from '../../../src/kea/dhcpv6.ts';
import { leaseWriter } from '../../support/leases.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { askingWith, linesOf } from './asking.ts';
import type { World } from './world.ts';

const NAMESPACE = 'both';
/** DUID of each client but for its last byte. */
const CLIENT = '00:03:00:01:02:00:5e:10:00';

export const familyTests = (world: () => World): void => {
  const { kubectl, refused } = askingWith(world);
  let database: TestDatabase;

  beforeAll(async () => {
    await world().namespace(NAMESPACE);
    database = await world().postgres.database();
    await database.query(`
      INSERT INTO lease4 (address, hwaddr, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, pool_id)
      VALUES ('10.9.0.1'::inet - '0.0.0.0'::inet, '\\x020000000001', 3600, now() + interval '1 hour', 9, false, false, '', 0, 0)`);
    await database.query(`
      INSERT INTO lease6 (address, duid, valid_lifetime, expire, subnet_id, pref_lifetime, lease_type, iaid, prefix_len,
        fqdn_fwd, fqdn_rev, hostname, hwaddr, hwtype, state, pool_id)
      VALUES
        ('2001:db8:9::a', '\\x0003000102005e100001', 3600, now() + interval '1 hour', 9, 1800, 0, 7, 128, false, false, 'desk', '\\x02005e100001', 1, 0, 0),
        ('2001:db8:9::9', '\\x0003000102005e100002', 3600, now() - interval '5 minutes', 9, 1800, 0, -1, 128, false, false, '', NULL, NULL, 0, 0),
        ('2001:db8:8000::', '\\x0003000102005e100001', 3600, now() + interval '1 hour', 9, 1800, 2, 8, 56, false, false, '', NULL, NULL, 0, 0)`);
    for (const ipFamily of ['IPv4', 'IPv6'] as const) {
      await world().pair({
        namespace: NAMESPACE,
        pair: 'campus',
        ipFamily,
        storage: 'PostgreSQL',
        database: database.target,
      });
    }
    // Subnets of both families have one id: their ids are apart.
    await world().subnet({ namespace: NAMESPACE, name: 'desks', pair: 'campus', cidr: '10.9.0.0/16', subnetId: 9 });
    await world().subnet({
      namespace: NAMESPACE,
      name: 'desks-v6',
      pair: 'campus',
      cidr: '2001:db8:9::/64',
      subnetId: 9,
    });

    const memory = await world().lab.server('memory6', {
      family: DHCPV6,
      dhcp6: { subnet6: [{ id: 8, subnet: '2001:db8:8::/64' }] },
    });
    const kea = leaseWriter(memory);
    const client = { duid: `${CLIENT}:03`, iaid: 1 };
    await kea.add({ address: '2001:db8:8::1', subnetId: 8, validLifetime: 3_600, ...client });
    await kea.close();
    await world().pair({
      namespace: NAMESPACE,
      pair: 'memory6',
      ipFamily: 'IPv6',
      storage: 'Memfile',
      servers: [memory.endpoint],
    });
  });
  afterAll(() => database.drop());

  it('shows addresses and prefixes of both', async () => {
    const [, ...rows] = linesOf(await kubectl('get', 'leases', '-n', NAMESPACE, '-o', 'wide'));
    // All but the times.
    expect(rows.map((cells) => [...cells.slice(0, 5), ...cells.slice(8, 11)])).toEqual([
      ['10.9.0.1', '02:00:00:00:00:01', '<none>', 'desks', 'Active', '<none>', '<none>', 'campus'],
      ['2001:db8:9::9', '<none>', '<none>', 'desks-v6', 'Expired', `${CLIENT}:02`, '4294967295', 'campus'],
      ['2001:db8:9::a', '02:00:5e:10:00:01', 'desk', 'desks-v6', 'Active', `${CLIENT}:01`, '7', 'campus'],
      ['2001:db8:8000::/56', '<none>', '<none>', 'desks-v6', 'Active', `${CLIENT}:01`, '8', 'campus'],
      ['2001:db8:8::1', '02:00:00:00:00:01', '<none>', '#8', 'Active', `${CLIENT}:03`, '1', 'memory6'],
    ]);
  });

  it('has every one once, page by page', async () => {
    const names = await kubectl('get', 'leases', '-n', NAMESPACE, '-o', 'name', '--chunk-size=1');
    expect(names.trim().split('\n')).toEqual(
      ['10.9.0.1', '2001:db8:9::9', '2001:db8:9::a', '2001:db8:8000::-56', '2001:db8:8::1'].map(
        (name) => `lease.state.kea-operator.io/${name}`,
      ),
    );
  });

  it.each([
    [
      'an address',
      '2001:db8:9::a',
      { type: 'Address', address: '2001:db8:9::a', subnet: 'desks-v6', subnetId: 9, iaid: 7, preferredLifetime: 1_800 },
    ],
    [
      'a prefix',
      '2001:db8:8000::-56',
      { type: 'Prefix', address: '2001:db8:8000::', prefixLength: 56, haPair: 'campus', duid: `${CLIENT}:01`, iaid: 8 },
    ],
    ['an address that a server has in memory', '2001:db8:8::1', { type: 'Address', haPair: 'memory6', subnetId: 8 }],
    ['an address of IPv4', '10.9.0.1', { type: 'Address', haPair: 'campus', subnet: 'desks', subnetId: 9 }],
  ])('gives %s by its name', async (_, name, spec) => {
    const lease: unknown = parse(await kubectl('get', 'lease', name, '-n', NAMESPACE, '-o', 'yaml'));
    expect(lease).toMatchObject({ metadata: { name, namespace: NAMESPACE }, spec });
  });

  it.each(['2001:db8:9::ffff', '2001:db8:8000::-57', '2001:db8:8000::'])('has no lease %s', async (name) => {
    expect((await refused('get', 'lease', name, '-n', NAMESPACE)).stderr).toContain('NotFound');
  });
};

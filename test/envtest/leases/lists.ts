/** What is shown of leases: lists, pages, single ones. */
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import type { TestDatabase } from '../../support/postgres.ts';
import { askingWith, linesOf } from './asking.ts';
import type { World } from './world.ts';

const API = '/apis/state.kea-operator.io/v1alpha1';

interface LeaseList {
  readonly metadata: { readonly continue?: string; readonly resourceVersion: string };
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

export const listTests = (world: () => World, database: () => TestDatabase): void => {
  const { kubectl, refused } = askingWith(world);
  const raw = async (query: string): Promise<LeaseList> =>
    JSON.parse(await kubectl('get', '--raw', `${API}/namespaces/dhcp/leases${query}`)) as LeaseList;

  it('shows every lease of the namespace, in the order of addresses', async () => {
    const [head, first, second, third, ...rest] = linesOf(await kubectl('get', 'leases', '-n', 'dhcp'));
    expect(head).toEqual(['ADDRESS', 'HW-ADDRESS', 'HOSTNAME', 'SUBNET', 'STATE', 'EXPIRES']);
    expect(first).toEqual([
      '10.7.0.1',
      '02:00:00:00:00:01',
      'host-1199',
      'desks',
      'Active',
      expect.stringMatching(/^(30|2\d)m/),
    ]);
    expect(second?.slice(3)).toEqual(['desks', 'Expired', expect.stringMatching(/^[5-9]m.* ago$/)]);
    expect(third?.slice(3, 5)).toEqual(['desks', 'Declined']);
    expect(rest).toHaveLength(1_197);
    expect(rest.at(-1)?.[0]).toBe('10.7.4.176');
  });

  it('shows more with -o wide', async () => {
    const [head, first] = linesOf(await kubectl('get', 'leases', '-n', 'branch', '-o', 'wide'));
    expect(head?.slice(6)).toEqual([
      ...['FAMILY', 'TYPE', 'CLIENT-ID', 'IAID', 'PAIR', 'SHARED-NETWORK', 'RESERVATION', 'LIFETIME', 'EXPIRES-AT'],
    ]);
    expect(first?.slice(0, 5)).toEqual(['10.8.0.9', '02:00:00:00:00:01', '<none>', '#8', 'Active']);
    expect(first?.slice(6)).toEqual([
      'IPv4',
      'Address',
      '<none>',
      '<none>',
      'memory',
      '<none>',
      '<none>',
      '1h',
      expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
    ]);
  });

  it('reads the memory of a server through its control channel', async () => {
    const addresses = linesOf(await kubectl('get', 'leases', '-n', 'branch')).map(([address]) => address);
    expect(addresses).toEqual(['ADDRESS', '10.8.0.9', '10.8.0.10', '10.8.0.100']);
  });

  it('gives one lease by its address, as an object', async () => {
    const lease: unknown = parse(await kubectl('get', 'lease', '10.7.0.1', '-n', 'dhcp', '-o', 'yaml'));
    expect(lease).toMatchObject({
      apiVersion: 'state.kea-operator.io/v1alpha1',
      kind: 'Lease',
      metadata: { name: '10.7.0.1', namespace: 'dhcp', labels: { 'kea-operator.io/state': 'Active' } },
      spec: {
        ipFamily: 'IPv4',
        type: 'Address',
        address: '10.7.0.1',
        haPair: 'office',
        subnet: 'desks',
        subnetId: 7,
        hwAddress: '02:00:00:00:00:01',
        clientId: '01:02:00:00:00:00:01',
        hostname: 'host-1199',
        validLifetime: 3_600,
      },
      status: { state: 'Active' },
    });
  });

  it.each([
    [['lease', '10.8.0.9', '-n', 'branch', '-o', 'name'], 'lease.state.kea-operator.io/10.8.0.9'],
    [['dl', '10.8.0.9', '-n', 'branch', '-o', 'jsonpath={.spec.haPair}'], 'memory'],
    [['dhcplease/10.8.0.9', '-n', 'branch', '-o', 'jsonpath={.spec.subnetId}'], '8'],
    [['dhcpleases', '-n', 'branch', '-o', 'jsonpath={.items[*].metadata.name}'], '10.8.0.9 10.8.0.10 10.8.0.100'],
    [
      ['leases.state.kea-operator.io', '-n', 'branch', '--no-headers', '-o', 'custom-columns=A:.spec.address'],
      '10.8.0.9\n10.8.0.10\n10.8.0.100',
    ],
    [
      ['leases', '10.8.0.9', '10.8.0.10', '-n', 'branch', '-o', 'name'],
      'lease.state.kea-operator.io/10.8.0.9\nlease.state.kea-operator.io/10.8.0.10',
    ],
    [
      ['leases', '-n', 'branch', '--field-selector', 'metadata.name=10.8.0.10', '-o', 'name'],
      'lease.state.kea-operator.io/10.8.0.10',
    ],
    [
      [
        'leases',
        '-n',
        'dhcp',
        '--chunk-size=0',
        '--sort-by=.spec.hostname',
        '-o',
        'jsonpath={.items[0].metadata.name}',
      ],
      '10.7.4.176',
    ],
  ])('get %j', async (args, expected) => {
    expect((await kubectl('get', ...args)).trim()).toBe(expected);
  });

  it.each([['--chunk-size=0'], ['--chunk-size=500'], ['--chunk-size=7'], ['--chunk-size=1200']])(
    'has every lease once with %s',
    async (chunk) => {
      const [, ...lines] = linesOf(await kubectl('get', 'leases', '-n', 'branch', chunk));
      expect(lines.map(([address]) => address)).toEqual(['10.8.0.9', '10.8.0.10', '10.8.0.100']);
      const names = (
        await kubectl(
          'get',
          'leases',
          '-n',
          'dhcp',
          '-o',
          'name',
          ...(chunk === '--chunk-size=7' ? ['--chunk-size=300'] : [chunk]),
        )
      )
        .trim()
        .split('\n');
      expect(new Set(names).size).toBe(1_200);
      expect(names).toHaveLength(1_200);
    },
  );

  it('sorts a whole list by a field', async () => {
    const [, ...lines] = linesOf(await kubectl('get', 'leases', '-n', 'dhcp', '--sort-by=.spec.hostname'));
    const hostnames = lines.map(([, , hostname]) => hostname);
    expect(hostnames).toHaveLength(1_200);
    expect(hostnames[0]).toBe('host-0');
    expect(hostnames).toContain('host-1199');
  });

  it('gives pages whose tokens lead through the whole list', async () => {
    const names: string[] = [];
    const sizes: number[] = [];
    let next: string | undefined;
    do {
      const page = await raw(`?limit=500${next === undefined ? '' : `&continue=${next}`}`);
      names.push(...page.items.map(({ metadata }) => metadata.name));
      sizes.push(page.items.length);
      next = page.metadata.continue;
      expect(page.metadata).not.toHaveProperty('remainingItemCount');
    } while (next !== undefined);
    expect(sizes).toEqual([500, 500, 200]);
    expect(new Set(names).size).toBe(1_200);
    expect(names.slice(8, 11)).toEqual(['10.7.0.9', '10.7.0.10', '10.7.0.11']);
  });

  it.each([
    [300, 'short enough to be one'],
    [30_000, 'longer than Node.js lets a request be by itself'],
    [100_000, 'longer than any request may be here'],
    [900_000, 'nearly as long as kube-apiserver takes, which passes it on'],
  ])('a continue token of %i characters that is none is a mistake of the asker: %s', async (length) => {
    const query = { limit: 10, continue: 'A'.repeat(length) };
    const path = `${API}/namespaces/dhcp/leases`;
    const { client } = world().server;
    await expect(client.raw({ method: 'GET', path, query })).rejects.toMatchObject({
      status: 400,
      reason: 'BadRequest',
      message: expect.stringContaining('the continue token is not one that this API gave') as string,
    });
    // Whoever asks over the same connection of kube-apiserver is answered.
    expect((await raw('?limit=1')).items).toHaveLength(1);
  });

  it('a page goes on though leases come and go between', async () => {
    const first = await raw('?limit=10');
    await database().query(`DELETE FROM lease4 WHERE address = '10.7.0.10'::inet - '0.0.0.0'::inet`);
    const second = await raw(`?limit=2&continue=${first.metadata.continue ?? ''}`);
    expect(second.items.map(({ metadata }) => metadata.name)).toEqual(['10.7.0.11', '10.7.0.12']);
    expect((await refused('get', 'lease', '10.7.0.10', '-n', 'dhcp')).stderr).toBe(
      'Error from server (NotFound): leases.state.kea-operator.io "10.7.0.10" not found\n',
    );
    await database().query(`
      INSERT INTO lease4 (address, hwaddr, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, pool_id)
      VALUES ('10.7.0.10'::inet - '0.0.0.0'::inet, '\\x02000000000a', 3600, date_trunc('second', now()) + interval '1 hour', 7, false, false, '', 0, 0)`);
  });

  it('has no leases where there are none, and none in a namespace that is not there', async () => {
    for (const name of ['empty', 'nowhere']) {
      const { code, stdout, stderr } = await world().kubectl(['get', 'leases', '-n', name]);
      expect([code, stdout, stderr]).toEqual([0, '', `No resources found in ${name} namespace.\n`]);
    }
    expect((await refused('get', 'lease', '10.7.0.1', '-n', 'empty')).stderr).toContain('NotFound');
    expect((await refused('get', 'lease', 'printer', '-n', 'dhcp')).stderr).toContain('"printer" not found');
  });

  it('names the pair whose store is down', async () => {
    const message = 'leases of HAPair broken/lost cannot be read: PostgreSQL: connect ECONNREFUSED 127.0.0.1:1';
    for (const args of [['leases'], ['lease', '10.9.0.1'], ['leases', '--chunk-size=0']]) {
      const { stdout, stderr } = await refused('get', ...args, '-n', 'broken');
      expect([stdout, stderr]).toEqual(['', `Error from server (ServiceUnavailable): ${message}\n`]);
    }
  });

  it.each(['--chunk-size=500', '--chunk-size=0'])(
    'across all namespaces shows what there is, and warns of what is missing, with %s',
    async (chunk) => {
      const { code, stdout, stderr } = await world().kubectl(['get', 'leases', '-A', chunk]);
      expect(code).toBe(0);
      const [head, ...lines] = linesOf(stdout);
      expect(head?.slice(0, 2)).toEqual(['NAMESPACE', 'ADDRESS']);
      expect(lines).toHaveLength(1_203);
      expect(lines.slice(0, 4).map(([namespace, address]) => `${namespace ?? ''} ${address ?? ''}`)).toEqual([
        'branch 10.8.0.9',
        'branch 10.8.0.10',
        'branch 10.8.0.100',
        'dhcp 10.7.0.1',
      ]);
      expect(new Set(stderr.trim().split('\n'))).toEqual(
        new Set([
          'Warning: leases of HAPair broken/lost cannot be read: PostgreSQL: connect ECONNREFUSED 127.0.0.1:1; its leases are missing here',
        ]),
      );
    },
  );
};

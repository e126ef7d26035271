/** Leases by labels and by fields, on both stores; the answers of other forms, and what continue tokens are good for. */
import { beforeAll, expect, it } from 'vitest';
import { leaseWriter } from '../../support/leases.ts';
import { until } from '../../support/run.ts';
import { askingWith, linesOf } from './asking.ts';
import { directTo } from './direct.ts';
import type { World } from './world.ts';

const API = '/apis/state.kea-operator.io/v1alpha1';
/** Of a pair in PostgreSQL (world of leases.test.ts, 10.7.0.1 …), and of one in memory. */
const MEMORY = 'selected';
const ROOT = { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' };

interface Items {
  readonly kind: string;
  readonly metadata: { readonly continue?: string };
  readonly items: readonly { readonly metadata: { readonly name: string; readonly labels?: object } }[];
}

export const selectorTests = (world: () => World): void => {
  const { kubectl, refused } = askingWith(world);
  const { direct, identity } = directTo(world);
  const names = async (...args: string[]): Promise<string[]> => {
    const { code, stdout } = await world().kubectl(['get', 'leases', '-o', 'name', ...args]);
    expect(code).toBe(0);
    return stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.slice('lease.state.kea-operator.io/'.length));
  };
  const asked = async (path: string, accept = 'application/json') =>
    direct(path, { ...ROOT, accept }, await identity('front-proxy'));
  const list = async (query: string, accept?: string): Promise<Items> =>
    JSON.parse((await asked(`${API}/namespaces/dhcp/leases?${query}`, accept)).body) as Items;

  beforeAll(async () => {
    await world().namespace(MEMORY);
    const subnet4 = [10, 11].map((id) => ({ id, subnet: `10.${id}.0.0/16` }));
    const quiet = { 'expired-leases-processing': { 'reclaim-timer-wait-time': 0 } };
    const server = await world().lab.server('selected', { dhcp4: { subnet4, ...quiet } });
    const kea = leaseWriter(server);
    const ago = Math.floor(Date.now() / 1000) - 100;
    await kea.add(
      { address: '10.10.0.1', subnetId: 10, hwAddress: '02:00:5e:10:00:01', hostname: 'printer', validLifetime: 3_600 },
      { address: '10.10.0.2', subnetId: 10, hwAddress: '02:00:5e:10:00:02', hostname: 'printer-2', state: 1 },
      { address: '10.11.0.1', subnetId: 11, hwAddress: '02:00:5e:10:00:01', clientId: '01:02', validLifetime: 3_600 },
      { address: '10.11.0.2', subnetId: 11, hwAddress: '02:00:5e:10:00:03', validLifetime: 60, expire: ago },
    );
    await kea.close();
    const pair = { namespace: MEMORY, pair: 'memory' };
    await world().pair({ ...pair, ipFamily: 'IPv4', storage: 'Memfile', servers: [server.endpoint] });
    const network = 'campus';
    await world().subnet({ ...pair, name: 'desks', cidr: '10.10.0.0/16', subnetId: 10, network });
    await world().subnet({ ...pair, name: 'lab', cidr: '10.11.0.0/16', subnetId: 11 });
    await world().reservation(MEMORY, 'front-desk', {
      subnetRef: { name: 'desks' },
      identifier: { hwAddress: '02-00-5E-10-00-01' },
      ipAddress: '10.10.0.1',
    });
    await until(
      'the objects',
      20,
      async () => (await kubectl('get', 'lease', '10.10.0.1', '-n', MEMORY, '-o', 'yaml')).includes('front-desk'),
      200,
    );
  });

  it.each([
    [
      ['-l', 'kea-operator.io/subnet=desks'],
      ['10.10.0.1', '10.10.0.2'],
    ],
    [
      ['-l', 'kea-operator.io/subnet!=desks'],
      ['10.11.0.1', '10.11.0.2'],
    ],
    [
      ['-l', 'kea-operator.io/subnet in (lab,other)'],
      ['10.11.0.1', '10.11.0.2'],
    ],
    [
      ['-l', 'kea-operator.io/shared-network=campus'],
      ['10.10.0.1', '10.10.0.2'],
    ],
    [
      ['-l', '!kea-operator.io/shared-network'],
      ['10.11.0.1', '10.11.0.2'],
    ],
    [['-l', 'kea-operator.io/state=Declined'], ['10.10.0.2']],
    [['-l', 'kea-operator.io/state notin (Declined,Active)'], ['10.11.0.2']],
    [['-l', 'kea-operator.io/state=Active,kea-operator.io/subnet=lab'], ['10.11.0.1']],
    [['-l', 'kea-operator.io/pair=other'], []],
    [['-l', 'kea-operator.io/family=IPv6'], []],
    [['-l', 'kea-operator.io/type=Prefix'], []],
    [['-l', 'color=red'], []],
    [
      ['--field-selector', 'spec.hwAddress=02005e100001'],
      ['10.10.0.1', '10.11.0.1'],
    ],
    [['--field-selector', 'status.hwAddress=02-00-5E-10-00-01,spec.subnet=lab'], ['10.11.0.1']],
    [['--field-selector', 'spec.clientId=0102'], ['10.11.0.1']],
    [['--field-selector', 'spec.hostname=Printer'], ['10.10.0.1']],
    [
      ['--field-selector', 'spec.hostname=printer*'],
      ['10.10.0.1', '10.10.0.2'],
    ],
    [
      ['--field-selector', 'status.address=10.11.0.0/16'],
      ['10.11.0.1', '10.11.0.2'],
    ],
    [['--field-selector', 'spec.subnetId=11,status.state=Expired'], ['10.11.0.2']],
    [
      ['--field-selector', 'spec.haPair=memory', '--chunk-size=1'],
      ['10.10.0.1', '10.10.0.2', '10.11.0.1', '10.11.0.2'],
    ],
    [['--field-selector', 'spec.duid=00:03:00:01'], []],
  ])('in memory %j selects %j', async (args, expected) => {
    expect(await names('-n', MEMORY, ...args)).toEqual(expected);
  });

  it.each([
    [['-l', 'kea-operator.io/state=Declined'], ['10.7.0.3']],
    [
      ['-l', 'kea-operator.io/state in (Expired,Declined),kea-operator.io/subnet=desks'],
      ['10.7.0.2', '10.7.0.3'],
    ],
    [['-l', 'kea-operator.io/subnet notin (desks)'], []],
    [['--field-selector', 'spec.hwAddress=02-00-00-00-00-0B'], ['10.7.0.11']],
    [['--field-selector', 'spec.clientId=0x0102000000000b'], ['10.7.0.11']],
    [['--field-selector', 'spec.hostname=HOST-1189'], ['10.7.0.11']],
    [
      ['--field-selector', 'spec.hostname=host-118*,spec.address=10.7.0.0/28'],
      ['10.7.0.11', '10.7.0.12', '10.7.0.13', '10.7.0.14', '10.7.0.15'],
    ],
    [['--field-selector', 'spec.address=10.7.4.176'], ['10.7.4.176']],
    [['--field-selector', 'metadata.name=10.7.4.176'], ['10.7.4.176']],
    [['--field-selector', 'spec.subnetId=8'], []],
  ])('in PostgreSQL %j selects %j', async (args, expected) => {
    expect(await names('-n', 'dhcp', ...args)).toEqual(expected);
  });

  it('selects across namespaces, and asks no pair that can have nothing of it', async () => {
    // The pair whose database is away would be a warning.
    const { code, stdout, stderr } = await world().kubectl([
      ...['get', 'leases', '-A', '-l', 'kea-operator.io/pair in (memory)', '--no-headers'],
      ...['-o', 'custom-columns=A:.metadata.namespace,B:.metadata.name'],
    ]);
    expect([code, stderr]).toEqual([0, '']);
    const rows = linesOf(stdout).map((cells) => cells.join(' '));
    expect(rows).toContain(`${MEMORY} 10.10.0.1`);
    expect(rows).toContain('branch 10.8.0.9');
    expect(rows.every((row) => !row.startsWith('dhcp '))).toBe(true);
  });

  it('finds a name in any namespace', async () => {
    const { stdout } = await world().kubectl(['get', 'leases', '-A', '--field-selector', 'metadata.name=10.10.0.2']);
    expect(linesOf(stdout).map(([namespace, address]) => [namespace, address])).toEqual([
      ['NAMESPACE', 'ADDRESS'],
      [MEMORY, '10.10.0.2'],
    ]);
  });

  it('shows with -o wide what else is known, and labels with -L', async () => {
    const [, first] = linesOf(await kubectl('get', 'leases', '-n', MEMORY, '-o', 'wide'));
    expect(first?.slice(0, 5)).toEqual(['10.10.0.1', '02:00:5e:10:00:01', 'printer', 'desks', 'Active']);
    expect(first?.slice(6, 13)).toEqual(['IPv4', 'Address', '<none>', '<none>', 'memory', 'campus', 'front-desk']);
    const [head, labelled] = linesOf(await kubectl('get', 'leases', '-n', MEMORY, '-L', 'kea-operator.io/family'));
    expect([head?.at(-1), labelled?.at(-1)]).toEqual(['FAMILY', 'IPv4']);
  });

  it.each([
    [['-l', 'kea-operator.io/state>1'], 'unable to parse requirement|cannot be read'],
    [['--field-selector', 'spec.address=10'], 'address must be an address or a prefix'],
  ])('%j is a mistake of the asker', async (args, message) => {
    expect((await refused('get', 'leases', '-n', 'dhcp', ...args)).stderr).toMatch(new RegExp(message));
  });

  it('gives metadata alone, with labels, to who asks for that', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const { kind, items } = await list('limit=1', accept);
    expect([kind, items[0]]).toMatchObject([
      'PartialObjectMetadataList',
      {
        metadata: {
          name: '10.7.0.1',
          labels: {
            'kea-operator.io/pair': 'office',
            'kea-operator.io/subnet': 'desks',
            'kea-operator.io/family': 'IPv4',
            'kea-operator.io/state': 'Active',
            'kea-operator.io/type': 'Address',
          },
        },
      },
    ]);
    expect(items[0]).not.toHaveProperty('spec');
  });

  it.each(['v2', 'v2beta1'])('tells of itself in one answer of version %s', async (version) => {
    const { body } = await asked(
      '/apis',
      `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    );
    expect(JSON.parse(body)).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      items: [{ metadata: { name: 'state.kea-operator.io' }, versions: [{ resources: [{ resource: 'leases' }] }] }],
    });
  });

  it.each(['/openapi/v2', `/openapi/v3${API}`])('%s tells what a list is asked with', async (path) => {
    const { paths } = JSON.parse((await asked(path)).body) as {
      paths: Record<string, { get: { parameters: { name: string }[] } }>;
    };
    const parameters = paths[`${API}/namespaces/{namespace}/leases`]?.get.parameters.map(({ name }) => name);
    expect(parameters).toEqual(['namespace', 'labelSelector', 'fieldSelector', 'limit', 'continue']);
  });

  it('a token goes on through the end of one process and the start of the next', async () => {
    const query = `labelSelector=${encodeURIComponent('kea-operator.io/state=Active')}&limit=500`;
    const first = await list(query);
    await world().api().stop(0, 1_000);
    await world().startApi();
    const second = await list(`${query}&continue=${first.metadata.continue ?? ''}`);
    const all = [...first.items, ...second.items].map(({ metadata }) => metadata.name);
    expect([first.items.length, new Set(all).size]).toEqual([500, 1_000]);
    expect([all[0], all[1], all[500]]).toEqual(['10.7.0.1', '10.7.0.4', '10.7.1.247']);
  });

  it('a token is good for its own selection, and one of another version is expired', async () => {
    const { metadata } = await list('limit=5');
    const path = (token: string) =>
      `${API}/namespaces/dhcp/leases?limit=5&fieldSelector=spec.subnetId%3D7&continue=${token}`;
    expect((await asked(path(metadata.continue ?? ''))).code).toBe(400);
    const old = Buffer.from(JSON.stringify({ v: 1, n: 'dhcp', p: 'office', a: '10.7.0.1' })).toString('base64url');
    const expired = await asked(path(old));
    expect([expired.code, JSON.parse(expired.body)]).toMatchObject([410, { reason: 'Expired' }]);
  });
};

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeaClient } from '../../src/kea/client.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { digestOf, liveNetwork, liveSubnet, preflightFragment, runningOf } from '../../src/kea/json.ts';
import type { Item, NetworkBody, SubnetBody } from '../../src/kea/state.ts';
import { openRelay, type TestRelay } from '../support/dhcp.ts';
import type { KeaServer } from '../support/kea.ts';
import { serverState } from '../support/keaState.ts';
import { CLASSES, useBench } from '../support/keaTier.ts';
import { become, FULL_NETWORK, FULL_SUBNET, host, network, subnet } from '../support/rows.ts';

const bench = useBench();
const GLOBALS = {
  'valid-lifetime': 4000,
  'min-valid-lifetime': 1000,
  'max-valid-lifetime': 9000,
  'renew-timer': 500,
  'client-classes': CLASSES,
};

let server: KeaServer;
let client: KeaClient;
beforeEach(async () => {
  server = await bench.server({ dhcp4: GLOBALS });
  ({ client } = server);
});

const pull = () => client.call('config-backend-pull', undefined);
const add = (item: Item<SubnetBody>, net?: NetworkBody) =>
  client.call('subnet4-add', { subnet4: [liveSubnet(DHCPV4, item, net)] });
const update = (item: Item<SubnetBody>, net?: NetworkBody) =>
  client.call('subnet4-update', { subnet4: [liveSubnet(DHCPV4, item, net)] });
const addNetwork = (item: Item<NetworkBody>) => client.call('network4-add', { 'shared-networks': [liveNetwork(item)] });
const join = (name: string, id: number) => client.call('network4-subnet-add', { name, id });

const running = async () => runningOf(DHCPV4, (await client.call('config-get', undefined)).Dhcp4);
describe('a client is offered the same whether the change came live or by a pull', () => {
  let relay: TestRelay;
  beforeEach(async () => {
    relay = await openRelay(bench.lab.network.address);
  });
  afterEach(() => relay.close());
  const relayed = { relay: { 'ip-addresses': [] as string[] } };
  const pools = [{ pool: '192.0.2.10-192.0.2.20' }];
  const cases: readonly [
    sentence: string,
    net: Partial<NetworkBody> | undefined,
    body: Partial<SubnetBody>,
    leaseTime: number,
  ][] = [
    ['with the global lease time', undefined, {}, 4000],
    ['with its own lease time', undefined, { 'valid-lifetime': 1500 }, 1500],
    ['with its own lease time below the global least', undefined, { 'valid-lifetime': 60 }, 60],
    ['with the network’s lease time', { 'valid-lifetime': 1234 }, {}, 1234],
    ['with the network’s lease time below the global least', { 'valid-lifetime': 99 }, {}, 99],
    ['with its own lease time in a network that has one', { 'valid-lifetime': 1234 }, { 'valid-lifetime': 77 }, 77],
    ['with the network’s timers', { 'renew-timer': 33, 'rebind-timer': 44, 'calculate-tee-times': false }, {}, 4000],
    [
      'with the network’s share of the lease time',
      { 'calculate-tee-times': true, 't1-percent': 0.1, 't2-percent': 0.2 },
      {},
      4000,
    ],
  ];

  it.each(cases)('%s', async (_, net, body, leaseTime) => {
    relayed.relay['ip-addresses'] = [bench.lab.network.address];
    const offer = async () => {
      const got = await relay.discover(server.address, { mac: '02005e100001', ask: [58, 59] });
      return [51, 58, 59].map((code) => got?.options.get(code)?.readUInt32BE());
    };
    const networks = net ? [network('n', net)] : [];
    const membership = net ? { 'shared-network-name': 'n' } : {};
    const item = subnet(1, '192.0.2.0/24', { ...body, ...relayed, ...membership, pools });

    // Added live.
    for (const one of networks) await addNetwork(one);
    await add(item, networks[0]?.body);
    if (net) await join('n', 1);
    const added = await offer();
    expect(added[0]).toBe(leaseTime);
    // Updated live.
    await update(item, networks[0]?.body);
    expect(await offer()).toEqual(added);
    // Pulled.
    await become(bench.backend, { networks, subnets: [item] });
    await pull();
    expect(await offer()).toEqual(added);
    // Updated live on what was pulled.
    await update(item, networks[0]?.body);
    expect(await offer()).toEqual(added);
  });
});

describe('the preflight', () => {
  const judge = (items: Parameters<typeof preflightFragment>[1]) =>
    client.call('config-test', preflightFragment(DHCPV4, items)).then(
      () => 'takes',
      (error: unknown) => String(error),
    );
  const pool = (text: string, rest = {}) => ({ pools: [{ pool: text, ...rest }] });
  const optionOf = (code: number, data: string) => ({
    'option-data': [{ code, space: 'dhcp4', data, 'csv-format': true }],
  });

  it('takes what is right, with reservations, in a few milliseconds', async () => {
    const items = {
      networks: [FULL_NETWORK],
      subnets: [FULL_SUBNET],
      hosts: [
        host(FULL_SUBNET.body.id, '02005e100001', { 'ip-address': '198.51.100.77' }),
        host(0, '02005e100002', { hostname: 'x' }),
      ],
    };
    expect(await judge(items)).toBe('takes');
  });

  it('judges a lease time by itself, as rows do, and not with the global bounds', async () => {
    expect(await judge({ networks: [], subnets: [subnet(1, '192.0.2.0/24', { 'valid-lifetime': 60 })] })).toBe('takes');
  });

  const wrong: readonly [sentence: string, items: Parameters<typeof preflightFragment>[1]][] = [
    ['a pool outside', { networks: [], subnets: [subnet(1, '192.0.2.0/24', pool('198.51.100.1-198.51.100.2'))] }],
    [
      'pools that overlap',
      {
        networks: [],
        subnets: [
          subnet(1, '192.0.2.0/24', { pools: [{ pool: '192.0.2.1-192.0.2.9' }, { pool: '192.0.2.9-192.0.2.10' }] }),
        ],
      },
    ],
    ['an option value', { networks: [], subnets: [subnet(1, '192.0.2.0/24', optionOf(3, 'x'))] }],
    [
      'an option value in a pool',
      { networks: [], subnets: [subnet(1, '192.0.2.0/24', pool('192.0.2.1-192.0.2.2', optionOf(3, 'x')))] },
    ],
    ['an option value in a network', { networks: [network('n', optionOf(3, 'x'))], subnets: [] }],
    [
      'an option value in a reservation',
      { networks: [], subnets: [subnet(1, '192.0.2.0/24')], hosts: [host(1, '02005e100001', optionOf(3, 'x'))] },
    ],
    ['an option without definition', { networks: [], subnets: [subnet(1, '192.0.2.0/24', optionOf(252, 'x'))] }],
    ['an allocator', { networks: [], subnets: [subnet(1, '192.0.2.0/24', { allocator: 'foo' })] }],
    ['an interface that is not there', { networks: [], subnets: [subnet(1, '192.0.2.0/24', { interface: 'eth9' })] }],
    [
      'two interfaces in a network',
      {
        networks: [network('n')],
        subnets: [
          subnet(1, '192.0.2.0/24', { interface: 'eth0', 'shared-network-name': 'n' }),
          subnet(2, '192.0.3.0/24', { interface: 'lo', 'shared-network-name': 'n' }),
        ],
      },
    ],
    ['one id twice', { networks: [], subnets: [subnet(1, '192.0.2.0/24'), subnet(1, '192.0.3.0/24')] }],
    ['one prefix twice', { networks: [], subnets: [subnet(1, '192.0.2.0/24'), subnet(2, '192.0.2.0/24')] }],
    [
      'bounds that are crossed',
      { networks: [], subnets: [subnet(1, '192.0.2.0/24', { 'valid-lifetime': 60, 'min-valid-lifetime': 90 })] },
    ],
    [
      'a reservation outside',
      {
        networks: [],
        subnets: [subnet(1, '192.0.2.0/24')],
        hosts: [host(1, '02005e100001', { 'ip-address': '198.51.100.1' })],
      },
    ],
    [
      'a subnet that is authoritative in a network that is not',
      {
        networks: [network('n', { authoritative: false })],
        subnets: [subnet(1, '192.0.2.0/24', { authoritative: true, 'shared-network-name': 'n' })],
      },
    ],
    [
      't1 behind t2',
      {
        networks: [],
        subnets: [subnet(1, '192.0.2.0/24', { 'calculate-tee-times': true, 't1-percent': 0.9, 't2-percent': 0.5 })],
      },
    ],
  ];
  it.each(wrong)('refuses %s, and the server stays as it was', async (_, items) => {
    await become(bench.backend, { networks: [FULL_NETWORK], subnets: [FULL_SUBNET] });
    await pull();
    const before = await running();
    expect(await judge(items)).toMatch(/^KeaRefused: config-test: /);
    expect(await running()).toEqual(before);
    expect((await client.call('status-get', undefined)).sockets?.status).toBe('ready');
  });

  it('refuses what would stop every server if it were a row', async () => {
    const bad = subnet(2, '192.0.3.0/24', optionOf(3, 'x'));
    await become(bench.backend, { subnets: [subnet(1, '192.0.2.0/24')] });
    await pull();
    expect(await judge({ networks: [], subnets: [bad] })).toMatch(/^KeaRefused/);
    await become(bench.backend, { subnets: [subnet(1, '192.0.2.0/24', { 'renew-timer': 60 }), bad] });
    await expect(pull()).rejects.toThrow(/could not create option/);
    expect((await serverState(client)).subnets.has(2)).toBe(false);
    await become(bench.backend, { subnets: [subnet(1, '192.0.2.0/24', { 'renew-timer': 60 })] });
    await pull();
    expect((await serverState(client)).subnets.get(1)?.body['renew-timer']).toBe(60);
  });
});

it('digestOf reads the marker of one object that was asked for', async () => {
  const item = subnet(1, '192.0.2.0/24');
  await add(item);
  const answer = await client.call('subnet4-get', { id: 1 });
  expect(answer?.subnets.map(digestOf)).toEqual([item.marker?.digest]);
  await addNetwork(network('n'));
  const networks = await client.call('network4-get', { name: 'n' });
  expect(networks?.['shared-networks'].map(digestOf)).toEqual([network('n').marker?.digest]);
});

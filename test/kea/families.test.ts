/** What both families have in common on a real server, each with its own words. */
import { beforeEach, describe, expect, it } from 'vitest';
import { addressingOf, parseRange, type Range } from '../../src/kea/address.ts';
import type { KeaClient } from '../../src/kea/client.ts';
import { FAMILIES } from '../../src/kea/families.ts';
import { contentOf, liveNetwork, liveSubnet, preflightFragment, runningOf } from '../../src/kea/json.ts';
import { fieldsAt } from '../../src/kea/keywords.ts';
import type { Item, NetworkBody, SubnetBody } from '../../src/kea/state.ts';
import { createControlLeases } from '../../src/leases/control.ts';
import { openPostgresLeases } from '../../src/leases/postgres/source.ts';
import { DDNS_TTL, INTERFACE_ID } from '../support/fullBodies.ts';
import type { KeaServer } from '../support/kea.ts';
import { serverState } from '../support/keaState.ts';
import { CLASSES, useBench } from '../support/keaTier.ts';
import { leaseWriter } from '../support/leases.ts';
import { become, FULL, network, state, type StateItems, subnet } from '../support/rows.ts';

/** Other globals than Kea's, so that a value that is frozen from there shows. */
const GLOBALS = {
  'valid-lifetime': 4000,
  'min-valid-lifetime': 1000,
  'max-valid-lifetime': 9000,
  'renew-timer': 500,
  'client-classes': [...CLASSES, { name: 'routers' }],
};
const PREFIXES = { 4: ['192.0.2.0/24', '203.0.113.0/24'], 6: ['2001:db8:2::/64', '2001:db8:3::/64'] } as const;

describe.each(FAMILIES)('$daemon', (family) => {
  const bench = useBench(family);
  const { commands, json, version } = family;
  const { network: campus, subnet: office, host: printer } = FULL[version];
  const [one, two] = PREFIXES[version];
  let server: KeaServer;
  let client: KeaClient;
  beforeEach(async () => {
    server = await bench.server({ dhcp4: GLOBALS, dhcp6: { ...GLOBALS, 'preferred-lifetime': 3000 } });
    ({ client } = server);
  });

  const pull = () => client.call('config-backend-pull', undefined);
  const add = (item: Item<SubnetBody>, net?: NetworkBody) =>
    client.call(commands.subnetAdd, { [json.subnets]: [liveSubnet(family, item, net)] });
  const update = (item: Item<SubnetBody>, net?: NetworkBody) =>
    client.call(commands.subnetUpdate, { [json.subnets]: [liveSubnet(family, item, net)] });
  const addNetwork = (item: Item<NetworkBody>) =>
    client.call(commands.networkAdd, { 'shared-networks': [liveNetwork(item)] });
  const running = async () =>
    runningOf(family, contentOf(family, (await client.call('config-get', undefined)) as never));
  const inMemory = (items: StateItems) => {
    const { networks, subnets } = state(items);
    return { networks, subnets };
  };

  describe('rows that a server pulls', () => {
    it('are in its memory as they were written, every field of them, with their markers', async () => {
      const target = { networks: [campus], subnets: [office], hosts: [printer] };
      await become(bench.backend, target);
      await pull();
      expect(await serverState(client)).toEqual(inMemory(target));
      await server.restart();
      ({ client } = server);
      expect(await serverState(client)).toEqual(inMemory(target));
    });

    it.each(Object.keys(office.body).filter((field) => !['id', 'subnet', 'shared-network-name'].includes(field)))(
      'can lose a field and get it again: %s',
      async (field) => {
        const without = (body: SubnetBody) => Object.fromEntries(Object.entries(body).filter(([key]) => key !== field));
        const { id, subnet: prefix } = office.body;
        for (const body of [office.body, without(office.body), office.body]) {
          const target = { networks: [network('campus')], subnets: [subnet(id, prefix, body)] };
          await become(bench.backend, target);
          await pull();
          expect(await serverState(client)).toEqual(inMemory(target));
        }
      },
    );

    it.runIf(version === 6)('have the bytes of an interface-id', async () => {
      const target = { subnets: [subnet(1, one, INTERFACE_ID)] };
      await become(bench.backend, target);
      await pull();
      expect(await serverState(client)).toEqual(inMemory(target));
    });

    it('have a time to live in DNS that stands by itself', async () => {
      const target = { subnets: [subnet(1, one, DDNS_TTL)], networks: [network('n', DDNS_TTL)] };
      await become(bench.backend, target);
      await pull();
      expect(await serverState(client)).toEqual(inMemory(target));
    });

    it('go from its memory when they are removed: a subnet, its network, everything', async () => {
      for (const target of [
        { networks: [campus], subnets: [office, subnet(2, one)] },
        { networks: [campus], subnets: [subnet(2, one)] },
        { subnets: [subnet(2, one)] },
        { networks: [campus], subnets: [office] },
        {},
      ] satisfies readonly StateItems[]) {
        await become(bench.backend, target);
        await pull();
        expect(await serverState(client)).toEqual(inMemory(target));
      }
    });
  });

  describe('a change that goes live by commands and into rows', () => {
    it('is confirmed by its markers, and stays the same when the rows are pulled', async () => {
      const target = { networks: [campus], subnets: [office] };
      await become(bench.backend, target);
      await addNetwork(campus);
      await add(office, campus.body);
      await client.call(commands.memberAdd, { name: 'campus', id: office.body.id });
      const live = await running();
      expect((await serverState(client)).subnets).toEqual(state(target).subnets);
      await pull();
      expect(await running()).toEqual(live);
      expect(await serverState(client)).toEqual(inMemory(target));
    });

    it('does not freeze what a network hands down', async () => {
      const bare = subnet(2, one, { 'shared-network-name': 'campus' });
      await become(bench.backend, { networks: [campus], subnets: [bare] });
      await pull();
      await update(bare, campus.body);
      const [found = {}] = (await client.call(commands.subnetGet, { id: 2 }))?.subnets ?? [];
      const handedDown: Readonly<Record<string, unknown>> = campus.body;
      const frozen = fieldsAt('network', version).filter(({ keyword }) =>
        family.frozen.some((word) => word === keyword),
      );
      expect(frozen.length).toBeGreaterThan(5);
      for (const { keyword } of frozen) expect([keyword, found[keyword]]).toEqual([keyword, handedDown[keyword]]);
    });

    it('replaces what it leaves out', async () => {
      await add(subnet(1, one, { 'option-data': campus.body['option-data'] ?? [], 'user-context': { a: 1 } }));
      const bare = subnet(1, one);
      await update(bare);
      const live = (await serverState(client)).subnets.get(1);
      expect(live?.marker).toEqual(bare.marker);
      for (const field of ['option-data', 'user-context']) expect(live?.body).not.toHaveProperty(field);
    });

    it('finds nothing to remove twice, and tells how many there are', async () => {
      await add(subnet(1, one));
      await add(subnet(2, two));
      expect((await client.call(commands.subnetList, undefined))?.subnets.map(({ id }) => id)).toEqual([1, 2]);
      expect(await client.call(commands.subnetRemove, { id: 1 })).toBe(true);
      expect(await client.call(commands.subnetRemove, { id: 1 })).toBeUndefined();
    });
  });

  describe('the preflight', () => {
    const judge = (items: Parameters<typeof preflightFragment>[1]) =>
      client.call('config-test', preflightFragment(family, items)).then(
        () => 'takes',
        (error: unknown) => String(error),
      );

    it('takes what is right, with reservations', async () => {
      expect(await judge({ networks: [campus], subnets: [office], hosts: [printer] })).toBe('takes');
    });

    const pools = { 4: '198.51.100.1-198.51.100.2', 6: '2001:db8:ffff::1-2001:db8:ffff::2' } as const;
    it.each<readonly [sentence: string, body: Partial<SubnetBody>]>([
      ['a pool outside', { pools: [{ pool: pools[version] }] }],
      ['an allocator', { allocator: 'foo' }],
      ['an interface that is not there', { interface: 'eth9' }],
      ['bounds that are crossed', { 'valid-lifetime': 60, 'min-valid-lifetime': 90 }],
      ...(version === 4
        ? []
        : ([
            [
              'prefixes that overlap',
              { 'pd-pools': [pd('2001:db8:8000::', 48, 56), pd('2001:db8:8000:8000::', 49, 56)] },
            ],
            ['prefixes that are longer than what is delegated', { 'pd-pools': [pd('2001:db8:8000::', 56, 48)] }],
            ['an interface with an interface-id', { interface: 'eth0', ...INTERFACE_ID }],
          ] as const)),
    ])('refuses %s, and the server stays as it was', async (_, body) => {
      await become(bench.backend, { subnets: [subnet(2, two)] });
      await pull();
      const before = await running();
      expect(await judge({ networks: [], subnets: [subnet(1, one, body)] })).toMatch(/^KeaRefused: config-test: /);
      expect(await running()).toEqual(before);
    });
  });

  it.each(['memfile', 'postgresql'] as const)(
    'tells of its leases in %s: addresses, and prefixes where there are any',
    async (storage) => {
      server = await bench.server({ leases: storage, dhcp4: GLOBALS, dhcp6: GLOBALS });
      ({ client } = server);
      await become(bench.backend, { networks: [campus], subnets: [office] });
      await pull();
      const leases =
        storage === 'memfile'
          ? createControlLeases({ servers: [client], family })
          : openPostgresLeases(bench.database.target, family, () => undefined);
      const { id } = office.body;
      expect(await leases.page(10)).toEqual({ leases: [] });
      expect(await leases.countActive([id])).toEqual(new Map([[id, 0]]));
      const writer = leaseWriter(server);
      const written = LEASES[version].map((lease) => ({ ...lease, subnetId: id, validLifetime: 600 }));
      await writer.add(...written);
      const { leases: found, next } = await leases.page(10);
      expect(found).toMatchObject(written);
      expect(next).toBeUndefined();
      for (const lease of written) expect(await leases.get(lease.address)).toMatchObject(lease);
      expect(await leases.get(family.noAddress)).toBeUndefined();
      const { leases: rest } = await leases.page(10, written[0]?.address);
      expect(rest).toEqual(found.slice(1));
      expect(await leases.countActive([id, 7])).toEqual(
        new Map([
          [id, written.length],
          [7, 0],
        ]),
      );
      const gap = rangesOf(version);
      const usage = (
        await leases.usage((of) => (of === id ? { pools: [], gaps: [gap], pdPools: [] } : undefined))
      ).find(({ subnetId }) => subnetId === id);
      expect(usage).toEqual({ subnetId: id, ...USAGE[version] });
      await writer.close();
      if (storage === 'postgresql') await leases.close();
    },
  );
});

/** Addresses of the subnet that are in no pool; of DHCPv6 there is a prefix among them. */
const rangesOf = (version: 4 | 6): Range => {
  const text = { 4: '198.51.100.201-198.51.100.255', 6: '2001:db8:1:2::-2001:db8:1:fffe:ffff:ffff:ffff:ffff' } as const;
  const range = parseRange(addressingOf(text[version]), text[version]);
  if (range === undefined) throw new Error(`${text[version]} is no range`);
  return range;
};

const pd = (prefix: string, length: number, delegated: number) => ({
  prefix,
  'prefix-len': length,
  'delegated-len': delegated,
});

const LEASES = {
  4: [
    { address: '198.51.100.10', hwAddress: '02:00:5e:10:00:01' },
    { address: '198.51.100.210', hwAddress: '02:00:5e:10:00:02' },
  ],
  6: [
    { address: '2001:db8:1::10', duid: '00:01:02:03', iaid: 1 },
    { address: '2001:db8:1:3::1', duid: '00:01:02:04', iaid: 2 },
    { address: '2001:db8:1:8000::', duid: '00:01:02:03', iaid: 4_000_000_000, prefixLength: 56 },
  ],
} as const;
const USAGE = {
  4: { assigned: 1, declined: 0, outside: 1, pools: [] },
  6: { assigned: 1, declined: 0, outside: 1, pools: [], delegated: 1, delegatedOutside: 1, pdPools: [] },
} as const;

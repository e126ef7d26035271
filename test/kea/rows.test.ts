import { describe, expect, it } from 'vitest';
import { formatRange, prefixIn } from '../../src/kea/address.ts';
import type { KeaClient } from '../../src/kea/client.ts';
import { IPV4 } from '../../src/kea/ipv4.ts';
import type { Item, NetworkBody, SubnetBody } from '../../src/kea/state.ts';
import { serverState } from '../support/keaState.ts';
import { CLASSES, useBench } from '../support/keaTier.ts';
import { become, network, state, type StateItems, subnet } from '../support/rows.ts';

const bench = useBench();
const pull = (client: KeaClient) => client.call('config-backend-pull', undefined);
const targetOf = (items: StateItems) => {
  const { networks, subnets } = state(items);
  return { networks, subnets };
};

describe('rows that a server pulls', () => {
  it('move between networks, also out of one that goes', async () => {
    const { client } = await bench.server();
    const member = (name?: string) =>
      subnet(1, '192.0.2.0/24', name === undefined ? {} : { 'shared-network-name': name });
    const desires: readonly StateItems[] = [
      { networks: [network('a')], subnets: [member('a')] },
      { networks: [network('a'), network('b')], subnets: [member('b')] },
      { networks: [network('a')], subnets: [member('a')] },
      { subnets: [member()] },
    ];
    for (const target of desires) {
      await become(bench.backend, target);
      await pull(client);
      expect(await serverState(client)).toEqual(targetOf(target));
    }
  });

  it('are the pair’s after adoption, whoever had them', async () => {
    const { client } = await bench.server();
    await bench.database.query(`
      SELECT createAuditRevisionDHCP4(date_trunc('second', now()), 'all', 'by hand', true);
      INSERT INTO dhcp4_server (tag) VALUES ('other');
      INSERT INTO dhcp4_shared_network (name, ddns_ttl) VALUES ('theirs', 60);
      INSERT INTO dhcp4_subnet (subnet_id, subnet_prefix, shared_network_name, cache_max_age) VALUES (9, '203.0.113.0/24', 'theirs', 5);
      INSERT INTO dhcp4_shared_network_server (shared_network_id, server_id) SELECT id, 1 FROM dhcp4_shared_network;
      INSERT INTO dhcp4_subnet_server (subnet_id, server_id) SELECT 9, id FROM dhcp4_server WHERE tag = 'other'`);
    await pull(client);
    const target = {
      networks: [network('theirs')],
      subnets: [subnet(9, '203.0.113.0/24', { 'shared-network-name': 'theirs' })],
    };
    await become(bench.backend, target);
    await pull(client);
    expect(await serverState(client)).toEqual(targetOf(target));
  });
});

describe('many changes', () => {
  it('of one second are seen one by one', async () => {
    const { client } = await bench.server();
    for (let timer = 1; timer <= 40; timer++) {
      const target = { subnets: [subnet(1, '192.0.2.0/24', { 'renew-timer': timer })] };
      await become(bench.backend, target);
      await pull(client);
      expect((await serverState(client)).subnets.get(1)?.body['renew-timer']).toBe(timer);
    }
  });

  it('by two writers at once are all seen', async () => {
    const { client } = await bench.server();
    const ids = [1, 2, 3, 4, 5, 6, 7, 8];
    const add = async (id: number): Promise<void> => {
      for (;;) {
        const observed = await bench.backend.observe({ serverTag: 'lab.pair', prefixes: [] });
        const item = subnet(id, `10.0.${id}.0/24`);
        const plan = { changes: [{ kind: 'subnet', op: 'create', key: id, item }], withheld: [] } as const;
        const done = await bench.backend.apply(plan, { serverTag: 'lab.pair', prefixes: [] }, observed.revision).then(
          () => true,
          () => false,
        );
        if (done) return;
      }
    };
    const pulling = (async () => {
      for (let i = 0; i < 10; i++) await pull(client);
    })();
    await Promise.all([...ids.map(add), pulling]);
    await pull(client);
    expect([...(await serverState(client)).subnets.keys()].sort()).toEqual(ids);
  });

  it('one after another leave a server as a restart does', async () => {
    const server = await bench.server({ dhcp4: { 'client-classes': CLASSES } });
    const random = generator(20_260_801);
    let target: Required<Pick<StateItems, 'networks' | 'subnets'>> = { networks: [], subnets: [] };
    for (let pass = 0; pass < 25; pass++) {
      target = mutate(target, random);
      await become(bench.backend, target);
      await pull(server.client);
      expect(await serverState(server.client), `pass ${pass}`).toEqual(targetOf(target));
    }
    const incremental = await serverState(server.client);
    await server.restart();
    expect(await serverState(server.client)).toEqual(incremental);
  });
});

type Random = (limit: number) => number;

/** The same numbers in every run. */
const generator = (seed: number): Random => {
  let value = seed;
  return (limit) => {
    value = (value * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((value / 4_294_967_296) * limit);
  };
};

/** A handful of networks and subnets come, change, move and go. */
const mutate = (
  target: { networks: readonly Item<NetworkBody>[]; subnets: readonly Item<SubnetBody>[] },
  random: Random,
) => {
  const networks = new Map(target.networks.map((item) => [item.body.name, item]));
  const subnets = new Map(target.subnets.map((item) => [item.body.id, item]));
  for (let i = 0; i <= random(4); i++) {
    const name = `net-${random(4)}`;
    if (random(4) === 0) networks.delete(name);
    else
      networks.set(
        name,
        network(name, { 'renew-timer': 10 + random(50), ...(random(2) === 0 ? { 'next-server': '192.0.2.1' } : {}) }),
      );
  }
  for (let i = 0; i <= random(6); i++) {
    const id = 1 + random(12);
    if (random(4) === 0) subnets.delete(id);
    else subnets.set(id, randomSubnet(id, [...networks.keys()], random));
  }
  const kept = [...subnets.values()].map((item) => {
    const { 'shared-network-name': name, id, subnet: prefix, ...rest } = item.body;
    return name === undefined || networks.has(name) ? item : subnet(id, prefix, rest);
  });
  return { networks: [...networks.values()], subnets: kept };
};

const randomSubnet = (id: number, networks: readonly string[], random: Random): Item<SubnetBody> => {
  const prefix = `10.${id}.0.0/16`;
  const base = prefixIn(prefix)?.first ?? 0n;
  const pools = Array.from({ length: random(4) }, (_, n) => {
    const first = base + BigInt(256 * (n + 1) + random(100));
    return { pool: formatRange(IPV4, { first, last: first + BigInt(random(100)) }) };
  });
  const name = networks[random(networks.length + 1)];
  return subnet(id, prefix, {
    pools,
    ...(name === undefined ? {} : { 'shared-network-name': name }),
    ...(random(2) === 0 ? { 'valid-lifetime': 600 + random(600) } : {}),
    ...(random(2) === 0
      ? { 'option-data': [{ code: 3, space: 'dhcp4', data: `10.${id}.0.${1 + random(200)}`, 'csv-format': true }] }
      : {}),
    ...(random(3) === 0 ? { 'user-context': { note: `n${random(100)}` } } : {}),
  });
};

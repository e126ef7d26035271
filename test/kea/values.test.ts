/** What Kea makes of values that people's files have and that look wrong. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SubnetBody } from '../../src/kea/state.ts';
import { openRelay, type TestRelay } from '../support/dhcp.ts';
import type { KeaServer } from '../support/kea.ts';
import { configOf } from '../support/keaState.ts';
import { useBench } from '../support/keaTier.ts';
import { become, subnet } from '../support/rows.ts';

const bench = useBench();
let relay: TestRelay;
beforeEach(async () => {
  relay = await openRelay(bench.lab.network.address);
});
afterEach(() => relay.close());

const offered = async (server: KeaServer, fields: Partial<SubnetBody>) => {
  const office = subnet(1, '192.0.2.0/24', {
    pools: [{ pool: '192.0.2.100-192.0.2.200' }],
    relay: { 'ip-addresses': [bench.lab.network.address] },
    ...fields,
  });
  await become(bench.backend, { subnets: [office] });
  await server.client.call('config-backend-pull', undefined);
  return relay.discover(server.address, { mac: '02005e100001', send: new Map(), ask: [] });
};

describe('timers beside the lease time', () => {
  it.each<readonly [string, Partial<SubnetBody>, number | undefined, number | undefined]>([
    ['sends both where they fit', { 'renew-timer': 300, 'rebind-timer': 600, 'valid-lifetime': 900 }, 300, 600],
    ['leaves T2 out', { 'renew-timer': 300, 'rebind-timer': 900, 'valid-lifetime': 900 }, 300, undefined],
    ['leaves T1 out', { 'renew-timer': 600, 'rebind-timer': 600, 'valid-lifetime': 900 }, undefined, 600],
    ['leaves both out', { 'renew-timer': 1000, 'rebind-timer': 2000, 'valid-lifetime': 50 }, undefined, undefined],
  ])('%s', async (_what, fields, t1, t2) => {
    const offer = await offered(await bench.server(), fields);
    expect([58, 59].map((code) => offer?.options.get(code)?.readUInt32BE())).toEqual([t1, t2]);
  });
});

describe('an address of an interface', () => {
  const on = async (server: KeaServer, interfaces: readonly string[]) => {
    return {
      Dhcp4: { ...(await configOf(server.client)), 'interfaces-config': { interfaces, 'dhcp-socket-type': 'raw' } },
    };
  };

  it('is served', async () => {
    const server = await bench.server();
    await server.client.call('config-set', await on(server, [`eth0/${server.address}`]));
    expect(await offered(server, {})).toBeDefined();
  });

  it.each([
    ['beside the whole interface', (address: string) => ['eth0', `eth0/${address}`], 'has already been selected'],
    ['that is not there', () => ['eth0/198.51.100.7'], "doesn't have address '198.51.100.7' assigned"],
  ])('is refused %s', async (_what, interfaces, says) => {
    const server = await bench.server();
    const config = await on(server, interfaces(server.address));
    await expect(server.client.call('config-test', config)).rejects.toThrow(says);
  });
});

it('a refusal has no places in a text that nobody has', async () => {
  const server = await bench.server();
  const subnet4 = [{ id: 1, subnet: '192.0.2.0/24', pools: [{ pool: '192.0.3.1-192.0.3.9' }] }];
  const refused = server.client.call('config-test', { Dhcp4: { ...(await configOf(server.client)), subnet4 } });
  await expect(refused).rejects.toThrow(/192\.0\.3\.1-192\.0\.3\.9/);
  await expect(refused).rejects.not.toThrow(/<|:\d+:\d+/);
});

const bytes = (address: string): Buffer => Buffer.from(address.split('.').map(Number));
const MAC = '02005e100001';
const ACK = 5;
const NAK = 6;

/** Takes what is offered; the address. */
const take = async (server: KeaServer, send = new Map<number, Buffer>()): Promise<string> => {
  const offer = await relay.discover(server.address, { mac: MAC, send });
  const chosen = new Map([...send, [50, bytes(offer?.address ?? '')], [54, offer?.options.get(54) ?? Buffer.alloc(0)]]);
  const given = await relay.request(server.address, { mac: MAC, send: chosen });
  expect(given?.options.get(53)).toEqual(Buffer.of(ACK));
  return given?.address ?? '';
};

describe('a client whose address is in no pool any more', () => {
  it.each([[false], [true]])(
    'is left without an answer until it begins anew (authoritative: %s)',
    async (authoritative) => {
      const server = await bench.server();
      await offered(server, { authoritative });
      const before = await take(server);
      await offered(server, { authoritative, pools: [{ pool: '192.0.2.10-192.0.2.20' }] });
      const answers = [
        await relay.request(server.address, { mac: MAC, from: before }),
        await relay.request(server.address, { mac: MAC, send: new Map([[50, bytes(before)]]) }),
      ];
      expect(answers.map((answer) => answer?.options.get(53)?.[0])).toEqual([undefined, undefined]);
      expect(await take(server)).toMatch(/^192\.0\.2\.(1\d|20)$/);
    },
  );
});

describe('a client that the servers know nothing of', () => {
  it.each([
    ['gets no answer', false, undefined],
    ['is refused by authoritative servers, and begins anew', true, NAK],
  ])('and that comes back with an address %s', async (_what, authoritative, answer) => {
    const server = await bench.server();
    await offered(server, { authoritative });
    const again = await relay.request(server.address, { mac: MAC, send: new Map([[50, bytes('192.0.2.150')]]) });
    expect(again?.options.get(53)?.[0]).toBe(answer);
  });
});

describe('one machine with several client identifiers, as PXE and the system that it starts', () => {
  it.each([
    ['has an address for each', {}, 3],
    ['has one address with matchClientId: false', { 'match-client-id': false }, 1],
  ])('%s', async (_what, fields, count) => {
    const server = await bench.server();
    await offered(server, fields);
    const addresses = new Set<string>();
    for (const clientId of ['0102005e100001', '00aabbccddeeff', 'ff0000000100010203'])
      addresses.add(await take(server, new Map([[61, Buffer.from(clientId, 'hex')]])));
    expect(addresses.size).toBe(count);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IdentifierType } from '../../src/kea/state.ts';
import { openRelay, type TestRelay } from '../support/dhcp.ts';
import type { KeaServer } from '../support/kea.ts';
import { CLASSES, useBench } from '../support/keaTier.ts';
import { become, FULL_HOST, host, subnet } from '../support/rows.ts';

const bench = useBench();
const MAC = '02005e100001';

let relay: TestRelay;
beforeEach(async () => {
  relay = await openRelay(bench.lab.network.address);
});
afterEach(() => relay.close());

const office = () =>
  subnet(1, '192.0.2.0/24', {
    pools: [{ pool: '192.0.2.100-192.0.2.200' }],
    relay: { 'ip-addresses': [bench.lab.network.address] },
  });
const start = async (options: Parameters<typeof bench.server>[0] = {}): Promise<KeaServer> => {
  const server = await bench.server(options);
  await become(bench.backend, { subnets: [office()] });
  await server.client.call('config-backend-pull', undefined);
  return server;
};
const discover = (server: KeaServer, send = new Map<number, Buffer>(), mac = MAC) =>
  relay.discover(server.address, { mac, send, ask: [3, 6, 12, 15, 42, 66] });

describe('a reservation in a row', () => {
  it('is kept for its client at once, without a pull, and free again when it goes', async () => {
    const server = await start();
    expect((await discover(server))?.address).toMatch(/^192\.0\.2\.1\d\d$|^192\.0\.2\.200$/);
    await become(bench.backend, { subnets: [office()], hosts: [host(1, MAC, { 'ip-address': '192.0.2.7' })] });
    expect((await discover(server))?.address).toBe('192.0.2.7');
    await become(bench.backend, { subnets: [office()], hosts: [host(1, MAC, { 'ip-address': '192.0.2.8' })] });
    expect((await discover(server))?.address).toBe('192.0.2.8');
    await become(bench.backend, { subnets: [office()] });
    expect((await discover(server))?.address).not.toBe('192.0.2.8');
  });

  it('that two clients have of one address is for whoever comes first, and for nobody else', async () => {
    const [laptop, dock, stranger] = [MAC, '02005e100002', '02005e100003'];
    const server = await start({ dhcp4: { 'ip-reservations-unique': false } });
    const small = subnet(1, '192.0.2.0/24', { ...office().body, pools: [{ pool: '192.0.2.7-192.0.2.8' }] });
    const hosts = [laptop, dock].map((mac) => host(1, mac, { 'ip-address': '192.0.2.7' }));
    await become(bench.backend, { subnets: [small], hosts });
    await server.client.call('config-backend-pull', undefined);
    const offers = [laptop, dock, stranger].map((mac) => async () => (await discover(server, new Map(), mac))?.address);
    const seen = [];
    for (const offer of offers) seen.push(await offer());
    expect(seen).toEqual(['192.0.2.7', '192.0.2.7', '192.0.2.8']);
    const self = Buffer.from(server.address.split('.').map(Number));
    const chosen = new Map([
      [50, Buffer.of(192, 0, 2, 7)],
      [54, self],
    ]);
    const taken = await relay.request(server.address, { mac: laptop, send: chosen });
    expect(taken?.address).toBe('192.0.2.7');
    expect([await offers[0]?.(), await offers[1]?.()]).toEqual(['192.0.2.7', '192.0.2.8']);
  });

  it('gives the client all that it says', async () => {
    const server = await start({ dhcp4: { 'client-classes': CLASSES } });
    const body = { ...FULL_HOST.body, 'ip-address': '192.0.2.77' };
    await become(bench.backend, { subnets: [office()], hosts: [host(1, MAC, body)] });
    const offer = await discover(server);
    expect(offer).toMatchObject({
      address: '192.0.2.77',
      nextServer: '192.0.2.8',
      serverHostname: 'boot2.example.org',
      bootFileName: '/pxe/printer',
    });
    const text = (code: number) => offer?.options.get(code)?.toString();
    expect(offer?.options.get(6)).toEqual(Buffer.from([192, 0, 2, 53, 192, 0, 2, 54]));
    expect([text(12), text(15), text(66)]).toEqual(['printer.example.org', 'printers.example.org', 'a,b']);
    expect(offer?.options.has(42)).toBe(false);
  });

  it.each([[['a', 'b']], [['b', 'a']]])('puts its client into classes in their order: %j', async (classes) => {
    const classOf = (name: string) => ({ name, 'option-data': [{ name: 'domain-name', data: `of-${name}` }] });
    const server = await start({ dhcp4: { 'client-classes': ['a', 'b'].map(classOf) } });
    await become(bench.backend, { subnets: [office()], hosts: [host(1, MAC, { 'client-classes': classes })] });
    expect((await discover(server))?.options.get(15)?.toString()).toBe(`of-${classes[0] ?? ''}`);
  });

  const identified: readonly [type: IdentifierType, identifier: string, options: ReadonlyMap<number, Buffer>][] = [
    ['hw-address', MAC, new Map()],
    ['client-id', '01aabbccddee', new Map([[61, Buffer.from('01aabbccddee', 'hex')]])],
    ['duid', '00010203', new Map([[61, Buffer.from('ff0000000100010203', 'hex')]])],
    ['circuit-id', '706f727431', new Map([[82, Buffer.from('0105706f727431', 'hex')]])],
  ];
  it.each(identified)('is found by %s', async (type, identifier, options) => {
    const server = await start({
      dhcp4: { 'host-reservation-identifiers': ['hw-address', 'duid', 'circuit-id', 'client-id'] },
    });
    const item = host(1, identifier, { 'identifier-type': type, 'ip-address': '192.0.2.7' });
    await become(bench.backend, { subnets: [office()], hosts: [item] });
    expect((await discover(server, new Map(options)))?.address).toBe('192.0.2.7');
    expect((await discover(server, new Map(), '02005e100099'))?.address).not.toBe('192.0.2.7');
  });

  it('is found by flex-id', async () => {
    const hooks = [{ library: 'libdhcp_flex_id.so', parameters: { 'identifier-expression': 'relay4[1].hex' } }];
    const server = await start({ hooks, dhcp4: { 'host-reservation-identifiers': ['flex-id'] } });
    await become(bench.backend, {
      subnets: [office()],
      hosts: [host(1, '706f727432', { 'identifier-type': 'flex-id', 'ip-address': '192.0.2.7' })],
    });
    expect((await discover(server, new Map([[82, Buffer.from('0105706f727432', 'hex')]])))?.address).toBe('192.0.2.7');
  });

  it('sends its options whatever classes guard them, so that compile refuses the guard', async () => {
    const server = await start({ dhcp4: { 'client-classes': CLASSES } });
    const option = { code: 15, space: 'dhcp4', data: 'phones.example.org', 'csv-format': true };
    const guarded = [{ ...option, 'client-classes': ['phones'] }];
    await become(bench.backend, { subnets: [office()], hosts: [host(1, MAC, { 'option-data': guarded })] });
    expect((await discover(server))?.options.get(15)?.toString()).toBe('phones.example.org');
    const { body } = office();
    await become(bench.backend, { subnets: [subnet(1, '192.0.2.0/24', { ...body, 'option-data': guarded })] });
    await server.client.call('config-backend-pull', undefined);
    expect((await discover(server))?.options.has(15)).toBe(false);
  });

  it('may be global', async () => {
    const server = await start({ dhcp4: { 'reservations-global': true, 'reservations-in-subnet': true } });
    await become(bench.backend, { subnets: [office()], hosts: [host(0, MAC, { hostname: 'anywhere' })] });
    expect((await discover(server))?.options.get(12)?.toString()).toMatch(/^anywhere/);
  });

  it('stays in a host cache until it is dropped there', async () => {
    const server = await start({ hooks: [{ library: 'libdhcp_host_cache.so', parameters: { maximum: 100 } }] });
    const reserve = (address: string) =>
      become(bench.backend, { subnets: [office()], hosts: [host(1, MAC, { 'ip-address': address })] });
    await reserve('192.0.2.7');
    expect((await discover(server))?.address).toBe('192.0.2.7');
    await reserve('192.0.2.8');
    expect((await discover(server))?.address).toBe('192.0.2.7');
    expect(await server.client.call('cache-remove', { 'subnet-id4': 1, 'hw-address': MAC })).toBe(true);
    expect((await discover(server))?.address).toBe('192.0.2.8');
    expect(await server.client.call('cache-remove', { 'subnet-id4': 1, 'hw-address': '02005e1000ff' })).toBeUndefined();
    await reserve('192.0.2.9');
    expect(await server.client.call('cache-clear', undefined)).toBe(true);
    expect((await discover(server))?.address).toBe('192.0.2.9');
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEEPEST } from '../../src/kea/nesting.ts';
import type { HostBody, IdentifierType, Item, ObjectRef, SubnetBody } from '../../src/kea/state.ts';
import { createMemory } from '../../src/sync/memory.ts';
import { openRelay, type TestRelay } from '../support/dhcp.ts';
import { serverState } from '../support/keaState.ts';
import { type Desired, host, network, SCOPE, subnet } from '../support/rows.ts';
import {
  campus,
  DONE,
  GOING,
  inside,
  lab,
  many,
  office,
  silentSession,
  useSyncBench,
  writeRows,
} from '../support/sync.ts';

const sync = useSyncBench();
const rows = async () => (await sync.bench.backend.observe(SCOPE)).owned;
const refOf = ({ marker }: Item<unknown>): ObjectRef => marker?.object ?? 'a/b/c';
const badOption = { 'option-data': [{ code: 3, space: 'dhcp4', data: 'x', 'csv-format': true }] };
const bad = (id: number, prefix: string, rest: Partial<SubnetBody> = {}) =>
  subnet(id, prefix, { ...badOption, ...rest });
const WHY = /could not create option|option data does not match|Failed to convert/;

describe('what a server refuses', () => {
  it('is found among 150 that are right, and alone is not written, with Kea’s own words', async () => {
    const wrong = [bad(7, '192.0.2.0/25'), bad(8, '192.0.2.128/25')];
    const good = many(150);
    const items = [...good.slice(0, 70), ...wrong.slice(0, 1), ...good.slice(70), ...wrong.slice(1)];
    const { applied, outcome } = await sync.pass({ subnets: items });
    expect([...applied.refusals.keys()].sort()).toEqual(wrong.map(refOf).sort());
    for (const { text } of applied.refusals.values()) expect(text).toMatch(WHY);
    expect((await rows()).subnets.size).toBe(150);
    expect(outcome).toMatchObject({ ...DONE, path: 'pull' });
    expect((await serverState(sync.server.client)).subnets.size).toBe(150);
    expect(sync.session.sent('config-test').length).toBeLessThan(25);
  });

  it('is found though Kea cannot even read it: a user context of 120 levels, beside ones that are right', async () => {
    const nested = (levels: number): Record<string, unknown> =>
      levels === 1 ? { floor: 1 } : { inner: nested(levels - 1) };
    const deep = subnet(7, '192.0.2.0/25', { 'user-context': nested(120) });
    const changed = subnet(1, '198.51.100.0/24', { 'renew-timer': 60 });
    await sync.pass({ subnets: [subnet(1, '198.51.100.0/24')] });
    const desired = [...many(20), deep, changed];
    const { applied, outcome } = await sync.pass({ subnets: desired });
    expect([...applied.refusals]).toEqual([[refOf(deep), { by: 'server', text: 'HTTP status 400: Bad Request' }]]);
    expect([applied.waiting.size, applied.untried.size]).toEqual([0, 0]);
    expect((await rows()).subnets.size).toBe(21);
    expect(outcome).toMatchObject(DONE);
    const { subnets } = await serverState(sync.server.client);
    expect([subnets.size, subnets.get(1)?.body['renew-timer']]).toEqual([21, 60]);
  });

  it('may be nested as deep as the operator lets it be, in a shared network as well', async () => {
    const nested = (levels: number): Record<string, unknown> =>
      levels === 1 ? { floor: 1 } : { inner: nested(levels - 1) };
    const context = { 'user-context': nested(DEEPEST) };
    const desired = {
      networks: [network('campus', context)],
      subnets: [subnet(3, '198.51.100.0/24', { ...context, 'shared-network-name': 'campus' })],
    };
    expect((await sync.pass(desired)).applied.refusals.size).toBe(0);
    // From the rows, as at every start.
    await sync.server.restart();
    await sync.runs(desired);
  });

  it('keeps back what hangs on it, and only that', async () => {
    const network1 = network('campus', badOption);
    const members = [inside('campus'), bad(4, '203.0.113.0/24'), office];
    const hosts = [host(3, '02005e100001'), host(4, '02005e100002'), host(1, '02005e100003'), host(0, '02005e100004')];
    const { applied } = await sync.pass({ networks: [network1], subnets: members, hosts });
    expect([...applied.refusals.keys()].sort()).toEqual(['SharedNetwork/lab/campus', 'Subnet/lab/subnet-4']);
    const written = await rows();
    expect([...written.networks.keys(), ...written.subnets.keys()]).toEqual([1]);
    expect([...written.hosts.keys()].sort()).toEqual(['0/hw-address/02005e100004', '1/hw-address/02005e100003']);
  });

  it('is the later of two that do not go together', async () => {
    const of = (id: number, prefix: string, nic: string) =>
      subnet(id, prefix, { interface: nic, 'shared-network-name': 'campus' });
    const desired = { networks: [campus], subnets: [of(1, '192.0.2.0/25', 'eth0'), of(2, '192.0.2.128/25', 'lo')] };
    const { applied } = await sync.pass({ ...desired, subnets: [...desired.subnets, ...many(3)] });
    expect([...applied.refusals.keys()]).toEqual(['Subnet/lab/subnet-2']);
    expect([...(await rows()).subnets.keys()]).toEqual([1, 100, 101, 102]);
  });

  it.each([
    [true, false],
    [undefined, true],
  ])('is a subnet that says of authoritative what its network does not: %s, %s', async (ofNetwork, ofSubnet) => {
    const says = (authoritative: boolean | undefined) => (authoritative === undefined ? {} : { authoritative });
    const networks = [network('campus', says(ofNetwork))];
    const member = (authoritative?: boolean) =>
      subnet(1, '192.0.2.0/24', { 'shared-network-name': 'campus', ...says(authoritative) });
    const { applied } = await sync.pass({ networks, subnets: [member(ofSubnet)] });
    expect([...applied.refusals.values()].map(({ text }) => text)).toEqual([
      expect.stringContaining('different authoritative setting'),
    ]);
    for (const right of [undefined, ofNetwork ?? false]) {
      expect((await sync.pass({ networks, subnets: [member(right)] })).applied.refusals.size).toBe(0);
    }
  });

  it('leaves in service what it had, and waits with what wants its place', async () => {
    await sync.pass({ subnets: [office, lab], hosts: [host(1, '02005e100001', { 'ip-address': '192.0.2.7' })] });
    // The two swap their prefixes, and one of them has a mistake.
    const desired = {
      subnets: [bad(1, '192.0.2.128/25'), subnet(2, '192.0.2.0/25'), subnet(5, '198.51.100.0/24')],
      hosts: [host(1, '02005e100001', { 'ip-address': '192.0.2.7' })],
    };
    const { applied, outcome } = await sync.pass(desired);
    expect(applied.refusals.get('Subnet/lab/subnet-1')?.text).toMatch(WHY);
    expect(applied.refusals.size).toBe(1);
    expect([...applied.waiting]).toEqual([['Subnet/lab/subnet-2', 'Subnet lab/subnet-1 still has 192.0.2.0/25']]);
    expect(outcome).toMatchObject(DONE);
    const { subnets } = await serverState(sync.server.client);
    expect([...subnets].map(([id, { body }]) => [id, body.subnet])).toEqual([
      [1, '192.0.2.0/25'],
      [2, '192.0.2.128/25'],
      [5, '198.51.100.0/24'],
    ]);
  });

  it('leaves in service what it had under another id', async () => {
    await sync.pass({ subnets: [office] });
    const moved = bad(11, '192.0.2.0/25');
    const desired = { subnets: [{ body: moved.body, ...(office.marker && { marker: office.marker }) }] };
    const { applied } = await sync.pass(desired);
    expect([...applied.refusals.keys()]).toEqual([refOf(office)]);
    expect([...(await serverState(sync.server.client)).subnets.keys()]).toEqual([1]);
  });

  it('is not asked about again until it changes, or what it is in', async () => {
    const reserved = (address: string) => host(1, '02005e100001', { 'ip-address': address });
    const desired = { subnets: [bad(2, '198.51.100.0/24'), office], hosts: [reserved('203.0.113.9')] };
    expect((await sync.pass(desired)).applied.refusals.size).toBe(2);
    sync.session.sent();
    const { applied } = await sync.pass(desired);
    expect([applied.refusals.size, applied.changes.length]).toEqual([2, 0]);
    expect(sync.session.sent('config-test')).toEqual([]);
    const better = { subnets: [subnet(2, '198.51.100.0/24'), subnet(1, '203.0.113.0/24')], hosts: desired.hosts };
    expect((await sync.pass(better)).applied.refusals.size).toBe(0);
    expect(sync.memory.refused.size).toBe(0);
    expect((await rows()).hosts.size).toBe(1);
  });

  it('is not remembered once its object is gone', async () => {
    await sync.pass({ subnets: [bad(2, '198.51.100.0/24')] });
    expect(sync.memory.refused.size).toBe(1);
    await sync.pass({});
    expect(sync.memory.refused.size).toBe(0);
  });
});

describe('while no server answers', () => {
  it('nothing is written but removals, and what was to come again stays', async () => {
    await sync.pass({ subnets: [office, lab, ...many(2)] });
    const silent = silentSession(sync.session);
    const swapped = { subnets: [subnet(1, '192.0.2.128/25'), subnet(2, '192.0.2.0/25'), subnet(9, '203.0.113.0/24')] };
    const { applied } = await sync.pass(swapped, [silent]);
    expect([...applied.untried.values()].map(({ reason }) => reason)).toContain('ServersUnreachable');
    expect(applied.drift).toBe(0);
    expect([...(await rows()).subnets].map(([id, { body }]) => [id, body.subnet])).toEqual([
      [1, '192.0.2.0/25'],
      [2, '192.0.2.128/25'],
    ]);
    expect((await sync.pass(swapped)).outcome).toMatchObject(DONE);
    await sync.runs(swapped);
  });
});

describe('drift of rows', () => {
  it('is what no desired state explains', async () => {
    const desired = { subnets: [office, lab], hosts: [host(1, '02005e100001', { hostname: 'a' })] };
    expect((await sync.pass(desired)).applied.drift).toBe(0);
    await sync.byHand(`UPDATE dhcp4_subnet SET renew_timer = 9 WHERE subnet_id = 1; DELETE FROM hosts`);
    const changed: Desired = { ...desired, subnets: [office, subnet(2, '192.0.2.128/25', { 'renew-timer': 8 })] };
    const { applied } = await sync.pass(changed);
    expect([applied.changes.length, applied.drift]).toEqual([3, 2]);
    expect((await sync.pass(changed)).applied).toMatchObject({ changes: [], drift: 0 });
  });
});

describe('a client with a reservation', () => {
  let relay: TestRelay;
  beforeEach(async () => {
    relay = await openRelay(sync.bench.lab.network.address);
  });
  afterEach(() => relay.close());
  const here = () =>
    subnet(1, '192.0.2.0/24', {
      pools: [{ pool: '192.0.2.100-192.0.2.200' }],
      relay: { 'ip-addresses': [sync.bench.lab.network.address] },
    });
  const MAC = '02005e100001';
  const reserve = (address: string, rest: Partial<HostBody> = {}): Desired => ({
    subnets: [here()],
    hosts: [host(1, MAC, { 'ip-address': address, hostname: `h${address.split('.')[3] ?? ''}`, ...rest })],
  });
  const offered = async (send = new Map<number, Buffer>(), mac = MAC) => {
    const offer = await relay.discover(sync.server.address, { mac, send, ask: [12] });
    return [offer?.address, offer?.options.get(12)?.toString()];
  };

  it('gets the new address and name as soon as they are written', async () => {
    await sync.pass(reserve('192.0.2.7'));
    expect(await offered()).toEqual(['192.0.2.7', 'h7']);
    sync.session.sent();
    await sync.pass(reserve('192.0.2.8'));
    expect(await offered()).toEqual(['192.0.2.8', 'h8']);
    expect(sync.session.sent()).toEqual(['status-get', 'config-test', 'cache-remove']);
    await sync.pass({ subnets: [here()] });
    expect((await offered())[0]).toMatch(/^192\.0\.2\.[12]\d\d$/);
  });

  it('gets it with a new card, and the old one gets it no more', async () => {
    const NEW = '02005e1000ff';
    const by = (mac: string): Desired => ({
      subnets: [here()],
      hosts: [{ ...host(1, MAC), body: host(1, mac, { 'ip-address': '192.0.2.7', hostname: 'h7' }).body }],
    });
    await sync.pass(by(MAC));
    expect(await offered()).toEqual(['192.0.2.7', 'h7']);
    sync.session.sent();
    await sync.pass(by(NEW));
    expect((await offered())[0]).toMatch(/^192\.0\.2\.[12]\d\d$/);
    expect(await offered(undefined, NEW)).toEqual(['192.0.2.7', 'h7']);
    expect(sync.session.sent()).toEqual(['status-get', 'config-test', 'cache-remove']);
  });

  it('gets what another had, and that one its own, where the two swap', async () => {
    const OTHER = '02005e100002';
    const of = (name: string, mac: string, address: string) => ({
      ...host(1, name),
      body: host(1, mac, { 'ip-address': address, hostname: `of-${name}` }).body,
    });
    await sync.pass({ subnets: [here()], hosts: [of(MAC, MAC, '192.0.2.7'), of(OTHER, OTHER, '192.0.2.8')] });
    expect(await offered()).toEqual(['192.0.2.7', `of-${MAC}`]);
    expect(await offered(undefined, OTHER)).toEqual(['192.0.2.8', `of-${OTHER}`]);
    await sync.pass({ subnets: [here()], hosts: [of(MAC, OTHER, '192.0.2.7'), of(OTHER, MAC, '192.0.2.8')] });
    expect(await offered()).toEqual(['192.0.2.8', `of-${OTHER}`]);
    expect(await offered(undefined, OTHER)).toEqual(['192.0.2.7', `of-${MAC}`]);
  });

  const identified: readonly [IdentifierType, string, ReadonlyMap<number, Buffer>][] = [
    ['client-id', '01aabbccddee', new Map([[61, Buffer.from('01aabbccddee', 'hex')]])],
    ['duid', '00010203', new Map([[61, Buffer.from('ff0000000100010203', 'hex')]])],
    ['circuit-id', '706f727431', new Map([[82, Buffer.from('0105706f727431', 'hex')]])],
  ];
  it.each(identified)('gets it where it is known by %s %s', async (type, identifier, send) => {
    const desired = (address: string) => {
      const item = host(1, identifier, { 'identifier-type': type, 'ip-address': address, hostname: 'h' });
      return { subnets: [here()], hosts: [item] };
    };
    await sync.pass(desired('192.0.2.7'));
    const before = await offered(new Map(send));
    await sync.pass(desired('192.0.2.8'));
    expect([before, await offered(new Map(send))]).toEqual([
      ['192.0.2.7', 'h'],
      ['192.0.2.8', 'h'],
    ]);
    expect(sync.session.sent('cache-clear')).toHaveLength(1);
  });

  it('gets it with many others, of which the cache is emptied', async () => {
    const others = (hostname: string) =>
      Array.from({ length: 150 }, (_, index) =>
        host(1, `02005e2000${index.toString(16).padStart(2, '0')}`, { hostname }),
      );
    const desired = (address: string): Desired => ({
      ...reserve(address),
      hosts: [...(reserve(address).hosts ?? []), ...others(address)],
    });
    await sync.pass(desired('192.0.2.7'));
    expect(await offered()).toEqual(['192.0.2.7', 'h7']);
    sync.session.sent();
    await sync.pass(desired('192.0.2.8'));
    expect(await offered()).toEqual(['192.0.2.8', 'h8']);
    const sent = sync.session.sent();
    expect([sent.includes('cache-clear'), sent.includes('cache-remove')]).toEqual([true, false]);
  });

  it('gets it after a pass in which the server did not answer', async () => {
    const second = sync.open(await sync.bench.server());
    await sync.pass(reserve('192.0.2.7'), [sync.session, second]);
    expect(await offered()).toEqual(['192.0.2.7', 'h7']);
    const silent = silentSession(sync.session);
    await sync.pass(reserve('192.0.2.8'), [silent, second]);
    expect(await offered()).toEqual(['192.0.2.7', 'h7']);
    await sync.pass(reserve('192.0.2.8'));
    expect(await offered()).toEqual(['192.0.2.8', 'h8']);
  });

  it('gets it, as everybody, where the operator was killed between rows and servers', async () => {
    await sync.pass({ networks: [campus], ...reserve('192.0.2.7') });
    expect(await offered()).toEqual(['192.0.2.7', 'h7']);
    const desired: Desired = {
      subnets: [subnet(1, '192.0.2.0/24', { ...here().body, 'renew-timer': 5 }), inside('campus')],
      networks: [campus],
      hosts: reserve('192.0.2.8').hosts ?? [],
    };
    await sync.session.look(GOING);
    await writeRows(sync.bench.backend, [sync.session], desired, createMemory());
    // All that was in memory is lost.
    const { followed, applied } = await sync.pass(desired, [sync.open(sync.server)]);
    expect(applied.changes).toEqual([]);
    expect([...followed.values()]).toMatchObject([{ ...DONE, path: 'live', steps: 2 }]);
    expect(await offered()).toEqual(['192.0.2.8', 'h8']);
    expect((await serverState(sync.server.client)).subnets.get(1)?.body['renew-timer']).toBe(5);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRelay, type TestRelay } from '../support/dhcp.ts';
import { serverState } from '../support/keaState.ts';
import { network, subnet } from '../support/rows.ts';
import { CACHED, campus, DONE, floor, inside, lab, many, office, takePass, useSyncBench } from '../support/sync.ts';

const sync = useSyncBench();

describe('a server that follows', () => {
  it('takes a small change live and proves it, without config-get but for the first', async () => {
    expect((await sync.pass({ subnets: [office] })).outcome).toMatchObject({ ...DONE, path: 'live', steps: 1 });
    const changed = subnet(1, '192.0.2.0/25', { 'renew-timer': 90 });
    sync.session.sent();
    expect((await sync.pass({ subnets: [changed, lab] })).outcome).toMatchObject({ ...DONE, path: 'live', steps: 2 });
    const sent = sync.session.sent();
    expect(sent).toEqual(expect.arrayContaining(['subnet4-update', 'subnet4-add', 'subnet4-get']));
    expect(sent).not.toContain('config-get');
    expect(sent).not.toContain('config-backend-pull');
    expect((await serverState(sync.server.client)).subnets.get(1)?.body['renew-timer']).toBe(90);
    expect((await sync.pass({ subnets: [changed, lab] })).outcome).toMatchObject({ ...DONE, path: 'none', steps: 0 });
    expect(sync.session.sent()).toEqual(['status-get']);
  });

  it('takes a big change by one pull', async () => {
    const desired = { networks: [campus], subnets: many(100) };
    expect((await sync.pass(desired)).outcome).toMatchObject({ ...DONE, path: 'pull', steps: 101 });
    expect(sync.session.sent('config-backend-pull')).toHaveLength(1);
    await sync.runs(desired);
  });

  it("takes a network's own values by a pull", async () => {
    const desired = (timer: number) => ({
      networks: [network('campus', { 'renew-timer': timer })],
      subnets: [inside('campus')],
    });
    expect((await sync.pass(desired(77))).outcome).toMatchObject({ ...DONE, path: 'live' });
    expect((await sync.pass(desired(78))).outcome).toMatchObject({ ...DONE, path: 'pull', steps: 1 });
    await sync.runs(desired(78));
  });

  it('moves a subnet between networks that come and go', async () => {
    await sync.pass({ networks: [campus], subnets: [inside('campus'), office] });
    const moved = { networks: [floor], subnets: [inside('floor'), office] };
    expect((await sync.pass(moved)).outcome).toMatchObject({ ...DONE, path: 'live', steps: 3 });
    const { networks, subnets } = await serverState(sync.server.client);
    expect([...networks.keys()]).toEqual(['floor']);
    expect(subnets.get(3)?.body['shared-network-name']).toBe('floor');
    const alone = { subnets: [subnet(3, '198.51.100.0/24')] };
    expect((await sync.pass(alone)).outcome).toMatchObject({ ...DONE, path: 'live' });
    expect([...(await serverState(sync.server.client)).subnets.keys()]).toEqual([3]);
  });

  it('changes the prefix of a subnet, and lets two swap theirs', async () => {
    await sync.pass({ subnets: [office, lab] });
    const elsewhere = { subnets: [subnet(1, '203.0.113.0/24'), lab] };
    expect((await sync.pass(elsewhere)).outcome).toMatchObject(DONE);
    expect((await serverState(sync.server.client)).subnets.get(1)?.body.subnet).toBe('203.0.113.0/24');
    const swapped = { subnets: [subnet(1, '192.0.2.128/25'), subnet(2, '203.0.113.0/24')] };
    expect((await sync.pass(swapped)).outcome).toMatchObject({ ...DONE, path: 'pull' });
    await sync.runs(swapped);
  });

  it('goes on serving what was let go of, without the marker', async () => {
    const desired = { networks: [campus], subnets: [inside('campus'), office] };
    await sync.pass(desired);
    const released = [campus, inside('campus'), office].flatMap(({ marker }) => marker?.object ?? []);
    const { outcome } = await sync.pass({ orphans: released });
    expect(outcome).toMatchObject(DONE);
    const { networks, subnets } = await serverState(sync.server.client);
    expect([...networks.values(), ...subnets.values()].map(({ marker }) => marker)).toEqual(Array(3).fill(undefined));
    expect(subnets.get(3)?.body['shared-network-name']).toBe('campus');
    expect((await sync.pass({})).outcome).toMatchObject({ ...DONE, steps: 0 });
  });

  it('goes on serving what was let go of while nobody told it', async () => {
    const rest = { networks: [campus], subnets: [inside('campus')] };
    await sync.pass({ ...rest, subnets: [...rest.subnets, office] });
    const released = office.marker?.object;
    await sync.pass({ ...rest, orphans: released === undefined ? [] : [released] }, []);
    expect((await sync.pass(rest, [sync.open(sync.server)])).outcome).toMatchObject({
      ...DONE,
      path: 'live',
      steps: 1,
    });
    const { subnets } = await serverState(sync.server.client);
    expect(subnets.get(1)).toMatchObject({ body: { subnet: '192.0.2.0/25' } });
    expect(subnets.get(1)).not.toHaveProperty('marker');
  });

  it('leaves alone what somebody else put into the database', async () => {
    await sync.pass({ subnets: [office] });
    await sync.byHand(
      `INSERT INTO dhcp4_subnet (subnet_id, subnet_prefix, modification_ts) VALUES (9, '203.0.113.0/24', now());
       INSERT INTO dhcp4_subnet_server (subnet_id, server_id, modification_ts) VALUES (9, 1, now())`,
    );
    expect((await sync.pass({ subnets: [office] })).outcome).toMatchObject({ ...DONE, steps: 0 });
    await sync.server.client.call('config-backend-pull', undefined);
    expect((await sync.pass({ subnets: [office, lab] })).outcome).toMatchObject({ ...DONE, steps: 1 });
    expect([...(await serverState(sync.server.client)).subnets.keys()].sort()).toEqual([1, 2, 9]);
  });
});

describe('a server that cannot follow', () => {
  const spoil = () =>
    sync.byHand(
      `INSERT INTO dhcp4_subnet (subnet_id, subnet_prefix, allocator, client_classes, modification_ts) VALUES (9, '203.0.113.0/24', NULL, 'no JSON', now());
       INSERT INTO dhcp4_subnet_server (subnet_id, server_id, modification_ts) VALUES (9, 1, now())`,
    );

  it('takes many changes live where one bad row of somebody else fails every pull', async () => {
    await sync.pass({ subnets: [office] });
    await spoil();
    const { outcome } = await sync.pass({ subnets: [office, ...many(60)] });
    expect(outcome).toMatchObject({ ...DONE, path: 'live' });
    expect((await serverState(sync.server.client)).subnets.size).toBe(61);
  });

  it('says why, does what can be done, and is not asked for the same at once again', async () => {
    const desired = (timer: number, ...more: (typeof office)[]) => ({
      networks: [network('campus', { 'renew-timer': timer })],
      subnets: [inside('campus'), ...more],
    });
    await sync.pass(desired(1));
    await spoil();
    const { outcome } = await sync.pass(desired(2, office));
    expect(outcome).toMatchObject({ synchronized: false, steps: 2 });
    expect(outcome?.message).toMatch(/^config-backend-pull: .*JSON/is);
    expect((await serverState(sync.server.client)).subnets.has(1)).toBe(true);
    sync.session.sent();
    const again = (await sync.pass(desired(2, office))).outcome;
    expect(again).toMatchObject({ synchronized: false, path: 'none', message: outcome?.message });
    expect(sync.session.sent('config-backend-pull')).toEqual([]);
    // Another desired state is another matter.
    await sync.byHand('DELETE FROM dhcp4_subnet WHERE subnet_id = 9');
    expect((await sync.pass(desired(3, office))).outcome).toMatchObject({ synchronized: true });
  });
});

describe('a client', () => {
  let relay: TestRelay;
  beforeEach(async () => {
    relay = await openRelay(sync.bench.lab.network.address);
  });
  afterEach(() => relay.close());

  it('is served by both servers of a pair as the last pass says', async () => {
    const members = await sync.bench.lab.pair('hot-standby', {
      ...CACHED,
      serverTag: 'lab.pair',
      database: { server: sync.bench.postgres, database: sync.bench.database },
    });
    const sessions = members.map((member) => sync.open(member));
    const pools = [{ pool: '192.0.2.10-192.0.2.20' }];
    const relayed = { pools, relay: { 'ip-addresses': [sync.bench.lab.network.address] } };
    const desired = (lifetime: number) => ({
      subnets: [subnet(1, '192.0.2.0/24', { ...relayed, 'valid-lifetime': lifetime })],
    });
    const [primary, standby] = members;
    const lifetime = async () => {
      const offer = await relay.discover(primary.address, { mac: '02005e100001' });
      return offer?.options.get(51)?.readUInt32BE();
    };
    const stateOf = async () => (await primary.client.call('status-get', undefined))['high-availability']?.[0];
    await expect
      .poll(async () => (await stateOf())?.['ha-servers'].local.state, { timeout: 20_000 })
      .toBe('hot-standby');
    for (const seconds of [1000, 2000]) {
      const { followed } = await takePass(sync.bench.backend, sessions, desired(seconds), sync.memory);
      expect([...followed.values()]).toMatchObject([DONE, DONE]);
      expect(await lifetime()).toBe(seconds);
    }
    expect(await serverState(standby.client)).toEqual(await serverState(primary.client));
    for (const member of members) await member.stop();
  });
});

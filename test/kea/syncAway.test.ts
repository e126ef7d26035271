import { describe, expect, it } from 'vitest';
import { serverState } from '../support/keaState.ts';
import { subnet } from '../support/rows.ts';
import {
  CACHED,
  campus,
  DONE,
  floor,
  GOING,
  inside,
  lab,
  many,
  office,
  silentSession,
  useSyncBench,
  type WatchedSession,
} from '../support/sync.ts';

const sync = useSyncBench();

describe('what a server lost', () => {
  it.each([
    ['a subnet', '4/subnet/1', () => sync.server.client.call('subnet4-del', { id: 1 })],
    ['an empty network', '4/network/floor', () => sync.server.client.call('network4-del', { name: 'floor' })],
    ['a membership', '4/subnet/3', () => sync.server.client.call('network4-subnet-del', { name: 'campus', id: 3 })],
  ])('by hand, %s, is found and comes back', async (_, _key, lose) => {
    const desired = { networks: [campus, floor], subnets: [office, inside('campus')] };
    await sync.pass(desired);
    expect(await sync.session.verify(GOING)).toBe(true);
    await lose();
    sync.memory.verifiedAt = -Infinity;
    expect((await sync.pass(desired)).outcome).toMatchObject({ synchronized: true, steps: 1, drifted: 1 });
    expect(await sync.session.verify(GOING)).toBe(true);
    const { networks, subnets } = await serverState(sync.server.client);
    expect([...networks.keys()].sort()).toEqual(['campus', 'floor']);
    expect(subnets.get(3)?.body['shared-network-name']).toBe('campus');
    expect(subnets.has(1)).toBe(true);
  });

  it('comes back although a pull sees no need: a hundred subnets', async () => {
    const desired = { subnets: many(100) };
    await sync.pass(desired);
    for (const { body } of desired.subnets) await sync.server.client.call('subnet4-del', { id: body.id });
    sync.memory.verifiedAt = -Infinity;
    expect((await sync.pass(desired)).outcome).toMatchObject({ synchronized: true, steps: 100, drifted: 100 });
    expect((await serverState(sync.server.client)).subnets.size).toBe(100);
  });

  it('is no drift where the desired state has changed too', async () => {
    await sync.pass({ subnets: [office, lab] });
    await sync.server.restart();
    const changed = { subnets: [subnet(1, '192.0.2.0/25', { 'renew-timer': 61 }), lab] };
    expect((await sync.pass(changed)).outcome).toMatchObject({ ...DONE, steps: 1 });
  });

  it('is put right where it read a row that somebody had changed under our marker', async () => {
    const desired = { networks: [campus], subnets: [office, inside('campus')] };
    await sync.pass(desired);
    await sync.byHand(
      `UPDATE dhcp4_subnet SET renew_timer = 5 WHERE subnet_id = 1; UPDATE dhcp4_shared_network SET renew_timer = 6`,
    );
    await sync.server.client.call('config-backend-pull', undefined);
    const { applied, outcome } = await sync.pass(desired);
    expect(applied.drift).toBe(2);
    expect(outcome).toMatchObject(DONE);
    await sync.runs(desired);
  });

  it('is put right later where it did not answer then', async () => {
    const desired = { subnets: [office] };
    const second = sync.open(await sync.bench.server(CACHED));
    await sync.pass(desired, [sync.session, second]);
    await sync.byHand('UPDATE dhcp4_subnet SET renew_timer = 5');
    await sync.server.client.call('config-backend-pull', undefined);
    const silent = silentSession(sync.session);
    expect((await sync.pass(desired, [silent, second])).applied.drift).toBe(1);
    expect((await sync.pass(desired)).outcome).toMatchObject(DONE);
    expect((await serverState(sync.server.client)).subnets.get(1)?.body['renew-timer']).toBe(60);
  });
});

describe('a server that was away', () => {
  it('is known again after a restart, and read once', async () => {
    const desired = { networks: [campus], subnets: [inside('campus'), office] };
    await sync.pass(desired);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await sync.server.restart();
    sync.session.sent();
    for (let passes = 0; passes < 4; passes++) {
      expect((await sync.pass(desired)).outcome).toMatchObject({ ...DONE, path: 'none', steps: 0 });
    }
    expect(sync.session.sent('config-get')).toHaveLength(1);
  });

  it('is read once or twice after a config-set, not for ever', async () => {
    const desired = { subnets: [office] };
    await sync.pass(desired);
    sync.session.sent();
    await sync.server.client.call('config-set', sync.server.config);
    sync.session.forget();
    for (let passes = 0; passes < 6; passes++) {
      expect((await sync.pass(desired)).outcome).toMatchObject({ ...DONE, steps: 0 });
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    expect(sync.session.sent('config-get').length).toBeLessThanOrEqual(2);
  });

  it('comes to the same after changes that it missed', async () => {
    const other = await sync.bench.server(CACHED);
    const second = sync.open(other);
    const both = [sync.session, second];
    await sync.pass({ networks: [campus], subnets: [office, inside('campus')] }, both);
    await sync.pass({ networks: [campus, floor], subnets: [lab, inside('campus')] });
    await sync.pass({ networks: [floor], subnets: [lab, inside('floor')] });
    const last = { networks: [floor], subnets: [subnet(2, '192.0.2.128/25', { 'renew-timer': 9 }), inside('floor')] };
    const { followed } = await sync.pass(last, both);
    expect([...followed.values()]).toMatchObject([DONE, DONE]);
    const [one, two] = [await serverState(sync.server.client), await serverState(other.client)];
    expect([...two.subnets]).toEqual([...one.subnets]);
    await other.client.call('config-backend-pull', undefined);
    await sync.runs(last, other);
  });

  it('is said to be behind where it stops in the midst, and catches up', async () => {
    await sync.pass({ subnets: [office] });
    const desired = { subnets: [office, lab] };
    await sync.session.look(GOING);
    const { pid } = await sync.server.client.call('status-get', undefined);
    // It answers the look and the preflight, and then dies.
    const dying = {
      ...sync.session,
      follow: async (...args: Parameters<WatchedSession['follow']>) => {
        process.kill(pid, 'SIGKILL');
        return sync.session.follow(...args);
      },
    };
    const { outcome, applied } = await sync.pass(desired, [dying]);
    expect(applied.changes).toHaveLength(1);
    expect(outcome).toMatchObject({ synchronized: false });
    expect(outcome?.message).toMatch(new RegExp(`^${sync.server.name}: `));
    expect(sync.session.lastFollowed()).toBeUndefined();
    expect((await sync.pass(desired)).outcome).toBeUndefined();
    await sync.server.restart();
    expect((await sync.pass(desired)).outcome).toMatchObject({ synchronized: true });
    await sync.runs(desired);
  });

  it('that hangs holds a pass up for some seconds, and says so', async () => {
    await sync.pass({ subnets: [office] });
    const { pid } = await sync.server.client.call('status-get', undefined);
    process.kill(pid, 'SIGSTOP');
    try {
      const begin = performance.now();
      const view = await sync.session.look(GOING);
      expect(view).toMatchObject({
        reachable: false,
        error: `${sync.server.name}: status-get: no answer within 4000 ms`,
      });
      expect(performance.now() - begin).toBeLessThan(5000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    sync.session.sent();
    expect((await sync.pass({ subnets: [office] })).outcome).toMatchObject({ ...DONE, steps: 0 });
    expect(sync.session.sent()).toEqual(['status-get']);
  });
});

import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeaEndpoint, KeaRefused, KeaUnreachable } from '../../src/kea/client.ts';
import { connectKea } from '../../src/kea/connect.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { unackedClientsOf } from '../../src/kea/ha.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openServer } from '../../src/servers/session.ts';
import { createAuthority } from '../support/certificates.ts';
import { type KeaLab, type KeaServer, startKeaLab } from '../support/kea.ts';

let lab: KeaLab;
let server: KeaServer;
beforeAll(async () => {
  lab = await startKeaLab();
  server = await lab.server('kea');
});
afterAll(() => lab.stop());

/** One call with some of the endpoint changed. */
const callWith = async (change: Partial<KeaEndpoint>, timeoutMs = 5000): Promise<unknown> => {
  const client = connectKea({ ...server.endpoint, ...change }, DHCPV4, { timeoutMs });
  return client.call('status-get', undefined).finally(() => client.close());
};

describe('the control channel', () => {
  it('answers, over one connection for many calls', async () => {
    const status = await server.client.call('status-get', undefined);
    expect(status.sockets).toEqual({ status: 'ready' });
    expect(status['dhcp-state']?.['globally-disabled']).toBe(false);
    for (let i = 0; i < 20; i++) await server.client.call('version-get', undefined);
    expect((await server.client.call('version-get', undefined)).extended).toMatch(/^3\.0\.\d/);
  });

  it('answers calls made at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => server.client.call('version-get', undefined)));
    expect(answers).toHaveLength(12);
  });

  it('works with every question that the operator asks', async () => {
    const used = ['config-get', 'subnet4-list', 'network4-list', 'stat-lease4-get', 'lease4-get-all'] as const;
    for (const command of used) await server.client.call(command, undefined);
    expect(await server.client.call('lease4-get', { 'ip-address': '192.0.2.1' })).toBeUndefined();
    expect(await server.client.call('lease4-get-page', { from: 'start', limit: 10 })).toBeUndefined();
  });

  it('says nothing is there with undefined, and done with true', async () => {
    expect(await server.client.call('subnet4-get', { id: 7 })).toBeUndefined();
    expect(await server.client.call('subnet4-list', undefined)).toBeUndefined();
    expect(await server.client.call('subnet4-del', { id: 7 })).toBeUndefined();
    expect(await server.client.call('network4-subnet-add', { name: 'nowhere', id: 7 })).toBeUndefined();
    expect(await server.client.call('subnet4-add', { subnet4: [{ id: 7, subnet: '192.0.2.0/24' }] })).toBe(true);
    expect((await server.client.call('subnet4-get', { id: 7 }))?.subnets[0]).toMatchObject({
      id: 7,
      subnet: '192.0.2.0/24',
    });
    expect(await server.client.call('subnet4-del', { id: 7 })).toBe(true);
  });

  it('gives Kea’s own words where it refuses', async () => {
    const adding = server.client.call('subnet4-add', {
      subnet4: [{ id: 7, subnet: '192.0.2.0/24', pools: [{ pool: '198.51.100.1/32' }] }],
    });
    const error: unknown = await adding.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KeaRefused);
    expect(error).toMatchObject({
      command: 'subnet4-add',
      result: 1,
      text: expect.stringContaining('does not match the prefix of a subnet') as string,
    });
    await expect(server.client.call('ha-heartbeat', undefined)).rejects.toMatchObject({ result: 2 });
  });

  it('disables and enables the service', async () => {
    expect(await server.client.call('dhcp-disable', { 'max-period': 60 })).toBe(true);
    expect((await server.client.call('status-get', undefined))['dhcp-state']?.['globally-disabled']).toBe(true);
    expect(await server.client.call('dhcp-enable', undefined)).toBe(true);
    expect((await server.client.call('status-get', undefined))['dhcp-state']?.['globally-disabled']).toBe(false);
  });

  it('takes a whole configuration, and works on after it', async () => {
    expect(await server.client.call('config-test', server.config)).toBe(true);
    const set = await server.client.call('config-set', server.config);
    expect(set?.hash).toMatch(/^[0-9A-F]{64}$/);
  });
});

describe('trust', () => {
  it('is refused without our certificate', async () => {
    const status = await new Promise((resolve) => {
      const { ca } = server.endpoint.tls;
      const asking = request(server.endpoint.url, { method: 'POST', ca }, () => {
        resolve('answered');
      });
      asking.on('error', () => {
        resolve('refused');
      });
      asking.end('{"command":"status-get"}');
    });
    expect(status).toBe('refused');
  });

  it('is refused with a certificate of another authority', async () => {
    const other = await createAuthority();
    const identity = await other.issue('operator');
    await other.close();
    await expect(callWith({ tls: { ...identity, ca: server.endpoint.tls.ca } })).rejects.toThrow(KeaUnreachable);
  });

  it('is refused with a wrong password, and the password is in no error', async () => {
    const error: unknown = await callWith({ auth: { user: 'operator', password: 'not-the-word' } }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(KeaUnreachable);
    expect(String(error)).toBe('KeaUnreachable: kea: status-get: HTTP status 401');
    expect(JSON.stringify([error, error instanceof Error ? error.stack : ''])).not.toContain('not-the-word');
  });

  it('is not given to a server of another authority', async () => {
    const other = await createAuthority();
    await other.close();
    await expect(callWith({ tls: { ...server.endpoint.tls, ca: other.ca } })).rejects.toThrow(/certificate/);
  });

  it('is not given to a server at another address than its certificate says', async () => {
    const impostor = await lab.server('impostor', { certificateAddress: '192.0.2.1' });
    const client = connectKea(impostor.endpoint, DHCPV4);
    await expect(client.call('status-get', undefined)).rejects.toThrow(
      /does not match certificate's altnames|not in the cert/,
    );
    await client.close();
  });
});

describe('a server that does not answer', () => {
  it.each([
    ['because nobody listens', () => ({ url: `https://${server.address}:9/` }), /ECONNREFUSED/],
    [
      'because nobody is there',
      () => ({ url: `https://${lab.network.prefix}.254:8000/` }),
      /EHOSTUNREACH|timeout|no answer/i,
    ],
  ])('is unreachable %s', async (_, change, message) => {
    const error: unknown = await callWith(change(), 4000).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KeaUnreachable);
    expect(String(error)).toMatch(message);
  });

  it('is unreachable when it takes too long, and answers again later', async () => {
    const hasty = connectKea(server.endpoint, DHCPV4, { timeoutMs: 1 });
    await expect(hasty.call('status-get', undefined)).rejects.toThrow(/no answer within 1 ms|timeout/i);
    await hasty.close();
    await server.client.call('status-get', undefined);
  });

  it('is left alone when the caller gives up', async () => {
    const reason = new Error('enough');
    await expect(server.client.call('status-get', undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('answers again after a restart, without a new client', async () => {
    const client = connectKea(server.endpoint, DHCPV4);
    await client.call('status-get', undefined);
    await server.restart();
    await client.call('status-get', undefined);
    await client.close();
  });

  it('never shows a secret that was sent, even where Kea quotes it', async () => {
    const Dhcp4 = { 'lease-database': { type: 'tell-nobody', password: 'tell-nobody' } };
    const error: unknown = await server.client.call('config-test', { Dhcp4 }).catch((caught: unknown) => caught);
    expect(String(error)).toContain('unknown backend database type: ***');
    expect(JSON.stringify([error, String(error)])).not.toContain('tell-nobody');
  });
});

describe('a pair', () => {
  it('agrees on who serves, and says so in its status', async () => {
    const [first, second] = await lab.pair('hot-standby');
    const stateOf = async (one: KeaServer) =>
      (await one.client.call('status-get', undefined))['high-availability']?.[0]?.['ha-servers'];
    await expect.poll(async () => (await stateOf(first))?.local.state, { timeout: 20_000 }).toBe('hot-standby');
    await expect.poll(async () => (await stateOf(second))?.local.state, { timeout: 20_000 }).toBe('hot-standby');
    expect((await stateOf(first))?.local).toMatchObject({ role: 'primary', scopes: ['server1'] });
    expect((await stateOf(second))?.local).toMatchObject({ role: 'standby', scopes: [] });
    const beat = await first.client.call('ha-heartbeat', undefined);
    expect(beat.state).toBe('hot-standby');
    // Its clock at this moment, whole seconds.
    expect(Math.abs(Date.parse(beat['date-time'] ?? '') - Date.now())).toBeLessThan(5000);
    // What metrics tell of both: clients that are left alone, and clocks, which here are one.
    const looked = [first, second].map(({ client }) =>
      openServer(client, systemClock).look(new AbortController().signal),
    );
    const views = await Promise.all(looked);
    expect(views.map(({ status }) => status && unackedClientsOf(status))).toEqual([0, 0]);
    const [one = NaN, two = NaN] = views.map(({ clockOffset }) => clockOffset);
    expect(Math.abs(one - two)).toBeLessThan(5000);
    expect(await first.client.call('ha-maintenance-start', undefined)).toBe(true);
    await expect.poll(async () => (await stateOf(second))?.local.state, { timeout: 20_000 }).toBe('in-maintenance');
    expect(await first.client.call('ha-maintenance-cancel', undefined)).toBe(true);
    await expect.poll(async () => (await stateOf(second))?.local.state, { timeout: 20_000 }).toBe('hot-standby');
  });
});

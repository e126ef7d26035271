import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../test/support/certificates.ts';
import { type FalseAnswer, useFalseKea } from '../../test/support/falseKea.ts';
import { KeaUnreachable } from './client.ts';
import { connectKea } from './connect.ts';
import { DHCPV4 } from './dhcpv4.ts';

const kea = useFalseKea();

const GOOD = JSON.stringify([{ result: 0, arguments: { extended: '3.0.4' } }]);

/** An `error` that nobody hears would fail this run. */
describe('a server whose connection breaks is unreachable, and asked again with the next call', () => {
  const faults: readonly (readonly [string, FalseAnswer])[] = [
    ['before the answer', (_, socket) => socket.destroy()],
    [
      'by a reset',
      () => {
        kea.reset();
      },
    ],
    [
      'in the middle of the answer',
      (response, socket) => {
        response.writeHead(200, { 'content-length': 1000 }).write('[{"result":');
        setTimeout(() => socket.destroy(), 20);
      },
    ],
    [
      'in the middle of an error page',
      (response) => {
        response.writeHead(503, { 'content-length': 1000 }).write('later');
        setTimeout(() => {
          kea.reset();
        }, 20);
      },
    ],
    ['by bytes that are no HTTP', (_, socket) => socket.end('\0\u0001\u0002 this is no answer\r\n\r\n')],
    ['by silence', () => undefined],
    [
      'by silence in the middle of the answer',
      (response) => {
        response.writeHead(200).write('[{');
      },
    ],
  ];

  it.each(faults)('%s', async (_, fault) => {
    kea.answer = fault;
    const asked = Array.from({ length: 6 }, () => kea.client.call('version-get', undefined));
    for (const outcome of await Promise.allSettled(asked)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(KeaUnreachable) as KeaUnreachable });
    }
    // Until the last of the faults is over.
    await pause(50);
    kea.answer = (response) => response.end(GOOD);
    expect(await kea.client.call('version-get', undefined)).toEqual({ extended: '3.0.4' });
  });

  it('by the caller, in the middle of the answer', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    kea.answer = (response) => {
      response.writeHead(200).write('[{');
      setTimeout(() => {
        abort.abort(reason);
      }, 20);
    };
    await expect(kea.client.call('version-get', undefined, abort.signal)).rejects.toBe(reason);
    kea.answer = (response) => response.end(GOOD);
    expect(await kea.client.call('version-get', undefined)).toEqual({ extended: '3.0.4' });
  });

  it('by a caller who has given up before, and nothing is sent', async () => {
    const reason = new Error('enough');
    let asked = 0;
    kea.answer = (response) => {
      asked++;
      response.end(GOOD);
    };
    await expect(kea.client.call('version-get', undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
    await pause(50);
    expect(asked).toBe(0);
  });

  it('by the end of its time, before there is a connection', async () => {
    // It takes connections, and says nothing: as a machine that is gone, as far as this side knows.
    const silent = createServer();
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const { port } = silent.address() as AddressInfo;
    const other = connectKea({ ...kea.endpoint, url: `https://127.0.0.1:${port}/` }, DHCPV4);
    const begin = performance.now();
    await expect(other.call('status-get', undefined, AbortSignal.timeout(100))).rejects.toThrow();
    expect(performance.now() - begin).toBeLessThan(5000);
    silent.close();
  });

  it('where another server answers, whose certificate says whose it is', async () => {
    const [ours, own] = await Promise.all([createAuthority(), createAuthority()]);
    const tls = { ca: ours.ca, ...(await own.issue('operator')) };
    const other = connectKea({ ...kea.endpoint, tls }, DHCPV4);
    await expect(other.call('version-get', undefined)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^one: version-get: another server answers there, with a certificate for kea, signed by /,
      ) as string,
      stranger: expect.stringMatching(/^kea, signed by /) as string,
    });
    await other.close();
    await Promise.all([ours.close(), own.close()]);
  });

  it('by a certificate authority that is none', async () => {
    const other = connectKea({ ...kea.endpoint, tls: { ...kea.endpoint.tls, ca: 'no PEM' } }, DHCPV4, {
      timeoutMs: 500,
    });
    await expect(other.call('version-get', undefined)).rejects.toThrow(KeaUnreachable);
    await other.close();
  });
});

describe('a server that did not answer a slow question', () => {
  const HANG = (): void => undefined;
  const timeOf = async (work: () => Promise<unknown>): Promise<number> => {
    const begin = performance.now();
    await work().catch(() => undefined);
    return performance.now() - begin;
  };
  const EMPTY = JSON.stringify([{ result: 0, arguments: {} }]);

  it('is not waited for so long with the next one, but is with a deed, and with all once it has answered one', async () => {
    const other = connectKea(kea.endpoint, DHCPV4, { slowTimeoutMs: 900, hungTimeoutMs: 100 });
    kea.answer = HANG;
    expect(await timeOf(() => other.call('config-test', { Dhcp4: {} }))).toBeGreaterThan(850);
    expect(await timeOf(() => other.call('config-test', { Dhcp4: {} }))).toBeLessThan(800);
    expect(await timeOf(() => other.call('config-set', { Dhcp4: {} }))).toBeGreaterThan(850);
    // That it answers what is quickly answered says nothing of the others.
    kea.answer = (response) => response.end(GOOD);
    await other.call('version-get', undefined);
    kea.answer = HANG;
    expect(await timeOf(() => other.call('config-test', { Dhcp4: {} }))).toBeLessThan(800);
    kea.answer = (response) => response.end(EMPTY);
    await other.call('config-test', { Dhcp4: {} });
    kea.answer = HANG;
    expect(await timeOf(() => other.call('config-test', { Dhcp4: {} }))).toBeGreaterThan(850);
    await other.close();
  });

  it('is known for one also where the caller gave up first', async () => {
    const other = connectKea(kea.endpoint, DHCPV4, { slowTimeoutMs: 900, hungTimeoutMs: 100 });
    kea.answer = HANG;
    await timeOf(() => other.call('config-test', { Dhcp4: {} }, AbortSignal.timeout(300)));
    expect(await timeOf(() => other.call('config-test', { Dhcp4: {} }))).toBeLessThan(800);
    await other.close();
  });
});

/** What servers say that are none, or that were taken over: a HAPair's author names the image of its servers. */
import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FalseAnswer, useFalseKea } from '../../test/support/falseKea.ts';
import { KeaRefused, KeaUnreachable } from './client.ts';
import { connectKea } from './connect.ts';
import { DHCPV4 } from './dhcpv4.ts';

const kea = useFalseKea();

const MIB = 1024 * 1024;
const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => error,
  );
const statusOf = (status: number, body: string) => (response: ServerResponse) => response.writeHead(status).end(body);
const answering = (content: unknown) => (response: ServerResponse) => response.end(JSON.stringify(content));

describe('an HTTP status', () => {
  const KEAS = '{ "result": 400, "text": "Bad Request" }';
  it.each([
    ['of what Kea cannot read', 400, KEAS, 'HTTP status 400: Bad Request'],
    ['of what a proxy finds too long', 413, '<html>Request Entity Too Large</html>', 'HTTP status 413'],
    ['of a URI that is too long', 414, '', 'HTTP status 414'],
    ['of a form that is not taken', 415, '', 'HTTP status 415'],
    ['of content that is not taken', 422, '[]', 'HTTP status 422'],
    ['of headers that are too long', 431, '{"text": 7}', 'HTTP status 431'],
  ])('%s refuses what was sent', async (_, status, body, text) => {
    kea.answer = statusOf(status, body);
    const error = await caught(kea.client.call('config-test', { Dhcp4: {} }));
    expect(error).toBeInstanceOf(KeaRefused);
    expect(error).toMatchObject({ command: 'config-test', result: status, text });
  });

  it.each([
    ['of who asks', 401],
    ['of what is forbidden to who asks', 403],
    ['of a place where there is no Kea', 404],
    ['of another place', 302],
    ['of a proxy that wants to know who asks', 407],
    ['of a request that came too slowly', 408],
    ['of too many requests', 429],
    ['of a server that failed', 500],
    ['of a server behind a proxy', 502],
    ['of a server that is not ready', 503],
    ['of success without an answer', 204],
  ])('%s says nothing of what was sent', async (_, status) => {
    kea.answer = statusOf(status, '[{"result": 1, "text": "no"}]');
    const error = await caught(kea.client.call('config-test', { Dhcp4: {} }));
    expect(error).toBeInstanceOf(KeaUnreachable);
    expect(String(error)).toContain(`one: config-test: HTTP status ${status}`);
  });
});

describe('what no Kea says is no answer', () => {
  it.each([
    ['no JSON', '<html>hunter2</html>', 'one: version-get: the answer is not JSON'],
    ['half of it', '[{"result": 0, "arguments": {"password": "hunter2', 'one: version-get: the answer is not JSON'],
    ['no list', '{"result": 0}', 'one: version-get: the answer is not one of Kea'],
    ['two answers', '[{"result": 0}, {"result": 0}]', 'one: version-get: the answer is not one of Kea'],
    ['a list without an end', '['.repeat(1_500), 'one: version-get: the answer is not JSON'],
  ])('%s', async (_, body, message) => {
    kea.answer = (response) => response.end(body);
    const error = await caught(kea.client.call('version-get', undefined));
    expect(error).toBeInstanceOf(KeaUnreachable);
    expect((error as Error).message).toBe(message);
  });

  it('an answer of another shape is told in one line, however much of it is wrong', async () => {
    kea.answer = answering([{ result: 0, arguments: { leases: Array<object>(50_000).fill({}) } }]);
    const error = await caught(kea.client.call('lease4-get-all', undefined));
    expect(error).toBeInstanceOf(KeaRefused);
    expect((error as KeaRefused).text).toMatch(/^unexpected answer: .*leases\[0\]/);
    expect((error as KeaRefused).text.length).toBeLessThan(300);
  });
});

describe('what Kea says', () => {
  it('is one line of bounded length, with what a terminal would obey written out', async () => {
    kea.answer = answering([{ result: 1, text: `\u001b[2Jno:\n${'x'.repeat(20_000)}` }]);
    const error = await caught(kea.client.call('config-test', { Dhcp4: {} }));
    expect((error as KeaRefused).text).toMatch(/^\\u\{1b\}\[2Jno:\\nx+…$/);
    expect((error as KeaRefused).text).toHaveLength(2_000);
  });

  it('is told without places in a text that nobody has', async () => {
    kea.answer = answering([{ result: 1, text: "unknown allocator 'x' (<string>:1:344) (<string>:1:81)" }]);
    const error = await caught(kea.client.call('config-test', { Dhcp4: {} }));
    expect((error as KeaRefused).text).toBe("unknown allocator 'x'");
  });

  it('may quote all that was sent', async () => {
    const value = '"'.repeat(200_000);
    kea.answer = answering([{ result: 1, text: `not a good name: ${value}` }]);
    const error = await caught(kea.client.call('config-test', { Dhcp4: { name: value } }));
    expect(error).toBeInstanceOf(KeaRefused);
  });

  it('of its state is cut to what a status may show', async () => {
    const local = { role: 'primary', scopes: Array<string>(100).fill('a\0'), state: 's'.repeat(1000) };
    const sockets = { status: 'failed', errors: Array<string>(100).fill('e'.repeat(1000)) };
    const status = { pid: 1, uptime: 1, reload: 1, sockets };
    const ha = [{ 'ha-mode': 'hot-standby', 'ha-servers': { local } }];
    kea.answer = answering([{ result: 0, arguments: { ...status, 'high-availability': ha } }]);
    await expect(caught(kea.client.call('status-get', undefined))).resolves.toBeInstanceOf(KeaUnreachable);
    sockets.errors = Array<string>(20).fill('e'.repeat(1000));
    kea.answer = answering([{ result: 0, arguments: { ...status, 'high-availability': ha } }]);
    const read = await kea.client.call('status-get', undefined);
    expect(read.sockets?.errors).toHaveLength(16);
    expect(read.sockets?.errors?.[0]).toHaveLength(500);
    expect(read['high-availability']?.[0]?.['ha-servers'].local).toMatchObject({
      scopes: Array<string>(16).fill('a\\u{0}'),
      state: `${'s'.repeat(63)}…`,
    });
  });
});

describe('what cannot be sent is refused, and the server is not blamed', () => {
  const nested = (levels: number): Record<string, unknown> => {
    let inner: Record<string, unknown> = {};
    for (let level = 0; level < levels; level++) inner = { inner };
    return inner;
  };
  beforeEach(() => {
    kea.answer = (response) => response.writeHead(400).end('{ "result": 400, "text": "Bad Request: tell-nobody" }');
  });

  it.each([
    ['more levels than Kea reads', 120, 'HTTP status 400: Bad Request: ***'],
    [
      'more levels than can be written as JSON',
      50_000,
      'it cannot be written as JSON: Maximum call stack size exceeded',
    ],
  ])('%s', async (_, levels, text) => {
    const Dhcp4 = { 'lease-database': { password: 'tell-nobody' }, 'user-context': nested(levels) };
    const error = await caught(kea.client.call('config-test', { Dhcp4 }));
    expect(error).toBeInstanceOf(KeaRefused);
    expect((error as KeaRefused).text).toBe(text);
  });
});

/** Bytes that a server could send before its connection was ended are those that the kernels of both sides hold. */
describe('a server that answers without end is cut off', () => {
  let sent: number;
  let ended: Promise<void>;
  beforeEach(() => {
    sent = 0;
  });
  /** Says `first`, and then `again` for ever, as fast as that is taken. */
  const pour =
    (status: number, first: string, again: string): FalseAnswer =>
    (response, socket) => {
      const piece = Buffer.from(again.repeat(Math.ceil(65_536 / again.length)));
      ended = new Promise((resolve) => {
        socket.on('close', () => {
          resolve();
        });
      });
      const on = (): void => {
        while (!socket.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) return;
        }
      };
      response.writeHead(status).write(first);
      response.on('drain', on);
      on();
    };

  it.each([
    ['with nothing', 'status-get', 200, '[', ' ', '64 KiB'],
    ['with words', 'version-get', 200, '[{"result":0,"text":"', 'x', '64 KiB'],
    ['with JSON that is small as text', 'ha-heartbeat', 200, '[', '{},', '64 KiB'],
    ['with subnets', 'subnet4-list', 200, '[{"result":0,"arguments":{"subnets":[', '{"id":1},', '32 MiB'],
    ['with leases', 'lease4-get-page', 200, '[{"result":0,"arguments":{"leases":[', '{},', '8 MiB'],
    ['with a configuration', 'config-get', 200, '[{"result":0,"arguments":{"Dhcp4":[', '{},', '512 MiB'],
  ] as const)(
    '%s',
    async (_, command, status, first, again, most) => {
      kea.answer = pour(status, first, again);
      const args = command === 'lease4-get-page' ? { from: 'start', limit: 10 } : undefined;
      const withinGracePeriod = connectKea(kea.endpoint, DHCPV4, { timeoutMs: 20_000 });
      const error = await caught(withinGracePeriod.call(command, args));
      await ended;
      await withinGracePeriod.close();
      expect(error).toBeInstanceOf(KeaUnreachable);
      expect((error as Error).message).toBe(`one: ${command}: an answer that takes more than ${most}`);
      expect(sent).toBeLessThan(64 * MIB);
    },
    20_000,
  );

  it.each([
    ['with a page that says that it is not ready', 503, KeaUnreachable, 'one: config-test: HTTP status 503'],
    ['with a page that says that it cannot read what was sent', 400, KeaRefused, 'config-test: HTTP status 400'],
  ] as const)('%s', async (_, status, kind, message) => {
    kea.answer = pour(status, '<html>', 'later ');
    const error = await caught(kea.client.call('config-test', { Dhcp4: {} }));
    await ended;
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toBe(message);
    expect(sent).toBeLessThan(16 * MIB);
  });

  it.each([
    ['by headers', 'HTTP/1.1 200 OK\r\n', 'x-more: and more\r\n'],
    ['by answers that are only to come', '', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['by the length of a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '0'],
    ['by what may stand beside the length of a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;', 'x'],
    ['by what comes after the answer', `HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n[1]`, 'HTTP/1.1 200 OK\r\n'],
  ])('%s', async (_, first, again) => {
    kea.answer = (_response, socket) => {
      const piece = Buffer.from(again.repeat(Math.ceil(16_384 / again.length)));
      ended = new Promise((resolve) => {
        socket.on('close', () => {
          resolve();
        });
      });
      const on = (): void => {
        while (!socket.destroyed && socket.write(piece)) sent += piece.length;
      };
      socket.write(first);
      socket.on('drain', on);
      on();
    };
    await expect(caught(kea.client.call('status-get', undefined))).resolves.toBeInstanceOf(KeaUnreachable);
    await ended;
  });

  it('with a byte now and then, in time', async () => {
    kea.answer = (response) => {
      response.writeHead(200);
      const drip = (): void => {
        if (response.destroyed) return;
        response.write(' ');
        setTimeout(drip, 20);
      };
      drip();
    };
    const error = await caught(kea.client.call('status-get', undefined));
    expect((error as Error).message).toBe('one: status-get: no answer within 500 ms');
  });
});

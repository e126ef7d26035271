import { describe, expect, it } from 'vitest';
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { createControlLeases } from './control.ts';

/** A server whose state and fate the test decides; what real servers answer is the contract suite's matter. */
interface Scripted extends KeaClient {
  fate: 'answers' | 'down' | 'refuses' | 'hangs';
  asked: string[];
}

const scripted = (name: string, state?: string, scopes: readonly string[] = []): Scripted => {
  const status = state && {
    'high-availability': [{ 'ha-mode': 'hot-standby', 'ha-servers': { local: { role: '', scopes, state } } }],
  };
  const server: Scripted = {
    name,
    family: DHCPV4,
    fate: 'answers',
    asked: [],
    call: (command, _args, signal) => {
      server.asked.push(command);
      if (server.fate === 'down') return Promise.reject(new KeaUnreachable(`${name}: ${command}: connection refused`));
      if (server.fate === 'refuses') return Promise.reject(new KeaRefused(command, 2, 'not supported'));
      if (server.fate === 'hangs') {
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        });
      }
      const answer =
        command === 'status-get'
          ? (status ?? {})
          : { 'ip-address': '192.0.2.1', 'subnet-id': 1, state: 0, cltt: 0, 'valid-lft': 1, hostname: name };
      return Promise.resolve(answer as never);
    },
    close: () => Promise.resolve(),
  };
  return server;
};

const clock = () => {
  let ms = 0;
  return { now: () => ms, advance: (by: number) => (ms += by) };
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the choice of the server', () => {
  const answering = async (...servers: Scripted[]) =>
    (await createControlLeases({ family: DHCPV4, servers, now: clock().now }).get('192.0.2.1'))?.hostname;

  it.each([
    [
      'one that serves before one that stands by',
      scripted('a', 'hot-standby'),
      scripted('b', 'hot-standby', ['a']),
      'b',
    ],
    ['one in good order before one that fetches leases', scripted('a', 'syncing'), scripted('b', 'hot-standby'), 'b'],
    [
      'one that waits before one that is down',
      Object.assign(scripted('a'), { fate: 'down' }),
      scripted('b', 'waiting'),
      'b',
    ],
    [
      'the first of two that both serve',
      scripted('a', 'load-balancing', ['a']),
      scripted('b', 'load-balancing', ['b']),
      'a',
    ],
    ['one in an unknown state last', scripted('a', 'dreaming'), scripted('b', 'terminated'), 'b'],
  ] as const)('is %s', async (_, a, b, chosen) => {
    expect(await answering(a, b)).toBe(chosen);
  });

  it('of a single server needs no question for its state', async () => {
    const only = scripted('a');
    await answering(only);
    expect(only.asked).toEqual(['lease4-get']);
  });

  it('stays for ten seconds and is then made anew without anybody waiting for it', async () => {
    const time = clock();
    const [a, b] = [scripted('a', 'hot-standby', ['a']), scripted('b', 'hot-standby')];
    const source = createControlLeases({ family: DHCPV4, servers: [a, b], now: time.now });
    await source.get('192.0.2.1');
    await source.get('192.0.2.1');
    expect([a.asked, b.asked]).toEqual([['status-get', 'lease4-get', 'lease4-get'], ['status-get']]);
    time.advance(10_001);
    b.fate = 'hangs';
    expect((await source.get('192.0.2.1'))?.hostname).toBe('a');
  });

  it('passes to the partner when a server fails, which then stays first', async () => {
    const [a, b] = [scripted('a', 'hot-standby', ['a']), scripted('b', 'hot-standby')];
    const source = createControlLeases({ family: DHCPV4, servers: [a, b], now: clock().now });
    await source.get('192.0.2.1');
    a.fate = 'down';
    expect((await source.get('192.0.2.1'))?.hostname).toBe('b');
    a.asked = [];
    expect((await source.get('192.0.2.1'))?.hostname).toBe('b');
    expect(a.asked).toEqual([]);
  });
});

describe('what a server says of leases', () => {
  const kea = (address: string) => ({ 'ip-address': address, 'subnet-id': 1, state: 0, cltt: 0, 'valid-lft': 1 });
  const saying = (name: string, answers: Partial<Record<string, unknown>>): Scripted => {
    const server = scripted(name);
    return {
      ...server,
      call: (command) => {
        server.asked.push(command);
        return Promise.resolve((command in answers ? answers[command] : {}) as never);
      },
    };
  };

  it.each([
    ['leases that are not in their order', [kea('192.0.2.2'), kea('192.0.2.1')]],
    ['leases of no address', [kea('nowhere')]],
    ['leases of no time', [{ ...kea('192.0.2.1'), cltt: 1e300 }]],
  ])('is passed over for its partner’s word where it is of %s', async (_, leases) => {
    const wrong = saying('a', { 'lease4-get-page': { leases } });
    const right = saying('b', { 'lease4-get-page': { leases: [kea('192.0.2.7')] } });
    const page = await createControlLeases({ family: DHCPV4, servers: [wrong, right] }).page(10);
    expect(page.leases.map(({ address }) => address)).toEqual(['192.0.2.7']);
    await expect(createControlLeases({ family: DHCPV4, servers: [wrong] }).page(10)).rejects.toThrow(
      /^a: (leases are not|what is said)/,
    );
  });

  it.each([
    ['few: they are fetched, as some may be over', 50_000, ['stat-lease4-get', 'lease4-get-all'], 0],
    ['a great many: their figure will do', 50_001, ['stat-lease4-get'], 50_001],
  ])('is counted where they are %s', async (_, assigned, asked, active) => {
    const columns = ['subnet-id', 'total-addresses', 'assigned-addresses', 'declined-addresses'];
    const statistics = { 'result-set': { columns, rows: [[1, 60_000, assigned, 0]] } };
    const only = saying('a', { 'stat-lease4-get': statistics, 'lease4-get-all': { leases: [kea('192.0.2.1')] } });
    const counts = await createControlLeases({ family: DHCPV4, servers: [only] }).countActive([1]);
    expect([only.asked, counts.get(1)]).toEqual([asked, active]);
  });

  it.each([
    ['few: the last of them is known', 3, { leases: 2, endless: 1, last: 3601 }],
    ['a great many: only their number is, less those declined', 60_000, { leases: 59_999, endless: 0 }],
  ])('is waited for where they are %s', async (_, assigned, left) => {
    const columns = ['subnet-id', 'total-addresses', 'assigned-addresses', 'declined-addresses'];
    // This command counts declined addresses apart.
    const statistics = { 'result-set': { columns, rows: [[1, 99_999, assigned - 1, 1]] } };
    const leases = [
      { ...kea('192.0.2.1'), cltt: 0, 'valid-lft': 3600 },
      { ...kea('192.0.2.2'), cltt: 1, 'valid-lft': 3600 },
      { ...kea('192.0.2.3'), 'valid-lft': 4_294_967_295 },
      { ...kea('192.0.2.4'), cltt: 9, 'valid-lft': 3600, state: 1 },
    ];
    const only = saying('a', { 'stat-lease4-get': statistics, 'lease4-get-all': { leases } });
    const source = createControlLeases({ family: DHCPV4, servers: [only], now: () => 60_000 });
    expect((await source.remaining([1])).get(1)).toEqual(left);
  });
});

describe('when no server gives leases', () => {
  it('every one is named with its reason', async () => {
    const servers = [Object.assign(scripted('a'), { fate: 'down' }), Object.assign(scripted('b'), { fate: 'refuses' })];
    await expect(createControlLeases({ family: DHCPV4, servers }).get('192.0.2.1')).rejects.toThrow(
      /^a: lease4-get: connection refused; b: lease4-get: not supported$|^b: lease4-get: not supported; a: lease4-get: connection refused$/,
    );
  });

  it('an aborted signal is told as such', async () => {
    const only = Object.assign(scripted('a'), { fate: 'hangs' });
    const abort = new AbortController();
    const answer = createControlLeases({ family: DHCPV4, servers: [only] }).get('192.0.2.1', abort.signal);
    await settled();
    abort.abort(new Error('the client left'));
    await expect(answer).rejects.toThrow('the client left');
  });
});

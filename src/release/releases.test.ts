/** What becomes of a release when servers go and clients come in the middle of it. Real servers have their turn in test/kea/release.test.ts. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../test/support/fakeClock.ts';
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { LeadershipLost } from '../runtime/leader.ts';
import { createLogger } from '../runtime/log.ts';
import type { ReleaseServers } from './carryOut.ts';
import { createReleases, type Releases } from './releases.ts';
import type { ReleaseAnswer, ReleaseRequest } from './request.ts';

const MAC = '02:00:5e:10:00:01';
const request: ReleaseRequest = {
  namespace: 'dhcp',
  pair: 'office',
  ipFamily: 'IPv4',
  address: '10.7.0.1',
  holder: {},
  user: 'alice',
};

interface Server {
  readonly client: ReleaseServers['servers'][number];
  readonly deleted: object[];
  cltt: number | undefined;
  state: string;
  away: boolean;
  /** What is thrown at the next deletion. */
  refusal: Error | undefined;
  /** Called after a deletion. */
  then: () => void;
}

const serverOf = (name: string, scopes: readonly string[]): Server => {
  const call = (command: string, args: object | undefined): Promise<unknown> => {
    if (server.away) return Promise.reject(new KeaUnreachable(`${name}: ${command}: connect ECONNREFUSED`));
    if (command === 'status-get') {
      const local = { role: 'primary', scopes, state: server.state };
      return Promise.resolve({ 'high-availability': [{ 'ha-mode': 'hot-standby', 'ha-servers': { local } }] });
    }
    if (command === 'lease4-get') {
      const lease = { 'ip-address': '10.7.0.1', 'subnet-id': 7, 'hw-address': MAC, state: 0, 'valid-lft': 3600 };
      return Promise.resolve(server.cltt === undefined ? undefined : { ...lease, cltt: server.cltt });
    }
    const { refusal } = server;
    server.refusal = undefined;
    if (refusal !== undefined) return Promise.reject(refusal);
    server.deleted.push(args ?? {});
    const had = server.cltt !== undefined;
    server.cltt = undefined;
    server.then();
    return Promise.resolve(had ? true : undefined);
  };
  const server: Server = {
    client: { name, family: DHCPV4, call: call as KeaClient['call'] },
    deleted: [],
    cltt: seconds(),
    state: 'hot-standby',
    away: false,
    refusal: undefined,
    then: () => undefined,
  };
  return server;
};

let clock: FakeClock;
let a: Server;
let b: Server;
let told: string[];
let leading: boolean;
let releases: Releases;
let term: AbortController;
let running: Promise<void>;
let found: ReleaseAnswer | undefined;

const seconds = (): number => clock.now() / 1000;

beforeEach(() => {
  clock = createFakeClock();
  [a, b] = [serverOf('a', ['a']), serverOf('b', [])];
  told = [];
  leading = true;
  found = undefined;
  term = new AbortController();
  releases = createReleases(
    {
      find: () => found ?? { servers: [b.client, a.client], missing: [], shared: false },
      tell: (_, reason, note) => told.push(`${reason}: ${note}`),
      mustLead: () => {
        if (!leading) throw new LeadershipLost('another leads');
      },
      clock,
      log: createLogger({ level: 'silent' }),
    },
    term.signal,
  );
  running = releases.run();
});
afterEach(async () => {
  term.abort();
  await running;
});

/** Lets time go on until there is an answer. */
const answered = async (asked: Promise<ReleaseAnswer>): Promise<ReleaseAnswer> => {
  let answer: ReleaseAnswer | undefined;
  void asked.then((given) => (answer = given));
  for (let ms = 0; answer === undefined && ms < 60_000; ms += 100) {
    await clock.advance(100);
    await setImmediate();
  }
  return asked;
};
const release = (more: Partial<ReleaseRequest> = {}) => answered(releases.release({ ...request, ...more }));

it('deletes from both, tells DNS once, and tells who asked', async () => {
  expect(await release()).toEqual({
    outcome: 'Released',
    message: `the lease of 10.7.0.1, which ${MAC} had, was released`,
  });
  expect([a.deleted, b.deleted]).toEqual([
    [{ 'ip-address': '10.7.0.1', 'update-ddns': true }],
    [{ 'ip-address': '10.7.0.1', 'update-ddns': false }],
  ]);
  expect(told).toEqual([`LeaseReleased: the lease of 10.7.0.1, which ${MAC} had, was released, as alice asked for`]);
  expect(await release()).toMatchObject({ outcome: 'NotFound' });
});

it('does nothing while a server is away', async () => {
  b.away = true;
  expect(await release()).toMatchObject({ outcome: 'Conflict' });
  expect(a.deleted).toEqual([]);
  expect(told).toEqual([]);
});

it('what is refused is said in the words of Kea, and nothing stands half done', async () => {
  a.refusal = new KeaRefused('lease4-del', 1, 'no');
  expect(await release()).toMatchObject({ outcome: 'Released' });
  a.cltt = seconds();
  b.cltt = seconds();
  Object.defineProperty(a, 'refusal', { get: () => new KeaRefused('lease4-del', 1, 'no'), set: () => undefined });
  expect(await release()).toMatchObject({
    outcome: 'ServiceUnavailable',
    message: 'the lease of 10.7.0.1 was not released: server a refuses it: lease4-del: no. Try again',
  });
  expect(b.cltt).toBeDefined();
});

it('the partner that goes in the middle is waited for', async () => {
  a.then = () => {
    b.away = true;
    clock.after(2_000, () => {
      b.away = false;
    });
  };
  expect(await release()).toMatchObject({ outcome: 'Released' });
  expect(b.cltt).toBeUndefined();
});

it('one that stays away is told, tried again in the background, and told when it is done', async () => {
  a.then = () => {
    b.away = true;
  };
  const { outcome, message } = await release();
  expect(outcome).toBe('ServiceUnavailable');
  expect(message).toMatch(
    /^the lease of 10.7.0.1 is released by half: it was deleted from server a, but server b does not/,
  );
  await clock.advance(60_000);
  expect(told).toEqual([`LeaseHalfReleased: ${message}`]);
  b.away = false;
  b.state = 'syncing';
  await clock.advance(20_000);
  expect(b.cltt).toBeDefined();
  b.state = 'hot-standby';
  // The server had its lease back meanwhile.
  a.then = () => undefined;
  a.cltt = b.cltt;
  await clock.advance(20_000);
  expect([a.cltt, b.cltt]).toEqual([undefined, undefined]);
  expect(told[1]).toMatch(/^LeaseReleased: /);
  await clock.advance(60_000);
  expect(told).toHaveLength(2);
});

it('one whose client came back is left to it', async () => {
  a.then = () => {
    a.cltt = seconds() + 1;
    b.cltt = seconds() + 1;
  };
  expect(await release()).toMatchObject({ outcome: 'Conflict' });
  expect(b.deleted).toEqual([]);
});

it('a deletion without an answer may have been done: it is looked after', async () => {
  a.refusal = new KeaUnreachable('a: lease4-del: other side closed');
  expect(await release()).toMatchObject({ outcome: 'Released' });
  expect([a.cltt, b.cltt]).toEqual([undefined, undefined]);
});

it('half done until its time is over it is left to the server that has it', async () => {
  a.then = () => {
    b.away = true;
  };
  await release();
  await clock.advance(3_700_000);
  b.away = false;
  await clock.advance(60_000);
  expect(b.deleted).toEqual([]);
});

it('nothing is deleted by who does not lead', async () => {
  leading = false;
  expect(await release()).toMatchObject({ outcome: 'ServiceUnavailable' });
  expect(a.deleted).toEqual([]);
});

it('one lease is released once at a time, a pair has no more than eight under way, and a namespace sixteen', async () => {
  b.cltt = seconds() - 1;
  const first = releases.release(request);
  expect(await releases.release(request)).toMatchObject({ outcome: 'TooManyRequests' });
  const others = Array.from({ length: 7 }, (_, n) => releases.release({ ...request, address: `10.7.1.${n}` }));
  expect(await releases.release({ ...request, address: '10.7.2.1' })).toMatchObject({ outcome: 'TooManyRequests' });
  const another = Array.from({ length: 8 }, (_, n) =>
    releases.release({ ...request, pair: 'branch', address: `10.8.1.${n}` }),
  );
  expect(await releases.release({ ...request, pair: 'third' })).toMatchObject({ outcome: 'TooManyRequests' });
  expect(await release({ namespace: 'other' })).not.toMatchObject({ outcome: 'TooManyRequests' });
  for (const asked of [first, ...others, ...another]) await answered(asked);
  expect(await release({ address: '10.7.2.1' })).toMatchObject({ outcome: 'NotFound' });
});

it('a pair that cannot be asked now says why', async () => {
  found = { outcome: 'Conflict', message: 'paused' };
  expect(await release()).toEqual(found);
});

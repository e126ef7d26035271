import { describe, expect, it } from 'vitest';
import { haServer as server } from '../../test/support/haServer.ts';
import { haRepairs } from './haRepairs.ts';
import type { ServerCondition } from './rollout.ts';

const NOW = Date.UTC(2026, 5, 1);

const SURVIVOR = server('a', 'primary', 'partner-down', { disabled: true, cutOff: true });
const READY = server('b', 'standby', 'ready');
const A = server('a', 'primary', 'hot-standby');
const B = server('b', 'standby', 'hot-standby');
const LONELY = server('a', 'primary', 'hot-standby', { age: 6, scopes: ['a'] });
const NEW_BACKUP = server('c', 'backup', 'backup', { uptime: 20, disabled: true });

interface World {
  readonly owed?: readonly string[];
  readonly fetched?: Readonly<Record<string, number>>;
  readonly lonely?: readonly string[];
  readonly ownLeases?: boolean;
}

const repairs = (
  servers: readonly ServerCondition[],
  { owed = [], fetched = {}, lonely = ['a'], ownLeases = true }: World = {},
): string =>
  haRepairs(
    servers,
    { owed: new Set(owed), fetched: new Map(Object.entries(fetched)), lonely: new Set(lonely) },
    { ownLeases, heartbeatDelay: 1000, maxResponseDelay: 60_000 },
    NOW,
  )
    .repairs.map((repair) => {
      switch (repair.kind) {
        case 'enable':
          return `${repair.server} serves, ${repair.owed} is owed`;
        case 'release':
          return `${repair.server} serves alone`;
        case 'fetch':
          return `${repair.server} fetches from ${repair.from}`;
      }
    })
    .join('; ');

describe('haRepairs', () => {
  it.each<readonly [string, readonly ServerCondition[], World, string]>([
    ['nothing, of a pair that is well', [A, B], {}, ''],
    [
      'a survivor that waits for its partner’s consent over a way that is cut serves',
      [SURVIVOR, READY],
      {},
      'a serves, b is owed',
    ],
    [
      'not while the partner fetches its leases: it would not get what is given out meanwhile',
      [SURVIVOR, server('b', 'standby', 'syncing')],
      {},
      '',
    ],
    [
      'not where the partner is not heard of',
      [SURVIVOR, { ...READY, status: undefined } as unknown as ServerCondition],
      {},
      '',
    ],
    [
      'not where the way is open: Kea asks the partner within a heartbeat',
      [server('a', 'primary', 'partner-down', { disabled: true }), READY],
      {},
      '',
    ],
    ['not one without subnets', [{ ...SURVIVOR, empty: true }, READY], {}, ''],
    [
      'a primary that hears nothing of its standby, which runs, does not wait for its consent to leases any more',
      [LONELY, server('b', 'standby', 'hot-standby', { age: 6 })],
      {},
      'a serves alone',
    ],
    ['not at the first look', [LONELY, B], { lonely: [] }, ''],
    ['so it is where the standby hears it', [LONELY, B], {}, 'a serves alone'],
    ['not while it is late by a moment', [server('a', 'primary', 'hot-standby', { age: 5, scopes: ['a'] }), B], {}, ''],
    [
      'not where the standby is not heard of: it may be gone, of which Kea judges',
      [LONELY, { ...B, status: undefined } as unknown as ServerCondition],
      {},
      '',
    ],
    [
      'not where the standby has taken over',
      [LONELY, server('b', 'standby', 'partner-down', { age: 60, scopes: ['a'] })],
      {},
      '',
    ],
    [
      'not where Kea will see it before the command would end',
      [server('a', 'primary', 'hot-standby', { age: 51, scopes: ['a'] }), B],
      {},
      '',
    ],
    ['not where it cannot serve itself', [{ ...LONELY, empty: true }, B], {}, ''],
    ['not where it answers nobody', [server('a', 'primary', 'hot-standby', { age: 6 }), B], {}, ''],
    ['not where nobody waits for consent, as the leases are in one database', [LONELY, B], { ownLeases: false }, ''],
    [
      'not with load balancing',
      [
        server('a', 'primary', 'load-balancing', { age: 60, scopes: ['a'] }),
        server('b', 'secondary', 'load-balancing', { age: 60, scopes: ['b'] }),
      ],
      {},
      '',
    ],
    [
      'a partner that is owed leases fetches them once the two work together',
      [A, B],
      { owed: ['b'] },
      'b fetches from a',
    ],
    ['not before', [SURVIVOR, server('b', 'standby', 'waiting')], { owed: ['b'] }, ''],
    [
      'not while one of them does not hear the other',
      [A, server('b', 'standby', 'hot-standby', { cutOff: true })],
      { owed: ['b'] },
      '',
    ],
    ['not where the leases are in one database', [A, B], { owed: ['b'], ownLeases: false }, ''],
    ['a backup that started fetches from the standby, which nobody misses', [A, B, NEW_BACKUP], {}, 'c fetches from b'],
    ['once for each start', [A, B, NEW_BACKUP], { fetched: { c: NOW - 20_900 } }, ''],
    ['again after the next', [A, B, NEW_BACKUP], { fetched: { c: NOW - 200_000 } }, 'c fetches from b'],
    [
      'a backup that has been up for long fetched them before this operator came',
      [A, B, server('c', 'backup', 'backup', { disabled: true })],
      {},
      '',
    ],
  ])('%s', (_, servers, world, expected) => {
    expect(repairs(servers, world)).toBe(expected);
  });
});

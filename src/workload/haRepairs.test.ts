import { describe, expect, it } from 'vitest';
import { haServer as server } from '../../test/support/haServer.ts';
import { haRepairs } from './haRepairs.ts';
import type { ServerCondition } from './rollout.ts';

const NOW = Date.UTC(2026, 5, 1);

const SURVIVOR = server('a', 'primary', 'partner-down', { disabled: true, cutOff: true });
const READY = server('b', 'standby', 'ready');
const A = server('a', 'primary', 'hot-standby');
const B = server('b', 'standby', 'hot-standby');
const gone = ({ status: _, ...server }: ServerCondition): ServerCondition => ({ ...server, down: true });
const NEW_BACKUP = server('c', 'backup', 'backup', { uptime: 20, disabled: true });

interface World {
  readonly owed?: readonly string[];
  readonly fetched?: Readonly<Record<string, number>>;
  readonly ownLeases?: boolean;
}

const repairs = (
  servers: readonly ServerCondition[],
  { owed = [], fetched = {}, ownLeases = true }: World = {},
): string =>
  haRepairs(
    servers,
    { owed: new Set(owed), fetched: new Map(Object.entries(fetched)) },
    { ownLeases, heartbeatDelay: 1000 },
    NOW,
  )
    .map((repair) => {
      switch (repair.kind) {
        case 'enable':
          return `${repair.server} serves, ${repair.owed} is owed`;
        case 'takeOver':
          return `${repair.server} takes over from ${repair.partner}`;
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
    ['a standby whose primary has ended serves alone, at the first look', [gone(A), B], {}, 'b takes over from a'],
    [
      'so does one that was given the scope already, which sees nobody who waits',
      [gone(A), server('b', 'standby', 'hot-standby', { scopes: ['a'] })],
      {},
      'b takes over from a',
    ],
    ['so does a primary whose standby has ended', [A, gone(B)], {}, 'a takes over from b'],
    [
      'and each of two that share the load',
      [server('a', 'primary', 'load-balancing'), gone(server('b', 'secondary', 'load-balancing'))],
      {},
      'a takes over from b',
    ],
    ['not where a process of the partner may run', [{ ...gone(A), down: false }, B], {}, ''],
    ['not where it serves alone already', [gone(A), server('b', 'standby', 'partner-down')], {}, ''],
    ['not one without subnets', [gone(A), { ...B, empty: true }], {}, ''],
    ['not one whose service is off', [gone(A), server('b', 'standby', 'hot-standby', { disabled: true })], {}, ''],
    ['not a server that has no partner', [server('a', 'primary', 'standalone')], {}, ''],
    ['not for a backup that has ended', [A, B, gone(NEW_BACKUP)], {}, ''],
    ['not where the leases are in one database, and nobody waits', [gone(A), B], { ownLeases: false }, ''],
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

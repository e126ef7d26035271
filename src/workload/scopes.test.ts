import { describe, expect, it } from 'vitest';
import type { KeaStatus } from '../kea/commands.ts';
import { scopeChanges, type ScopeHolder } from './scopes.ts';

const holder = (
  name: string,
  role: ScopeHolder['role'],
  state: string,
  scopes: string[],
  more: Partial<KeaStatus> = {},
): ScopeHolder => ({
  name,
  role,
  empty: false,
  leaseless: false,
  status: {
    pid: 1,
    uptime: 100,
    reload: 100,
    sockets: { status: 'ready' },
    'high-availability': [{ 'ha-mode': 'any', 'ha-servers': { local: { role, scopes, state } } }],
    ...more,
  },
});
const CLOSED: Partial<KeaStatus> = { sockets: { status: 'failed' } };
const HOT_A = holder('a', 'primary', 'hot-standby', ['a']);
const HOT_B = holder('b', 'standby', 'hot-standby', []);
const LOAD_A = holder('a', 'primary', 'load-balancing', ['a']);
const LOAD_B = holder('b', 'secondary', 'load-balancing', ['b']);
const silent = ({ status: _, ...rest }: ScopeHolder): ScopeHolder => rest;

describe('scopeChanges', () => {
  it.each<readonly [string, readonly ScopeHolder[], string]>([
    ['all is well in hot standby', [HOT_A, HOT_B], ''],
    ['all is well with load balancing', [LOAD_A, LOAD_B], ''],
    [
      'the primary has no link, and is switched off for it: the standby takes its scope',
      [
        holder('a', 'primary', 'hot-standby', ['a'], {
          'dhcp-state': { 'globally-disabled': true, 'disabled-by-user': true },
        }),
        HOT_B,
      ],
      'a[] b[a]',
    ],
    [
      'one half’s server has lost its lease database: the other takes it',
      [LOAD_A, { ...LOAD_B, leaseless: true }],
      'a[a,b] b[]',
    ],
    [
      'both have: everything stays',
      [
        { ...LOAD_A, leaseless: true },
        { ...LOAD_B, leaseless: true },
      ],
      '',
    ],
    [
      'the primary has its scope and closed sockets: the standby takes it',
      [holder('a', 'primary', 'hot-standby', ['a'], CLOSED), HOT_B],
      'a[] b[a]',
    ],
    [
      'the secondary has closed sockets: the primary answers its clients too',
      [LOAD_A, holder('b', 'secondary', 'load-balancing', ['b'], CLOSED)],
      'a[a,b] b[]',
    ],
    [
      'it was moved, and the sockets are still closed: it stays so',
      [holder('a', 'primary', 'hot-standby', [], CLOSED), holder('b', 'standby', 'hot-standby', ['a'])],
      '',
    ],
    [
      'the sockets are open again: each has its own again',
      [holder('a', 'primary', 'hot-standby', []), holder('b', 'standby', 'hot-standby', ['a'])],
      'a[a] b[]',
    ],
    ['the primary has no subnets: the standby takes its scope', [{ ...HOT_A, empty: true }, HOT_B], 'a[] b[a]'],
    [
      'the primary is to be configured: the standby takes its scope before',
      [{ ...HOT_A, leaving: true }, HOT_B],
      'a[] b[a]',
    ],
    [
      'the primary begins anew: the standby answers its clients meanwhile',
      [holder('a', 'primary', 'waiting', [], { 'dhcp-state': { 'globally-disabled': true } }), HOT_B],
      'b[a]',
    ],
    [
      'the secondary begins anew, and the primary has missed a heartbeat',
      [
        holder('a', 'primary', 'communication-recovery', ['a']),
        holder('b', 'secondary', 'waiting', [], { 'dhcp-state': { 'globally-disabled': true } }),
      ],
      'a[a,b]',
    ],
    [
      'both have closed sockets: nobody could do better',
      [holder('a', 'primary', 'hot-standby', ['a'], CLOSED), holder('b', 'standby', 'hot-standby', [], CLOSED)],
      '',
    ],
    ['of the partner nothing is heard: it may serve', [LOAD_A, silent(LOAD_B)], ''],
    [
      'of the partner no process runs: its clients go to the other at once',
      [LOAD_A, { ...silent(LOAD_B), down: true }],
      'a[a,b]',
    ],
    ['of the standby no process runs: nobody has lost anything', [HOT_A, { ...silent(HOT_B), down: true }], ''],
    [
      'the partner is down for Kea itself, which has moved everything',
      [
        holder('a', 'primary', 'partner-down', ['a', 'b']),
        holder('b', 'secondary', 'waiting', [], { 'dhcp-state': { 'globally-disabled': true } }),
      ],
      '',
    ],
    [
      'one is covered by maintenance',
      [holder('a', 'primary', 'in-maintenance', []), holder('b', 'standby', 'partner-in-maintenance', ['a'])],
      '',
    ],
    ['a backup has nothing to do with it', [HOT_A, HOT_B, silent(holder('c', 'backup', 'backup', []))], ''],
    ['there is no partner', [holder('a', 'primary', 'hot-standby', ['a'], CLOSED)], ''],
  ])('%s', (_case, servers, expected) => {
    const changes = scopeChanges(servers).map(({ server, scopes }) => `${server}[${scopes.join(',')}]`);
    expect(changes.join(' ')).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import type { KeaStatus } from '../kea/commands.ts';
import { LONGEST_WAIT_MS, nextStep, type ServerCondition } from './rollout.ts';

const status = (state?: string, disabled = false): KeaStatus => ({
  pid: 1,
  uptime: 100,
  reload: 100,
  'dhcp-state': { 'globally-disabled': disabled },
  ...(state === undefined
    ? {}
    : {
        'high-availability': [
          { 'ha-mode': 'hot-standby', 'ha-servers': { local: { role: 'primary', scopes: [], state } } },
        ],
      }),
});

const healthy = (name: string, role: ServerCondition['role'], state = 'hot-standby'): ServerCondition => ({
  name,
  role,
  podExists: true,
  podReady: true,
  down: false,
  stuck: false,
  templateCurrent: true,
  configCurrent: true,
  empty: false,
  leaseless: false,
  jointly: false,
  status: status(state),
  waitedMs: 0,
});
const A = healthy('a', 'primary');
const B = healthy('b', 'standby');
const C = healthy('c', 'backup', 'backup');
const silent = (server: ServerCondition): ServerCondition => {
  const { status: _, ...rest } = server;
  return rest;
};

describe('nextStep', () => {
  it.each<readonly [string, readonly ServerCondition[], string]>([
    ['nothing is outdated', [A, B], 'none'],
    [
      'both need a configuration: the standby first',
      [
        { ...A, configCurrent: false },
        { ...B, configCurrent: false },
      ],
      'configure b for a',
    ],
    [
      'a backup goes before the standby',
      [A, { ...B, configCurrent: false }, { ...C, configCurrent: false }],
      'configure c',
    ],
    [
      'the standby begins anew: the primary waits',
      [
        { ...A, configCurrent: false },
        { ...B, status: status('waiting') },
      ],
      'wait a',
    ],
    [
      'it has yet to tell its partner, which is back, of leases: with the change it would forget that',
      [A, { ...B, configCurrent: false, status: status('communication-recovery') }],
      'wait b',
    ],
    [
      'so it is with a restart',
      [A, { ...B, templateCurrent: false, status: status('communication-recovery') }],
      'wait b',
    ],
    [
      'so it is with a change that both take together',
      [
        { ...A, configCurrent: false, jointly: true },
        { ...B, configCurrent: false, jointly: true, status: status('communication-recovery') },
      ],
      'wait b',
    ],
    [
      'it tells nobody for long: the change is made all the same',
      [A, { ...B, configCurrent: false, waitedMs: LONGEST_WAIT_MS, status: status('communication-recovery') }],
      'configure b for a',
    ],
    ['the standby is back: now the primary', [{ ...A, configCurrent: false }, B], 'configure a for b'],
    [
      'both need a restart: the standby first, covered by the primary',
      [
        { ...A, templateCurrent: false },
        { ...B, templateCurrent: false },
      ],
      'restart b for a',
    ],
    [
      'a restart takes the configuration along',
      [A, { ...B, templateCurrent: false, configCurrent: false }],
      'restart b for a',
    ],
    [
      'the partner is not ready: a healthy server is not restarted',
      [
        { ...A, templateCurrent: false },
        { ...B, podReady: false },
      ],
      'wait a',
    ],
    [
      'the partner is gone for long: the change is made all the same',
      [{ ...A, configCurrent: false, waitedMs: LONGEST_WAIT_MS }, silent({ ...B, podReady: false })],
      'configure a',
    ],
    [
      'the partner does not come back with the new image: the last one that serves is not restarted, however long it takes',
      [{ ...A, templateCurrent: false, waitedMs: 100 * LONGEST_WAIT_MS }, silent({ ...B, podReady: false })],
      'wait a',
    ],
    [
      'the partner runs and waits for long, as for its new peer: the restart is made all the same',
      [
        { ...A, templateCurrent: false, waitedMs: LONGEST_WAIT_MS },
        { ...B, status: status('waiting') },
      ],
      'restart a',
    ],
    [
      'an outdated pod that crashes is replaced at once',
      [{ ...A, templateCurrent: false }, silent({ ...B, podReady: false, templateCurrent: false })],
      'restart b for a',
    ],
    [
      'a kubelet waits before it starts a server again, and nobody serves: it gets a new pod',
      [silent({ ...A, podReady: false, stuck: true }), silent({ ...B, podReady: false })],
      'restart a',
    ],
    ['not while the partner serves', [silent({ ...A, podReady: false, stuck: true }), B], 'none'],
    [
      'nor while it is about to',
      [silent({ ...A, podReady: false, stuck: true }), { ...B, status: status('waiting', true) }],
      'none',
    ],
    ['a silent server cannot be configured', [A, silent({ ...B, podReady: false, configCurrent: false })], 'none'],
    [
      'a server whose sockets are closed is configured at once',
      [
        { ...A, status: status('waiting') },
        { ...B, status: { ...status('hot-standby'), sockets: { status: 'failed' } }, configCurrent: false },
      ],
      'configure b',
    ],
    [
      'nobody serves, and the one in need is about to: it is left to it',
      [
        { ...A, templateCurrent: false, status: status('partner-down', true) },
        { ...B, status: status('ready', true) },
      ],
      'wait a',
    ],
    [
      'but not for long',
      [
        { ...A, configCurrent: false, waitedMs: 10_000, status: status('waiting', true) },
        { ...B, status: status('waiting', true) },
      ],
      'configure a',
    ],
    [
      'a server without subnets is configured at once, and nobody has to cover for it',
      [
        { ...A, status: status('waiting') },
        { ...B, empty: true, configCurrent: false },
      ],
      'configure b',
    ],
    [
      'the mode changes: both take it at once, the standby first',
      [
        { ...A, configCurrent: false, jointly: true },
        { ...B, configCurrent: false, jointly: true },
      ],
      'configure b,a',
    ],
    [
      'the mode changes while the partner is silent: it is waited for',
      [{ ...A, configCurrent: false, jointly: true }, silent({ ...B, configCurrent: false, jointly: true })],
      'wait a',
    ],
    [
      'but not for long',
      [
        { ...A, configCurrent: false, jointly: true, waitedMs: LONGEST_WAIT_MS },
        silent({ ...B, configCurrent: false, jointly: true }),
      ],
      'configure a',
    ],
    [
      'a partner is to come: it is told of it before that starts',
      [{ ...A, configCurrent: false, jointly: true }, silent({ ...B, podExists: false, podReady: false })],
      'configure a',
    ],
    [
      'a server moves to another node: its partner is told first, and it ends right after that',
      [
        { ...A, templateCurrent: false, configCurrent: false, jointly: true },
        { ...B, configCurrent: false, jointly: true },
      ],
      'configure b, a moves',
    ],
    [
      'so it is with a standby',
      [
        { ...A, configCurrent: false, jointly: true },
        { ...B, templateCurrent: false, configCurrent: false, jointly: true },
      ],
      'configure a, b moves',
    ],
    [
      'the partner was told, and nobody ended the server that moves: its partner waits for it in vain, and hears of no lease',
      [
        { ...A, templateCurrent: false, configCurrent: false, jointly: true, status: status('communication-recovery') },
        { ...B, status: status('waiting') },
      ],
      'configure b, a moves',
    ],
    [
      'a server is to move, and its partner does not have all leases yet',
      [
        { ...A, templateCurrent: false, configCurrent: false, jointly: true },
        { ...B, configCurrent: false, jointly: true, status: status('syncing') },
      ],
      'wait a',
    ],
    [
      'a server is to move, and its partner is away: the leases would go with it',
      [
        { ...A, templateCurrent: false, configCurrent: false, jointly: true, waitedMs: LONGEST_WAIT_MS },
        silent({ ...B, podReady: false }),
      ],
      'wait a',
    ],
    [
      'a partner without subnets cannot take over, whatever its state',
      [
        { ...A, configCurrent: false },
        { ...B, empty: true },
      ],
      'wait a',
    ],
    [
      'a server in maintenance is restarted',
      [
        { ...A, status: status('partner-in-maintenance') },
        { ...B, templateCurrent: false, status: status('in-maintenance') },
      ],
      'restart b for a',
    ],
    [
      'a server is back from its restart: the one that covers for it is told',
      [
        { ...A, status: status('partner-in-maintenance'), configCurrent: false },
        { ...B, status: { ...status('in-maintenance'), uptime: 3 } },
      ],
      'resume a',
    ],
    [
      'somebody else keeps a server in maintenance',
      [
        { ...A, status: status('partner-in-maintenance') },
        { ...B, status: { ...status('in-maintenance'), uptime: 600 } },
      ],
      'none',
    ],
    [
      'a backup that lags holds up nobody',
      [{ ...A, configCurrent: false }, B, { ...C, podReady: false }],
      'configure a for b',
    ],
    [
      'a pod that is not there has nothing to restart',
      [A, silent({ ...B, podExists: false, podReady: false, templateCurrent: false })],
      'none',
    ],
    ['it is alone', [{ ...A, templateCurrent: false, status: status() }], 'restart a'],
    [
      'in communication-recovery it goes on serving and waits for its turn',
      [
        { ...A, configCurrent: false, status: status('communication-recovery') },
        { ...B, status: status('communication-recovery') },
      ],
      'wait a',
    ],
  ])('%s', (_case, servers, expected) => {
    const step = nextStep(servers);
    const cover = 'cover' in step ? ` for ${step.cover}` : '';
    const moves = 'moves' in step ? `, ${step.moves.join(',')} moves` : '';
    const who = 'servers' in step ? step.servers.join(',') : 'server' in step ? step.server : '';
    expect(step.kind === 'none' ? 'none' : `${step.kind} ${who}${cover}${moves}`).toBe(expected);
  });

  it('a standby that ended the work with its partner serves nobody, and begins anew at once', () => {
    const step = nextStep([
      { ...A, status: status('waiting') },
      { ...B, configCurrent: false, jointly: true, status: status('terminated') },
    ]);
    expect(step).toMatchObject({ kind: 'configure', servers: ['b'], idle: true });
  });

  it('says whom a change waits for', () => {
    expect(
      nextStep([
        { ...A, configCurrent: false },
        { ...B, status: status('syncing') },
      ]),
    ).toMatchObject({
      message: 'server a waits with its change: b is syncing',
    });
  });
});

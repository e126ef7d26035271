/** What has ended DHCP once. */
import {
  BOTH,
  type Case,
  DATABASE,
  everyMode,
  HANDOVER,
  HOLD,
  MOMENT,
  noDatabase,
  NONE,
  ofPartner,
  pairs,
  RESTART,
  TELLING,
  unready,
} from '../case.ts';
import { WARNING } from '../judge.ts';
import { FAILOVER, LOST } from '../shapes.ts';
import { type Act, alerted, at, heal, inject, says, settle, step, wait } from '../steps.ts';

const seen = (name: string, acts: readonly Act[], more: Pick<Case, 'silence'> & Partial<Case>): Case => ({
  name,
  group: 'Seen before',
  acts,
  ...more,
});

/** The operator reads the rows of a settled pair again within a minute, and an alert sees that half a minute later. */
const PUT_RIGHT = 90;

/** A change of the configuration while the database cannot be used. */
const changedWithout = (name: string, change: Act, silence: Case['silence'] = everyMode(NONE)): Case =>
  seen(name, [inject('stop', 'postgresql'), change, says(noDatabase), wait(HOLD), heal('stop', 'postgresql')], {
    silence,
    withoutDatabase: TELLING + DATABASE,
    ready: 90,
  });

const database: readonly Case[] = [
  seen(
    'wrong-password',
    [inject('wrong-password'), says(unready(/password|authentication/i)), wait(HOLD), heal('wrong-password')],
    {
      silence: everyMode(NONE),
      quick: true,
    },
  ),
  seen(
    'wrong-database-port',
    [inject('wrong-port'), says(unready(/5433|refused|database/i)), wait(HOLD), heal('wrong-port')],
    {
      silence: everyMode(NONE),
    },
  ),
  changedWithout('globals-changed-without-database', inject('rollout', 'globals')),
  changedWithout('certificate-renewed-without-database', inject('rollout', 'certificate')),
  changedWithout('new-identifier-without-database', inject('reserve', 'duid')),
  seen(
    'sockets-repaired-without-database',
    [
      inject('cut-lan', 'partner'),
      inject('delete-pod', 'partner'),
      wait(8),
      inject('stop', 'postgresql'),
      heal('cut-lan', 'partner'),
      wait(HOLD),
      heal('stop', 'postgresql'),
    ],
    {
      silence: ofPartner(NONE, HANDOVER),
      consent: MOMENT,
      withoutDatabase: HOLD + DATABASE,
      ready: 90,
    },
  ),
  seen('password-rotated', [inject('rotate-password')], { silence: everyMode(NONE, MOMENT) }),
  seen('database-port-changed', [inject('move-port'), settle(), heal('move-port')], {
    silence: everyMode(NONE, MOMENT),
  }),
  {
    ...seen('database-moved', [inject('move-database'), settle(), heal('move-database')], {
      silence: everyMode(NONE),
      withoutDatabase: DATABASE,
      ready: 90,
    }),
    prepare: [step('second-database')],
  },
  seen('database-dropped', [inject('drop-database')], {
    silence: everyMode(NONE),
    storages: ['Memfile'],
    ready: 90,
    mayAlert: ['KeaDriftCorrected'],
  }),
  {
    ...seen(
      'database-restored-from-older-dump',
      [inject('restore-database'), settle(), inject('add-objects', '3 more')],
      {
        silence: everyMode(NONE),
        storages: ['Memfile'],
        ready: 90,
        mayAlert: ['KeaDriftCorrected'],
      },
    ),
    prepare: [step('save-database'), step('add-objects', '5')],
  },
  seen(
    'session-killed-under-a-lock',
    [inject('lock-table'), inject('change-subnet'), wait(4), inject('kill-session', 'operator'), heal('lock-table')],
    { silence: everyMode(NONE), withoutDatabase: DATABASE, operatorStays: true },
  ),
  seen(
    'row-made-invalid-and-servers-restarted',
    [inject('invalid-row'), at(step('delete-pod', 'primary'), step('delete-pod', 'partner')), alerted(PUT_RIGHT)],
    {
      silence: pairs(BOTH),
      alerts: ['KeaDriftCorrected'],
    },
  ),
  seen(
    'row-made-invalid-and-server-restarted',
    [inject('invalid-row'), inject('delete-pod', 'primary'), alerted(PUT_RIGHT)],
    {
      silence: everyMode(FAILOVER, BOTH),
      alerts: ['KeaDriftCorrected'],
    },
  ),
  seen('new-identifier', [inject('reserve', 'duid'), settle(), inject('reserve', 'circuitId'), settle()], {
    silence: everyMode(NONE),
    quick: true,
  }),
];

const clocks: readonly Case[] = [40, 90].map((ahead) => ({
  ...seen(
    `clock-${ahead}-seconds-ahead`,
    [
      inject('clock', `primary +${ahead}s`),
      says({ type: ahead > 60 ? 'Ready' : WARNING, message: /clock of a is \d+ s ahead/ }),
      wait(HOLD),
      heal('clock', `primary +${ahead}s`),
    ],
    // What is over for one is not for the other: which leases are active is a matter of the clock.
    {
      silence: pairs(FAILOVER),
      storages: ['Memfile'],
      ready: 90,
      except: ['leases', 'addresses'],
      ...(ahead > 60 ? { alerts: ['KeaHATerminated'] } : {}),
    },
  ),
  prepare: [step('image-with-clock')],
}));

const clockAndRestart: Case = {
  ...seen(
    'clock-ahead-and-server-restarted',
    [
      inject('clock', 'primary +90s'),
      inject('delete-pod', 'primary'),
      wait(HOLD),
      heal('clock', 'primary +90s'),
      inject('delete-pod', 'primary'),
    ],
    // Who has ended the work with its partner takes nothing over, and who comes back waits for it to begin anew: all clients, with load balancing half
    // of them, wait until the server runs again and the operator has brought the two together.
    {
      silence: { HotStandby: RESTART, LoadBalancing: BOTH },
      storages: ['Memfile'],
      ready: 90,
      except: ['leases', 'addresses'],
    },
  ),
  prepare: [step('image-with-clock')],
};

const vanished: readonly Case[] = [
  seen(
    'pair-deleted-in-the-foreground',
    [
      inject('delete-pair', 'foreground'),
      says({ type: 'Ready', status: ['Unknown'], reason: ['ReferencesExist'] }),
      wait(20),
    ],
    { silence: everyMode(NONE), ends: true, quick: true },
  ),
  seen(
    'pair-deleted-in-the-background',
    [inject('delete-pair', 'background'), says({ type: 'Ready', reason: ['ReferencesExist'] }), wait(HOLD)],
    {
      silence: everyMode(NONE),
      ends: true,
      standardOnly: true,
    },
  ),
  seen(
    'pair-without-finalizer-deleted',
    [inject('drop-finalizer', 'HAPair'), wait(20), heal('drop-finalizer', 'HAPair')],
    {
      silence: everyMode(NONE),
      ready: 90,
    },
  ),
  seen(
    'subnet-without-finalizer-deleted',
    [
      inject('drop-finalizer', 'Subnet'),
      says({ type: 'Programmed', message: /office/ }),
      wait(HOLD),
      heal('drop-finalizer', 'Subnet'),
    ],
    { silence: everyMode(NONE) },
  ),
  seen('definitions-deleted', [inject('delete-crds'), wait(20), heal('delete-crds')], {
    silence: everyMode(NONE),
    ready: 120,
  }),
  {
    ...seen(
      'etcd-restored-from-snapshot',
      [
        inject('restore-etcd'),
        says({ type: 'Programmed', status: ['False'], message: /60 removals/ }),
        wait(HOLD),
        heal('restore-etcd'),
      ],
      { silence: everyMode(NONE), ready: 90, alerts: ['KeaMassDeletionWithheld'] },
    ),
    prepare: [step('save-etcd'), step('add-objects', '60')],
  },
];

/** The way between the servers alone is cut. With timers as short as those of these pairs both serve then, and neither knows what the other gives. */
const haCut = (which: string, way: string, silence: number): Case =>
  seen(which, [inject('cut-ha', way), says(unready(/8001|partner|communication/i)), wait(HOLD), heal('cut-ha', way)], {
    silence: pairs(silence),
    except: ['addresses', 'leases'],
  });

const wires: readonly Case[] = [
  { ...haCut('ha-cut-both-ways', 'both ways', LOST), quick: true },
  // The survivor lets its partner fetch its leases, and the operator has to see that it waits for an answer in vain.
  haCut('ha-cut-from-primary-to-partner', 'from primary to partner', LOST + MOMENT),
  haCut('ha-cut-from-partner-to-primary', 'from partner to primary', LOST),
  {
    ...seen(
      'ha-cut-both-ways-sample-timers',
      [
        inject('cut-ha', 'both ways'),
        says(unready(/8001|partner|communication/i)),
        wait(100),
        heal('cut-ha', 'both ways'),
      ],
      // kea-ha-watch has to miss the partner for three heartbeats and three seconds, and Kea waits 10 s for its answer.
      { silence: pairs(27), standardOnly: true },
    ),
    prepare: [step('change', 'HA timers of the sample')],
    // More clients than maxUnackedClients of the sample.
    clients: 22,
  },
  {
    ...seen(
      'ha-cut-and-nobody-waits-for-clients',
      [
        inject('cut-ha', 'both ways'),
        says({ type: 'Ready', status: ['False'], message: /both/i }),
        wait(HOLD),
        heal('cut-ha', 'both ways'),
      ],
      // Both answer: that is what maxUnackedClients 0 means.
      { silence: pairs(LOST), storages: ['Memfile'], except: ['addresses', 'leases'] },
    ),
    prepare: [step('change', 'maxUnackedClients 0')],
  },
];

const machines: readonly Case[] = [
  {
    ...seen(
      'disk-full',
      [
        inject('fill-disk', 'primary'),
        says(unready(/no space|disk|ENOSPC/i)),
        wait(HOLD),
        heal('fill-disk', 'primary'),
      ],
      {
        silence: everyMode(FAILOVER, TELLING + RESTART),
        storages: ['Memfile'],
        ready: 90,
      },
    ),
    prepare: [step('small-disk', 'primary')],
  },
  seen(
    'port-of-primary-taken',
    [
      inject('steal-port', 'primary'),
      inject('delete-pod', 'primary'),
      says({ type: 'WorkloadAvailable', status: ['False', 'Unknown'], message: /in use|another DHCP server/i }),
      wait(HOLD),
      heal('steal-port', 'primary'),
    ],
    { silence: everyMode(HANDOVER, TELLING + HANDOVER + RESTART), ready: 90, quick: true },
  ),
  seen(
    'port-of-partner-taken',
    [
      inject('steal-port', 'partner'),
      inject('delete-pod', 'partner'),
      says({ type: 'WorkloadAvailable', status: ['False', 'Unknown'], message: /in use|another DHCP server/i }),
      wait(HOLD),
      heal('steal-port', 'partner'),
    ],
    { silence: ofPartner(NONE, HANDOVER), consent: MOMENT, ready: 90 },
  ),
];

export const seenBefore: readonly Case[] = [
  ...database,
  ...clocks,
  clockAndRestart,
  ...vanished,
  ...wires,
  ...machines,
];

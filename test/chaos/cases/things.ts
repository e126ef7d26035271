/** One thing is gone for a while: a node, a wire, the database, the control plane. */
import {
  BOOT,
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
  partnerDown,
  SILENT_DATABASE,
  TELLING,
} from '../case.ts';
import { FAILOVER, LOST } from '../shapes.ts';
import { type Act, type FaultName, heal, inject, says, step, wait } from '../steps.ts';

/** After a minute without an API server the nodes are not Ready until their kubelets have been heard of again. */
const KUBELETS = 80;

const lasting = (fault: FaultName, on: string, more: readonly Act[] = [], seconds = HOLD): readonly Act[] => [
  inject(fault, on),
  ...more,
  wait(seconds),
  heal(fault, on),
];

const one = (name: string, acts: readonly Act[], more: Pick<Case, 'silence'> & Partial<Case>): Case => ({
  name,
  group: 'One thing',
  acts,
  ...more,
});

export const things: readonly Case[] = [
  one('node-of-primary-off', lasting('power-off', 'primary', [says(partnerDown('a'))]), {
    silence: everyMode(LOST, TELLING + BOOT),
    quick: true,
  }),
  one('node-of-partner-off', lasting('power-off', 'partner', [says(partnerDown('b'))]), {
    silence: ofPartner(NONE, LOST),
    consent: LOST,
    alerts: ['KeaServerDown'],
  }),
  one('node-of-services-off', lasting('power-off', 'services'), {
    silence: everyMode(SILENT_DATABASE),
    withoutDatabase: HOLD + BOOT,
    ready: 90,
  }),
  {
    ...one('node-of-primary-off-sample-timers', lasting('power-off', 'primary', [], 100), { silence: pairs(95) }),
    prepare: [step('change', 'HA timers of the sample')],
    // More clients than maxUnackedClients of the sample.
    clients: 22,
    standardOnly: true,
  },
  one('lan-of-primary-cut', lasting('cut-lan', 'primary', [says(partnerDown('a'))]), {
    silence: everyMode(HANDOVER, TELLING + MOMENT),
  }),
  one('lan-of-partner-cut', lasting('cut-lan', 'partner', [says(partnerDown('b'))]), {
    silence: ofPartner(NONE, HANDOVER),
  }),
  // With timers as short as those of these pairs both servers serve while the way between them is cut, and neither knows what the other gives.
  one('management-of-primary-cut', lasting('cut-mgmt', 'primary', [says(partnerDown('a'))]), {
    except: ['addresses', 'leases'],
    // What a server gives out waits until it has given up its partner.
    silence: everyMode(LOST, SILENT_DATABASE),
    withoutDatabase: TELLING + FAILOVER,
  }),
  {
    ...one('management-of-primary-cut-sample-timers', lasting('cut-mgmt', 'primary', [says(partnerDown('a'))], 100), {
      silence: pairs(LOST),
      alerts: ['KeaPairNotReady', 'KeaServerDown'],
    }),
    prepare: [step('change', 'HA timers of the sample')],
    clients: 22,
    standardOnly: true,
  },
  one('management-of-partner-cut', lasting('cut-mgmt', 'partner', [says(partnerDown('b'))]), {
    except: ['addresses', 'leases'],
    silence: pairs(LOST),
    withoutDatabase: TELLING + FAILOVER,
  }),
  one('management-of-services-cut', lasting('cut-mgmt', 'services', [], 30), {
    silence: everyMode(SILENT_DATABASE),
    withoutDatabase: 30 + DATABASE + 5,
    ready: 90,
    mute: true,
  }),
  one('database-away', lasting('stop', 'postgresql', [says(noDatabase)]), {
    silence: everyMode(NONE),
    withoutDatabase: TELLING + FAILOVER,
    alerts: ['KeaDatabaseUnreachable'],
  }),
  one('operator-away', lasting('stop', 'operator'), { silence: everyMode(NONE), alerts: ['KeaOperatorNoLeader'] }),
  one('apiserver-away', lasting('stop', 'apiserver', [], 60), { silence: everyMode(NONE), ready: 20 + KUBELETS }),
  one('etcd-away', lasting('stop', 'etcd', [], 60), { silence: everyMode(NONE), ready: 20 + KUBELETS }),
  one(
    'apiserver-away-operator-restarted',
    [inject('stop', 'apiserver'), inject('kill', 'operator'), wait(60), heal('stop', 'apiserver')],
    {
      silence: everyMode(NONE),
      ready: 20 + KUBELETS,
    },
  ),
  one(
    'dns-away-operator-restarted',
    [inject('stop', 'coredns'), inject('kill', 'operator'), wait(HOLD), heal('stop', 'coredns')],
    {
      silence: everyMode(NONE),
    },
  ),
];

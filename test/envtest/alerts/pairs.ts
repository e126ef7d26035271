/** Alerts of a pair as a whole. */
import { type AlertCase, condition, familyFires, NEXT, ofPair, ofServer, pairFires, paused } from './series.ts';

export const pairs: readonly AlertCase[] = [
  {
    what: 'KeaPairNotReady a quarter of an hour after the last time that it was Ready, whatever the reasons',
    series: {
      [condition('Ready', 'True', 'Ready')]: '1 stale',
      [condition('Ready', 'False', 'ServersOutOfSync')]: '_ 1x8 stale',
      [condition('Ready', 'Unknown', 'Reconciling')]: '_x10 1x20',
    },
    at: 18,
    fires: [pairFires('KeaPairNotReady', 'warning')],
  },
  {
    what: 'none of a pair that is Ready, or paused, or one that shows alone what it would do',
    series: {
      [condition('Ready', 'True', 'Ready')]: '1x40',
      'kea_operator_pair_condition{namespace="net",pair="lab",type="Ready",status="Unknown",reason="Paused"}': '1x40',
      'kea_operator_pair_condition{namespace="net",pair="new",type="Ready",status="Unknown",reason="DryRun"}': '1x40',
    },
    at: 40,
    fires: [],
  },
  {
    what: 'KeaPairNotReady, critical, where servers run and some clients are not answered',
    series: {
      [ofServer('server_up', 'a')]: '1x20',
      [ofServer('server_up', 'b')]: '0x20',
      [condition('WorkloadAvailable', 'False', 'ScopeUnserved')]: '_ 1x18',
    },
    at: 4,
    fires: [pairFires('KeaPairNotReady', 'critical')],
  },
  {
    what: 'not KeaPairNotReady, critical, where a partner answers all',
    series: { [condition('WorkloadAvailable', 'Unknown', 'PartnerDown')]: '1x18' },
    at: 10,
    fires: [],
  },
  {
    what: 'KeaObjectsRejected, of a quarter of an hour, once for both processes that told of them',
    series: {
      [ofPair('objects', { ip_family: 'IPv4', verdict: 'accepted' })]: '90x30',
      [ofPair('objects', { ip_family: 'IPv4', verdict: 'rejected' })]: '2x30',
      [ofPair('objects', { ip_family: 'IPv4', verdict: 'rejected', ...NEXT })]: '2x30',
    },
    at: 16,
    fires: [familyFires('KeaObjectsRejected', 'warning')],
  },
  {
    what: 'not KeaObjectsRejected where none is',
    series: { [ofPair('objects', { ip_family: 'IPv4', verdict: 'rejected' })]: '0x30' },
    at: 30,
    fires: [],
  },
  {
    what: 'KeaDriftCorrected at the first time already',
    series: { [ofPair('drift_corrected_total')]: '0x5 1x20' },
    at: 8,
    fires: [pairFires('KeaDriftCorrected', 'warning')],
  },
  {
    what: 'not KeaDriftCorrected half an hour later, nor of an operator that begins anew',
    series: { [ofPair('drift_corrected_total')]: '0x5 7x40 0x20' },
    at: 55,
    fires: [],
  },
  {
    what: 'KeaMassDeletionWithheld after five minutes',
    series: { [ofPair('deletions_withheld')]: '0 12x20' },
    at: 7,
    fires: [pairFires('KeaMassDeletionWithheld', 'warning')],
  },
  {
    what: 'not KeaMassDeletionWithheld once somebody let it through',
    series: { [ofPair('deletions_withheld')]: '12x20 0x20' },
    at: 30,
    fires: [],
  },
  {
    what: 'KeaDatabaseUnreachable after five minutes',
    series: { [ofPair('database_up')]: '1 0x20' },
    at: 7,
    fires: [pairFires('KeaDatabaseUnreachable', 'warning')],
  },
  {
    what: 'not KeaDatabaseUnreachable while it restarts',
    series: { [ofPair('database_up')]: '1 0x2 1x20' },
    at: 10,
    fires: [],
  },
  {
    what: 'KeaPairPaused after half a day',
    series: paused,
    at: 721,
    fires: [pairFires('KeaPairPaused', 'info')],
  },
  { what: 'not KeaPairPaused within half a day', series: paused, at: 60, fires: [] },
];

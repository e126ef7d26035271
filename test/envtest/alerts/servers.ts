/** Alerts of the servers of a pair. */
import { type AlertCase, condition, familyFires, NEXT, ofPair, ofServer, paused, serverFires } from './series.ts';

export const servers: readonly AlertCase[] = [
  {
    what: 'KeaServerDown: five minutes after one of two servers is down, and no sooner',
    series: { [ofServer('server_up', 'a')]: '1x20', [ofServer('server_up', 'b')]: '1 1 0x18' },
    at: 8,
    fires: [serverFires('KeaServerDown', 'warning', 'b')],
  },
  {
    what: 'none where a server is away for four minutes, as for a reboot',
    series: { [ofServer('server_up', 'a')]: '1x20', [ofServer('server_up', 'b')]: '1 0x3 1x15' },
    at: 10,
    fires: [],
  },
  {
    what: 'KeaServerDown, at once critical, where there is no other server',
    series: { [ofServer('server_up', 'only')]: '1 0x18' },
    at: 3,
    fires: [serverFires('KeaServerDown', 'critical', 'only')],
  },
  {
    what: 'KeaBothServersDown, and not KeaServerDown of each, nor what WorkloadAvailable says of it',
    series: {
      [ofServer('server_up', 'a')]: '1 0x18',
      [ofServer('server_up', 'b')]: '1 0x18',
      [condition('WorkloadAvailable', 'False', 'WorkloadUnavailable')]: '_ 1x18',
    },
    at: 10,
    fires: [familyFires('KeaBothServersDown', 'critical')],
  },
  {
    what: 'none of the servers of a paused HAPair',
    series: {
      ...paused,
      [ofServer('server_up', 'a')]: '0x20',
      [ofServer('server_up', 'b')]: '0x20',
      [ofServer('server_synchronized', 'a')]: '0x20',
      [ofServer('server_ha_state', 'a', { state: 'terminated' })]: '1x20',
      [ofPair('database_up')]: '0x20',
      [ofPair('deletions_withheld')]: '3x20',
      [condition('Ready', 'Unknown', 'Paused')]: '1x20',
      [condition('WorkloadAvailable', 'False', 'WorkloadUnavailable')]: '1x20',
    },
    at: 20,
    fires: [],
  },
  {
    what: 'KeaServerDown goes on while the operator changes its process',
    series: {
      [ofServer('server_up', 'a')]: '1x10 stale',
      [ofServer('server_up', 'b')]: '0x10 stale',
      [ofServer('server_up', 'a', NEXT)]: '_x11 1x20',
      [ofServer('server_up', 'b', NEXT)]: '_x11 0x20',
    },
    at: 13,
    fires: [serverFires('KeaServerDown', 'warning', 'b')],
  },
  {
    what: 'none of a server of the other family that a dual-stack pair has',
    series: {
      [ofServer('server_up', 'a')]: '1x20',
      [ofServer('server_up', 'a', { ip_family: 'IPv6' })]: '1x20',
    },
    at: 20,
    fires: [],
  },
  {
    what: 'KeaServersOutOfSync after ten minutes',
    series: { [ofServer('server_up', 'a')]: '1x20', [ofServer('server_synchronized', 'a')]: '1 0x18' },
    at: 12,
    fires: [serverFires('KeaServersOutOfSync', 'warning', 'a')],
  },
  {
    what: 'not KeaServersOutOfSync of a server that is down',
    series: {
      [ofServer('server_up', 'a')]: '0x20',
      [ofServer('server_up', 'b')]: '1x20',
      [ofServer('server_synchronized', 'a')]: '0x20',
      [ofServer('server_synchronized', 'b')]: '1x20',
    },
    at: 20,
    fires: [serverFires('KeaServerDown', 'warning', 'a')],
  },
  {
    what: 'KeaHATerminated of each server that ended the work',
    series: {
      [ofServer('server_ha_state', 'a', { state: 'terminated' })]: '1x20',
      [ofServer('server_ha_state', 'b', { state: 'partner-down' })]: '1x20',
    },
    at: 6,
    fires: [serverFires('KeaHATerminated', 'warning', 'a')],
  },
  {
    what: 'not KeaHATerminated where the operator brings them together within five minutes',
    series: {
      [ofServer('server_ha_state', 'a', { state: 'terminated' })]: '1x3 stale',
      [ofServer('server_ha_state', 'a', { state: 'hot-standby' })]: '_x4 1x10',
    },
    at: 10,
    fires: [],
  },
  {
    what: 'KeaAllocationFailures where clients ask for what there is not, all the time',
    series: { [ofServer('server_allocation_failures_total', 'a')]: '5+3x30' },
    at: 20,
    fires: [serverFires('KeaAllocationFailures', 'warning', 'a')],
  },
  {
    what: 'not KeaAllocationFailures of a few, nor of what a new process of the operator finds counted',
    series: {
      [ofServer('server_allocation_failures_total', 'a')]: '0x5 2x14 stale',
      [ofServer('server_allocation_failures_total', 'a', NEXT)]: '_x20 5000x20',
      // The server began anew, and counts from nothing.
      [ofServer('server_allocation_failures_total', 'b')]: '900x10 0x30',
    },
    at: 25,
    fires: [],
  },
];

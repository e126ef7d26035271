/** One lease with all that is known around it, as text for people. */
import type { HAPair } from '../api/haPair.ts';
import type { HostReservation } from '../api/hostReservation.ts';
import type { Subnet } from '../api/subnet.ts';
import { duration } from '../apiserver/table.ts';
import { INFINITE_LIFETIME } from '../leases/source.ts';
import { legible } from '../runtime/legible.ts';
import type { KubeObject } from '../runtime/object.ts';
import { leasedPlace, type ShownLease } from './lease.ts';
import { timeLeft } from './row.ts';

/** An object beside the lease: itself, or why it is not shown. */
export type Beside<T> = T | 'absent' | 'forbidden';

export interface Known {
  readonly lease: ShownLease;
  readonly subnet: Beside<Subnet>;
  readonly pair: Beside<HAPair>;
  readonly reservation: Beside<HostReservation>;
}

type Line = readonly [label: string, value: string | undefined];

const GUTTER = 16;

/** @param now Milliseconds since 1970. */
export const describeLease = (known: Known, now: number): string => {
  const { lease } = known;
  const title = `Lease ${leasedPlace(lease)} in the namespace ${lease.metadata.namespace}`;
  const lines = [...leaseLines(lease, now), ...subnetLines(known), ...reservationLines(known), ...pairLines(known)];
  return [title, ...lines.flatMap(lineText)].map((line) => `${line}\n`).join('');
};

const lineText = ([label, value]: Line): readonly string[] =>
  value === undefined || value === '' ? [] : [`  ${`${label}:`.padEnd(GUTTER)}${legible(value)}`];

const leaseLines = ({ spec, status }: ShownLease, now: number): readonly Line[] => [
  ['State', `${status.state}, ${endText(status.expires, now)}`],
  ['Last seen', status.lastTransaction],
  ['Given for', lifetimeText(spec.validLifetime, spec.preferredLifetime)],
  ['HW address', spec.hwAddress],
  ['Client id', spec.clientId],
  ['DUID', spec.duid],
  ['IAID', spec.iaid === undefined ? undefined : String(spec.iaid)],
  ['Host name', hostnameText(spec)],
  ['Relay id', spec.relayId],
  ['Remote id', spec.remoteId],
  ['User context', spec.userContext === undefined ? undefined : JSON.stringify(spec.userContext)],
];

const endText = (expires: string | undefined, now: number): string => {
  if (expires === undefined) return 'without end';
  const left = timeLeft(expires, now);
  return left.endsWith(' ago') ? `over since ${expires} (${left})` : `until ${expires} (${left} left)`;
};

const lifetimeText = (valid: number | undefined, preferred: number | undefined): string | undefined => {
  if (valid === undefined) return undefined;
  const text = (seconds: number): string => (seconds === INFINITE_LIFETIME ? 'ever' : duration(seconds));
  return preferred === undefined ? text(valid) : `${text(valid)}, preferred for ${text(preferred)} of it`;
};

const hostnameText = (spec: ShownLease['spec']): string | undefined => {
  if (spec.hostname === undefined || spec.hostname === '') return undefined;
  const records = [
    ...(spec.fqdnForward === true ? ['forward'] : []),
    ...(spec.fqdnReverse === true ? ['reverse'] : []),
  ];
  return records.length === 0 ? spec.hostname : `${spec.hostname} (in DNS: ${records.join(' and ')})`;
};

const subnetLines = ({ lease: { spec }, subnet }: Known): readonly Line[] => {
  const id = `Kea's id ${spec.subnetId ?? '?'}`;
  if (subnet === 'absent') return [['Subnet', spec.subnet ?? `none has ${id}`]];
  if (subnet === 'forbidden') return [['Subnet', `${spec.subnet ?? ''}, ${id} (you may not read Subnets)`]];
  const { metadata, spec: desired, status } = subnet;
  const network = spec.sharedNetwork ?? desired.sharedNetworkRef?.name;
  return [
    [
      'Subnet',
      `${metadata.name}, ${desired.cidr}, ${id}${network === undefined ? '' : `, in the SharedNetwork ${network}`}${readyText(subnet)}`,
    ],
    ['Utilisation', utilisationText(status?.utilization)],
  ];
};

const utilisationText = (use: NonNullable<Subnet['status']>['utilization']): string | undefined =>
  use === undefined
    ? undefined
    : [
        `${use.assigned} of ${use.total} addresses (${use.percent} %)`,
        ...(use.declined > 0 ? [`${use.declined} declined`] : []),
        ...(use.outsidePools !== undefined && use.outsidePools > 0 ? [`${use.outsidePools} outside of the pools`] : []),
        ...(use.prefixes === undefined ? [] : [`${use.delegated ?? 0} of ${use.prefixes} prefixes`]),
      ].join(', ');

const reservationLines = ({ lease: { spec }, reservation }: Known): readonly Line[] => {
  if (spec.reservation === undefined) return [['Reserved by', 'nobody']];
  if (reservation === 'absent') return [['Reserved by', spec.reservation]];
  if (reservation === 'forbidden') return [['Reserved by', `${spec.reservation} (you may not read HostReservations)`]];
  const { use } = reservation.status ?? {};
  const { hostname } = reservation.spec;
  return [
    [
      'Reserved by',
      `${spec.reservation}${use === undefined ? '' : `, ${use}`}${hostname === undefined ? '' : `, host name ${hostname}`}${readyText(reservation)}`,
    ],
  ];
};

const pairLines = ({ lease: { spec }, pair }: Known): readonly Line[] => {
  if (pair === 'absent') return [['Pair', `${spec.haPair} (there is no such HAPair any more)`]];
  if (pair === 'forbidden') return [['Pair', `${spec.haPair} (you may not read HAPairs)`]];
  const servers = (pair.status?.servers ?? [])
    .filter(({ ipFamily }) => ipFamily === spec.ipFamily)
    .map((server) => `${server.name} ${server.state ?? 'of unknown state'}`);
  return [['Pair', [`${spec.haPair}, ${pair.spec.mode}`, ...servers].join(', ') + readyText(pair)]];
};

interface Conditioned {
  readonly conditions?:
    readonly { readonly type: string; readonly status: string; readonly reason: string }[] | undefined;
}

/** Only what is not as it should be. */
const readyText = (object: KubeObject<unknown, Conditioned>): string => {
  const ready = object.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready === undefined || ready.status === 'True' ? '' : `; not ready: ${ready.reason}`;
};

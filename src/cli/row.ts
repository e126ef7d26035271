/** A lease, or a reservation that nobody uses, as a row that people read. */
import type { HostReservation } from '../api/hostReservation.ts';
import { duration } from '../apiserver/table.ts';
import { legible } from '../runtime/legible.ts';
import { leasedPlace, type ShownLease } from './lease.ts';
import { reservedTexts } from './reservations.ts';

export type Shown =
  | { readonly kind: 'lease'; readonly object: ShownLease }
  | { readonly kind: 'reservation'; readonly object: HostReservation };

export interface Column {
  readonly title: string;
  readonly isWide?: boolean;
  readonly isNamespace?: boolean;
  /** @param now Milliseconds since 1970. */
  readonly lease: (lease: ShownLease, now: number) => string | undefined;
  readonly reservation: (reservation: HostReservation) => string | undefined;
}

/** What stands where nothing is known, as in kubectl. */
export const NONE = '<none>';
const LONGEST_CELL = 128;

/** `29m58s`, `5m2s ago`, `never`. */
export const timeLeft = (expires: string | undefined, now: number): string => {
  if (expires === undefined) return 'never';
  const seconds = (Date.parse(expires) - now) / 1000;
  if (Number.isNaN(seconds)) return expires;
  return seconds > 0 ? duration(seconds) : `${duration(Math.max(1, -seconds))} ago`;
};

const nothing = (): undefined => undefined;

export const ROW_COLUMNS: readonly Column[] = [
  {
    title: 'NAMESPACE',
    isNamespace: true,
    lease: ({ metadata }) => metadata.namespace,
    reservation: ({ metadata }) => metadata.namespace,
  },
  { title: 'ADDRESS', lease: leasedPlace, reservation: (reservation) => reservedText(reservation) },
  {
    title: 'HW-ADDRESS',
    lease: ({ spec }) => spec.hwAddress,
    reservation: ({ spec }) => spec.identifier.hwAddress,
  },
  { title: 'HOSTNAME', lease: ({ spec }) => spec.hostname, reservation: ({ spec }) => spec.hostname },
  {
    title: 'SUBNET',
    lease: ({ spec }) => spec.subnet ?? (spec.subnetId === undefined ? undefined : `#${spec.subnetId}`),
    reservation: ({ spec }) => spec.subnetRef?.name,
  },
  { title: 'STATE', lease: ({ status }) => status.state, reservation: () => 'Reserved' },
  { title: 'EXPIRES', lease: ({ status }, now) => timeLeft(status.expires, now), reservation: () => '-' },
  { title: 'PAIR', lease: ({ spec }) => spec.haPair, reservation: ({ spec }) => spec.haPairRef?.name },
  {
    title: 'RESERVATION',
    isWide: true,
    lease: ({ spec }) => spec.reservation,
    reservation: ({ metadata }) => metadata.name,
  },
  {
    title: 'CLIENT-ID',
    isWide: true,
    lease: ({ spec }) => spec.clientId ?? spec.duid,
    reservation: ({ spec: { identifier } }) => identifier.clientId ?? identifier.duid,
  },
  {
    title: 'IAID',
    isWide: true,
    lease: ({ spec }) => (spec.iaid === undefined ? undefined : String(spec.iaid)),
    reservation: nothing,
  },
  { title: 'NETWORK', isWide: true, lease: ({ spec }) => spec.sharedNetwork, reservation: nothing },
  { title: 'LAST-SEEN', isWide: true, lease: ({ status }) => status.lastTransaction, reservation: nothing },
];

/** All that is reserved, or how the client is recognised where it is given names or options alone. */
const reservedText = ({ spec }: HostReservation): string | undefined => reservedTexts(spec).join(',') || undefined;

export const cellsOf = (shown: Shown, columns: readonly Column[], now: number): readonly string[] =>
  columns.map((column) => {
    const cell = shown.kind === 'lease' ? column.lease(shown.object, now) : column.reservation(shown.object);
    // Clients choose their host names: nothing of them may be an order to the terminal.
    return cell === undefined || cell === '' ? NONE : legible(cell, LONGEST_CELL);
  });

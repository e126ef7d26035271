/** Reservations beside leases: those that match what is looked for and that nobody uses, and the one that would pin a lease. */
import type { HostReservation, HostReservationSpec } from '../api/hostReservation.ts';
import { GROUP } from '../api/kind.ts';
import { overlaps, prefixIn } from '../kea/address.ts';
import { colons, parseBytes } from '../kea/bytes.ts';
import { Complaint, usageError } from './exit.ts';
import { isIPv6, leasedPlace, type ShownLease } from './lease.ts';
import { isObjectName, nameFrom } from './objectName.ts';
import type { Right } from './sentence.ts';
import type { What } from './what.ts';

export const reservationRight = (verbs: readonly string[], namespace: string | undefined): Right => ({
  group: GROUP,
  resource: 'hostreservations',
  verbs,
  namespace,
});

/** Addresses and prefixes, as they were written. */
export const reservedTexts = (spec: HostReservationSpec): readonly string[] =>
  [spec.ipAddress ?? [], spec.ipAddresses ?? [], spec.prefixes ?? []].flat();

/** Whether it is what a person has in hand. */
export const isReservationOf = (what: What, reservation: HostReservation): boolean => {
  const { spec } = reservation;
  const { address, bytes, name } = what;
  const isAddress =
    address !== undefined &&
    reservedTexts(spec).some((text) => {
      const range = prefixIn(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);
      return range?.of.version === (what.given.includes(':') ? 6 : 4) && overlaps(range, address);
    });
  const isClient =
    bytes !== undefined &&
    Object.values(spec.identifier).some((identifier) => {
      const own = parseBytes(identifier ?? '');
      return own !== undefined && colons(own) === bytes;
    });
  const isNamed =
    name !== undefined &&
    (spec.subnetRef?.name === name ||
      (spec.hostname ?? '').toLowerCase().includes(name) ||
      reservation.metadata.name === name);
  return isAddress || isClient || isNamed;
};

/** Whether no lease shows it: of one that is in use the lease is found. */
export const isUnused = ({ status }: HostReservation): boolean => status?.use !== 'InUse';

export interface ReserveFlags {
  readonly name?: string;
  readonly hostname?: string;
}

export interface ReservationManifest {
  readonly apiVersion: string;
  readonly kind: 'HostReservation';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: HostReservationSpec;
}

/**
 * What keeps for a client the address or prefix that it has now: of DHCPv4 by its hardware address, or by its client identifier where it
 * has none, of DHCPv6 by its DUID.
 * @throws Complaint for a lease that no reservation can be made of.
 */
export const reservationOf = (lease: ShownLease, { name, hostname }: ReserveFlags): ReservationManifest => {
  const { spec, metadata } = lease;
  const leased = leasedPlace(lease);
  if (spec.subnet === undefined) {
    throw new Complaint(
      `Lease ${leased} is of the subnet with Kea's id ${spec.subnetId ?? '?'}, of which there is no Subnet: a reservation is of one. Make the Subnet first.`,
    );
  }
  const identifier = identifierOf(lease);
  if (identifier === undefined) {
    throw new Complaint(
      lease.status.state === 'Declined'
        ? `Lease ${leased} is declined, and so nobody's: there is no client to reserve it for.`
        : `Lease ${leased} names no client by whom a reservation could recognise it.`,
    );
  }
  const chosen = name ?? nameFrom(spec.hostname ?? '') ?? nameFrom(leased.replaceAll(/[:/]+/g, '-')) ?? 'reservation';
  if (!isObjectName(chosen)) throw usageError(`--name ${chosen}: that is no name that an object may have.`);
  return {
    apiVersion: `${GROUP}/v1alpha1`,
    kind: 'HostReservation',
    metadata: { name: chosen, namespace: metadata.namespace },
    spec: {
      subnetRef: { name: spec.subnet },
      identifier,
      ...(spec.prefixLength !== undefined
        ? { prefixes: [leased] }
        : isIPv6(lease)
          ? { ipAddresses: [spec.address] }
          : { ipAddress: spec.address }),
      ...(hostname === undefined ? {} : { hostname }),
    },
  };
};

const identifierOf = (lease: ShownLease): HostReservationSpec['identifier'] | undefined => {
  const { hwAddress, clientId, duid } = lease.spec;
  if (isIPv6(lease)) return duid === undefined ? undefined : { duid };
  if (hwAddress !== undefined && hwAddress !== '') return { hwAddress };
  return clientId === undefined ? undefined : { clientId };
};

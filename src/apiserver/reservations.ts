/** Which HostReservation keeps an address or a prefix for the client that has it: a hundred thousand of them, each as little as that takes. */
import { HOST_RESERVATIONS } from '../api/resources.ts';
import { addressText, leasedText, prefixIn } from '../kea/address.ts';
import { parseBytes } from '../kea/bytes.ts';
import type { IPFamily } from '../kea/families.ts';
import type { LeaseSourceOf } from '../leases/descriptor.ts';
import type { Lease } from '../leases/source.ts';
import type { Cache } from '../runtime/cache.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { trimPair } from './objects.ts';

/** As the API server sends it; of objects of another version of the kind nothing is certain. */
interface GivenReservation extends KubeObject {
  readonly spec?: {
    readonly subnetRef?: { readonly name?: unknown };
    readonly haPairRef?: { readonly name?: unknown };
    readonly ipFamily?: unknown;
    readonly identifier?: Readonly<Record<string, unknown>>;
    readonly ipAddress?: unknown;
    readonly ipAddresses?: unknown;
    readonly prefixes?: unknown;
  };
  readonly status?: { readonly conditions?: readonly { readonly type?: unknown; readonly status?: unknown }[] };
}

/** What is kept of one. */
export interface KnownReservation extends KubeObject {
  /** Reserved addresses and prefixes, each in its one spelling. */
  readonly reserved?: readonly string[];
  /** `hwAddress=02:00:…`: an identifier that leases have; other ones say nothing of who has a lease. */
  readonly client?: string;
  /** The Subnet, or `pair/family` of a global one. */
  readonly subnet?: string;
  readonly global?: string;
}

const API_VERSION = `${HOST_RESERVATIONS.group}/${HOST_RESERVATIONS.version}`;
export const KNOWN_RESERVATIONS: Resource<KnownReservation> = HOST_RESERVATIONS;

const listOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');

/** Such a reservation keeps nothing, or it is not known for whom: its name alone is held. */
export const trimReservation = (given: KubeObject): KnownReservation => {
  const { spec = {}, status } = given as GivenReservation;
  // One text for all in place of one for each.
  const bare = { ...trimPair(given), apiVersion: API_VERSION, kind: HOST_RESERVATIONS.kind };
  const isRejected = status?.conditions?.some((one) => one.type === 'Accepted' && one.status === 'False') ?? false;
  const client = clientOf(spec.identifier ?? {});
  const reserved = [
    ...[...listOf(spec.ipAddress), ...listOf(spec.ipAddresses)].map(addressText),
    ...listOf(spec.prefixes).flatMap((text) => prefixIn(text)?.text ?? []),
  ];
  if (isRejected || client === undefined || reserved.length === 0) return bare;
  const [subnet, pair] = [spec.subnetRef?.name, spec.haPairRef?.name];
  const where =
    typeof subnet === 'string'
      ? { subnet }
      : typeof pair === 'string'
        ? { global: globalOf(pair, spec.ipFamily === 'IPv6' ? 'IPv6' : 'IPv4') }
        : undefined;
  return where === undefined ? bare : { ...bare, reserved, client, ...where };
};

const globalOf = (pair: string, ipFamily: IPFamily): string => `${pair}/${ipFamily}`;

const clientOf = (identifier: Readonly<Record<string, unknown>>): string | undefined => {
  for (const field of ['hwAddress', 'clientId', 'duid'] as const) {
    const text = identifier[field];
    const bytes = typeof text === 'string' ? parseBytes(text) : undefined;
    if (bytes !== undefined) return clientKey(field, bytes.toString('hex'));
  }
  return undefined;
};

const clientKey = (field: string, hex: string): string => `${field}=${hex}`;
const plain = (colons: string): string => colons.replaceAll(':', '');

/** Of DHCPv4 a DUID is what follows the type 255 and the IAID in a client identifier (RFC 4361 6.1). */
const DUID_IN_CLIENT_ID = /^ff.{8}(.+)$/;

const clientsOf = ({ hwAddress, clientId, duid }: Lease): readonly string[] => {
  const inClientId = clientId === undefined ? undefined : DUID_IN_CLIENT_ID.exec(plain(clientId))?.[1];
  return [
    ...(hwAddress === undefined ? [] : [clientKey('hwAddress', plain(hwAddress))]),
    ...(clientId === undefined ? [] : [clientKey('clientId', plain(clientId))]),
    ...(duid === undefined ? [] : [clientKey('duid', plain(duid))]),
    ...(inClientId === undefined ? [] : [clientKey('duid', inClientId)]),
  ];
};

/** Name of the HostReservation that keeps a lease for its client; undefined: none does. */
export type ReservationName = (of: LeaseSourceOf, lease: Lease, subnet: string | undefined) => string | undefined;

/**
 * Follows a cache of HostReservations that is empty yet. It has an index of its own: nearly every address is reserved once, and one of the cache, with a
 * map for each value, would take a quarter more memory.
 */
export const reservationNames = (reservations: Pick<Cache<KnownReservation>, 'onChange'>): ReservationName => {
  const byReserved = new Map<string, KnownReservation | readonly KnownReservation[]>();
  const at = (key: string): readonly KnownReservation[] => {
    const found = byReserved.get(key) ?? [];
    return 'metadata' in found ? [found] : found;
  };
  const put = (key: string, found: readonly KnownReservation[]): void => {
    const [only, ...more] = found;
    if (only === undefined) byReserved.delete(key);
    else byReserved.set(key, more.length === 0 ? only : found);
  };
  const keysOf = (one: KnownReservation | undefined): readonly string[] =>
    one?.reserved?.map((text) => `${one.metadata.namespace ?? ''}/${text}`) ?? [];
  reservations.onChange((before, after) => {
    const without = (key: string): readonly KnownReservation[] => at(key).filter((one) => one !== before);
    for (const key of keysOf(before)) put(key, without(key));
    for (const key of keysOf(after)) if (after !== undefined) put(key, [...at(key), after]);
  });

  return ({ namespace, pair, ipFamily }, lease, subnet) => {
    const found = at(`${namespace}/${leasedText(lease)}`);
    if (found.length === 0) return undefined;
    const clients = clientsOf(lease);
    const isOf = (one: KnownReservation): boolean =>
      one.client !== undefined &&
      clients.includes(one.client) &&
      (one.subnet === undefined ? one.global === globalOf(pair, ipFamily) : one.subnet === subnet);
    return found.find(isOf)?.metadata.name;
  };
};

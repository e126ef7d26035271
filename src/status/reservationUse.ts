/** Who has what is reserved. */
import type { HostReservation, HostReservationStatus } from '../api/index.ts';
import { identifiersOf } from '../compile/hosts.ts';
import { at } from '../compile/objects.ts';
import { addressingOf, leasedText, prefixIn } from '../kea/address.ts';
import { saysAlready } from './conditions.ts';
import type { StatusWrite } from './types.ts';

/** What is read of a lease; `Lease` of src/leases/source.ts fits. */
export interface LeaseFacts {
  /** Of a prefix its first address. */
  readonly address: string;
  readonly prefixLength?: number | undefined;
  /** Lower-case, colon-separated. */
  readonly hwAddress?: string | undefined;
  /** Lower-case, colon-separated. */
  readonly clientId?: string | undefined;
  /** Lower-case, colon-separated. */
  readonly duid?: string | undefined;
  readonly state: 'Active' | 'Declined' | 'Reclaimed' | 'Released' | 'Registered';
  /** Seconds since 1970. */
  readonly cltt: number;
  /** Seconds; 4294967295: for ever. */
  readonly validLifetime: number;
}

type Use = NonNullable<HostReservationStatus['use']>;
type Holder = NonNullable<HostReservationStatus['holder']>;

const FOREVER = 4_294_967_295;

/** What is looked up of a reservation: the addresses that leases of it have, those of prefixes with their length. */
const reservedIn = ({ spec }: HostReservation): readonly Reserved[] => {
  const listed = ['ipAddresses', 'prefixes'].flatMap((field) => {
    const list = at(spec, field);
    return Array.isArray(list) ? (list as readonly unknown[]) : [];
  });
  return [at(spec, 'ipAddress'), ...listed].flatMap((text) => {
    if (typeof text !== 'string') return [];
    const of = addressingOf(text);
    const address = of.parse(text);
    if (address !== undefined) return [{ address: of.format(address) }];
    const prefix = prefixIn(text);
    return prefix ? [{ address: of.format(prefix.first), prefixLength: prefix.length }] : [];
  });
};
type Reserved = Pick<LeaseFacts, 'address' | 'prefixLength'>;

/** Addresses whose leases tell of the use of a reservation. */
export const reservedAddressesOf = (reservation: HostReservation): readonly string[] =>
  reservedIn(reservation).map(({ address }) => address);

/** Of several what people have to know first. */
const MOST_TELLING: readonly Use[] = ['InConflict', 'Declined', 'InUse', 'Expired', 'Unused'];

/**
 * Whether what is reserved is in use, and by whom; undefined where the status says so already, or no address is reserved.
 * @param leases By address.
 * @param now Seconds since 1970.
 */
export const writeUse = (
  reservation: HostReservation,
  leases: ReadonlyMap<string, LeaseFacts>,
  now: number,
): StatusWrite | undefined => {
  const found = reservedIn(reservation).map(({ address, prefixLength }) => {
    const lease = leases.get(address);
    const own = lease?.prefixLength === prefixLength ? lease : undefined;
    return { use: useOf(reservation, own, now), lease: own };
  });
  const [first] = found.toSorted((a, b) => MOST_TELLING.indexOf(a.use) - MOST_TELLING.indexOf(b.use));
  if (!first) return undefined;
  const { use, lease } = first;
  const held = lease && (use === 'InUse' || use === 'Expired' || use === 'Declined');
  const status = {
    use,
    ...(held ? { address: leasedText(lease) } : {}),
    ...(lease && use === 'InConflict' ? { holder: holderOf(lease) } : {}),
  };
  return saysAlready(reservation.status, status, FIELDS) ? undefined : { object: reservation, status };
};

const FIELDS = ['use', 'address', 'holder'] as const satisfies readonly (keyof HostReservationStatus)[];

/** Identifiers are of 255 bytes at most: texts of 764 characters. */
const holderOf = (lease: LeaseFacts): Holder => {
  const { hwAddress, clientId, duid } = lease;
  return {
    address: leasedText(lease),
    ...(hwAddress === undefined ? {} : { hwAddress }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(duid === undefined ? {} : { duid }),
  };
};

const useOf = (reservation: HostReservation, lease: LeaseFacts | undefined, now: number): Use => {
  if (!lease || lease.state === 'Released') return 'Unused';
  const isOver = lease.validLifetime !== FOREVER && lease.cltt + lease.validLifetime <= now;
  // Kea keeps a declined lease with no client in it, until the probation is over.
  if (lease.state === 'Declined') return isOver ? 'Unused' : 'Declined';
  const isOurs = isSameClient(reservation, lease);
  if (lease.state === 'Reclaimed' || isOver) return isOurs ? 'Expired' : 'Unused';
  return isOurs ? 'InUse' : 'InConflict';
};

/** Whether the lease is the reserved client's. A lease does not tell circuit and flexible identifiers: then it is taken for his. */
const isSameClient = ({ spec }: HostReservation, { hwAddress, clientId, duid }: LeaseFacts): boolean => {
  const [identifier] = identifiersOf(at(spec, 'identifier'));
  const [hardware, client, unique] = [hwAddress, clientId, duid].map((text) => text?.replaceAll(':', ''));
  switch (identifier?.type) {
    case 'hw-address':
      return hardware === undefined || hardware === identifier.hex;
    case 'client-id':
      return client === identifier.hex;
    case 'duid':
      if (unique !== undefined) return unique === identifier.hex;
      // RFC 4361: type 255, four bytes of IAID, the DUID.
      return client?.startsWith('ff') === true && client.slice(10) === identifier.hex;
    case 'circuit-id':
    case 'flex-id':
    case undefined:
      return true;
  }
};

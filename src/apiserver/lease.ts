/** A lease as an object of the lease API: its schema (OpenAPI is made from it) and how it is made. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { type Addressing, addressingOf } from '../kea/address.ts';
import { familyOfText, IP_FAMILY_NAMES, ipFamilyOf } from '../kea/families.ts';
import { numberInQuad } from '../kea/ipv4.ts';
import { LEASE_TYPES, leaseType } from '../leases/selection.ts';
import { SHOWN_STATES, type ShownState, shownState } from '../leases/shownState.ts';
import { expiresAt, type Lease } from '../leases/source.ts';
import { leaseLabels } from './labels.ts';
import { LEASE_API_VERSION, LEASES } from './resource.ts';

const int64 = (description: string) => z.int().meta({ description, format: 'int64' });
const time = (description: string) => z.string().meta({ description, format: 'date-time' });

export const leaseSpec = z
  .object({
    ipFamily: z.enum(IP_FAMILY_NAMES).meta({ description: 'Family of the address: IPv4 or IPv6.' }),
    type: z.enum(LEASE_TYPES).meta({ description: 'Address, or Prefix: of IPv6, delegated to a router.' }),
    address: z.string().meta({ description: 'The leased address; of a prefix its first one.' }),
    prefixLength: int64('Length of the delegated prefix; absent of an address.').optional(),
    haPair: z.string().meta({ description: 'Name of the HAPair whose servers gave the lease.' }),
    subnet: z
      .string()
      .meta({ description: 'Name of the Subnet; absent where no Subnet of the pair has this id (any more).' })
      .optional(),
    sharedNetwork: z
      .string()
      .meta({ description: 'Name of the SharedNetwork of that Subnet; absent where it is in none.' })
      .optional(),
    subnetId: int64("Kea's id of the subnet."),
    hwAddress: z.string().meta({ description: "The client's hardware address, as 02:00:00:00:00:01." }).optional(),
    clientId: z
      .string()
      .meta({ description: "The client's identifier (DHCP option 61), as hexadecimal bytes with colons." })
      .optional(),
    duid: z.string().meta({ description: "The client's DUID, as hexadecimal bytes with colons; of IPv6." }).optional(),
    iaid: int64("Which of the client's associations (IA) the lease is of; of IPv6.").optional(),
    preferredLifetime: int64('For how long the client may begin to use the address, in seconds; of IPv6.').optional(),
    hostname: z.string().meta({ description: 'The host name that the client got or asked for.' }).optional(),
    fqdnForward: z
      .boolean()
      .meta({ description: 'Whether the servers keep the address of the name in DNS (A or AAAA).' })
      .optional(),
    fqdnReverse: z
      .boolean()
      .meta({ description: 'Whether the servers keep the name of the address in DNS (PTR).' })
      .optional(),
    reservation: z
      .string()
      .meta({
        description:
          'Name of the HostReservation that keeps this address or prefix for this very client, known by its hardware address, client identifier or DUID.',
      })
      .optional(),
    relayId: z
      .string()
      .meta({
        description:
          'Id of the relay agent next to the client, as hexadecimal bytes with colons; where the servers store what relay agents say.',
      })
      .optional(),
    remoteId: z
      .string()
      .meta({
        description: "The relay agent's remote id of the client, as hexadecimal bytes with colons; stored alike.",
      })
      .optional(),
    userContext: z
      .record(z.string(), z.unknown())
      .meta({
        description: 'What Kea and its hooks keep with the lease, as they write it; left out beyond 4 KiB.',
        'x-kubernetes-preserve-unknown-fields': true,
      })
      .optional(),
    validLifetime: int64('For how long the lease was given, in seconds; 4294967295 means for ever.'),
  })
  .meta({ description: 'What was leased, and to whom.' });

export const leaseStatus = z
  .object({
    state: z.enum(SHOWN_STATES).meta({
      description:
        'Active: leased. Expired: its time is over, but Kea has not yet reclaimed it. Declined: a client found the address in use by somebody else. Released: given back by the client. Reclaimed: over; kept only so that the client may get the same address again. Registered: an address that the client made itself and told the server about.',
    }),
    expires: time('When the lease is over; absent: never.').optional(),
    lastTransaction: time('When the client last asked for the lease or renewed it.'),
  })
  .meta({ description: 'What has become of the lease.' });

/** A lease together with where it was found. */
export interface FoundLease {
  readonly namespace: string;
  readonly pair: string;
  /** Name of the Subnet, where there is one. */
  readonly subnet: string | undefined;
  /** Name of the SharedNetwork that the Subnet is in. */
  readonly sharedNetwork: string | undefined;
  /** Name of the HostReservation that keeps it for this client. */
  readonly reservation: string | undefined;
  readonly lease: Lease;
}

/** The parts of `metadata` that a lease has: no creation time, as Kea keeps none. */
export interface LeaseMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface LeaseObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: LeaseMetadata;
  readonly spec: z.output<typeof leaseSpec>;
  readonly status: z.output<typeof leaseStatus>;
}

/** An address, or a prefix as `2001:db8:8000::-56`: a name has no slash. */
export const leaseName = ({
  address,
  prefixLength,
}: {
  readonly address: string;
  readonly prefixLength?: number | undefined;
}): string => (prefixLength === undefined ? address : `${address}-${prefixLength}`);

/** What such a name is of; undefined: no lease has it. */
export const placeInName = (
  name: string,
): { readonly of: Addressing; readonly address: bigint; readonly prefixLength?: number } | undefined => {
  const [, text = name, length] = /^([^-]+)-(\d{1,3})$/.exec(name) ?? [];
  const of = addressingOf(text);
  const address = of.parse(text);
  if (address === undefined) return undefined;
  const prefixLength = length === undefined ? undefined : Number(length);
  const place = { of, address, ...(prefixLength === undefined ? {} : { prefixLength }) };
  return leaseName({ address: of.format(address), prefixLength }) === name ? place : undefined;
};

/** @param now Seconds since 1970, here and below. */
export const leaseMetadata = (found: FoundLease, now: number): LeaseMetadata => {
  const { namespace, pair, lease } = found;
  const [name, state] = [leaseName(lease), shownState(lease, now)];
  return {
    name,
    namespace,
    labels: leaseLabels(found, state),
    uid: uidOf(namespace, pair, name),
    resourceVersion: leaseVersion(lease, state),
  };
};

/** What is not known is undefined, which JSON leaves out: a list has a million of them. */
export const leaseObject = (found: FoundLease, now: number): LeaseObject => {
  const { lease, pair: haPair, subnet, sharedNetwork, reservation } = found;
  const { address, prefixLength, subnetId, hwAddress, clientId, duid, iaid, validLifetime } = lease;
  const { hostname, fqdnForward, fqdnReverse, relayId, remoteId, userContext, preferredLifetime } = lease;
  const expires = expiresAt(lease);
  return {
    apiVersion: LEASE_API_VERSION,
    kind: LEASES.kind,
    metadata: leaseMetadata(found, now),
    spec: {
      ipFamily: ipFamilyOf(familyOfText(address)),
      type: leaseType(lease),
      address,
      prefixLength,
      haPair,
      subnet,
      sharedNetwork,
      subnetId,
      hwAddress,
      clientId,
      duid,
      iaid,
      hostname,
      fqdnForward,
      fqdnReverse,
      reservation,
      relayId,
      remoteId,
      userContext,
      preferredLifetime,
      validLifetime,
    },
    status: {
      state: shownState(lease, now),
      ...(expires === undefined ? {} : { expires: timestamp(expires) }),
      lastTransaction: timestamp(lease.cltt),
    },
  };
};

/** The resourceVersion of a lease. */
export const leaseVersion = ({ cltt }: Lease, state: ShownState): string =>
  versionOf(cltt, SHOWN_STATES.indexOf(state));

/** The resourceVersion of a list made now: not less than that of any lease in it. */
export const listVersion = (now: number): string => versionOf(Math.floor(now), STATES_PER_SECOND - 1);

const STATES_PER_SECOND = 8;

/**
 * The lease store counts no revisions. A lease changes with a transaction of its client or by moving on to another
 * state, so the two make a number that grows with every change that can be seen.
 */
const versionOf = (seconds: number, state: number): string => String(seconds * STATES_PER_SECOND + state);

/**
 * The same for the same address or prefix of the same pair: a UUID of version 8 (RFC 9562, of one's own making). An address of IPv4 has room in it beside what
 * is of its pair: to hash each of a million took half a second.
 */
export const uidOf = (namespace: string, pair: string, name: string): string => {
  if (name.includes(':')) {
    const { start, digits } = uidPart(`${namespace}/${pair}/${name}`);
    return `${start}${digits}`;
  }
  if (namespace !== uidsOf?.namespace || pair !== uidsOf.pair) {
    const { start, digits } = uidPart(`${namespace}/${pair}`);
    uidsOf = { namespace, pair, start: `${start}${digits.slice(0, 4)}` };
  }
  return `${uidsOf.start}${(2 ** 32 + numberInQuad(name)).toString(16).slice(1)}`;
};

/** Of the last pair: leases of a list come pair by pair. */
let uidsOf: { readonly namespace: string; readonly pair: string; readonly start: string } | undefined;

const uidPart = (text: string): { readonly start: string; readonly digits: string } => {
  const digits = hash('sha1', text);
  const part = (from: number, to: number): string => digits.slice(from, to);
  return { start: `${part(0, 8)}-${part(8, 12)}-8${part(13, 16)}-8${part(17, 20)}-`, digits: part(20, 32) };
};

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export const timestamp = (seconds: number): string => {
  const whole = Math.floor(Math.trunc(seconds * 1000) / 1000);
  const day = Math.floor(whole / DAY);
  const rest = whole - day * DAY;
  return `${dayText(day)}${twoDigits(Math.floor(rest / 3600))}:${twoDigits(Math.floor(rest / 60) % 60)}:${twoDigits(rest % 60)}Z`;
};

const DAY = 86_400;
/** Days that were written: the leases of a list are of a few, of which each names two, and a calendar takes half a microsecond. */
const days = new Map<number, string>();
const DAYS = 1000;

const dayText = (day: number): string => {
  const known = days.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * DAY * 1000).toISOString().slice(0, -'00:00:00.000Z'.length);
  if (days.size >= DAYS) days.clear();
  days.set(day, text);
  return text;
};

const twoDigits = (number: number): string => (number < 10 ? `0${number}` : String(number));

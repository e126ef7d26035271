/**
 * Leases as rows of Kea's lease tables. A list reads a million: their columns come as text in the order of the statement, and each is read once, here.
 * Objects by the names of the columns, with a number or a Buffer for each, took twice as long, most of it to collect them again.
 */
import type { Addressing } from '../../kea/address.ts';
import { withColons } from '../../kea/bytes.ts';
import type { Family, Version } from '../../kea/family.ts';
import { legible } from '../../runtime/legible.ts';
import { checkedLease, INFINITE_LIFETIME, type Lease, LEASE_STATES } from '../source.ts';
import { leaseContext, LONGEST_CONTEXT } from '../userContext.ts';

/** The identifier of the client, and what the table of one family has alone. */
const OWN_COLUMNS = {
  4: ["encode(client_id, 'hex') AS client_id"],
  6: [
    "encode(duid, 'hex') AS duid",
    'iaid',
    'pref_lifetime',
    'CASE WHEN lease_type = 2 THEN prefix_len END AS prefix_length',
  ],
} as const satisfies Readonly<Record<Version, readonly [string, ...string[]]>>;

/** What a lease is read from. Address and time are turned in SQL. */
export const leaseColumns = ({ version, leaseAddress }: Family): string => {
  const [identifier, ...others] = OWN_COLUMNS[version];
  return [
    `${leaseAddress.toText('address')} AS address`,
    'subnet_id',
    "encode(hwaddr, 'hex') AS hwaddr",
    'hostname',
    'fqdn_fwd',
    'fqdn_rev',
    'state',
    'extract(epoch FROM expire)::float8 AS expire',
    'valid_lifetime',
    `CASE WHEN octet_length(user_context) <= ${LONGEST_CONTEXT} THEN user_context END AS user_context`,
    identifier,
    ...others,
  ].join(', ');
};

/** In that order; the last three are of DHCPv6. A server that is none may leave out what it likes. */
export type LeaseRow = readonly (string | null | undefined)[];

/** How such rows are asked for. */
export const AS_TEXT = { rowMode: 'array' as const, types: { getTypeParser: () => (text: string) => text } };

export const leaseOf = (of: Addressing, row: LeaseRow): Lease => {
  const [address, subnetId, hwaddr, hostname, fqdnForward, fqdnReverse, state, expire, lifetime, context] = row;
  const [, , , , , , , , , , identifier, iaid, preferredLifetime, prefixLength] = row;
  const client = bytesOf(identifier);
  const validLifetime = numberOf(lifetime) ?? NaN;
  const end = numberOf(expire) ?? NaN;
  const { userContext, relayId, remoteId } = leaseContext(context);
  const association = numberOf(iaid);
  return checkedLease(of, {
    address: address ?? '',
    prefixLength: numberOf(prefixLength),
    subnetId: numberOf(subnetId) ?? NaN,
    hwAddress: bytesOf(hwaddr),
    clientId: of.version === 4 ? client : undefined,
    duid: of.version === 6 ? client : undefined,
    // The column is signed; an IAID is not.
    iaid: association === undefined ? undefined : association >>> 0,
    preferredLifetime: numberOf(preferredLifetime),
    hostname: hostname ? legible(hostname, 255) : undefined,
    fqdnForward: booleanOf(fqdnForward),
    fqdnReverse: booleanOf(fqdnReverse),
    userContext,
    relayId,
    remoteId,
    state: LEASE_STATES[numberOf(state) ?? 0] ?? 'Active',
    // Kea writes an infinite lease's last transaction where other leases have their end (lease_mgr: no sum past 32 bits).
    cltt: validLifetime === INFINITE_LIFETIME ? end : end - validLifetime,
    validLifetime,
  });
};

type Text = LeaseRow[number];

const numberOf = (text: Text): number | undefined => (typeof text === 'string' ? Number(text) : undefined);

const booleanOf = (text: Text): boolean | undefined => (typeof text === 'string' ? text === 't' : undefined);

const HEX = /^(?:[0-9a-f]{2})+$/;

const bytesOf = (digits: Text): string | undefined =>
  typeof digits === 'string' && HEX.test(digits) ? withColons(digits) : undefined;

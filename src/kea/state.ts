/** The rows of a pair: bodies, markers and keys. */
import { type Fields, fieldsAt, type KEYWORDS } from './keywords.ts';

/**
 * What a pair of servers should hold, in Kea's own words: the bodies are the JSON objects that commands and `config-get`
 * speak, reduced to one canonical form so that two of them can be compared by value.
 *
 * Canonical form: keys that are not set are absent (never null, never an empty list); prefixes are network addresses;
 * pools read `first-last` in ascending order; lists whose order means nothing to Kea are sorted; options carry their code, not their name.
 */

/** Kea's `option-data`. `data` is absent for an option without a value; csv-format false means hexadecimal digits in upper case without separators. */
export type OptionData = Fields<'option'>;

/** A range of addresses; `pool` reads `192.0.2.10-192.0.2.99`, without spaces. */
export type PoolBody = Fields<'pool'>;

/** A prefix out of which prefixes are delegated; of DHCPv6 only. */
export type PdPoolBody = Fields<'pd-pool'>;

export type NetworkBody = Fields<'network'>;

/** The keywords that a shared network hands down to its subnets. */
export type NetworkPart = Omit<NetworkBody, 'name'>;

export type SubnetBody = Fields<'subnet'>;

/** A client class: in rows all of them are, or none, as one row takes the place of all that a server has in its file. */
export type ClassBody = Fields<'class'>;

/** A definition of an option. Kea reads no user-context of its row, so that nothing of it is in what a server tells. */
export type OptionDefBody = Fields<'option-def'>;

/** The same within a client class. */
export type ClassDefinition = Omit<OptionDefBody, 'user-context'>;

/** The keywords whose values are times or numbers of times: those that a row has to have in an order. */
export type Lifetimes = Pick<
  NetworkPart,
  | 'valid-lifetime'
  | 'min-valid-lifetime'
  | 'max-valid-lifetime'
  | 'renew-timer'
  | 'rebind-timer'
  | 't1-percent'
  | 't2-percent'
  | 'preferred-lifetime'
  | 'min-preferred-lifetime'
  | 'max-preferred-lifetime'
>;

/** Times that a row has with a least and a greatest, or not at all; each with its bounds. */
export const LEASE_TIMES = [
  ['valid-lifetime', 'min-valid-lifetime', 'max-valid-lifetime'],
  ['preferred-lifetime', 'min-preferred-lifetime', 'max-preferred-lifetime'],
] as const satisfies readonly (readonly (keyof Lifetimes)[])[];

export type IdentifierType = 'hw-address' | 'duid' | 'circuit-id' | 'client-id' | 'flex-id';

/** A host reservation: Kea's `reservations` entry, with its identifier taken apart as the hosts table has it. `subnet-id` 0: a global reservation. */
export type HostBody = Fields<'host'>;

/** Who wrote a row, and what: kept in its user-context under the key `kea-operator`, and echoed by Kea's own answers. */
export interface Marker {
  /** `Subnet/namespace/name`: identity across re-creation of the object. */
  readonly object: ObjectRef;
  /** For people; does not decide anything. */
  readonly uid: string;
  /** For people; does not decide anything: a change of spec that Kea would not notice writes no row. */
  readonly generation: number;
  /** Of the canonical body: two equal digests are the same configuration. */
  readonly digest: string;
  /** Keywords of the body that the operator chose, as nobody had set them. */
  readonly derived?: readonly string[];
  /** What the object says is to become of the row when it is deleted: it outlives the object. Absent: Protect, unless the ledger of an earlier version says another; or Drain, which is another thing only where somebody is seen deleting. */
  readonly deletionPolicy?: Exclude<DeletionPolicy, 'Protect' | 'Drain'>;
}

/** What an object says is to become of its row when it is deleted. */
export type DeletionPolicy = 'Protect' | 'Drain' | 'Delete' | 'Orphan';

/** Keywords that the operator sets in a subnet where nobody has. */
export const DERIVED_KEYWORDS = fieldsAt('subnet', 4).flatMap(({ keyword, derived }) =>
  derived ? [keyword as DerivedKeyword] : [],
);
export type DerivedKeyword = {
  [K in keyof typeof KEYWORDS]: (typeof KEYWORDS)[K] extends { readonly derived: true } ? K : never;
}[keyof typeof KEYWORDS];

/** `Kind/namespace/name`. */
export type ObjectRef = `${string}/${string}/${string}`;

export interface Item<Body> {
  readonly body: Body;
  /** Absent on a row that the operator did not write: a foreign row. */
  readonly marker?: Marker;
}

/** Key of a host: `<subnet id>/<identifier type>/<identifier>`. */
export type HostKey = `${number}/${IdentifierType}/${string}`;

export const hostKey = (host: HostBody): HostKey =>
  `${host['subnet-id']}/${host['identifier-type']}/${host.identifier}`;

/** Key of an option's definition: `<space>/<code>`. */
export type OptionDefKey = `${string}/${number}`;

export const optionDefKey = ({ space, code }: Pick<OptionDefBody, 'space' | 'code'>): OptionDefKey =>
  `${space}/${code}`;

/** One name for an address of a subnet. */
export const addressIn = (subnetId: number, address: string): string => `${subnetId} ${address}`;

/** The addresses of a reservation, and the prefixes. */
export const reservedIn = (host: HostBody): readonly string[] => [
  ...(host['ip-address'] === undefined ? [] : [host['ip-address']]),
  ...(host['ip-addresses'] ?? []),
  ...(host.prefixes ?? []),
];

/** What two reservations cannot both have: their subnet with each of their addresses and prefixes. */
export const reservedAddresses = (host: HostBody): readonly string[] =>
  reservedIn(host).map((address) => addressIn(host['subnet-id'], address));

/** A row without what was derived, as its object says it. */
export const withoutDerived = <Body extends object>({ body, marker }: Item<Body>): Body => {
  const derived = DERIVED_KEYWORDS.filter((keyword) => marker?.derived?.includes(keyword));
  if (derived.length === 0) return body;
  return Object.fromEntries(
    Object.entries(body).filter(([keyword]) => !derived.some((one) => one === keyword)),
  ) as Body;
};

/** Key of the operator's part in a user-context. */
export const MARKER_KEY = 'kea-operator';

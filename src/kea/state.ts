/**
 * What a pair of DHCPv4 servers should hold, in Kea's own words: the bodies are the JSON objects that `subnet4-add`,
 * `network4-add` and `config-get` speak, reduced to one canonical form so that two of them can be compared by value.
 *
 * Canonical form: keys that are not set are absent (never null, never an empty list); prefixes are network addresses;
 * pools read `first-last` in ascending order; lists whose order means nothing to Kea are sorted; options carry their code, not their name.
 */

/** Kea's `option-data`. `data` is absent for an option without a value; csv-format false means hexadecimal digits in upper case without separators. */
export interface OptionData {
  readonly code: number;
  readonly space: string;
  readonly data?: string;
  readonly 'csv-format': boolean;
  readonly 'always-send'?: true;
  readonly 'never-send'?: true;
  readonly 'client-classes'?: readonly string[];
}

export interface PoolBody {
  /** `192.0.2.10-192.0.2.99`, without spaces. */
  readonly pool: string;
  readonly 'option-data'?: readonly OptionData[];
  readonly 'client-classes'?: readonly string[];
}

export interface Lifetimes {
  readonly 'valid-lifetime'?: number;
  readonly 'min-valid-lifetime'?: number;
  readonly 'max-valid-lifetime'?: number;
  readonly 'renew-timer'?: number;
  readonly 'rebind-timer'?: number;
  readonly 'calculate-tee-times'?: boolean;
  readonly 't1-percent'?: number;
  readonly 't2-percent'?: number;
  readonly 'offer-lifetime'?: number;
}

/** The keywords that a shared network hands down to its subnets. */
export interface NetworkPart extends Lifetimes {
  readonly interface?: string;
  readonly relay?: { readonly 'ip-addresses': readonly string[] };
  readonly 'option-data'?: readonly OptionData[];
  readonly 'next-server'?: string;
  readonly 'server-hostname'?: string;
  readonly 'boot-file-name'?: string;
  readonly 'reservations-global'?: boolean;
  readonly 'reservations-in-subnet'?: boolean;
  readonly 'reservations-out-of-pool'?: boolean;
  readonly allocator?: string;
  readonly 'match-client-id'?: boolean;
  readonly authoritative?: boolean;
  /** The user's own part: without the operator's marker. */
  readonly 'user-context'?: Readonly<Record<string, unknown>>;
}

export interface SubnetBody extends NetworkPart {
  readonly id: number;
  /** The prefix, e.g. `192.0.2.0/24`. */
  readonly subnet: string;
  /** Membership; a column of the row, not a key that `subnet4-add` knows. */
  readonly 'shared-network-name'?: string;
  readonly pools?: readonly PoolBody[];
}

export interface NetworkBody extends NetworkPart {
  readonly name: string;
}

export type IdentifierType = 'hw-address' | 'duid' | 'circuit-id' | 'client-id' | 'flex-id';

/** A host reservation. Kea's `reservations` entry, with its identifier taken apart as the hosts table has it. */
export interface HostBody {
  /** 0: a global reservation. */
  readonly 'subnet-id': number;
  readonly 'identifier-type': IdentifierType;
  /** Lower-case hexadecimal digits without separators. */
  readonly identifier: string;
  readonly 'ip-address'?: string;
  readonly hostname?: string;
  readonly 'option-data'?: readonly OptionData[];
  readonly 'client-classes'?: readonly string[];
  readonly 'next-server'?: string;
  readonly 'server-hostname'?: string;
  readonly 'boot-file-name'?: string;
}

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
}

/** Keywords that the operator sets in a subnet where nobody has. */
export const DERIVED_KEYWORDS = [
  'reservations-in-subnet',
  'reservations-out-of-pool',
] as const satisfies readonly (keyof SubnetBody)[];
export type DerivedKeyword = (typeof DERIVED_KEYWORDS)[number];

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

/** One name for an address of a subnet. */
export const addressIn = (subnetId: number, address: string): string => `${subnetId} ${address}`;

/** What two reservations cannot both have: their subnet and address; undefined without an address. */
export const reservedAddress = (host: HostBody): string | undefined =>
  host['ip-address'] === undefined ? undefined : addressIn(host['subnet-id'], host['ip-address']);

/** Everything of one pair that lives in rows. */
export interface KeaState {
  readonly networks: ReadonlyMap<string, Item<NetworkBody>>;
  readonly subnets: ReadonlyMap<number, Item<SubnetBody>>;
  readonly hosts: ReadonlyMap<HostKey, Item<HostBody>>;
}

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

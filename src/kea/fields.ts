import type { HostBody, NetworkPart } from './state.ts';

/** How a scalar keyword of Kea is kept in its column. */
export type ScalarKind = 'integer' | 'real' | 'boolean' | 'text' | 'address';

/** One scalar keyword under its three names: in a custom resource, in Kea's JSON, in Kea's tables. */
export interface ScalarField<Keyword extends string> {
  readonly spec: string;
  readonly keyword: Keyword;
  readonly column: string;
  readonly kind: ScalarKind;
}

const field = <Keyword extends string>(keyword: Keyword, kind: ScalarKind, spec?: string): ScalarField<Keyword> => ({
  keyword,
  kind,
  column: keyword.replaceAll('-', '_'),
  spec: spec ?? keyword.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
});

type ScalarKeyword<Body> = {
  [K in keyof Body]-?: NonNullable<Body[K]> extends string | number | boolean ? K & string : never;
}[keyof Body];

/** The scalars that subnets and shared networks have in common: columns of dhcp4_subnet and dhcp4_shared_network alike. */
export const NETWORK_FIELDS: readonly ScalarField<ScalarKeyword<NetworkPart>>[] = [
  field('interface', 'text'),
  field('valid-lifetime', 'integer'),
  field('min-valid-lifetime', 'integer'),
  field('max-valid-lifetime', 'integer'),
  field('renew-timer', 'integer'),
  field('rebind-timer', 'integer'),
  field('calculate-tee-times', 'boolean'),
  field('t1-percent', 'real'),
  field('t2-percent', 'real'),
  field('offer-lifetime', 'integer'),
  field('next-server', 'address'),
  field('server-hostname', 'text'),
  field('boot-file-name', 'text'),
  field('reservations-global', 'boolean'),
  field('reservations-in-subnet', 'boolean'),
  field('reservations-out-of-pool', 'boolean'),
  field('allocator', 'text'),
  field('match-client-id', 'boolean'),
  field('authoritative', 'boolean'),
];

/** The scalars of a reservation beside its identifier. The hosts table prefixes the boot fields, and keeps addresses as numbers. */
export const HOST_FIELDS: readonly ScalarField<
  Exclude<ScalarKeyword<HostBody>, 'subnet-id' | 'identifier-type' | 'identifier'>
>[] = [
  { ...field('ip-address', 'address'), column: 'ipv4_address' },
  field('hostname', 'text'),
  { ...field('next-server', 'address'), column: 'dhcp4_next_server' },
  { ...field('server-hostname', 'text'), column: 'dhcp4_server_hostname' },
  { ...field('boot-file-name', 'text'), column: 'dhcp4_boot_file_name' },
];

/** Whether a scalar is set: false and 0 are values, null and the empty text, which Kea's config-get writes, are none. */
export const isSet = <T>(value: T | null | undefined | ''): value is T & {} =>
  value !== undefined && value !== null && value !== '';

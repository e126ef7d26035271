/** HostReservations as rows of Kea's hosts table. */
import type { HostReservationSpec } from '../api/hostReservation.ts';
import type { HostReservation } from '../api/index.ts';
import { addressingOf, prefixIn, type Range, rangeSet, single } from '../kea/address.ts';
import { colons, parseBytes } from '../kea/bytes.ts';
import { canonicalHost } from '../kea/canonical.ts';
import { ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import { type Field, fieldsAt, isSet, scalarsAt } from '../kea/keywords.ts';
import type { KnownOptions } from '../kea/knownOptions.ts';
import { parseOptions } from '../kea/options.ts';
import { type HostBody, type HostKey, hostKey, type IdentifierType, type Item, type ObjectRef } from '../kea/state.ts';
import type { Checked } from './networkPart.ts';
import { reject, textAt, warnOf } from './objects.ts';
import { itemOf } from './pass.ts';
import { invalidOption } from './refusals.ts';
import type { Parsed } from './spec.ts';
import type { Rejection, Warning } from './types.ts';

/** The fields of `spec.identifier`, and what Kea calls them. */
const IDENTIFIERS = {
  hwAddress: 'hw-address',
  clientId: 'client-id',
  circuitId: 'circuit-id',
  duid: 'duid',
  flexId: 'flex-id',
} as const satisfies Record<keyof HostReservationSpec['identifier'], IdentifierType>;

/** The fields of `spec.identifier` that a family finds clients by, for people. */
export const identifierFieldsOf = ({ identifiers }: Family): string => {
  const fields = Object.entries(IDENTIFIERS).flatMap(([field, type]) => (identifiers.includes(type) ? [field] : []));
  return `${fields.slice(0, -1).join(', ')} or ${fields.at(-1) ?? ''}`;
};

/** What a reservation says in one word beside its identifier. */
const SCALARS = scalarsAt('host');

/** What a reservation may say of one family alone. */
const SCALARS_AND_LISTS = fieldsAt('host').filter(({ given }) => given === undefined) as readonly (Field & {
  readonly field: keyof HostReservationSpec;
})[];

export interface HostRow {
  readonly key: HostKey;
  readonly item: Item<HostBody>;
}

/** What a HostReservation says by itself, wherever it belongs. */
export interface ReservationDraft {
  /** Name of its Subnet; absent for a global reservation. */
  readonly subnet: string | undefined;
  readonly reserved: readonly Reserved[];
  readonly identifierType: IdentifierType;
  /** Lower-case hexadecimal digits. */
  readonly identifier: string;
  readonly warnings: readonly Warning[];
  /** The row, in the subnet of that id. */
  readonly row: (subnetId: number) => HostRow;
}

/** Reads what a HostReservation says. */
export const draftOf = (
  known: KnownOptions,
  ref: ObjectRef,
  object: HostReservation,
  parsed: Parsed<HostReservationSpec>,
): Checked<ReservationDraft> => {
  if ('rejection' in parsed) return parsed;
  const { spec } = parsed;
  const { family } = known;
  const [found, ...more] = identifiersOf(spec.identifier);
  if (!found || more.length > 0) {
    return invalid('identifier: give exactly one of hwAddress, clientId, circuitId, duid or flexId');
  }
  if ((spec.subnetRef === undefined) === (spec.haPairRef === undefined)) {
    return invalid('give exactly one of subnetRef or haPairRef');
  }
  const foreign = SCALARS_AND_LISTS.find(
    ({ family: only, field }) => only !== undefined && only !== family.version && isSet(spec[field]),
  );
  if (foreign) {
    const message = `${foreign.field}: it is of DHCPv${foreign.family ?? ''} alone, and the reservation is one of ${ipFamilyOf(family)}: leave it out`;
    return { rejection: reject('FamilyMismatch', message) };
  }
  const bits = spec.prefixes?.findIndex((text) => prefixIn(text)?.canonical !== true) ?? -1;
  if (bits >= 0) {
    const text = spec.prefixes?.[bits] ?? '';
    return invalid(`prefixes[${bits}]: ${text} is not a network address: write ${prefixIn(text)?.text ?? 'a prefix'}`);
  }
  const options = parseOptions(known, spec.optionData ?? []);
  if (!options.ok) return { rejection: invalidOption(options) };
  const guarded = spec.optionData?.findIndex(({ clientClasses }) => clientClasses?.length) ?? -1;
  if (guarded >= 0) {
    const message = `optionData[${guarded}].clientClasses: Kea keeps no classes with the options of a reservation, and would send it to the client whatever its classes: leave clientClasses out`;
    return { rejection: reject('InvalidOption', message) };
  }
  const body = canonicalHost({
    ...Object.fromEntries(SCALARS.map(({ field, keyword }) => [keyword, spec[field]])),
    'subnet-id': 0,
    'identifier-type': found.type,
    identifier: found.hex,
    'option-data': options.options,
    'client-classes': spec.clientClasses,
    'ip-addresses': spec.ipAddresses,
    prefixes: spec.prefixes,
    'user-context': spec.userContext,
  });
  const reserved = reservedBy(body);
  const twice = checkApart(reserved);
  if (twice) return { rejection: twice };
  let last: HostRow | undefined;
  const row = (subnetId: number): HostRow => {
    if (last?.item.body['subnet-id'] === subnetId) return last;
    const item = itemOf(ref, object, { ...body, 'subnet-id': subnetId });
    last = { key: hostKey(item.body), item };
    return last;
  };
  return {
    value: {
      subnet: spec.subnetRef?.name,
      reserved,
      identifierType: found.type,
      identifier: body.identifier,
      warnings: identifierWarnings(spec.identifier),
      row,
    },
  };
};

/** What is kept for a client. */
export interface Reserved {
  /** The field of the specification. */
  readonly field: string;
  /** Its one spelling. */
  readonly text: string;
  readonly range: Range;
  readonly isPrefix: boolean;
  /** Of a prefix. */
  readonly length?: number;
}

/** What a row keeps for its client; what cannot be read is left out. */
export const reservedBy = (body: HostBody): readonly Reserved[] => {
  const { 'ip-address': one, 'ip-addresses': several = [], prefixes = [] } = body;
  return [
    ...(one === undefined ? [] : reservedAddress('ipAddress', one)),
    ...several.flatMap((text, index) => reservedAddress(`ipAddresses[${index}]`, text)),
    ...prefixes.flatMap((text, index) => {
      const range = prefixIn(text);
      return range ? [{ field: `prefixes[${index}]`, text, range, isPrefix: true, length: range.length }] : [];
    }),
  ];
};

const reservedAddress = (field: string, text: string): readonly Reserved[] => {
  const address = addressingOf(text).parse(text);
  return address === undefined ? [] : [{ field, text, range: single(address), isPrefix: false }];
};

/** A client gets each of them for an association of its own. */
const checkApart = (reserved: readonly Reserved[]): Rejection | undefined => {
  if (reserved.length < 2) return undefined;
  const taken = rangeSet<Reserved>();
  for (const one of reserved) {
    const other = taken.add(one.range, one);
    if (!other) continue;
    const is = one.text === other.text ? 'is in' : `overlaps ${other.text} in`;
    return reject('InvalidSpec', `${one.field}: ${one.text} ${is} ${other.field} already: leave one of them out`);
  }
  return undefined;
};

/** What is taken for an identifier, and that no client sends. */
const identifierWarnings = ({ hwAddress, clientId, duid }: HostReservationSpec['identifier']): readonly Warning[] => [
  ...ofNobody(sixBytes(hwAddress)),
  ...clientIdWithoutType(sixBytes(clientId)),
  ...duidWithoutType(sixBytes(duid)),
];

/** As many bytes as a hardware address of Ethernet has; six letters are a name. */
const sixBytes = (text: string | undefined): Buffer | undefined => {
  const bytes = text === undefined || text.includes("'") ? undefined : parseBytes(text);
  return bytes?.length === 6 ? bytes : undefined;
};

/** Of Ethernet: the first bit on the wire says that an address is that of a group, from which nobody sends (IEEE 802, 8.2). */
const ofNobody = (bytes: Buffer | undefined): readonly Warning[] => {
  if (!bytes) return [];
  const isGroup = bytes.readUInt8(0) % 2 === 1;
  if (!isGroup && bytes.some((byte) => byte !== 0)) return [];
  const what = isGroup ? 'the address of a group, as its first byte is odd' : 'no address';
  const text = `${colons(bytes)} is ${what}, and no client sends from it: write the address of the client`;
  return [warnOf('HwAddressOfNobody', 'identifier.hwAddress', text)];
};

/** A client puts the type of its hardware before its address (RFC 2132 9.14), so that the address alone finds nobody. */
const clientIdWithoutType = (bytes: Buffer | undefined): readonly Warning[] => {
  if (!bytes) return [];
  const address = colons(bytes);
  const text = `${address} looks like a hardware address, and clients send the type before it: write clientId 01:${address}, or hwAddress ${address}`;
  return [warnOf('ClientIdWithoutType', 'identifier.clientId', text)];
};

/** The types of DUIDs that there are (RFC 8415 11.1), in two bytes. */
const GREATEST_DUID_TYPE = 4;

const duidWithoutType = (bytes: Buffer | undefined): readonly Warning[] => {
  if (!bytes) return [];
  const type = bytes.readUInt16BE(0);
  if (type > 0 && type <= GREATEST_DUID_TYPE) return [];
  const address = colons(bytes);
  const text = `${address} looks like a hardware address, and a DUID begins with its type, 00:01 to 00:04: write the DUID that the client sends (of its hardware address alone 00:03:00:01:${address}), or hwAddress ${address}`;
  return [warnOf('DuidWithoutType', 'identifier.duid', text)];
};

const invalid = (message: string): Checked<ReservationDraft> => ({ rejection: reject('InvalidSpec', message) });

/** The identifiers in a `spec.identifier` of which nothing is known yet: one, if it is right. */
export const identifiersOf = (
  identifier: unknown,
): readonly { readonly type: IdentifierType; readonly hex: string }[] =>
  Object.entries(IDENTIFIERS).flatMap(([field, type]) => {
    const text = textAt(identifier, field);
    const bytes = text === undefined ? undefined : parseBytes(text);
    return bytes === undefined ? [] : [{ type, hex: bytes.toString('hex') }];
  });

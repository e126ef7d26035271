import type { HostReservation } from '../api/index.ts';
import type { HostReservationSpec } from '../api/hostReservation.ts';
import { parseAddress } from '../kea/address.ts';
import { canonicalHost } from '../kea/canonical.ts';
import { HOST_FIELDS } from '../kea/fields.ts';
import { type ParsedOptions, parseOptions } from '../kea/options.ts';
import type { Host4, IdentifierType, Item, ObjectRef } from '../kea/state.ts';
import { itemOf } from './turn.ts';

/** The fields of `spec.identifier`, and what Kea calls them. */
const IDENTIFIERS = {
  hwAddress: 'hw-address',
  clientId: 'client-id',
  circuitId: 'circuit-id',
  duid: 'duid',
  flexId: 'flex-id',
} as const satisfies Record<keyof HostReservationSpec['identifier'], IdentifierType>;

/** What a HostReservation says by itself, wherever it belongs. */
export interface HostDraft {
  readonly options: ParsedOptions;
  readonly address: bigint | undefined;
  /** The row, in the subnet of that id. */
  readonly item: (subnetId: number) => Item<Host4>;
  readonly identifierType: IdentifierType;
  /** Lower-case hexadecimal digits. */
  readonly identifier: string;
}

const drafts = new WeakMap<HostReservation, HostDraft | undefined>();

/**
 * Reads a HostReservation, once: objects in a cache are replaced when they change, and ten thousand of them are compiled in
 * every turn. Undefined where it has not exactly one identifier.
 */
export function readHost(ref: ObjectRef, object: HostReservation, spec: HostReservationSpec): HostDraft | undefined {
  if (drafts.has(object)) return drafts.get(object);
  const draft = draftOf(ref, object, spec);
  drafts.set(object, draft);
  return draft;
}

function draftOf(ref: ObjectRef, object: HostReservation, spec: HostReservationSpec): HostDraft | undefined {
  const [found, ...more] = identifiersOf(spec.identifier);
  if (!found || more.length > 0) return undefined;
  const { type: identifierType, hex: identifier } = found;
  const options = parseOptions(spec.optionData ?? []);
  const bodyIn = (subnetId: number): Host4 =>
    canonicalHost({
      ...Object.fromEntries(HOST_FIELDS.map(({ spec: name, keyword }) => [keyword, spec[name as 'hostname']])),
      'subnet-id': subnetId,
      'identifier-type': identifierType,
      identifier,
      'option-data': options.ok ? options.options : [],
      'client-classes': spec.clientClasses,
    });
  let last: { readonly subnetId: number; readonly item: Item<Host4> } | undefined;
  return {
    options,
    address: spec.ipAddress === undefined ? undefined : parseAddress(spec.ipAddress),
    identifierType,
    identifier,
    item(subnetId) {
      if (last?.subnetId !== subnetId) last = { subnetId, item: itemOf(ref, object, bodyIn(subnetId)) };
      return last.item;
    },
  };
}

const identifiersOf = (identifier: HostReservationSpec['identifier']) =>
  (Object.keys(IDENTIFIERS) as (keyof typeof IDENTIFIERS)[]).flatMap((field) => {
    const text = identifier[field];
    return text === undefined ? [] : [{ type: IDENTIFIERS[field], hex: toHex(text) }];
  });

/** Hexadecimal digits with or without separators, or text in single quotes, as Kea takes identifiers. */
const toHex = (text: string): string =>
  text.startsWith("'")
    ? Buffer.from(text.slice(1, -1), 'utf8').toString('hex')
    : text.replaceAll(/[:-]/g, '').toLowerCase();

/**
 * Leases of a list as JSON: the very text that JSON.stringify has of `leaseObject`, `partialMetadata` and `tableRow`, which say what is in it. A list is
 * text from end to end, of a million leases: an object of each, only to be written, took 4.3 KB of memory and, with the time to collect it, as long as all
 * else that is done with a lease. Here what many leases have alike is written once, and a lease is the pieces between.
 */
import { leasedText } from '../kea/address.ts';
import { familyOfText, type IPFamily, ipFamilyOf } from '../kea/families.ts';
import { type LeaseType, leaseType } from '../leases/selection.ts';
import { type ShownState, shownState } from '../leases/shownState.ts';
import { expiresAt, type Lease } from '../leases/source.ts';
import type { Utf8 } from '../runtime/utf8.ts';
import { leaseLabels } from './labels.ts';
import { type FoundLease, leaseName, leaseVersion, timestamp, uidOf } from './lease.ts';
import type { Form } from './negotiate.ts';
import { LEASE_API_VERSION, LEASES } from './resource.ts';
import {
  type IncludeObject,
  lifetimeText,
  NEVER,
  NOTHING,
  PARTIAL_METADATA,
  remainingText,
  subnetText,
} from './table.ts';

/** Puts the pieces of a lease's text behind those that are there. */
export type PutLease = (found: FoundLease, pieces: Utf8) => void;

/** @param now Seconds since 1970. */
export const leasePutter = (form: Form, include: IncludeObject, now: number): PutLease => {
  const alikeOf = rememberAlike();
  if (form === 'Metadata') {
    return (found, pieces) => {
      putMetadata(pieces, found, alikeOf(found), shownState(found.lease, now));
    };
  }
  if (form === 'Object') {
    return (found, pieces) => {
      putObject(pieces, found, alikeOf(found), shownState(found.lease, now));
    };
  }
  return (found, pieces) => {
    const [alike, state] = [alikeOf(found), shownState(found.lease, now)];
    putCells(pieces, found, alike, state, now);
    if (include !== 'None') pieces.push(',"object":');
    if (include === 'Object') putObject(pieces, found, alike, state);
    if (include === 'Metadata') putMetadata(pieces, found, alike, state);
    pieces.push('}');
  };
};

/** What leases of one subnet have alike. */
interface Alike {
  readonly of: FoundLease;
  readonly family: IPFamily;
  readonly type: LeaseType;
  /** By the state. */
  readonly labels: Map<ShownState, string>;
  /** Members of an object without its braces: of `metadata` those between name and labels, of `spec` those before and after the address. */
  readonly namespace: string;
  readonly kinds: string;
  readonly place: string;
  /** Cells with what stands between them. */
  readonly subnetCell: string;
  readonly kindCells: string;
  readonly placeCells: string;
}

const members = (object: object): string => JSON.stringify(object).slice(1, -1);
const cells = (...texts: readonly string[]): string => `","${texts.map(escaped).join('","')}","`;

/** Leases come in the order of their addresses: nearly always one is alike to that before it. */
const rememberAlike = (): ((found: FoundLease) => Alike) => {
  let last: Alike | undefined;
  return (found) => {
    if (last === undefined || !areAlike(last, found)) last = alikeTo(found);
    return last;
  };
};

const areAlike = ({ of, family, type }: Alike, found: FoundLease): boolean =>
  of.subnet === found.subnet &&
  of.lease.subnetId === found.lease.subnetId &&
  of.sharedNetwork === found.sharedNetwork &&
  of.pair === found.pair &&
  of.namespace === found.namespace &&
  type === leaseType(found.lease) &&
  family === ipFamilyOf(familyOfText(found.lease.address));

const alikeTo = (found: FoundLease): Alike => {
  const { namespace, pair: haPair, subnet, sharedNetwork, lease } = found;
  const { subnetId } = lease;
  const [ipFamily, type] = [ipFamilyOf(familyOfText(lease.address)), leaseType(lease)];
  return {
    of: found,
    family: ipFamily,
    type,
    labels: new Map(),
    namespace: members({ namespace }),
    kinds: members({ ipFamily, type }),
    place: members({ haPair, subnet, sharedNetwork, subnetId }),
    subnetCell: cells(subnetText(found)),
    kindCells: cells(ipFamily, type),
    placeCells: cells(haPair, sharedNetwork ?? NOTHING),
  };
};

const labelsOf = ({ labels }: Alike, found: FoundLease, state: ShownState): string => {
  const known = labels.get(state);
  if (known !== undefined) return known;
  const text = JSON.stringify(leaseLabels(found, state));
  labels.set(state, text);
  return text;
};

const OBJECT = members({ apiVersion: LEASE_API_VERSION, kind: LEASES.kind });
const PARTIAL = members(PARTIAL_METADATA);

const putMetadata = (pieces: Utf8, found: FoundLease, alike: Alike, state: ShownState): void => {
  pieces.push('{', PARTIAL, ',"metadata":');
  putMeta(pieces, found, alike, state);
  pieces.push('}');
};

const putMeta = (pieces: Utf8, found: FoundLease, alike: Alike, state: ShownState): void => {
  const name = leaseName(found.lease);
  pieces.push('{"name":"', escaped(name), '",', alike.namespace, ',"labels":', labelsOf(alike, found, state));
  pieces.push(',"uid":"', uidOf(found.namespace, found.pair, name));
  pieces.push('","resourceVersion":"', leaseVersion(found.lease, state), '"}');
};

const putObject = (pieces: Utf8, found: FoundLease, alike: Alike, state: ShownState): void => {
  const { lease } = found;
  const expires = expiresAt(lease);
  pieces.push('{', OBJECT, ',"metadata":');
  putMeta(pieces, found, alike, state);
  pieces.push(',"spec":{', alike.kinds, ',"address":"', escaped(lease.address), '",');
  if (lease.prefixLength !== undefined) pieces.push('"prefixLength":', String(lease.prefixLength), ',');
  pieces.push(alike.place);
  putClient(pieces, lease);
  if (isMore(found)) pieces.push(',', moreOf(found));
  if (lease.preferredLifetime !== undefined) pieces.push(',"preferredLifetime":', String(lease.preferredLifetime));
  pieces.push(',"validLifetime":', String(lease.validLifetime), '},"status":{"state":"', state);
  if (expires !== undefined) pieces.push('","expires":"', timestamp(expires));
  pieces.push('","lastTransaction":"', timestamp(lease.cltt), '"}}');
};

const putClient = (pieces: Utf8, lease: Lease): void => {
  const { hwAddress, clientId, duid, iaid, hostname, fqdnForward, fqdnReverse } = lease;
  if (hwAddress !== undefined) pieces.push(',"hwAddress":"', escaped(hwAddress), '"');
  if (clientId !== undefined) pieces.push(',"clientId":"', escaped(clientId), '"');
  if (duid !== undefined) pieces.push(',"duid":"', escaped(duid), '"');
  if (iaid !== undefined) pieces.push(',"iaid":', String(iaid));
  if (hostname !== undefined) pieces.push(',"hostname":"', escaped(hostname), '"');
  if (fqdnForward !== undefined) pieces.push(fqdnForward ? ',"fqdnForward":true' : ',"fqdnForward":false');
  if (fqdnReverse !== undefined) pieces.push(fqdnReverse ? ',"fqdnReverse":true' : ',"fqdnReverse":false');
};

/** What few leases have. */
const isMore = ({ reservation, lease }: FoundLease): boolean =>
  (reservation ?? lease.relayId ?? lease.remoteId ?? lease.userContext) !== undefined;
const moreOf = ({ reservation, lease: { relayId, remoteId, userContext } }: FoundLease): string =>
  members({ reservation, relayId, remoteId, userContext });

const putCells = (pieces: Utf8, found: FoundLease, alike: Alike, state: ShownState, now: number): void => {
  const { lease, reservation } = found;
  const { hwAddress, hostname, clientId, duid, iaid, validLifetime } = lease;
  const expires = expiresAt(lease);
  pieces.push('{"cells":["', escaped(leasedText(lease)), '","', escaped(hwAddress ?? NOTHING));
  pieces.push('","', escaped(hostname ?? NOTHING), alike.subnetCell, state, '","');
  pieces.push(expires === undefined ? NEVER : remainingText(expires - now), alike.kindCells);
  pieces.push(
    escaped(clientId ?? duid ?? NOTHING),
    '","',
    iaid === undefined ? NOTHING : String(iaid),
    alike.placeCells,
  );
  pieces.push(escaped(reservation ?? NOTHING), '","', lifetimeText(validLifetime), '","');
  pieces.push(expires === undefined ? NEVER : timestamp(expires), '"]');
};

/** What JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Text as it stands between the quotes: clients call themselves what they like. */
const escaped = (text: string): string => (PLAIN.test(text) ? text : JSON.stringify(text).slice(1, -1));

/**
 * Leases of a list as JSON: the very text that JSON.stringify has of `leaseObject`, `partialMetadata` and `tableRow`, which say what is in it. A list is
 * text from end to end, of a million leases: an object of each, only to be written, took 4.3 KB of memory and, with the time to collect it, as long as all
 * else that is done with a lease. Here what many leases have alike is written once, and a lease is that with its own words between.
 */
import { leasedText } from '../kea/address.ts';
import { familyOfText, type IPFamily, ipFamilyOf } from '../kea/families.ts';
import { type LeaseType, leaseType } from '../leases/selection.ts';
import { type ShownState, shownState } from '../leases/shownState.ts';
import { expiresAt, type Lease } from '../leases/source.ts';
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

/** The text of a lease. */
export type LeaseText = (found: FoundLease) => string;

/** @param now Seconds since 1970. */
export const leaseTextIn = (form: Form, include: IncludeObject, now: number): LeaseText => {
  const alikeOf = rememberAlike();
  if (form === 'Metadata') return (found) => metadataText(found, alikeOf(found), shownState(found.lease, now));
  if (form === 'Object') return (found) => objectText(found, alikeOf(found), shownState(found.lease, now));
  return (found) => {
    const [alike, state] = [alikeOf(found), shownState(found.lease, now)];
    const cells = cellsText(found, alike, state, now);
    switch (include) {
      case 'None':
        return `${cells}}`;
      case 'Metadata':
        return `${cells},"object":${metadataText(found, alike, state)}}`;
      case 'Object':
        return `${cells},"object":${objectText(found, alike, state)}}`;
    }
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

const metadataText = (found: FoundLease, alike: Alike, state: ShownState): string =>
  `{${PARTIAL},"metadata":${metaText(found, alike, state)}}`;

const metaText = (found: FoundLease, alike: Alike, state: ShownState): string => {
  const name = leaseName(found.lease);
  const uid = uidOf(found.namespace, found.pair, name);
  return `{"name":"${escaped(name)}",${alike.namespace},"labels":${labelsOf(alike, found, state)},"uid":"${uid}","resourceVersion":"${leaseVersion(found.lease, state)}"}`;
};

const objectText = (found: FoundLease, alike: Alike, state: ShownState): string => {
  const { lease } = found;
  const { address, prefixLength, preferredLifetime, validLifetime, cltt } = lease;
  const length = prefixLength === undefined ? '' : `"prefixLength":${prefixLength},`;
  const more = isMore(found) ? `,${moreOf(found)}` : '';
  const preferred = preferredLifetime === undefined ? '' : `,"preferredLifetime":${preferredLifetime}`;
  const spec = `${alike.kinds},"address":"${escaped(address)}",${length}${alike.place}${clientText(lease)}${more}${preferred},"validLifetime":${validLifetime}`;
  const expires = expiresAt(lease);
  const end = expires === undefined ? '' : `","expires":"${timestamp(expires)}`;
  return `{${OBJECT},"metadata":${metaText(found, alike, state)},"spec":{${spec}},"status":{"state":"${state}${end}","lastTransaction":"${timestamp(cltt)}"}}`;
};

const clientText = (lease: Lease): string => {
  const { hwAddress, clientId, duid, iaid, hostname, fqdnForward, fqdnReverse } = lease;
  let text = '';
  if (hwAddress !== undefined) text += `,"hwAddress":"${escaped(hwAddress)}"`;
  if (clientId !== undefined) text += `,"clientId":"${escaped(clientId)}"`;
  if (duid !== undefined) text += `,"duid":"${escaped(duid)}"`;
  if (iaid !== undefined) text += `,"iaid":${iaid}`;
  if (hostname !== undefined) text += `,"hostname":"${escaped(hostname)}"`;
  if (fqdnForward !== undefined) text += fqdnForward ? ',"fqdnForward":true' : ',"fqdnForward":false';
  if (fqdnReverse !== undefined) text += fqdnReverse ? ',"fqdnReverse":true' : ',"fqdnReverse":false';
  return text;
};

/** What few leases have. */
const isMore = ({ reservation, lease }: FoundLease): boolean =>
  (reservation ?? lease.relayId ?? lease.remoteId ?? lease.userContext) !== undefined;
const moreOf = ({ reservation, lease: { relayId, remoteId, userContext } }: FoundLease): string =>
  members({ reservation, relayId, remoteId, userContext });

/** A row without the brace that ends it. */
const cellsText = (found: FoundLease, alike: Alike, state: ShownState, now: number): string => {
  const { lease, reservation } = found;
  const { hwAddress, hostname, clientId, duid, iaid, validLifetime } = lease;
  const expires = expiresAt(lease);
  const left = expires === undefined ? NEVER : remainingText(expires - now);
  const end = expires === undefined ? NEVER : timestamp(expires);
  const client = `${escaped(clientId ?? duid ?? NOTHING)}","${iaid ?? NOTHING}`;
  return `{"cells":["${escaped(leasedText(lease))}","${escaped(hwAddress ?? NOTHING)}","${escaped(hostname ?? NOTHING)}${alike.subnetCell}${state}","${left}${alike.kindCells}${client}${alike.placeCells}${escaped(reservation ?? NOTHING)}","${lifetimeText(validLifetime)}","${end}"]`;
};

/** What JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Text as it stands between the quotes: clients call themselves what they like. */
const escaped = (text: string): string => (PLAIN.test(text) ? text : JSON.stringify(text).slice(1, -1));

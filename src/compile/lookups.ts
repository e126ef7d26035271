/**
 * How far servers look for reservations of a subnet. Each lookup is a question to the database for a packet, so that they look no further than there
 * can be one: `reservations-in-subnet` is false where a subnet has none, and `reservations-out-of-pool` true where none has an address of a pool. Only
 * where nobody has set these keywords; the row's marker tells which of them were derived.
 */
import { makeMarker, type Owner } from '../kea/digest.ts';
import { HostMap, type HostPart } from '../kea/partedMap.ts';
import {
  DERIVED_KEYWORDS,
  type DerivedKeyword,
  type HostBody,
  hostKey,
  type Item,
  reservedIn,
  type SubnetBody,
  withoutDerived,
} from '../kea/state.ts';
import type { Steps } from '../kea/steps.ts';
import { type Home, type Homes, poolAt } from './homes.ts';
import { reservedBy } from './hosts.ts';
import { inherited, type InheritedLevel } from './inherit.ts';
import { Cell, entryOf, prune, SLICE } from './memory.ts';
import type { CompilePass } from './pass.ts';
import type { ForeignHosts } from './rows.ts';

/** Greater numbers look further. */
const NOT_AT_ALL = 0;
/** By the client's identifiers, but not by each address that is given out. */
const BY_CLIENT = 1;
const BY_ADDRESS = 2;
type Lookup = typeof NOT_AT_ALL | typeof BY_CLIENT | typeof BY_ADDRESS;

/** What is to stand in a row for the lookups of its subnet. @param levels What users have set, of the subnet, its network and the pair. */
const derive = (levels: readonly InheritedLevel[], lookup: Lookup): Partial<Record<DerivedKeyword, boolean>> => {
  const inSubnet = inherited(levels, 'reservations-in-subnet');
  if (inSubnet === false) return {};
  if (lookup === NOT_AT_ALL && inSubnet === undefined) return { 'reservations-in-subnet': false };
  if (lookup === BY_ADDRESS || inherited(levels, 'reservations-out-of-pool') !== undefined) return {};
  return { 'reservations-out-of-pool': true };
};

/** How far the servers look that read the row. */
const lookupOf = ({ marker }: Item<SubnetBody>): Lookup => {
  if (marker?.derived?.includes('reservations-in-subnet')) return NOT_AT_ALL;
  return marker?.derived?.includes('reservations-out-of-pool') ? BY_CLIENT : BY_ADDRESS;
};

const withLookup = (item: Item<SubnetBody>, levels: readonly InheritedLevel[], lookup: Lookup): Item<SubnetBody> => {
  if (!item.marker) return item;
  const fields = derive(levels, lookup);
  if (keywordsOf(fields).join() === (item.marker.derived ?? []).join()) return item;
  return derivedItem(item.marker, withoutDerived(item), fields);
};

const keywordsOf = (fields: Partial<Record<DerivedKeyword, boolean>>): readonly DerivedKeyword[] =>
  DERIVED_KEYWORDS.filter((keyword) => fields[keyword] !== undefined);

const derivedItem = (owner: Owner, said: SubnetBody, fields: ReturnType<typeof derive>): Item<SubnetBody> => {
  const body = { ...said, ...fields };
  const marker = makeMarker(owner, body);
  const derived = keywordsOf(fields);
  return { body, marker: derived.length === 0 ? marker : { ...marker, derived } };
};

/** The row of a Subnet of which no reservation is known. */
export const itemWithoutLookups = (
  owner: Owner,
  said: SubnetBody,
  levels: readonly InheritedLevel[],
): Item<SubnetBody> => derivedItem(owner, said, derive(levels, NOT_AT_ALL));

/**
 * Lets servers look as far as the reservations of each subnet ask for: those that are desired, and those that the database has, whoever wrote them. A
 * subnet that was looked further in stays so until lookups are dropped: its last reservation may come again at once.
 */
export function* settleLookups(pass: CompilePass, homes: Homes): Steps<void> {
  const desired = HostMap.of(pass.hosts);
  const owned = pass.memory.hosts.last ?? desired;
  let looked = 0;
  for (const [id, item] of pass.subnets) {
    if (looked++ % SLICE === 0) yield;
    const home = item.marker && homes.of(item.marker.object);
    if (!home) continue;
    const settled = withLookups(pass, id, item, home, desired.parts.get(id), owned.parts.get(id));
    if (settled !== item) pass.subnets.set(id, settled);
  }
  prune(pass.memory.lookups, pass.subnets);
}

/** The row of a subnet with the lookups that its reservations ask for: those that are desired, and those in the database. */
export const withLookups = (
  { surroundings, memory, rows: index }: CompilePass,
  id: number,
  item: Item<SubnetBody>,
  home: Home,
  desired: HostPart | undefined,
  owned: HostPart | undefined,
): Item<SubnetBody> => {
  const { rows, dropsLookups } = surroundings;
  const row = rows.owned.subnets.get(id);
  const before = dropsLookups || row === undefined ? NOT_AT_ALL : lookupOf(row);
  const foreign = index.foreignHosts(id);
  const cell = entryOf(memory.lookups, id, () => new Cell());
  return cell.of([item, home, before, desired, owned, foreign], () => {
    const lookup = Math.max(neededLookup(home, desired, owned, foreign), before) as Lookup;
    return withLookup(item, home.levels, lookup);
  });
};

/** What the reservations of a subnet ask for. */
const neededLookup = (
  home: Home,
  desired: HostPart | undefined,
  owned: HostPart | undefined,
  foreign: ForeignHosts | undefined,
): Lookup => {
  const bodies = [...(desired?.values() ?? []), ...(owned?.values() ?? [])].map(({ body }) => body);
  const all = bodies.concat(foreign?.hosts ?? []);
  // A row that is to be another one is not looked up as it was.
  const left = all.filter((host, index) => index < (desired?.size ?? 0) || desired?.has(hostKey(host)) !== true);
  if (left.length === 0) return NOT_AT_ALL;
  return left.some((host) => isInPool(home, host)) ? BY_ADDRESS : BY_CLIENT;
};

/** What cannot be read may be in a pool. */
const isInPool = (home: Home, host: HostBody): boolean => {
  const reserved = reservedBy(host);
  return (
    reserved.length < reservedIn(host).length ||
    reserved.some(({ range, isPrefix }) => poolAt(home, range, isPrefix) !== undefined)
  );
};

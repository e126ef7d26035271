import { parsePrefix, parseRange, type Prefix, rangeSet, type RangeSet } from '../kea/address.ts';
import { type ObjectRef, type SubnetBody, withoutDerived } from '../kea/state.ts';
import { inherited, type Level } from './inherit.ts';
import { networkLevel } from './networks.ts';
import { nameOf } from './objects.ts';
import type { Turn } from './turn.ts';

/** A Subnet as its reservations see it: its row in effect, the new one or the one that is kept. */
export interface Home {
  /** For people. */
  readonly name: string;
  readonly prefix: Prefix;
  /** By address, the pool as Kea spells it. */
  readonly pools: RangeSet<string>;
  /** Of the subnet, of its network, of the pair. */
  readonly levels: readonly Level[];
}

export interface Homes {
  /** Undefined for a Subnet that has no row in effect. */
  of(subnet: ObjectRef): Home | undefined;
  /** The Subnet of the pair whose prefix holds the address. */
  around(address: bigint): Home | undefined;
  readonly someLookUpGlobals: () => boolean;
}

export function homesOf(turn: Turn): Homes {
  const bodies = new Map<ObjectRef, Omit<SubnetBody, 'id'>>(turn.waiting);
  for (const item of turn.subnets.values()) if (item.marker) bodies.set(item.marker.object, withoutDerived(item));
  const known = new Map<ObjectRef, Home | undefined>();
  const of = (ref: ObjectRef): Home | undefined => {
    if (!known.has(ref)) known.set(ref, homeOf(turn, ref, bodies.get(ref)));
    return known.get(ref);
  };
  let all: RangeSet<Home> | undefined;
  return {
    of,
    around(address) {
      all ??= setOf([...bodies.keys()].map(of).filter((home) => home !== undefined));
      return all.find(address);
    },
    someLookUpGlobals: () =>
      looksUpGlobals([turn.facts.globals]) || [...bodies.keys()].some((ref) => looksUpGlobals(of(ref)?.levels ?? [])),
  };
}

export const looksUpGlobals = (levels: readonly Level[]): boolean => inherited(levels, 'reservations-global') === true;

function setOf(homes: readonly Home[]): RangeSet<Home> {
  const set = rangeSet<Home>();
  for (const home of homes) set.add(home.prefix, home);
  return set;
}

function homeOf(turn: Turn, ref: ObjectRef, body: Omit<SubnetBody, 'id'> | undefined): Home | undefined {
  const prefix = body && parsePrefix(body.subnet);
  if (!prefix) return undefined;
  const pools = rangeSet<string>();
  for (const { pool } of body.pools ?? []) {
    const range = parseRange(pool);
    if (range) pools.add(range, pool);
  }
  return { name: nameOf(ref), prefix, pools, levels: levelsOf(turn, ref, body) };
}

/** Of a Subnet with this body, of its network, of the pair. */
export function levelsOf(turn: Turn, ref: ObjectRef, body: Omit<SubnetBody, 'id'>): readonly Level[] {
  const network = networkLevel(turn, body['shared-network-name'] ?? '');
  return [{ name: nameOf(ref), fields: body }, ...(network ? [network] : []), turn.facts.globals];
}

/** Subnets as their reservations see them. */
import {
  compareAddresses,
  parseRange,
  type Prefix,
  prefixIn,
  type Range,
  type RangeSet,
  rangeSet,
} from '../kea/address.ts';
import { compareText } from '../kea/canonical.ts';
import { type Item, type ObjectRef, type SubnetBody, withoutDerived } from '../kea/state.ts';
import { inherited, type InheritedLevel } from './inherit.ts';
import { Cell, entryOf, prune } from './memory.ts';
import { networkLevel } from './networks.ts';
import { nameOf } from './objects.ts';
import type { CompilePass } from './pass.ts';
import { delegatedBy } from './pdPools.ts';

/** A Subnet as its reservations see it: its row in effect, the new one or the one that is kept. */
export interface Home {
  /** For people. */
  readonly name: string;
  readonly prefix: Prefix;
  /** By address, the pool as Kea spells it. */
  readonly pools: RangeSet<string>;
  /** By address, the prefix out of which prefixes are delegated. */
  readonly pdPools: RangeSet<string>;
  readonly delegated: readonly Prefix[];
  /** Of the subnet, of its network, of the pair. */
  readonly levels: readonly InheritedLevel[];
}

export interface Homes {
  /** Undefined for a Subnet that has no row in effect. */
  of(subnet: ObjectRef): Home | undefined;
  /** The Subnet of the pair whose prefix holds the address. */
  around(address: bigint): Home | undefined;
  readonly someLookUpGlobals: () => boolean;
  /** Another one where any of them is another than in the last pass. */
  version(): unknown;
}

export const homesOf = (pass: CompilePass): Homes => {
  const { memory } = pass;
  const homes = new Map<ObjectRef, Home>();
  const cellOf = (ref: ObjectRef): HomeCell =>
    memory.subnets.get(ref)?.home ?? entryOf(memory.homes, ref, () => new Cell());
  for (const [ref, body] of pass.waiting) {
    const home = homeIn(pass, cellOf(ref), ref, { body });
    if (home) homes.set(ref, home);
  }
  for (const item of pass.subnets.values()) {
    const ref = item.marker?.object;
    const home = ref === undefined ? undefined : homeIn(pass, cellOf(ref), ref, item);
    if (ref !== undefined && home) homes.set(ref, home);
  }
  prune(memory.homes, homes);
  let all: RangeSet<Home> | undefined;
  return {
    of: (ref) => homes.get(ref),
    around(address) {
      all ??= setOf(homes.values());
      return all.find(address);
    },
    someLookUpGlobals: () =>
      looksUpGlobals([pass.facts.globals]) || homes.values().some(({ levels }) => looksUpGlobals(levels)),
    version: () => {
      const before = memory.lastHomes;
      const isSame = before.size === homes.size && homes.entries().every(([ref, home]) => before.get(ref) === home);
      if (!isSame) memory.lastHomes = homes;
      return memory.lastHomes;
    },
  };
};

type HomeCell = Cell<Home | undefined>;

/** The home that a row makes, with whatever was derived in it. */
export const homeIn = (
  pass: CompilePass,
  cell: HomeCell,
  ref: ObjectRef,
  row: Item<Omit<SubnetBody, 'id'>>,
): Home | undefined => {
  const network = row.body['shared-network-name'];
  const level = network === undefined ? undefined : networkLevel(pass, network);
  // A row of which only the body is known is made anew each time.
  const inputs = [row.marker ? row : row.body, level, pass.facts.globals];
  return cell.of(inputs, () => homeOf(pass, ref, withoutDerived(row)));
};

/** The pool that gives out a part of what is kept for a client, as Kea spells it: addresses and prefixes have pools of their own. */
export const poolAt = ({ pools, pdPools }: Home, range: Range, isPrefix: boolean): string | undefined =>
  (isPrefix ? pdPools : pools).overlapping(range);

export const looksUpGlobals = (levels: readonly InheritedLevel[]): boolean =>
  inherited(levels, 'reservations-global') === true;

/** Rows that are kept may overlap: the widest stands for all, of equals the first by name, in whatever order they came. */
const setOf = (homes: Iterable<Home>): RangeSet<Home> => {
  const set = rangeSet<Home>();
  for (const home of [...homes].sort(byPlace)) set.add(home.prefix, home);
  return set;
};

const byPlace = (a: Home, b: Home): number =>
  compareAddresses(a.prefix.first, b.prefix.first) ||
  compareAddresses(b.prefix.last, a.prefix.last) ||
  compareText(a.name, b.name);

const homeOf = (pass: CompilePass, ref: ObjectRef, body: Omit<SubnetBody, 'id'>): Home | undefined => {
  const prefix = prefixIn(body.subnet);
  if (!prefix) return undefined;
  const pools = rangeSet<string>();
  for (const { pool } of body.pools ?? []) {
    const range = parseRange(prefix.of, pool);
    if (range) pools.add(range, pool);
  }
  const delegated = delegatedBy(body).map((one) => one.prefix);
  const pdPools = rangeSet<string>();
  for (const one of delegated) pdPools.add(one, one.text);
  return { name: nameOf(ref), prefix, pools, pdPools, delegated, levels: levelsOf(pass, ref, body) };
};

/** Of a Subnet with this body, of its network, of the pair. */
export const levelsOf = (
  pass: CompilePass,
  ref: ObjectRef,
  body: Omit<SubnetBody, 'id'>,
): readonly InheritedLevel[] => {
  const network = networkLevel(pass, body['shared-network-name'] ?? '');
  return [{ name: nameOf(ref), fields: body }, ...(network ? [network] : []), pass.facts.globals];
};

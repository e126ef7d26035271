/** Addresses that somebody has already: a pool that holds one gives it to a client all the same, as Kea knows of none of them. */
import { globalsFieldOf } from '../api/families.ts';
import { type Addressing, addressingOf, compareAddresses, type Range } from '../kea/address.ts';
import type { KeaState } from '../kea/kinds.ts';
import { knownOptions } from '../kea/knownOptions.ts';
import { parseOptions } from '../kea/options.ts';
import { HostMap } from '../kea/partedMap.ts';
import { reservedIn } from '../kea/state.ts';
import { areSame, BY, NamedAddresses, namedIn, routersIn } from './named.ts';
import type { Attempt } from './types.ts';

export interface Taken {
  readonly address: bigint;
  /** Who has it, for people. */
  readonly by: string;
}

/** What is taken in the prefixes of a pair: by its servers, by routers that any of its objects names, and by relay agents. */
export interface TakenAddresses {
  /** In ascending order; without those that a reservation in the subnet keeps from others. */
  within(of: Addressing, range: Range, subnetId: number | undefined): readonly Taken[];
}

/** Rows, and what they name. */
export interface NamedRows {
  readonly desired: KeaState;
  readonly named: NamedAddresses;
}

export const namedRows = (desired: KeaState): NamedRows => ({ desired, named: new NamedAddresses(desired) });

/**
 * The same of other rows, and the addresses that are named otherwise by them.
 * @param ids Subnets of which row or reservations may be others. All else is as it was.
 */
export const namedRowsAfter = (
  { desired: before, named }: NamedRows,
  desired: KeaState,
  ids: Iterable<number>,
): NamedRows & { readonly changed: readonly bigint[] } => {
  const changed: bigint[] = [];
  for (const id of ids) {
    const [was, is] = [namedIn(before, id), namedIn(desired, id)];
    if (areSame(was, is)) continue;
    named.add(is);
    named.remove(was);
    for (const { address } of [...was, ...is]) changed.push(address);
  }
  return { desired, named, changed };
};

/** @param rows Those that are desired. */
export const takenAddresses = (
  attempt: Attempt,
  rows = attempt.compiled && namedRows(attempt.compiled.desired),
): TakenAddresses => {
  const own = ownAddresses(attempt);
  const parts = rows && HostMap.of(rows.desired.hosts).parts;
  const isReserved = (of: Addressing, subnetId: number, address: bigint): boolean => {
    const text = of.format(address);
    return (
      parts
        ?.get(subnetId)
        ?.values()
        .some(({ body }) => reservedIn(body).includes(text)) === true
    );
  };
  return {
    within: (of, range, subnetId) => {
      const named = rows?.named.within(range) ?? [];
      const others = named.flatMap(({ address, by }) => (own.has(address) ? [] : [{ address, by: BY[by] }]));
      const ours = [...own].flatMap(([address, by]) =>
        range.first <= address && address <= range.last ? [{ address, by }] : [],
      );
      const found: readonly Taken[] =
        ours.length === 0 ? others : [...ours, ...others].sort((a, b) => compareAddresses(a.address, b.address));
      return subnetId === undefined ? found : found.filter(({ address }) => !isReserved(of, subnetId, address));
    },
  };
};

/** Those of the pair as a whole: of its servers, and routers of all its subnets. */
export const ownAddresses = ({
  snapshot,
  compiled,
  servers,
  ownAddresses: addresses,
}: Attempt): ReadonlyMap<bigint, string> => {
  const taken = new Map<bigint, string>();
  const take = (address: bigint | undefined, by: string): void => {
    if (address !== undefined && !taken.has(address)) taken.set(address, by);
  };
  for (const { name, address = '' } of servers) take(addressingOf(address).parse(address.trim()), `server ${name}`);
  for (const [name, texts] of addresses ?? [])
    for (const text of texts) take(addressingOf(text).parse(text.trim()), `server ${name}`);
  const { spec, family } = snapshot;
  const known = compiled?.known ?? knownOptions(family);
  const globals = 'spec' in spec ? parseOptions(known, spec.spec[globalsFieldOf(family)].optionData ?? []) : undefined;
  if (globals?.ok === true) for (const { address, by } of routersIn(globals.options)) take(address, BY[by]);
  return taken;
};

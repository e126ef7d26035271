/** The order of client classes: Kea looks at one after another, and knows of a class only what stands before it. */
import { compareText } from './canonical.ts';
import { membersIn } from './classTokens.ts';

/** Classes that Kea itself puts clients into: they need no definition, and can have no test. */
const BUILT_IN = ['ALL', 'KNOWN', 'UNKNOWN', 'BOOTP'];
/** Kea looks whether there is a reservation after it has looked at most classes. */
export const BY_LOOKUP = ['KNOWN', 'UNKNOWN'];
/** Beginnings of the names of classes that Kea and its hooks make: of vendor classes, of servers of an HA pair, of time, of programs. */
const GENERATED = ['VENDOR_CLASS_', 'HA_', 'AFTER_', 'EXTERNAL_'];
/** Classes that mean something to Kea, and that hooks may put clients into where nobody defines them. */
const SPECIAL = ['DROP', 'SKIP_DDNS'];
/** Of classes that templates make. Kea asks for a definition of them. */
const SPAWNED = 'SPAWN_';

export const isBuiltIn = (name: string): boolean => BUILT_IN.includes(name);

/** Whether there may be clients in a class that nobody defines. */
export const needsNoDefinition = (name: string): boolean =>
  isBuiltIn(name) || SPECIAL.includes(name) || isGenerated(name);

/** Whether Kea makes names like it. */
export const isGenerated = (name: string): boolean =>
  [...GENERATED, SPAWNED].some((start) => name.length > start.length && name.startsWith(start));

/** What the place of a class hangs on. */
export interface ClassToOrder {
  readonly name: string;
  readonly test?: string;
  /** What the user says of its place among those that it does not hang on. Left out: 0. */
  readonly order?: number;
}

export interface ClassOrder {
  /** Those that have a place, in their order: after the classes that their tests ask for, then by `order`, then by name. */
  readonly names: readonly string[];
  /** Of each that can have no place the classes that ask for one another, in turn, and for the first again. */
  readonly cycles: ReadonlyMap<string, readonly string[]>;
  /** Classes that a test asks for and that are nowhere, by the class with the test. */
  readonly unknown: ReadonlyMap<string, readonly string[]>;
  /** Those that Kea can look at only when it knows whether the client has a reservation: their rows have to say so. */
  readonly dependOnKnown: ReadonlySet<string>;
}

/** @param reserved Classes that reservations put their clients into. */
export const orderClasses = (
  classes: readonly ClassToOrder[],
  reserved: ReadonlySet<string> = new Set(),
): ClassOrder => {
  const members = new Map(classes.map(({ name, test }) => [name, membersIn(test ?? '')]));
  const parentsOf = (name: string): readonly string[] => (members.get(name) ?? []).filter((one) => members.has(one));
  const waiting = classes.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0) || compareText(a.name, b.name));
  const placed = new Set<string>();
  for (;;) {
    const next = waiting.findIndex(({ name }) => parentsOf(name).every((parent) => placed.has(parent)));
    const [found] = next < 0 ? [] : waiting.splice(next, 1);
    if (found === undefined) break;
    placed.add(found.name);
  }
  const dependOnKnown = new Set<string>();
  for (const name of placed) {
    const asked = members.get(name) ?? [];
    if (asked.some((one) => BY_LOOKUP.includes(one) || reserved.has(one) || dependOnKnown.has(one)))
      dependOnKnown.add(name);
  }
  const unknown = [...members].flatMap(([name, asked]) => {
    const missing = asked.filter((one) => !members.has(one) && !needsNoDefinition(one));
    return missing.length === 0 ? [] : [[name, missing] as const];
  });
  const cycles = waiting.map(
    ({ name }) => [name, cycleFrom(name, (one) => parentsOf(one).find((parent) => !placed.has(parent)))] as const,
  );
  return { names: [...placed], cycles: new Map(cycles), unknown: new Map(unknown), dependOnKnown };
};

/** The cycle that a class leads to, from one to the next. */
const cycleFrom = (start: string, next: (name: string) => string | undefined): readonly string[] => {
  const path = new Set<string>();
  let name: string | undefined = start;
  while (name !== undefined && !path.has(name)) {
    path.add(name);
    name = next(name);
  }
  const names = [...path];
  return name === undefined ? names : names.slice(names.indexOf(name));
};

/** Between two places, so that a class can come between others without moving them. */
const GAP = 1024;

/**
 * Numbers for the places of classes, ascending and each once. As many as can be keep the number that they have, as each other number is a row that is
 * written; where there is no room between two, all get new ones.
 * @param known The numbers that they have.
 * @param taken Numbers of classes that are somebody else's: Kea cannot read two classes at one place.
 */
export const placesFor = (
  names: readonly string[],
  known: ReadonlyMap<string, number> = new Map(),
  taken: ReadonlySet<number> = new Set(),
): ReadonlyMap<string, number> => {
  const kept = new Set(longestAscending(names, known, taken));
  const places = new Map<string, number>();
  let last = 0;
  for (const [index, name] of names.entries()) {
    const place = kept.has(name) ? known.get(name) : between(last, nextOf(names, index, kept, known), taken);
    if (place === undefined) return known.size === 0 ? places : placesFor(names, new Map(), taken);
    places.set(name, place);
    last = place;
  }
  return places;
};

const nextOf = (
  names: readonly string[],
  index: number,
  kept: ReadonlySet<string>,
  known: ReadonlyMap<string, number>,
): number | undefined => {
  const next = names.slice(index).find((name) => kept.has(name));
  return next === undefined ? undefined : known.get(next);
};

/** A free number after one and before another; undefined: there is none. */
const between = (last: number, next: number | undefined, taken: ReadonlySet<number>): number | undefined => {
  const middle = next === undefined ? last + GAP : Math.floor((last + next) / 2);
  for (let place = Math.max(middle, last + 1); next === undefined || place < next; place++) {
    if (!taken.has(place)) return place;
  }
  return undefined;
};

/** The most names whose numbers ascend, of those that have one to themselves. */
const longestAscending = (
  names: readonly string[],
  known: ReadonlyMap<string, number>,
  taken: ReadonlySet<number>,
): readonly string[] => {
  const placed = names.flatMap((name) => {
    const place = known.get(name);
    return place === undefined || place < 1 || taken.has(place) ? [] : [{ name, place }];
  });
  /** Of each length the last of the best chain that is so long: the one with the least place. */
  const chains: Chain[] = [];
  for (const { name, place } of placed) {
    const found = chains.findIndex((chain) => chain.place >= place);
    const at = found < 0 ? chains.length : found;
    const before = chains[at - 1];
    chains[at] = { name, place, ...(before === undefined ? {} : { before }) };
  }
  const kept: string[] = [];
  for (let chain = chains.at(-1); chain !== undefined; chain = chain.before) kept.push(chain.name);
  return kept;
};

interface Chain {
  readonly name: string;
  readonly place: number;
  readonly before?: Chain;
}

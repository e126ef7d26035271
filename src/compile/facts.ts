/** What is known of a pair for all of its objects, and what is asked of them by it. */
import { globalsFieldOf } from '../api/families.ts';
import type { HAPairSpec } from '../api/haPair.ts';
import { scopesOf } from '../api/roles.ts';
import { interfaceOf } from '../api/stored.ts';
import { equalBodies } from '../kea/canonical.ts';
import { noSuchClass } from '../kea/classRules.ts';
import { ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import { guardProblem, type Referable } from '../kea/globalOptions.ts';
import { knownOptions } from '../kea/knownOptions.ts';
import type { OptionInput } from '../kea/options.ts';
import type { ClassDefinition, IdentifierType, NetworkPart } from '../kea/state.ts';
import { globalsOf, type InheritedLevel } from './inherit.ts';
import { awaiting, isDeleting, reject } from './objects.ts';
import type { Rejection, Sharing, Snapshot } from './types.ts';

/** A client needs one of a half's classes: there are several while a server takes another's place. */
export type Halves = readonly [primary: readonly string[], secondary: readonly string[]];

/** What others refer to by name. */
export interface Named {
  /** Client classes that clients can be in: those that rows define, and those that reservations give, defined or not. */
  readonly classes: readonly string[];
  /** The pair's own, of options. */
  readonly definitions: readonly ClassDefinition[];
}

/** What checks have to know of the pair. */
export interface PairFacts extends Referable {
  /** All that they were made of. */
  readonly source: Named;
  readonly spec: HAPairSpec;
  readonly family: Family;
  /** Whether the pair serves the family. */
  readonly isServed: boolean;
  /** The field of the specification that the family's globals are in. */
  readonly globalsField: string;
  /** By which reservations are looked up; undefined: by all that the family has. */
  readonly reservationIdentifiers: readonly IdentifierType[] | undefined;
  /** Whether an address or prefix is reserved for one client alone. */
  readonly reservesOnce: boolean;
  readonly globals: InheritedLevel;
  readonly deleting: boolean;
  /** Guard classes of the two halves of a pool, in mode LoadBalancing. */
  readonly halves?: Halves;
}

/** Classes that Kea has by itself (classify section of its manual), and those whose names begin so. */
const BUILT_IN = new Set(['ALL', 'KNOWN', 'UNKNOWN', 'BOOTP', 'DROP', 'SKIP_DDNS']);
const BUILT_IN_PREFIX = /^(VENDOR_CLASS|AFTER|EXTERNAL|SPAWN)_./;

/**
 * @param before Facts of the last pass, which stand where nothing is another.
 */
export const pairFacts = (
  { pair, family, sharing }: Pick<Snapshot, 'pair' | 'family' | 'sharing'>,
  spec: HAPairSpec,
  { classes, definitions }: Named,
  before?: PairFacts,
): PairFacts => {
  const deleting = isDeleting(pair);
  const source = {
    spec,
    family: family.version,
    sharing,
    deleting,
    classes: [...new Set(classes)].sort(),
    definitions,
  };
  if (before && equalBodies(before.source, source)) return before;
  // Kea's HA hook puts every packet into the class of the server that is to answer it.
  const haClasses = spec.mode === 'Standalone' ? [] : spec.servers.map((server) => `HA_${server.name}`);
  const known = new Set([...BUILT_IN, ...haClasses, ...classes]);
  const halves = spec.mode === 'LoadBalancing' ? halvesOf(spec, sharing) : undefined;
  return {
    source,
    spec,
    family,
    isServed: spec.ipFamilies.includes(ipFamilyOf(family)),
    globalsField: globalsFieldOf(family),
    reservationIdentifiers: spec[globalsFieldOf(family)].hostReservationIdentifiers,
    reservesOnce: spec[globalsFieldOf(family)].ipReservationsUnique !== false,
    globals: globalsOf(pair.metadata.name, family, spec),
    deleting,
    known:
      before && equalBodies(before.source.definitions, definitions) ? before.known : knownOptions(family, definitions),
    ...(halves ? { halves } : {}),
    knowsClass: (className) => known.has(className) || BUILT_IN_PREFIX.test(className),
  };
};

/**
 * The classes of Kea's HA hook: each client is in that of the server that it belongs to. Servers that do not share the work yet know none of these
 * classes, and would give no address out of a half; one that is to be replaced knows its own only.
 */
const halvesOf = (spec: HAPairSpec, sharing?: Sharing): Halves | undefined => {
  const [primary, secondary] = scopesOf(spec);
  if (primary === undefined || secondary === undefined || sharing === 'nobody') return undefined;
  const classes = (wanted: string, now: readonly string[] = []): readonly string[] =>
    [...new Set([wanted, ...now])].sort().map((name) => `HA_${name}`);
  return [classes(primary, sharing?.primary), classes(secondary, sharing?.secondary)];
};

/**
 * Rows of a family that no server serves stay as they are, and no new ones come.
 * @param field What says that the object is of the family.
 */
export const checkServed = ({ family, isServed, spec }: PairFacts, field: string): Rejection | undefined => {
  if (isServed) return undefined;
  const wanted = ipFamilyOf(family);
  const message = `${field}: this is of ${wanted}, and the HAPair serves ${spec.ipFamilies.join(' and ')} only: add ${wanted} to ipFamilies of the HAPair`;
  return reject('FamilyNotServed', message);
};

/** What names classes whose clients it is for, or that are to be evaluated for its clients. */
interface Guarded {
  readonly clientClasses?: readonly string[] | undefined;
  readonly evaluateAdditionalClasses?: readonly string[] | undefined;
}

/** @param path Of what names them: `pools[0]`; empty for the object itself. */
export const checkGuards = (facts: PairFacts, path: string, guarded: Guarded): Rejection | undefined => {
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`);
  return (
    checkClasses(facts, at('clientClasses'), guarded.clientClasses) ??
    checkClasses(facts, at('evaluateAdditionalClasses'), guarded.evaluateAdditionalClasses)
  );
};

/** Kea takes a guard that nobody knows in silence, and then serves nobody. */
const checkClasses = (facts: PairFacts, path: string, names: readonly string[] | undefined): Rejection | undefined => {
  const unknown = names?.find((name) => !facts.knowsClass(name));
  if (unknown === undefined) return undefined;
  return awaiting(reject('UnknownClientClass', `${path}: ${noSuchClass(unknown)}`));
};

/** The same of options. @param path Of their list. */
export const checkOptionGuards = (
  facts: PairFacts,
  inputs: readonly OptionInput[],
  path: string,
): Rejection | undefined => {
  const problem = guardProblem(facts, inputs, path);
  return problem === undefined ? undefined : awaiting(reject('UnknownClientClass', problem));
};

/** The servers share their configuration: an interface that one of them has not fails its configuration. */
export const checkInterface = (
  { spec }: PairFacts,
  { interface: name, 'interface-id': id }: Partial<NetworkPart>,
): Rejection | undefined => {
  if (name === undefined) return undefined;
  if (id !== undefined) {
    const message =
      'interface: it is a link of the servers, and interfaceId one of a relay agent: leave one of the two out';
    return reject('InvalidSpec', message);
  }
  const without = spec.servers
    .filter(({ interfaces }) => !interfaces.some((entry) => interfaceOf(entry) === name))
    .map((server) => server.name);
  if (without.length === 0) return undefined;
  const who =
    without.length === spec.servers.length ? 'no server' : `not every server (${without.join(', ')} is missing)`;
  const message = `interface: ${who} of the HAPair listens on ${name}: add it to interfaces in spec.servers of the HAPair, or leave it out and serve these clients by relay`;
  return reject('InterfaceNotServed', message);
};

/** A relay agent of the other family never asks. */
export const checkRelay = ({ family }: PairFacts, addresses: readonly string[] | undefined): Rejection | undefined => {
  const wrong = addresses?.find((text) => family.addressing.parse(text) === undefined);
  if (wrong === undefined) return undefined;
  return reject(
    'FamilyMismatch',
    `relay.ipAddresses: ${wrong} is no address of ${ipFamilyOf(family)}: correct it or leave it out`,
  );
};

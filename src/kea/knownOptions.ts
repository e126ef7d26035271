/** The options that the servers of a pair know: Kea's own of the family, and those that the pair defines. */
import type { Family } from './family.ts';
import { once } from './once.ts';
import type { FieldType, KnownOption, OptionRules } from './optionDefinition.ts';
import { optionDefinitions, optionRules } from './optionTable.ts';
import { type OptionType, recordFields } from './optionType.ts';
import { type ClassDefinition, type OptionData, type OptionDefKey, optionDefKey } from './state.ts';

export interface KnownOptions {
  readonly family: Family;
  readonly rules: OptionRules;
  /** What the pair defines. */
  readonly own: ReadonlyMap<OptionDefKey, ClassDefinition>;
  /** Definitions by space, the pair's before Kea's. */
  readonly definitions: ReadonlyMap<string, readonly KnownOption[]>;
  /**
   * The spaces whose options travel in others, without those of enterprises: each with the options that carry it, Kea's before the pair's. A space
   * comes after those that its own options carry.
   */
  readonly carried: ReadonlyMap<string, readonly Carrier[]>;
  /** The other way round: the space that an option carries. */
  readonly carries: ReadonlyMap<OptionDefKey, string>;
}

/** An option that others travel in. */
export interface Carrier {
  readonly space: string;
  readonly definition: KnownOption;
}

/** What an option is known by. */
export type Which = Pick<OptionData, 'space' | 'code'>;

/** Kea's own, and those that are defined: made once of a list of definitions. */
export const knownOptions = (family: Family, definitions: readonly ClassDefinition[] = NONE): KnownOptions =>
  ofDefinitions(definitions.length === 0 ? NONE : definitions)(family);

const NONE: readonly ClassDefinition[] = [];

const ofDefinitions = once((definitions: readonly ClassDefinition[]) =>
  once((family: Family): KnownOptions => {
    const own = new Map(definitions.map((one) => [optionDefKey(one), one]));
    const known = definitionsOf(family, own);
    const carried = carriedIn(family, own, known);
    const carries = new Map(
      [...carried].flatMap(([space, carriers]) => carriers.map((carrier) => [keyOf(carrier), space] as const)),
    );
    return { family, rules: optionRules(family), own, definitions: known, carried, carries };
  }),
);

const definitionsOf = (family: Family, own: KnownOptions['own']): ReadonlyMap<string, readonly KnownOption[]> => {
  const all = new Map(optionDefinitions(family));
  for (const [space, bodies] of Map.groupBy(own.values(), (body) => body.space)) {
    const kept = (all.get(space) ?? []).filter(({ code }) => !own.has(optionDefKey({ space, code })));
    all.set(space, [...bodies.map((body) => definitionOf(family, body)), ...kept]);
  }
  return all;
};

const FIELDS: Readonly<Record<OptionType, FieldType | undefined>> = {
  empty: undefined,
  binary: 'binary',
  boolean: 'boolean',
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  'ipv4-address': 'ipv4',
  'ipv6-address': 'ipv6',
  'ipv6-prefix': 'prefix',
  psid: 'psid',
  string: 'string',
  tuple: 'tuple',
  fqdn: 'fqdn',
  internal: 'binary',
  record: undefined,
};

/** A definition as it is written, for values. */
const definitionOf = (
  family: Family,
  { code, name, type, array, 'record-types': types = '' }: ClassDefinition,
): KnownOption => ({
  code,
  name,
  fields: (type === 'record' ? (recordFields(types) as OptionType[]) : [type]).flatMap((one) => {
    const field = FIELDS[one];
    return field === 'tuple' && family.version === 4 ? 'shortTuple' : (field ?? []);
  }),
  list: array ?? false,
  group: 1,
  special: false,
});

const keyOf = ({ space, definition: { code } }: Carrier): OptionDefKey => optionDefKey({ space, code });

/** An option that carries a space. */
interface Edge extends Carrier {
  readonly carries: string;
}

const carriedIn = (
  family: Family,
  own: KnownOptions['own'],
  definitions: KnownOptions['definitions'],
): KnownOptions['carried'] => {
  const { containers, nested } = optionRules(family);
  const edge = (carries: string, space: string, code: number): readonly Edge[] => {
    const definition = definitions.get(space)?.find((one) => one.code === code);
    return definition ? [{ carries, space, definition }] : [];
  };
  const keas = [
    ...[...containers].map(([carries, { code }]) => ({ carries, space: family.optionSpace, code })),
    ...[...nested].flatMap(([carries, { code }]) => [...containers.keys()].map((space) => ({ carries, space, code }))),
  ].filter((one) => !own.has(optionDefKey(one)));
  const pairs = [...own.values()].flatMap((body) =>
    canCarry(family, body) ? [{ carries: body.encapsulate ?? '', space: body.space, code: body.code }] : [],
  );
  return inOrder(
    [...keas, ...pairs].flatMap(({ carries, space, code }) => edge(carries, space, code)),
    family,
  );
};

/** What comes after text or bytes is a part of them, and of a list another value; Kea keeps the options of enterprises elsewhere. */
const canCarry = (
  family: Family,
  { type, array, encapsulate, 'record-types': types = '' }: ClassDefinition,
): boolean => {
  const last = type === 'record' ? recordFields(types).at(-1) : type;
  return (
    encapsulate !== undefined &&
    encapsulate !== family.optionSpace &&
    enterpriseOf(encapsulate) === undefined &&
    array !== true &&
    last !== 'string' &&
    last !== 'binary'
  );
};

/** So deep options are within each other at most. */
const DEEPEST = 8;

/**
 * The spaces that something that can be sent carries, the innermost first. None of a space that carries itself, in whatever way: Kea puts such options
 * into each other until it has no stack left.
 */
const inOrder = (edges: readonly Edge[], { optionSpace }: Family): KnownOptions['carried'] => {
  const from = Map.groupBy(edges, ({ space }) => space);
  const carriers = new Map<string, Carrier[]>();
  const done = new Set<string>();
  const visit = (space: string, depth: number): void => {
    if (done.has(space)) return;
    for (const { carries, ...carrier } of depth < DEEPEST ? (from.get(space) ?? []) : []) {
      if (carriesItself(carries, from)) continue;
      carriers.set(carries, [...(carriers.get(carries) ?? []), carrier]);
      visit(carries, depth + 1);
    }
    done.add(space);
  };
  for (const space of from.keys()) if (space === optionSpace || enterpriseOf(space) !== undefined) visit(space, 0);
  return new Map(
    [...done].flatMap((space) => {
      const found = carriers.get(space);
      return found ? [[space, found] as const] : [];
    }),
  );
};

const carriesItself = (space: string, from: ReadonlyMap<string, readonly Edge[]>): boolean => {
  const within = new Set<string>();
  const open = [space];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    for (const { carries } of from.get(one) ?? []) {
      if (carries === space) return true;
      if (!within.has(carries)) open.push(carries);
      within.add(carries);
    }
  }
  return false;
};

export const optionNamed = ({ definitions }: KnownOptions, name: string, space: string): KnownOption | undefined =>
  definitions.get(space)?.find((definition) => definition.name === name);
export const optionAt = ({ definitions }: KnownOptions, { space, code }: Which): KnownOption | undefined =>
  definitions.get(space)?.find((definition) => definition.code === code);

/** Whether the pair defines the option. */
export const isDefined = ({ own }: KnownOptions, option: Which): boolean => own.has(optionDefKey(option));

/** The number of the enterprise whose sub-options a space holds. */
export const enterpriseOf = (space: string): number | undefined => {
  const [, digits] = /^vendor-([1-9]\d{0,9})$/.exec(space) ?? [];
  return digits !== undefined && Number(digits) <= 4_294_967_295 ? Number(digits) : undefined;
};

/** Whether some option carries what is in the space. */
export const isCarried = ({ carried }: KnownOptions, space: string): boolean =>
  carried.has(space) || enterpriseOf(space) !== undefined;

/** The space of what an option carries, if it is one that carries others than those of an enterprise. */
export const carriedBy = ({ carries }: KnownOptions, option: Which): string | undefined =>
  carries.get(optionDefKey(option));

/** Whether servers have a definition of their own of it, which takes any bytes. */
export const isRaw = ({ rules, own }: KnownOptions, option: Which): boolean =>
  !own.has(optionDefKey(option)) && rules.own.some(({ space, code }) => space === option.space && code === option.code);

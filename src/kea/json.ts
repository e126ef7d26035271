/** Rows as Kea’s JSON: for live commands, for a configuration, and what a server tells of them. */
import { z } from 'zod';
import { type KeaJson, listOf } from './answers.ts';
import { withColons } from './bytes.ts';
import { canonicalOptionDef } from './canonical.ts';
import { KeaRefused } from './client.ts';
import { digest, splitUserContext, type UserContext, withMarker } from './digest.ts';
import { type Family, perFamily, type Version } from './family.ts';
import { type Field, fieldsAt, type ValueKind } from './keywords.ts';
import type { KeyOf, RowKind, RowRef } from './kinds.ts';
import { optionRules } from './optionTable.ts';
import { isOptionType } from './optionType.ts';
import {
  type ClassBody,
  type HostBody,
  type Item,
  LEASE_TIMES,
  type Lifetimes,
  type Marker,
  type NetworkBody,
  type OptionData,
  type OptionDefBody,
  type OptionDefKey,
  optionDefKey,
  type SubnetBody,
} from './state.ts';

/**
 * The body of the commands that add or update a subnet. They write the global values of some keywords into a subnet that leaves
 * them out, and there they outlast and outrank the shared network's. So the network's are spelled out here, and the global ones left to Kea.
 */
export const liveSubnet = (family: Family, item: Item<SubnetBody>, network?: NetworkBody): KeaJson => {
  const inherited: Record<string, unknown> = {};
  for (const keyword of frozenSingly(family)) {
    const value = item.body[keyword] ?? network?.[keyword];
    if (value !== undefined) inherited[keyword] = value;
  }
  return { ...subnetJson(item), ...inherited, ...leaseTimes(item.body, network) };
};

/** The body of the command that adds a shared network, without subnets: they join by a command of their own. */
export const liveNetwork = (item: Item<NetworkBody>): KeaJson => networkJson(item);

/** The lease times apart, which a subnet has all of or none. */
const frozenSingly = perFamily(({ version, frozen }) =>
  fieldsAt('network', version).flatMap(({ keyword, inherited }) =>
    keyword !== 'name' && inherited !== 'triplet' && frozen.some((one) => one === keyword) ? [keyword] : [],
  ),
);

/** What is to be tried on a live server before its rows are written. */
export interface PreflightItems {
  readonly subnets: Iterable<Item<SubnetBody>>;
  /** The networks of these subnets, and those that are to be tried themselves. */
  readonly networks: Iterable<Item<NetworkBody>>;
  /** Reservations of these subnets, and global ones. */
  readonly hosts?: Iterable<Item<HostBody>>;
  /** With those that they ask for. */
  readonly classes?: Iterable<Item<ClassBody>>;
  readonly optionDefs?: Iterable<Item<OptionDefBody>>;
  /** Values that have to fit these definitions, whoever has them. */
  readonly values?: readonly OptionData[];
}

/** A configuration, or a part of one: one member with the name of the family's daemon. */
export type FamilyConfig = Readonly<Record<string, KeaJson>>;

/** What a configuration has for its family. */
export const contentOf = ({ json: { root } }: Family, config: FamilyConfig): KeaJson => config[root] ?? {};

/**
 * The argument of a `config-test` that Kea judges as it would the whole configuration. Nothing else has to be in it: neither
 * interfaces nor databases nor hooks.
 */
export const preflightFragment = (
  { json: { root, subnets: keyword } }: Family,
  items: PreflightItems,
): FamilyConfig => {
  const hosts = Map.groupBy(items.hosts ?? [], ({ body }) => body['subnet-id']);
  const members = Map.groupBy(items.subnets, ({ body }) => body['shared-network-name']);
  const subnets = (of: string | undefined): readonly KeaJson[] =>
    (members.get(of) ?? []).map((item) => {
      const reservations = hosts.get(item.body.id) ?? [];
      return {
        ...subnetJson(item),
        ...(reservations.length > 0 ? { reservations: reservations.map(reservationJson) } : {}),
      };
    });
  const global = hosts.get(0) ?? [];
  const networks = new Map<string, KeaJson>();
  for (const item of items.networks) networks.set(item.body.name, networkJson(item));
  for (const name of members.keys()) {
    if (name !== undefined && !networks.has(name)) networks.set(name, { name });
  }
  // Kea knows of a class what stands before it.
  const classes = [...(items.classes ?? [])].toSorted((a, b) => a.body['order-index'] - b.body['order-index']);
  const definitions = [...(items.optionDefs ?? [])];
  // Under names that no class has.
  const witnesses = (items.values ?? []).map((option, index) => ({ name: `'${index}'`, 'option-data': [option] }));
  return {
    [root]: {
      ...(definitions.length > 0 ? { 'option-def': definitions.map(definitionJson) } : {}),
      ...(classes.length + witnesses.length > 0 ? { 'client-classes': [...classes.map(classJson), ...witnesses] } : {}),
      [keyword]: subnets(undefined),
      'shared-networks': [...networks].map(([name, network]) => ({ ...network, [keyword]: subnets(name) })),
      ...(global.length > 0 ? { reservations: global.map(reservationJson) } : {}),
    },
  };
};

/** What says which object it is comes first. */
const renderedAt = (
  level: 'subnet' | 'network' | 'pool' | 'pd-pool' | 'host' | 'class' | 'option-def',
): readonly Field[] => {
  const fields: readonly Field[] = fieldsAt(level).filter(({ rowOnly }) => rowOnly !== true);
  return [...fields.filter(({ required }) => required), ...fields.filter(({ required }) => !required)];
};
const SUBNET = renderedAt('subnet');
const NETWORK = renderedAt('network');
const CLASS = renderedAt('class');
const DEFINITION = renderedAt('option-def');
/** Keywords whose values are lists of things with keywords of their own. */
const LISTS: Partial<Record<ValueKind, readonly Field[]>> = {
  pools: renderedAt('pool'),
  pdPools: renderedAt('pd-pool'),
  definitions: DEFINITION,
};
/** The identifier has its type for a keyword. */
const HOST = renderedAt('host').filter(({ kind }) => kind !== 'identifierType' && kind !== 'bytes');

const subnetJson = ({ body, marker }: Item<SubnetBody>): KeaJson =>
  rendered({ ...body, ...leaseTimes(body) }, SUBNET, marker);
const networkJson = ({ body, marker }: Item<NetworkBody>): KeaJson =>
  rendered({ ...body, ...leaseTimes(body) }, NETWORK, marker);
const classJson = ({ body, marker }: Item<ClassBody>): KeaJson =>
  rendered({ ...body, ...leaseTimes(body) }, CLASS, marker);
const definitionJson = ({ body, marker }: Item<OptionDefBody>): KeaJson => rendered(body, DEFINITION, marker);

/** The keywords of a body that Kea's JSON has; a row may have columns that the operator does not write. */
const rendered = (body: object, fields: readonly Field[], marker?: Marker): KeaJson => {
  const values = body as KeaJson;
  const json: Record<string, unknown> = {};
  for (const { keyword, kind } of fields) {
    const value = values[keyword];
    const list = LISTS[kind];
    const shown =
      kind === 'json'
        ? withMarker(value as UserContext | undefined, marker)
        : list
          ? (value as readonly object[] | undefined)?.map((one) => rendered(one, list))
          : value;
    if (shown !== undefined) json[keyword] = shown;
  }
  return json;
};

/** Each with its bounds, as a row has them: a bound that is left out would come from the parent, and need not fit. */
const leaseTimes = (body: Lifetimes, network?: Lifetimes): Lifetimes =>
  Object.fromEntries(
    LEASE_TIMES.flatMap(([time, ...bounds]) => {
      const from = body[time] === undefined ? network : body;
      const value = from?.[time];
      return value === undefined ? [] : [[time, value], ...bounds.map((bound) => [bound, from?.[bound] ?? value])];
    }),
  ) as Lifetimes;

const reservationJson = ({ body, marker }: Item<HostBody>): KeaJson => {
  const { 'user-context': context, ...json } = rendered(body, HOST, marker);
  return {
    ...json,
    [body['identifier-type']]: withColons(body.identifier),
    ...(context === undefined ? {} : { 'user-context': context }),
  };
};

/** One thing as a server runs it. */
export interface RunningObject {
  /** The digest of the marker that the server echoes, of a definition that of its body; empty where it is nobody's. */
  readonly digest: string;
  /** The shared network that a subnet is a member of. */
  readonly network?: string;
}
/** What a server knows a thing by: ids and names of one family say nothing of the other. */
export type RunningKey =
  | `${Version}/network/${string}`
  | `${Version}/subnet/${number}`
  | `${Version}/class/${string}`
  | `${Version}/option-def/${OptionDefKey}`;
export const runningNetwork = ({ version }: Family, name: string): RunningKey => `${version}/network/${name}`;
export const runningSubnet = ({ version }: Family, id: number): RunningKey => `${version}/subnet/${id}`;
export const runningClass = ({ version }: Family, name: string): RunningKey => `${version}/class/${name}`;
export const runningOptionDef = ({ version }: Family, key: OptionDefKey): RunningKey => `${version}/option-def/${key}`;

/** What servers know a row by; undefined of one that they do not keep. */
const RUNNING: { readonly [K in RowKind]: (family: Family, key: KeyOf<K>) => RunningKey | undefined } = {
  'option-def': runningOptionDef,
  class: runningClass,
  network: runningNetwork,
  subnet: runningSubnet,
  host: () => undefined,
};
export const runningKeyOf = (family: Family, { kind, key }: RowRef): RunningKey | undefined =>
  (RUNNING[kind] as (family: Family, key: string | number) => RunningKey | undefined)(family, key);

export type RunningObjects = ReadonlyMap<RunningKey, RunningObject>;

const readSubnets = listOf(z.object({ id: z.number(), 'user-context': z.unknown().optional() })).optional();
const readNetworks = listOf(z.looseObject({ name: z.string(), 'user-context': z.unknown().optional() })).optional();
const readClasses = listOf(z.object({ name: z.string(), 'user-context': z.unknown().optional() })).optional();
const readDefinitions = listOf(
  z.object({
    space: z.string(),
    code: z.number(),
    name: z.string(),
    type: z.string().refine(isOptionType),
    array: z.boolean().optional(),
    encapsulate: z.string().optional(),
    'record-types': z.string().optional(),
  }),
).optional();
/** What is read of a configuration; what the family calls subnets is read of it and of each network. */
const readKeywords = z.looseObject({
  'shared-networks': readNetworks,
  'client-classes': readClasses,
  'option-def': readDefinitions,
});

/** Networks, subnets, classes and definitions that are kept in mind of a server: four times as many as were ever tried. */
const MOST_RUNNING = 200_000;

/**
 * What a server runs, from the keywords of its `config-get`. Of the answer, which holds passwords, nothing else is kept.
 * @throws KeaRefused for what no Kea would say.
 */
export const runningOf = (family: Family, keywords: unknown): RunningObjects => {
  const read = <T>(schema: z.ZodType<T>, value: unknown): T => {
    const { success, data } = schema.safeParse(value);
    if (success) return data;
    throw new KeaRefused(
      'config-get',
      0,
      'unexpected answer: subnets, networks, classes and definitions cannot be read',
    );
  };
  const running = new Map<RunningKey, RunningObject>();
  const enter = (subnets: unknown, network?: string): void => {
    for (const subnet of read(readSubnets, subnets) ?? []) {
      const member = network === undefined ? {} : { network };
      running.set(runningSubnet(family, subnet.id), { digest: digestOf(subnet), ...member });
    }
  };
  const { subnets: word } = family.json;
  const {
    [word]: subnets,
    'shared-networks': networks = [],
    'client-classes': classes = [],
    'option-def': definitions = [],
  } = read(readKeywords, keywords);
  for (const { array, ...definition } of definitions) {
    // Of those that the operator gives each server there are no rows.
    const isOwn = optionRules(family).own.some(
      ({ space, code }) => optionDefKey({ space, code }) === optionDefKey(definition),
    );
    const body = canonicalOptionDef({ ...definition, array: array ? true : undefined });
    if (!isOwn) running.set(runningOptionDef(family, optionDefKey(definition)), { digest: definitionDigest(body) });
  }
  for (const one of classes) running.set(runningClass(family, one.name), { digest: digestOf(one) });
  enter(subnets);
  for (const network of networks) {
    running.set(runningNetwork(family, network.name), { digest: digestOf(network) });
    enter(network[word], network.name);
  }
  if (running.size > MOST_RUNNING) {
    throw new KeaRefused(
      'config-get',
      0,
      `it has ${running.size} subnets, networks, classes and definitions: more than ${MOST_RUNNING}`,
    );
  }
  return running;
};

/** A definition is known by what it says: Kea tells nothing of its marker. */
export const definitionDigest = ({ 'user-context': _, ...body }: OptionDefBody): string => digest(body);

/** The marker's digest in a network or subnet of an answer; empty where it carries none. */
export const digestOf = (object: KeaJson): string => splitUserContext(object['user-context']).marker?.digest ?? '';

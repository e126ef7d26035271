/** Rows as Kea’s JSON: for live commands, for a configuration, and what a server tells of them. */
import { z } from 'zod';
import { type KeaJson, listOf } from './answers.ts';
import { KeaRefused } from './client.ts';
import { splitUserContext, type UserContext, withMarker } from './digest.ts';
import { type Family, perFamily, type Version } from './family.ts';
import { type Field, fieldsAt } from './keywords.ts';
import type { KeyOf, RowKind, RowRef } from './kinds.ts';
import {
  type HostBody,
  type Item,
  LEASE_TIMES,
  type Lifetimes,
  type Marker,
  type NetworkBody,
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
  return {
    [root]: {
      [keyword]: subnets(undefined),
      'shared-networks': [...networks].map(([name, network]) => ({ ...network, [keyword]: subnets(name) })),
      ...(global.length > 0 ? { reservations: global.map(reservationJson) } : {}),
    },
  };
};

/** What says which object it is comes first. */
const renderedAt = (level: 'subnet' | 'network' | 'pool' | 'pd-pool' | 'host'): readonly Field[] => {
  const fields: readonly Field[] = fieldsAt(level).filter(({ rowOnly }) => rowOnly !== true);
  return [...fields.filter(({ required }) => required), ...fields.filter(({ required }) => !required)];
};
const SUBNET = renderedAt('subnet');
const NETWORK = renderedAt('network');
const POOLS = { pools: renderedAt('pool'), pdPools: renderedAt('pd-pool') } as const;
/** The identifier has its type for a keyword. */
const HOST = renderedAt('host').filter(({ kind }) => kind !== 'identifierType' && kind !== 'bytes');

const subnetJson = ({ body, marker }: Item<SubnetBody>): KeaJson =>
  rendered({ ...body, ...leaseTimes(body) }, SUBNET, marker);
const networkJson = ({ body, marker }: Item<NetworkBody>): KeaJson =>
  rendered({ ...body, ...leaseTimes(body) }, NETWORK, marker);

/** The keywords of a body that Kea's JSON has; a row may have columns that the operator does not write. */
const rendered = (body: object, fields: readonly Field[], marker?: Marker): KeaJson => {
  const values = body as KeaJson;
  const json: Record<string, unknown> = {};
  for (const { keyword, kind } of fields) {
    const value = values[keyword];
    const shown =
      kind === 'json'
        ? withMarker(value as UserContext | undefined, marker)
        : kind === 'pools' || kind === 'pdPools'
          ? (value as readonly object[] | undefined)?.map((pool) => rendered(pool, POOLS[kind]))
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
  const context = withMarker(undefined, marker);
  return {
    ...rendered(body, HOST),
    [body['identifier-type']]: withColons(body.identifier),
    ...(context ? { 'user-context': context } : {}),
  };
};

/** Bytes as Kea's commands take an identifier. */
export const withColons = (digits: string): string => digits.replace(/..(?=.)/g, '$&:');

/** One network or subnet as a server runs it. */
export interface RunningObject {
  /** The digest of the marker that the server echoes; empty where it carries none. */
  readonly digest: string;
  /** The shared network that a subnet is a member of. */
  readonly network?: string;
}
/** What a server knows a network or subnet by: ids and names of one family say nothing of the other. */
export type RunningKey = `${Version}/network/${string}` | `${Version}/subnet/${number}`;
export const runningNetwork = ({ version }: Family, name: string): RunningKey => `${version}/network/${name}`;
export const runningSubnet = ({ version }: Family, id: number): RunningKey => `${version}/subnet/${id}`;

/** What servers know a row by; undefined of one that they do not keep. */
const RUNNING: { readonly [K in RowKind]: (family: Family, key: KeyOf<K>) => RunningKey | undefined } = {
  network: runningNetwork,
  subnet: runningSubnet,
  host: () => undefined,
};
export const runningKeyOf = (family: Family, { kind, key }: RowRef): RunningKey | undefined =>
  (RUNNING[kind] as (family: Family, key: string | number) => RunningKey | undefined)(family, key);

export type RunningObjects = ReadonlyMap<RunningKey, RunningObject>;

const readSubnets = listOf(z.object({ id: z.number(), 'user-context': z.unknown().optional() })).optional();
const readNetworks = listOf(z.looseObject({ name: z.string(), 'user-context': z.unknown().optional() })).optional();
/** What is read of a configuration; what the family calls subnets is read of it and of each network. */
const readKeywords = z.looseObject({ 'shared-networks': readNetworks });

/** Networks and subnets that are kept in mind of a server: four times as many as were ever tried. */
const MOST_RUNNING = 200_000;

/**
 * What a server runs, from the keywords of its `config-get`. Of the answer, which holds passwords, nothing else is kept.
 * @throws KeaRefused for what no Kea would say.
 */
export const runningOf = (family: Family, keywords: unknown): RunningObjects => {
  const read = <T>(schema: z.ZodType<T>, value: unknown): T => {
    const { success, data } = schema.safeParse(value);
    if (success) return data;
    throw new KeaRefused('config-get', 0, 'unexpected answer: subnets and networks cannot be read');
  };
  const running = new Map<RunningKey, RunningObject>();
  const enter = (subnets: unknown, network?: string): void => {
    for (const subnet of read(readSubnets, subnets) ?? []) {
      const member = network === undefined ? {} : { network };
      running.set(runningSubnet(family, subnet.id), { digest: digestOf(subnet), ...member });
    }
  };
  const { subnets: word } = family.json;
  const { [word]: subnets, 'shared-networks': networks = [] } = read(readKeywords, keywords);
  enter(subnets);
  for (const network of networks) {
    running.set(runningNetwork(family, network.name), { digest: digestOf(network) });
    enter(network[word], network.name);
  }
  if (running.size > MOST_RUNNING) {
    throw new KeaRefused('config-get', 0, `it has ${running.size} subnets and networks: more than ${MOST_RUNNING}`);
  }
  return running;
};

/** The marker's digest in a network or subnet of an answer; empty where it carries none. */
export const digestOf = (object: KeaJson): string => splitUserContext(object['user-context']).marker?.digest ?? '';

import { z } from 'zod';
import { KeaRefused } from './client.ts';
import { listOf } from './commands.ts';
import { splitUserContext, withMarker } from './digest.ts';
import { NETWORK_FIELDS } from './fields.ts';
import type {
  HostBody,
  Item,
  Lifetimes,
  Marker,
  NetworkPart,
  OptionData,
  PoolBody,
  NetworkBody,
  SubnetBody,
} from './state.ts';

/** A JSON object as Kea's commands take and give it. */
export type KeaJson = Readonly<Record<string, unknown>>;

/**
 * The body of `subnet4-add` and `subnet4-update`. These commands write the global values of some keywords into a subnet that leaves
 * them out, and there they outlast and outrank the shared network's. So the network's are spelled out here, and the global ones left to Kea.
 */
export function liveSubnet(item: Item<SubnetBody>, network?: NetworkBody): KeaJson {
  const inherited: Record<string, unknown> = {};
  for (const keyword of FROZEN) {
    const value = item.body[keyword] ?? network?.[keyword];
    if (value !== undefined) inherited[keyword] = value;
  }
  const lifetimes = item.body['valid-lifetime'] === undefined ? network : item.body;
  return { ...subnetJson(item), ...inherited, ...(lifetimes ? leaseTimes(lifetimes) : {}) };
}

/** The body of `network4-add`, without subnets: they join by `network4-subnet-add`. */
export const liveNetwork = (item: Item<NetworkBody>): KeaJson => networkJson(item);

/** Keywords that subnet_cmds fill in where they are left out (SimpleParser4::INHERIT_TO_SUBNET4), but for the lease times. */
const FROZEN = [
  'renew-timer',
  'rebind-timer',
  'calculate-tee-times',
  't1-percent',
  't2-percent',
  'offer-lifetime',
  'allocator',
] as const satisfies readonly (keyof NetworkPart)[];

/** What is to be tried on a live server before its rows are written. */
export interface PreflightItems {
  readonly subnets: Iterable<Item<SubnetBody>>;
  /** The networks of these subnets, and those that are to be tried themselves. */
  readonly networks: Iterable<Item<NetworkBody>>;
  /** Reservations of these subnets, and global ones. */
  readonly hosts?: Iterable<Item<HostBody>>;
}

/**
 * The argument of a `config-test` that Kea judges as it would the whole configuration. Nothing else has to be in it: neither
 * interfaces nor databases nor hooks.
 */
export function preflightFragment(items: PreflightItems): { readonly Dhcp4: KeaJson } {
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
    Dhcp4: {
      subnet4: subnets(undefined),
      'shared-networks': [...networks].map(([name, network]) => ({ ...network, subnet4: subnets(name) })),
      ...(global.length > 0 ? { reservations: global.map(reservationJson) } : {}),
    },
  };
}

function subnetJson({ body, marker }: Item<SubnetBody>): KeaJson {
  return {
    id: body.id,
    subnet: body.subnet,
    ...networkPart(body, marker),
    ...(body.pools ? { pools: body.pools.map(poolJson) } : {}),
  };
}

const networkJson = ({ body, marker }: Item<NetworkBody>): KeaJson => ({
  name: body.name,
  ...networkPart(body, marker),
});

function networkPart(body: NetworkPart, marker: Marker | undefined): KeaJson {
  const context = withMarker(body['user-context'], marker);
  return {
    ...scalarsOf(body),
    ...leaseTimes(body),
    ...(body.relay ? { relay: body.relay } : {}),
    ...optionsJson(body),
    ...(context ? { 'user-context': context } : {}),
  };
}

const scalarsOf = (body: NetworkPart): KeaJson =>
  Object.fromEntries(
    NETWORK_FIELDS.flatMap(({ keyword }) => (body[keyword] === undefined ? [] : [[keyword, body[keyword]]])),
  );

/** All three, as a row has them: a bound that is left out would come from the parent, and need not fit. */
function leaseTimes(body: Lifetimes): Lifetimes {
  const valid = body['valid-lifetime'];
  if (valid === undefined) return {};
  return {
    'valid-lifetime': valid,
    'min-valid-lifetime': body['min-valid-lifetime'] ?? valid,
    'max-valid-lifetime': body['max-valid-lifetime'] ?? valid,
  };
}

const poolJson = (pool: PoolBody): KeaJson => ({
  pool: pool.pool,
  ...optionsJson(pool),
  ...(pool['client-classes'] ? { 'client-classes': pool['client-classes'] } : {}),
});

const optionsJson = (body: { readonly 'option-data'?: readonly OptionData[] }): KeaJson =>
  body['option-data'] ? { 'option-data': body['option-data'] } : {};

const reservationJson = ({ body, marker }: Item<HostBody>): KeaJson => {
  const { 'subnet-id': _, 'identifier-type': type, identifier, ...rest } = body;
  const context = withMarker(undefined, marker);
  return { ...rest, [type]: identifier.replace(/..(?=.)/g, '$&:'), ...(context ? { 'user-context': context } : {}) };
};

/** One network or subnet as a server runs it. */
export interface RunningObject {
  /** The digest of the marker that the server echoes; empty where it carries none. */
  readonly digest: string;
  /** The shared network that a subnet is a member of. */
  readonly network?: string;
}
export type RunningObjects = ReadonlyMap<`network/${string}` | `subnet/${number}`, RunningObject>;

const subnetAnswer = z.object({ id: z.number(), 'user-context': z.unknown().optional() });
const subnetAnswers = listOf(subnetAnswer).optional();
const networkAnswer = z.object({
  name: z.string(),
  'user-context': z.unknown().optional(),
  subnet4: subnetAnswers,
});
const dhcp4Answer = z.object({ subnet4: subnetAnswers, 'shared-networks': listOf(networkAnswer).optional() });

/** Networks and subnets that are kept in mind of a server: four times as many as were ever tried. */
const MOST_RUNNING = 200_000;

/**
 * What a server runs, from the `Dhcp4` of its `config-get`. Of the answer, which holds passwords, nothing else is kept.
 * @throws KeaRefused for what no Kea would say.
 */
export function runningOf(dhcp4: unknown): RunningObjects {
  const { success, data } = dhcp4Answer.safeParse(dhcp4);
  if (!success) throw new KeaRefused('config-get', 0, 'unexpected answer: subnets and networks cannot be read');
  const { subnet4 = [], 'shared-networks': networks = [] } = data;
  const running = new Map<`network/${string}` | `subnet/${number}`, RunningObject>();
  for (const subnet of subnet4) running.set(`subnet/${subnet.id}`, { digest: digestOf(subnet) });
  for (const network of networks) {
    running.set(`network/${network.name}`, { digest: digestOf(network) });
    for (const subnet of network.subnet4 ?? []) {
      running.set(`subnet/${subnet.id}`, { digest: digestOf(subnet), network: network.name });
    }
  }
  if (running.size > MOST_RUNNING) {
    throw new KeaRefused('config-get', 0, `it has ${running.size} subnets and networks: more than ${MOST_RUNNING}`);
  }
  return running;
}

/** The marker's digest in a network or subnet of an answer; empty where it carries none. */
export const digestOf = (object: KeaJson): string => splitUserContext(object['user-context']).marker?.digest ?? '';

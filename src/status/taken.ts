/** Addresses that somebody has already: a pool that holds one gives it to a client all the same, as Kea knows of none of them. */
import { formatAddress, parseAddress, type Range } from '../kea/address.ts';
import { parseOptions } from '../kea/options.ts';
import { addressIn, type NetworkPart, type OptionData, reservedAddress } from '../kea/state.ts';
import type { Attempt } from './types.ts';

export interface Taken {
  readonly address: bigint;
  /** Who has it, for people. */
  readonly by: string;
}

/** What is taken in the prefixes of a pair: by its servers, by routers that any of its objects names, and by relay agents. */
export interface TakenAddresses {
  /** In ascending order; without those that a reservation in the subnet keeps from others. */
  within(range: Range, subnetId: number | undefined): readonly Taken[];
}

type Entry = readonly [address: string, by: string];

export const takenAddresses = (attempt: Attempt): TakenAddresses => {
  const taken = new Map<bigint, string>();
  for (const [text, by] of entriesOf(attempt)) {
    const address = parseAddress(text.trim());
    if (address !== undefined && !taken.has(address)) taken.set(address, by);
  }
  const sorted = [...taken].map(([address, by]) => ({ address, by })).sort((a, b) => (a.address < b.address ? -1 : 1));
  let reserved: ReadonlySet<string | undefined> | undefined;
  const isReserved = (subnetId: number, address: bigint): boolean => {
    reserved ??= new Set(
      [...(attempt.compiled?.desired.hosts.values() ?? [])].map(({ body }) => reservedAddress(body)),
    );
    return reserved.has(addressIn(subnetId, formatAddress(address)));
  };
  return {
    within: ({ first, last }, subnetId) => {
      const found: Taken[] = [];
      for (let index = firstFrom(sorted, first); ; index++) {
        const one = sorted[index];
        if (one === undefined || one.address > last) return found;
        if (subnetId === undefined || !isReserved(subnetId, one.address)) found.push(one);
      }
    },
  };
};

/** The index of the first that is not below the address. */
const firstFrom = (sorted: readonly Taken[], address: bigint): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.address ?? 0n) < address) low = middle + 1;
    else high = middle;
  }
  return low;
};

function* entriesOf({ snapshot, compiled, servers, ownAddresses }: Attempt): Generator<Entry> {
  for (const { name, address } of servers) if (address !== undefined) yield [address, `server ${name}`];
  for (const [name, addresses] of ownAddresses ?? [])
    for (const address of addresses) yield [address, `server ${name}`];
  const { spec } = snapshot;
  const globals = 'spec' in spec ? parseOptions(spec.spec.dhcp4.optionData ?? []) : undefined;
  if (globals?.ok === true) yield* routersIn(globals.options);
  if (compiled === undefined) return;
  const { networks, subnets, hosts } = compiled.desired;
  for (const { body } of networks.values()) yield* namedBy(body);
  for (const { body } of subnets.values()) {
    yield* namedBy(body);
    for (const pool of body.pools ?? []) yield* routersIn(pool['option-data']);
  }
  for (const { body } of hosts.values()) if (body['option-data']) yield* routersIn(body['option-data']);
}

function* namedBy(body: NetworkPart): Generator<Entry> {
  yield* routersIn(body['option-data']);
  for (const address of body.relay?.['ip-addresses'] ?? []) yield [address, 'a relay agent'];
}

/** The option `routers`. */
const ROUTERS = 3;

function* routersIn(options: readonly OptionData[] = []): Generator<Entry> {
  for (const { code, space, data = '', 'csv-format': isText } of options) {
    if (code !== ROUTERS || space !== 'dhcp4') continue;
    const addresses = isText
      ? data.split(',')
      : (data.match(/[0-9A-F]{8}/g) ?? []).map((digits) => formatAddress(BigInt(`0x${digits}`)));
    for (const address of addresses) yield [address, 'a router'];
  }
}

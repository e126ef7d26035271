/** Addresses that rows name: of routers and relay agents. */
import { addressingOf, compareAddresses, type Range } from '../kea/address.ts';
import { IPV4 } from '../kea/ipv4.ts';
import type { KeaState } from '../kea/kinds.ts';
import { once } from '../kea/once.ts';
import { HostMap, type HostPart } from '../kea/partedMap.ts';
import type { NetworkPart, OptionData, SubnetBody } from '../kea/state.ts';

/** Who has an address, for people. */
export const BY = { router: 'a router', relay: 'a relay agent' } as const;
type Who = keyof typeof BY;

interface Named {
  readonly address: bigint;
  readonly by: Who;
}

/** All of them, each as often as it is named. */
export class NamedAddresses {
  readonly #counts = new Map<bigint, Record<Who, number>>();
  /** In ascending order, once somebody looks. */
  #sorted: bigint[] | undefined;

  constructor({ networks, subnets, hosts }: KeaState) {
    for (const { body } of networks.values()) this.add(namedBy(body));
    for (const { body } of subnets.values()) this.add(namedBySubnet(body));
    for (const part of HostMap.of(hosts).parts.values()) this.add(namedByHosts(part));
  }

  add(names: readonly Named[]): void {
    for (const { address, by } of names) {
      const counts = this.#counts.get(address);
      if (counts) {
        counts[by]++;
        continue;
      }
      this.#counts.set(address, { router: 0, relay: 0, [by]: 1 });
      this.#sorted?.splice(firstFrom(this.#sorted, address), 0, address);
    }
  }

  remove(names: readonly Named[]): void {
    for (const { address, by } of names) {
      const counts = this.#counts.get(address);
      if (!counts) continue;
      counts[by]--;
      if (counts.router + counts.relay > 0) continue;
      this.#counts.delete(address);
      this.#sorted?.splice(firstFrom(this.#sorted, address), 1);
    }
  }

  /** In ascending order. One that is a router's is said to be that alone. */
  within({ first, last }: Range): readonly { readonly address: bigint; readonly by: Who }[] {
    const sorted = (this.#sorted ??= [...this.#counts.keys()].sort(compareAddresses));
    const found: Named[] = [];
    for (let index = firstFrom(sorted, first); ; index++) {
      const address = sorted[index];
      if (address === undefined || address > last) return found;
      found.push({ address, by: (this.#counts.get(address)?.router ?? 0) > 0 ? 'router' : 'relay' });
    }
  }
}

/** The index of the first that is not below the address. */
const firstFrom = (sorted: readonly bigint[], address: bigint): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0n) < address) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** What the row of a subnet and its reservations name. */
export const namedIn = ({ subnets, hosts }: KeaState, id: number): readonly Named[] => {
  const [body, part] = [subnets.get(id)?.body, HostMap.of(hosts).parts.get(id)];
  return [...(body ? namedBySubnet(body) : []), ...(part ? namedByHosts(part) : [])];
};

export const areSame = (some: readonly Named[], others: readonly Named[]): boolean =>
  some.length === others.length &&
  some.every(({ address, by }, index) => address === others[index]?.address && by === others[index].by);

const NOTHING: readonly Named[] = [];
const listed = (found: readonly Named[]): readonly Named[] => (found.length === 0 ? NOTHING : found);

const namedBy = (body: NetworkPart): readonly Named[] => [
  ...routersIn(body['option-data']),
  ...(body.relay?.['ip-addresses'] ?? []).flatMap((text) => named(text, 'relay')),
];

const namedBySubnet = once((body: SubnetBody) =>
  listed([...namedBy(body), ...(body.pools ?? []).flatMap((pool) => routersIn(pool['option-data']))]),
);

const namedByHosts = once((part: HostPart) =>
  listed(
    part
      .values()
      .flatMap(({ body }) => (body['option-data'] ? routersIn(body['option-data']) : []))
      .toArray(),
  ),
);

/** The option `routers`. DHCPv6 has none: routers tell of themselves. */
const ROUTERS = 3;

/** What an option `routers` names. */
export const routersIn = (options: readonly OptionData[] = []): readonly Named[] =>
  options.flatMap(({ code, space, data = '', 'csv-format': isText }) => {
    if (code !== ROUTERS || space !== 'dhcp4') return [];
    const addresses = isText
      ? data.split(',')
      : (data.match(/[0-9A-F]{8}/g) ?? []).map((digits) => IPV4.format(BigInt(`0x${digits}`)));
    return addresses.flatMap((text) => named(text, 'router'));
  });

const named = (text: string, by: Who): readonly Named[] => {
  const address = addressingOf(text).parse(text.trim());
  return address === undefined ? [] : [{ address, by }];
};

/** What may surprise about Subnets, by what the servers have of them. */
import { globalsFieldOf } from '../api/families.ts';
import type { SubnetChild } from '../compile/child.ts';
import { reservedBy } from '../compile/hosts.ts';
import { globalsOf, inherited, type InheritedLevel } from '../compile/inherit.ts';
import { warnOf } from '../compile/objects.ts';
import { delegatedIn, prefixCount } from '../compile/pdPools.ts';
import { poolsIn } from '../compile/pools.ts';
import type { Compiled, Snapshot, Warning } from '../compile/types.ts';
import { addressCount, contains, parsePrefix, type Prefix } from '../kea/address.ts';
import { BY_LOOKUP, needsNoDefinition } from '../kea/classOrder.ts';
import { IPV4 } from '../kea/ipv4.ts';
import { lazily, once } from '../kea/once.ts';
import { parseOptions } from '../kea/options.ts';
import { HostMap, type HostPart } from '../kea/partedMap.ts';
import type { OptionData, SubnetBody } from '../kea/state.ts';
import { reservedClasses } from './classWarnings.ts';
import { routersIn } from './named.ts';
import type { Attempt } from './types.ts';

/** What is to be said of the Subnets of a pass that are accepted. */
export const servedWarnings = (attempt: Attempt): ((child: SubnetChild) => readonly Warning[]) => {
  const { compiled, snapshot } = attempt;
  if (!compiled || !('spec' in snapshot.spec)) return () => [];
  const { desired, subnetIds } = compiled;
  const globals = globalLevel(snapshot, compiled, snapshot.spec.spec);
  const lateness = latenessOf(attempt);
  const linkOf = linksIn(snapshot);
  const parts = HostMap.of(desired.hosts).parts;
  return (child) => {
    const id = subnetIds.get(child.ref);
    const row = id === undefined ? undefined : desired.subnets.get(id)?.body;
    if (id === undefined || !row || child.isDeleting) return [];
    const network = desired.networks.get(row['shared-network-name'] ?? '')?.body;
    const levels: readonly InheritedLevel[] = [
      { name: '', fields: row },
      ...(network ? [{ name: `SharedNetwork ${network.name}`, fields: network }] : []),
      globals,
    ];
    return [
      ...allReserved(child, parts.get(id)),
      ...dispensable(child, levels, compiled),
      ...(snapshot.family.version === 4 ? offLink(child, row, levels, linkOf, compiled) : []),
      ...lateGuards(child, row, lateness),
    ];
  };
};

const globalLevel = (
  { pair, family }: Snapshot,
  { known }: Compiled,
  spec: Parameters<typeof globalsOf>[2],
): InheritedLevel => {
  const { name, fields } = globalsOf(pair.metadata.name, family, spec);
  const options = parseOptions(known, spec[globalsFieldOf(family)].optionData ?? []);
  return { name, fields: options.ok ? { ...fields, 'option-data': options.options } : fields };
};

/** So many pools and routers are named. */
const NAMED = 8;

/** So many addresses, or prefixes, a HostReservation can have. */
const MOST_RESERVED = 16;

const allReserved = ({ object: { spec } }: SubnetChild, part: HostPart | undefined): readonly Warning[] => {
  if (!part) return [];
  const pools = poolsIn(spec).map(({ range }) => range);
  const pdPools = delegatedIn(spec);
  const most = BigInt(part.size * MOST_RESERVED);
  const addresses = pools.reduce((sum, range) => sum + addressCount(range), 0n);
  const prefixes = pdPools.reduce((sum, pool) => sum + prefixCount(pool), 0n);
  const isKept = (total: bigint, isPart: (one: ReturnType<typeof reservedBy>[number]) => boolean): boolean => {
    if (total === 0n || total > most) return false;
    const kept = new Set<bigint>();
    for (const { body } of part.values())
      for (const one of reservedBy(body)) if (isPart(one)) kept.add(one.range.first);
    return BigInt(kept.size) === total;
  };
  return [
    ...(isKept(addresses, ({ isPrefix, range }) => !isPrefix && pools.some((pool) => contains(pool, range)))
      ? [reservedWarning('pools', addresses, 'address', 'addresses')]
      : []),
    ...(isKept(prefixes, ({ length, range }) =>
      pdPools.some(({ prefix, delegatedLen }) => length === delegatedLen && contains(prefix, range)),
    )
      ? [reservedWarning('pdPools', prefixes, 'prefix', 'prefixes')]
      : []),
  ];
};

const reservedWarning = (field: string, total: bigint, one: string, several: string): Warning => {
  const what = total === 1n ? `the only ${one} is` : `all ${total} ${several} are`;
  const text = `${what} kept for clients by HostReservations, and all others get none. Make the ${field} larger; where nobody else is to be served leave them out, as reservations need none`;
  return warnOf('PoolsReserved', field, text);
};

/** In a SharedNetwork a Subnet may be there for the address of a relay agent alone, and with DHCPv6 for clients that want but options. */
const dispensable = (
  { object: { spec }, parent, prefix }: SubnetChild,
  levels: readonly InheritedLevel[],
  { desired }: Compiled,
): readonly Warning[] => {
  if (parent?.kind !== 'HAPair' || poolsIn(spec).length + delegatedIn(spec).length > 0) return [];
  // The operator says so of a subnet of which it knows no reservation (lookups.ts).
  if (inherited(levels, 'reservations-in-subnet') !== false) return [];
  if (inherited(levels, 'reservations-global') === true) return [];
  const hasOptions =
    levels.some(({ fields }) => (fields['option-data'] ?? []).length > 0) ||
    desired.classes.values().some(({ body }) => body['option-data'] !== undefined);
  if (prefix?.of !== IPV4 && hasOptions) return [];
  const text =
    'the Subnet has neither pools nor reservations, so that no client gets an address of it. Give it pools or HostReservations, or delete it';
  return [warnOf('DispensableSubnet', 'pools', text)];
};

/** What all clients of a link reach on it: the prefixes of all Subnets of a network. */
const linksIn = ({ subnets }: Snapshot): ((network: string) => readonly Prefix[]) => {
  const links = lazily(() =>
    Map.groupBy(subnets, ({ parent }) => (parent?.kind === 'SharedNetwork' ? parent.name : '')),
  );
  return (network) =>
    links()
      .get(network)
      ?.flatMap(({ prefix }) => prefix ?? []) ?? [];
};

/** Addresses that are on every link, or on none: people use them with clients that know what is meant. */
const ANYWHERE = ['169.254.0.0/16', '0.0.0.0/32', '255.255.255.255/32'].flatMap(
  (text) => parsePrefix(IPV4, text) ?? [],
);

/** Of a link of two addresses, or of one, a router may be anywhere. */
const SMALLEST_LINK = 30;

const offLink = (
  { prefix }: SubnetChild,
  row: SubnetBody,
  levels: readonly InheritedLevel[],
  linkOf: (network: string) => readonly Prefix[],
  { desired }: Compiled,
): readonly Warning[] => {
  if (!prefix || prefix.length > SMALLEST_LINK) return [];
  const isOff = (address: bigint): boolean =>
    !contains(prefix, address) &&
    !ANYWHERE.some((one) => contains(one, address)) &&
    !linkOf(row['shared-network-name'] ?? '').some((one) => contains(one, address));
  const routersOff = (options: readonly OptionData[] | undefined): readonly string[] =>
    routersOf(options).flatMap((address) => (isOff(address) ? [IPV4.format(address)] : []));
  const ofPools = row.pools?.flatMap((pool) => routersOff(pool['option-data'])) ?? [];
  if (ofPools.length > 0) return [offLinkWarning('pools', '', [...new Set(ofPools)], prefix)];
  const level = levels.find(({ fields }) => routersOf(fields['option-data']).length > 0);
  const found = level ? routersOff(level.fields['option-data']) : [];
  if (!level || found.length === 0) return [];
  // Before those of the pair go those of classes.
  const isUncertain = level === levels.at(-1) && desired.classes.values().some(({ body }) => hasRouters(body));
  return isUncertain ? [] : [offLinkWarning('optionData', level.name, found, prefix)];
};

const offLinkWarning = (field: string, from: string, found: readonly string[], { text }: Prefix): Warning => {
  const who = from === '' ? 'the option routers' : `the option routers of ${from}`;
  const remedy = from === '' ? 'Name an address of the link' : 'Give the Subnet an option routers of its own';
  const says = `${who} names ${found.slice(0, NAMED).join(', ')}, which no prefix of the link has (${text}): clients look for it there in vain. ${remedy}`;
  return warnOf('RouterOffLink', field, says);
};

const hasRouters = (body: Pick<SubnetBody, 'option-data'>): boolean => routersOf(body['option-data']).length > 0;

const NOBODY: readonly bigint[] = [];
const routersOf = (options: readonly OptionData[] | undefined): readonly bigint[] =>
  options === undefined ? NOBODY : routersAmong(options);
const routersAmong = once((options: readonly OptionData[]): readonly bigint[] => {
  const found = routersIn(options).map(({ address }) => address);
  return found.length === 0 ? NOBODY : found;
});

/** When Kea knows that a client is in a class, where that is too late for something. */
type Lateness = 'with the subnet' | 'with the lease' | undefined;

/**
 * Classes of additional lists are evaluated once there is a lease (evaluateAdditionalClasses), those that hang on reservations once the subnet is
 * chosen (Dhcpv4Exchange, initContext of DHCPv6). Of a class that is none of the pair's nothing is known.
 */
const latenessOf = (attempt: Attempt): ((name: string) => Lateness) => {
  const reserved = lazily(() => reservedClasses(attempt));
  return (name) => {
    if (BY_LOOKUP.includes(name)) return 'with the subnet';
    const row = attempt.compiled?.desired.classes.get(name)?.body;
    if (!row || needsNoDefinition(name)) return undefined;
    const isTested = row.test !== undefined || row['template-test'] !== undefined;
    if (isTested && row['only-in-additional-list'] !== true)
      return row['depend-on-known'] ? 'with the subnet' : undefined;
    return reserved().has(name) ? 'with the subnet' : 'with the lease';
  };
};

const GUARDED = ['pools', 'pdPools'] as const;

const lateGuards = (
  { object: { spec } }: SubnetChild,
  row: SubnetBody,
  lateness: (name: string) => Lateness,
): readonly Warning[] => {
  const isAlone = row['shared-network-name'] === undefined;
  const byLease = (name: string): Lateness => (lateness(name) === 'with the lease' ? 'with the lease' : undefined);
  if (!spec.clientClasses && !GUARDED.some((field) => spec[field]?.some(({ clientClasses }) => clientClasses)))
    return [];
  const own = lateIn(spec.clientClasses, isAlone ? lateness : byLease);
  const inPools = GUARDED.flatMap((field) => {
    const found = (spec[field] ?? []).flatMap(({ clientClasses }, index) => {
      const names = lateIn(clientClasses, byLease);
      return names ? [`${field}[${index}] by ${names.join(', ')}`] : [];
    });
    if (found.length === 0) return [];
    const text = `a client is in a class of evaluateAdditionalClasses only when it has an address already, so that nobody gets one of ${found.slice(0, NAMED).join('; ')}. Guard pools by classes with tests of their own`;
    return [warnOf('GuardNeverMet', field, text)];
  });
  if (!own) return inPools;
  const text = `Kea knows that a client is in ${own.join(', ')} only when its subnet is chosen already, so that this one never is. Guard it by a class with a test of its own; pools, and Subnets of a SharedNetwork, can be guarded so`;
  return [warnOf('GuardNeverMet', 'clientClasses', text), ...inPools];
};

/** The classes of a guard, where Kea knows of none in time. */
const lateIn = (
  names: readonly string[] | undefined,
  lateness: (name: string) => Lateness,
): readonly string[] | undefined =>
  names?.length && names.every((name) => lateness(name) !== undefined) ? names : undefined;

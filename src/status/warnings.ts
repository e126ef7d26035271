/** What is not wrong, and may surprise: the warnings of a status. They change no condition. */
import { globalsFieldOf } from '../api/families.ts';
import type { Subnet } from '../api/index.ts';
import type { WarningReason } from '../api/reasons.ts';
import type { Child, NetworkChild } from '../compile/child.ts';
import { leaseTimeWarnings, scalarsOf, timersLeftOut } from '../compile/inherit.ts';
import { at, isRecord, textAt } from '../compile/objects.ts';
import { delegatedIn, type DelegatedPrefix, prefixCount } from '../compile/pdPools.ts';
import { cidrIn, poolsIn } from '../compile/pools.ts';
import type { Warning } from '../compile/types.ts';
import { addressCount, type Addressing, addressingOf, contains, formatRange, single, without } from '../kea/address.ts';
import type { Family } from '../kea/family.ts';
import { SKEW_LIMIT } from '../kea/ha.ts';
import { isSet } from '../kea/keywords.ts';
import { lazily } from '../kea/once.ts';
import { legible } from '../kea/text.ts';
import { classWarnings } from './classWarnings.ts';
import { clockSkew } from './pair.ts';
import { servedWarnings } from './subnetWarnings.ts';
import { type NamedRows, type Taken, type TakenAddresses, takenAddresses } from './taken.ts';
import { toldOf } from './told.ts';
import type { Attempt } from './types.ts';

/** Specs are quoted as they are; a status takes a line, of bounded length. */
const warningOf = (reason: WarningReason, field: string, message: string): Warning => ({
  reason,
  field: `spec.${field}`,
  message: legible(message),
});

export const pairWarnings = ({ snapshot: { pair, family, spec }, servers, notAllowed }: Attempt): readonly Warning[] =>
  toldOf(pair, [
    ...skewWarnings(servers),
    ...timerWarnings(family, at(pair.spec, globalsFieldOf(family))),
    ...('spec' in spec
      ? leaseTimeWarnings(spec.spec, spec.spec[globalsFieldOf(family)].validLifetime, `${globalsFieldOf(family)}.`)
      : []),
    ...(notAllowed === undefined
      ? []
      : [warningOf('NotAllowed', 'servers', `${notAllowed}. What runs goes on; no further server is started`)]),
  ]);

const skewWarnings = (servers: Attempt['servers']): readonly Warning[] => {
  const skew = clockSkew(servers);
  if (skew === undefined) return [];
  const message = `${skew}: from ${SKEW_LIMIT} s on they end their work together, and nobody takes over any more. Set the clocks right (NTP)`;
  return [warningOf('ClockSkew', 'servers', message)];
};

const timerWarnings = (family: Family, globals: unknown): readonly Warning[] =>
  isRecord(globals)
    ? timersLeftOut(family, scalarsOf(globals), []).map(({ reason, field, message }) => {
        const globalsField = globalsFieldOf(family);
        return warningOf(reason, field.replace('spec', globalsField), `${globalsField}: ${message}`);
      })
    : [];

/** Below so many addresses or prefixes of a pool a client may well find its half used up while the other is not. */
const SMALL_POOL = 32n;

/** What is to be told of the children of a pass, each with the id that it has as a Subnet. */
export const childWarnings = (
  attempt: Attempt,
  rows?: NamedRows,
): ((child: Child, id: number | undefined) => readonly Warning[]) => {
  const ofSubnet = subnetWarnings(attempt, rows);
  const [ofServed, ofClass, ofNetwork] = [servedWarnings(attempt), classWarnings(attempt), networkWarnings(attempt)];
  const found = (child: Child, id: number | undefined): readonly Warning[] => {
    switch (child.kind) {
      case 'Subnet':
        return [...ofSubnet(child.object, id), ...ofServed(child)];
      case 'ClientClass':
        return ofClass(child);
      case 'SharedNetwork':
        return ofNetwork(child);
      case 'HostReservation':
      case 'OptionDefinition':
        return [];
    }
  };
  return (child, id) => {
    const [first, more] = [attempt.compiled?.warnings.get(child.ref), found(child, id)];
    return toldOf(child.object, first ? [...first, ...more] : more);
  };
};

/** A network is for links that have several Subnets. */
const networkWarnings = ({ snapshot, compiled }: Attempt): ((child: NetworkChild) => readonly Warning[]) => {
  const members = lazily(() => {
    const own = snapshot.subnets.flatMap(({ parent, name }) =>
      parent?.kind === 'SharedNetwork' ? [{ network: parent.name, name }] : [],
    );
    return Map.groupBy(own, ({ network }) => network);
  });
  return ({ ref, name, isDeleting }) => {
    if (isDeleting || compiled?.verdicts.get(ref)?.accepted !== true) return [];
    const [one, ...others] = members().get(name) ?? [];
    if (others.length > 0) return [];
    const has = one ? `Subnet ${one.name} alone belongs to it` : 'no Subnet belongs to it';
    const instead = one
      ? `create Subnet ${one.name} anew with haPairRef in place of sharedNetworkRef, and delete this`
      : 'delete this';
    const message = `${has}, and a SharedNetwork is for a link that has several. Create the others, or ${instead}`;
    return [{ reason: 'DispensableSharedNetwork', field: 'spec', message: legible(message) }];
  };
};

/** What is to be said of the Subnets of a pass, each with its id. */
export const subnetWarnings = (
  attempt: Attempt,
  rows?: NamedRows,
): ((subnet: Subnet, id: number | undefined) => readonly Warning[]) => {
  const taken = takenAddresses(attempt, rows);
  const isDivided = at(attempt.snapshot.pair.spec, 'mode') === 'LoadBalancing';
  return ({ spec }, id) => {
    const [pools, pdPools] = [poolsIn(spec), delegatedIn(spec)];
    return [
      ...(isDivided ? smallPools(pools, pdPools) : []),
      ...takenIn(pools, taken, id),
      ...takenInPrefixes(pdPools, taken, id),
      ...unservedLink(attempt, spec),
    ];
  };
};

/** DHCPv4 knows the clients of its own link by an address that the server has there; DHCPv6 only by what the Subnet says. */
const unservedLink = ({ snapshot, ownAddresses }: Attempt, spec: unknown): readonly Warning[] => {
  const { family } = snapshot;
  const prefix = cidrIn(spec);
  if (family.version === 4 || prefix === undefined) return [];
  const network = snapshot.network(textAt(at(spec, 'sharedNetworkRef'), 'name') ?? '')?.object.spec;
  if ([spec, network].some((level) => isSet(at(level, 'interface')) || isSet(at(level, 'interfaceId')))) return [];
  for (const [server, addresses] of ownAddresses ?? []) {
    const own = addresses.find((address) => {
      const number = prefix.of.parse(address);
      return number !== undefined && contains(prefix, number);
    });
    if (own === undefined) continue;
    const message = `cidr: server ${server} has ${own} on this link, and the clients of the link get nothing: set interface to the name that the link has on all servers. Clients behind relays are served without it`;
    return [warningOf('LinkWithoutInterface', 'interface', message)];
  }
  return [];
};

type Pools = ReturnType<typeof poolsIn>;

const smallPools = (pools: Pools, pdPools: readonly DelegatedPrefix[]): readonly Warning[] => {
  const small = pools.flatMap(({ text, range }) => (addressCount(range) < SMALL_POOL ? [text] : []));
  const smallPd = pdPools.flatMap((pool) => (prefixCount(pool) < SMALL_POOL ? [pool.prefix.text] : []));
  return [...smallPoolsIn('pools', small, 'addresses'), ...smallPoolsIn('pdPools', smallPd, 'prefixes')];
};

const smallPoolsIn = (field: string, small: readonly string[], what: string): readonly Warning[] => {
  if (small.length === 0) return [];
  const message = `${field}: ${small.join(', ')}: with mode LoadBalancing each server gives out its half of a pool only, so that clients of one may get none while the other has some left. Use pools of ${SMALL_POOL} ${what} or more, or mode HotStandby`;
  return [warningOf('SmallPoolHalves', field, message)];
};

/** So many addresses and pools are named; a sentence of more nobody reads. */
const NAMED = 8;

const takenIn = (pools: Pools, taken: TakenAddresses, id: number | undefined): readonly Warning[] => {
  const sentences = pools.flatMap((pool) => {
    const found = taken.within(addressingOf(pool.text), pool.range, id);
    return found.length === 0 ? [] : [sentenceOf(pool, found)];
  });
  return sentences.length === 0 ? [] : [warningOf('TakenAddressInPool', 'pools', `pools: ${sentences.join('. ')}`)];
};

const takenInPrefixes = (
  pdPools: readonly DelegatedPrefix[],
  taken: TakenAddresses,
  id: number | undefined,
): readonly Warning[] => {
  const sentences = pdPools.flatMap(({ prefix }) => {
    const found = taken.within(prefix.of, prefix, id);
    const who = namesOf(prefix.of, found);
    return found.length === 0 ? [] : [`${prefix.text} gives clients prefixes with addresses that others have: ${who}`];
  });
  if (sentences.length === 0) return [];
  return [warningOf('TakenAddressInPool', 'pdPools', `pdPools: ${sentences.join('. ')}. Choose prefixes without them`)];
};

const namesOf = (of: Addressing, found: readonly Taken[]): string => {
  const named = found.slice(0, NAMED).map(({ address, by }) => `${of.format(address)} (${by})`);
  return `${named.join(', ')}${found.length > NAMED ? ` and ${found.length - NAMED} more` : ''}`;
};

const sentenceOf = ({ text, range }: Pools[number], found: readonly Taken[]): string => {
  const of = addressingOf(text);
  const left = without(
    range,
    found.map(({ address }) => single(address)),
  );
  const instead =
    left.length === 0 || left.length > NAMED ? '' : `, as with ${left.map((part) => formatRange(of, part)).join(', ')}`;
  return `${text} gives clients what others have: ${namesOf(of, found)}. Leave them out${instead}`;
};

/** The pools of a Subnet. */
import type { SubnetSpec } from '../api/subnet.ts';
import {
  addressCount,
  type Addressing,
  addressingOf,
  contains,
  formatRange,
  hostsIn,
  parseRange,
  type Prefix,
  prefixIn,
  type Range,
  rangeSet,
} from '../kea/address.ts';
import { ipFamilyOf } from '../kea/families.ts';
import { once } from '../kea/once.ts';
import type { PoolBody } from '../kea/state.ts';
import { checkGuards, type Halves, type PairFacts } from './facts.ts';
import { guardsOfHalves, isOfServers } from './halfClasses.ts';
import { type Checked, checkOptions } from './networkPart.ts';
import { at, isRecord, reject, textAt } from './objects.ts';

type PoolSpec = NonNullable<SubnetSpec['pools']>[number];

/**
 * The addresses that a pool of a specification gives out; undefined of one that gives out none. Who writes a prefix means what a client can have
 * of it: the network and the broadcast address of the subnet are left out. Kea itself would give them out.
 */
export const rangeOfPool = (text: string, prefix: Prefix): Range | undefined => {
  const range = parseRange(prefix.of, text);
  if (!range || !text.includes('/') || !contains(prefix, range)) return range;
  const hosts = hostsIn(prefix);
  const first = range.first < hosts.first ? hosts.first : range.first;
  const last = range.last > hosts.last ? hosts.last : range.last;
  return first > last ? undefined : { first, last };
};

interface PoolRange {
  readonly text: string;
  readonly range: Range;
}

/** The prefix of a Subnet of whose spec nothing is known yet. */
export const cidrIn = (spec: unknown): Prefix | undefined => prefixIn(textAt(spec, 'cidr') ?? '');

/** The pools of a Subnet, whatever else is wrong with it: those that cannot be read are left out. */
export const poolsIn = (spec: unknown): readonly PoolRange[] => (isRecord(spec) ? readPools(spec) : []);

const readPools = once((spec: object): readonly PoolRange[] => {
  const prefix = cidrIn(spec);
  const pools = at(spec, 'pools');
  if (!prefix || !Array.isArray(pools)) return [];
  return (pools as readonly unknown[]).flatMap((pool) => {
    const text = textAt(pool, 'pool') ?? '';
    const range = rangeOfPool(text, prefix);
    return range ? [{ text, range }] : [];
  });
});

/** What the first address of a prefix is. */
export const firstOf = ({ version }: Addressing): string =>
  version === 4 ? 'the network address' : 'the address of all routers';

/** The addresses that a pool gives out, where a client of the subnet can have all of them. */
const checkAddresses = (name: string, text: string, prefix: Prefix): Checked<Range> => {
  const { of } = prefix;
  const hosts = hostsIn(prefix);
  const choose = `choose addresses from ${formatRange(of, hosts)}`;
  const given = addressingOf(text);
  if (given !== of) {
    const message = `${name}: ${text} is of ${ipFamilyOf(given)}, and cidr of ${ipFamilyOf(of)}: ${choose}`;
    return { rejection: reject('FamilyMismatch', message) };
  }
  const whole = parseRange(of, text);
  if (!whole) {
    const message = `${name}: the first address of ${text} is greater than the last: swap them`;
    return { rejection: reject('PoolReversed', message) };
  }
  if (!contains(prefix, whole)) {
    const message = `${name}: ${formatRange(of, whole)} does not lie within ${prefix.text}: ${choose}`;
    return { rejection: reject('PoolOutsidePrefix', message) };
  }
  const range = rangeOfPool(text, prefix);
  if (range && contains(hosts, range)) return { value: range };
  const [address, which] =
    whole.first < hosts.first ? [prefix.first, firstOf(of)] : [prefix.last, 'the broadcast address'];
  const message = `${name}: ${formatRange(of, whole)} holds ${of.format(address)}, ${which} of ${prefix.text}, which no client can have: ${choose}`;
  return { rejection: reject('PoolOutsidePrefix', message) };
};

/** The pools of a subnet: each within the prefix, none on another; in mode LoadBalancing divided between the servers. */
export const checkPools = (
  facts: PairFacts,
  prefix: Prefix,
  pools: readonly PoolSpec[] | undefined,
): Checked<readonly PoolBody[]> => {
  const taken = rangeSet<string>();
  const result: PoolBody[] = [];
  for (const [index, spec] of (pools ?? []).entries()) {
    const name = `pools[${index}]`;
    const addresses = checkAddresses(name, spec.pool, prefix);
    if ('rejection' in addresses) return addresses;
    const range = addresses.value;
    const text = formatRange(prefix.of, range);
    const other = taken.add(range, `${name} ${text}`);
    if (other !== undefined) {
      return {
        rejection: reject('PoolOverlap', `${name}: ${text} overlaps ${other}: an address can be in one pool only`),
      };
    }
    const checked = checkPool(facts, name, spec, prefix.of, range);
    if ('rejection' in checked) return checked;
    result.push(...checked.value);
  }
  return { value: result };
};

const checkPool = (
  facts: PairFacts,
  name: string,
  spec: PoolSpec,
  of: Addressing,
  range: Range,
): Checked<readonly PoolBody[]> => {
  const options = checkOptions(facts, spec.optionData, `${name}.optionData`);
  if ('rejection' in options) return options;
  const classes = spec.clientClasses ?? [];
  const rejection = checkGuards(facts, name, spec);
  if (rejection) return { rejection };
  const additional = spec.evaluateAdditionalClasses;
  const inCommon = {
    'option-data': options.value,
    ...(additional ? { 'evaluate-additional-classes': additional } : {}),
    ...(spec.userContext ? { 'user-context': spec.userContext } : {}),
  };
  if (!facts.halves) return { value: [{ pool: formatRange(of, range), ...inCommon, 'client-classes': classes }] };
  if (classes.length > 0 && isOfServers(classes)) {
    return { value: [{ pool: formatRange(of, range), ...inCommon, 'client-classes': classes }] };
  }
  const guards = guardsOfHalves(facts.halves, classes);
  return { value: halves(of, range, guards).map((half) => ({ ...half, ...inCommon })) };
};

/**
 * In mode load-balancing each server may hand out its own half only: without guards both offer the same free addresses, and
 * clients get addresses that the partner has just given away. A single address goes to the primary.
 */
const halves = (of: Addressing, range: Range, [primary, secondary]: Halves): readonly PoolBody[] => {
  const half = (part: Range, classes: readonly string[]): PoolBody => ({
    pool: formatRange(of, part),
    'client-classes': classes,
  });
  if (range.first === range.last) return [half(range, primary)];
  const middle = range.first + (addressCount(range) - 1n) / 2n;
  return [
    half({ first: range.first, last: middle }, primary),
    half({ first: middle + 1n, last: range.last }, secondary),
  ];
};

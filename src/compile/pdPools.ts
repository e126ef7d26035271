/** The pools of prefixes of Subnets of DHCPv6. */
import type { SubnetSpec } from '../api/subnet.ts';
import { contains, formatRange, type Prefix, prefixAt, prefixIn, rangeSet } from '../kea/address.ts';
import { IPV6 } from '../kea/ipv6.ts';
import { once } from '../kea/once.ts';
import type { PdPoolBody, SubnetBody } from '../kea/state.ts';
import { checkGuards, type Halves, type PairFacts } from './facts.ts';
import { guardsOfHalves, isOfServers } from './halfClasses.ts';
import { type Checked, checkOptions } from './networkPart.ts';
import { at, isRecord, reject, textAt } from './objects.ts';
import { rangeOfPool } from './pools.ts';
import type { Rejection } from './types.ts';

type PdPoolSpec = NonNullable<SubnetSpec['pdPools']>[number];

/**
 * A pull reads each subnet as a join of its pools, pools of prefixes and options (measured with Kea 3.0.4: 64,000 rows of one subnet take it a second,
 * in which it serves nobody).
 */
const MOST_JOINED = 10_000;

/**
 * The pools of prefixes: each right in itself, none on another or on a pool of addresses; in mode LoadBalancing divided between the servers.
 * @param link The prefix of the Subnet.
 */
export const checkPdPools = (facts: PairFacts, link: Prefix, spec: SubnetSpec): Checked<readonly PdPoolBody[]> => {
  const taken = rangeSet<string>();
  for (const [index, { pool }] of (spec.pools ?? []).entries()) {
    const range = rangeOfPool(pool, link);
    if (range) taken.add(range, `pools[${index}] ${formatRange(link.of, range)}`);
  }
  const result: PdPoolBody[] = [];
  for (const [index, pool] of (spec.pdPools ?? []).entries()) {
    const name = `pdPools[${index}]`;
    const read = readPool(name, pool);
    if ('rejection' in read) return read;
    const { prefix } = read.value;
    if (contains(prefix, link)) {
      const message = `${name}: ${prefix.text} holds ${link.text}, the prefix of the Subnet itself, which a client would get: choose one that does not`;
      return { rejection: reject('PoolOverlap', message) };
    }
    const other = taken.add(prefix, `${name} ${prefix.text}`);
    if (other !== undefined) {
      const message = `${name}: ${prefix.text} overlaps ${other}: an address can be in one pool only`;
      return { rejection: reject('PoolOverlap', message) };
    }
    const checked = checkPool(facts, name, pool, read.value);
    if ('rejection' in checked) return checked;
    result.push(...checked.value);
  }
  const rejection = checkJoin(spec);
  return rejection ? { rejection } : { value: result };
};

interface PdPool {
  readonly prefix: Prefix;
  readonly excluded?: Prefix;
}

/** The prefixes of a pool, where Kea would take them as they are meant. */
const readPool = (name: string, spec: PdPoolSpec): Checked<PdPool> => {
  const prefix = prefixOf(`${name}.prefix`, spec.prefix);
  if ('rejection' in prefix) return prefix;
  const { length, text } = prefix.value;
  const { delegatedLen } = spec;
  if (delegatedLen <= length) {
    const message = `${name}.delegatedLen: ${delegatedLen} is not greater than ${length}, the length of ${text}, and prefixes that are delegated are parts of it: choose a greater one`;
    return { rejection: reject('InvalidSpec', message) };
  }
  if (spec.excludedPrefix === undefined) return { value: { prefix: prefix.value } };
  const excluded = prefixOf(`${name}.excludedPrefix`, spec.excludedPrefix);
  if ('rejection' in excluded) return excluded;
  const first = prefixAt(IPV6, prefix.value.first, delegatedLen);
  if (excluded.value.length <= delegatedLen || !contains(first, excluded.value)) {
    const message = `${name}.excludedPrefix: ${excluded.value.text} is no part of ${first.text}, the first prefix that is delegated: choose a part of it; it is moved along for the others`;
    return { rejection: reject('InvalidSpec', message) };
  }
  return { value: { prefix: prefix.value, excluded: excluded.value } };
};

const prefixOf = (field: string, text: string): Checked<Prefix> => {
  const prefix = prefixIn(text);
  if (prefix?.canonical === true && prefix.of === IPV6) return { value: prefix };
  const instead = prefix ? `: write ${prefix.text}` : '';
  return { rejection: reject('InvalidSpec', `${field}: ${text} is not a network address of IPv6${instead}`) };
};

const checkPool = (
  facts: PairFacts,
  name: string,
  spec: PdPoolSpec,
  { prefix, excluded }: PdPool,
): Checked<readonly PdPoolBody[]> => {
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
  const whole = bodyOf(prefix, spec.delegatedLen, excluded, inCommon, classes);
  if (!facts.halves) return { value: [whole] };
  if (classes.length > 0 && isOfServers(classes)) return { value: [whole] };
  const guards = guardsOfHalves(facts.halves, classes);
  return { value: halves(prefix, spec.delegatedLen, excluded, inCommon, guards) };
};

/** What the halves of a pool have in common. */
type PoolPart = Pick<PdPoolBody, 'option-data' | 'evaluate-additional-classes' | 'user-context'>;

const bodyOf = (
  prefix: Prefix,
  delegatedLen: number,
  excluded: Prefix | undefined,
  inCommon: PoolPart,
  classes: readonly string[],
): PdPoolBody => ({
  prefix: IPV6.format(prefix.first),
  'prefix-len': prefix.length,
  'delegated-len': delegatedLen,
  ...(excluded ? { 'excluded-prefix': IPV6.format(excluded.first), 'excluded-prefix-len': excluded.length } : {}),
  ...inCommon,
  'client-classes': classes,
});

/** As with addresses: each server may give out its own half only. An excluded prefix is said of the first prefix of each. */
const halves = (
  prefix: Prefix,
  delegatedLen: number,
  excluded: Prefix | undefined,
  inCommon: PoolPart,
  [primary, secondary]: Halves,
): readonly PdPoolBody[] => {
  const first = prefixAt(IPV6, prefix.first, prefix.length + 1);
  const second = prefixAt(IPV6, first.last + 1n, prefix.length + 1);
  const moved = excluded && prefixAt(IPV6, excluded.first + (second.first - first.first), excluded.length);
  return [
    bodyOf(first, delegatedLen, excluded, inCommon, primary),
    bodyOf(second, delegatedLen, moved, inCommon, secondary),
  ];
};

const checkJoin = ({ pools = [], pdPools = [], optionData = [] }: SubnetSpec): Rejection | undefined => {
  if (pdPools.length === 0) return undefined;
  const rowsOf = (list: readonly { readonly optionData?: readonly unknown[] | undefined }[]): number =>
    Math.max(
      1,
      list.reduce((sum, one) => sum + Math.max(1, one.optionData?.length ?? 0), 0),
    );
  const joined = rowsOf(pools) * rowsOf(pdPools) * Math.max(1, optionData.length);
  if (joined <= MOST_JOINED) return undefined;
  const message = `pools, pdPools and optionData, with the options of the pools, make ${joined} rows of each reading of this Subnet, as Kea joins them, and ${MOST_JOINED} are the most that its clients can wait for: make several Subnets of a SharedNetwork, or set the options there`;
  return reject('InvalidSpec', message);
};

/** A prefix out of which clients get prefixes. */
export interface DelegatedPrefix {
  readonly prefix: Prefix;
  /** The field that says so. */
  readonly field: string;
  /** Length of what a client gets; absent of a prefix that is not delegated. */
  readonly delegatedLen?: number;
}

/** How many prefixes clients can get of it. */
export const prefixCount = ({ prefix, delegatedLen = prefix.length }: DelegatedPrefix): bigint =>
  delegatedLen < prefix.length ? 0n : 1n << BigInt(Math.min(delegatedLen, prefix.of.bits) - prefix.length);

const NONE: readonly DelegatedPrefix[] = [];

/** The pools of prefixes of a row. */
export const delegatedBy = ({ 'pd-pools': pools }: Pick<SubnetBody, 'pd-pools'>): readonly DelegatedPrefix[] =>
  pools?.flatMap((pool) => {
    const prefix = prefixIn(`${pool.prefix}/${pool['prefix-len']}`);
    return prefix ? [{ field: 'pdPools', prefix, delegatedLen: pool['delegated-len'] }] : [];
  }) ?? NONE;

/** The pools of prefixes of a Subnet, whatever else is wrong with it: those that cannot be read are left out. */
export const delegatedIn = (spec: unknown): readonly DelegatedPrefix[] => (isRecord(spec) ? readDelegated(spec) : NONE);

const readDelegated = once((spec: object): readonly DelegatedPrefix[] => {
  const pools = at(spec, 'pdPools');
  if (!Array.isArray(pools)) return NONE;
  return (pools as readonly unknown[]).flatMap((pool, index) => {
    const prefix = prefixIn(textAt(pool, 'prefix') ?? '');
    const delegatedLen = at(pool, 'delegatedLen');
    const isRead = typeof delegatedLen === 'number' && Number.isInteger(delegatedLen);
    return prefix && isRead ? [{ field: `pdPools[${index}]`, prefix, delegatedLen }] : [];
  });
});

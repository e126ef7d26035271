/** The pools of prefixes of Subnets of DHCPv6. */
import type { SubnetSpec } from '../api/subnet.ts';
import { contains, type Prefix, prefixAt, prefixIn, rangeSet } from '../kea/address.ts';
import { IPV6 } from '../kea/ipv6.ts';
import type { OptionData, PdPoolBody, SubnetBody } from '../kea/state.ts';
import { checkClasses, type Halves, type PairFacts } from './facts.ts';
import { type Checked, checkOptions } from './networkPart.ts';
import { nameOf, reject } from './objects.ts';
import { type CompilePass, refuse } from './pass.ts';
import type { Runner } from './subnets.ts';
import type { Rejection } from './types.ts';

type PdPoolSpec = NonNullable<SubnetSpec['pdPools']>[number];

/**
 * A pull reads each subnet as a join of its pools, pools of prefixes and options (measured with Kea 3.0.4: 64,000 rows of one subnet take it a second,
 * in which it serves nobody).
 */
const MOST_JOINED = 10_000;

/** The pools of prefixes: each right in itself, none on another; in mode LoadBalancing divided between the servers. */
export const checkPdPools = (facts: PairFacts, spec: SubnetSpec): Checked<readonly PdPoolBody[]> => {
  const taken = rangeSet<string>();
  const result: PdPoolBody[] = [];
  for (const [index, pool] of (spec.pdPools ?? []).entries()) {
    const name = `pdPools[${index}]`;
    const read = readPool(name, pool);
    if ('rejection' in read) return read;
    const other = taken.add(read.value.prefix, `${name} ${read.value.prefix.text}`);
    if (other !== undefined) {
      const message = `${name}: ${read.value.prefix.text} overlaps ${other}: a prefix can be in one pool only`;
      return { rejection: reject('DelegationOverlap', message) };
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
    const message = `${name}.delegatedLen: ${delegatedLen} is not greater than the ${length} of ${text}: prefixes that are delegated are parts of it`;
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
  const rejection = checkClasses(facts, `${name}.clientClasses`, classes);
  if (rejection) return { rejection };
  const whole = bodyOf(prefix, spec.delegatedLen, excluded, options.value, classes);
  if (!facts.halves) return { value: [whole] };
  if (classes.length === 0) return { value: halves(prefix, spec.delegatedLen, excluded, options.value, facts.halves) };
  if (classes.every((className) => className.startsWith('HA_'))) return { value: [whole] };
  // A client needs only one of a pool's classes, so the server's class beside the user's would let everybody in.
  const message = `${name}: ${prefix.text} has client classes of its own, so that it cannot be divided between the servers: leave clientClasses out, or choose mode HotStandby`;
  return { rejection: reject('LoadBalancingPool', message) };
};

const bodyOf = (
  prefix: Prefix,
  delegatedLen: number,
  excluded: Prefix | undefined,
  options: readonly OptionData[],
  classes: readonly string[],
): PdPoolBody => ({
  prefix: IPV6.format(prefix.first),
  'prefix-len': prefix.length,
  'delegated-len': delegatedLen,
  ...(excluded ? { 'excluded-prefix': IPV6.format(excluded.first), 'excluded-prefix-len': excluded.length } : {}),
  'option-data': options,
  'client-classes': classes,
});

/** As with addresses: each server may give out its own half only. An excluded prefix is said of the first prefix of each. */
const halves = (
  prefix: Prefix,
  delegatedLen: number,
  excluded: Prefix | undefined,
  options: readonly OptionData[],
  [primary, secondary]: Halves,
): readonly PdPoolBody[] => {
  const first = prefixAt(IPV6, prefix.first, prefix.length + 1);
  const second = prefixAt(IPV6, first.last + 1n, prefix.length + 1);
  const moved = excluded && prefixAt(IPV6, excluded.first + (second.first - first.first), excluded.length);
  return [
    bodyOf(first, delegatedLen, excluded, options, primary),
    bodyOf(second, delegatedLen, moved, options, secondary),
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

/** Prefixes of the pools of a body. */
const delegatedBy = (body: Pick<SubnetBody, 'pd-pools'>): readonly Prefix[] =>
  (body['pd-pools'] ?? []).flatMap((pool) => prefixIn(`${pool.prefix}/${pool['prefix-len']}`) ?? []);

/**
 * Lets each prefix be delegated by one Subnet, and no addresses of another Subnet: those that serve already go first, then the oldest. Kea takes all of
 * it in silence, and gives one prefix to two clients.
 */
export const settlePdPools = (pass: CompilePass, runners: readonly Runner[]): readonly Runner[] => {
  const asking = runners.filter(({ body }) => body['pd-pools'] !== undefined);
  if (asking.length === 0) return runners;
  const prefixes = rangeSet<Runner>();
  for (const runner of runners) prefixes.add(runner.prefix, runner);
  const serves = ({ rows, body }: Runner): boolean =>
    rows.some(
      (row) =>
        JSON.stringify(delegatedBy(row.body).map(({ text }) => text)) ===
        JSON.stringify(delegatedBy(body).map(({ text }) => text)),
    );
  const serving = new Set(asking.filter(serves));
  const delegated = rangeSet<Runner>();
  const losers = new Set<Runner>();
  for (const runner of [...serving, ...asking.filter((one) => !serving.has(one))]) {
    const own = delegatedBy(runner.body);
    const rejection = own
      .map((prefix) => {
        const other = delegated.overlapping(prefix) ?? prefixes.allOverlapping(prefix).find((one) => one !== runner);
        if (!other || other === runner) return undefined;
        const what = delegated.overlapping(prefix) ? 'a prefix that is delegated' : 'the addresses';
        const message = `pdPools: ${prefix.text} overlaps ${what} of ${nameOf(other.subnet.ref)}: choose another prefix`;
        return reject('DelegationOverlap', message, other.subnet.ref);
      })
      .find((found) => found !== undefined);
    if (rejection) {
      losers.add(runner);
      refuse(pass, runner.subnet.ref, rejection);
    } else {
      for (const prefix of own) delegated.add(prefix, runner);
    }
  }
  return losers.size === 0 ? runners : runners.filter((runner) => !losers.has(runner));
};

import type { SubnetSpec } from '../api/subnet.ts';
import { addressCount, contains, formatRange, parseRange, type Prefix, type Range, rangeSet } from '../kea/address.ts';
import type { Pool4 } from '../kea/state.ts';
import { checkClasses, type Halves, type PairFacts } from './facts.ts';
import { type Checked, checkOptions } from './networkPart.ts';
import { reject } from './objects.ts';

type PoolSpec = NonNullable<SubnetSpec['pools']>[number];

/** The pools of a subnet: each within the prefix, none on another; in mode LoadBalancing divided between the servers. */
export function checkPools(
  facts: PairFacts,
  prefix: Prefix,
  pools: readonly PoolSpec[] | undefined,
): Checked<readonly Pool4[]> {
  const taken = rangeSet<string>();
  const result: Pool4[] = [];
  for (const [index, spec] of (pools ?? []).entries()) {
    const name = `pools[${index}]`;
    const range = parseRange(spec.pool);
    if (!range) {
      const message = `${name}: the first address of ${spec.pool} is greater than the last: swap them`;
      return { rejection: reject('PoolReversed', message) };
    }
    const text = formatRange(range);
    if (!contains(prefix, range)) {
      const message = `${name}: ${text} does not lie within ${prefix.text}: choose addresses from ${formatRange(prefix)}`;
      return { rejection: reject('PoolOutsidePrefix', message) };
    }
    const other = taken.add(range, `${name} ${text}`);
    if (other !== undefined) {
      return {
        rejection: reject('PoolOverlap', `${name}: ${text} overlaps ${other}: an address can be in one pool only`),
      };
    }
    const checked = checkPool(facts, name, spec, range);
    if ('rejection' in checked) return checked;
    result.push(...checked.value);
  }
  return { value: result };
}

function checkPool(facts: PairFacts, name: string, spec: PoolSpec, range: Range): Checked<readonly Pool4[]> {
  const options = checkOptions(facts, spec.optionData, `${name}.optionData`);
  if ('rejection' in options) return options;
  const classes = spec.clientClasses ?? [];
  const rejection = checkClasses(facts, `${name}.clientClasses`, classes);
  if (rejection) return { rejection };
  const inCommon = { 'option-data': options.value };
  if (!facts.halves) return { value: [{ pool: formatRange(range), ...inCommon, 'client-classes': classes }] };
  if (classes.length === 0) return { value: halves(range, facts.halves).map((half) => ({ ...half, ...inCommon })) };
  if (classes.every((className) => className.startsWith('HA_'))) {
    return { value: [{ pool: formatRange(range), ...inCommon, 'client-classes': classes }] };
  }
  // A client needs only one of a pool's classes, so the server's class beside the user's would let everybody in.
  const message = `${name}: ${formatRange(range)} has client classes of its own, so that it cannot be divided between the servers: leave clientClasses out, or choose mode HotStandby`;
  return { rejection: reject('LoadBalancingPool', message) };
}

/**
 * In mode load-balancing each server may hand out its own half only: without guards both offer the same free addresses, and
 * clients get addresses that the partner has just given away. A single address goes to the primary.
 */
function halves(range: Range, [primary, secondary]: Halves): readonly Pool4[] {
  const half = (part: Range, classes: readonly string[]): Pool4 => ({
    pool: formatRange(part),
    'client-classes': classes,
  });
  if (range.first === range.last) return [half(range, primary)];
  const middle = range.first + (addressCount(range) - 1n) / 2n;
  return [
    half({ first: range.first, last: middle }, primary),
    half({ first: middle + 1n, last: range.last }, secondary),
  ];
}

import type { SharedNetworkSpec } from '../api/sharedNetwork.ts';
import type { SubnetSpec } from '../api/subnet.ts';
import { type OptionInput, parseOptions } from '../kea/options.ts';
import type { Network4, OptionData } from '../kea/state.ts';
import { checkClasses, checkInterface, type PairFacts } from './facts.ts';
import { checkLifetimes, completeLifetimes, type Level, scalarsOf } from './inherit.ts';
import { reject } from './objects.ts';
import type { Rejection } from './types.ts';

export type Checked<T> = { readonly value: T } | { readonly rejection: Rejection };

/** Options as Kea is to hold them; refused with their place where they, or the classes that guard them, do not exist. */
export function checkOptions(
  facts: PairFacts,
  inputs: readonly OptionInput[] | undefined,
  path = 'optionData',
): Checked<readonly OptionData[]> {
  const parsed = parseOptions(inputs ?? [], path);
  if (!parsed.ok) return { rejection: reject('InvalidOption', parsed.message) };
  for (const [index, { clientClasses }] of (inputs ?? []).entries()) {
    const rejection = checkClasses(facts, `${path}[${index}].clientClasses`, clientClasses);
    if (rejection) return { rejection };
  }
  return { value: parsed.options };
}

/** What subnets and networks have in common, in Kea's words. `outer` are the levels that it inherits from, the nearest first. */
export function checkNetworkPart(
  facts: PairFacts,
  spec: SharedNetworkSpec | SubnetSpec,
  outer: readonly Level[],
): Checked<Partial<Network4>> {
  const own = scalarsOf(spec);
  const options = checkOptions(facts, spec.optionData);
  if ('rejection' in options) return options;
  const rejection = checkInterface(facts, spec.interface) ?? checkLifetimes(own, outer);
  if (rejection) return { rejection };
  return {
    value: {
      ...own,
      ...completeLifetimes(own, outer),
      'option-data': options.value,
      ...(spec.relay ? { relay: { 'ip-addresses': spec.relay.ipAddresses } } : {}),
      ...(spec.userContext ? { 'user-context': spec.userContext } : {}),
    },
  };
}

/** What SharedNetworks and Subnets have in common. */
import type { SharedNetworkSpec } from '../api/sharedNetwork.ts';
import type { SubnetSpec } from '../api/subnet.ts';
import { ipFamilyOf } from '../kea/families.ts';
import { type Field, fieldsAt, isSet } from '../kea/keywords.ts';
import { type OptionInput, parseOptions } from '../kea/options.ts';
import type { NetworkPart, OptionData } from '../kea/state.ts';
import { checkGuards, checkInterface, checkOptionGuards, checkRelay, type PairFacts } from './facts.ts';
import {
  checkLifetimes,
  completeLifetimes,
  type InheritedLevel,
  leaseTimeWarnings,
  reuseOf,
  scalarsOf,
  timersLeftOut,
} from './inherit.ts';
import { reject } from './objects.ts';
import { invalidOption } from './refusals.ts';
import type { Rejection, Warning } from './types.ts';

/** A value with what may surprise about it. */
export interface Part {
  readonly fields: Partial<NetworkPart>;
  readonly warnings: readonly Warning[];
}

export type Checked<T> = { readonly value: T } | { readonly rejection: Rejection };

/** Options as Kea is to hold them; refused with their place where they, or the classes that guard them, do not exist. */
export const checkOptions = (
  facts: PairFacts,
  inputs: readonly OptionInput[] | undefined,
  path = 'optionData',
): Checked<readonly OptionData[]> => {
  const parsed = parseOptions(facts.known, inputs ?? [], path);
  if (!parsed.ok) return { rejection: invalidOption(parsed) };
  const rejection = checkOptionGuards(facts, inputs ?? [], path);
  return rejection ? { rejection } : { value: parsed.options };
};

/** What subnets and networks have in common, in Kea's words. `outer` are the levels that it inherits from, the nearest first. */
export const checkNetworkPart = (
  facts: PairFacts,
  kind: 'SharedNetwork' | 'Subnet',
  spec: SharedNetworkSpec | SubnetSpec,
  outer: readonly InheritedLevel[],
): Checked<Part> => {
  const wrong = checkFamilyFields(facts, kind, spec);
  if (wrong) return { rejection: wrong };
  const own = scalarsOf(spec);
  const options = checkOptions(facts, spec.optionData);
  if ('rejection' in options) return options;
  const rejection =
    checkGuards(facts, '', spec) ??
    checkInterface(facts, own) ??
    checkRelay(facts, spec.relay?.ipAddresses) ??
    checkLifetimes(facts.family, own, outer);
  if (rejection) return { rejection };
  const reuse = reuseOf(facts.spec, own);
  return {
    value: {
      fields: {
        ...reuse.fields,
        ...completeLifetimes(own, outer),
        'option-data': options.value,
        ...(spec.clientClasses ? { 'client-classes': spec.clientClasses } : {}),
        ...(spec.evaluateAdditionalClasses ? { 'evaluate-additional-classes': spec.evaluateAdditionalClasses } : {}),
        ...(spec.relay ? { relay: { 'ip-addresses': spec.relay.ipAddresses } } : {}),
        ...(spec.userContext ? { 'user-context': spec.userContext } : {}),
      },
      warnings: [
        ...timersLeftOut(facts.family, own, outer),
        ...leaseTimeWarnings(facts.spec, own['valid-lifetime']),
        ...reuse.warnings,
      ],
    },
  };
};

const FIELDS: readonly Field[] = fieldsAt('subnet').filter(({ given }) => given === undefined);

/** The API server refuses fields of the other family; what passed it by is found here. */
const checkFamilyFields = (
  { family }: PairFacts,
  kind: 'SharedNetwork' | 'Subnet',
  spec: Readonly<Record<string, unknown>>,
): Rejection | undefined => {
  const wrong = FIELDS.find(
    ({ family: only, field }) => only !== undefined && only !== family.version && isSet(spec[field]),
  );
  if (!wrong) return undefined;
  const message = `${wrong.field}: it is of DHCPv${wrong.family ?? ''} alone: leave it out of an ${ipFamilyOf(family)} ${kind}`;
  return reject('FamilyMismatch', message);
};

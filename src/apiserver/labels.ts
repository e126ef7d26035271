/** The labels of leases: nobody sets them, they say what is known of the lease, so that `-l` selects by it. */
import { familyOfText, ipFamilyOf } from '../kea/families.ts';
import { leaseType } from '../leases/selection.ts';
import type { ShownState } from '../leases/shownState.ts';
import type { FoundLease } from './lease.ts';

export const LABELS = {
  pair: 'kea-operator.io/pair',
  subnet: 'kea-operator.io/subnet',
  sharedNetwork: 'kea-operator.io/shared-network',
  family: 'kea-operator.io/family',
  state: 'kea-operator.io/state',
  type: 'kea-operator.io/type',
} as const;
export type LabelKey = (typeof LABELS)[keyof typeof LABELS];

/** No value of a label is longer; names of objects may be. */
export const LONGEST_LABEL = 63;

/** The value of a label that is a name; undefined: there is no such label. */
export const labelOf = (name: string | undefined): string | undefined =>
  name === undefined || name.length > LONGEST_LABEL ? undefined : name;

export const leaseLabels = (
  { pair, subnet, sharedNetwork, lease }: FoundLease,
  state: ShownState,
): Readonly<Record<string, string>> => {
  const [ofPair, ofSubnet, ofNetwork] = [labelOf(pair), labelOf(subnet), labelOf(sharedNetwork)];
  return {
    ...(ofPair === undefined ? {} : { [LABELS.pair]: ofPair }),
    ...(ofSubnet === undefined ? {} : { [LABELS.subnet]: ofSubnet }),
    ...(ofNetwork === undefined ? {} : { [LABELS.sharedNetwork]: ofNetwork }),
    [LABELS.family]: ipFamilyOf(familyOfText(lease.address)),
    [LABELS.state]: state,
    [LABELS.type]: leaseType(lease),
  };
};

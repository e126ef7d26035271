/** The kind SharedNetwork: Subnets on one link. */
import { z } from 'zod';
import type { KubeObject } from '../runtime/object.ts';
import { cel, immutable } from './cel.ts';
import { ipFamily } from './families.ts';
import { BY_PAIR, defineKind, pressureColumn, readyColumns } from './kind.ts';
import { lifetimeRules, preferredRules } from './lifetimes.ts';
import { deletionPolicy, networkFamilyRules, networkFields } from './network.ts';
import { statusFields } from './status.ts';
import { immutableRef } from './text.ts';
import { summedUtilization } from './utilization.ts';

const spec = z
  .object({
    haPairRef: immutableRef('haPairRef', 'HAPair', 'The HAPair that serves this network. Immutable.'),
    ipFamily: ipFamily.default('IPv4').meta({
      description: 'Family of the Subnets of this network. A link with both has a network of each. Immutable.',
      ...cel(immutable('ipFamily')),
    }),
    ...networkFields,
    deletionPolicy,
  })
  .meta({
    description:
      'Desired state of the SharedNetwork. Subnets join by their sharedNetworkRef, and inherit what is set here and not in themselves.',
    ...cel(
      ...lifetimeRules,
      ...preferredRules,
      ...networkFamilyRules('network', "self.ipFamily == 'IPv6'", 'ipFamily', 'SharedNetwork'),
    ),
  });

const status = z
  .object({
    ...statusFields,
    subnets: z
      .int()
      .min(0)
      .meta({ description: 'Number of accepted Subnets in this network.', format: 'int32' })
      .optional(),
    utilization: summedUtilization('the network').optional(),
  })
  .meta({ description: 'Observed state of the SharedNetwork, written by the operator.' });

export const sharedNetworkKind = defineKind({
  kind: 'SharedNetwork',
  plural: 'sharednetworks',
  singular: 'sharednetwork',
  shortNames: ['dnet', 'shnet'],
  description: 'Several subnets on one link: a client may get an address of any of them.',
  spec,
  status,
  rules: [
    {
      // Kea's column holds 128 characters; the rest is room for the namespace.
      rule: 'self.metadata.name.size() <= 63',
      message: 'the name of a SharedNetwork must not be longer than 63 characters',
    },
  ],
  columns: [
    { name: 'Pair', type: 'string', jsonPath: '.spec.haPairRef.name' },
    { name: 'Subnets', type: 'integer', jsonPath: '.status.subnets' },
    { name: 'Used', type: 'integer', jsonPath: '.status.utilization.assigned' },
    { name: 'Total', type: 'integer', jsonPath: '.status.utilization.total' },
    { name: 'Use%', type: 'integer', jsonPath: '.status.utilization.percent', priority: 1 },
    pressureColumn,
    ...readyColumns,
  ],
  selectable: BY_PAIR,
});

export type SharedNetworkSpec = z.output<typeof spec>;
export type SharedNetworkStatus = z.output<typeof status>;
export interface SharedNetwork extends KubeObject<SharedNetworkSpec, SharedNetworkStatus> {
  spec: SharedNetworkSpec;
}

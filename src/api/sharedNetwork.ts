import { z } from 'zod';
import type { KubeObject } from '../runtime/object.ts';
import { cel, deletionPolicy, immutableRef, lifetimeRules, networkFields, statusFields } from './common.ts';
import { defineKind } from './kind.ts';

const spec = z
  .object({
    haPairRef: immutableRef('haPairRef', 'HAPair'),
    ...networkFields,
    deletionPolicy,
  })
  .meta({ description: 'What is wished for. Subnets join by their sharedNetworkRef.', ...cel(...lifetimeRules) });

const status = z.object({
  ...statusFields,
  subnets: z.int().meta({ description: 'Accepted subnets of this network.', format: 'int32' }).optional(),
});

export const sharedNetworkKind = defineKind({
  kind: 'SharedNetwork',
  plural: 'sharednetworks',
  singular: 'sharednetwork',
  shortNames: ['shnet'],
  description: 'Several subnets on one link: a client may get an address of any of them.',
  spec,
  status,
  columns: [
    { name: 'Pair', type: 'string', jsonPath: '.spec.haPairRef.name' },
    { name: 'Subnets', type: 'integer', jsonPath: '.status.subnets' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

export type SharedNetworkSpec = z.output<typeof spec>;
export type SharedNetworkStatus = z.output<typeof status>;
export type SharedNetwork = KubeObject<SharedNetworkSpec, SharedNetworkStatus>;

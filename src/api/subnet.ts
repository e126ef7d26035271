import { z } from 'zod';
import type { KubeObject } from '../runtime/object.ts';
import {
  cel,
  clientClassName,
  deletionPolicy,
  immutable,
  immutableRef,
  ipv4Pool,
  ipv4Prefix,
  lifetimeRules,
  networkFields,
  optionDataList,
  statusFields,
} from './common.ts';
import { defineKind } from './kind.ts';

const pool = z
  .object({
    pool: ipv4Pool('First and last address, as 192.0.2.10-192.0.2.99, or a prefix, as 192.0.2.64/26.'),
    optionData: optionDataList('DHCP options for clients with an address of this pool.'),
    clientClasses: z
      .array(clientClassName)
      .max(32)
      .meta({ description: 'Only clients of one of these classes get addresses of this pool.' })
      .optional(),
  })
  .meta({ description: 'A range of addresses to hand out.' });

const spec = z
  .object({
    haPairRef: immutableRef('haPairRef', 'HAPair').optional(),
    sharedNetworkRef: immutableRef('sharedNetworkRef', 'SharedNetwork').optional(),
    cidr: ipv4Prefix(
      'The prefix of the subnet, e.g. 192.0.2.0/24. Subnets of one namespace must not overlap. Immutable.',
    ).meta({
      ...cel(immutable('cidr'), {
        rule: 'isCIDR(self) && cidr(self).masked() == cidr(self)',
        message: 'cidr must be the network address: bits after the prefix length must be 0, as in 192.0.2.0/24',
      }),
    }),
    subnetId: z
      .int()
      .min(1)
      .max(4_294_967_294)
      .meta({
        description:
          "Kea's id of the subnet. Left out, the operator chooses one and keeps it for this prefix for ever. Immutable once set.",
        format: 'int64',
        ...cel(immutable('subnetId')),
      })
      .optional(),
    pools: z
      .array(pool)
      .max(256)
      .meta({
        description: 'Ranges of addresses to hand out. None: only reservations are served.',
        'x-kubernetes-list-type': 'atomic',
      })
      .optional(),
    ...networkFields,
    deletionPolicy,
  })
  .meta({
    description: 'What is wished for.',
    ...cel(
      {
        rule: 'has(self.haPairRef) != has(self.sharedNetworkRef)',
        message: 'give exactly one of haPairRef or sharedNetworkRef',
      },
      ...lifetimeRules,
    ),
  });

const status = z.object({
  ...statusFields,
  subnetId: z.int().meta({ description: "Kea's id of the subnet.", format: 'int64' }).optional(),
  haPair: z.string().meta({ description: 'Name of the HAPair that serves the subnet.' }).optional(),
  utilization: z
    .object({
      total: z.int().meta({ description: 'Addresses in all pools.', format: 'int64' }),
      assigned: z.int().meta({ description: 'Addresses leased, declined ones among them.', format: 'int64' }),
      declined: z.int().meta({ description: 'Addresses that clients found in use by somebody else.', format: 'int64' }),
      percent: z.int().meta({ description: 'assigned as a part of total, in percent, rounded down.', format: 'int32' }),
    })
    .meta({ description: 'Lease figures, refreshed at most every 30 s.' })
    .optional(),
});

export const subnetKind = defineKind({
  kind: 'Subnet',
  plural: 'subnets',
  singular: 'subnet',
  shortNames: [],
  description: 'A DHCPv4 subnet: its prefix, its pools and what its clients are told.',
  spec,
  status,
  columns: [
    { name: 'CIDR', type: 'string', jsonPath: '.spec.cidr' },
    { name: 'Pair', type: 'string', jsonPath: '.status.haPair' },
    { name: 'Network', type: 'string', jsonPath: '.spec.sharedNetworkRef.name' },
    { name: 'ID', type: 'integer', jsonPath: '.status.subnetId' },
    { name: 'Used', type: 'integer', jsonPath: '.status.utilization.assigned' },
    { name: 'Total', type: 'integer', jsonPath: '.status.utilization.total' },
    { name: 'Use%', type: 'integer', jsonPath: '.status.utilization.percent', priority: 1 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

export type SubnetSpec = z.output<typeof spec>;
export type SubnetStatus = z.output<typeof status>;
export type Subnet = KubeObject<SubnetSpec, SubnetStatus>;

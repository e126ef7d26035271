import { z } from 'zod';

/** A CEL rule as `x-kubernetes-validations` holds it: `message` names the field's remedy, for people at `kubectl apply`. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

/** Attaches CEL rules to a schema; crd.ts copies `x-kubernetes-*` metadata into the CustomResourceDefinition. */
export const cel = (...rules: readonly CelRule[]): Record<string, unknown> => ({ 'x-kubernetes-validations': rules });

export const immutable = (field: string): CelRule => ({
  rule: 'self == oldSelf',
  message: `${field} is immutable: delete the object and create it anew`,
});

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = `${OCTET}(\\.${OCTET}){3}`;

export const ipv4 = (description: string) =>
  z
    .string()
    .max(15)
    .regex(new RegExp(`^${IPV4}$`))
    .meta({ description, format: 'ipv4' });

export const ipv4Prefix = (description: string) =>
  z
    .string()
    .max(18)
    .regex(new RegExp(`^${IPV4}/(3[0-2]|[12]?[0-9])$`))
    .meta({ description });

/** `192.0.2.10-192.0.2.99` (spaces around the dash allowed, as in Kea) or a prefix such as `192.0.2.64/26`. */
export const ipv4Pool = (description: string) =>
  z
    .string()
    .max(40)
    .regex(new RegExp(`^${IPV4}(/(3[0-2]|[12]?[0-9])| *- *${IPV4})$`))
    .meta({ description });

/** DNS-1123 label, as the API server demands of most object names. */
export const objectName = (description: string) =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
    .meta({ description });

/** A reference to an object of the same namespace. */
export const localRef = (kind: string) => z.object({ name: objectName(`Name of the ${kind}, in the same namespace.`) });

export const immutableRef = (field: string, kind: string) =>
  localRef(kind).meta({ description: `The ${kind} this object belongs to. Immutable.`, ...cel(immutable(field)) });

/** Seconds as Kea stores them: unsigned 32 bit; 4294967295 means forever. */
const seconds = (description: string) => z.int().min(0).max(4_294_967_295).meta({ description, format: 'int64' });

export const clientClassName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^,\s][^,]*$/)
  .meta({ description: 'Name of a client class.' });

const clientClasses = (description: string) => z.array(clientClassName).max(32).meta({ description }).optional();

/** Kea's `option-data`: one DHCP option by name or code. */
export const optionData = z
  .object({
    name: z
      .string()
      .min(1)
      .max(128)
      .meta({ description: "Kea's name of the option, e.g. routers. Give name or code." })
      .optional(),
    code: z
      .int()
      .min(1)
      .max(254)
      .meta({ description: 'Code of the option. Give name or code.', format: 'int32' })
      .optional(),
    space: z.string().min(1).max(128).default('dhcp4').meta({ description: 'Option space.' }),
    data: z
      .string()
      .max(4096)
      .meta({
        description:
          'The value: comma-separated fields as Kea writes them, or hexadecimal digits where csvFormat is false. Left out for an option without a value.',
      })
      .optional(),
    csvFormat: z.boolean().default(true).meta({ description: 'Whether data is text in fields (true) or hexadecimal.' }),
    alwaysSend: z
      .boolean()
      .default(false)
      .meta({ description: 'Send the option even to clients that did not ask for it.' }),
    neverSend: z.boolean().default(false).meta({ description: 'Never send the option, whichever level defines it.' }),
    clientClasses: clientClasses('Send the option only to clients of one of these classes.'),
  })
  .meta({
    description: 'A DHCP option.',
    ...cel({
      rule: 'has(self.name) != has(self.code)',
      message: 'give exactly one of name (e.g. routers) or code (e.g. 3)',
    }),
  });

export const optionDataList = (description: string) =>
  z.array(optionData).max(128).meta({ description, 'x-kubernetes-list-type': 'atomic' }).optional();

/** Lifetimes and timers: the same keywords at every level of Kea's inheritance (global, shared network, subnet). */
export const lifetimes = {
  validLifetime: seconds('Lease time in seconds, unless the client asks for another.').optional(),
  minValidLifetime: seconds('Shortest lease time a client may ask for, in seconds.').optional(),
  maxValidLifetime: seconds('Longest lease time a client may ask for, in seconds.').optional(),
  renewTimer: seconds('T1 in seconds: when clients start to renew.').optional(),
  rebindTimer: seconds('T2 in seconds: when clients start to rebind.').optional(),
  calculateTeeTimes: z
    .boolean()
    .meta({ description: 'Compute T1 and T2 as t1Percent and t2Percent of the lease time.' })
    .optional(),
  t1Percent: z.number().min(0).max(1).meta({ description: 'T1 as a part of the lease time, 0 to 1.' }).optional(),
  t2Percent: z.number().min(0).max(1).meta({ description: 'T2 as a part of the lease time, 0 to 1.' }).optional(),
  offerLifetime: seconds('How long an offered address is kept for the client, in seconds; 0 = not at all.').optional(),
} as const;

/** Rules over `lifetimes`, for the object that holds them. */
export const lifetimeRules: readonly CelRule[] = [
  {
    rule: '!has(self.minValidLifetime) || !has(self.validLifetime) || self.minValidLifetime <= self.validLifetime',
    message: 'minValidLifetime must not be greater than validLifetime',
  },
  {
    rule: '!has(self.maxValidLifetime) || !has(self.validLifetime) || self.maxValidLifetime >= self.validLifetime',
    message: 'maxValidLifetime must not be less than validLifetime',
  },
  {
    rule: '!has(self.renewTimer) || !has(self.rebindTimer) || self.renewTimer < self.rebindTimer',
    message: 'renewTimer must be less than rebindTimer',
  },
  {
    rule: '!has(self.t1Percent) || !has(self.t2Percent) || self.t1Percent < self.t2Percent',
    message: 't1Percent must be less than t2Percent',
  },
];

/** Where a booting client finds its next server: the fixed BOOTP fields of the packet. */
export const bootFields = {
  nextServer: ipv4('Address of the next boot server (siaddr).').optional(),
  serverHostname: z.string().min(1).max(63).meta({ description: 'Host name of the boot server (sname).' }).optional(),
  bootFileName: z.string().min(1).max(127).meta({ description: 'Boot file (file).' }).optional(),
} as const;

/** Which reservations apply to the clients of a subnet or network. */
export const reservationFlags = {
  reservationsGlobal: z.boolean().meta({ description: 'Look up global reservations.' }).optional(),
  reservationsInSubnet: z.boolean().meta({ description: "Look up the subnet's own reservations." }).optional(),
  reservationsOutOfPool: z
    .boolean()
    .meta({ description: 'All reserved addresses lie outside the pools: spares a lookup per packet.' })
    .optional(),
} as const;

export const allocator = z.enum(['iterative', 'random', 'flq']).meta({
  description: 'How free addresses are chosen: iterative, random, or flq (free lease queue, for small busy pools).',
});

/** What subnets and shared networks have in common: the keywords a network hands down to its subnets. */
export const networkFields = {
  interface: z
    .string()
    .min(1)
    .max(15)
    .regex(/^[^/\s]+$/)
    .meta({ description: 'Interface of the servers on which clients of this network are directly connected.' })
    .optional(),
  relay: z
    .object({
      ipAddresses: z
        .array(ipv4('Address of a relay agent (giaddr).'))
        .min(1)
        .max(64)
        .meta({ description: 'Relay agents whose clients belong here although the address is of another prefix.' }),
    })
    .meta({ description: 'Relay agents.' })
    .optional(),
  optionData: optionDataList('DHCP options for all clients here.'),
  ...lifetimes,
  ...bootFields,
  ...reservationFlags,
  allocator: allocator.optional(),
  matchClientId: z
    .boolean()
    .meta({ description: 'Recognise a client by its client identifier; false: by its hardware address alone.' })
    .optional(),
  authoritative: z
    .boolean()
    .meta({ description: 'Refuse (NAK) addresses that do not belong here, instead of staying silent.' })
    .optional(),
  userContext: z
    .looseObject({})
    .meta({
      description: "Free data kept beside the object in Kea. The key kea-operator is the operator's own.",
      'x-kubernetes-preserve-unknown-fields': true,
    })
    .optional(),
} as const;

export const deletionPolicy = z.enum(['Protect', 'Delete', 'Orphan']).default('Protect').meta({
  description:
    'What becomes of the rows when the object is deleted. Protect: they stay and serve while leases are active. Delete: they go at once. Orphan: they stay for good, without the marker.',
});

/** metav1.Condition as a schema. */
const condition = z.object({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().max(1024),
  message: z.string().max(32_768),
  lastTransitionTime: z.string().meta({ format: 'date-time' }),
  observedGeneration: z.int().min(0).optional(),
});

/** Status fields of every kind. */
export const statusFields = {
  observedGeneration: z
    .int()
    .min(0)
    .meta({ description: 'The generation that the conditions speak of.', format: 'int64' })
    .optional(),
  conditions: z
    .array(condition)
    .max(16)
    .meta({
      description: 'State of the object; see docs/reference/reasons.md.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    })
    .optional(),
} as const;

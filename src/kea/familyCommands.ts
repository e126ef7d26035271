/** What the commands of both families have in common: each has them under names of its own, and answers in the same shapes. */
import { z } from 'zod';
import { done, type KeaJson, listOf, objects, shown, subnetId } from './answers.ts';
import { type DHCPV4_COMMANDS, DHCPV4_SUBNETS } from './dhcpv4Commands.ts';
import { type DHCPV6_COMMANDS, DHCPV6_SUBNETS } from './dhcpv6Commands.ts';

const lease = z.object({
  'ip-address': shown(45),
  'subnet-id': subnetId,
  'hw-address': shown(64).optional(),
  'client-id': shown(1024).optional(),
  hostname: shown(255).optional(),
  'fqdn-fwd': z.boolean().optional(),
  'fqdn-rev': z.boolean().optional(),
  /** Read where it is needed (src/leases/userContext.ts). */
  'user-context': z.unknown().optional(),
  state: z.number(),
  /** Seconds since 1970 of the client's last transaction. */
  cltt: z.number(),
  'valid-lft': z.number(),
  /** Of DHCPv6: `IA_NA` is an address, `IA_PD` a prefix. */
  type: shown(16).optional(),
  'prefix-len': z.number().optional(),
  duid: shown(1024).optional(),
  iaid: z.number().optional(),
  'preferred-lft': z.number().optional(),
});
/** A lease as lease_cmds speak of it. */
export type KeaLease = z.output<typeof lease>;

const listedSubnet = z.object({
  id: subnetId,
  subnet: z.string(),
  'shared-network-name': z.string().nullish(),
});
const listedNetwork = z.object({ name: z.string() });

const listedSubnets = z.object({ subnets: listOf(listedSubnet) }).optional();
const listedNetworks = z.object({ 'shared-networks': listOf(listedNetwork) }).optional();
const foundNetworks = z.object({ 'shared-networks': objects }).optional();
const foundLeases = z.object({ count: z.number().optional(), leases: listOf(lease) }).optional();
const figures = z
  .object({ 'result-set': z.object({ columns: listOf(z.string()), rows: listOf(listOf(z.number())) }) })
  .optional();

/** The answer has its subnets under the family's word. */
const foundSubnets = z
  .union([
    z.object({ [DHCPV4_SUBNETS]: objects }).transform(({ [DHCPV4_SUBNETS]: subnets }) => ({ subnets })),
    z.object({ [DHCPV6_SUBNETS]: objects }).transform(({ [DHCPV6_SUBNETS]: subnets }) => ({ subnets })),
  ])
  .optional();

/** The answers, by what is asked. */
export const FAMILY_ANSWERS = {
  subnetList: listedSubnets,
  subnetGet: foundSubnets,
  subnetAdd: done,
  subnetUpdate: done,
  subnetRemove: done,
  networkList: listedNetworks,
  networkGet: foundNetworks,
  networkAdd: done,
  networkRemove: done,
  memberAdd: done,
  memberRemove: done,
  leaseStatistics: figures,
  leaseGet: lease.optional(),
  leaseRemove: done,
  leasePage: foundLeases,
  leasesOfSubnets: foundLeases,
  leasesOfClient: foundLeases,
  leasesOfHwAddress: foundLeases,
  leasesOfHostname: foundLeases,
} as const;
export type FamilyCommand = keyof typeof FAMILY_ANSWERS;

/** The name of a command in each family. */
export type NameOf<W extends FamilyCommand> = (typeof DHCPV4_COMMANDS | typeof DHCPV6_COMMANDS)[W];
export type CommandNames = { readonly [W in FamilyCommand]: NameOf<W> };

/** A list of one subnet under the family's word. */
type OneSubnet = Readonly<Record<string, readonly [KeaJson]>>;

interface SubnetMember {
  readonly name: string;
  readonly id: number;
}

/** What is sent, by what is asked. */
export interface FamilyArguments extends Readonly<Record<FamilyCommand, unknown>> {
  subnetList: undefined;
  subnetGet: { readonly id: number };
  subnetAdd: OneSubnet;
  subnetUpdate: OneSubnet;
  subnetRemove: { readonly id: number };
  networkList: undefined;
  networkGet: { readonly name: string };
  networkAdd: { readonly 'shared-networks': readonly [KeaJson] };
  networkRemove: { readonly name: string; readonly 'subnets-action'?: 'keep' | 'delete' };
  memberAdd: SubnetMember;
  memberRemove: SubnetMember;
  leaseStatistics:
    | { readonly 'subnet-id': number }
    | { readonly 'subnet-range': { readonly 'first-subnet-id': number; readonly 'last-subnet-id': number } }
    | undefined;
  /** Of DHCPv6 an address, where no other type is said. */
  leaseGet: { readonly 'ip-address': string; readonly type?: 'IA_PD' };
  /** Of the server that is asked alone, where leases are in memory. Without `update-ddns` the names in DNS stay. */
  leaseRemove: FamilyArguments['leaseGet'] & { readonly 'update-ddns': boolean };
  /** The leases after the address, or from the `start`. */
  leasePage: { readonly from: string; readonly limit: number };
  leasesOfSubnets: { readonly subnets: readonly number[] } | undefined;
  /** By the identifier that clients of the family send. */
  leasesOfClient: { readonly 'client-id': string } | { readonly duid: string };
  leasesOfHwAddress: { readonly 'hw-address': string };
  leasesOfHostname: { readonly hostname: string };
}

const MIB = 1024 * 1024;

/** What answers may take in memory, in bytes: of 50,000 subnets the lists take 10 MB; of 2,000 leases a page takes 2 MB. Of one subnet the greatest that fits its kind takes 1 MB. */
export const FAMILY_ANSWER_BYTES = {
  networkGet: 512 * MIB,
  leasesOfSubnets: 64 * MIB,
  leasesOfClient: 16 * MIB,
  leasesOfHwAddress: 16 * MIB,
  leasesOfHostname: 16 * MIB,
  subnetList: 32 * MIB,
  networkList: 32 * MIB,
  leaseStatistics: 32 * MIB,
  leasePage: 8 * MIB,
  subnetGet: 4 * MIB,
} as const satisfies Partial<Record<FamilyCommand, number>>;

/** Those that take the server long. */
export const SLOW_OF_FAMILIES = ['leasesOfSubnets'] as const satisfies readonly FamilyCommand[];

/** Commands of DHCPv4: what the operator sends, and what it reads of the answer. */
import { z } from 'zod';
import { done, type KeaJson, listOf, objects, shown, subnetId } from './answers.ts';

const lease = z.object({
  'ip-address': shown(15),
  'subnet-id': subnetId,
  'hw-address': shown(64).optional(),
  'client-id': shown(1024).optional(),
  hostname: shown(255).optional(),
  state: z.number(),
  /** Seconds since 1970 of the client's last transaction. */
  cltt: z.number(),
  'valid-lft': z.number(),
});
/** A lease as lease_cmds speak of it. */
export type KeaLease = z.output<typeof lease>;

const listedSubnet = z.object({
  id: subnetId,
  subnet: z.string(),
  'shared-network-name': z.string().nullish(),
});
const listedNetwork = z.object({ name: z.string() });
export const DHCPV4_ANSWERS = {
  'subnet4-list': z.object({ subnets: listOf(listedSubnet) }).optional(),
  'subnet4-get': z.object({ subnet4: objects }).optional(),
  'subnet4-add': done,
  'subnet4-update': done,
  'subnet4-del': done,
  'network4-list': z.object({ 'shared-networks': listOf(listedNetwork) }).optional(),
  'network4-get': z.object({ 'shared-networks': objects }).optional(),
  'network4-add': done,
  'network4-del': done,
  'network4-subnet-add': done,
  'network4-subnet-del': done,
  'stat-lease4-get': z
    .object({ 'result-set': z.object({ columns: listOf(z.string()), rows: listOf(listOf(z.number())) }) })
    .optional(),
  'lease4-get': lease.optional(),
  'lease4-get-page': z.object({ count: z.number().optional(), leases: listOf(lease) }).optional(),
  'lease4-get-all': z.object({ leases: listOf(lease) }).optional(),
} as const;

interface SubnetMember {
  readonly name: string;
  readonly id: number;
}

export interface Arguments {
  'subnet4-list': undefined;
  'subnet4-get': { readonly id: number };
  'subnet4-add': { readonly subnet4: readonly [KeaJson] };
  'subnet4-update': { readonly subnet4: readonly [KeaJson] };
  'subnet4-del': { readonly id: number };
  'network4-list': undefined;
  'network4-get': { readonly name: string };
  'network4-add': { readonly 'shared-networks': readonly [KeaJson] };
  'network4-del': { readonly name: string; readonly 'subnets-action'?: 'keep' | 'delete' };
  'network4-subnet-add': SubnetMember;
  'network4-subnet-del': SubnetMember;
  'stat-lease4-get':
    | { readonly 'subnet-id': number }
    | { readonly 'subnet-range': { readonly 'first-subnet-id': number; readonly 'last-subnet-id': number } }
    | undefined;
  'lease4-get': { readonly 'ip-address': string };
  /** The leases after the address, or from the `start`. */
  'lease4-get-page': { readonly from: string; readonly limit: number };
  'lease4-get-all': { readonly subnets: readonly number[] } | undefined;
}

const MIB = 1024 * 1024;

/** What answers may take in memory, in bytes: of 50,000 subnets the lists take 10 MB; of 2,000 leases a page takes 2 MB. Of one subnet the greatest that fits its kind takes 1 MB. */
export const DHCPV4_ANSWER_BYTES = {
  'network4-get': 512 * MIB,
  'lease4-get-all': 64 * MIB,
  'subnet4-list': 32 * MIB,
  'network4-list': 32 * MIB,
  'stat-lease4-get': 32 * MIB,
  'lease4-get-page': 8 * MIB,
  'subnet4-get': 4 * MIB,
} as const satisfies Partial<Record<keyof Arguments, number>>;

/** Those that take the server long. */
export const SLOW = ['lease4-get-all'] as const satisfies readonly (keyof Arguments)[];

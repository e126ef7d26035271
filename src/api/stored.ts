/**
 * What is read of HAPairs that need not fit their schema: they may be stored by an older one, or past its rules. A pair's own pass tells what is wrong
 * with it (`InvalidSpec`); the passes of others only have to know what it has, as far as it says so.
 */
import { IP_FAMILY_NAMES, type IPFamily, ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import type { ServerSpec } from './haPair.ts';
import { ROLES } from './roles.ts';

/** One server, as far as its pair says something of it. */
export type StoredServer = Pick<ServerSpec, 'name' | 'node' | 'interfaces' | 'address' | 'role'>;

/** What may be a record, as one. */
export const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isText = (value: unknown): value is string => typeof value === 'string';

/** The servers of a pair's spec that have a name and a node. */
export const serversIn = (spec: unknown): readonly StoredServer[] =>
  listOf(recordOf(spec).servers).flatMap((server) => {
    const { name, node, interfaces, address, role } = recordOf(server);
    if (!isText(name) || !isText(node)) return [];
    const known = ROLES.find((one) => one === role);
    return {
      name,
      node,
      interfaces: listOf(interfaces).filter(isText),
      ...(isText(address) ? { address } : {}),
      ...(known === undefined ? {} : { role: known }),
    };
  });

/** The interface of an entry of `interfaces`, which may name one of its addresses: `eth0` of `eth0/192.0.2.1`. */
export const interfaceOf = (entry: string): string => entry.replace(/\/.*/, '');

/** The families that a pair's spec names. */
export const familiesIn = (spec: unknown): readonly IPFamily[] => {
  const named = IP_FAMILY_NAMES.filter((name) => listOf(recordOf(spec).ipFamilies).includes(name));
  return named.length === 0 ? ['IPv4'] : named;
};

/** Whether a pair's spec names the family. */
export const servesFamily = (spec: unknown, family: Family): boolean => familiesIn(spec).includes(ipFamilyOf(family));

/** The families that a pair has servers of: those that its spec names, and those that are on their way out, as its status tells. */
export const familiesHeldBy = ({ spec, status }: { readonly spec: unknown; readonly status?: unknown }) => {
  const known = listOf(recordOf(status).servers).map((server) => recordOf(server).ipFamily ?? 'IPv4');
  return IP_FAMILY_NAMES.filter((name) => familiesIn(spec).includes(name) || known.includes(name));
};

/** The ports that a pair's spec names for a family. Without a partner nobody is heard on haPort, and with packetQueue the partner comes on controlPort. */
export const portsIn = (
  spec: unknown,
  family: IPFamily,
): { readonly named: readonly number[]; readonly used: readonly number[] } => {
  const { dhcp6, mode, packetQueue, ...ipv4 } = recordOf(spec);
  const { controlPort, haPort } = family === 'IPv4' ? ipv4 : recordOf(dhcp6);
  const numbers = (...ports: unknown[]): readonly number[] => ports.filter((port) => typeof port === 'number');
  const named = numbers(controlPort, haPort);
  return { named, used: mode === 'Standalone' || packetQueue !== undefined ? numbers(controlPort) : named };
};

/** Whether a server of a pair has ever answered, as far as its status tells. */
export const hasAnsweredIn = (status: unknown): boolean =>
  listOf(recordOf(status).servers).some((server) => recordOf(server).lastHeartbeat !== undefined);

/** Where a pair's spec keeps the leases of a server on its node; undefined: not there. */
export const hostPathIn = (spec: unknown): string | undefined => {
  const { leaseStorage, storage } = recordOf(spec);
  const { type, hostPath } = recordOf(storage);
  return leaseStorage === 'Memfile' && type === 'HostPath' && isText(hostPath) ? hostPath : undefined;
};

/** Whether nothing is to be done for a pair. */
export const isPaused = (spec: unknown): boolean => recordOf(spec).paused === true;

/** The PriorityClass that a pair's spec names; undefined: none. */
export const priorityClassIn = (spec: unknown): string | undefined => {
  const { priorityClassName } = recordOf(spec);
  return isText(priorityClassName) ? priorityClassName : undefined;
};

/** The image that a pair's spec names; undefined: none. */
export const imageIn = (spec: unknown): string | undefined => {
  const { image } = recordOf(spec);
  return isText(image) ? image : undefined;
};

/** What Kea and its hooks keep with a lease: a user context, in which Kea stores what relay agents said (`store-extended-info`). */
import { z } from 'zod';
import { colons, parseBytes } from '../kea/bytes.ts';

/** Longer ones are left out, in bytes of JSON: a page holds a thousand, and relay agents may say a great deal. */
export const LONGEST_CONTEXT = 4_096;

export interface LeaseContext {
  readonly userContext?: Readonly<Record<string, unknown>> | undefined;
  /** As hexadecimal bytes with colons. */
  readonly relayId?: string | undefined;
  readonly remoteId?: string | undefined;
}

const NONE: LeaseContext = {};

const context = z.record(z.string(), z.unknown());
const relay = z.object({ 'relay-id': z.string().optional(), 'remote-id': z.string().optional() });
/** Of DHCPv4 one relay agent's, of DHCPv6 those of all on the way, the one next to the client last (`Pkt6::relay_info_`). */
const extended = z.object({
  ISC: z.object({
    'relay-agent-info': relay.optional().catch(undefined),
    'relay-info': z.array(relay).optional().catch(undefined),
  }),
});

/** @param given A user context as JSON, read or not; of what is none there is nothing to tell. */
export const leaseContext = (given: unknown): LeaseContext => {
  // Of most leases nothing is kept.
  if (given === null || given === undefined) return NONE;
  const { success, data: userContext } = context.safeParse(typeof given === 'string' ? parsed(given) : given);
  if (!success || Object.keys(userContext).length === 0) return {};
  if (typeof given !== 'string' && JSON.stringify(userContext).length > LONGEST_CONTEXT) return {};
  const { data } = extended.safeParse(userContext);
  const relays = data === undefined ? [] : [data.ISC['relay-agent-info'], ...(data.ISC['relay-info'] ?? [])];
  const lastOf = (key: 'relay-id' | 'remote-id'): string | undefined =>
    hexOf(relays.findLast((one) => one?.[key] !== undefined)?.[key]);
  const [relayId, remoteId] = [lastOf('relay-id'), lastOf('remote-id')];
  return {
    userContext,
    ...(relayId === undefined ? {} : { relayId }),
    ...(remoteId === undefined ? {} : { remoteId }),
  };
};

const parsed = (text: string): unknown => {
  if (text.length > LONGEST_CONTEXT) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const hexOf = (text: string | undefined): string | undefined => {
  const bytes = text === undefined ? undefined : parseBytes(text);
  return bytes && colons(bytes);
};

/** What the lease API asks of the operator, and what that answers: JSON over HTTPS within the cluster. */
import { z } from 'zod';
import { isAddress, leasedText } from '../kea/address.ts';
import { IP_FAMILY_NAMES } from '../kea/families.ts';
import { legible } from '../runtime/legible.ts';

export const RELEASE_PATH = '/v1/release';

/** Bytes as Kea tells them: lower-case, with colons. */
const bytes = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){0,254}$/);

/** By what a client is known; whatever is given has to be so. */
const holder = z.object({ hwAddress: bytes.optional(), clientId: bytes.optional(), duid: bytes.optional() });
export type Holder = z.output<typeof holder>;

export const releaseRequest = z.object({
  namespace: z.string().min(1).max(63),
  pair: z.string().min(1).max(253),
  ipFamily: z.enum(IP_FAMILY_NAMES),
  /** Of a prefix its first one. */
  address: z.string().max(45).refine(isAddress),
  prefixLength: z.int().min(1).max(128).optional(),
  /** Whose lease it must still be; nothing in it: whoever has it. */
  holder,
  /** Who wants it, for the log and the event. */
  user: z
    .string()
    .max(4096)
    .transform((name) => legible(name, 253)),
});
export type ReleaseRequest = z.output<typeof releaseRequest>;

const OUTCOMES = ['Released', 'NotFound', 'Conflict', 'ServiceUnavailable', 'TooManyRequests'] as const;

/** What became of it, with a sentence for whoever asked. */
export const releaseAnswer = z.object({
  outcome: z.enum(OUTCOMES),
  message: z.string().transform((text) => legible(text)),
});
export type ReleaseAnswer = z.output<typeof releaseAnswer>;

/** One name for a lease of a pair. */
export const leaseKeyOf = (request: ReleaseRequest): string =>
  `${request.namespace}/${request.pair} ${leasedText(request)}`;

/** Continue tokens: a position and whose list it is in. Nothing is kept for them, so they outlive this process and the server that was asked. */
import { z } from 'zod';
import { isAddress } from '../kea/address.ts';
import type { LeaseSourceOf } from '../leases/descriptor.ts';
import { ApiFailure } from './failure.ts';

/** Where a list goes on: after this lease. Pairs are listed one after the other, by namespace and name, and of each IPv4 before IPv6. */
export interface Position extends LeaseSourceOf {
  /** Absent: at the pair's first lease. */
  readonly after?: string;
}

/** Tokens of other versions are of another API server than this one: what they say of the selection is not known. */
const VERSION = 2;

/** Short names, as the token travels in every request. */
const token = z.object({
  v: z.literal(VERSION),
  n: z.string().max(63),
  p: z.string().max(253),
  f: z.literal(6).optional(),
  a: z.string().refine(isAddress).optional(),
  /** Digest of the selection. */
  d: z.string().max(64),
});

const anyVersion = z.object({ v: z.int() });

/** @param selection Digest of what is selected. */
export const formatContinue = ({ namespace, pair, ipFamily, after }: Position, selection: string): string => {
  const fields: z.input<typeof token> = {
    v: VERSION,
    n: namespace,
    p: pair,
    ...(ipFamily === 'IPv6' ? { f: 6 } : {}),
    ...(after === undefined ? {} : { a: after }),
    d: selection,
  };
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
};

/**
 * @throws ApiFailure Expired for a token of another version: clients of Kubernetes list again by themselves then. BadRequest for what is no token,
 *   or that of another selection.
 */
export const parseContinue = (text: string | null, selection: string): Position | undefined => {
  if (text === null || text === '') return undefined;
  const given = read(text);
  const version = anyVersion.safeParse(given);
  if (version.success && version.data.v !== VERSION) {
    throw new ApiFailure('Expired', 'the continue token is one of another version of this API: list again without it');
  }
  const { success, data } = token.safeParse(given);
  if (!success) {
    throw new ApiFailure('BadRequest', 'the continue token is not one that this API gave: list again without it');
  }
  const { n, p, f, a, d } = data;
  if (d !== selection) {
    const why = 'the continue token is one of a list with other selectors: go on with those, or list again without it';
    throw new ApiFailure('BadRequest', why);
  }
  return { namespace: n, pair: p, ipFamily: f === 6 ? 'IPv6' : 'IPv4', ...(a === undefined ? {} : { after: a }) };
};

/** No token that is given is nearly as long. */
const LONGEST = 2_048;

const read = (text: string): unknown => {
  if (text.length > LONGEST) return undefined;
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
};

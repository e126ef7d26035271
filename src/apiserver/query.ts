/** The query of a list request: what is asked for, what is not supported, and where the last page ended. */
import { z } from 'zod';
import { isAddress } from '../kea/address.ts';
import type { LeaseSourceOf } from '../leases/descriptor.ts';
import { ApiFailure } from './failure.ts';
import type { IncludeObject } from './table.ts';

/** Where a list goes on: after this lease. Pairs are listed one after the other, by namespace and name, and of each IPv4 before IPv6. */
export interface Position extends LeaseSourceOf {
  /** Absent: at the pair's first lease. */
  readonly after?: string;
}

export interface ListQuery {
  /** Undefined: all, streamed. */
  readonly limit: number | undefined;
  readonly position: Position | undefined;
  /** From the field selector `metadata.name=…`. */
  readonly name: string | undefined;
  /** From the field selector `metadata.namespace=…`. */
  readonly namespace: string | undefined;
  readonly include: IncludeObject;
}

/** One page holds so many leases at most: it is gathered before it is sent, for each of those who ask at the same time. A list without a limit is streamed. */
const MAX_PAGE = 1_000;

/**
 * @throws ApiFailure BadRequest for what is malformed or not supported, MethodNotAllowed for a watch, Expired for an
 *   exact resourceVersion: the lease store keeps no history.
 */
export const parseListQuery = (query: URLSearchParams): ListQuery => {
  if (/^(1|true)$/i.test(query.get('watch') ?? '')) {
    throw new ApiFailure(
      'MethodNotAllowed',
      'leases cannot be watched: they are read from the lease store of the DHCP servers when asked for; list them again instead',
    );
  }
  if (query.get('labelSelector')) {
    throw new ApiFailure('BadRequest', 'leases have no labels: a label selector is not supported');
  }
  checkVersion(query);
  const selected = parseFieldSelector(query.get('fieldSelector') ?? '');
  return {
    limit: parseLimit(query.get('limit')),
    position: parseContinue(query.get('continue')),
    name: selected['metadata.name'],
    namespace: selected['metadata.namespace'],
    include: parseInclude(query.get('includeObject')),
  };
};

export const parseInclude = (text: string | null): IncludeObject => {
  if (text === null || text === '') return 'Metadata';
  if (text === 'None' || text === 'Metadata' || text === 'Object') return text;
  throw new ApiFailure('BadRequest', `unrecognized includeObject value: "${text}"`);
};

const parseLimit = (text: string | null): number | undefined => {
  if (text === null || /^0*$/.test(text)) return undefined;
  if (!/^\d{1,19}$/.test(text))
    throw new ApiFailure('BadRequest', `limit must be a number that is not negative: "${text}"`);
  return Math.min(Number(text), MAX_PAGE);
};

/** Every read shows the store as it is now, which is right for any version that is asked for but an exact one. */
const checkVersion = (query: URLSearchParams): void => {
  const match = query.get('resourceVersionMatch');
  if (match === 'Exact') {
    throw new ApiFailure(
      'Expired',
      'leases of an earlier resourceVersion cannot be listed: the lease store keeps no history',
    );
  }
  if (match !== null && match !== '' && match !== 'NotOlderThan') {
    throw new ApiFailure('BadRequest', `unknown resourceVersionMatch "${match}"`);
  }
};

const FIELDS = ['metadata.name', 'metadata.namespace'] as const;
type Field = (typeof FIELDS)[number];

const parseFieldSelector = (selector: string): Partial<Record<Field, string>> => {
  const selected: Partial<Record<Field, string>> = {};
  const terms = selector.split(',').map((part) => part.trim());
  for (const term of terms.filter((part) => part !== '')) {
    // A pattern that also looked for the space around the value would try every way to divide a long run of it.
    const [, name, operator, value] = /^([^=!\s]+)\s*(==?|!=)(.*)$/s.exec(term) ?? [];
    if (name === undefined || value === undefined) {
      throw new ApiFailure('BadRequest', `invalid field selector "${term}"`);
    }
    const field = FIELDS.find((known) => known === name);
    if (field === undefined || operator === '!=') {
      throw new ApiFailure(
        'BadRequest',
        `field selector "${term}" is not supported: leases can be selected by metadata.name=… and metadata.namespace=… only`,
      );
    }
    selected[field] = value.trim();
  }
  return selected;
};

/** Short names, as the token travels in every request. */
const token = z.object({
  v: z.literal(1),
  n: z.string().max(63),
  p: z.string().max(253),
  f: z.literal(6).optional(),
  a: z.string().refine(isAddress).optional(),
});

export const formatContinue = ({ namespace, pair, ipFamily, after }: Position): string => {
  const fields: z.input<typeof token> = {
    v: 1,
    n: namespace,
    p: pair,
    ...(ipFamily === 'IPv6' ? { f: 6 } : {}),
    ...(after === undefined ? {} : { a: after }),
  };
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
};

const parseContinue = (text: string | null): Position | undefined => {
  if (text === null || text === '') return undefined;
  try {
    const { n, p, f, a } = token.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { namespace: n, pair: p, ipFamily: f === 6 ? 'IPv6' : 'IPv4', ...(a === undefined ? {} : { after: a }) };
  } catch {
    throw new ApiFailure('BadRequest', 'the continue token is not one that this API gave: list again without it');
  }
};

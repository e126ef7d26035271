/** The query of a list request: what is asked for, what is not supported, and where the last page ended. */
import { parseContinue, type Position } from './continueToken.ts';
import { ApiFailure } from './failure.ts';
import { parseFieldSelector } from './fieldSelector.ts';
import { parseLabelSelector } from './labelSelector.ts';
import { selectionDigest, type Selector } from './selector.ts';
import type { IncludeObject } from './table.ts';

export interface ListQuery {
  /** Undefined: all, streamed. */
  readonly limit: number | undefined;
  readonly position: Position | undefined;
  readonly selector: Selector;
  /** What a continue token of this list has of the selector. */
  readonly digest: string;
  /** From the field selector `metadata.name=…`: what the user must be allowed to see at least. */
  readonly name: string | undefined;
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
  checkVersion(query);
  const selector: Selector = {
    labels: parseLabelSelector(query.get('labelSelector') ?? ''),
    fields: parseFieldSelector(query.get('fieldSelector') ?? ''),
  };
  const digest = selectionDigest(selector);
  return {
    limit: parseLimit(query.get('limit')),
    position: parseContinue(query.get('continue'), digest),
    selector,
    digest,
    name: selector.fields.find((term) => term.field === 'name')?.name,
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

/** `POST …/leases/NAME/release`: the operator is asked to have a lease deleted from the servers, and its names from DNS. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { colons, parseBytes, withoutDots } from '../kea/bytes.ts';
import { familyOfText, ipFamilyOf } from '../kea/families.ts';
import type { LeaseSourceOf } from '../leases/descriptor.ts';
import { type AskOperator, OperatorUnavailable } from '../release/ask.ts';
import type { Holder, ReleaseAnswer, ReleaseRequest } from '../release/request.ts';
import type { User } from './authenticate.ts';
import type { Authorizer } from './authorize.ts';
import { ApiFailure, leaseNotFound } from './failure.ts';
import { type FoundLease, placeInName } from './lease.ts';
import { LEASE_API_VERSION, LEASE_GROUP, LEASES, RELEASE } from './resource.ts';
import type { Route } from './routes.ts';
import type { PairSources } from './sources.ts';

export interface ReleaseRouteOptions {
  readonly userOf: (request: FastifyRequest) => User;
  readonly authorizer: Authorizer;
  readonly sources: () => PairSources;
  readonly lookup: (namespace: string, name: string, signal: AbortSignal) => Promise<FoundLease | undefined>;
  /** Ends the work for a request in time. */
  readonly limited: (reply: FastifyReply) => AbortSignal;
  /** Left out: this installation has none that could be asked. */
  readonly operator?: AskOperator | undefined;
}

const LONGEST = 1_024;
/** In any of Kea's spellings; as Kea tells them. */
const bytes = (description: string) =>
  z
    .string()
    .max(LONGEST)
    .transform((text, context) => {
      const read = parseBytes(withoutDots(text));
      if (read !== undefined && read.length <= 255) return colons(read);
      context.addIssue({ code: 'custom', message: 'not hexadecimal bytes, as 02:00:5e:10:00:01' });
      return z.NEVER;
    })
    .optional()
    .meta({ description });

/** Strict: a condition that is misspelt must not be one that is not there. */
export const releaseSpec = z
  .strictObject({
    hwAddress: bytes("The lease's hardware address must still be this one."),
    clientId: bytes("The lease's client identifier must still be this one."),
    duid: bytes("The lease's DUID must still be this one; of IPv6."),
  })
  .meta({ description: 'Whose lease it must still be. All that is given must be so; else nothing is done.' });

const body = z.strictObject({
  apiVersion: z.literal(LEASE_API_VERSION).optional(),
  kind: z.literal(RELEASE.kind).optional(),
  metadata: z.unknown().optional(),
  spec: releaseSpec.optional(),
});

/** HAPairs that are asked where no server tells of the lease: one that is released by half is seen by some of the servers only. */
const MOST_PAIRS = 8;

export const releaseRoute = (options: ReleaseRouteOptions): Route => {
  const { userOf, authorizer, sources, lookup, limited, operator } = options;

  const ask = async (request: ReleaseRequest, signal: AbortSignal): Promise<ReleaseAnswer> => {
    if (operator === undefined) {
      throw new ApiFailure(
        'ServiceUnavailable',
        'leases cannot be released: the lease API knows of no operator to ask',
      );
    }
    try {
      return await operator(request, signal);
    } catch (error) {
      if (!(error instanceof OperatorUnavailable)) throw error;
      const why = `the operator, which carries releases out, gave no answer (${error.message})`;
      throw new ApiFailure('ServiceUnavailable', `${why}: see whether the lease is still there, and try again`);
    }
  };

  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<string> => {
    const { namespace = '', name = '' } = request.params as Partial<Record<string, string>>;
    const user = userOf(request);
    await authorizer.authorize(user, { verb: RELEASE.verb, subresource: RELEASE.subresource, namespace, name });
    if (new URL(request.url, 'https://leases').searchParams.has('dryRun')) {
      throw new ApiFailure('BadRequest', 'a release cannot be tried out: dryRun is not supported');
    }
    const holder = holderIn(request);
    const of = leaseIn(name);
    if (of === undefined) throw leaseNotFound(name);
    const signal = limited(reply);
    const found = await lookup(namespace, name, signal);
    const among = sources()
      .in(namespace)
      .filter(({ ipFamily }) => ipFamily === of.ipFamily);
    const pairs: readonly Pick<LeaseSourceOf, 'pair'>[] = found === undefined ? among.slice(0, MOST_PAIRS) : [found];
    for (const { pair } of pairs) {
      const { outcome, message } = await ask({ namespace, pair, ...of, holder, user: user.name }, signal);
      if (outcome === 'NotFound') continue;
      if (outcome !== 'Released') throw new ApiFailure(outcome, message, name);
      void reply.code(201).type('application/json');
      return JSON.stringify(success(name, message));
    }
    throw leaseNotFound(name);
  };

  return {
    url: `/apis/${LEASE_API_VERSION}/namespaces/:namespace/${LEASES.plural}/:name/${RELEASE.subresource}`,
    verb: RELEASE.verb,
    method: 'POST',
    handle,
  };
};

/** @throws ApiFailure BadRequest, UnsupportedMediaType */
const holderIn = ({ body: text, headers }: FastifyRequest): Holder => {
  if (typeof text !== 'string' || text.trim() === '') return {};
  const [type = ''] = (headers['content-type'] ?? 'application/json').split(';');
  if (type.trim().toLowerCase() !== 'application/json') {
    throw new ApiFailure('UnsupportedMediaType', 'the body of a release is application/json');
  }
  const read = body.safeParse(jsonOf(text));
  if (read.success) return read.data.spec ?? {};
  const [issue] = read.error.issues;
  throw new ApiFailure(
    'BadRequest',
    `the body is no ${RELEASE.kind}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  );
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiFailure('BadRequest', 'the body is not JSON');
  }
};

/** What a name is of; undefined: no lease has it. */
const leaseIn = (name: string): Pick<ReleaseRequest, 'ipFamily' | 'address' | 'prefixLength'> | undefined => {
  const place = placeInName(name);
  if (place === undefined) return undefined;
  const { of, prefixLength } = place;
  if (prefixLength !== undefined && (of.version === 4 || prefixLength < 1 || prefixLength > of.bits)) return undefined;
  const address = of.format(place.address);
  const ipFamily = ipFamilyOf(familyOfText(address));
  return { ipFamily, address, ...(prefixLength === undefined ? {} : { prefixLength }) };
};

const success = (name: string, message: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  message,
  details: { name, group: LEASE_GROUP, kind: LEASES.plural },
  code: 201,
});

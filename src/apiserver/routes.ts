/** The paths of the lease API. */
import { addAbortSignal, Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AskOperator } from '../release/ask.ts';
import type { Clock } from '../runtime/clock.ts';
import { legible } from '../runtime/legible.ts';
import type { User } from './authenticate.ts';
import type { Authorizer } from './authorize.ts';
import { formatContinue, type Position } from './continueToken.ts';
import { AGGREGATED_DISCOVERY, API_GROUP, API_GROUP_LIST, API_RESOURCE_LIST } from './discovery.ts';
import { ApiFailure, leaseNotFound } from './failure.ts';
import { createFairUse } from './fairUse.ts';
import type { FoundLease } from './lease.ts';
import { aggregatedDiscoveryVersion, negotiateForm } from './negotiate.ts';
import { type Document, OPENAPI_V2, OPENAPI_V3, OPENAPI_V3_INDEX } from './openapi.ts';
import { parseInclude, parseListQuery } from './query.ts';
import { findLease, gatherLeases, type Naming, readablePairs, streamLeases, type WantedLeases } from './read.ts';
import { releaseRoute } from './release.ts';
import { LEASE_API_VERSION, LEASE_GROUP } from './resource.ts';
import { isEverything, selectionFor, type Selector, type SubnetsOf } from './selector.ts';
import type { PairSources } from './sources.ts';
import { contentTypeOf, createListWriter, type Shape, writeLease } from './write.ts';

export interface RouteOptions {
  /** Who asks; throws ApiFailure Unauthorized. */
  readonly userOf: (request: FastifyRequest) => User;
  readonly authorizer: Authorizer;
  /** Throws ApiFailure ServiceUnavailable as long as the pairs are not known. */
  readonly sources: () => PairSources;
  readonly naming: Naming;
  readonly subnetsOf: SubnetsOf;
  readonly clock: Pick<Clock, 'now' | 'after' | 'monotonic'>;
  /** Carries releases out; left out: there is nobody to ask. */
  readonly operator?: AskOperator | undefined;
  /** Told how many leases were sent. */
  readonly onLeases: (count: number) => void;
}

/** A path and what answers its method; every other is refused. */
export interface Route {
  readonly url: string;
  /** What a request of it counts as in the metrics. */
  readonly verb: 'get' | 'list' | 'create' | 'discovery' | 'openapi';
  /** Left out: GET. Of POST the handler finds the body as text. */
  readonly method?: 'POST';
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** An answer takes no longer until it begins, and a list without a limit until it ends: kube-apiserver waits for a minute. */
const ANSWER_MS = 30_000;
const LIST_MS = 60_000;
/** For so long a page is looked for: what was found until then is a page, be it empty, and its token says where it goes on. */
const PAGE_MS = 10_000;

/** Every answer comes to its end, and to make an error takes longer than much of what a get does. */
const GONE = new ApiFailure('Timeout', 'nobody waits for the answer any more');

export const leaseRoutes = (options: RouteOptions): readonly Route[] => {
  const { userOf, authorizer, sources, naming, subnetsOf, onLeases, clock } = options;
  const fairUse = createFairUse(clock);
  const seconds = (): number => clock.now() / 1000;

  /** Ends the work for a request when its time is up, and when nobody waits for the answer any more. */
  const limited = (reply: FastifyReply, limitMs: number): AbortSignal => {
    const ending = new AbortController();
    const cancel = clock.after(limitMs, () => {
      const message = `the leases could not be read within ${limitMs / 1000} s: ask for those of one namespace, or page by page`;
      ending.abort(new ApiFailure('Timeout', message));
    });
    reply.raw.once('close', () => {
      cancel();
      ending.abort(GONE);
    });
    return ending.signal;
  };

  const known = (value: unknown): Route['handle'] => {
    return () => value;
  };

  const get = async (request: FastifyRequest, reply: FastifyReply): Promise<string> => {
    const { namespace = '', name = '' } = request.params as Partial<Record<string, string>>;
    await authorizer.authorize(userOf(request), { verb: 'get', namespace, name });
    const form = negotiateForm(request.headers.accept);
    const include = parseInclude(queryOf(request).get('includeObject'));
    const now = seconds();
    const found = await lookup(namespace, name, now, limited(reply, ANSWER_MS));
    if (found === undefined) throw leaseNotFound(name);
    onLeases(1);
    void reply.type(contentTypeOf(form, false));
    return writeLease(found, { form, include, now });
  };

  const lookup = (namespace: string, name: string, now: number, signal: AbortSignal): Promise<FoundLease | undefined> =>
    findLease(sources().in(namespace), name, now, naming, signal);

  /** Of the pairs that there are, those that may have such leases. */
  const wantedIn = (namespace: string | undefined, selector: Selector, now: number): readonly WantedLeases[] => {
    const pairs = sources().in(namespace);
    if (isEverything(selector)) return pairs.map((of) => ({ ...of, selection: undefined }));
    return pairs.flatMap((of) => {
      const selection = selectionFor(selector, of, subnetsOf, now);
      return selection === undefined ? [] : [{ ...of, selection }];
    });
  };

  const list = async (request: FastifyRequest, reply: FastifyReply): Promise<Buffer | Readable> => {
    const { namespace } = request.params as Partial<Record<string, string>>;
    const query = parseListQuery(queryOf(request));
    const user = userOf(request);
    await authorizer.authorize(user, { verb: 'list', namespace, name: query.name });
    const form = negotiateForm(request.headers.accept);
    const signal = limited(reply, query.limit === undefined ? LIST_MS : ANSWER_MS);
    await enter(user, reply, signal);
    const shape = { form, include: query.include, now: seconds() };
    void reply.type(contentTypeOf(form, true));
    const wanted = wantedIn(namespace, query.selector, shape.now);
    const { limit, position, digest } = query;
    const { pairs, onUnavailable } = await readable(wanted, position, reply, signal);
    if (limit === undefined) return streamed(pairs, position, shape, signal);
    const end = clock.monotonic() + PAGE_MS;
    const isLate = (): boolean => clock.monotonic() >= end;
    const { leases, next } = await gatherLeases(pairs, position, limit, { naming, onUnavailable, isLate, signal });
    return whole(leases, shape, next && formatContinue(next, digest));
  };

  /**
   * Of one pair a list is whole or fails. Of several, one that cannot be read must not hide the others, nor keep them waiting: it is told by a warning,
   * unless it is all of them.
   */
  const readable = async (
    wanted: readonly WantedLeases[],
    position: Position | undefined,
    reply: FastifyReply,
    signal: AbortSignal,
  ) => {
    const names = new Set(wanted.map(({ namespace, pair }) => `${namespace}/${pair}`));
    if (names.size <= 1) return { pairs: wanted, onUnavailable: undefined };
    const failures: ApiFailure[] = [];
    const onUnavailable = (failure: ApiFailure): void => {
      failures.push(failure);
      warn(reply, `${failure.message}; its leases are missing here`);
    };
    const pairs = await readablePairs(wanted, position, onUnavailable, signal);
    const [failure] = failures;
    if (failure !== undefined && pairs.length === 0 && position === undefined) throw failure;
    return { pairs, onUnavailable };
  };

  /** A place among the lists of the user, until the answer is out or nobody waits for it. */
  const enter = async ({ name }: User, reply: FastifyReply, signal: AbortSignal): Promise<void> => {
    const leave = await fairUse.enter(name, signal);
    if (reply.raw.closed) leave();
    else reply.raw.once('close', leave);
  };

  const whole = (leases: readonly FoundLease[], shape: Shape, next?: string): Buffer => {
    const writer = createListWriter(shape);
    onLeases(leases.length);
    return Buffer.concat([Buffer.from(writer.head), writer.batch(leases), Buffer.from(writer.tail(next))]);
  };

  /** The first batch is awaited: a store that is down is told by a Status, not by an answer that breaks off. */
  const streamed = async (
    pairs: readonly WantedLeases[],
    position: Position | undefined,
    shape: Shape,
    signal: AbortSignal,
  ): Promise<Readable> => {
    const writer = createListWriter(shape);
    const write = (leases: readonly FoundLease[]): Buffer => {
      onLeases(leases.length);
      return writer.batch(leases);
    };
    const batches = streamLeases(pairs, position, naming, write, signal);
    const first = await batches.next();
    const pieces = async function* (): AsyncGenerator<string | Buffer> {
      yield writer.head;
      if (first.done !== true) {
        yield first.value;
        yield* batches;
      }
      yield writer.tail();
    };
    return addAbortSignal(signal, Readable.from(pieces()));
  };

  const root = `/apis/${LEASE_API_VERSION}`;
  return [
    { url: '/apis', verb: 'discovery', handle: discovery },
    { url: `/apis/${LEASE_GROUP}`, verb: 'discovery', handle: known(API_GROUP) },
    { url: root, verb: 'discovery', handle: known(API_RESOURCE_LIST) },
    { url: '/openapi/v2', verb: 'openapi', handle: document(OPENAPI_V2) },
    { url: '/openapi/v3', verb: 'openapi', handle: known(OPENAPI_V3_INDEX) },
    { url: `/openapi/v3${root}`, verb: 'openapi', handle: document(OPENAPI_V3) },
    { url: `${root}/leases`, verb: 'list', handle: list },
    { url: `${root}/namespaces/:namespace/leases`, verb: 'list', handle: list },
    { url: `${root}/namespaces/:namespace/leases/:name`, verb: 'get', handle: get },
    releaseRoute({
      ...options,
      lookup: (namespace, name, signal) => lookup(namespace, name, seconds(), signal),
      limited: (reply) => limited(reply, ANSWER_MS),
    }),
  ];
};

const queryOf = (request: FastifyRequest): URLSearchParams => new URL(request.url, 'https://leases').searchParams;

/** Warnings of one answer, and their length: they are headers, of which a server before this one takes only so much. */
const WARNINGS = 16;
const WARNING_LENGTH = 400;

/** RFC 7234 warning 299: kube-apiserver passes it on, and kubectl prints it on standard error. */
const warn = (reply: FastifyReply, message: string): void => {
  // What a quoted string of a header cannot hold is left out.
  const text = legible(message, WARNING_LENGTH)
    .replaceAll(/[^\x20-\x7e]/g, ' ')
    .replaceAll(/["\\]/g, "'");
  const before = reply.getHeader('warning');
  const warnings = Array.isArray(before) ? before : before === undefined ? [] : [String(before)];
  if (warnings.length >= WARNINGS) return;
  const last = warnings.length === WARNINGS - 1 ? 'leases of further HAPairs may be missing here' : text;
  void reply.removeHeader('warning').header('warning', [...warnings, `299 - "${last}"`]);
};

const discovery = (request: FastifyRequest, reply: FastifyReply): unknown => {
  void reply.header('vary', 'Accept');
  const version = aggregatedDiscoveryVersion(request.headers.accept);
  if (version === undefined) return API_GROUP_LIST;
  const { type, body } = AGGREGATED_DISCOVERY[version];
  void reply.type(type);
  return body;
};

const document =
  ({ json, hash }: Document) =>
  (request: FastifyRequest, reply: FastifyReply): unknown => {
    const tag = `"${hash}"`;
    void reply.header('etag', tag).type('application/json');
    if (request.headers['if-none-match'] === tag) return reply.code(304).send();
    return json;
  };

/** Whether a user may: kube-apiserver is asked by SubjectAccessReview, and its answer is kept for some seconds. */
import { z } from 'zod';
import type { KubeClient } from '../runtime/client.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import type { User } from './authenticate.ts';
import { ApiFailure } from './failure.ts';
import { LEASE_GROUP, LEASE_VERSION, LEASES } from './resource.ts';

/** What somebody wants to do with leases. */
export interface AccessRequest {
  readonly verb: string;
  /** Left out: in all namespaces. */
  readonly namespace?: string | undefined;
  /** Of one lease. */
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

export interface Authorizer {
  /** @throws ApiFailure Forbidden, or ServiceUnavailable where nobody can say. */
  authorize(user: User, access: AccessRequest): Promise<void>;
}

export interface AuthorizerOptions {
  readonly client: Pick<KubeClient, 'raw'>;
  readonly clock?: Clock;
  /** Told of every review that kube-apiserver was asked for. */
  readonly onReview?: (result: 'allowed' | 'denied' | 'error') => void;
}

/** As long as the delegated authorizer of k8s.io/apiserver keeps its answers: a withdrawn right is felt within that. */
const KEEP_MS = 10_000;
const MOST_KEPT = 4_096;
const REVIEW_MS = 10_000;

const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const answer = z.object({ status: z.object({ allowed: z.boolean(), reason: z.string().optional() }) });

interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

export const createAuthorizer = (options: AuthorizerOptions): Authorizer => {
  const { client, clock = systemClock, onReview } = options;
  /** In the order of their making, which is also that of their end. Reviews under way are in it, so that one is asked for once. */
  const kept = new Map<string, { readonly decision: Promise<Decision>; readonly until: number }>();

  const review = async (spec: object): Promise<Decision> => {
    try {
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
      // A review changes nothing, so a POST that failed may be repeated.
      const given = await client.raw({ method: 'POST', path: REVIEWS, body, idempotent: true, timeoutMs: REVIEW_MS });
      const { allowed, reason = '' } = answer.parse(given).status;
      onReview?.(allowed ? 'allowed' : 'denied');
      return { allowed, reason };
    } catch (error) {
      onReview?.('error');
      throw error;
    }
  };

  const decide = (spec: object): Promise<Decision> => {
    const key = JSON.stringify(spec);
    const held = kept.get(key);
    if (held !== undefined && held.until > clock.monotonic()) return held.decision;
    kept.delete(key);
    const decision = review(spec);
    kept.set(key, { decision, until: clock.monotonic() + KEEP_MS });
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    decision.catch(() => {
      if (kept.get(key)?.decision === decision) kept.delete(key);
    });
    return decision;
  };

  return {
    authorize: async (user, access) => {
      // Every authorizer of Kubernetes lets this group do everything, without asking.
      if (user.groups.includes('system:masters')) return;
      const decision = await decide(specOf(user, access)).catch((error: unknown) => {
        throw new ApiFailure(
          'ServiceUnavailable',
          `it cannot be checked whether access is allowed: ${asError(error).message}`,
        );
      });
      if (!decision.allowed) throw forbidden(user, access, decision.reason);
    },
  };
};

const specOf = (user: User, { verb, namespace, name, subresource }: AccessRequest) => ({
  user: user.name,
  uid: user.uid,
  groups: user.groups,
  extra: user.extra,
  resourceAttributes: {
    verb,
    namespace,
    name,
    group: LEASE_GROUP,
    version: LEASE_VERSION,
    resource: LEASES.plural,
    subresource,
  },
});

/** Worded as kube-apiserver words it. */
const forbidden = (user: User, { verb, namespace, name, subresource }: AccessRequest, reason: string): ApiFailure => {
  const resource = subresource === undefined ? LEASES.plural : `${LEASES.plural}/${subresource}`;
  const what = `${LEASES.plural}.${LEASE_GROUP}${name === undefined ? '' : ` "${name}"`}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const why = reason === '' ? '' : `: ${reason}`;
  return new ApiFailure(
    'Forbidden',
    `${what} is forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${LEASE_GROUP}" ${where}${why}`,
    name,
  );
};

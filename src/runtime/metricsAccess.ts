/** Who may read metrics: whoever RBAC lets GET the path /metrics (nonResourceURLs), as with Kubernetes' own programs. kube-apiserver is asked each time. */
import { z } from 'zod';
import type { KubeClient } from './client.ts';

/** An HTTP status: 200 may read; 401 is nobody known; 403 may not; 503 it cannot be told now. */
export type MetricsAccess = (authorization: string | undefined) => Promise<200 | 401 | 403 | 503>;

const AUTHENTICATION = '/apis/authentication.k8s.io/v1/tokenreviews';
const AUTHORIZATION = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

const known = z.object({
  status: z.object({
    authenticated: z.boolean().default(false),
    user: z
      .object({
        // Of a token that is not known there is an empty user.
        username: z.string().optional(),
        uid: z.string().optional(),
        groups: z.array(z.string()).default([]),
        extra: z.record(z.string(), z.array(z.string())).optional(),
      })
      .optional(),
  }),
});
const decided = z.object({ status: z.object({ allowed: z.boolean() }) });

/** A few scrapers ask at a time; whoever sends tokens without end must not make us ask without end. */
const AT_ONCE = 4;
const REVIEW_MS = 5000;

export const createMetricsAccess = (client: Pick<KubeClient, 'raw'>): MetricsAccess => {
  let underWay = 0;
  // A review changes nothing, so a POST that failed may be repeated.
  const review = (path: string, kind: string, spec: object): Promise<unknown> => {
    const body = { apiVersion: path.replace(/^\/apis\/|\/\w+$/g, ''), kind, spec };
    return client.raw({ method: 'POST', path, body, idempotent: true, timeoutMs: REVIEW_MS });
  };
  const decide = async (token: string): Promise<200 | 401 | 403> => {
    const { authenticated, user } = known.parse(await review(AUTHENTICATION, 'TokenReview', { token })).status;
    if (!authenticated) return 401;
    const { username, ...rest } = user ?? { groups: [] };
    const nonResourceAttributes = { path: '/metrics', verb: 'get' };
    const spec = { user: username, ...rest, nonResourceAttributes };
    return decided.parse(await review(AUTHORIZATION, 'SubjectAccessReview', spec)).status.allowed ? 200 : 403;
  };
  return async (authorization) => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return 401;
    if (underWay >= AT_ONCE) return 503;
    underWay++;
    try {
      return await decide(token);
    } catch {
      // What failed is not told to whoever asks: it may quote the token.
      return 503;
    } finally {
      underWay--;
    }
  };
};
